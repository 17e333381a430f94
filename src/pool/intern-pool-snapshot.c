/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include "pool/file.h"
#include "pool/sysprof.h"
#include "intern-error.h"
#include "intern-pool-snapshot.h"

/**
 * SECTION:intern-pool-snapshot
 * @title: Snapshots
 * @short_description: Pools in files, frozen pools and their children
 *
 * A snapshot is a file with the strings of a pool and their atoms. A pool that is opened from it
 * finds them without rebuilding a table. A frozen pool adds no more strings. It may have any number
 * of children, which find its strings and add new ones to themselves.
 *
 * Since: 0.1
 */

/**
 * InternSnapshotFlags:
 * @INTERN_SNAPSHOT_NONE: the file is read into private memory and checked in full
 * @INTERN_SNAPSHOT_TRUSTED: the file is mapped and opens in constant time; only for files that
 *   only you can write to
 *
 * How intern_pool_new_from_file() opens a snapshot.
 *
 * Since: 0.1
 */
GType
intern_snapshot_flags_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      static const GFlagsValue values[] = {
        { INTERN_SNAPSHOT_NONE, "INTERN_SNAPSHOT_NONE", "none" },
        { INTERN_SNAPSHOT_TRUSTED, "INTERN_SNAPSHOT_TRUSTED", "trusted" },
        { 0, NULL, NULL },
      };

      g_once_init_leave (&type, g_flags_register_static (g_intern_static_string ("InternSnapshotFlags"), values));
    }

  return type;
}

/* Opening */

/* @bytes may be NULL, with @error set; reading or mapping them has begun at @begun. */
static InternSnapshot *
open_bytes (GBytes    *bytes,
            gboolean   trusted,
            gint64     begun,
            GError   **error)
{
  InternSnapshot *snapshot = bytes == NULL ? NULL : intern_snapshot_open_bytes (bytes, trusted, error);

  intern_sysprof_mark (begun, trusted ? "map" : "open", snapshot != NULL, snapshot == NULL ? 0 : snapshot->n_strings);

  return snapshot;
}

static InternSnapshot *
open_file (GFile                *file,
           InternSnapshotFlags   flags,
           GCancellable         *cancellable,
           GError              **error)
{
  const gint64 begun = intern_sysprof_begin ();
  const gboolean trusted = (flags & INTERN_SNAPSHOT_TRUSTED) != 0;
  g_autoptr (GBytes) bytes = NULL;

  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    bytes = trusted ? intern_file_map (file, error) : intern_file_read (file, cancellable, error);

  return open_bytes (bytes, trusted, begun, error);
}

static InternPool *
pool_over (InternSnapshot *snapshot)
{
  if (snapshot == NULL)
    return NULL;

  return intern_pool_new_with_store (intern_store_new_over (intern_secret_get (), snapshot));
}

/**
 * intern_pool_new_from_bytes: (constructor)
 * @bytes: the result of intern_pool_to_bytes(), or the content of a file that intern_pool_save() wrote
 * @error: return location for a #GError, or %NULL
 *
 * Opens a snapshot. It is checked in full first, so @bytes may come from an untrusted source; they
 * must not change afterwards. The pool finds the strings of the snapshot in place, with their atoms,
 * and may add new ones.
 *
 * Fails with %INTERN_ERROR_CORRUPT if @bytes are not a snapshot or are damaged, with
 * %INTERN_ERROR_UNSUPPORTED if it is of a later version, and with
 * %INTERN_ERROR_TOO_LONG if @bytes are not aligned and there is no memory for a copy.
 *
 * Returns: (transfer full): a new pool, or %NULL with @error set
 *
 * Since: 0.1
 */
InternPool *
intern_pool_new_from_bytes (GBytes  *bytes,
                            GError **error)
{
  g_autoptr (InternSnapshot) snapshot = NULL;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  snapshot = open_bytes (bytes, FALSE, intern_sysprof_begin (), error);

  return pool_over (snapshot);
}

/**
 * intern_pool_new_from_file: (constructor)
 * @file: a file that intern_pool_save() wrote
 * @flags: how to open it
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Opens the snapshot in a file. The pool finds the strings of the snapshot, with their atoms, and
 * may add new ones.
 *
 * With %INTERN_SNAPSHOT_NONE the file is read into private memory and checked in full. It may come
 * from an untrusted source, a pipe or standard input, and may change later.
 *
 * With %INTERN_SNAPSHOT_TRUSTED the file is mapped. It opens in constant time, and processes that
 * open the same file share its memory. Use it only for files that only you can write to, and that
 * are replaced by renaming, as intern_pool_save() does: if a mapped file is truncated, the next
 * access raises SIGBUS, which ends the process. At worst, wrong content makes strings wrong, or makes
 * the pool not find them.
 *
 * Fails like intern_pool_new_from_bytes(), with a #GIOErrorEnum if the file cannot be read, with
 * %INTERN_ERROR_UNSUPPORTED if it is to be mapped but is not local, a pipe, a device or on a file
 * system that does not allow it, and with %INTERN_ERROR_TOO_LONG if there is no memory for it.
 *
 * Returns: (transfer full): a new pool, or %NULL with @error set
 *
 * Since: 0.1
 */
InternPool *
intern_pool_new_from_file (GFile                *file,
                           InternSnapshotFlags   flags,
                           GCancellable         *cancellable,
                           GError              **error)
{
  g_autoptr (InternSnapshot) snapshot = NULL;

  g_return_val_if_fail (G_IS_FILE (file), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  snapshot = open_file (file, flags, cancellable, error);

  return pool_over (snapshot);
}

typedef struct
{
  GFile               *file; /* (owned) */
  InternSnapshotFlags  flags;
} OpenJob;

static void
open_job_free (OpenJob *job)
{
  intern_take_over (job);
  g_object_unref (job->file);
  g_free (job);
}

static void
open_in_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  OpenJob *job = data;
  GError *error = NULL;
  InternSnapshot *snapshot;

  intern_take_over (job);
  snapshot = open_file (job->file, job->flags, cancellable, &error);
  intern_hand_over (job);
  if (snapshot == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  intern_hand_over (snapshot);
  g_task_return_pointer (task, snapshot, (GDestroyNotify) intern_snapshot_unref);
}

/**
 * intern_pool_new_from_file_async:
 * @file: a file that intern_pool_save() wrote
 * @flags: how to open it
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @callback: (scope async): called when the snapshot is open or has failed to open
 * @user_data: data for @callback
 *
 * Like intern_pool_new_from_file(), but reads and checks in another thread. @callback runs in the
 * thread-default main context of the caller and calls intern_pool_new_from_file_finish().
 *
 * Since: 0.1
 */
void
intern_pool_new_from_file_async (GFile               *file,
                                 InternSnapshotFlags  flags,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  OpenJob *job;

  g_return_if_fail (G_IS_FILE (file));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  job = g_new (OpenJob, 1);
  job->file = g_object_ref (file);
  job->flags = flags;
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, intern_pool_new_from_file_async);
  g_task_set_task_data (task, job, (GDestroyNotify) open_job_free);
  intern_hand_over (job);
  g_task_run_in_thread (task, open_in_thread);
}

/**
 * intern_pool_new_from_file_finish: (constructor)
 * @result: the #GAsyncResult that the callback received
 * @error: return location for a #GError, or %NULL
 *
 * Finishes intern_pool_new_from_file_async(). Fails like intern_pool_new_from_file().
 *
 * Returns: (transfer full): a new pool, or %NULL with @error set
 *
 * Since: 0.1
 */
InternPool *
intern_pool_new_from_file_finish (GAsyncResult  *result,
                                  GError       **error)
{
  g_autoptr (InternSnapshot) snapshot = NULL;

  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, intern_pool_new_from_file_async), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  snapshot = g_task_propagate_pointer (G_TASK (result), error);
  if (snapshot != NULL)
    intern_take_over (snapshot);

  return pool_over (snapshot);
}

/* Layers */

/**
 * intern_pool_freeze:
 * @self: a pool, not the default one
 *
 * Makes the pool read-only: it adds no more strings or atoms, and refuses new ones with
 * %INTERN_ERROR_FROZEN. It finds its strings without a lock. Mortal strings become permanent. A pool
 * cannot be thawed; freezing it again does nothing. May be called from any thread.
 *
 * A frozen pool can have children: see intern_pool_new_child().
 *
 * Since: 0.1
 */
void
intern_pool_freeze (InternPool *self)
{
  InternStore *store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  if (intern_pool_is_default (self))
    {
      g_critical ("%s: the default pool cannot be frozen, since other code adds to it: make a pool", G_STRFUNC);
      return;
    }

  while (intern_pool_follow_store (self, &store))
    intern_store_freeze (store);
}

/**
 * intern_pool_new_child: (constructor)
 * @parent: a frozen pool
 * @error: return location for a #GError, or %NULL
 *
 * Creates a pool on top of @parent. It finds the strings of @parent, with the same pointers and
 * atoms, and adds new strings to itself. Its own atoms follow those of @parent. Any number of
 * children share one parent, which may itself be a child or come from a snapshot; they keep its
 * strings alive. Freeing a child, or intern_pool_clear() on it, frees only the strings it added.
 *
 * Fails with %INTERN_ERROR_UNSUPPORTED if @parent is not frozen, since both pools would assign the same
 * atoms to different strings, or has 500 layers below it: a search may look at each.
 *
 * Returns: (transfer full): a new pool, or %NULL with @error set
 *
 * Since: 0.1
 */
InternPool *
intern_pool_new_child (InternPool  *parent,
                       GError     **error)
{
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (parent), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  store = intern_pool_ref_store (parent);
  if (!intern_store_is_frozen (store))
    {
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                           "Only a frozen pool can have children: call intern_pool_freeze() first");
      return NULL;
    }
  if (!intern_store_may_have_children (store))
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                   "The pool has %u layers, and cannot have more: intern their strings in a new pool",
                   INTERN_MAX_LAYERS);
      return NULL;
    }

  return intern_pool_new_with_store (intern_store_new_child (store));
}
