/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a pool gives back when its strings have been released. */

#include <intern-glib.h>
#include <string.h>

#include "sanitizers.h"

#define N_STRINGS 1000000
#define MIB (1024 * 1024)

/* Tiny blocks fill no page, so nothing of them can be given back. */
#ifdef INTERN_TEST_SIZES
# define GIVES_PAGES_BACK 0
#else
# define GIVES_PAGES_BACK 1
#endif

static guint64
get_memory_usage (InternPool *pool)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);

  return stats.memory_usage;
}

/* Memory of the process that no file backs and that is in RAM. */
static gint64
get_anonymous (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL))
    return -1;
  line = strstr (text, "\nAnonymous:");

  return line == NULL ? -1 : 1024 * g_ascii_strtoll (line + strlen ("\nAnonymous:"), NULL, 10);
}

static void
acquire_all (InternPool  *pool,
             const char **strings,
             guint        n_strings)
{
  for (guint i = 0; i < n_strings; i++)
    {
      char name[32];

      g_snprintf (name, sizeof name, "message %u", i * 2654435761u);
      strings[i] = intern_pool_acquire (pool, name);
    }
}

static void
release_all (InternPool  *pool,
             const char **strings,
             guint        n_strings)
{
  for (guint i = 0; i < n_strings; i++)
    intern_pool_release (pool, strings[i]);
}

/* Acquires and releases N_STRINGS strings, and finds each once between. */
static void
check_process (InternPool *pool)
{
  g_autofree const char **strings = g_new0 (const char *, N_STRINGS);
  gint64 before, after;
  guint64 most;

  for (guint i = 0; i < N_STRINGS; i++)
    strings[i] = "touched";
  intern_pool_release (pool, intern_pool_acquire (pool, "first"));
  /* What other tests have freed. */
  intern_pool_trim (pool);
  before = get_anonymous ();
  acquire_all (pool, strings, N_STRINGS);
  release_all (pool, strings, N_STRINGS);
  for (guint round = 0; round < 2; round++)
    acquire_all (pool, strings, N_STRINGS);
  most = get_memory_usage (pool);
  for (guint round = 0; round < 2; round++)
    release_all (pool, strings, N_STRINGS);
  intern_pool_trim (pool);
  after = get_anonymous ();

  g_test_message ("memory-usage: %" G_GUINT64_FORMAT " KiB, then %" G_GUINT64_FORMAT " KiB; the process has "
                  "%" G_GINT64_FORMAT " KiB more than before",
                  most / 1024, get_memory_usage (pool) / 1024, (after - before) / 1024);
  g_assert_cmpuint (most, >, 30 * MIB);
  if (GIVES_PAGES_BACK)
    g_assert_cmpuint (get_memory_usage (pool), <, 4 * MIB);
  if (GIVES_PAGES_BACK && before >= 0 && !ON_OTHER_HEAP)
    g_assert_cmpint (after - before, <, 2 * MIB);
}

static void
test_process (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("A million strings that were released leave the process within 2 MiB of where it was");
  check_process (pool);
}

static void
test_default_pool (void)
{
  g_test_summary ("So they do in the default pool");
  check_process (intern_pool_get_default ());
}

static void
test_empty (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) frozen = intern_pool_new ();

  g_test_summary ("An empty pool, one of permanent strings and a frozen one have nothing to give back");
  g_assert_cmpuint (intern_pool_trim (pool), ==, 0);
  intern_pool_intern (pool, "a");
  g_assert_cmpuint (intern_pool_trim (pool), ==, 0);
  g_assert_nonnull (intern_pool_acquire (frozen, "b"));
  intern_pool_freeze (frozen);
  g_assert_cmpuint (intern_pool_trim (frozen), ==, 0);
  g_assert_cmpstr (intern_pool_lookup (frozen, "b"), ==, "b");
}

static void
test_living_strings (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree const char **strings = g_new0 (const char *, N_STRINGS / 10);
  guint64 memory;

  g_test_summary ("After trim() living strings and atoms are what they were, and the pool goes on");
  for (guint round = 0; round < 3; round++)
    {
      acquire_all (pool, strings, N_STRINGS / 10);
      for (guint i = 0; i < N_STRINGS / 10; i++)
        if (i % 1000 != 0)
          intern_pool_release (pool, strings[i]);
      memory = get_memory_usage (pool);
      g_assert_cmpuint (intern_pool_trim (pool), <=, memory);
      g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_STRINGS / 10000);
      for (guint i = 0; i < N_STRINGS / 10; i += 1000)
        {
          g_autofree char *name = g_strdup_printf ("message %u", i * 2654435761u);

          g_assert_cmpstr (strings[i], ==, name);
          g_assert_true (intern_pool_lookup (pool, name) == strings[i]);
          intern_pool_release (pool, strings[i]);
        }
    }
}

static void
test_by_itself (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree const char **strings = g_new0 (const char *, N_STRINGS);
  guint64 most;

  g_test_summary ("A pool whose strings have all been released gives most of its memory back by itself");
  acquire_all (pool, strings, N_STRINGS);
  most = get_memory_usage (pool);
  release_all (pool, strings, N_STRINGS);
  g_test_message ("memory-usage: %" G_GUINT64_FORMAT " KiB, then %" G_GUINT64_FORMAT " KiB", most / 1024,
                  get_memory_usage (pool) / 1024);
  if (GIVES_PAGES_BACK)
    g_assert_cmpuint (get_memory_usage (pool), <, most / 10);
}

static void
test_bytes_are_returned (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree char *text = g_strnfill (256 * 1024, 'x');
  const char *living = intern_pool_acquire (pool, "living");
  const char *string = intern_pool_acquire (pool, text);
  InternPoolStats before, after;
  gsize n_bytes;

  g_test_summary ("A call returns the bytes that it has given back, which are those that the pool takes less");
  g_assert_cmpuint (intern_pool_trim (pool), ==, 0);
  intern_pool_release (pool, string);
  intern_pool_get_stats (pool, &before);
  n_bytes = intern_pool_trim (pool);
  intern_pool_get_stats (pool, &after);
  g_assert_cmpuint (n_bytes, >=, 128 * 1024);
  g_assert_cmpuint (before.memory_usage - after.memory_usage, ==, n_bytes);
  g_assert_cmpuint (intern_pool_trim (pool), ==, 0);
  g_assert_cmpstr (living, ==, "living");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/trim/empty", test_empty);
  g_test_add_func ("/trim/bytes-are-returned", test_bytes_are_returned);
  g_test_add_func ("/trim/living-strings", test_living_strings);
  g_test_add_func ("/trim/by-itself", test_by_itself);
  g_test_add_func ("/trim/process", test_process);
  g_test_add_func ("/trim/default-pool", test_default_pool);

  return g_test_run ();
}
