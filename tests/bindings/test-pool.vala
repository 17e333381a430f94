// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pool in Vala: without casts, and with unowned strings that are the pool's own.

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

delegate void RefusedFunc (Intern.Pool pool) throws Intern.Error;

void assert_full (Intern.Pool pool, RefusedFunc func) {
    try {
        func (pool);
        assert_not_reached ();
    } catch (Intern.Error e) {
        assert_true (e is Intern.Error.FULL);
    }
}

void test_errors_of_full_pool () {
    var pool = new Intern.Pool ();
    var bytes = new Bytes ("second".data);
    uint reached = 0;

    pool.limit_reached.connect (() => reached++);
    pool.max_strings = 1;
    pool.intern ("first");
    assert_full (pool, (pool) => pool.try_intern ("second"));
    assert_full (pool, (pool) => pool.try_intern_len ("second", 3));
    assert_full (pool, (pool) => pool.intern_bytes (bytes));
    assert_full (pool, (pool) => pool.try_atom_from_string ("second"));
    assert_full (pool, (pool) => pool.try_atom_from_string_len ("second", 3));
    assert_full (pool, (pool) => pool.atom_from_bytes (bytes));
    assert_full (pool, (pool) => pool.encode ({ "first", "second" }));
    assert_full (pool, (pool) => pool.encode_delimited (bytes, ','));
    assert_null (pool.intern ("second"));
    assert_null (pool.intern_len ("second", 3));
    assert_true (pool.atom_from_string_len ("second", 3) == Intern.ATOM_NONE);
    assert_cmpuint (reached, CompareOperator.EQ, 1);
}

void test_references () {
    var pool = new Intern.Pool ();
    unowned string first = pool.acquire ("comes and goes");
    unowned string again = pool.acquire_interned (first);

    assert_true ((void*) first == (void*) again);
    assert_cmpuint (pool.get_ref_count (first), CompareOperator.EQ, 2);
    again = pool.lookup_acquire ("comes and goes");
    assert_cmpuint (pool.get_ref_count (first), CompareOperator.EQ, 3);
    assert_null (pool.lookup_acquire ("never comes"));
    pool.release (first);
    pool.release (first);
    assert_true (pool.contains ("comes and goes"));
    pool.release (again);
    assert_false (pool.contains ("comes and goes"));
}

class Data {
    public static uint n_made = 0;
    public static uint n_destroyed = 0;

    public static void destroy (void* data) {
        n_destroyed++;
        free (data);
    }
}

void test_data () {
    var pool = (Intern.Pool) Object.new (typeof (Intern.Pool), "n-data", 1);
    unowned string name = pool.acquire ("Jazz");
    string suffix = "!";

    assert_cmpuint (pool.n_data, CompareOperator.EQ, 1);
    pool.set_data_destroy (0, Data.destroy);
    assert_true (pool.get_data (name, 0) == null);
    for (int i = 0; i < 2; i++) {
        unowned string folded = (string) pool.ensure_data (name, 0, (pool, interned) => {
            string* made = interned.casefold () + suffix;

            Data.n_made++;
            return made;
        });

        assert_cmpstr (folded, CompareOperator.EQ, "jazz!");
    }
    assert_cmpuint (Data.n_made, CompareOperator.EQ, 1);
    pool.release (name);
    assert_cmpuint (Data.n_destroyed, CompareOperator.EQ, 1);
    pool.trim ();
}

void test_atoms () {
    var pool = new Intern.Pool ();
    Intern.Atom one = pool.atom_from_string ("one");
    uint32 number = one;

    assert_cmpuint (number, CompareOperator.EQ, 1);
    assert_true (pool.lookup_atom ("one") == one);
    assert_true (pool.lookup_atom ("two") == Intern.ATOM_NONE);
    assert_true ((void*) pool.atom_to_string (one) == (void*) pool.lookup ("one"));
    assert_null (pool.atom_to_string (Intern.ATOM_NONE));
}

void test_columns () throws Intern.Error {
    var pool = new Intern.Pool ();
    var other = new Intern.Pool ();
    uint32[] atoms = pool.encode ({ "a", "", "a" });
    uint32[] more = other.encode ({ "b", "a" });
    uint32[] table = pool.translate (other);

    assert_cmpint (atoms.length, CompareOperator.EQ, 3);
    assert_true (atoms[0] == 1 && atoms[1] == 2 && atoms[2] == 1);
    assert_cmpint (table.length, CompareOperator.EQ, 3);
    assert_true (table[0] == Intern.ATOM_NONE && table[more[0]] == 3 && table[more[1]] == 1);

    string[] strings = pool.decode (atoms);
    assert_cmpint (strings.length, CompareOperator.EQ, 3);
    assert_cmpstr (strings[0], CompareOperator.EQ, "a");
    assert_cmpstr (strings[1], CompareOperator.EQ, "");
    assert_cmpint (pool.encode ({}).length, CompareOperator.EQ, 0);
}

void test_delimited () throws Intern.Error {
    var pool = new Intern.Pool ();
    Bytes atoms = pool.encode_delimited (new Bytes ("a,b,a".data), ',');
    Bytes text = pool.decode_delimited (atoms, '\n');

    assert_cmpuint ((uint) atoms.length, CompareOperator.EQ, 12);
    assert_true (text.compare (new Bytes ("a\nb\na\n".data)) == 0);
    try {
        pool.decode ({ 7 });
        assert_not_reached ();
    } catch (Intern.Error.INVALID_ATOM e) {
        assert_nonnull (e.message);
    }
}

void test_columns_of_full_pool () {
    var pool = new Intern.Pool ();

    pool.max_strings = 1;
    try {
        pool.encode ({ "a", "a", "b" });
        assert_not_reached ();
    } catch (Intern.Error e) {
        assert_true (e is Intern.Error.FULL);
    }
    assert_true (pool.atom_from_string ("b") == Intern.ATOM_NONE);
}

void test_missing () throws Intern.Error {
    var pool = new Intern.Pool ();
    uint32[] atoms = pool.encode ({ "oak", null, "", null });
    string?[] strings = pool.decode (atoms);

    assert_cmpint (atoms.length, CompareOperator.EQ, 4);
    assert_true (atoms[0] == 1 && atoms[1] == Intern.ATOM_NONE && atoms[2] == 2 && atoms[3] == Intern.ATOM_NONE);
    assert_cmpuint (pool.size, CompareOperator.EQ, 2);
    assert_cmpint (strings.length, CompareOperator.EQ, 4);
    assert_cmpstr (strings[0], CompareOperator.EQ, "oak");
    assert_null (strings[1]);
    assert_cmpstr (strings[2], CompareOperator.EQ, "");
    assert_null (strings[3]);
    assert_cmpint (pool.decode ({}).length, CompareOperator.EQ, 0);
    assert_cmpint (pool.decode (null).length, CompareOperator.EQ, 0);
    try {
        pool.decode_delimited (new Bytes ({ 0, 0, 0, 0 }), ',');
        assert_not_reached ();
    } catch (Intern.Error.INVALID_ATOM e) {
        assert_true ("missing value" in e.message);
    }
}

// Test.add_func() takes no function that throws.
void add_throwing (string name, owned ThrowingFunc func) {
    Test.add_data_func (name, () => {
        try {
            func ();
        } catch (Intern.Error e) {
            error ("%s", e.message);
        }
    });
}

delegate void ThrowingFunc () throws Intern.Error;

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
    Test.add_func ("/vala/equal-strings-are-one", test_identity);
    Test.add_func ("/vala/strings-have-lengths", test_length);
    Test.add_func ("/vala/strings-may-contain-any-byte", test_bytes);
    Test.add_func ("/vala/pool-is-a-collection", test_size);
    Test.add_func ("/vala/statistics-are-a-struct", test_stats);
    Test.add_func ("/vala/full-pool-throws", test_error);
    Test.add_func ("/vala/each-call-of-a-full-pool-throws", test_errors_of_full_pool);
    Test.add_func ("/vala/signals-are-emitted", test_signals);
    Test.add_func ("/vala/references-are-counted", test_references);
    Test.add_func ("/vala/data-beside-strings", test_data);
    Test.add_func ("/vala/atoms-are-numbers", test_atoms);
    add_throwing ("/vala/columns-are-encoded-and-decoded", test_columns);
    add_throwing ("/vala/delimited-texts-are-encoded-and-decoded", test_delimited);
    Test.add_func ("/vala/full-pool-refuses-columns", test_columns_of_full_pool);
    add_throwing ("/vala/missing-values-are-null", test_missing);
    Test.run ();
}
