/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-pool.h"

/**
 * SECTION:intern-pool-stats
 * @title: InternPoolStats
 * @short_description: What a pool has done and holds
 *
 * One consistent snapshot of the counters of a pool, made by intern_pool_get_stats(). Each field
 * is also a read-only property of #InternPool with the same name.
 *
 * Counts of searches go on from the creation of the pool, or from the last
 * intern_pool_reset_stats(); intern_pool_clear() does not reset them. They are exact whenever no
 * other thread is using the pool. The other figures tell what the pool holds at this moment.
 *
 * Since: 0.1
 */

/* Two counts of strings in a row leave a hole of four bytes, on every machine. */
G_STATIC_ASSERT (sizeof (InternPoolStats) == 16 + 9 * 8 + 8 * 8);

/**
 * intern_pool_stats_copy:
 * @stats: statistics
 *
 * Copies @stats to the heap. Bindings use it; in C an assignment does as well.
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

static char *
format_saved (gint64 bytes)
{
  g_autofree char *size = g_format_size ((guint64) ABS (bytes));

  return bytes < 0 ? g_strdup_printf ("costs %s more than copies", size)
                   : g_strdup_printf ("saves %s", size);
}

/**
 * intern_pool_stats_to_string:
 * @stats: statistics
 *
 * Puts the statistics into one line for a log or a debugger. The text is for people: it may
 * change from version to version. Programs read the fields or intern_pool_stats_to_variant().
 *
 * Returns: (transfer full): the text, to be freed with g_free()
 *
 * Since: 0.1
 */
char *
intern_pool_stats_to_string (const InternPoolStats *stats)
{
  g_autofree char *stored = NULL, *memory = NULL, *saved = NULL;

  g_return_val_if_fail (stats != NULL, NULL);

  stored = g_format_size (stats->bytes_stored);
  memory = g_format_size (stats->memory_usage);
  saved = format_saved (stats->bytes_saved);

  return g_strdup_printf ("%u strings of %s in %s, "
                          "%" G_GUINT64_FORMAT " lookups, %" G_GUINT64_FORMAT " hits (%.1f %%), %s",
                          stats->n_strings, stored, memory,
                          stats->n_lookups, stats->n_hits, 100 * stats->hit_ratio, saved);
}

/**
 * intern_pool_stats_to_variant:
 * @stats: statistics
 *
 * Puts the statistics into a dictionary of type `a{sv}`, for D-Bus, settings or a script. The
 * keys are the names of the properties of #InternPool.
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
