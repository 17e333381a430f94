/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool encode: a text becomes a dictionary of its strings, and a number for each. */

#include "config.h"

#include "command.h"

#include "arrow.h"
#include "dictionary.h"
#include "input.h"
#include "output.h"
#include "terminal.h"

typedef struct
{
  const Options *options;
  Dictionary    *dictionary; /* (owned) */
  Output        *ids;        /* (owned) (nullable) */
  ArrowWriter   *arrow;      /* (owned) (nullable) */
  guint64        n_ids;
  gboolean       cut;        /* the last string had no end of its own */
} Encoder;

static void
encoder_clear (Encoder *self)
{
  g_clear_pointer (&self->arrow, arrow_writer_free);
  g_clear_pointer (&self->ids, output_free);
  g_clear_pointer (&self->dictionary, dictionary_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encoder, encoder_clear)

static void
write_id (Encoder *self,
          guint32  id)
{
  char number[16];

  if (self->arrow != NULL)
    arrow_writer_add (self->arrow, id);
  else if (self->options->text)
    output_write (self->ids, number, (gsize) g_snprintf (number, sizeof number, "%u\n", id));
  else
    output_write_number (self->ids, id, sizeof id);
}

static gboolean
string_cb (const char  *data,
           gsize        length,
           gpointer     user_data,
           GError     **error)
{
  Encoder *self = user_data;
  guint32 id;

  self->n_ids++;
  if (!dictionary_add (self->dictionary, data, length, &id, error))
    {
      g_prefix_error (error, "String %" G_GUINT64_FORMAT ": ", self->n_ids);
      return FALSE;
    }
  write_id (self, id);

  return !output_has_failed (self->ids);
}

static gboolean
read_input (Encoder  *self,
            GError  **error)
{
  const char *name = self->options->files[0];

  return output_check_input (name, error) &&
         input_read_text (name, &self->options->format, &self->cut, string_cb, self, error);
}

static void
write_dictionary (Encoder *self,
                  Output  *output)
{
  const SplitMode mode = self->options->format.mode;
  const Form form = mode == SPLIT_CSV ? FORM_CSV
                    : mode == SPLIT_LINES && self->cut ? FORM_CUT_LINES
                    : FORM_LINES;

  dictionary_write (self->dictionary, form, self->n_ids, output);
}

static gboolean
encode (Encoder  *self,
        GError  **error)
{
  const Options *options = self->options;
  g_autoptr (Output) dictionary = NULL;

  if (!options->arrow)
    dictionary = output_new (options->dictionary, options->force, error);
  if (options->arrow || dictionary != NULL)
    self->ids = output_new (options->output != NULL ? options->output : "-", options->force, error);
  if (self->ids == NULL || (options->arrow && !output_check_rewriting (self->ids, error)))
    return FALSE;
  if (options->arrow)
    self->arrow = arrow_writer_new (self->ids);
  if (!read_input (self, error))
    return FALSE;

  if (options->arrow)
    arrow_writer_finish (self->arrow, self->dictionary);
  else
    write_dictionary (self, dictionary);

  return output_finish_all (error);
}

Status
run_encode (const Options *options)
{
  g_auto (Encoder) self = { .options = options };
  g_autoptr (GError) error = NULL;

  self.dictionary = dictionary_new ();
  progress_begin (input_get_size (options->files));

  return encode (&self, &error) ? STATUS_SUCCESS : fail (error);
}
