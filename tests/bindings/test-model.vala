// SPDX-License-Identifier: LGPL-2.1-or-later
//
// PoolModel in Vala.

void iterate () {
    while (MainContext.default ().iteration (false)) {}
}

void assert_item (ListModel model, uint row, string text, uint atom) {
    var item = (Intern.PoolItem) model.get_item (row);

    assert_cmpstr (item.string, CompareOperator.EQ, text);
    assert_cmpuint ((uint) item.length, CompareOperator.EQ, text.length);
    assert_cmpuint (item.atom, CompareOperator.EQ, atom);
}

void test_list () {
    var pool = new Intern.Pool ();
    pool.intern ("a");
    var model = new Intern.PoolModel (pool);

    assert_true (model.pool == pool);
    assert_true (model.get_item_type () == typeof (Intern.PoolItem));
    assert_cmpuint (model.n_items, CompareOperator.EQ, 1);
    assert_item (model, 0, "a", 1);
    assert_null (model.get_item (1));
}

void test_changes () {
    var pool = new Intern.Pool ();
    var model = new Intern.PoolModel (pool);
    uint rows = 0;

    model.items_changed.connect ((position, removed, added) => {
        assert_cmpuint (position + removed, CompareOperator.LE, rows);
        rows += added - removed;
    });
    pool.intern ("a");
    pool.intern ("\xc3\xa4");
    iterate ();
    assert_cmpuint (rows, CompareOperator.EQ, 2);
    assert_item (model, 1, "\xc3\xa4", 2);

    var held = (Intern.PoolItem) model.get_item (0);
    pool.clear ();
    pool.intern ("b");
    iterate ();
    assert_cmpuint (rows, CompareOperator.EQ, 1);
    assert_item (model, 0, "b", 3);
    assert_cmpstr (held.string, CompareOperator.EQ, "a");
}

void test_bytes () {
    var pool = new Intern.Pool ();
    var model = new Intern.PoolModel (pool);

    pool.intern_len ("a\xff", 2);
    iterate ();
    var item = (Intern.PoolItem) model.get_item (0);
    assert_cmpstr (item.string, CompareOperator.EQ, "a\xef\xbf\xbd");
    assert_cmpuint ((uint) item.dup_bytes ().length, CompareOperator.EQ, 2);
}

void test_mortals () {
    var pool = new Intern.Pool ();
    var model = new Intern.PoolModel (pool);
    unowned string word = pool.acquire ("comes and goes");

    iterate ();
    assert_item (model, 0, "comes and goes", Intern.ATOM_NONE);
    pool.release (word);
    iterate ();
    assert_cmpuint (model.n_items, CompareOperator.EQ, 0);
    assert_cmpuint (pool.size, CompareOperator.EQ, 0);
}

void main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/model/is-a-list", test_list);
    Test.add_func ("/vala/model/emits-changes", test_changes);
    Test.add_func ("/vala/model/mortal-strings-leave", test_mortals);
    Test.add_func ("/vala/model/item-need-not-be-utf-8", test_bytes);
    Test.run ();
}
