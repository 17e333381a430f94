/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The files of snapshots: read, mapped, replaced.
 *
 * A file is what its name leads to, by links or not. A regular one is replaced as a whole; a pipe or a device
 * is read and written as it comes. Takes no lock; errors are GIOErrorEnum, or InternError where the file is not
 * fit for a snapshot.
 */

#pragma once

#include <gio/gio.h>

GBytes * intern_pool_file_read  (GFile         *file,
                                 GCancellable  *cancellable,
                                 GError       **error);
gboolean intern_pool_file_peek  (GFile         *file,
                                 void          *start,
                                 gsize         *n_bytes,
                                 guint64       *size,
                                 GCancellable  *cancellable,
                                 GError       **error);
GBytes * intern_pool_file_map   (GFile         *file,
                                 GError       **error);
gboolean intern_pool_file_write (GFile         *file,
                                 GBytes        *bytes,
                                 GCancellable  *cancellable,
                                 GError       **error);
