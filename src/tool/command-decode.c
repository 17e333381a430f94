/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool decode: makes the text again from what intern-pool encode has written. */

#include "config.h"

#include "command.h"

#include <string.h>

#include <intern-glib.h>

#include "dictionary.h"
#include "input.h"
#include "output.h"
#include "terminal.h"
#include "text.h"

#define MAX_DIGITS 10
#define ID_SIZE sizeof (guint32)
#define MISSING -1

typedef struct
{
  const Options *options;
  Values         values;
  Output        *output;    /* (owned) (nullable) */
  GString       *field;     /* (owned) for CSV */
  guint64        n_read;    /* bytes */
  guint64        n_ids;
  guint64        start;     /* the byte at which the present id begins */
  gint64         number;    /* as much of the present id as has been read */
  guint          n_parts;   /* bytes or digits that @number is made of */
  gboolean       minus;     /* before the digits */
} Decoder;

static void
decoder_clear (Decoder *self)
{
  g_clear_pointer (&self->output, output_free);
  g_string_free (self->field, TRUE);
  g_free (self->values.file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Decoder, decoder_clear)

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

/* Finds the string of the id that is in @number. */
static gboolean
find_string (Decoder     *self,
             const char **data,
             gsize       *length,
             GError     **error)
{
  g_autofree char *count = NULL;

  if (self->number == MISSING)
    {
      *data = self->options->null != NULL ? self->options->null : "";
      *length = strlen (*data);
      return TRUE;
    }
  if (self->number >= 0 && values_get (&self->values, (guint64) self->number, data, length))
    return TRUE;

  count = text_dup_count (self->values.n_strings, "string");

  return text_refuse (error, "is %" G_GINT64_FORMAT ", and the dictionary has %s", self->number, count);
}

/* Writes the string of an id. The newline is written before the next string, since the last may have none. */
static gboolean
end_id (Decoder  *self,
        GError  **error)
{
  const char *data = NULL;
  gsize length = 0;

  if (!find_string (self, &data, &length, error))
    return FALSE;
  if (self->n_ids == self->values.n_ids)
    return text_refuse (error, "is one too many: the dictionary was written with %" G_GUINT64_FORMAT,
                        self->values.n_ids);

  if (self->n_ids > 0)
    output_write (self->output, "\n", 1);
  write_string (self, data, length);
  self->n_ids++;
  self->start = self->n_read;
  self->number = 0;
  self->n_parts = 0;
  self->minus = FALSE;

  return TRUE;
}

/* Says which id an error is about. */
static void
prefix_id (Decoder  *self,
           GError  **error)
{
  g_prefix_error (error, "Id %" G_GUINT64_FORMAT ", at byte %" G_GUINT64_FORMAT ", ", self->n_ids + 1, self->start);
}

static gboolean
end_text_id (Decoder  *self,
             GError  **error)
{
  if (self->n_parts == 0)
    return text_refuse (error, "is not a number of at most %u digits", MAX_DIGITS);
  if (self->minus)
    self->number = -self->number;

  return end_id (self, error);
}

static gboolean
step_text (Decoder  *self,
           guchar    byte,
           GError  **error)
{
  if (byte == '\n')
    return end_text_id (self, error);
  if (byte == '-' && self->n_parts == 0 && !self->minus)
    {
      self->minus = TRUE;
      return TRUE;
    }
  if (!g_ascii_isdigit (byte) || self->n_parts == MAX_DIGITS)
    return text_refuse (error, "is not a number of at most %u digits", MAX_DIGITS);

  self->number = self->number * 10 + (byte - '0');
  self->n_parts++;

  return TRUE;
}

static gboolean
step_binary (Decoder  *self,
             guchar    byte,
             GError  **error)
{
  self->number |= (gint64) byte << (8 * self->n_parts);
  if (++self->n_parts < ID_SIZE)
    return TRUE;

  if (self->number == DICTIONARY_MISSING)
    self->number = MISSING;

  return end_id (self, error);
}

static gboolean
ids_cb (const char  *data,
        gsize        length,
        gpointer     user_data,
        GError     **error)
{
  Decoder *self = user_data;
  gboolean good = TRUE;

  for (gsize i = 0; i < length && good; i++)
    {
      const guchar byte = (guchar) data[i];

      self->n_read++;
      good = self->options->text ? step_text (self, byte, error) : step_binary (self, byte, error);
    }

  if (!good)
    prefix_id (self, error);

  return good && !output_has_failed (self->output);
}

/* What can only be seen at the end */
static gboolean
finish_ids (Decoder  *self,
            GError  **error)
{
  if (self->options->text && (self->n_parts > 0 || self->minus) && !end_text_id (self, error))
    return FALSE;
  if (self->n_parts > 0)
    return text_refuse (error, "is cut off");
  if (self->n_ids < self->values.n_ids)
    return text_refuse (error, "is missing: the dictionary was written with %" G_GUINT64_FORMAT,
                        self->values.n_ids);

  if (self->n_ids > 0 && self->values.form != FORM_CUT_LINES)
    output_write (self->output, "\n", 1);

  return TRUE;
}

static gboolean
read_ids (Decoder  *self,
          GError  **error)
{
  const char *name = self->options->files[0];

  progress_begin (input_get_size (self->options->files));
  if (!input_read (name, ids_cb, self, error))
    return FALSE;

  if (output_has_failed (self->output) || finish_ids (self, error))
    return TRUE;

  prefix_id (self, error);

  return input_prefix_error (name, error);
}

static gboolean
check_form (Decoder  *self,
            GError  **error)
{
  if (self->options->csv)
    self->values.form = FORM_CSV;
  if (self->values.form == FORM_CSV || values_have_lines (&self->values))
    return TRUE;

  g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                       "A string holds a newline, so it cannot be written as a line: use --csv");

  return input_prefix_error (self->options->dictionary, error);
}

static gboolean
open_output (Decoder  *self,
             GError  **error)
{
  const Options *options = self->options;

  self->output = output_new (options->output != NULL ? options->output : "-", options->force, error);

  return self->output != NULL && output_check_input (options->files[0], error) &&
         output_check_input (options->dictionary, error);
}

Status
run_decode (const Options *options)
{
  g_auto (Decoder) self = { .options = options, .field = g_string_new (NULL) };
  g_autoptr (GError) error = NULL;
  gboolean success;

  success = values_read (&self.values, options->dictionary, &error) &&
            check_form (&self, &error) &&
            open_output (&self, &error) &&
            read_ids (&self, &error) &&
            output_finish_all (&error);

  return success ? STATUS_SUCCESS : fail (error);
}
