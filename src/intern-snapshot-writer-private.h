/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes snapshots.
 *
 * The caller has the strings in an array, those with atoms first and in atom order, the others in
 * the order of their bytes (intern_snapshot_sort() brings them there), no two equal; nobody may
 * change them meanwhile. The same strings in the same order with the same atoms give the same
 * bytes, on every machine: nothing in a snapshot depends on the secret or on the time.
 *
 * The index is built in memory, about five bytes a string; all else is made as it is written.
 * Takes no lock.
 */

#pragma once

#include "intern-snapshot-format-private.h"

typedef struct
{
  const char *data;
  gsize       length;
} InternSnapshotString;

typedef struct
{
  const InternSnapshotString *strings;
  gsize                       n_strings;
  guint32                     first_atom; /* at least 1, also without atoms */
  guint32                     n_atoms;
} InternSnapshotContent;

/* Takes the next bytes of a snapshot. Returns FALSE with @error set to give up. */
typedef gboolean (*InternSnapshotSink) (const void  *data,
                                        gsize        size,
                                        gpointer     user_data,
                                        GError     **error);

void     intern_snapshot_sort     (InternSnapshotString        *strings,
                                   gsize                        n_strings);
gboolean intern_snapshot_write    (const InternSnapshotContent *content,
                                   InternSnapshotSink           sink,
                                   gpointer                     user_data,
                                   GError                     **error);
GBytes * intern_snapshot_to_bytes (const InternSnapshotContent *content,
                                   GError                     **error);
