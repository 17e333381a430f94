/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "dictionary.h"

#include <string.h>

#include "input.h"
#include "text.h"

/* Ids go into signed numbers of 32 bits. */
#define MAX_STRINGS G_MAXINT32

/* Growing */

Dictionary *
dictionary_new (void)
{
  Dictionary *self = g_new0 (Dictionary, 1);

  self->pool = intern_pool_new ();
  intern_pool_set_emit_added (self->pool, FALSE);
  intern_pool_set_max_strings (self->pool, MAX_STRINGS);
  self->is_utf8 = TRUE;

  return self;
}

gboolean
dictionary_add (Dictionary  *self,
                const char  *data,
                gsize        length,
                guint32     *id,
                GError     **error)
{
  const InternAtom atom = intern_pool_try_atom_from_string_len (self->pool, data, (gssize) length, error);

  if (atom == INTERN_ATOM_NONE)
    return FALSE;

  if (atom > self->n_strings)
    {
      self->n_strings = atom;
      self->n_bytes += length;
      self->is_utf8 = self->is_utf8 && text_is_utf8 (data, length);
    }
  *id = atom - 1;

  return TRUE;
}

static const char *
get_string (Dictionary *self,
            guint       id,
            gsize      *length)
{
  const char *string = intern_pool_atom_to_string (self->pool, id + 1);

  *length = intern_pool_get_length (self->pool, string);

  return string;
}

void
dictionary_write_offsets (Dictionary *self,
                          guint       width,
                          Output     *output)
{
  guint64 offset = 0;

  for (guint id = 0; id < self->n_strings; id++)
    {
      gsize length;

      get_string (self, id, &length);
      output_write_number (output, offset, width);
      offset += length;
    }
  output_write_number (output, offset, width);
}

void
dictionary_write_values (Dictionary *self,
                         Output     *output)
{
  for (guint id = 0; id < self->n_strings; id++)
    {
      gsize length;
      const char *string = get_string (self, id, &length);

      output_write (output, string, length);
    }
}

void
dictionary_free (Dictionary *self)
{
  g_object_unref (self->pool);
  g_free (self);
}

/* The file, which the man page documents: five numbers, the offsets, the values */

typedef enum
{
  HEADER_MAGIC,
  HEADER_FORM,
  HEADER_N_IDS,
  HEADER_N_STRINGS,
  HEADER_N_BYTES,
  N_HEADERS,
} Header;

#define NUMBER_SIZE sizeof (guint64)
#define HEADER_SIZE (N_HEADERS * NUMBER_SIZE)

static const char magic[NUMBER_SIZE] = { 'I', 'N', 'T', 'E', 'R', 'N', 'D', '1' };

void
dictionary_write (Dictionary *self,
                  Form        form,
                  guint64     n_ids,
                  Output     *output)
{
  output_write (output, magic, sizeof magic);
  output_write_number (output, form, NUMBER_SIZE);
  output_write_number (output, n_ids, NUMBER_SIZE);
  output_write_number (output, self->n_strings, NUMBER_SIZE);
  output_write_number (output, self->n_bytes, NUMBER_SIZE);
  dictionary_write_offsets (self, NUMBER_SIZE, output);
  dictionary_write_values (self, output);
}

static guint64
read_number (const char *numbers,
             guint64     index)
{
  guint64 number;

  memcpy (&number, numbers + index * NUMBER_SIZE, NUMBER_SIZE);

  return GUINT64_FROM_LE (number);
}

/* An InputSizeFunc. No file can be as long as some headers say. */
static guint64
tell_size (const char *file,
           gsize       length)
{
  guint64 n_strings, n_bytes;

  if (length > 0 && memcmp (file, magic, MIN (length, sizeof magic)) != 0)
    return 0;
  if (length < HEADER_SIZE)
    return G_MAXUINT64;

  n_strings = read_number (file, HEADER_N_STRINGS);
  n_bytes = read_number (file, HEADER_N_BYTES);
  if (n_strings > MAX_STRINGS || n_bytes > G_MAXINT64)
    return G_MAXUINT64;

  return HEADER_SIZE + (n_strings + 1) * NUMBER_SIZE + n_bytes;
}

static gboolean
check_header (const char  *file,
              gsize        length,
              GError     **error)
{
  const guint64 size = tell_size (file, length);

  if (size == 0)
    return text_refuse (error, "This is not a dictionary");
  if (length < size)
    {
      g_autofree char *count = text_dup_count (length, "byte");

      return text_refuse (error, "The dictionary ends too early, after %s", count);
    }
  if (length > size)
    return text_refuse (error, "There is more after the dictionary, from byte %" G_GUINT64_FORMAT " on", size);
  if (read_number (file, HEADER_FORM) >= N_FORMS)
    return text_refuse (error, "Form %" G_GUINT64_FORMAT " of the text is not known", read_number (file, HEADER_FORM));

  return TRUE;
}

static void
point_into_file (Values *self)
{
  self->form = (Form) read_number (self->file, HEADER_FORM);
  self->n_ids = read_number (self->file, HEADER_N_IDS);
  self->n_strings = read_number (self->file, HEADER_N_STRINGS);
  self->n_bytes = read_number (self->file, HEADER_N_BYTES);
  self->offsets = self->file + HEADER_SIZE;
  self->values = self->offsets + (self->n_strings + 1) * NUMBER_SIZE;
}

/* Whether every string lies within the values */
static gboolean
check_offsets (const Values  *self,
               GError       **error)
{
  guint64 last = 0;

  for (guint64 i = 0; i <= self->n_strings; i++)
    {
      const guint64 offset = read_number (self->offsets, i);

      if (offset < last || offset > self->n_bytes)
        return text_refuse (error, "Offset %" G_GUINT64_FORMAT " of the dictionary is %" G_GUINT64_FORMAT
                            ", not from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                            i, offset, last, self->n_bytes);
      last = offset;
    }

  return TRUE;
}

/* Reads the dictionary that is the file @name into an empty @self, whose file the caller frees also when that fails. */
gboolean
values_read (Values      *self,
             const char  *name,
             GError     **error)
{
  gsize length;

  self->file = input_load (name, tell_size, &length, error);
  if (self->file == NULL)
    return FALSE;
  if (!check_header (self->file, length, error))
    return input_prefix_error (name, error);
  point_into_file (self);

  return check_offsets (self, error) || input_prefix_error (name, error);
}

/* Whether each string fits into one line. */
gboolean
values_have_lines (const Values *self)
{
  const guint64 start = read_number (self->offsets, 0);
  const guint64 end = read_number (self->offsets, self->n_strings);

  return memchr (self->values + start, '\n', (gsize) (end - start)) == NULL;
}

/* Returns whether there is an @id. */
gboolean
values_get (const Values  *self,
            guint64        id,
            const char   **data,
            gsize         *length)
{
  guint64 start;

  if (id >= self->n_strings)
    return FALSE;

  start = read_number (self->offsets, id);
  *data = self->values + start;
  *length = (gsize) (read_number (self->offsets, id + 1) - start);

  return TRUE;
}
