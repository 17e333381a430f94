/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool stat without --column: which columns of a table are worth encoding, or interning. */

#include "config.h"

#include "stat.h"

#include <unistd.h>

#include <intern-glib.h>

#include "figures.h"
#include "terminal.h"
#include "text.h"

#ifdef INTERN_TEST_SIZES
# define MAX_COLUMNS 100
#else
# define MAX_COLUMNS (64 * 1024) /* each has a pool of its own */
#endif

#define ID_SIZE sizeof (guint32)
#define OFFSET_SIZE sizeof (guint64)

typedef struct
{
  InternPool *pool;     /* (owned) */
  guint64     n_values;
} Column;

typedef struct
{
  GArray  *columns; /* (owned) (element-type Column) */
  Reading  reading;
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

static void
columns_clear (Columns *self)
{
  for (guint i = 0; i < self->columns->len; i++)
    g_object_unref (g_array_index (self->columns, Column, i).pool);
  g_array_unref (self->columns);
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
      const Column column = { intern_pool_new (), 0 };

      intern_pool_set_emit_added (column.pool, FALSE);
      g_array_append_val (self->columns, column);
    }

  return TRUE;
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

  if (number > self->columns->len && !add_columns (self, number, error))
    return FALSE;

  column = &g_array_index (self->columns, Column, number - 1);
  column->n_values++;

  return intern_pool_try_intern_len (column->pool, data, (gssize) length, error) != NULL;
}

/* The report */

/* A program has a pointer for each row, or an id; a dictionary has an offset for each string. */
static void
fill_figures (const Columns *self,
              const Column  *column,
              Figure        *figures)
{
  const double n_rows = (double) self->reading.n_records, n_values = (double) column->n_values;
  const double pointers = n_rows * sizeof (char *);
  InternPoolStats stats;
  double pool, ids;

  intern_pool_get_stats (column->pool, &stats);
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

      fill_figures (self, &g_array_index (self->columns, Column, i), figures);
      figure_table_add (table, figures, N_COLUMN_FIGURES, advise (figures), get_name (self, i));
    }

  return figure_table_write (table);
}

Status
stat_run_columns (const Options *options)
{
  g_auto (Columns) self = { .columns = g_array_new (FALSE, FALSE, sizeof (Column)) };
  Status status, written;
  guint n_read;

  status = stat_read_files (options, &self.reading, value_cb, &self, &n_read);
  if (n_read == 0)
    return status;

  written = write_report (&self, options);

  return status != STATUS_SUCCESS ? status : written;
}
