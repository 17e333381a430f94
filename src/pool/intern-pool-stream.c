/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "pool/sysprof.h"
#include "intern-error.h"

/* A stream that is being loaded. The buffer begins with an incomplete string; the next part is read behind it. */
typedef struct
{
  InternPool             *pool;
  guint8                  delimiter;
  InternPoolProgressFunc  progress;      /* (nullable) */
  gpointer                progress_data;
  GDestroyNotify          progress_destroy;
  InternBatchItem        *items;         /* (owned) allocated with the first buffer */
  char                   *buffer;        /* (owned) */
  gsize                   n_allocated;
  gsize                   n_kept;        /* bytes in the buffer */
  guint64                 n_bytes;       /* of the stream, before the buffer */
  guint64                 n_strings;     /* in these bytes */
  gint64                  begun;         /* of intern_sysprof_begin() */
} Load;

static Load *
load_new (InternPool             *pool,
          guint8                  delimiter,
          InternPoolProgressFunc  progress,
          gpointer                progress_data)
{
  Load *load = g_new0 (Load, 1);

  load->pool = g_object_ref (pool);
  load->delimiter = delimiter;
  load->progress = progress;
  load->progress_data = progress_data;
  load->begun = intern_sysprof_begin ();

  return load;
}

/* Frees the caller's data in the caller's context: the last reference to a task may be dropped in another. */
static void
load_drop_progress (Load *load)
{
  GDestroyNotify destroy = g_steal_pointer (&load->progress_destroy);

  load->progress = NULL;
  if (destroy != NULL)
    destroy (g_steal_pointer (&load->progress_data));
}

static void
load_free (Load *load)
{
  load_drop_progress (load);
  g_free (load->buffer);
  g_free (load->items);
  g_object_unref (load->pool);
  g_free (load);
}

/* The length of the longest string that the pool may hold or add. It finds those it holds also above a limit. */
static guint64
longest (InternPool *pool)
{
  g_autoptr (InternStore) store = intern_pool_ref_store (pool);
  const guint64 max_bytes = intern_store_get_limits (store).max_bytes;

  return max_bytes == 0 ? INTERN_MAX_LENGTH
                        : MIN (MAX (max_bytes, intern_store_get_stats (store).bytes_stored), INTERN_MAX_LENGTH);
}

static gboolean
load_reserve (Load  *load,
              gsize  size)
{
  char *moved = g_try_realloc (load->buffer, size);

  if (moved != NULL)
    {
      load->buffer = moved;
      load->n_allocated = size;
    }
  if (load->items == NULL)
    load->items = g_try_new (InternBatchItem, INTERN_BATCH);

  return moved != NULL && load->items != NULL;
}

/* Makes room for the next part behind the incomplete string, unless that is too long: a stream without delimiters must
 * not take all memory. Checks the cancellable, since not every stream does. */
static gboolean
load_prepare (Load          *load,
              GCancellable  *cancellable,
              GError       **error)
{
  /* Does not overflow: n_kept is at most about INTERN_MAX_LENGTH. */
  const gsize size = load->n_kept + load->n_kept / 2 + 2 * INTERN_READ_SIZE;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (load->n_allocated - load->n_kept >= INTERN_READ_SIZE)
    return TRUE;

  if (load->n_kept > longest (load->pool))
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "%" G_GSIZE_FORMAT " bytes without a delimiter are longer than any string that the pool may hold, "
                   "%" G_GUINT64_FORMAT " bytes: check the delimiter, or raise max-bytes",
                   load->n_kept, longest (load->pool));
      return FALSE;
    }

  if (!load_reserve (load, size))
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for a string of more than %" G_GSIZE_FORMAT " bytes", load->n_kept);
      return FALSE;
    }

  return TRUE;
}

/* Returns how many bytes at the start of the buffer are complete strings. No delimiter is before @start. */
static gsize
load_find_complete (const Load *load,
                    gsize       start)
{
  gsize end = load->n_kept;

  while (end > start && (guint8) load->buffer[end - 1] != load->delimiter)
    end--;

  return end > start ? end : 0;
}

/* Interns the strings in the first @n_bytes of the buffer and removes these bytes. */
static gboolean
load_intern (Load    *load,
             gsize    n_bytes,
             GError **error)
{
  InternPoolText text = { load->buffer, load->buffer + n_bytes, load->delimiter };
  guint n_done;

  do
    {
      const char *refused = intern_pool_intern_batch (load->pool, intern_pool_add_delimited, &text, load->items, NULL,
                                                      &n_done, error);

      load->n_strings += n_done;
      if (refused != NULL)
        {
          load->n_bytes += (gsize) (refused - load->buffer);
          return FALSE;
        }
    }
  while (n_done > 0);

  load->n_bytes += n_bytes;
  load->n_kept -= n_bytes;
  memmove (load->buffer, load->buffer + n_bytes, load->n_kept);

  return TRUE;
}

/* Processes @n_read new bytes at the end of the buffer. 0 is the end of the stream, which also ends the last
 * string. */
static gboolean
load_take (Load    *load,
           gsize    n_read,
           GError **error)
{
  const gsize start = load->n_kept;

  load->n_kept += n_read;
  if (!load_intern (load, n_read > 0 ? load_find_complete (load, start) : load->n_kept, error))
    return FALSE;

  if (load->progress != NULL)
    load->progress (load->n_bytes, load->n_strings, load->progress_data);

  return TRUE;
}

/* What ends each load. */
static void
load_finish (const Load  *load,
             gboolean     done,
             GError     **error)
{
  intern_sysprof_mark (load->begun, "load", done, load->n_strings);
  if (!done)
    g_prefix_error (error, "After %" G_GUINT64_FORMAT " strings in %" G_GUINT64_FORMAT " bytes: ",
                    load->n_strings, load->n_bytes);
}

/**
 * intern_pool_load_stream:
 * @self: a pool
 * @stream: a stream of strings, each ended by @delimiter
 * @delimiter: the byte that ends a string; the last string may lack it
 * @progress: (nullable) (scope call) (closure progress_data): called with the progress, or %NULL
 * @progress_data: data for @progress
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @n_strings: (out) (optional): return location for the number of strings interned, repeats
 *   included, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Interns all strings of a stream, such as a list of words in a file, an archive or from the network.
 * It reads parts of 64 KiB and buffers no more than a part or the longest string. The stream is read to
 * its end and not closed. May be called from any thread; signals are emitted and @progress is called
 * in the same thread.
 *
 * Fails with %G_IO_ERROR_CANCELLED, with the error of the stream, and like intern_pool_try_intern().
 * A string longer than the pool may hold is %INTERN_ERROR_TOO_LONG before its end is read. The
 * strings before the error stay interned. @n_strings and the error message give their number, and
 * the message also their bytes: a later call may load the stream from that byte on.
 *
 * Returns: %TRUE if the stream has been read to its end, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
intern_pool_load_stream (InternPool              *self,
                         GInputStream            *stream,
                         guint8                   delimiter,
                         InternPoolProgressFunc   progress,
                         gpointer                 progress_data,
                         GCancellable            *cancellable,
                         guint64                 *n_strings,
                         GError                 **error)
{
  Load *load;
  gssize n_read;
  gboolean ok;

  if (n_strings != NULL)
    *n_strings = 0;
  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);
  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  load = load_new (self, delimiter, progress, progress_data);
  g_object_ref (stream);
  do
    {
      n_read = -1;
      if (load_prepare (load, cancellable, error))
        n_read = g_input_stream_read (stream, load->buffer + load->n_kept, INTERN_READ_SIZE, cancellable, error);
      ok = n_read >= 0 && load_take (load, (gsize) n_read, error);
    }
  while (ok && n_read > 0);
  g_object_unref (stream);

  load_finish (load, ok, error);
  if (n_strings != NULL)
    *n_strings = load->n_strings;
  load_free (load);

  return ok;
}

/* The asynchronous form. Only the reads are asynchronous; the strings are interned in the caller's context. So signals
 * are emitted there, and the caller may clear the pool between two reads: no thread is using it. */

static void read_cb (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data);

static void
end_task (GTask  *task,
          GError *error)
{
  Load *load = g_task_get_task_data (task);

  load_finish (load, error == NULL, &error);
  load_drop_progress (load);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
read_on (GTask        *task,
         GInputStream *stream)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Load *load = g_task_get_task_data (task);
  GError *error = NULL;

  if (load_prepare (load, cancellable, &error))
    g_input_stream_read_async (stream, load->buffer + load->n_kept, INTERN_READ_SIZE, g_task_get_priority (task),
                               cancellable, read_cb, task);
  else
    end_task (task, error);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  GInputStream *stream = G_INPUT_STREAM (source);
  GTask *task = user_data;
  Load *load = g_task_get_task_data (task);
  GError *error = NULL;
  const gssize n_read = g_input_stream_read_finish (stream, result, &error);

  if (n_read > 0 && load_take (load, (gsize) n_read, &error))
    read_on (task, stream);
  else if (n_read == 0 && load_take (load, 0, &error))
    end_task (task, NULL);
  else
    end_task (task, error);
}

/**
 * intern_pool_load_stream_async:
 * @self: a pool
 * @stream: a stream of strings, each ended by @delimiter
 * @delimiter: the byte that ends a string; the last string may lack it
 * @io_priority: the I/O priority of the reads, such as %G_PRIORITY_DEFAULT
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @progress: (nullable) (scope notified) (closure progress_data) (destroy progress_destroy): called
 *   with the progress, or %NULL
 * @progress_data: data for @progress
 * @progress_destroy: (nullable): frees @progress_data, before @callback is called, or %NULL
 * @callback: (scope async) (closure user_data): called at the end of the stream or on an error
 * @user_data: data for @callback
 *
 * Like intern_pool_load_stream(), without blocking. Each part is interned when it has been read.
 * Signals, @progress and @callback run in the thread-default main context of the caller, so call it
 * from the thread that runs that context. The pool may be used and cleared while it runs.
 *
 * Since: 0.1
 */
void
intern_pool_load_stream_async (InternPool             *self,
                               GInputStream           *stream,
                               guint8                  delimiter,
                               int                     io_priority,
                               GCancellable           *cancellable,
                               InternPoolProgressFunc  progress,
                               gpointer                progress_data,
                               GDestroyNotify          progress_destroy,
                               GAsyncReadyCallback     callback,
                               gpointer                user_data)
{
  GTask *task;
  Load *load;

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (G_IS_INPUT_STREAM (stream));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  load = load_new (self, delimiter, progress, progress_data);
  load->progress_destroy = progress_destroy;

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, intern_pool_load_stream_async);
  g_task_set_priority (task, io_priority);
  /* load_prepare() checks before each read; a load that is complete must not fail. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, load, (GDestroyNotify) load_free);
  read_on (task, stream);
}

/**
 * intern_pool_load_stream_finish:
 * @self: the pool
 * @result: the #GAsyncResult that the callback received
 * @n_strings: (out) (optional): return location for the number of strings interned, repeats
 *   included, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Finishes intern_pool_load_stream_async(). Fails like intern_pool_load_stream().
 *
 * Returns: %TRUE if the stream has been read to its end, %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
intern_pool_load_stream_finish (InternPool    *self,
                                GAsyncResult  *result,
                                guint64       *n_strings,
                                GError       **error)
{
  if (n_strings != NULL)
    *n_strings = 0;
  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, intern_pool_load_stream_async), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (n_strings != NULL)
    *n_strings = ((Load *) g_task_get_task_data (G_TASK (result)))->n_strings;

  return g_task_propagate_boolean (G_TASK (result), error);
}
