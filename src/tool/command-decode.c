/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool decode: the way back from what intern-pool encode has written. */

#include "config.h"

#include "command.h"

#include <intern-glib.h>

#include "dictionary.h"
#include "input.h"
#include "output.h"
#include "terminal.h"
#include "text.h"

typedef struct
{
  gboolean help;
  char    *dictionary; /* (owned) (nullable) */
  char    *output;     /* (owned) (nullable) */
  gboolean text;
  gboolean csv;
  gboolean force;
  char   **files;      /* (owned) exactly one */
} Options;

static void
options_clear (Options *options)
{
  g_free (options->dictionary);
  g_free (options->output);
  g_strfreev (options->files);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
make_context (Options *options)
{
  GOptionContext *context = command_context_new (&options->help);
  const GOptionEntry entries[] = {
    { "dictionary", 'D', 0, G_OPTION_ARG_FILENAME, &options->dictionary, "Read the dictionary from FILE", "FILE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output, "Write the text to FILE", "FILE" },
    { "text", 't', 0, G_OPTION_ARG_NONE, &options->text, "Ids are decimal numbers, one in a line", NULL },
    { "csv", 0, 0, G_OPTION_ARG_NONE, &options->csv, "Write CSV, whatever the text was", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options->force, "Replace a file that is there already", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL, "[FILE]" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_set_summary (context,
    "Turns ids, from a file or from standard input where there is no FILE or FILE is\n"
    "\"-\", back into the text that \"intern-pool encode\" has read.");
  g_option_context_set_description (context,
    "Examples:\n"
    "  intern-pool decode --dictionary=log.dict --output=access.log log.ids\n"
    "  intern-pool decode --dictionary=log.dict log.ids | sort | uniq --count\n");
  g_option_context_add_main_entries (context, entries, NULL);

  return context;
}

static gboolean
check_names (const Options  *options,
                 GError        **error)
{
  if (options->dictionary == NULL)
    return command_refuse (error, "--dictionary must say where the dictionary is");
  if (g_str_equal (options->dictionary, "-") && g_str_equal (options->files[0], "-"))
    return command_refuse (error, "The dictionary and the ids cannot both come from standard input");

  return TRUE;
}

static gboolean
parse (GOptionContext  *context,
       int              argc,
       char           **argv,
       Options         *options,
       GError         **error)
{
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (options->help)
    return TRUE;

  return command_choose_file (&options->files, error) &&
         check_names (options, error);
}

/* The work */

#define MAX_DIGITS 10
#define ID_SIZE sizeof (guint32)

typedef struct
{
  Values    values;
  Output   *output;    /* (owned) (nullable) */
  Progress *progress;  /* (owned) (nullable) */
  GString  *field;     /* (owned) for CSV */
  GError   *failure;   /* (owned) (nullable) */
  guint64   n_read;    /* bytes */
  guint64   n_ids;
  guint64   start;     /* the byte at which the present id begins */
  guint64   number;    /* as much of an id as has been seen */
  guint     n_parts;   /* bytes or digits that @number is made of */
  gboolean  text;
} Decoder;

static void
decoder_clear (Decoder *self)
{
  g_clear_pointer (&self->output, output_free);
  g_clear_pointer (&self->progress, progress_free);
  g_string_free (self->field, TRUE);
  values_clear (&self->values);
  g_clear_error (&self->failure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Decoder, decoder_clear)

static void
fail (Decoder    *self,
      const char *format,
      ...) G_GNUC_PRINTF (2, 3);

/* Keeps the first failure, which ends the reading. */
static void
fail (Decoder    *self,
      const char *format,
      ...)
{
  g_autofree char *message = NULL;
  va_list args;

  if (self->failure != NULL)
    return;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (&self->failure, INTERN_ERROR, INTERN_ERROR_CORRUPT,
               "Id %" G_GUINT64_FORMAT ", at byte %" G_GUINT64_FORMAT ", %s", self->n_ids + 1, self->start, message);
}

static void
write_string (Decoder    *self,
              const char *data,
              gsize       length)
{
  if (self->values.form != FORM_CSV)
    {
      output_write (self->output, data, length);
      return;
    }

  g_string_truncate (self->field, 0);
  text_append_csv (self->field, data, length);
  output_write (self->output, self->field->str, self->field->len);
}

/* Takes the id that is in @number. The newline is written before the next string, since the last
 * may have none. */
static void
end_id (Decoder *self)
{
  const char *data;
  gsize length;

  if (self->number > G_MAXUINT32 || !values_get (&self->values, (guint32) self->number, &data, &length))
    {
      g_autofree char *count = text_dup_count (self->values.n_strings, "string");

      fail (self, "is %" G_GUINT64_FORMAT ", and the dictionary has %s", self->number, count);
      return;
    }

  if (self->n_ids == self->values.n_ids)
    fail (self, "is one too many: the dictionary was written with %" G_GUINT64_FORMAT, self->values.n_ids);
  if (self->n_ids > 0)
    output_write (self->output, "\n", 1);
  write_string (self, data, length);
  self->n_ids++;
  self->start = self->n_read + 1;
  self->number = 0;
  self->n_parts = 0;
}

static void
step_text (Decoder *self,
           guchar   byte)
{
  if (g_ascii_isdigit (byte) && self->n_parts < MAX_DIGITS)
    {
      self->number = self->number * 10 + (byte - '0');
      self->n_parts++;
    }
  else if (byte == '\n' && self->n_parts > 0)
    end_id (self);
  else
    fail (self, "is no number of at most %u digits", MAX_DIGITS);
}

static void
step_binary (Decoder *self,
             guchar   byte)
{
  self->number |= (guint64) byte << (8 * self->n_parts);
  if (++self->n_parts == ID_SIZE)
    end_id (self);
}

static gboolean
read_cb (const char *data,
         gsize       length,
         gpointer    user_data)
{
  Decoder *self = user_data;
  const char *end = data + length;

  for (; data < end && self->failure == NULL; data++)
    {
      if (self->text)
        step_text (self, (guchar) *data);
      else
        step_binary (self, (guchar) *data);
      self->n_read++;
    }
  progress_tell (self->progress, self->n_read);

  return self->failure == NULL && !output_has_failed (self->output);
}

/* What can only be seen at the end. */
static void
finish_ids (Decoder *self)
{
  if (self->text && self->n_parts > 0 && self->failure == NULL)
    end_id (self);
  if (self->n_parts > 0)
    fail (self, "is cut off");
  if (self->n_ids < self->values.n_ids)
    fail (self, "is missing: the dictionary was written with %" G_GUINT64_FORMAT, self->values.n_ids);
  if (self->n_ids > 0 && self->values.form != FORM_CUT_LINES)
    output_write (self->output, "\n", 1);
}

/* The ids themselves may have been wrong, or how many there are. */
static gboolean
check_ids (Decoder     *self,
           const char  *name,
           GError     **error)
{
  g_autofree char *shown = input_dup_name (name);

  if (input_was_interrupted ())
    return command_interrupted (error);
  if (!output_has_failed (self->output))
    finish_ids (self);
  if (self->failure == NULL)
    return TRUE;

  g_propagate_prefixed_error (error, g_steal_pointer (&self->failure), "%s: ", shown);

  return FALSE;
}

static gboolean
read_ids (Decoder     *self,
          const char  *name,
          GError     **error)
{
  g_autofree char *shown = input_dup_name (name);

  if (input_read (name, read_cb, self, error))
    return TRUE;

  g_prefix_error (error, "%s: ", shown);

  return FALSE;
}

static gboolean
check_form (Decoder        *self,
            const Options  *options,
            GError        **error)
{
  if (options->csv)
    self->values.form = FORM_CSV;
  if (self->values.form == FORM_CSV || values_have_lines (&self->values))
    return TRUE;

  g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
               "%s: A string holds a newline, so lines could not be told apart; --csv writes it",
               options->dictionary);

  return FALSE;
}

/* With the dictionary there. */
static gboolean
begin_text (Decoder        *self,
            const Options  *options,
            GError        **error)
{
  if (!check_form (self, options, error))
    return FALSE;

  self->output = output_new (options->output != NULL ? options->output : "-", options->force, error);

  return self->output != NULL && output_check_input (options->files[0], error) &&
         output_check_input (options->dictionary, error);
}

static gboolean
decode (Decoder        *self,
        const Options  *options,
        GError        **error)
{
  return values_read (&self->values, options->dictionary, error) &&
         begin_text (self, options, error) &&
         read_ids (self, options->files[0], error) &&
         check_ids (self, options->files[0], error) &&
         output_finish_all (error);
}

static Status
run (Options *options)
{
  g_auto (Decoder) self = { .text = options->text };
  g_autoptr (GError) error = NULL;
  gboolean success;

  self.field = g_string_new (NULL);
  self.progress = progress_new (input_get_size (options->files));

  input_catch_interrupt ();
  success = decode (&self, options, &error);
  progress_hide (self.progress);

  return success ? STATUS_SUCCESS : command_fail (error);
}

Status
command_decode (int    argc,
                char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GOptionContext) context = make_context (&options);
  g_autoptr (GError) error = NULL;

  if (!parse (context, argc, argv, &options, &error))
    return command_wrong_usage ("decode", error->message);

  return options.help ? command_print_help ("decode", context) : run (&options);
}
