/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)
# error "Only <intern-glib.h> can be included directly."
#endif

#include "intern-pool.h"

G_BEGIN_DECLS

/* Snapshots */

typedef enum
{
  INTERN_SNAPSHOT_NONE    = 0,
  INTERN_SNAPSHOT_TRUSTED = 1 << 0,
} InternSnapshotFlags;

#define INTERN_TYPE_SNAPSHOT_FLAGS (intern_snapshot_flags_get_type ())

INTERN_AVAILABLE_IN_0_1
GType        intern_snapshot_flags_get_type   (void) G_GNUC_CONST;

INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_save                 (InternPool           *self,
                                               GFile                *file,
                                               GCancellable         *cancellable,
                                               GError              **error);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_save_async           (InternPool           *self,
                                               GFile                *file,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_save_finish          (InternPool           *self,
                                               GAsyncResult         *result,
                                               GError              **error);
INTERN_AVAILABLE_IN_0_1
GBytes *     intern_pool_to_bytes             (InternPool           *self,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;

INTERN_AVAILABLE_IN_0_1
InternPool * intern_pool_new_from_file        (GFile                *file,
                                               InternSnapshotFlags   flags,
                                               GCancellable         *cancellable,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
void         intern_pool_new_from_file_async  (GFile                *file,
                                               InternSnapshotFlags   flags,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
INTERN_AVAILABLE_IN_0_1
InternPool * intern_pool_new_from_file_finish (GAsyncResult         *result,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
InternPool * intern_pool_new_from_bytes       (GBytes               *bytes,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
GVariant *   intern_snapshot_query_info       (GFile                *file,
                                               GCancellable         *cancellable,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
GVariant *   intern_snapshot_query_info_bytes (GBytes               *bytes,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;

INTERN_AVAILABLE_IN_0_1
void         intern_pool_freeze               (InternPool           *self);
INTERN_AVAILABLE_IN_0_1
InternPool * intern_pool_new_child            (InternPool           *parent,
                                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
