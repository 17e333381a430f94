/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool encode: a text becomes a dictionary of its strings, and a number for each. */

#include "config.h"

#include "command.h"

#include "arrow.h"
#include "dictionary.h"
#include "input.h"
#include "output.h"
#include "split-options.h"
#include "splitter.h"
#include "terminal.h"

typedef struct
{
  gboolean     help;
  SplitOptions split;
  char        *dictionary; /* (owned) (nullable) */
  char        *output;     /* (owned) (nullable) */
  gboolean     text;
  gboolean     arrow;
  gboolean     force;
  char       **files;      /* (owned) exactly one */

  /* What follows from them */
  SplitFormat  format;
} Options;

static void
options_clear (Options *options)
{
  split_options_clear (&options->split);
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
    { "dictionary", 'D', 0, G_OPTION_ARG_FILENAME, &options->dictionary, "Write the dictionary to FILE", "FILE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output, "Write the ids to FILE", "FILE" },
    { "text", 't', 0, G_OPTION_ARG_NONE, &options->text, "Ids are decimal numbers, one in a line", NULL },
    { "arrow", 'a', 0, G_OPTION_ARG_NONE, &options->arrow, "Write both to one file of Apache Arrow", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options->force, "Replace files that are there already", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL, "[FILE]" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_set_summary (context,
    "Turns the lines of a file, or of standard input where there is no FILE or FILE is\n"
    "\"-\", into a dictionary and an id for each line.");
  g_option_context_set_description (context,
    "Examples:\n"
    "  intern-pool encode --dictionary=log.dict --output=log.ids access.log\n"
    "  intern-pool encode --csv --column=3 --text --dictionary=city.dict customers.csv\n"
    "  intern-pool encode --arrow --output=log.arrow access.log\n");
  split_options_add (&options->split, context);
  g_option_context_add_main_entries (context, entries, NULL);

  return context;
}

static gboolean
check_two_files (const Options  *options,
                 GError        **error)
{
  if (options->dictionary == NULL)
    return command_refuse (error, "--dictionary must say where the dictionary goes, or --arrow be given");
  if (options->output != NULL && g_str_equal (options->dictionary, options->output))
    return command_refuse (error, "The dictionary and the ids cannot go to the same file");
  if (g_str_equal (options->dictionary, "-") && options->output == NULL)
    return command_refuse (error, "With the dictionary on standard output the ids need --output");

  return TRUE;
}

static gboolean
check_one_file (const Options  *options,
                GError        **error)
{
  if (options->dictionary != NULL || options->text)
    return command_refuse (error, "An Arrow file has its own dictionary and ids: neither --dictionary nor --text");
  if (options->output == NULL || g_str_equal (options->output, "-"))
    return command_refuse (error, "--arrow needs --output: the beginning of the file is written last");

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
         split_options_choose (&options->split, &options->format, error) &&
         (options->arrow ? check_one_file (options, error) : check_two_files (options, error));
}

/* The work */

typedef struct
{
  Dictionary  *dictionary; /* (owned) */
  Splitter    *splitter;   /* (owned) */
  Progress    *progress;   /* (owned) (nullable) */
  Output      *ids;        /* (owned) (nullable) */
  ArrowWriter *arrow;      /* (owned) (nullable) */
  GError      *failure;    /* (owned) (nullable) */
  guint64      n_read;     /* bytes */
  guint64      n_ids;
  char         last;       /* byte that was read */
  gboolean     text;
} Encoder;

static void
encoder_clear (Encoder *self)
{
  g_clear_pointer (&self->arrow, arrow_writer_free);
  g_clear_pointer (&self->ids, output_free);
  g_clear_pointer (&self->progress, progress_free);
  g_clear_pointer (&self->splitter, splitter_free);
  g_clear_pointer (&self->dictionary, dictionary_free);
  g_clear_error (&self->failure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encoder, encoder_clear)

static void
write_id (Encoder *self,
          guint32  id)
{
  const guint32 bytes = GUINT32_TO_LE (id);
  char number[16];

  if (self->arrow != NULL)
    arrow_writer_add (self->arrow, id);
  else if (self->text)
    output_write (self->ids, number, (gsize) g_snprintf (number, sizeof number, "%u\n", id));
  else
    output_write (self->ids, &bytes, sizeof bytes);
}

static void
add_string (const char *data,
            gsize       length,
            gpointer    user_data)
{
  Encoder *self = user_data;
  guint32 id;

  if (self->failure != NULL)
    return;

  if (dictionary_add (self->dictionary, data, length, &id, &self->failure))
    write_id (self, id);
  else
    g_prefix_error (&self->failure, "String %" G_GUINT64_FORMAT ": ", self->n_ids + 1);
  self->n_ids++;
}

static gboolean
read_cb (const char *data,
         gsize       length,
         gpointer    user_data)
{
  Encoder *self = user_data;

  self->n_read += length;
  self->last = data[length - 1];
  splitter_push (self->splitter, data, length);
  progress_tell (self->progress, self->n_read);

  return self->failure == NULL && !output_has_failed (self->ids);
}

static gboolean
read_file (Encoder     *self,
           const char  *name,
           GError     **error)
{
  g_autofree char *shown = input_dup_name (name);
  gboolean success = input_read (name, read_cb, self, error);

  if (success)
    splitter_finish (self->splitter);
  if (self->failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      success = FALSE;
    }
  if (!success)
    g_prefix_error (error, "%s: ", shown);

  return success;
}

static Form
get_form (const Encoder     *self,
          const SplitFormat *format)
{
  if (format->mode == SPLIT_CSV)
    return FORM_CSV;

  return format->mode == SPLIT_LINES && self->n_ids > 0 && self->last != '\n' ? FORM_CUT_LINES : FORM_LINES;
}

static gboolean
read_input (Encoder        *self,
            const Options  *options,
            GError        **error)
{
  if (!output_check_input (options->files[0], error) || !read_file (self, options->files[0], error))
    return FALSE;

  return !input_was_interrupted () || command_interrupted (error);
}

static gboolean
encode (Encoder        *self,
        const Options  *options,
        GError        **error)
{
  g_autoptr (Output) dictionary = output_new (options->dictionary, options->force, error);

  if (dictionary == NULL)
    return FALSE;
  self->ids = output_new (options->output != NULL ? options->output : "-", options->force, error);
  if (self->ids == NULL || !read_input (self, options, error))
    return FALSE;

  dictionary_write (self->dictionary, get_form (self, &options->format), self->n_ids, dictionary);

  return output_finish_all (error);
}

static gboolean
encode_arrow (Encoder        *self,
              const Options  *options,
              GError        **error)
{
  self->ids = output_new (options->output, options->force, error);
  if (self->ids == NULL || !output_check_rewriting (self->ids, error))
    return FALSE;
  self->arrow = arrow_writer_new (self->ids);
  if (!read_input (self, options, error))
    return FALSE;

  arrow_writer_finish (self->arrow, self->dictionary);

  return output_finish_all (error);
}

static Status
run (Options *options)
{
  g_auto (Encoder) self = { .text = options->text };
  g_autoptr (GError) error = NULL;
  gboolean success;

  self.dictionary = dictionary_new ();
  self.splitter = splitter_new (&options->format, add_string, &self);
  self.progress = progress_new (input_get_size (options->files));

  input_catch_interrupt ();
  success = options->arrow ? encode_arrow (&self, options, &error) : encode (&self, options, &error);
  progress_hide (self.progress);

  return success ? STATUS_SUCCESS : command_fail (error);
}

Status
command_encode (int    argc,
                char **argv)
{
  g_auto (Options) options = { .split.column = SPLIT_COLUMN_NOT_GIVEN };
  g_autoptr (GOptionContext) context = make_context (&options);
  g_autoptr (GError) error = NULL;

  if (!parse (context, argc, argv, &options, &error))
    return command_wrong_usage ("encode", error->message);

  return options.help ? command_print_help ("encode", context) : run (&options);
}
