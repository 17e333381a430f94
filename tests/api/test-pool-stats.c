/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <locale.h>
#include <malloc.h>
#include <string.h>

#include "sanitizers.h"

static InternPoolStats
stats_of (InternPool *pool)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);

  return stats;
}

static void
test_new_pool_has_done_nothing (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const InternPoolStats stats = stats_of (pool);

  g_test_summary ("A new pool has counted nothing and takes at most about a kilobyte");
  g_assert_cmpuint (stats.n_strings + stats.n_mortal + stats.n_dead, ==, 0);
  g_assert_cmpuint (stats.n_lookups + stats.n_hits + stats.n_misses, ==, 0);
  g_assert_cmpuint (stats.bytes_stored + stats.bytes_requested + stats.bytes_recycled, ==, 0);
  g_assert_cmpfloat (stats.hit_ratio, ==, 0.0);
  g_assert_cmpuint (stats.memory_usage, >, 0);
  g_assert_cmpuint (stats.memory_usage, <=, 1024);
  g_assert_cmpint (stats.bytes_saved, ==, -(gint64) stats.memory_usage);
}

static void
test_every_search_counts (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("abc", 3);
  g_autoptr (GBytes) view = NULL;
  InternPoolStats stats;

  g_test_summary ("A found string is a hit, another a miss; bytes count if a string is returned");
  intern_pool_intern (pool, "abc");                      /* miss, 3 */
  intern_pool_intern (pool, "abc");                      /* hit, 3 */
  intern_pool_intern_len (pool, "abcd", 4);              /* miss, 4 */
  intern_pool_try_intern (pool, "abc", NULL);            /* hit, 3 */
  view = intern_pool_intern_bytes (pool, bytes, NULL);   /* hit, 3 */
  intern_pool_lookup (pool, "abc");                      /* hit, 3 */
  intern_pool_lookup (pool, "no");                       /* miss */
  intern_pool_contains (pool, "abc");                    /* hit, nothing returned */
  intern_pool_contains (pool, "no");                     /* miss */
  intern_pool_contains_bytes (pool, bytes);              /* hit, nothing returned */

  stats = stats_of (pool);
  g_assert_cmpuint (stats.n_strings, ==, 2);
  g_assert_cmpuint (stats.n_lookups, ==, 10);
  g_assert_cmpuint (stats.n_hits, ==, 6);
  g_assert_cmpuint (stats.n_misses, ==, 4);
  g_assert_cmpuint (stats.bytes_stored, ==, 7);
  g_assert_cmpuint (stats.bytes_requested, ==, 3 + 3 + 4 + 3 + 3 + 3);
  g_assert_cmpfloat_with_epsilon (stats.hit_ratio, 0.6, 1e-12);

  intern_pool_intern (pool, NULL);
  intern_pool_lookup (pool, NULL);
  g_assert_cmpuint (stats_of (pool).n_lookups, ==, 10);
}

static void
test_refusals_are_misses (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);

  g_test_summary ("A refused string counts as a search, without bytes");
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "refused");
  g_assert_cmpuint (stats_of (pool).n_misses, ==, 2);
  g_assert_cmpuint (stats_of (pool).bytes_requested, ==, 1);
}

static void
test_properties_are_the_fields (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolStats stats;
  guint n_strings, n_mortal, n_dead;
  guint64 n_lookups, n_hits, n_misses, stored, requested, recycled, memory;
  gint64 saved;
  double ratio;

  g_test_summary ("Each field is a property of the same name");
  for (guint i = 0; i < 100; i++)
    intern_pool_intern (pool, i % 3 == 0 ? "one" : "three");
  stats = stats_of (pool);
  g_object_get (pool,
                "n-strings", &n_strings, "n-mortal", &n_mortal, "n-dead", &n_dead,
                "n-lookups", &n_lookups, "n-hits", &n_hits, "n-misses", &n_misses,
                "bytes-stored", &stored, "bytes-requested", &requested, "bytes-recycled", &recycled,
                "memory-usage", &memory, "hit-ratio", &ratio, "bytes-saved", &saved,
                NULL);
  g_assert_cmpuint (n_strings, ==, 2);
  g_assert_cmpuint (n_strings, ==, stats.n_strings);
  g_assert_cmpuint (n_mortal, ==, stats.n_mortal);
  g_assert_cmpuint (n_dead, ==, stats.n_dead);
  g_assert_cmpuint (n_lookups, ==, stats.n_lookups);
  g_assert_cmpuint (n_hits, ==, stats.n_hits);
  g_assert_cmpuint (n_misses, ==, stats.n_misses);
  g_assert_cmpuint (stored, ==, stats.bytes_stored);
  g_assert_cmpuint (requested, ==, stats.bytes_requested);
  g_assert_cmpuint (recycled, ==, stats.bytes_recycled);
  g_assert_cmpuint (memory, ==, stats.memory_usage);
  g_assert_cmpfloat (ratio, ==, stats.hit_ratio);
  g_assert_cmpint (saved, ==, stats.bytes_saved);
}

static void
test_saved_is_what_copies_would_take (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *text = "a string of some length, requested again and again";
  g_autofree char *copy = g_strdup (text);
  InternPoolStats stats;

  g_test_summary ("bytes-saved is the heap that copies would take minus that of the pool");
  for (guint i = 0; i < 1000; i++)
    intern_pool_intern (pool, text);
  stats = stats_of (pool);
  /* The heap of a memory checker has no overhead that can be measured. */
  if (malloc_usable_size (copy) != strlen (copy) + 1)
    g_assert_cmpint (stats.bytes_saved, ==,
                     (gint64) (1000 * (malloc_usable_size (copy) + sizeof (gsize))) - (gint64) stats.memory_usage);
  g_assert_cmpint (stats.bytes_saved, >, 0);
}

static void
test_saved_is_negative_without_repeats (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("bytes-saved is negative for strings that never repeat");
  for (guint i = 0; i < 1000; i++)
    intern_pool_intern_len (pool, (const char *) &i, sizeof i);
  g_assert_cmpint (stats_of (pool).bytes_saved, <, 0);
}

static void
test_reset_starts_again (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolStats stats;

  g_test_summary ("A reset sets the counts to 0 and keeps the strings");
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "a");
  intern_pool_reset_stats (pool);
  stats = stats_of (pool);
  g_assert_cmpuint (stats.n_lookups + stats.n_hits + stats.n_misses + stats.bytes_requested, ==, 0);
  g_assert_cmpuint (stats.n_strings, ==, 1);
  g_assert_cmpuint (stats.bytes_stored, ==, 1);
  intern_pool_intern (pool, "a");
  g_assert_cmpuint (stats_of (pool).n_hits, ==, 1);
  g_assert_cmpuint (stats_of (pool).n_lookups, ==, 1);
}

static void
test_counts_survive_clear (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  guint64 with_one_string = 0;
  InternPoolStats stats;

  g_test_summary ("clear() frees the memory and keeps the counts of searches");
  for (guint i = 0; i < 20000; i++)
    {
      intern_pool_intern_len (pool, (const char *) &i, sizeof i);
      if (i == 0)
        with_one_string = stats_of (pool).memory_usage;
    }
  g_assert_cmpuint (stats_of (pool).memory_usage, >, 20000 * 4);
  intern_pool_clear (pool);
  stats = stats_of (pool);
  g_assert_cmpuint (stats.n_misses, ==, 20000);
  g_assert_cmpuint (stats.n_strings, ==, 0);
  g_assert_cmpuint (stats.bytes_stored, ==, 0);
  /* The ledger, which has the old counts. */
  g_assert_cmpuint (stats.memory_usage, <, with_one_string + 256);
}

static void
test_hits_from_outside_count (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const InternPoolStats before = stats_of (pool);
  InternPoolStats stats;

  g_test_summary ("The statistics include hits that a binding answered itself");
  intern_pool_add_hits (pool, 100, 500);
  intern_pool_add_hits (pool, 0, 0);
  stats = stats_of (pool);
  g_assert_cmpuint (stats.n_hits, ==, 100);
  g_assert_cmpuint (stats.n_lookups, ==, 100);
  g_assert_cmpuint (stats.bytes_requested, ==, 500);
  g_assert_cmpfloat (stats.hit_ratio, ==, 1.0);
  g_assert_cmpint (stats.bytes_saved, >=, before.bytes_saved + 500);
}

static void
test_text_and_variant (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;
  g_autoptr (InternPoolStats) copy = NULL;
  InternPoolStats stats;
  guint n_strings;
  guint64 n_hits;
  gint64 saved;

  g_test_summary ("The statistics can be formatted, converted to a dictionary and copied");
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "b");
  stats = stats_of (pool);

  text = intern_pool_stats_to_string (&stats);
  g_assert_nonnull (strstr (text, "2 strings"));
  g_assert_nonnull (strstr (text, "3 lookups"));
  g_assert_nonnull (strstr (text, "1 hit (33.3 %)"));

  variant = g_variant_ref_sink (intern_pool_stats_to_variant (&stats));
  g_assert_true (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT));
  g_assert_cmpuint (g_variant_n_children (variant), ==, 12);
  g_assert_true (g_variant_lookup (variant, "n-strings", "u", &n_strings));
  g_assert_true (g_variant_lookup (variant, "n-hits", "t", &n_hits));
  g_assert_true (g_variant_lookup (variant, "bytes-saved", "x", &saved));
  g_assert_cmpuint (n_strings, ==, 2);
  g_assert_cmpuint (n_hits, ==, 1);
  g_assert_cmpint (saved, ==, stats.bytes_saved);

  copy = intern_pool_stats_copy (&stats);
  g_assert_cmpmem (copy, sizeof *copy, &stats, sizeof stats);
}

static void
check_text (const InternPoolStats *stats,
            const char            *wanted)
{
  g_autofree char *text = intern_pool_stats_to_string (stats);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_text_is_the_same_everywhere (void)
{
  static const char *locales[] = { "C", "C.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8" };
  InternPoolStats stats = { 0 };

  g_test_summary ("The text is English and ASCII in every locale, with singular and plural");
  for (guint i = 0; i < G_N_ELEMENTS (locales); i++)
    {
      /* If a locale is not installed, the previous one is tested again. */
      setlocale (LC_ALL, locales[i]);

      stats = (InternPoolStats) { .n_strings = 1, .bytes_stored = 1, .memory_usage = 1600, .n_lookups = 1,
                                  .n_hits = 1, .hit_ratio = 1, .bytes_saved = -1599 };
      check_text (&stats, "1 string of 1 byte in 1.6 kB, 1 lookup, 1 hit (100.0 %), costs 1.6 kB more than copies");

      stats = (InternPoolStats) { .n_strings = 2, .bytes_stored = 999, .memory_usage = 1000000, .n_lookups = 8,
                                  .n_hits = 5, .hit_ratio = 0.625, .bytes_saved = G_MAXINT64 };
      check_text (&stats, "2 strings of 999 bytes in 1.0 MB, 8 lookups, 5 hits (62.5 %), saves 9.2 EB");

      stats = (InternPoolStats) { .memory_usage = 999949, .bytes_saved = G_MININT64 };
      check_text (&stats, "0 strings of 0 bytes in 999.9 kB, 0 lookups, 0 hits (0.0 %), costs 9.2 EB more than copies");
    }
  setlocale (LC_ALL, "C");
}

static void
test_variant_names_are_properties (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const InternPoolStats stats = stats_of (pool);
  g_autoptr (GVariant) variant = g_variant_ref_sink (intern_pool_stats_to_variant (&stats));
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_test_summary ("Each key of the dictionary is a read-only property with that value");
  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (pool), name);
      g_auto (GValue) property = G_VALUE_INIT;

      g_assert_nonnull (pspec);
      g_assert_cmpint (pspec->flags & (G_PARAM_READABLE | G_PARAM_WRITABLE), ==, G_PARAM_READABLE);
      g_object_get_property (G_OBJECT (pool), name, &property);
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        g_assert_cmpuint (g_value_get_uint (&property), ==, g_variant_get_uint32 (value));
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        g_assert_cmpuint (g_value_get_uint64 (&property), ==, g_variant_get_uint64 (value));
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
        g_assert_cmpint (g_value_get_int64 (&property), ==, g_variant_get_int64 (value));
      else
        g_assert_cmpfloat (g_value_get_double (&property), ==, g_variant_get_double (value));
    }
}

static void
test_empty_pool_is_small (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  guint64 empty;

  g_test_summary ("A pool without strings takes at most 250 bytes, also when it is looked at");
  empty = stats_of (pool).memory_usage;
  g_assert_cmpuint (empty, <=, 250);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
  g_assert_cmpuint (intern_pool_get_max_strings (pool), ==, 0);
  g_assert_cmpuint (intern_pool_get_max_bytes (pool), ==, 0);
  g_assert_null (intern_pool_atom_to_string (pool, 0));
  intern_pool_set_emit_added (pool, FALSE);
  g_assert_cmpuint (stats_of (pool).memory_usage, ==, empty);
  g_assert_cmpint (stats_of (pool).bytes_saved, ==, -(gint64) empty);

  /* A search without a result counts, which takes a store. */
  g_assert_null (intern_pool_lookup (pool, "absent"));
  g_assert_cmpuint (stats_of (pool).n_misses, ==, 1);
  g_assert_cmpuint (stats_of (pool).memory_usage, >, empty);
}

static gint64
heap_in_use (void)
{
  const struct mallinfo2 info = mallinfo2 ();

  return (gint64) (info.uordblks + info.hblkhd);
}

static void
test_memory_is_what_the_heap_says (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  gint64 before;

  g_test_summary ("memory-usage is within 5 % of what malloc() has allocated for the pool");
  /* The first pool and its first string also allocate for the process. */
  intern_pool_intern (pool, "first");
  g_clear_object (&pool);
  before = heap_in_use ();
  if (before == 0 || ON_OTHER_HEAP)
    {
      g_test_skip ("this heap has no statistics");
      return;
    }

  pool = intern_pool_new ();
  intern_pool_set_emit_added (pool, FALSE);
  for (guint i = 1, check = 2000; i <= 400000; i++)
    {
      char text[80];
      const int length = g_snprintf (text, sizeof text, "/usr/share/doc/%u/%*s", i, (int) (i % 40), "");

      intern_pool_intern_len (pool, text, length);
      if (i == check)
        {
          const double heap = (double) (heap_in_use () - before);
          const double reported = (double) stats_of (pool).memory_usage;

          g_test_message ("%u strings: reported %.0f, in the heap %.0f, %.2f %%", i, reported, heap,
                          100 * reported / heap);
          g_assert_cmpfloat (reported, >, 0.95 * heap);
          g_assert_cmpfloat (reported, <, 1.05 * heap);
          check = check * 7 / 5;
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  /* First, before the heap is fragmented. */
  g_test_add_func ("/stats/memory-is-that-of-the-heap", test_memory_is_what_the_heap_says);
  g_test_add_func ("/stats/empty-pool-is-small", test_empty_pool_is_small);
  g_test_add_func ("/stats/new-pool-has-done-nothing", test_new_pool_has_done_nothing);
  g_test_add_func ("/stats/every-search-counts", test_every_search_counts);
  g_test_add_func ("/stats/refusals-are-misses", test_refusals_are_misses);
  g_test_add_func ("/stats/properties-are-the-fields", test_properties_are_the_fields);
  g_test_add_func ("/stats/saved/is-what-copies-would-take", test_saved_is_what_copies_would_take);
  g_test_add_func ("/stats/saved/is-negative-without-repeats", test_saved_is_negative_without_repeats);
  g_test_add_func ("/stats/reset-starts-again", test_reset_starts_again);
  g_test_add_func ("/stats/counts-survive-clear", test_counts_survive_clear);
  g_test_add_func ("/stats/hits-from-outside-count", test_hits_from_outside_count);
  g_test_add_func ("/stats/text-and-variant", test_text_and_variant);
  g_test_add_func ("/stats/text-is-the-same-everywhere", test_text_is_the_same_everywhere);
  g_test_add_func ("/stats/variant-names-are-properties", test_variant_names_are_properties);

  return g_test_run ();
}
