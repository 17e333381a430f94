/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tables of GLib that threads share, each with its lock. Race detectors do not see into GLib, and a lock that is
 * forgotten hardly ever shows in a test. So a table here has a hash function that looks whether its lock is held. */

#include "config.h"

#include "pool/item-table.h"
#include "store/store.h"

static InternLock *guard; /* of the table that is used */
static guint n_looks;

static guint
hash_and_look (gconstpointer key)
{
  /* A thread cannot take a lock twice. */
  g_assert_false (intern_trylock (guard));
  n_looks++;

  return g_direct_hash (key);
}

static void
begin (InternLock *lock)
{
  guard = lock;
  n_looks = 0;
}

static const char *
intern (InternStore *store,
        const char  *string)
{
  const InternKey key = intern_key (string, strlen (string), store->secret);
  InternResult result;

  return intern_store_search (store, key.data, key.length, key.hash, INTERN_TO_KEEP, &result);
}

static void
test_items (void)
{
  InternItemTable *table = intern_item_table_new ();
  InternPoolItem *item;

  g_test_summary ("The items of a model are found, added and removed under the lock of their table");
  begin (&table->lock);
  g_hash_table_unref (table->items);
  table->items = g_hash_table_new_full (hash_and_look, NULL, NULL, intern_item_ref_drop);

  item = intern_item_table_get (table, 1, 1, "a", 1);
  g_assert_cmpuint (n_looks, ==, 3);
  g_assert_true (intern_item_table_get (table, 1, 1, "a", 1) == item);
  g_assert_cmpuint (n_looks, ==, 4);
  g_object_unref (item);
  g_object_unref (item);
  g_assert_cmpuint (n_looks, >=, 6);
  g_assert_cmpuint (g_hash_table_size (table->items), ==, 0);
  intern_item_table_unref (table);
}

typedef struct
{
  InternItemTable *table;
  InternPoolItem  *item; /* (owned) */
} Again;

/* Between the end of the old item's references and its finalization */
static void
get_again_cb (gpointer  data,
              GObject  *old)
{
  Again *again = data;

  again->item = intern_item_table_get (again->table, 1, 1, "a", 1);
}

static void
test_replaced_item (void)
{
  Again again = { intern_item_table_new (), NULL };
  InternPoolItem *old = intern_item_table_get (again.table, 1, 1, "a", 1);

  g_test_summary ("An item that is finalized does not remove the one that has its id by then");
  g_object_weak_ref (G_OBJECT (old), get_again_cb, &again);
  g_object_unref (old);
  g_assert_nonnull (again.item);
  g_assert_true (intern_item_table_get (again.table, 1, 1, "a", 1) == again.item);
  g_object_unref (again.item);
  g_object_unref (again.item);
  intern_item_table_unref (again.table);
}

static void
test_lent_atoms (void)
{
  g_autoptr (InternStore) parent = intern_store_new (intern_secret_get (), 0);
  g_autoptr (InternStore) child = NULL;
  const char *string = intern (parent, "of the parent");
  const char *other = intern (parent, "another of the parent");
  guint32 atom;

  g_test_summary ("The atoms that a store lends are found and added under the lock of the atoms, one for a string");
  intern_store_freeze (parent);
  child = intern_store_new_child (parent);
  begin (&child->atoms.lock);
  child->lent_atoms = g_hash_table_new (hash_and_look, NULL);

  /* As two threads do that have both found none: the second gets the atom of the first. */
  atom = intern_store_assign_atom (child, string);
  g_assert_cmpuint (atom, !=, 0);
  g_assert_cmpuint (intern_store_assign_atom (child, string), ==, atom);
  g_assert_cmpuint (intern_store_count_atoms (child), ==, 1);
  g_assert_cmpuint (intern_store_find_atom (child, string), ==, atom);
  g_assert_cmpuint (n_looks, >=, 4);

  /* A frozen store lends no further atom. */
  intern_store_freeze (child);
  g_assert_cmpuint (intern_store_assign_atom (child, other), ==, 0);
  g_assert_cmpuint (intern_store_assign_atom (child, string), ==, atom);
}

static void
test_rows (void)
{
  g_autoptr (InternStore) parent = intern_store_new (intern_secret_get (), 0);
  g_autoptr (InternStore) child = NULL;
  const char *string = intern (parent, "of the parent");
  gpointer taken[INTERN_MAX_DATA];
  int one, other;
  gpointer data = &one;

  g_test_summary ("The data of strings of a layer is found, set and taken under the lock of its table");
  intern_store_freeze (parent);
  child = intern_store_new_child (parent);
  intern_store_set_data_destroy (child, 1, NULL);
  begin (&child->data->lock);
  child->data->arrays = g_hash_table_new_full (hash_and_look, NULL, NULL, g_free);

  g_assert_null (intern_store_get_data (child, string, 1));
  g_assert_true (intern_store_put_data (child, string, 1, &data));
  g_assert_true (data == &one);
  /* Another thread was slower. */
  data = &other;
  g_assert_false (intern_store_put_data (child, string, 1, &data));
  g_assert_true (data == &one);
  g_assert_true (intern_store_get_data (child, string, 1) == &one);
  g_assert_true (intern_store_take_data_locked (child, string, taken));
  g_assert_true (taken[1] == &one);
  g_assert_null (taken[0]);
  g_assert_null (intern_store_get_data (child, string, 1));
  g_assert_cmpuint (n_looks, >=, 7);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/guards/items", test_items);
  g_test_add_func ("/guards/replaced-item", test_replaced_item);
  g_test_add_func ("/guards/lent-atoms", test_lent_atoms);
  g_test_add_func ("/guards/arrays", test_rows);

  return g_test_run ();
}
