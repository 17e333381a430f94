// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A million calls take no more memory than the first ten thousand.

const uint N_WARM = 10000;
const uint N_CALLS = 1000000;
// The smallest block of malloc() takes 32 bytes. Each call below runs N_CALLS / 10 times, so a leak of
// one block is 3 MiB. The tolerance is less.
const int64 TOLERANCE = 2 << 20;

int64 resident () {
    string statm;

    try {
        FileUtils.get_contents ("/proc/self/statm", out statm);
    } catch (FileError e) {
        error ("%s", e.message);
    }
    return int64.parse (statm.split (" ")[1]) * 4096;
}

// Empty if the pool is full.
uint32[] encoded (Intern.Pool pool, string[] strings) {
    try {
        return pool.encode (strings);
    } catch (Intern.Error e) {
        return {};
    }
}

void call (Intern.Pool pool, uint kind) {
    switch (kind % 10) {
    case 0:
        pool.intern ("word");
        break;
    case 1:
        assert_nonnull (pool.lookup ("word"));
        break;
    case 2:
        try {
            assert_nonnull (pool.intern_bytes (new Bytes ("data".data)));
        } catch (Intern.Error e) {
            assert_not_reached ();
        }
        break;
    case 3:
        Variant variant = pool.stats.to_variant ();
        assert_cmpuint ((uint) variant.n_children (), CompareOperator.GT, 0);
        break;
    case 4:
        assert_cmpuint (pool.dup_strings ().length, CompareOperator.EQ, 2);
        break;
    case 5:
        assert_cmpint (encoded (pool, { "word", null, "data" }).length, CompareOperator.EQ, 3);
        break;
    case 6:
        assert_cmpint (encoded (pool, { "word", "one more than it may hold" }).length, CompareOperator.EQ, 0);
        break;
    case 7:
        try {
            assert_cmpint (pool.decode ({ 1, 0, 2 }).length, CompareOperator.EQ, 3);
            assert_cmpint (pool.translate (pool).length, CompareOperator.EQ, 3);
        } catch (Intern.Error e) {
            assert_not_reached ();
        }
        break;
    case 8:
        try {
            var opened = new Intern.Pool.from_bytes (pool.to_bytes ());
            opened.freeze ();
            assert_nonnull (new Intern.Pool.child (opened).intern ("new"));
        } catch (Intern.Error e) {
            assert_not_reached ();
        }
        break;
    default:
        assert_nonnull (new Intern.Pool ().intern ("word"));
        break;
    }
}

int main () {
    var pool = new Intern.Pool ();

    pool.max_strings = 2;
    for (uint i = 0; i < 10; i++) {
        if (i != 4)
            call (pool, i);
    }
    for (uint i = 0; i < N_WARM; i++)
        call (pool, i);
    int64 before = resident ();
    for (uint i = N_WARM; i < N_CALLS; i++)
        call (pool, i);
    int64 grown = resident () - before;

    print ("# 10 kinds of calls, %u in all: %s bytes more\n", N_CALLS, grown.to_string ());
    return grown <= TOLERANCE ? 0 : 1;
}
