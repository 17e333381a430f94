/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An open snapshot: strings in a file or in memory as they were written, with an index that needs no
 * rebuild.
 *
 * Strings have positions from 0. The first n_atoms strings have the atoms from first_atom on, the others are
 * in the order of their bytes. Returned strings point into the bytes of the snapshot and live as long as
 * it.
 *
 * In checked mode opening verifies everything, in time linear in the length of the file. The caller makes
 * sure that no other process can write to the bytes: it reads the file and does not map it. In trusted mode
 * opening takes constant time and checks the bounds of the sections only. In both modes a search checks
 * what it uses: no content leads out of the bytes or into an endless loop, and a broken string is not
 * found. A search looks at INTERN_SNAPSHOT_MAX_PROBE buckets at most and compares INTERN_SNAPSHOT_SLOTS
 * strings in each. (A mapped file that gets shorter raises SIGBUS; a reader cannot prevent it.)
 *
 * A snapshot never changes: every function may be called from any thread and takes no lock.
 */

#pragma once

#include "snapshot/format.h"

typedef struct
{
  gatomicrefcount  ref_count;
  GBytes          *bytes; /* (owned) all of the snapshot */
  const guint32   *index;  /* n_buckets of INTERN_SNAPSHOT_SLOTS each; little-endian */
  const guint32   *starts; /* little-endian */
  const guint64   *bases;  /* little-endian */
  const char      *text;
  guint64          text_size;
  guint32          n_strings;
  guint32          n_atoms;
  guint32          first_atom;
  guint32          n_buckets;
  guint32          max_probe;
  guint32          position_mask;
  guint            group_log2;
  guint8           secret[INTERN_SECRET_SIZE];
} InternSnapshot;

gboolean         intern_snapshot_corrupt      (GError                     **error,
                                               const char                  *what);
gboolean         intern_snapshot_peek_size    (const InternSnapshotHeader  *start,
                                               gsize                        n_bytes,
                                               guint64                     *size,
                                               GError                     **error);
gboolean         intern_snapshot_check_header (const InternSnapshotHeader  *start,
                                               gsize                        n_bytes,
                                               guint64                      size,
                                               InternSnapshotHeader        *header,
                                               guint64                     *text_size,
                                               GError                     **error);
InternSnapshot * intern_snapshot_open_bytes   (GBytes                      *bytes,
                                               gboolean                     trusted,
                                               GError                     **error);
InternSnapshot * intern_snapshot_ref          (InternSnapshot              *snapshot);
void             intern_snapshot_unref        (InternSnapshot              *snapshot);
const char *     intern_snapshot_find         (const InternSnapshot        *snapshot,
                                               const char                  *data,
                                               gsize                        length,
                                               guint32                     *position);
gboolean         intern_snapshot_find_address (const InternSnapshot        *snapshot,
                                               const char                  *string,
                                               guint32                     *position);
gboolean         intern_snapshot_check        (const InternSnapshot        *snapshot,
                                               InternSnapshotEffort        *effort,
                                               GError                     **error);

/* The bytes of all strings without their NULs. MIN(): a trusted file may hold any numbers. */
static inline guint64
intern_snapshot_text_bytes (const InternSnapshot *snapshot)
{
  return snapshot->text_size - MIN (snapshot->text_size, snapshot->n_strings);
}

/* The first atom after those of the snapshot. */
static inline guint32
intern_snapshot_next_atom (const InternSnapshot *snapshot)
{
  return snapshot->first_atom + snapshot->n_atoms;
}

/* Returns the start of string @position in the text; for n_strings, its end. Not checked. */
static inline guint64
intern_snapshot_start (const InternSnapshot *snapshot,
                       guint32               position)
{
  return GUINT64_FROM_LE (snapshot->bases[position >> snapshot->group_log2]) +
         GUINT32_FROM_LE (snapshot->starts[position]);
}

/* Returns the string at @position and sets @length, or NULL if it is missing or broken. */
static inline const char *
intern_snapshot_get (const InternSnapshot *snapshot,
                     guint32               position,
                     gsize                *length)
{
  guint64 start, end;

  if (G_UNLIKELY (position >= snapshot->n_strings))
    return NULL;

  start = intern_snapshot_start (snapshot, position);
  end = intern_snapshot_start (snapshot, position + 1);
  if (G_UNLIKELY (start >= end || end > snapshot->text_size || snapshot->text[end - 1] != '\0'))
    return NULL;

  *length = (gsize) (end - start - 1);

  return snapshot->text + start;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternSnapshot, intern_snapshot_unref)
