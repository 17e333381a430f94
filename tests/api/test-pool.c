/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <string.h>

static void
test_equal_strings_are_one (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  char first[] = "hello", second[] = "hello";
  const char *a = intern_pool_intern (pool, first);
  const char *b = intern_pool_intern (pool, second);

  g_test_summary ("Equal strings give one address, that of the pool's copy");
  g_assert_true (a == b);
  g_assert_true (a != first && a != second);
  g_assert_cmpstr (a, ==, "hello");
  g_assert_true (intern_pool_intern (pool, "hallo") != a);
  g_assert_true (intern_pool_intern (pool, a) == a);
}

static void
test_bytes_are_copied (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  char buffer[] = "hello";
  const char *interned = intern_pool_intern (pool, buffer);

  g_test_summary ("The caller may overwrite what it passed");
  memset (buffer, 'x', sizeof buffer - 1);
  g_assert_cmpstr (interned, ==, "hello");
  g_assert_true (intern_pool_intern (pool, "hello") == interned);
  g_assert_false (intern_pool_contains (pool, "xxxxx"));
}

static void
test_null_in_null_out (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("NULL gives NULL without a critical or an error");
  g_assert_null (intern_pool_intern (pool, NULL));
  g_assert_null (intern_pool_intern_len (pool, NULL, -1));
  g_assert_null (intern_pool_intern_len (pool, NULL, 0));
  g_assert_null (intern_pool_intern_len (pool, NULL, 5));
  g_assert_null (intern_pool_try_intern (pool, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (intern_pool_try_intern_len (pool, NULL, 3, &error));
  g_assert_no_error (error);
  g_assert_null (intern_pool_intern_bytes (pool, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (intern_pool_lookup (pool, NULL));
  g_assert_null (intern_pool_lookup_len (pool, NULL, 1));
  g_assert_false (intern_pool_contains (pool, NULL));
  g_assert_false (intern_pool_contains_bytes (pool, NULL));
  g_assert_cmpuint (intern_pool_get_length (pool, NULL), ==, 0);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
test_empty_string_is_one (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) no_bytes = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) view = NULL;
  g_autoptr (GError) error = NULL;
  const char *empty;

  g_test_summary ("The empty string is a string like any other");
  g_assert_null (intern_pool_lookup (pool, ""));
  g_assert_false (intern_pool_contains_bytes (pool, no_bytes));
  empty = intern_pool_intern (pool, "");
  g_assert_cmpstr (empty, ==, "");
  g_assert_true (intern_pool_intern_len (pool, "", 0) == empty);
  g_assert_true (intern_pool_intern_len (pool, "abc", 0) == empty);
  g_assert_true (intern_pool_intern_len (pool, "", -1) == empty);
  view = intern_pool_intern_bytes (pool, no_bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (view), ==, 0);
  g_assert_true (intern_pool_contains_bytes (pool, no_bytes));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1);
}

static void
test_nuls_are_kept (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *plain = intern_pool_intern (pool, "a");
  const char *with_nul = intern_pool_intern_len (pool, "a\0b", 3);

  g_test_summary ("Equal means same length and same bytes, NULs included");
  g_assert_true (with_nul != plain);
  g_assert_true (intern_pool_intern_len (pool, "a\0b", -1) == plain);
  g_assert_true (intern_pool_intern_len (pool, "a\0b", 1) == plain);
  g_assert_true (intern_pool_intern_len (pool, "a\0b", 3) == with_nul);
  g_assert_true (intern_pool_intern_len (pool, "a\0c", 3) != with_nul);
  g_assert_true (intern_pool_lookup_len (pool, "a\0b", 3) == with_nul);
  g_assert_null (intern_pool_lookup_len (pool, "a\0", 2));
  g_assert_cmpmem (with_nul, 4, "a\0b", 4);
  g_assert_cmpuint (intern_pool_get_length (pool, with_nul), ==, 3);
  g_assert_cmpuint (intern_pool_get_length (pool, plain), ==, 1);
}

static void
test_length_is_unknown (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *string = intern_pool_intern (pool, "a");
  const InternAtom atom = intern_pool_atom_from_string (pool, "a");

  g_test_summary ("To each call with a length, -1 means the bytes before the first NUL");
  g_assert_true (intern_pool_intern_len (pool, "a\0b", -1) == string);
  g_assert_true (intern_pool_try_intern_len (pool, "a\0b", -1, NULL) == string);
  g_assert_true (intern_pool_lookup_len (pool, "a\0b", -1) == string);
  g_assert_true (intern_pool_acquire_len (pool, "a\0b", -1) == string);
  g_assert_true (intern_pool_lookup_acquire_len (pool, "a\0b", -1) == string);
  g_assert_cmpuint (intern_pool_atom_from_string_len (pool, "a\0b", -1), ==, atom);
  g_assert_cmpuint (intern_pool_try_atom_from_string_len (pool, "a\0b", -1, NULL), ==, atom);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1);
}

static void
test_any_byte_will_do (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("No encoding is assumed: every byte and every pair of bytes is a different string");
  for (guint i = 0; i < 65536; i++)
    {
      const char pair[2] = { (char) (i & 0xff), (char) (i >> 8) };
      const char *interned = intern_pool_intern_len (pool, pair, 2);

      g_assert_cmpmem (interned, 3, ((const char[]) { pair[0], pair[1], 0 }), 3);
      g_assert_true (intern_pool_lookup_len (pool, pair, 2) == interned);
    }
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 65536);
}

static void
test_slices_need_no_nul (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const gsize page = 4096;
  char *exact = g_malloc (page);

  g_test_summary ("No byte beyond the end of a slice is read");
  memset (exact, 'x', page);
  g_assert_cmpuint (intern_pool_get_length (pool, intern_pool_intern_len (pool, exact, (gssize) page)), ==, page);
  g_assert_true (intern_pool_lookup_len (pool, exact, (gssize) page) != NULL);
  g_free (exact);
}

static void
test_lengths_of_all_sizes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree char *data = g_malloc (3000000);

  g_test_summary ("Strings of all lengths up to megabytes are complete, aligned and NUL-terminated");
  for (gsize i = 0; i < 3000000; i++)
    data[i] = (char) (i * 7 + i / 256);

  for (gsize length = 0; length < 3000000; length += 1 + length / 3)
    {
      const char *interned = intern_pool_intern_len (pool, data, (gssize) length);

      g_assert_cmpmem (interned, length, data, length);
      g_assert_cmpint (interned[length], ==, 0);
      g_assert_cmpuint (intern_pool_get_length (pool, interned), ==, length);
      g_assert_true (intern_pool_intern_len (pool, data, (gssize) length) == interned);
    }
}

static void
test_lookup_never_adds (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);

  g_test_summary ("A lookup adds nothing");
  g_assert_null (intern_pool_lookup (pool, "x"));
  g_assert_null (intern_pool_lookup_len (pool, "x", 1));
  g_assert_false (intern_pool_contains (pool, "x"));
  g_assert_false (intern_pool_contains_bytes (pool, bytes));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);

  intern_pool_intern (pool, "x");
  g_assert_true (intern_pool_contains (pool, "x"));
  g_assert_true (intern_pool_contains_bytes (pool, bytes));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1);
}

static void
test_pools_are_apart (void)
{
  g_autoptr (InternPool) one = intern_pool_new ();
  g_autoptr (InternPool) two = intern_pool_new ();

  g_test_summary ("Each pool has its own strings");
  g_assert_true (intern_pool_intern (one, "x") != intern_pool_intern (two, "x"));
  intern_pool_intern (one, "only here");
  g_assert_false (intern_pool_contains (two, "only here"));
}

static void
test_views_keep_the_bytes (void)
{
  InternPool *pool = intern_pool_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) one = intern_pool_intern_bytes (pool, bytes, NULL);
  g_autoptr (GBytes) two = intern_pool_intern_bytes (pool, bytes, NULL);
  g_autoptr (GBytes) later = NULL;

  g_test_summary ("A view shares the pool's bytes, and outlives clear() and the pool");
  g_assert_true (g_bytes_get_data (one, NULL) == g_bytes_get_data (two, NULL));
  g_assert_true (g_bytes_get_data (one, NULL) == (gconstpointer) intern_pool_lookup_len (pool, "a\0b", 3));

  intern_pool_clear (pool);
  g_assert_false (intern_pool_contains_bytes (pool, bytes));
  later = intern_pool_intern_bytes (pool, bytes, NULL);
  g_assert_true (g_bytes_get_data (later, NULL) != g_bytes_get_data (one, NULL));
  g_object_unref (pool);

  g_assert_true (g_bytes_equal (one, bytes));
  g_assert_true (g_bytes_equal (two, bytes));
  g_assert_true (g_bytes_equal (later, bytes));
}

static gboolean
collect (const char *string,
         gsize       length,
         gpointer    user_data)
{
  g_assert_true (g_hash_table_add (user_data, g_bytes_new (string, length)));

  return TRUE;
}

static gboolean
collect_bytes (const guint8 *data,
               gsize         length,
               gpointer      user_data)
{
  return collect ((const char *) data, length, user_data);
}

static gboolean
stop_at_once (const char *string,
              gsize       length,
              gpointer    user_data)
{
  ++*(guint *) user_data;

  return FALSE;
}

static GHashTable *
new_set_of_bytes (void)
{
  return g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
}

static void
test_foreach_sees_each_once (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GHashTable) seen = new_set_of_bytes ();
  g_autoptr (GHashTable) seen_bytes = new_set_of_bytes ();
  guint n_calls = 0;

  g_test_summary ("An iteration visits every string once and stops on FALSE");
  intern_pool_foreach (pool, stop_at_once, &n_calls);
  g_assert_cmpuint (n_calls, ==, 0);

  for (guint i = 0; i < 10000; i++)
    intern_pool_intern_len (pool, (const char *) &i, sizeof i);
  intern_pool_foreach (pool, collect, seen);
  intern_pool_foreach_bytes (pool, collect_bytes, seen_bytes);
  g_assert_cmpuint (g_hash_table_size (seen), ==, 10000);
  g_assert_cmpuint (g_hash_table_size (seen_bytes), ==, 10000);
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (GBytes) expected = g_bytes_new_static (&i, sizeof i);

      g_assert_true (g_hash_table_contains (seen, expected));
      g_assert_true (g_hash_table_contains (seen_bytes, expected));
    }

  intern_pool_foreach (pool, stop_at_once, &n_calls);
  g_assert_cmpuint (n_calls, ==, 1);
}

static gboolean
add_and_clear (const char *string,
               gsize       length,
               gpointer    user_data)
{
  g_autofree char *more = g_strdup_printf ("%s, more", string);

  intern_pool_intern (user_data, more);
  intern_pool_clear (user_data);
  /* The strings of the iteration stay valid until it ends. */
  g_assert_cmpuint (strlen (string), ==, length);

  return TRUE;
}

static void
test_foreach_may_use_the_pool (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("The callback may add to the pool and clear it");
  for (guint i = 0; i < 100; i++)
    intern_pool_intern_len (pool, "................................................................"
                                  "....................................", i);
  intern_pool_foreach (pool, add_and_clear, pool);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
test_dup_strings_copies_all (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_auto (GStrv) none = intern_pool_dup_strings (pool);
  g_auto (GStrv) all = NULL;

  g_test_summary ("The copies belong to the caller and end with NULL");
  g_assert_cmpuint (g_strv_length (none), ==, 0);

  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "");
  intern_pool_intern (pool, "c");
  all = intern_pool_dup_strings (pool);
  g_assert_cmpuint (g_strv_length (all), ==, 3);
  g_assert_true (g_strv_contains ((const char *const *) all, "a"));
  g_assert_true (g_strv_contains ((const char *const *) all, ""));
  g_assert_true (g_strv_contains ((const char *const *) all, "c"));
  intern_pool_clear (pool);
  g_assert_true (g_strv_contains ((const char *const *) all, "c"));
}

static void
test_clear_starts_anew (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("A cleared pool is empty and can be used again");
  for (guint round = 0; round < 20; round++)
    {
      for (guint i = 0; i < 1000; i++)
        intern_pool_intern_len (pool, (const char *) &i, sizeof i);
      g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1000);
      intern_pool_clear (pool);
      g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
      g_assert_null (intern_pool_lookup_len (pool, "\0\0\0\0", 4));
    }
}

static void
test_default_pool_is_one (void)
{
  InternPool *pool = intern_pool_get_default ();
  const char *kept = intern_pool_intern (pool, "kept");

  g_test_summary ("The process has one default pool, which cannot be cleared");
  g_assert_true (INTERN_IS_POOL (pool));
  g_assert_true (intern_pool_get_default () == pool);

  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*default pool cannot be cleared*");
  intern_pool_clear (pool);
  g_test_assert_expected_messages ();
  g_assert_true (intern_pool_lookup (pool, "kept") == kept);
}

static const char *
literal (void)
{
  return INTERN_LITERAL ("a literal");
}

static void
test_literals_are_interned_once (void)
{
  InternPool *pool = intern_pool_get_default ();
  InternPoolStats before, after;
  const char *first = literal ();

  g_test_summary ("A literal costs one search for each place in the source");
  g_assert_cmpstr (first, ==, "a literal");
  g_assert_true (intern_pool_intern (pool, "a literal") == first);
  intern_pool_get_stats (pool, &before);
  for (guint i = 0; i < 1000; i++)
    g_assert_true (literal () == first);
  intern_pool_get_stats (pool, &after);
  g_assert_cmpuint (after.n_lookups, ==, before.n_lookups);
  g_assert_true (INTERN_LITERAL ("a literal") == first);
  g_assert_cmpuint (intern_pool_get_length (pool, INTERN_LITERAL ("a\0b")), ==, 3);
  g_assert_cmpuint (intern_pool_get_length (pool, INTERN_LITERAL ("")), ==, 0);
}

/* Misuse: each is a critical without effect. */

#define EXPECT_CRITICAL(statement) \
  G_STMT_START { \
    g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*assertion*failed*"); \
    statement; \
    g_test_assert_expected_messages (); \
  } G_STMT_END

static void
test_length_below_minus_one (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("A length below -1 is a critical");
  EXPECT_CRITICAL (g_assert_null (intern_pool_intern_len (pool, "x", -2)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_try_intern_len (pool, "x", G_MINSSIZE, NULL)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_lookup_len (pool, "x", -2)));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
test_no_pool (gconstpointer no_pool)
{
  InternPool *pool = (InternPool *) no_pool;
  InternPoolStats stats;

  g_test_summary ("Every call reports an argument that is not a pool");
  EXPECT_CRITICAL (g_assert_null (intern_pool_intern (pool, "x")));
  EXPECT_CRITICAL (g_assert_null (intern_pool_intern_len (pool, "x", 1)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_try_intern (pool, "x", NULL)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_try_intern_len (pool, "x", 1, NULL)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_intern_bytes (pool, NULL, NULL)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_lookup (pool, "x")));
  EXPECT_CRITICAL (g_assert_null (intern_pool_lookup_len (pool, "x", 1)));
  EXPECT_CRITICAL (g_assert_false (intern_pool_contains (pool, "x")));
  EXPECT_CRITICAL (g_assert_false (intern_pool_contains_bytes (pool, NULL)));
  EXPECT_CRITICAL (g_assert_cmpuint (intern_pool_get_length (pool, "x"), ==, 0));
  EXPECT_CRITICAL (intern_pool_foreach (pool, collect, NULL));
  EXPECT_CRITICAL (intern_pool_foreach_bytes (pool, collect_bytes, NULL));
  EXPECT_CRITICAL (g_assert_null (intern_pool_dup_strings (pool)));
  EXPECT_CRITICAL (intern_pool_clear (pool));
  EXPECT_CRITICAL (g_assert_cmpuint (intern_pool_get_max_strings (pool), ==, 0));
  EXPECT_CRITICAL (intern_pool_set_max_strings (pool, 1));
  EXPECT_CRITICAL (g_assert_cmpuint (intern_pool_get_max_bytes (pool), ==, 0));
  EXPECT_CRITICAL (intern_pool_set_max_bytes (pool, 1));
  EXPECT_CRITICAL (g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0));
  EXPECT_CRITICAL (intern_pool_get_stats (pool, &stats));
  EXPECT_CRITICAL (intern_pool_reset_stats (pool));
  EXPECT_CRITICAL (intern_pool_add_hits (pool, 1, 1));
  EXPECT_CRITICAL (g_assert_false (intern_pool_get_emit_added (pool)));
  EXPECT_CRITICAL (intern_pool_set_emit_added (pool, TRUE));
  EXPECT_CRITICAL (g_assert_cmpuint (intern_pool_get_stats_interval (pool), ==, 0));
  EXPECT_CRITICAL (intern_pool_set_stats_interval (pool, 1));
}

static void
test_error_already_set (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = g_error_new_literal (INTERN_ERROR, INTERN_ERROR_FULL, "set before");

  g_test_summary ("An error that is already set is a critical");
  EXPECT_CRITICAL (g_assert_null (intern_pool_try_intern (pool, "x", &error)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_try_intern_len (pool, "x", 1, &error)));
  EXPECT_CRITICAL (g_assert_null (intern_pool_intern_bytes (pool, NULL, &error)));
  g_assert_cmpstr (error->message, ==, "set before");
}

static void
test_no_callback (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("An iteration without a callback is a critical");
  EXPECT_CRITICAL (intern_pool_foreach (pool, NULL, NULL));
  EXPECT_CRITICAL (intern_pool_foreach_bytes (pool, NULL, NULL));
  EXPECT_CRITICAL (intern_pool_get_stats (pool, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GObject) other = NULL;

  g_test_init (&argc, &argv, NULL);
  other = g_object_new (G_TYPE_OBJECT, NULL);

  g_test_add_func ("/pool/equal-strings-are-one", test_equal_strings_are_one);
  g_test_add_func ("/pool/bytes-are-copied", test_bytes_are_copied);
  g_test_add_func ("/pool/null-in-null-out", test_null_in_null_out);
  g_test_add_func ("/pool/empty-string-is-one", test_empty_string_is_one);
  g_test_add_func ("/pool/nuls-are-kept", test_nuls_are_kept);
  g_test_add_func ("/pool/length-is-unknown", test_length_is_unknown);
  g_test_add_func ("/pool/strings-may-contain-any-byte", test_any_byte_will_do);
  g_test_add_func ("/pool/slices-need-no-nul", test_slices_need_no_nul);
  g_test_add_func ("/pool/lengths-of-all-sizes", test_lengths_of_all_sizes);
  g_test_add_func ("/pool/lookup-never-adds", test_lookup_never_adds);
  g_test_add_func ("/pool/pools-have-their-own-strings", test_pools_are_apart);
  g_test_add_func ("/pool/views-keep-the-bytes-alive", test_views_keep_the_bytes);
  g_test_add_func ("/pool/foreach/visits-each-once", test_foreach_sees_each_once);
  g_test_add_func ("/pool/foreach/may-use-the-pool", test_foreach_may_use_the_pool);
  g_test_add_func ("/pool/dup-strings-copies-all", test_dup_strings_copies_all);
  g_test_add_func ("/pool/clear-empties-the-pool", test_clear_starts_anew);
  g_test_add_func ("/pool/default/is-one", test_default_pool_is_one);
  g_test_add_func ("/pool/default/literals-are-interned-once", test_literals_are_interned_once);
  g_test_add_func ("/pool/misuse/length-below-minus-one", test_length_below_minus_one);
  g_test_add_data_func ("/pool/misuse/null-pool", NULL, test_no_pool);
  g_test_add_data_func ("/pool/misuse/other-object", other, test_no_pool);
  g_test_add_func ("/pool/misuse/error-already-set", test_error_already_set);
  g_test_add_func ("/pool/misuse/no-callback", test_no_callback);

  return g_test_run ();
}
