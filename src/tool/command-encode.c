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
  Reading        reading;
} Encoder;

static void
encoder_clear (Encoder *self)
{
  g_clear_pointer (&self->arrow, arrow_writer_free);
  g_clear_pointer (&self->ids, output_free);
  g_clear_pointer (&self->dictionary, dictionary_free);
  reading_clear (&self->reading);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encoder, encoder_clear)

/* The name of the column is known when its first value comes, or when none has come. */
static ArrowWriter *
get_arrow (Encoder *self)
{
  const Reading *reading = &self->reading;

  if (self->arrow == NULL)
    self->arrow = arrow_writer_new (self->ids, reading->names == NULL ? "string" :
                                    g_ptr_array_index (reading->names, reading->column - 1));

  return self->arrow;
}

static void
write_id (Encoder *self,
          guint32  id)
{
  char number[16];

  if (self->options->arrow)
    arrow_writer_add (get_arrow (self), id);
  else if (self->options->text)
    output_write (self->ids, number, (gsize) g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT "\n",
                                                        id == DICTIONARY_MISSING ? -1 : (gint64) id));
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
  guint32 id = DICTIONARY_MISSING;

  self->n_ids++;
  if (data != NULL && !dictionary_add (self->dictionary, data, length, &id, error))
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
         input_read_text (name, &self->options->format, &self->reading, string_cb, self, error);
}

static void
write_dictionary (Encoder *self,
                  Output  *output)
{
  const TextFormat *format = &self->options->format;
  const Form form = format->is_table && format->table.csv ? FORM_CSV
                    : format->mode == SPLIT_LINES && self->reading.cut ? FORM_CUT_LINES
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
  if (!read_input (self, error))
    return FALSE;

  if (options->arrow)
    arrow_writer_finish (get_arrow (self), self->dictionary);
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

  if (!encode (&self, &error))
    return fail (error);

  input_tell_missing (options->files[0], &self.reading);

  return self.reading.n_faults > 0 ? STATUS_FAILURE : STATUS_SUCCESS;
}
