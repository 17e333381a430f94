/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/file.h"

#include <string.h>

#include "snapshot/reader.h"
#include "intern-pool-snapshot.h"

/* So many bytes are the beginning of a snapshot that may be longer. */
#define BEGINNING_BYTES 4096
G_STATIC_ASSERT (BEGINNING_BYTES >= INTERN_SNAPSHOT_START_SIZE);

/* The first bytes of a file, aligned as its header. */
typedef union
{
  InternSnapshotHeader header;
  guint8               bytes[INTERN_SNAPSHOT_START_SIZE];
} InfoStart;

static GVariant *
describe (const InternSnapshotHeader *header,
          guint64                     text_size)
{
  const guint64 n_slots = (guint64) header->n_buckets * INTERN_SNAPSHOT_SLOTS;
  const struct
  {
    const char *name;
    GVariant   *value;
  } figures[] = {
    { "format-version", g_variant_new_uint32 (header->version) },
    { "n-strings", g_variant_new_uint32 (header->n_strings) },
    { "n-atoms", g_variant_new_uint32 (header->next_atom - header->first_atom) },
    { "first-atom", g_variant_new_uint32 (header->first_atom) },
    { "next-atom", g_variant_new_uint32 (header->next_atom) },
    { "text-bytes", g_variant_new_uint64 (text_size - MIN (text_size, header->n_strings)) },
    { "index-bytes", g_variant_new_uint64 (n_slots * sizeof (guint32)) },
    { "file-size", g_variant_new_uint64 (header->file_size) },
    { "n-buckets", g_variant_new_uint32 (header->n_buckets) },
    { "load", g_variant_new_double ((double) header->n_strings / (double) n_slots) },
    { "max-probe", g_variant_new_uint32 (header->max_probe) },
  };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    g_variant_builder_add (&builder, "{sv}", figures[i].name, figures[i].value);

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* @size is the length of the snapshot of which @start has the first @n_bytes, or 0 if it is unknown. */
static GVariant *
query_start (const InfoStart  *start,
             gsize             n_bytes,
             guint64           size,
             GError          **error)
{
  InternSnapshotHeader header;
  guint64 said_size, text_size;

  if (!intern_snapshot_peek_size (&start->header, n_bytes, &said_size, error))
    return NULL;

  return intern_snapshot_check_header (&start->header, n_bytes, size != 0 ? size : said_size, &header, &text_size,
                                       error)
         ? describe (&header, text_size) : NULL;
}

/**
 * intern_snapshot_query_info:
 * @file: a file of intern_pool_save()
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Reads the header of a snapshot but not its strings, so the time does not depend on its size. The file may be a
 * pipe. The header is checked as intern_pool_new_from_file() checks it; the data after it may still be damaged.
 * May be called from any thread.
 *
 * The dictionary that is returned has the type `a{sv}` and these keys:
 *
 * - `format-version` (u): the version of the format
 * - `n-strings` (u): how many strings there are
 * - `n-atoms` (u): how many of them have atoms
 * - `first-atom` (u): the atom of the first one
 * - `next-atom` (u): the first atom after those of the snapshot
 * - `text-bytes` (t): the length of all strings together
 * - `index-bytes` (t): the size of the index
 * - `file-size` (t): the length of the file
 * - `n-buckets` (u): the buckets of the index, as in the chapter on the format of snapshots
 * - `load` (d): the share of the index that is used, from 0 to 1
 * - `max-probe` (u): the most buckets that a search reads
 *
 * Later versions may add keys.
 *
 * Fails with %INTERN_ERROR_CORRUPT if the file is not a snapshot or its header is damaged, with
 * %INTERN_ERROR_UNSUPPORTED if the snapshot is of a later version, and with a #GIOErrorEnum if the file cannot be read.
 *
 * Returns: (transfer full): a dictionary, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
intern_snapshot_query_info (GFile         *file,
                            GCancellable  *cancellable,
                            GError       **error)
{
  InfoStart start;
  gsize n_bytes = sizeof start;
  guint64 size;

  g_return_val_if_fail (G_IS_FILE (file), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!intern_file_peek (file, start.bytes, &n_bytes, &size, cancellable, error))
    return NULL;

  return query_start (&start, n_bytes, size, error);
}

/**
 * intern_snapshot_query_info_bytes:
 * @bytes: a snapshot, or its first 4096 bytes
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_snapshot_query_info(), for a snapshot in memory. Exactly 4096 bytes may be the beginning
 * of a longer snapshot, for programs that read one from a socket; any other number must be all of it.
 * May be called from any thread.
 *
 * Fails with %INTERN_ERROR_CORRUPT if @bytes are not a snapshot or its header is damaged, and with
 * %INTERN_ERROR_UNSUPPORTED if the snapshot is of a later version.
 *
 * Returns: (transfer full): a dictionary, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
intern_snapshot_query_info_bytes (GBytes  *bytes,
                                  GError **error)
{
  InfoStart start = { .bytes = { 0 } };
  gconstpointer data;
  gsize size, n_bytes;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  data = g_bytes_get_data (bytes, &size);
  n_bytes = MIN (size, sizeof start);
  /* g_bytes_get_data() returns NULL for empty bytes. */
  if (n_bytes > 0)
    memcpy (start.bytes, data, n_bytes);

  return query_start (&start, n_bytes, size != BEGINNING_BYTES ? size : 0, error);
}
