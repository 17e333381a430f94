/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For tests of snapshots: samples of strings, and changes to the bytes of a snapshot. */

#pragma once

#include "snapshot/reader.h"
#include "snapshot/writer.h"

#include <stdlib.h>
#include <string.h>

/* Distinct strings, in the order in which they were added. */
typedef struct
{
  GHashTable *set;     /* (owned) (element-type GBytes) */
  GArray     *strings; /* (owned) InternSnapshotString, pointing into the set */
} Sample;

static inline Sample *
sample_new (void)
{
  Sample *sample = g_new0 (Sample, 1);

  sample->set = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  sample->strings = g_array_new (FALSE, FALSE, sizeof (InternSnapshotString));

  return sample;
}

static inline void
sample_free (Sample *sample)
{
  g_hash_table_unref (sample->set);
  g_array_unref (sample->strings);
  g_free (sample);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sample, sample_free)

static inline void
sample_add (Sample     *sample,
            const char *data,
            gsize       length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  const InternSnapshotString string = { length == 0 ? "" : g_bytes_get_data (bytes, NULL), length };

  if (g_hash_table_contains (sample->set, bytes))
    return;

  g_hash_table_add (sample->set, g_steal_pointer (&bytes));
  g_array_append_val (sample->strings, string);
}

static inline const InternSnapshotString *
sample_get (const Sample *sample,
            guint         i)
{
  return &g_array_index (sample->strings, InternSnapshotString, i);
}

static inline gboolean
sample_contains (const Sample *sample,
                 const char   *data,
                 gsize         length)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, length);

  return g_hash_table_contains (sample->set, bytes);
}

/* The first @n_atoms strings keep their order, the others are sorted. */
static inline InternSnapshotContent
sample_content (Sample  *sample,
                guint32  first_atom,
                guint32  n_atoms)
{
  InternSnapshotString *strings = (InternSnapshotString *) (gpointer) sample->strings->data;
  const gsize n_strings = sample->strings->len;

  if (n_strings > n_atoms && !intern_snapshot_sort (strings + n_atoms, n_strings - n_atoms))
    g_error ("No memory");

  return (InternSnapshotContent) { strings, n_strings, first_atom, n_atoms };
}

/* Returns an aligned copy in an allocation of exactly @size bytes, so that a sanitizer sees reads past its end. */
static inline guint8 *
copy_aligned (gconstpointer data,
              gsize         size)
{
  void *copy = NULL;

  if (posix_memalign (&copy, INTERN_SNAPSHOT_ALIGNMENT, MAX (size, 1)) != 0)
    g_error ("No memory");
  if (size > 0)
    memcpy (copy, data, size);

  return copy;
}

static inline GBytes *
take_aligned (guint8 *data,
              gsize   size)
{
  return g_bytes_new_with_free_func (data, size, free, data);
}

/* Sets the checksum to that of the bytes before it. */
static inline void
repair_checksum (guint8 *data,
                 gsize   size)
{
  const gsize covered = size - INTERN_SNAPSHOT_CHECKSUM_SIZE;
  const InternSnapshotChecksum checksum = intern_snapshot_checksum (XXH3_128bits (data, covered));

  memcpy (data + covered, &checksum, sizeof checksum);
}

/* Calls all functions of a snapshot and reads every byte that they return. Returns a sum of them, so that the
 * compiler removes no read. */
static inline guint
use_snapshot (const InternSnapshot *snapshot)
{
  const guint32 n_positions = MIN (snapshot->n_strings, 1000);
  guint sum = 0;

  for (guint32 position = 0; position <= n_positions; position++)
    {
      gsize length;
      guint32 found;
      const char *string = intern_snapshot_get (snapshot, position, &length);

      if (string == NULL)
        continue;
      for (gsize i = 0; i <= length; i++)
        sum += (guchar) string[i];
      sum += intern_snapshot_find (snapshot, string, length, &found) != NULL;
      sum += intern_snapshot_find (snapshot, string, length / 2, &found) != NULL;
      sum += intern_snapshot_find_address (snapshot, string, &found) ? 1 : 0;
      sum += intern_snapshot_find_address (snapshot, string + 1, &found) ? 1 : 0;
    }

  return sum;
}
