/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include "snapshot/writer.h"
#include "pool/file.h"
#include "pool/sysprof.h"
#include "intern-error.h"
#include "intern-pool-snapshot.h"

/* How many headers are prefetched at a time. */
#define SAVE_AHEAD 16

/* The strings of a snapshot, in its order. References keep mortal ones alive while it is written. */
typedef struct
{
  InternStore          *store;      /* (owned) */
  InternSnapshotString *items;      /* (owned) */
  gsize                 n_items;
  gsize                 n_allocated;
  gsize                 n_atoms;    /* items with atoms: the first ones */
  gsize                 n_measured; /* of these, items with lengths */
  guint32               next_atom;
} SnapshotStrings;

static gboolean
no_memory (const SnapshotStrings  *strings,
           GError                **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
               "There is no memory for a snapshot of %u strings", intern_store_get_n_strings (strings->store));

  return FALSE;
}

static gboolean
strings_reserve (SnapshotStrings *strings,
                 gsize            n_items)
{
  InternSnapshotString *items = g_try_renew (InternSnapshotString, strings->items, MAX (n_items, 1));

  if (items == NULL)
    return FALSE;

  strings->items = items;
  strings->n_allocated = n_items;

  return TRUE;
}

/* Returns FALSE if there is no memory for one more. */
static gboolean
strings_append (SnapshotStrings *strings,
                const char      *string,
                gsize            length)
{
  if (strings->n_items == strings->n_allocated &&
      !strings_reserve (strings, strings->n_allocated + strings->n_allocated / 2 + 64))
    return FALSE;

  strings->items[strings->n_items++] = (InternSnapshotString) { .data = string, .length = length };

  return TRUE;
}

/* Sets the lengths of the items before @end. */
static void
strings_measure (SnapshotStrings *strings,
                 gsize            end)
{
  for (; strings->n_measured < end; strings->n_measured++)
    {
      InternSnapshotString *item = &strings->items[strings->n_measured];

      item->length = intern_store_length (strings->store, item->data);
    }
}

/* Strings with atoms come first, in the order of their atoms. Their headers are scattered in memory, so each is
 * prefetched SAVE_AHEAD strings before its length is read. Fails at the gap that clearing a child leaves. */
static gboolean
strings_add_numbered (SnapshotStrings  *strings,
                      guint32           first,
                      GError          **error)
{
  for (guint32 atom = first; atom < strings->next_atom; atom++)
    {
      const char *string = intern_store_atom_to_string (strings->store, atom);

      if (string == NULL)
        {
          g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                       "Atom %u has no string since the pool was cleared, and a snapshot cannot have gaps: "
                       "save the pool before it is cleared, or make a new child", atom);
          return FALSE;
        }
      __builtin_prefetch (intern_entry_header (string));
      if (!strings_append (strings, string, 0))
        return no_memory (strings, error);
      strings->n_atoms++;
      strings_measure (strings, strings->n_atoms - MIN (strings->n_atoms, SAVE_AHEAD));
    }
  strings_measure (strings, strings->n_atoms);

  return TRUE;
}

/* An InternStoreFunc: stops if there is no memory. */
static gboolean
strings_add_other (const char *string,
                   gsize       length,
                   gpointer    data)
{
  SnapshotStrings *strings = data;
  const guint32 atom = intern_store_find_atom (strings->store, string);

  /* Atoms from next_atom on were assigned after strings_add_numbered(): those strings are added here. */
  if (atom != 0 && atom < strings->next_atom)
    return TRUE;
  if (!strings_append (strings, string, length))
    return FALSE;
  intern_store_raise_any (strings->store, string);

  return TRUE;
}

static gboolean
strings_collect (SnapshotStrings  *strings,
                 guint32           first,
                 GError          **error)
{
  if (!strings_reserve (strings, intern_store_get_n_strings (strings->store)))
    return no_memory (strings, error);
  if (!strings_add_numbered (strings, first, error))
    return FALSE;
  /* Skips the iteration if all strings have atoms. */
  if (intern_store_count_strings (strings->store) != strings->n_items &&
      !intern_store_foreach (strings->store, strings_add_other, strings))
    return no_memory (strings, error);
  if (!intern_snapshot_sort (strings->items + strings->n_atoms, strings->n_items - strings->n_atoms))
    return no_memory (strings, error);

  return TRUE;
}

static void
strings_clear (SnapshotStrings *strings)
{
  for (gsize i = strings->n_atoms; i < strings->n_items; i++)
    intern_store_lower_any (strings->store, strings->items[i].data);
  g_free (strings->items);
  intern_store_unref (strings->store);
}

static GBytes *
snapshot_of (InternStore  *store,
             GError      **error)
{
  const guint32 first = intern_store_get_first_atom (store);
  SnapshotStrings strings = { .store = intern_store_ref (store), .next_atom = intern_store_get_next_atom (store) };
  GBytes *bytes = NULL;

  if (strings_collect (&strings, first, error))
    {
      const InternSnapshotContent content = {
        .strings = strings.items,
        .n_strings = strings.n_items,
        .first_atom = first,
        .n_atoms = (guint32) strings.n_atoms,
      };

      bytes = intern_snapshot_to_bytes (&content, error);
    }
  strings_clear (&strings);

  return bytes;
}

/**
 * intern_pool_to_bytes:
 * @self: a pool
 * @error: return location for a #GError, or %NULL
 *
 * Makes a snapshot of all strings that the pool finds, including those of its parent, with their
 * atoms. Mortal strings are permanent in it. The same strings with the same atoms give the same
 * bytes. Strings that other threads add during the call may be missing. May be called from any
 * thread.
 *
 * Fails with %INTERN_ERROR_UNSUPPORTED if the pool is a child that was cleared after it had assigned
 * atoms, and with %INTERN_ERROR_TOO_LONG if there is no memory for the snapshot.
 *
 * Returns: (transfer full): the snapshot, for intern_pool_new_from_bytes(), or %NULL with @error
 *   set
 *
 * Since: 0.1
 */
GBytes *
intern_pool_to_bytes (InternPool  *self,
                      GError     **error)
{
  const gint64 begun = intern_sysprof_begin ();
  g_autoptr (InternStore) store = NULL;
  GBytes *bytes;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  store = intern_pool_ref_store (self);
  bytes = snapshot_of (store, error);
  intern_sysprof_mark (begun, "save", bytes != NULL, intern_store_get_n_strings (store));

  return bytes;
}

static gboolean
save (InternStore   *store,
      GFile         *file,
      GCancellable  *cancellable,
      GError       **error)
{
  const gint64 begun = intern_sysprof_begin ();
  g_autoptr (GBytes) bytes = NULL;
  gboolean saved;

  /* Making the snapshot may take long. */
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    bytes = snapshot_of (store, error);
  saved = bytes != NULL && !g_cancellable_set_error_if_cancelled (cancellable, error) &&
          intern_file_write (file, bytes, cancellable, error);
  intern_sysprof_mark (begun, "save", saved, intern_store_get_n_strings (store));

  return saved;
}

/**
 * intern_pool_save:
 * @self: a pool
 * @file: the file to write
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Writes intern_pool_to_bytes() to @file. A local file is replaced atomically: after a crash either
 * the old or the new file exists. Symbolic links are followed and their target is replaced. The mode
 * of the old file is kept, and its owner and group if the process may set them. May be called from
 * any thread.
 *
 * A pipe or a character device is written to directly, and so is a file that this process has open
 * and that @file names like /dev/stdout. A pipe without a reader is an error.
 *
 * Fails like intern_pool_to_bytes(), and with a #GIOErrorEnum if the file cannot be written; the
 * old file is untouched then.
 *
 * Returns: %TRUE if the file has been written
 *
 * Since: 0.1
 */
gboolean
intern_pool_save (InternPool    *self,
                  GFile         *file,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);
  g_return_val_if_fail (G_IS_FILE (file), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  store = intern_pool_ref_store (self);

  return save (store, file, cancellable, error);
}

/* Holds the store rather than the pool, which may be cleared meanwhile. */
typedef struct
{
  InternStore *store; /* (owned) */
  GFile       *file;  /* (owned) */
} SaveJob;

static void
save_job_free (SaveJob *job)
{
  intern_take_over (job);
  intern_store_unref (job->store);
  g_object_unref (job->file);
  g_free (job);
}

static void
save_in_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  SaveJob *job = data;
  GError *error = NULL;
  gboolean saved;

  intern_take_over (job);
  saved = save (job->store, job->file, cancellable, &error);
  intern_hand_over (job);
  if (saved)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * intern_pool_save_async:
 * @self: a pool
 * @file: the file to write
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @callback: (scope async): called when the file is written or writing it has failed
 * @user_data: data for @callback
 *
 * Like intern_pool_save(), in another thread. @callback runs in the thread-default main context of
 * the caller and calls intern_pool_save_finish().
 *
 * Since: 0.1
 */
void
intern_pool_save_async (InternPool          *self,
                        GFile               *file,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  SaveJob *job;

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (G_IS_FILE (file));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  job = g_new (SaveJob, 1);
  job->store = intern_pool_ref_store (self);
  job->file = g_object_ref (file);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, intern_pool_save_async);
  /* Once the file is written, it is too late to cancel. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, job, (GDestroyNotify) save_job_free);
  intern_hand_over (job);
  g_task_run_in_thread (task, save_in_thread);
}

/**
 * intern_pool_save_finish:
 * @self: a pool
 * @result: the #GAsyncResult that the callback received
 * @error: return location for a #GError, or %NULL
 *
 * Finishes intern_pool_save_async(). Fails like intern_pool_save().
 *
 * Returns: %TRUE if the file has been written
 *
 * Since: 0.1
 */
gboolean
intern_pool_save_finish (InternPool    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, intern_pool_save_async), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
