/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A snapshot that has been opened: strings that lie in a file or in memory as they were written,
 * with an index that needs no rebuild.
 *
 * Strings are numbered: a number is a number from 0. The first n_atoms strings have the atoms from
 * first_atom on, the others are in the order of their bytes. All that is handed out points into
 * the bytes that the snapshot was opened from, and lives as long as the snapshot.
 *
 * Checked, everything is verified at the start; the caller sees to it that nobody can write to
 * the bytes any more, so it reads a file into memory of its own and does not map it. Trusted,
 * opening takes constant time: only the bounds of the sections are looked at. What a search then
 * finds is checked before it is used, in both modes, so that no content leads out of the bytes or
 * into an endless loop; what is broken is not found. One search never looks at more than
 * INTERN_SNAPSHOT_MAX_PROBE buckets and compares INTERN_SNAPSHOT_SLOTS strings in each; the check takes
 * a time that goes with the length of the file. (A mapped file that gets shorter is a SIGBUS; there is
 * nothing to be done about that here.)
 *
 * Nothing changes after opening: every function may be called from any thread, and there is no
 * lock. The store asks a snapshot where its own shards have not found a string.
 */

#pragma once

#include "snapshot/format.h"

typedef struct
{
  gatomicrefcount  ref_count;
  GBytes          *bytes; /* (owned) all of the snapshot */
  const guint32   *index; /* n_buckets of INTERN_SNAPSHOT_SLOTS each */
  const guint32   *offsets;
  const guint64   *bases;
  const char      *text;
  guint64          text_size;
  guint32          n_strings;
  guint32          n_atoms;
  guint32          first_atom;
  guint32          n_buckets;
  guint32          max_probe;
  guint32          number_mask;
  guint            block_log2;
  guint8           secret[INTERN_SECRET_SIZE];
} InternSnapshot;

gboolean         intern_snapshot_corrupt     (GError               **error,
                                              const char            *what);
gboolean         intern_snapshot_peek_size   (const InternSnapshotHeader *header,
                                              gsize                  n_bytes,
                                              guint64               *size,
                                              GError               **error);
gboolean         intern_snapshot_check_header (const InternSnapshotHeader *header,
                                               gsize                 n_bytes,
                                               guint64               size,
                                               guint64              *text_size,
                                               GError              **error);
InternSnapshot * intern_snapshot_open_bytes  (GBytes                *bytes,
                                              gboolean               trusted,
                                              GError               **error);
InternSnapshot * intern_snapshot_ref         (InternSnapshot        *snapshot);
void             intern_snapshot_unref       (InternSnapshot        *snapshot);
const char *     intern_snapshot_lookup      (const InternSnapshot  *snapshot,
                                              const char            *data,
                                              gsize                  length,
                                              guint32               *number);
gboolean         intern_snapshot_find_address (const InternSnapshot *snapshot,
                                               const char           *string,
                                               guint32              *number);
gboolean         intern_snapshot_check       (const InternSnapshot  *snapshot,
                                              InternSnapshotEffort  *effort,
                                              GError               **error);

/* What all strings have together, without the NUL after each. A trusted file may say what it likes. */
static inline guint64
intern_snapshot_text_bytes (const InternSnapshot *snapshot)
{
  return snapshot->text_size - MIN (snapshot->text_size, snapshot->n_strings);
}

/* The first atom that no number has. */
static inline guint32
intern_snapshot_next_atom (const InternSnapshot *snapshot)
{
  return snapshot->first_atom + snapshot->n_atoms;
}

/* Where the text of @number begins; for n_strings, where all of it ends. Not checked. */
static inline guint64
intern_snapshot_start (const InternSnapshot *snapshot,
                       guint32               number)
{
  return snapshot->bases[number >> snapshot->block_log2] + snapshot->offsets[number];
}

/* Returns the string of @number and sets @length, or NULL where there is none that could be used. */
static inline const char *
intern_snapshot_get (const InternSnapshot *snapshot,
                     guint32               number,
                     gsize                *length)
{
  guint64 start, end;

  if (G_UNLIKELY (number >= snapshot->n_strings))
    return NULL;

  start = intern_snapshot_start (snapshot, number);
  end = intern_snapshot_start (snapshot, number + 1);
  if (G_UNLIKELY (start >= end || end > snapshot->text_size || snapshot->text[end - 1] != '\0'))
    return NULL;

  *length = (gsize) (end - start - 1);

  return snapshot->text + start;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternSnapshot, intern_snapshot_unref)
