/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "intern-error.h"

/* One stream on its way into a pool. The buffer begins with the string that is not complete yet,
 * and each chunk is read behind it. */
typedef struct
{
  InternPool             *pool;
  guint8                  delimiter;
  InternPoolProgressFunc  progress;      /* (nullable) */
  gpointer                progress_data;
  GDestroyNotify          progress_destroy;
  InternBatchItem        *items;         /* (owned) made with the first buffer, as is the next */
  char                   *buffer;        /* (owned) */
  gsize                   n_allocated;
  gsize                   n_kept;        /* bytes in the buffer */
  guint64                 n_bytes;       /* of the stream, up to the buffer */
  guint64                 n_strings;     /* in these bytes */
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

  return load;
}

/* The caller's data goes in the caller's context, not with the last reference to a task. */
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

/* No string that the pool holds or takes is longer. What it holds it finds, above a limit too. */
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

/* Makes room for a chunk behind a string that has not come to its end. A stream that never ends one
 * must not take all memory for it. Not every stream asks whether it is cancelled. */
static gboolean
load_prepare (Load          *load,
              GCancellable  *cancellable,
              GError       **error)
{
  /* With half as much again, even the longest string leaves this far from an overflow. */
  const gsize size = load->n_kept + load->n_kept / 2 + 2 * INTERN_CHUNK;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (load->n_allocated - load->n_kept >= INTERN_CHUNK)
    return TRUE;

  if (load->n_kept > longest (load->pool))
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "%" G_GSIZE_FORMAT " bytes without a delimiter are longer than any string that the pool may hold, "
                   "%" G_GUINT64_FORMAT " bytes",
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

/* Returns how many bytes of the buffer are complete strings. There is no delimiter before @start. */
static gsize
load_find_complete (const Load *load,
                    gsize       start)
{
  gsize end = load->n_kept;

  while (end > start && (guint8) load->buffer[end - 1] != load->delimiter)
    end--;

  return end > start ? end : 0;
}

/* Interns the strings in the first @n_bytes of the buffer and keeps the rest. */
static gboolean
load_intern (Load    *load,
             gsize    n_bytes,
             GError **error)
{
  InternPoolText text = { load->buffer, load->buffer + n_bytes, load->delimiter };
  guint n_items;

  while ((n_items = intern_pool_next_delimited (&text, load->items)) > 0)
    {
      const guint n_done = intern_pool_intern_batch (load->pool, load->items, n_items, NULL, error);

      load->n_strings += n_done;
      if (n_done < n_items)
        {
          load->n_bytes += (gsize) (load->items[n_done].data - load->buffer);
          return FALSE;
        }
    }

  load->n_bytes += n_bytes;
  load->n_kept -= n_bytes;
  memmove (load->buffer, load->buffer + n_bytes, load->n_kept);

  return TRUE;
}

/* Takes @n_read bytes that now lie behind the others in the buffer; 0 is the end of the stream, and
 * of a string that has none of its own. */
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

static void
load_say_how_far (const Load  *load,
                  GError     **error)
{
  g_prefix_error (error, "After %" G_GUINT64_FORMAT " strings in %" G_GUINT64_FORMAT " bytes: ",
                  load->n_strings, load->n_bytes);
}

/**
 * intern_pool_load_stream:
 * @self: a pool
 * @stream: where strings come from, each ended by @delimiter
 * @delimiter: the byte that ends a string; the last string needs none
 * @progress: (nullable) (scope call) (closure progress_data): what to tell how far it has come, or %NULL
 * @progress_data: data for @progress
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @n_strings: (out) (optional): return location for the number of strings interned, repeats
 *   included, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Interns all strings of a stream: a list of words from a file, from the network, out of an
 * archive. It reads a chunk at a time and holds no more of the stream than that, or its longest
 * string. The stream is read to its end and not closed. May be called from any thread; signals
 * and @progress come in this one.
 *
 * Fails with %G_IO_ERROR_CANCELLED, with what the stream fails with, and like
 * intern_pool_try_intern(); a string that goes on beyond all that the pool may hold is
 * %INTERN_ERROR_TOO_LONG before it is read to its end. What has been interned stays. The error, and
 * @n_strings, say how many strings that are, and the error in how many bytes: from that byte on the
 * rest can be loaded later.
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
        n_read = g_input_stream_read (stream, load->buffer + load->n_kept, INTERN_CHUNK, cancellable, error);
      ok = n_read >= 0 && load_take (load, (gsize) n_read, error);
    }
  while (ok && n_read > 0);
  g_object_unref (stream);

  if (!ok)
    load_say_how_far (load, error);
  if (n_strings != NULL)
    *n_strings = load->n_strings;
  load_free (load);

  return ok;
}

/* Beside a main loop. Only the reading waits elsewhere: the strings are interned where the call
 * was made, so that signals come there, and nobody who clears the pool in between has to ask
 * whether a thread is at work in it. */

static void read_cb (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data);

static void
end_task (GTask  *task,
          GError *error)
{
  Load *load = g_task_get_task_data (task);

  if (error != NULL)
    load_say_how_far (load, &error);
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
    g_input_stream_read_async (stream, load->buffer + load->n_kept, INTERN_CHUNK, g_task_get_priority (task),
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
 * @stream: where strings come from, each ended by @delimiter
 * @delimiter: the byte that ends a string; the last string needs none
 * @io_priority: the I/O priority of the reads, as %G_PRIORITY_DEFAULT
 * @cancellable: (nullable): a #GCancellable, or %NULL
 * @progress: (nullable) (scope notified) (closure progress_data) (destroy progress_destroy): what
 *   to tell how far it has come, or %NULL
 * @progress_data: data for @progress
 * @progress_destroy: (nullable): frees @progress_data, before @callback is called, or %NULL
 * @callback: (scope async) (closure user_data): what to call at the end
 * @user_data: data for @callback
 *
 * Like intern_pool_load_stream(), beside a main loop. The stream is read without blocking; what has
 * come is interned in between, a chunk at a time. Signals, @progress and @callback come in the
 * thread-default main context of the caller, so the call is made from the thread that runs it. The
 * pool may be used meanwhile, and cleared.
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
  /* Each read asks; what is done is not undone by asking once more. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, load, (GDestroyNotify) load_free);
  read_on (task, stream);
}

/**
 * intern_pool_load_stream_finish:
 * @self: the pool
 * @result: what the callback was given
 * @n_strings: (out) (optional): return location for the number of strings interned, repeats
 *   included, or %NULL
 * @error: return location for a #GError, or %NULL
 *
 * Ends what intern_pool_load_stream_async() began, and fails like intern_pool_load_stream().
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
