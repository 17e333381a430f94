/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes pools, prints their statistics and aborts, for a debugger. */

#include <stdlib.h>

#include <intern-glib.h>

static void
print_stats (InternPool *pool)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);
  g_print ("%p %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", (void *) pool,
           stats.n_strings, stats.n_lookups, stats.n_hits, stats.memory_usage);
}

int
main (void)
{
  g_autoptr (InternPool) small = intern_pool_new ();
  g_autoptr (InternPool) large = intern_pool_new ();
  g_autoptr (InternPool) gone = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;
  g_autoptr (InternPool) unused = intern_pool_new ();
  g_autoptr (GBytes) view = NULL;
  g_autoptr (GBytes) text = g_bytes_new_static ("view", 4);

  intern_pool_intern (small, "lost");
  intern_pool_clear (small);
  intern_pool_intern (small, "a");
  intern_pool_intern (small, "b");
  intern_pool_intern (small, "a");

  /* Enough for shards and a read cache. */
  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i % 20000);

      intern_pool_intern (large, string);
    }

  /* Its store lives on. */
  view = intern_pool_intern_bytes (gone, text, NULL);
  g_clear_object (&gone);

  intern_pool_freeze (small);
  child = intern_pool_new_child (small, NULL);
  intern_pool_intern (child, "c");

  print_stats (small);
  print_stats (large);
  print_stats (child);
  g_assert_nonnull (view);
  g_assert_nonnull (unused);
  abort ();
}
