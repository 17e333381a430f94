/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool stat without --column: which columns of a table are worth encoding, or interning. */

#include "config.h"

#include "stat.h"

#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

#include <intern-glib.h>

#include "figures.h"
#include "target.h"
#include "terminal.h"
#include "text.h"

#ifdef INTERN_TEST_SIZES
# define MAX_COLUMNS 100
# define BLOCK_SIZE 64
#else
# define MAX_COLUMNS (64 * 1024) /* each has a pool of its own */
# define BLOCK_SIZE (64 * 1024)
#endif

#define MIN_BLOCK_SIZE 64
#define BLOCKS_SIZE (16 * 1024 * 1024) /* of those that are being filled, together */
#define N_SPARE_BLOCKS 32

#define ID_SIZE sizeof (guint32)
#define OFFSET_SIZE sizeof (guint64)

/* The main thread reads values and collects those of each column in a block. The other threads intern full blocks: only
 * one thread at a time those of a column, in their order, so that threads do not wait for each other. Values of one
 * column together find their pool in the caches of the processor. */
typedef struct
{
  InternPool *pool;  /* (owned) */
  GByteArray *block; /* (owned) values, each with a NUL after it */
  GQueue      full;  /* (owned) (element-type GByteArray) guarded by the lock; a thread works while there are any */
} Column;

typedef struct
{
  GPtrArray   *columns;    /* (owned) (element-type Column) */
  gsize        block_size; /* at which a block is full */
  GThreadPool *threads;    /* (owned) (nullable) its tasks are columns */
  GAsyncQueue *spare;      /* (owned) (element-type GByteArray) empty; while there is none, the main thread waits */
  GMutex       lock;
  GError      *failure;    /* (owned) (nullable) the first one of a thread. Guarded by @lock */
  Reading      reading;
} Columns;

typedef enum
{
  COLUMN_DISTINCT,
  COLUMN_HIT_RATIO,
  COLUMN_MISSING,
  COLUMN_BYTES,
  COLUMN_COPIES,
  COLUMN_POOL,
  COLUMN_IDS,
  N_COLUMN_FIGURES,
} ColumnFigure;

/* Threads */

static void
intern_block (InternPool        *pool,
              const GByteArray  *block,
              GError           **error)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data (block->data, (gssize) block->len, NULL);

  intern_pool_load_stream (pool, stream, '\0', NULL, NULL, NULL, NULL, error);
}

static void
column_cb (gpointer data,
           gpointer user_data)
{
  Column *column = data;
  Columns *self = user_data;
  GByteArray *block;

  g_mutex_lock (&self->lock);
  while ((block = g_queue_peek_head (&column->full)) != NULL)
    {
      g_autoptr (GError) error = NULL;

      g_mutex_unlock (&self->lock);
      intern_block (column->pool, block, &error);
      g_mutex_lock (&self->lock);
      if (self->failure == NULL)
        self->failure = g_steal_pointer (&error);
      g_queue_pop_head (&column->full);
      g_async_queue_push (self->spare, g_byte_array_set_size (block, 0));
    }
  g_mutex_unlock (&self->lock);
}

static void
hand_over (Columns *self,
           Column  *column)
{
  GByteArray *block = column->block;
  gboolean idle;

  if (block->len == 0)
    return;

  g_mutex_lock (&self->lock);
  idle = g_queue_is_empty (&column->full);
  g_queue_push_tail (&column->full, block);
  g_mutex_unlock (&self->lock);
  if (idle)
    g_thread_pool_push (self->threads, column, NULL);

  column->block = g_async_queue_pop (self->spare);
}

/* Sets the failure if it fails. Signals are for the main thread, whose read() they end. */
static void
start_threads (Columns *self)
{
  sigset_t before;

  for (guint i = 0; i < N_SPARE_BLOCKS; i++)
    g_async_queue_push (self->spare, g_byte_array_new ());
  target_hold_signals (&before);
  self->threads = g_thread_pool_new (column_cb, self, (int) g_get_num_processors (), TRUE, &self->failure);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

/* Returns when everything is interned. */
static void
finish_threads (Columns *self)
{
  for (guint i = 0; i < self->columns->len; i++)
    hand_over (self, g_ptr_array_index (self->columns, i));
  g_thread_pool_free (g_steal_pointer (&self->threads), FALSE, TRUE);
}

/* Columns */

static void
column_free (gpointer data)
{
  Column *column = data;

  g_object_unref (column->pool);
  g_byte_array_unref (column->block);
  g_free (column);
}

static void
columns_clear (Columns *self)
{
  if (self->threads != NULL)
    g_thread_pool_free (self->threads, FALSE, TRUE);
  g_ptr_array_unref (self->columns);
  g_async_queue_unref (self->spare);
  g_mutex_clear (&self->lock);
  g_clear_error (&self->failure);
  reading_clear (&self->reading);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Columns, columns_clear)

static gboolean
add_columns (Columns  *self,
             guint64   n_columns,
             GError  **error)
{
  if (n_columns > MAX_COLUMNS)
    return text_refuse (error, "A record has more than %u fields: say with --column which is of interest",
                        (guint) MAX_COLUMNS);

  while (self->columns->len < n_columns)
    {
      Column *column = g_new0 (Column, 1);

      column->pool = intern_pool_new ();
      column->block = g_byte_array_new ();
      intern_pool_set_emit_added (column->pool, FALSE);
      g_ptr_array_add (self->columns, column);
      self->block_size = CLAMP (BLOCKS_SIZE / self->columns->len, MIN_BLOCK_SIZE, BLOCK_SIZE);
    }

  return TRUE;
}

static void
collect (GByteArray *block,
         const char *data,
         guint       length)
{
  const guint before = block->len;

  g_byte_array_set_size (block, before + length + 1);
  memcpy (block->data + before, data, length);
  block->data[before + length] = '\0';
}

static gboolean
value_cb (const char  *data,
          gsize        length,
          gpointer     user_data,
          GError     **error)
{
  Columns *self = user_data;
  const guint64 number = self->reading.column;
  Column *column;

  if (G_UNLIKELY (number > self->columns->len) && !add_columns (self, number, error))
    return FALSE;

  column = g_ptr_array_index (self->columns, number - 1);
  /* What a block cannot have */
  if (length >= self->block_size || memchr (data, '\0', length) != NULL)
    return intern_pool_try_intern_len (column->pool, data, (gssize) length, error) != NULL;

  collect (column->block, data, (guint) length);
  if (column->block->len >= self->block_size)
    hand_over (self, column);

  return TRUE;
}

/* The report */

/* A program has a pointer for each row, or an id; a dictionary has an offset for each string. */
static void
fill_figures (const Columns *self,
              const Column  *column,
              Figure        *figures)
{
  const double n_rows = (double) self->reading.n_records;
  const double pointers = n_rows * sizeof (char *);
  InternPoolStats stats;
  double n_values, pool, ids;

  intern_pool_get_stats (column->pool, &stats);
  n_values = (double) stats.n_lookups;
  pool = (double) stats.memory_usage;
  ids = n_rows * ID_SIZE + (double) stats.bytes_stored + (stats.n_strings + 1.0) * OFFSET_SIZE;
  figures[COLUMN_DISTINCT] = (Figure) { FIGURE_COUNT, "Distinct", "distinct", stats.n_strings, NULL };
  figures[COLUMN_HIT_RATIO] = (Figure) { FIGURE_PERCENT, "Hits", "hit_ratio",
                                         figures_divide ((double) stats.n_hits, n_values), NULL };
  figures[COLUMN_MISSING] = (Figure) { FIGURE_COUNT, "Missing", "missing", n_rows - n_values, NULL };
  figures[COLUMN_BYTES] = (Figure) { FIGURE_SIZE, "Bytes", "bytes", (double) stats.bytes_requested, NULL };
  figures[COLUMN_COPIES] = (Figure) { FIGURE_SIZE, "Copies", "memory_copied",
                                      (double) stats.bytes_saved + pool + pointers, NULL };
  figures[COLUMN_POOL] = (Figure) { FIGURE_SIZE, "Pool", "memory_interned", pool + pointers, NULL };
  figures[COLUMN_IDS] = (Figure) { FIGURE_SIZE, "Ids", "memory_encoded", ids, NULL };
}

/* The man page says the same in words. A pool alone may be smaller than copies, but it is for strings that repeat. */
static const char *
advise (const Figure *figures)
{
  const double hit_ratio = figures[COLUMN_HIT_RATIO].value, copies = figures[COLUMN_COPIES].value;

  if (hit_ratio >= 0.75 && figures[COLUMN_IDS].value < copies)
    return "encode";
  if (hit_ratio >= 0.25 && figures[COLUMN_POOL].value < 0.9 * copies)
    return "intern";

  return "leave alone";
}

/* Returns NULL if the column has no name. */
static const char *
get_name (const Columns *self,
          guint          i)
{
  const GPtrArray *names = self->reading.names;

  return names != NULL && i < names->len ? g_ptr_array_index (names, i) : NULL;
}

static Status
write_report (Columns       *self,
              const Options *options)
{
  const Figure rows = { FIGURE_COUNT, "Rows", "rows", (double) self->reading.n_records, NULL };
  g_autoptr (FigureTable) table =
    figure_table_new (&rows, options->json, terminal_has_colour (options->color, STDOUT_FILENO));

  /* The last ones may have had no value. */
  add_columns (self, MIN (self->reading.n_columns, MAX_COLUMNS), NULL);
  for (guint i = 0; i < self->columns->len; i++)
    {
      Figure figures[N_COLUMN_FIGURES];

      fill_figures (self, g_ptr_array_index (self->columns, i), figures);
      figure_table_add (table, figures, N_COLUMN_FIGURES, advise (figures), get_name (self, i));
    }

  return figure_table_write (table);
}

Status
stat_run_columns (const Options *options)
{
  g_auto (Columns) self = {
    .columns = g_ptr_array_new_with_free_func (column_free),
    .spare = g_async_queue_new_full ((GDestroyNotify) g_byte_array_unref),
  };
  Status status, written;
  guint n_read;

  g_mutex_init (&self.lock);
  start_threads (&self);
  if (self.failure != NULL)
    return fail (self.failure);

  status = stat_read_files (options, &self.reading, value_cb, &self, &n_read);
  finish_threads (&self);
  if (self.failure != NULL)
    return fail (self.failure);
  if (n_read == 0)
    return status;

  written = write_report (&self, options);

  return status != STATUS_SUCCESS ? status : written;
}
