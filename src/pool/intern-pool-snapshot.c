/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-pool-snapshot.h"

#include "snapshot/writer.h"
#include "pool/file.h"
#include "pool/pool.h"
#include "intern-error.h"

/**
 * InternSnapshotFlags:
 * @INTERN_SNAPSHOT_NONE: everything is checked, on a private copy
 * @INTERN_SNAPSHOT_TRUSTED: the file is mapped and opens in constant time; only for files that
 *   nobody else can write to
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

/* Writing */

/* Strings whose headers are on their way from memory at a time. */
#define AHEAD 16

/* What goes into a snapshot, in its order. Mortal strings are held as long as it is written. */
typedef struct
{
  InternStore          *store; /* (owned) */
  InternSnapshotString *rows;  /* (owned) */
  gsize                 n_rows;
  gsize                 n_allocated;
  gsize                 n_atoms;    /* rows that have atoms */
  gsize                 n_measured; /* rows of these that have lengths */
  guint32               next_atom;
} Harvest;

static gboolean
no_memory (const Harvest  *harvest,
           GError        **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
               "There is no memory for a snapshot of %u strings", intern_store_get_n_strings (harvest->store));

  return FALSE;
}

static gboolean
harvest_reserve (Harvest *harvest,
                 gsize    n_rows)
{
  InternSnapshotString *rows = g_try_renew (InternSnapshotString, harvest->rows, MAX (n_rows, 1));

  if (rows == NULL)
    return FALSE;

  harvest->rows = rows;
  harvest->n_allocated = n_rows;

  return TRUE;
}

/* Returns FALSE if there is no memory for one more. */
static gboolean
harvest_append (Harvest    *harvest,
                const char *string,
                gsize       length)
{
  if (harvest->n_rows == harvest->n_allocated &&
      !harvest_reserve (harvest, harvest->n_allocated + harvest->n_allocated / 2 + 64))
    return FALSE;

  harvest->rows[harvest->n_rows++] = (InternSnapshotString) { .data = string, .length = length };

  return TRUE;
}

/* Gives a length to the rows before @end. */
static void
harvest_measure (Harvest *harvest,
                 gsize    end)
{
  for (; harvest->n_measured < end; harvest->n_measured++)
    {
      InternSnapshotString *row = &harvest->rows[harvest->n_measured];

      row->length = intern_store_length (harvest->store, row->data);
    }
}

/* Strings that have atoms come first, by atom. They lie scattered: a length is read when its header
 * has had the time to arrive. There is a gap in them where a child was cleared. */
static gboolean
harvest_atoms (Harvest  *harvest,
               guint32   first,
               GError  **error)
{
  for (guint32 atom = first; atom < harvest->next_atom; atom++)
    {
      const char *string = intern_store_atom_to_string (harvest->store, atom);

      if (string == NULL)
        {
          g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                       "Atom %u has no string any more, and a snapshot has no place for such a gap", atom);
          return FALSE;
        }
      __builtin_prefetch (intern_entry_header (string));
      if (!harvest_append (harvest, string, 0))
        return no_memory (harvest, error);
      harvest->n_atoms++;
      harvest_measure (harvest, harvest->n_atoms - MIN (harvest->n_atoms, AHEAD));
    }
  harvest_measure (harvest, harvest->n_atoms);

  return TRUE;
}

/* An InternStoreFunc: ends the loop where there is no memory. */
static gboolean
harvest_other (const char *string,
               gsize       length,
               gpointer    data)
{
  Harvest *harvest = data;
  const guint32 atom = intern_store_find_atom (harvest->store, string);

  /* What has got its atom since it was the turn of atoms is here. */
  if (atom != 0 && atom < harvest->next_atom)
    return TRUE;
  if (!harvest_append (harvest, string, length))
    return FALSE;
  intern_store_hold (harvest->store, string);

  return TRUE;
}

static gboolean
harvest_all (Harvest  *harvest,
             guint32   first,
             GError  **error)
{
  if (!harvest_reserve (harvest, intern_store_get_n_strings (harvest->store)))
    return no_memory (harvest, error);
  if (!harvest_atoms (harvest, first, error))
    return FALSE;
  /* Where all strings have atoms, there is no other to look for. */
  if (intern_store_count_strings (harvest->store) != harvest->n_rows &&
      !intern_store_foreach (harvest->store, harvest_other, harvest))
    return no_memory (harvest, error);
  if (!intern_snapshot_sort (harvest->rows + harvest->n_atoms, harvest->n_rows - harvest->n_atoms))
    return no_memory (harvest, error);

  return TRUE;
}

static void
harvest_clear (Harvest *harvest)
{
  for (gsize i = harvest->n_atoms; i < harvest->n_rows; i++)
    intern_store_let_go (harvest->store, harvest->rows[i].data);
  g_free (harvest->rows);
  intern_store_unref (harvest->store);
}

static GBytes *
snapshot_of (InternStore  *store,
             GError      **error)
{
  const guint32 first = intern_store_get_first_atom (store);
  Harvest harvest = { .store = intern_store_ref (store), .next_atom = intern_store_get_next_atom (store) };
  GBytes *bytes = NULL;

  if (harvest_all (&harvest, first, error))
    {
      const InternSnapshotContent content = {
        .strings = harvest.rows,
        .n_strings = harvest.n_rows,
        .first_atom = first,
        .n_atoms = (guint32) harvest.n_atoms,
      };

      bytes = intern_snapshot_to_bytes (&content, error);
    }
  harvest_clear (&harvest);

  return bytes;
}

/**
 * intern_pool_to_bytes:
 * @self: a pool
 * @error: return location for a #GError, or %NULL
 *
 * Makes a snapshot of the pool: all strings that it finds, those of its parent among them, with
 * their atoms. Mortal strings are permanent in it. The same strings with the same atoms give the
 * same bytes. Strings that are added meanwhile may or may not be in it. May be called from any
 * thread.
 *
 * Fails with %INTERN_ERROR_UNSUPPORTED if the pool is a child that was cleared after it had given
 * out atoms, and with %INTERN_ERROR_TOO_LONG if there is no memory for the snapshot.
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
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  store = intern_pool_ref_store (self);

  return snapshot_of (store, error);
}

static gboolean
save (InternStore   *store,
      GFile         *file,
      GCancellable  *cancellable,
      GError       **error)
{
  g_autoptr (GBytes) bytes = snapshot_of (store, error);

  if (bytes == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;

  return intern_pool_file_write (file, bytes, cancellable, error);
}

/**
 * intern_pool_save:
 * @self: a pool
 * @file: where to
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Writes intern_pool_to_bytes() to @file. A local file is replaced as a whole: whatever happens
 * meanwhile, the old one is there or the new one. Links are followed, and what they lead to is
 * replaced. The mode of the old file stays, and its owner and its group as far as the process may
 * give a file away. May be called from any thread.
 *
 * A pipe or a character device is written as it comes, and so is a file that this process has open
 * under a name like /dev/stdout. A pipe that has no reader is an error.
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

/* What a thread needs: not the pool, which may be cleared meanwhile. */
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
 * @file: where to
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @callback: (scope async): what to call when it is done
 * @user_data: data for @callback
 *
 * Like intern_pool_save(), in another thread. @callback runs in the main context that is the
 * thread default now; it calls intern_pool_save_finish().
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
  g_task_set_task_data (task, job, (GDestroyNotify) save_job_free);
  intern_hand_over (job);
  g_task_run_in_thread (task, save_in_thread);
}

/**
 * intern_pool_save_finish:
 * @self: a pool
 * @result: what the callback was given
 * @error: return location for a #GError, or %NULL
 *
 * Ends intern_pool_save_async(). Fails like intern_pool_save().
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

/* Opening */

static InternSnapshot *
open_bytes (GBytes               *bytes,
            InternSnapshotFlags   flags,
            GError              **error)
{
  g_autoptr (InternSnapshot) snapshot =
    intern_snapshot_open_bytes (bytes, (flags & INTERN_SNAPSHOT_TRUSTED) != 0, error);

  if (snapshot == NULL)
    return NULL;

  if (intern_snapshot_next_atom (snapshot) > INTERN_MAX_ATOM + 1)
    {
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_CORRUPT,
                           "The snapshot is damaged: it has higher atoms than there are");
      return NULL;
    }

  return g_steal_pointer (&snapshot);
}

static InternSnapshot *
open_file (GFile                *file,
           InternSnapshotFlags   flags,
           GCancellable         *cancellable,
           GError              **error)
{
  g_autoptr (GBytes) bytes = (flags & INTERN_SNAPSHOT_TRUSTED) != 0 ? intern_pool_file_map (file, error)
                                                                    : intern_pool_file_read (file, cancellable, error);

  return bytes == NULL ? NULL : open_bytes (bytes, flags, error);
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
 * @bytes: what intern_pool_to_bytes() has made, or the content of a file of intern_pool_save()
 * @error: return location for a #GError, or %NULL
 *
 * Opens a snapshot. Everything is checked before there is a pool, so @bytes may come from
 * anywhere; nobody may change them afterwards. The pool finds what the snapshot has, where it
 * lies, with the atoms of old, and takes new strings on top.
 *
 * Fails with %INTERN_ERROR_CORRUPT if @bytes are no snapshot or a damaged one, with
 * %INTERN_ERROR_UNSUPPORTED if it is of a later version or for another kind of machine, and with
 * %INTERN_ERROR_TOO_LONG if there is no memory for a copy where @bytes begin at an odd address.
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

  snapshot = open_bytes (bytes, INTERN_SNAPSHOT_NONE, error);

  return pool_over (snapshot);
}

/**
 * intern_pool_new_from_file: (constructor)
 * @file: a file of intern_pool_save()
 * @flags: how to open it
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Opens the snapshot in a file. The pool finds what the snapshot has, with the atoms of old, and
 * takes new strings on top.
 *
 * With %INTERN_SNAPSHOT_NONE the file is read into private memory and everything is checked: it
 * may come from anywhere, also from a pipe or from standard input, and what happens to it later
 * does not matter.
 *
 * With %INTERN_SNAPSHOT_TRUSTED it is mapped and opens in constant time, whatever its size, and
 * processes that open the same file share its memory. That is for files that only you can write
 * to, and that you replace by renaming, as intern_pool_save() does: if a mapped file gets
 * shorter, the next access is a SIGBUS that ends the process. Its content alone, whatever it is,
 * makes nothing worse than strings that are not found.
 *
 * Fails like intern_pool_new_from_bytes(), with a #GIOErrorEnum if the file cannot be read, with
 * %INTERN_ERROR_UNSUPPORTED if it should be mapped and cannot be, since it is not local, a pipe, a
 * device or on a file system that does not allow it, and with %INTERN_ERROR_TOO_LONG if there is no
 * memory for it.
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
 * @file: a file of intern_pool_save()
 * @flags: how to open it
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @callback: (scope async): what to call when it is done
 * @user_data: data for @callback
 *
 * Like intern_pool_new_from_file(), which reads and checks in another thread. @callback runs in
 * the main context that is the thread default now; it calls intern_pool_new_from_file_finish().
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
 * @result: what the callback was given
 * @error: return location for a #GError, or %NULL
 *
 * Ends intern_pool_new_from_file_async(). Fails like intern_pool_new_from_file().
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
 * Makes the pool one that adds no more, neither strings nor atoms: what it does not hold is
 * refused with %INTERN_ERROR_FROZEN. What it holds it finds without a lock. Mortal strings become
 * permanent. There is no way back. May be called from any thread; freezing again does nothing.
 *
 * A frozen pool can have children: see intern_pool_new_child().
 *
 * Since: 0.1
 */
void
intern_pool_freeze (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  if (intern_pool_is_default (self))
    {
      g_critical ("%s: the default pool cannot be frozen, since others add to it", G_STRFUNC);
      return;
    }

  store = intern_pool_ref_store (self);
  intern_store_freeze (store);
}

/**
 * intern_pool_new_child: (constructor)
 * @parent: a frozen pool
 * @error: return location for a #GError, or %NULL
 *
 * Creates a pool over another: it finds what @parent has, the same pointers and the same atoms,
 * and adds what is new to itself. Its own atoms go on after those of @parent. Any number of
 * children share one parent, which itself may be a child, or come from a snapshot; they keep its
 * strings alive. Freeing a child frees what it has added. intern_pool_clear() of a child does
 * the same.
 *
 * Fails with %INTERN_ERROR_UNSUPPORTED if @parent is not frozen: both would give out the same
 * atoms for different strings.
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

  return intern_pool_new_with_store (intern_store_new_child (store));
}
