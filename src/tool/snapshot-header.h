/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a snapshot says of itself, by the format that the manual describes. Only its first bytes are
 * read, whatever its size, and nothing is known of the rest. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint   version;
  guint32 n_strings;
  guint32 first_atom;
  guint32 n_atoms;
  guint32 n_buckets;
  guint32 max_probe;
  guint64 text_bytes;      /* of all strings together */
  guint64 file_bytes;
} SnapshotHeader;

/* Enough for snapshot_header_parse(). */
#define SNAPSHOT_HEADER_MAX 2048

#define SNAPSHOT_SLOTS 16 /* of a bucket */

guint64  snapshot_header_tell_size (const char      *data,
                                    gsize            length);
gboolean snapshot_header_parse     (SnapshotHeader  *self,
                                    const char      *data,
                                    gsize            size,
                                    GError         **error);
gboolean snapshot_header_read      (SnapshotHeader  *self,
                                    const char      *name,
                                    GError         **error);

G_END_DECLS
