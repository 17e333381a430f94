/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a pool says when its tables can count no more: half a billion strings or two billion atoms, for which a test
 * lowers the bound. */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "intern-error.h"

static void
test_full_index (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  const char *string = intern_pool_intern (pool, "oak");

  g_test_summary ("A pool whose index is full refuses new strings and says why, and finds those it has");
  intern_pool_get_store (pool)->first.max_strings = 1;
  g_assert_null (intern_pool_try_intern (pool, "elm", &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, "index"));
  g_assert_null (intern_pool_acquire (pool, "elm"));
  g_assert_true (intern_pool_intern (pool, "oak") == string);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1);
}

/* Returns a pool with one more atom to assign. */
static InternPool *
pool_with_one_atom (void)
{
  InternPool *pool = intern_pool_new ();

  intern_pool_need_store (pool)->atoms.first = INTERN_MAX_ATOM;

  return pool;
}

static void
assert_no_atom (InternPool *pool,
                const char *string)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (intern_pool_try_atom_from_string (pool, string, &error), ==, INTERN_ATOM_NONE);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, "atoms"));
}

static void
test_full_atoms (void)
{
  g_autoptr (InternPool) pool = pool_with_one_atom ();

  g_test_summary ("When all atoms are assigned a string has none, which is an error, but it is in the pool");
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "oak"), ==, INTERN_MAX_ATOM);
  assert_no_atom (pool, "elm");
  g_assert_cmpstr (intern_pool_lookup (pool, "elm"), ==, "elm");
  /* By now they come from the read cache, if the pool has any. */
  for (guint i = 0; i < 2 * INTERN_CACHE_PUTS_MIN + 2 * INTERN_CACHE_BUCKETS_MIN; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      for (guint round = 0; round < 3; round++)
        intern_pool_intern (pool, text);
      assert_no_atom (pool, text);
    }
  assert_no_atom (pool, "elm");
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "elm"), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "oak"), ==, INTERN_MAX_ATOM);
}

static void
test_full_column (void)
{
  static const char *const strings[] = { "oak", "oak", "elm", "ash", NULL };
  g_autoptr (InternPool) pool = pool_with_one_atom ();
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  g_test_summary ("A column with more strings than atoms is refused, with the position of the first without one");
  g_assert_null (intern_pool_encode (pool, strings, -1, &n_atoms, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (g_str_has_prefix (error->message, "At position 2: "));
  g_assert_cmpuint (n_atoms, ==, 0);
}

#ifdef INTERN_DEBUG
static void
test_unknown_atom (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const InternAtom atom = intern_pool_atom_from_string (pool, "oak");

  g_test_summary ("A debug build reports an atom that the pool has not assigned yet, and names the next one");
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "Atom 2 is not of this pool, whose next one will be 2*");
  g_assert_null (intern_pool_atom_to_string (pool, atom + 1));
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "Atom 7 is not of this pool, whose next one will be 2*");
  g_assert_null (intern_pool_atom_to_bytes (pool, 7));
  g_test_assert_expected_messages ();
  g_assert_null (intern_pool_atom_to_string (pool, INTERN_ATOM_NONE));
}
#endif

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/refusals/full-index", test_full_index);
  g_test_add_func ("/refusals/full-atoms", test_full_atoms);
  g_test_add_func ("/refusals/full-column", test_full_column);
#ifdef INTERN_DEBUG
  g_test_add_func ("/refusals/unknown-atom", test_unknown_atom);
#endif

  return g_test_run ();
}
