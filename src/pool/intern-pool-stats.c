/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

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

/* In English and ASCII whatever the locale is, as the rest of the text: g_format_size() is not. */
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
  /* Not ABS(): the smallest number has no opposite. */
  g_autofree char *size = format_size (bytes < 0 ? -(guint64) bytes : (guint64) bytes);

  return bytes < 0 ? g_strdup_printf ("costs %s more than copies", size)
                   : g_strdup_printf ("saves %s", size);
}

/**
 * intern_pool_stats_to_string:
 * @stats: statistics
 *
 * Puts the statistics into one line for a log or a debugger, in English and ASCII in every locale.
 * The text is for people: it may change from version to version. Programs read the fields or
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
