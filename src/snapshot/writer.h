/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes snapshots.
 *
 * The caller passes the strings in an array, those with atoms first and in atom order, the others in the
 * order of intern_snapshot_sort(), no two equal, and they do not change meanwhile. The same strings in the
 * same order with the same atoms give the same bytes on every machine: nothing depends on the secret or on
 * the time.
 *
 * The writer reads each string once in place and makes the index from its copy. Takes no lock.
 */

#pragma once

#include "snapshot/format.h"

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

gboolean intern_snapshot_sort     (InternSnapshotString         *strings,
                                   gsize                         n_strings);
GBytes * intern_snapshot_to_bytes (const InternSnapshotContent  *content,
                                   GError                      **error);
