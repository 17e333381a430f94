// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pool as a Vala program sees it: no casts, and unowned strings that are the pool's own.

void test_identity () {
    var pool = new Intern.Pool ();
    string copy = "hello".dup ();
    unowned string? first = pool.intern ("hello");
    unowned string? again = pool.intern (copy);
    unowned string? found = pool.lookup (copy);

    assert_cmpstr (first, CompareOperator.EQ, "hello");
    assert_true ((void*) first == (void*) again);
    assert_true ((void*) first == (void*) found);
    assert_true ((void*) first != (void*) copy);
    assert_null (pool.lookup ("absent"));
    assert_null (pool.intern (null));
}

void test_length () {
    var pool = new Intern.Pool ();
    unowned string text = "hello world";
    unowned string? world = pool.intern_len (text.offset (6), 3);

    assert_cmpstr (world, CompareOperator.EQ, "wor");
    assert_true ((void*) pool.lookup_len (text.offset (6), 3) == (void*) world);
    assert_cmpuint ((uint) pool.get_length (world), CompareOperator.EQ, 3);
}

void test_bytes () {
    var pool = new Intern.Pool ();
    uint8[] data = { 0xe9, 0, 0xff };
    var bytes = new Bytes (data);

    try {
        Bytes? view = pool.intern_bytes (bytes);
        assert_true (view.compare (bytes) == 0);
    } catch (Intern.Error e) {
        assert_not_reached ();
    }
    assert_true (pool.contains_bytes (bytes));
    pool.foreach_bytes ((found) => {
        assert_cmpmem (found, data);
        return true;
    });
}

void test_size () {
    var pool = new Intern.Pool ();
    uint seen = 0;

    pool.intern ("a");
    pool.intern ("b");
    assert_true ("a" in pool);
    assert_false ("c" in pool);
    assert_cmpuint (pool.size, CompareOperator.EQ, 2);
    assert_cmpuint (pool.n_strings, CompareOperator.EQ, 2);

    pool.foreach ((s, length) => {
        assert_true ((void*) s == (void*) pool.lookup (s));
        seen++;
        return true;
    });
    assert_cmpuint (seen, CompareOperator.EQ, 2);

    foreach (unowned string s in pool.dup_strings ()) {
        assert_true (s in pool);
        seen++;
    }
    assert_cmpuint (seen, CompareOperator.EQ, 4);
}

void test_stats () {
    var pool = new Intern.Pool ();

    pool.intern ("abc");
    pool.intern ("abc");

    Intern.PoolStats stats;
    pool.get_stats (out stats);
    assert_true (pool.stats.n_lookups == 2);
    var copy = stats;
    Intern.PoolStats? boxed = stats;

    assert_cmpuint (stats.n_strings, CompareOperator.EQ, 1);
    assert_true (copy.n_hits == 1 && copy.n_misses == 1);
    assert_true (boxed.bytes_requested == 6);
    assert_true (pool.hit_ratio == 0.5);
    assert_true (stats.to_string ().length > 0);

    Variant variant = stats.to_variant ();
    assert_false (variant.is_floating ());
    assert_true (variant.lookup_value ("n-strings", VariantType.UINT32).get_uint32 () == 1);
}

void test_error () {
    var pool = new Intern.Pool ();

    pool.max_strings = 1;
    pool.intern ("first");
    assert_null (pool.intern ("second"));
    try {
        pool.try_intern ("second");
        assert_not_reached ();
    } catch (Intern.Error.FULL e) {
        assert_true (e.domain == Intern.Error.quark ());
    } catch (Intern.Error e) {
        assert_not_reached ();
    }
    assert_nonnull (pool.lookup ("first"));
}

void test_signals () {
    var pool = new Intern.Pool ();
    uint added = 0;
    uint cleared = 0;

    pool.string_added.connect ((s) => {
        assert_cmpstr (s, CompareOperator.EQ, "x");
        added++;
    });
    pool.cleared.connect (() => cleared++);
    pool.intern ("x");
    pool.intern ("x");
    pool.clear ();
    assert_cmpuint (added, CompareOperator.EQ, 1);
    assert_cmpuint (cleared, CompareOperator.EQ, 1);
    assert_cmpuint (pool.size, CompareOperator.EQ, 0);
}

void main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/identity", test_identity);
    Test.add_func ("/vala/length", test_length);
    Test.add_func ("/vala/bytes", test_bytes);
    Test.add_func ("/vala/size", test_size);
    Test.add_func ("/vala/stats", test_stats);
    Test.add_func ("/vala/error", test_error);
    Test.add_func ("/vala/signals", test_signals);
    Test.run ();
}
