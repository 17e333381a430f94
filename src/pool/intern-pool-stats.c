/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "base/heap.h"

/**
 * SECTION:intern-pool-stats
 * @title: Statistics
 * @short_description: What a pool has done and holds
 *
 * All counters of a pool at one moment, returned by intern_pool_get_stats(). Each field is also a
 * read-only property of #InternPool with the same name.
 *
 * Searches are counted since the creation of the pool, or since the last intern_pool_reset_stats();
 * intern_pool_clear() does not reset the counts. They are exact when no other thread is using the
 * pool. The other figures describe the current contents of the pool.
 *
 * Since: 0.1
 */

/* The fields after the three counts have no padding between them. There may be some before them, where 64-bit words are
 * aligned to 8. */
G_STATIC_ASSERT (sizeof (InternPoolStats) == G_STRUCT_OFFSET (InternPoolStats, n_lookups) + 9 * 8 + 8 * 8);

/* The boxed type */

/**
 * intern_pool_stats_copy:
 * @stats: statistics
 *
 * Copies @stats to the heap. For bindings; in C use an assignment.
 *
 * Returns: (transfer full): a copy, to be freed with intern_pool_stats_free()
 *
 * Since: 0.1
 */
InternPoolStats *
intern_pool_stats_copy (const InternPoolStats *stats)
{
  g_return_val_if_fail (stats != NULL, NULL);

  return g_memdup2 (stats, sizeof *stats);
}

/**
 * intern_pool_stats_free:
 * @stats: (transfer full) (nullable): statistics that intern_pool_stats_copy() returned
 *
 * Frees a copy. Does nothing for %NULL.
 *
 * Since: 0.1
 */
void
intern_pool_stats_free (InternPoolStats *stats)
{
  g_free (stats);
}

G_DEFINE_BOXED_TYPE (InternPoolStats, intern_pool_stats, intern_pool_stats_copy, intern_pool_stats_free)

/* Unlike g_format_size(), in English and ASCII in every locale, as intern_pool_stats_to_string() promises. */
static char *
format_size (guint64 bytes)
{
  static const char units[] = "kMGTPE";
  double size = (double) bytes;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  guint n = 0;

  if (bytes < 1000)
    return g_strdup_printf ("%u %s", (guint) bytes, bytes == 1 ? "byte" : "bytes");

  for (size /= 1000; size >= 999.95; size /= 1000)
    n++;

  return g_strdup_printf ("%s %cB", g_ascii_formatd (number, sizeof number, "%.1f", size), units[n]);
}

static char *
format_count (guint64     count,
              const char *noun)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s%s", count, noun, count == 1 ? "" : "s");
}

static char *
format_saved (gint64 bytes)
{
  /* Not ABS(), which overflows for G_MININT64. */
  g_autofree char *size = format_size (bytes < 0 ? -(guint64) bytes : (guint64) bytes);

  return bytes < 0 ? g_strdup_printf ("costs %s more than copies", size)
                   : g_strdup_printf ("saves %s", size);
}

/**
 * intern_pool_stats_to_string:
 * @stats: statistics
 *
 * Formats the statistics as one line for a log or a debugger, in English and ASCII in every locale.
 * The text may change from version to version: programs should read the fields or call
 * intern_pool_stats_to_variant().
 *
 * Returns: (transfer full): the text, to be freed with g_free()
 *
 * Since: 0.1
 */
char *
intern_pool_stats_to_string (const InternPoolStats *stats)
{
  g_autofree char *strings = NULL, *stored = NULL, *memory = NULL, *lookups = NULL, *hits = NULL, *saved = NULL;
  char ratio[G_ASCII_DTOSTR_BUF_SIZE];

  g_return_val_if_fail (stats != NULL, NULL);

  strings = format_count (stats->n_strings, "string");
  stored = format_size (stats->bytes_stored);
  memory = format_size (stats->memory_usage);
  lookups = format_count (stats->n_lookups, "lookup");
  hits = format_count (stats->n_hits, "hit");
  saved = format_saved (stats->bytes_saved);
  g_ascii_formatd (ratio, sizeof ratio, "%.1f", 100 * stats->hit_ratio);

  return g_strdup_printf ("%s of %s in %s, %s, %s (%s %%), %s", strings, stored, memory, lookups, hits, ratio, saved);
}

/**
 * intern_pool_stats_to_variant:
 * @stats: statistics
 *
 * Converts the statistics to a dictionary of type `a{sv}`, for D-Bus, settings or a script. The keys
 * are the names of the properties of #InternPool.
 *
 * Returns: (transfer none): a new #GVariant with a floating reference
 *
 * Since: 0.1
 */
GVariant *
intern_pool_stats_to_variant (const InternPoolStats *stats)
{
  GVariantBuilder builder;

  g_return_val_if_fail (stats != NULL, NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "n-strings", g_variant_new_uint32 (stats->n_strings));
  g_variant_builder_add (&builder, "{sv}", "n-mortal", g_variant_new_uint32 (stats->n_mortal));
  g_variant_builder_add (&builder, "{sv}", "n-dead", g_variant_new_uint32 (stats->n_dead));
  g_variant_builder_add (&builder, "{sv}", "n-lookups", g_variant_new_uint64 (stats->n_lookups));
  g_variant_builder_add (&builder, "{sv}", "n-hits", g_variant_new_uint64 (stats->n_hits));
  g_variant_builder_add (&builder, "{sv}", "n-misses", g_variant_new_uint64 (stats->n_misses));
  g_variant_builder_add (&builder, "{sv}", "bytes-stored", g_variant_new_uint64 (stats->bytes_stored));
  g_variant_builder_add (&builder, "{sv}", "bytes-requested", g_variant_new_uint64 (stats->bytes_requested));
  g_variant_builder_add (&builder, "{sv}", "bytes-recycled", g_variant_new_uint64 (stats->bytes_recycled));
  g_variant_builder_add (&builder, "{sv}", "memory-usage", g_variant_new_uint64 (stats->memory_usage));
  g_variant_builder_add (&builder, "{sv}", "hit-ratio", g_variant_new_double (stats->hit_ratio));
  g_variant_builder_add (&builder, "{sv}", "bytes-saved", g_variant_new_int64 (stats->bytes_saved));

  return g_variant_builder_end (&builder);
}

/* Of a pool */

/**
 * intern_pool_get_n_strings:
 * @self: a pool
 *
 * Gets the #InternPool:n-strings property. Cheaper than intern_pool_get_stats(): threads that add
 * strings do not wait for it. May be called from any thread.
 *
 * Returns: how many distinct strings the pool holds
 *
 * Since: 0.1
 */
guint
intern_pool_get_n_strings (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  store = intern_pool_ref_own_store (self);

  return store == NULL ? 0 : intern_store_get_n_strings (store);
}

/**
 * intern_pool_get_stats:
 * @self: a pool
 * @stats: (out caller-allocates): where to put the statistics
 *
 * Gets all statistics at one moment. The counts are exact when no other thread is using the pool.
 * May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_get_stats (InternPool      *self,
                       InternPoolStats *stats)
{
  g_autoptr (InternStore) store = NULL;
  InternStoreStats inner = { 0 };

  g_return_if_fail (stats != NULL);
  /* With the padding, so that callers can compare two of them with memcmp(). */
  memset (stats, 0, sizeof *stats);
  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_own_store (self);
  if (store != NULL)
    inner = intern_store_get_stats (store);

  stats->n_strings = (guint) MIN (inner.n_strings, G_MAXUINT);
  stats->n_mortal = (guint) MIN (inner.n_mortal, G_MAXUINT);
  stats->n_dead = (guint) MIN (inner.n_dead, G_MAXUINT);
  stats->bytes_recycled = inner.bytes_recycled;
  stats->n_lookups = inner.n_hits + inner.n_misses;
  stats->n_hits = inner.n_hits;
  stats->n_misses = inner.n_misses;
  stats->bytes_stored = inner.bytes_stored;
  stats->bytes_requested = inner.bytes_requested;
  stats->memory_usage = inner.memory + intern_heap_size (sizeof (InternPool));
  stats->hit_ratio = stats->n_lookups == 0 ? 0.0
                                           : (double) stats->n_hits / (double) stats->n_lookups;
  stats->bytes_saved = (gint64) inner.bytes_copied - (gint64) stats->memory_usage;
}

/**
 * intern_pool_reset_stats:
 * @self: a pool
 *
 * Sets the counts of searches and of bytes requested to 0. The contents of the pool and the figures
 * that describe them stay, so #InternPool:bytes-saved becomes minus the memory of the pool. May be
 * called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_reset_stats (InternPool *self)
{
  InternStore *store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  while (intern_pool_follow_store (self, &store))
    intern_store_reset_stats (store);
}

/**
 * intern_pool_add_hits:
 * @self: a pool
 * @n_hits: the number of searches that were answered
 * @n_bytes: the bytes of the strings that were returned, repeats included
 *
 * Adds hits to the statistics, for a language binding that answers repeated strings from its own
 * table. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_add_hits (InternPool *self,
                      guint64     n_hits,
                      guint64     n_bytes)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  intern_store_add_hits (store, n_hits, n_bytes);
}

/**
 * intern_pool_get_stats_interval:
 * @self: a pool
 *
 * Gets the #InternPool:stats-interval property. May be called from any thread.
 *
 * Returns: the interval in milliseconds, or 0 if changes are not emitted
 *
 * Since: 0.1
 */
guint
intern_pool_get_stats_interval (InternPool *self)
{
  guint interval;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  intern_lock (intern_pool_get_lock (self));
  interval = self->interval;
  intern_unlock (intern_pool_get_lock (self));

  return interval;
}

/**
 * intern_pool_set_stats_interval:
 * @self: a pool
 * @stats_interval: the interval in milliseconds, or 0 to emit no changes
 *
 * Sets the #InternPool:stats-interval property. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_stats_interval (InternPool *self,
                                guint       stats_interval)
{
  InternWatch *watch = NULL;
  gboolean changed;

  g_return_if_fail (INTERN_IS_POOL (self));

  /* Before the lock is taken: it reads the statistics, which takes other locks. */
  if (stats_interval > 0)
    watch = intern_watch_new (self, self->context, stats_interval, intern_pool_compare_stats);

  intern_lock (intern_pool_get_lock (self));
  changed = self->interval != stats_interval;
  if (changed)
    {
      InternWatch *old = self->watch;

      self->interval = stats_interval;
      self->watch = watch;
      watch = old;
    }
  intern_unlock (intern_pool_get_lock (self));

  g_clear_pointer (&watch, intern_watch_free);
  if (changed)
    intern_pool_notify (self, PROP_STATS_INTERVAL);
}
