/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads, maps and replaces the files of snapshots.
 *
 * Links are followed. A regular file is replaced as a whole; a pipe or a device is read and written in sequence.
 * Takes no lock. Errors are GIOErrorEnum, or InternError if the file cannot hold or be used as a snapshot.
 */

#pragma once

#include <gio/gio.h>

GBytes * intern_file_read  (GFile         *file,
                            GCancellable  *cancellable,
                            GError       **error);
gboolean intern_file_peek  (GFile         *file,
                            void          *start,
                            gsize         *n_bytes,
                            guint64       *size,
                            GCancellable  *cancellable,
                            GError       **error);
GBytes * intern_file_map   (GFile         *file,
                            GError       **error);
gboolean intern_file_write (GFile         *file,
                            GBytes        *bytes,
                            GCancellable  *cancellable,
                            GError       **error);
