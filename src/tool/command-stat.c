/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool stat: reads strings, interns them, and tells what that was good for. */

#include "config.h"

#include "command.h"

#include <string.h>
#include <unistd.h>

#include <intern-glib.h>

#include "input.h"
#include "report.h"
#include "split-options.h"
#include "splitter.h"
#include "terminal.h"

typedef struct
{
  gboolean     help;
  gboolean     json;
  SplitOptions split;
  int          top;
  gint64       max_strings;
  char        *color_name; /* (owned) (nullable) */
  char       **files;      /* (owned) */

  /* What follows from them */
  SplitFormat  format;
  Colour       colour;
} Options;

static void
options_clear (Options *options)
{
  split_options_clear (&options->split);
  g_free (options->color_name);
  g_strfreev (options->files);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
make_context (Options *options)
{
  GOptionContext *context = command_context_new (&options->help);
  const GOptionEntry entries[] = {
    { "max-strings", 'm', 0, G_OPTION_ARG_INT64, &options->max_strings, "Refuse more distinct strings than N", "N" },
    { "top", 't', 0, G_OPTION_ARG_INT, &options->top, "List the N most repeated strings (10)", "N" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json, "Write JSON, for programs", NULL },
    { "color", 0, 0, G_OPTION_ARG_STRING, &options->color_name, "Use colour: auto, always or never", "WHEN" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL, "[FILE...]" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_set_summary (context,
    "Tells what interning does for the lines of some files, or of standard input\n"
    "where there is no FILE or FILE is \"-\".");
  g_option_context_set_description (context,
    "Examples:\n"
    "  intern-pool stat access.log\n"
    "  intern-pool stat --identifiers *.c *.h\n"
    "  intern-pool stat --csv --column=3 --top=20 customers.csv\n"
    "  ps -eo user= | intern-pool stat --json\n");
  split_options_add (&options->split, context);
  g_option_context_add_main_entries (context, entries, NULL);

  return context;
}

static gboolean
choose_colour (Options  *options,
               GError  **error)
{
  const char *name = options->color_name;

  if (name == NULL || g_str_equal (name, "auto"))
    options->colour = COLOUR_AUTO;
  else if (g_str_equal (name, "always"))
    options->colour = COLOUR_ALWAYS;
  else if (g_str_equal (name, "never"))
    options->colour = COLOUR_NEVER;
  else
    return command_refuse (error, "--color takes auto, always or never");

  return TRUE;
}

static gboolean
check_numbers (const Options  *options,
               GError        **error)
{
  if (options->top < 0)
    return command_refuse (error, "--top cannot be negative");
  if (options->max_strings < 0 || options->max_strings > G_MAXUINT)
    return command_refuse (error, "--max-strings is out of range");

  return TRUE;
}

static gboolean
parse (GOptionContext  *context,
       int              argc,
       char           **argv,
       Options         *options,
       GError         **error)
{
  static const char *standard_input[] = { "-", NULL };

  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (options->help)
    return TRUE;

  if (options->files == NULL)
    options->files = g_strdupv ((char **) standard_input);

  return split_options_choose (&options->split, &options->format, error) &&
         choose_colour (options, error) &&
         check_numbers (options, error);
}

/* The work */

typedef struct
{
  InternPool *pool;      /* (owned) */
  GHashTable *counts;    /* (owned) (nullable) by address, which is the point of interning */
  Splitter   *splitter;  /* (owned) */
  Progress   *progress;  /* (owned) (nullable) */
  GError     *refusal;   /* (owned) (nullable) why the first string was refused */
  guint       n_files;   /* that could be read */
  guint64     n_read;    /* bytes */
  guint64     n_strings;
  guint64     n_refused;
} Stat;

static void
count_repeat (Stat       *self,
              const char *interned)
{
  const gsize count = GPOINTER_TO_SIZE (g_hash_table_lookup (self->counts, interned));

  g_hash_table_insert (self->counts, (gpointer) interned, GSIZE_TO_POINTER (count + 1));
}

static void
add_string (const char *data,
            gsize       length,
            gpointer    user_data)
{
  Stat *self = user_data;
  /* Only the first refusal is told: thousands of others need no GError. */
  GError **error = self->refusal == NULL ? &self->refusal : NULL;
  const char *interned = intern_pool_try_intern_len (self->pool, data, (gssize) length, error);

  self->n_strings++;
  if (interned == NULL)
    self->n_refused++;
  else if (self->counts != NULL)
    count_repeat (self, interned);
}

static gboolean
read_cb (const char *data,
         gsize       length,
         gpointer    user_data)
{
  Stat *self = user_data;

  splitter_push (self->splitter, data, length);
  self->n_read += length;
  progress_tell (self->progress, self->n_read);

  return TRUE;
}

static Stat *
stat_new (const Options *options)
{
  Stat *self = g_new0 (Stat, 1);

  self->pool = intern_pool_new ();
  intern_pool_set_emit_added (self->pool, FALSE);
  intern_pool_set_max_strings (self->pool, (guint) options->max_strings);
  if (options->top > 0)
    self->counts = g_hash_table_new (NULL, NULL);
  self->splitter = splitter_new (&options->format, add_string, self);
  self->progress = progress_new (input_get_size (options->files));

  return self;
}

static void
stat_free (Stat *self)
{
  g_clear_pointer (&self->progress, progress_free);
  g_clear_pointer (&self->splitter, splitter_free);
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_clear_error (&self->refusal);
  g_clear_object (&self->pool);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stat, stat_free)

static gboolean
read_file (Stat       *self,
           const char *name)
{
  g_autofree char *shown = input_dup_name (name);
  g_autoptr (GError) error = NULL;
  const gboolean success = input_read (name, read_cb, self, &error);

  /* What an interrupt has cut in two is no string of the input. */
  if (!input_was_interrupted ())
    splitter_finish (self->splitter);
  if (success)
    {
      self->n_files++;
      return TRUE;
    }

  progress_hide (self->progress);
  command_complain ("%s: %s", shown, error->message);

  return FALSE;
}

static Status
read_files (Stat  *self,
            char **files)
{
  Status status = STATUS_SUCCESS;

  for (; *files != NULL && !input_was_interrupted (); files++)
    {
      if (!read_file (self, *files))
        status = STATUS_FAILURE;
    }

  g_clear_pointer (&self->progress, progress_free);
  if (!input_was_interrupted ())
    return status;

  command_complain ("Interrupted: the figures are of what was read until then");

  return STATUS_INTERRUPTED;
}

/* The most repeated strings */

static int
compare_bytes (const RepeatedString *one,
               const RepeatedString *other)
{
  const int order = memcmp (one->string, other->string, MIN (one->length, other->length));

  return order != 0 ? order : (one->length > other->length) - (one->length < other->length);
}

/* Equal counts come in the order of the bytes, so that the list is always the same. */
static int
compare_repeated (gconstpointer a,
                  gconstpointer b)
{
  const RepeatedString *one = a, *other = b;

  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;

  return compare_bytes (one, other);
}

static void
cut (GArray *top,
     guint   length)
{
  g_array_sort (top, compare_repeated);
  g_array_set_size (top, MIN (top->len, length));
}

/* What g_strdup() takes for so many copies, by the library's own reckoning: a pool that has
 * answered that many requests. */
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

static void
find_savings (GArray *top)
{
  g_autoptr (InternPool) scratch = intern_pool_new ();

  for (guint i = 0; i < top->len; i++)
    {
      RepeatedString *repeated = &g_array_index (top, RepeatedString, i);

      repeated->bytes_saved = copies_take (scratch, repeated->count - 1, repeated->length);
    }
}

static void
append_repeated (GArray     *top,
                 InternPool *pool,
                 const char *string,
                 gsize       count)
{
  const RepeatedString repeated = {
    .string = string,
    .length = intern_pool_get_length (pool, string),
    .count = count,
  };

  g_array_append_val (top, repeated);
}

static void
collect (Stat   *self,
         GArray *top,
         guint   length)
{
  /* Sorted and cut now and then, so it never holds many more than are asked for. */
  const guint enough = MAX (1024, 2 * length);
  GHashTableIter iter;
  gpointer string, count;

  g_hash_table_iter_init (&iter, self->counts);
  while (g_hash_table_iter_next (&iter, &string, &count))
    {
      append_repeated (top, self->pool, string, GPOINTER_TO_SIZE (count));
      if (top->len >= enough)
        cut (top, length);
    }
  cut (top, length);
}

static GArray *
find_top (Stat  *self,
          guint  length)
{
  GArray *top = g_array_new (FALSE, FALSE, sizeof (RepeatedString));

  if (self->counts != NULL)
    collect (self, top, length);
  find_savings (top);

  return top;
}

static Status
write_report (const Report  *report,
              const Options *options)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (options->json)
    report_append_json (report, text);
  else
    report_append_table (report, text, terminal_has_colour (options->colour, STDOUT_FILENO));

  return command_write (text->str, text->len);
}

/* The pool does not know whose limit it has. */
static const char *
explain_refusal (const Stat    *self,
                 const Options *options)
{
  if (options->max_strings > 0 && g_error_matches (self->refusal, INTERN_ERROR, INTERN_ERROR_FULL))
    return "--max-strings allows no more";

  return self->refusal != NULL ? self->refusal->message : NULL;
}

static Status
tell (Stat          *self,
      const Options *options,
      double         seconds)
{
  g_autoptr (GArray) top = find_top (self, (guint) options->top);
  InternPoolStats stats;
  Report report = { .seconds = seconds, .top = top };

  intern_pool_get_stats (self->pool, &stats);
  report.n_strings = self->n_strings;
  report.n_distinct = stats.n_strings;
  report.n_hits = stats.n_hits;
  report.n_refused = self->n_refused;
  report.refusal = explain_refusal (self, options);
  report.bytes_requested = stats.bytes_requested;
  report.bytes_stored = stats.bytes_stored;
  report.memory_copied = (guint64) (stats.bytes_saved + (gint64) stats.memory_usage);
  report.memory_interned = stats.memory_usage;

  return write_report (&report, options);
}

static Status
run (const Options *options)
{
  g_autoptr (Stat) self = stat_new (options);
  const gint64 start = g_get_monotonic_time ();
  Status status, written;
  double seconds;

  input_catch_interrupt ();
  status = read_files (self, options->files);
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  /* Zeros would look like the figures of empty files. */
  if (self->n_files == 0)
    return status;

  written = tell (self, options, seconds);

  return status != STATUS_SUCCESS ? status : written;
}

Status
command_stat (int    argc,
              char **argv)
{
  g_auto (Options) options = { .split.column = SPLIT_COLUMN_NOT_GIVEN, .top = 10 };
  g_autoptr (GOptionContext) context = make_context (&options);
  g_autoptr (GError) error = NULL;

  if (!parse (context, argc, argv, &options, &error))
    return command_wrong_usage ("stat", error->message);

  return options.help ? command_print_help ("stat", context) : run (&options);
}
