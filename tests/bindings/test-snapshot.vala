// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Snapshots and layers in Vala.

Intern.Pool make_pool () {
    var pool = new Intern.Pool ();

    pool.intern ("one");
    pool.atom_from_string ("two");

    return pool;
}

void assert_has_all (Intern.Pool pool) {
    assert_cmpuint (pool.size, CompareOperator.EQ, 2);
    assert_true (pool.intern ("one") == pool.lookup ("one"));
    assert_cmpint ((int) pool.get_length (pool.lookup ("one")), CompareOperator.EQ, 3);
    assert_cmpstr (pool.atom_to_string (1), CompareOperator.EQ, "two");
    assert_cmpuint (pool.lookup_atom ("two"), CompareOperator.EQ, 1);
    assert_cmpint (pool.dup_strings ().length, CompareOperator.EQ, 2);
}

File make_file () throws Error {
    FileIOStream stream;
    var file = File.new_tmp ("intern-XXXXXX", out stream);

    stream.close ();

    return file;
}

void test_bytes () throws Error {
    assert_has_all (new Intern.Pool.from_bytes (make_pool ().to_bytes ()));
    try {
        new Intern.Pool.from_bytes (new Bytes ("nothing".data));
        assert_not_reached ();
    } catch (Intern.Error.CORRUPT e) {
    }
}

void test_file () throws Error {
    var file = make_file ();

    assert_true (make_pool ().save (file));
    assert_has_all (new Intern.Pool.from_file (file, Intern.SnapshotFlags.NONE));
    assert_has_all (new Intern.Pool.from_file (file, Intern.SnapshotFlags.TRUSTED));
    assert_cmpuint (Intern.snapshot_query_info (file).lookup_value ("n-strings", VariantType.UINT32).get_uint32 (),
                    CompareOperator.EQ, 2);
    file.delete ();
}

async void save_and_open (File file) throws Error {
    assert_true (yield make_pool ().save_async (file, null));
    assert_has_all (yield new Intern.Pool.from_file_async (file, Intern.SnapshotFlags.NONE, null));
}

void test_async () throws Error {
    var loop = new MainLoop ();
    var file = make_file ();

    save_and_open.begin (file, (source, result) => {
        try {
            save_and_open.end (result);
        } catch (Error e) {
            error ("%s", e.message);
        }
        loop.quit ();
    });
    loop.run ();
    file.delete ();
}

void test_child () throws Error {
    var parent = make_pool ();

    try {
        new Intern.Pool.child (parent);
        assert_not_reached ();
    } catch (Intern.Error.UNSUPPORTED e) {
    }

    parent.freeze ();
    var child = new Intern.Pool.child (parent);
    assert_has_all (child);
    assert_true (child.intern ("one") == parent.intern ("one"));
    assert_nonnull (child.intern ("new"));
    assert_false (parent.contains ("new"));
    try {
        parent.try_intern ("new");
        assert_not_reached ();
    } catch (Intern.Error.FROZEN e) {
    }
}

delegate void Throwing () throws Error;

void add (string path, Throwing test) {
    Test.add_data_func (path, () => {
        try {
            test ();
        } catch (Error e) {
            error ("%s", e.message);
        }
    });
}

int main (string[] args) {
    Test.init (ref args);
    add ("/vala/snapshot/opens-from-bytes", test_bytes);
    add ("/vala/snapshot/is-saved-and-opened", test_file);
    add ("/vala/snapshot/is-saved-and-opened-async", test_async);
    add ("/vala/snapshot/child-finds-strings-of-its-parent", test_child);

    return Test.run ();
}
