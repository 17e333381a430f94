/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many strings: ten million with -m slow, or as many as INTERN_SCALE says. */

#include <intern-glib.h>

#include <string.h>

/* Bytes for each string beside its own: header, index, cache and atom. */
#define MOST_BYTES_BESIDE 80

static gsize
text_of (guint number,
         char  text[16])
{
  return (gsize) g_snprintf (text, 16, "%u", number);
}

static void
test_scale (void)
{
  const char *wanted = g_getenv ("INTERN_SCALE");
  const guint n_strings = !g_test_slow () ? 100000
                          : wanted == NULL ? 10000000 : (guint) g_ascii_strtoull (wanted, NULL, 10);
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolStats stats;
  char text[16];

  g_test_summary ("However many strings there are, atoms are dense, each string is found, and memory is bounded");
  for (guint i = 0; i < n_strings; i++)
    {
      const gsize length = text_of (i, text);

      g_assert_cmpuint (intern_pool_atom_from_string_len (pool, text, (gssize) length), ==, i + 1);
    }
  for (guint i = 0; i < n_strings; i++)
    {
      const gsize length = text_of (i, text);
      const char *string = intern_pool_lookup_len (pool, text, (gssize) length);

      g_assert_cmpmem (string, length, text, length);
      g_assert_true (intern_pool_atom_to_string (pool, i + 1) == string);
    }
  for (guint i = n_strings; i < 2 * n_strings; i++)
    g_assert_null (intern_pool_lookup_len (pool, text, (gssize) text_of (i, text)));

  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, n_strings);
  g_test_message ("%u strings, %.1f bytes beside each", n_strings,
                  (double) (stats.memory_usage - stats.bytes_stored) / n_strings);
  g_assert_cmpuint (stats.memory_usage - stats.bytes_stored, <, (guint64) n_strings * MOST_BYTES_BESIDE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scale/many-strings", test_scale);

  return g_test_run ();
}
