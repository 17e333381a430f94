/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a pool does with its stores. */

#include "config.h"

#include "pool/pool.h"

#include <sys/resource.h>

#include "intern-error.h"

static void
test_follow (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternStore *store = NULL;
  InternStore *first;

  g_test_summary ("A change is made again if the pool has got another store meanwhile, and only then");
  g_assert_true (intern_pool_follow_store (pool, &store));
  first = store;
  g_assert_true (first == intern_pool_get_store (pool));
  intern_pool_clear (pool);
  g_assert_true (intern_pool_follow_store (pool, &store));
  g_assert_true (store != first);
  g_assert_true (store == intern_pool_get_store (pool));
  g_assert_false (intern_pool_follow_store (pool, &store));
  g_assert_null (store);
}

static void
test_construction (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 3, "max-bytes", (guint64) 100, "n-data",
                                              2, NULL);

  g_test_summary ("Strings of a pool that is made with limits have room for their data, also after clear()");
  g_assert_cmpuint (intern_pool_get_max_strings (pool), ==, 3);
  g_assert_cmpuint (intern_pool_get_max_bytes (pool), ==, 100);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (intern_store_has_data_in_entries (intern_pool_get_store (pool)));
      intern_pool_clear (pool);
    }
}

static glong
get_peak (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);

  return usage.ru_maxrss;
}

/* The first atom that a snapshot may name. */
#define FAR 300000000

static void
test_far_atoms (void)
{
  g_autoptr (InternPool) from = intern_pool_new ();
  g_autoptr (InternPool) to = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  const glong before = get_peak ();
  guint32 *table;
  gsize n_atoms;

  g_test_summary ("A table of atoms that begin at a high number takes no memory for the numbers before");
  intern_pool_need_store (from)->atoms.first = FAR;
  g_assert_cmpuint (intern_pool_atom_from_string (from, "oak"), ==, FAR);
  table = intern_pool_translate (to, from, &n_atoms, &error);
  if (table == NULL)
    {
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
      g_test_skip ("There are no addresses for such a table");
      return;
    }
  g_assert_cmpuint (n_atoms, ==, FAR + 1);
  g_assert_cmpuint (table[0], ==, 0);
  g_assert_cmpuint (table[FAR - 1], ==, 0);
  g_assert_cmpuint (table[FAR], ==, intern_pool_lookup_atom (to, "oak"));
  /* In KiB. */
  g_assert_cmpint (get_peak () - before, <, FAR / 1024);
  g_free (table);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/stores/follow", test_follow);
  g_test_add_func ("/stores/construction", test_construction);
  g_test_add_func ("/stores/far-atoms", test_far_atoms);

  return g_test_run ();
}
