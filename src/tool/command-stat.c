/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool stat: reads strings, interns them, and reports what that saves. stat-columns.c does so for the columns of
 * a table. */

#include "config.h"

#include "command.h"

#include <string.h>
#include <unistd.h>

#include <intern-glib.h>

#include "figures.h"
#include "input.h"
#include "stat.h"
#include "terminal.h"

typedef struct
{
  const Options *options;
  InternPool    *pool;      /* (owned) */
  GHashTable    *counts;    /* (owned) (nullable) by address, which is the point of interning */
  StatCurve     *curve;     /* (owned) (nullable) if they are counted */
  Output        *chart;     /* (owned) (nullable) */
  GError        *refusal;   /* (owned) (nullable) why the first string was refused */
  guint64        n_strings;
  guint64        n_refused;
  Reading        reading;
} Stat;

static void
stat_clear (Stat *self)
{
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_clear_pointer (&self->curve, stat_curve_free);
  g_clear_pointer (&self->chart, output_free);
  g_clear_error (&self->refusal);
  g_clear_object (&self->pool);
  reading_clear (&self->reading);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stat, stat_clear)

static void
count_repeat (Stat       *self,
              const char *interned)
{
  const gsize count = GPOINTER_TO_SIZE (g_hash_table_lookup (self->counts, interned));

  g_hash_table_insert (self->counts, (gpointer) interned, GSIZE_TO_POINTER (count + 1));
}

static gboolean
string_cb (const char  *data,
           gsize        length,
           gpointer     user_data,
           GError     **error)
{
  Stat *self = user_data;
  /* Only the first refusal is reported: thousands of others need no GError. */
  GError **refusal = self->refusal == NULL ? &self->refusal : NULL;
  const char *interned;

  if (data == NULL)
    return TRUE;

  interned = intern_pool_try_intern_len (self->pool, data, (gssize) length, refusal);
  self->n_strings++;
  if (interned == NULL)
    self->n_refused++;
  else if (self->counts != NULL)
    count_repeat (self, interned);
  if (self->curve != NULL && interned != NULL)
    stat_curve_add (self->curve, self->n_strings, g_hash_table_size (self->counts));

  return TRUE;
}

/* Gives the strings of all files to @func. Sets @n_read to how many files could be read, also if an interrupt has ended
 * one. */
Status
stat_read_files (const Options *options,
                 Reading       *reading,
                 InputFunc      func,
                 gpointer       user_data,
                 guint         *n_read)
{
  Status status = STATUS_SUCCESS;

  *n_read = 0;
  progress_begin (input_get_size (options->files));
  for (char **name = options->files; *name != NULL && !input_was_interrupted (); name++)
    {
      g_autoptr (GError) error = NULL;

      if (input_read_text (*name, &options->format, reading, func, user_data, &error) || input_was_interrupted ())
        (*n_read)++;
      else
        status = fail (error);
    }
  progress_hide ();
  if (!input_was_interrupted ())
    return reading->n_faults > 0 ? STATUS_FAILURE : status;

  complain ("Interrupted: the figures are of what was read until then");

  return STATUS_INTERRUPTED;
}

/* The most repeated strings */

/* Equal counts come in the order of the bytes, so that the list is always the same. */
static int
compare_repeated (gconstpointer a,
                  gconstpointer b)
{
  const RepeatedString *one = a, *other = b;
  const int order = memcmp (one->string, other->string, MIN (one->length, other->length));

  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;

  return order != 0 ? order : (one->length > other->length) - (one->length < other->length);
}

static void
cut (GArray *top,
     guint   length)
{
  g_array_sort (top, compare_repeated);
  g_array_set_size (top, MIN (top->len, length));
}

static void
collect (Stat   *self,
         GArray *top)
{
  /* Sorted and cut now and then, so it never holds many more than are asked for. */
  const guint length = (guint) self->options->top, enough = MAX (1024, 2 * length);
  GHashTableIter iter;
  gpointer string, count;

  g_hash_table_iter_init (&iter, self->counts);
  while (g_hash_table_iter_next (&iter, &string, &count))
    {
      const RepeatedString repeated = {
        string, intern_pool_get_length (self->pool, string), GPOINTER_TO_SIZE (count), 0
      };

      g_array_append_val (top, repeated);
      if (top->len >= enough)
        cut (top, length);
    }
  cut (top, length);
}

/* What g_strdup() takes for so many copies, as the library computes it: for a pool that has answered that many
 * requests. */
static guint64
copies_take (InternPool *scratch,
             guint64     n_copies,
             gsize       length)
{
  InternPoolStats stats;

  intern_pool_reset_stats (scratch);
  intern_pool_add_hits (scratch, n_copies, n_copies * length);
  intern_pool_get_stats (scratch, &stats);

  return (guint64) (stats.bytes_saved + (gint64) stats.memory_usage);
}

static GArray *
find_top (Stat *self)
{
  GArray *top = g_array_new (FALSE, FALSE, sizeof (RepeatedString));
  g_autoptr (InternPool) scratch = intern_pool_new ();

  if (self->options->top > 0)
    collect (self, top);
  for (guint i = 0; i < top->len; i++)
    {
      RepeatedString *repeated = &g_array_index (top, RepeatedString, i);

      repeated->bytes_saved = copies_take (scratch, repeated->count - 1, repeated->length);
    }

  return top;
}

/* The report */

/* The message of the pool does not name the option. */
static const char *
explain_refusal (const Stat *self)
{
  if (self->options->max_strings > 0 && g_error_matches (self->refusal, INTERN_ERROR, INTERN_ERROR_FULL))
    return "--max-strings allows no more";

  return self->refusal != NULL ? self->refusal->message : NULL;
}

static char *
explain_saving (double saved,
                double copied)
{
  return saved < 0 ? g_strdup ("interning costs more than copies here")
                   : g_strdup_printf ("%.1f %% less memory", 100 * figures_divide (saved, copied));
}

static Status
write_report (Stat                  *self,
              const InternPoolStats *stats,
              double                 seconds)
{
  const double n_strings = (double) self->n_strings;
  const double interned = (double) stats->memory_usage, saved = (double) stats->bytes_saved;
  g_autofree char *saving = explain_saving (saved, saved + interned);
  g_autofree char *drawn = self->curve != NULL ? stat_curve_draw (self->curve) : NULL;
  g_autoptr (GArray) top = find_top (self);
  const Figure figures[] = {
    { FIGURE_COUNT, "Strings", "strings", n_strings, NULL },
    { FIGURE_COUNT, "Distinct", "distinct", stats->n_strings, drawn },
    { FIGURE_PERCENT, "Hit ratio", "hit_ratio", figures_divide ((double) stats->n_hits, n_strings), NULL },
    { FIGURE_ANY, "Missing", "missing", (double) self->reading.n_missing, NULL },
    { FIGURE_ANY, "Refused", "refused", (double) self->n_refused, explain_refusal (self) },
    { FIGURE_SIZE, "Bytes asked for", "bytes_requested", (double) stats->bytes_requested, NULL },
    { FIGURE_SIZE, "Bytes stored", "bytes_stored", (double) stats->bytes_stored, NULL },
    { FIGURE_SIZE, "Memory as copies", "memory_copied", saved + interned, NULL },
    { FIGURE_SIZE, "Memory interned", "memory_interned", interned, NULL },
    { FIGURE_SAVING, "Net saving", "bytes_saved", saved, saving },
    { FIGURE_SECONDS, "Time", "seconds", seconds, NULL },
    { FIGURE_COUNT, "Speed", "strings_per_second", figures_divide (n_strings, seconds), "strings/s" },
  };

  return figures_write (figures, G_N_ELEMENTS (figures), top, self->options->json,
                        terminal_has_colour (self->options->color, STDOUT_FILENO));
}

static gboolean
begin_chart (Stat    *self,
             GError **error)
{
  if (self->options->chart == NULL)
    return TRUE;

  self->chart = output_new (self->options->chart, self->options->force, error);

  return self->chart != NULL;
}

static Status
run_strings (const Options *options)
{
  g_auto (Stat) self = { .options = options };
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();
  InternPoolStats stats;
  Status status, written;
  double seconds;
  guint n_read;

  self.pool = intern_pool_new ();
  intern_pool_set_emit_added (self.pool, FALSE);
  intern_pool_set_max_strings (self.pool, (guint) options->max_strings);
  if (options->top > 0 || options->chart != NULL)
    {
      self.counts = g_hash_table_new (NULL, NULL);
      self.curve = stat_curve_new ();
    }
  if (!begin_chart (&self, &error))
    return fail (error);

  status = stat_read_files (options, &self.reading, string_cb, &self, &n_read);
  /* Zeros would look like the figures of empty files. */
  if (n_read == 0)
    return status;

  intern_pool_get_stats (self.pool, &stats);
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  if (self.chart != NULL &&
      !stat_write_chart (self.chart, options, self.curve, self.counts, self.pool, &error))
    return fail (error);
  /* With the report the charts are finished too. */
  written = write_report (&self, &stats, seconds);

  return status != STATUS_SUCCESS ? status : written;
}

Status
run_stat (const Options *options)
{
  return options->format.is_table && options->column == NULL ? stat_run_columns (options) : run_strings (options);
}
