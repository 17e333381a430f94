/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reader takes the files that the writer makes, and those of others that are like them: one
 * column of strings or bytes with a dictionary of its own, ids of 32 bits, no nulls, nothing
 * compressed. What is sound but different is named as unsupported. */

#include "config.h"

#include "arrow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <intern-glib.h>

#include "arrow-format.h"
#include "flat.h"
#include "input.h"

#define CHUNK_SIZE (64 * 1024)

struct _ArrowReader
{
  char       *shown;       /* (owned) */
  int         fd;
  guint64     size;        /* of the file */
  char       *footer_data; /* (owned) (nullable) */
  FlatReader  footer;
  guint64     batches;     /* where in the footer the first ArrowBlock of a batch is */
  guint64     n_batches;
  guint64     end;         /* of the last batch that was read */
  gboolean    enough;      /* whether nobody wants more ids */
};

/* Failures. Each returns FALSE, for the caller to return. */

static gboolean
set_failure (GError      **error,
             InternError   code,
             const char   *message)
{
  g_set_error_literal (error, INTERN_ERROR, (int) code, message);

  return FALSE;
}

static gboolean
set_corrupt (GError     **error,
             const char  *part,
             guint64      position)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT,
               "The %s at byte %" G_GUINT64_FORMAT " is damaged", part, position);

  return FALSE;
}

static gboolean
set_unsupported (GError     **error,
                 const char  *message)
{
  return set_failure (error, INTERN_ERROR_UNSUPPORTED, message);
}

static gboolean
set_errno (GError **error)
{
  const int code = errno;

  g_set_error_literal (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), g_strerror (code));

  return FALSE;
}

/* Bytes of the file. A file may become shorter while it is read, so it is not mapped. */

static gboolean
read_into (ArrowReader  *self,
           char         *buffer,
           guint64       offset,
           guint64       length,
           GError      **error)
{
  while (length > 0)
    {
      const gssize n_read = pread (self->fd, buffer, MIN (length, G_MAXINT32), (off_t) offset);

      if (n_read < 0 && (errno != EINTR || input_was_interrupted ()))
        return set_errno (error);
      if (n_read == 0)
        return set_failure (error, INTERN_ERROR_CORRUPT, "The file ends too early");
      if (n_read > 0)
        {
          buffer += n_read;
          offset += (guint64) n_read;
          length -= (guint64) n_read;
        }
    }

  return TRUE;
}

static gboolean
fits (guint64 offset,
      guint64 length,
      guint64 size)
{
  return offset <= size && length <= size - offset;
}

/* Returns NULL also when the file cannot be so long, or when there is no memory. */
static char *
read_piece (ArrowReader  *self,
            guint64       offset,
            guint64       length,
            const char   *part,
            GError      **error)
{
  g_autofree char *buffer = NULL;

  if (!fits (offset, length, self->size))
    {
      set_corrupt (error, part, offset);
      return NULL;
    }

  buffer = g_try_malloc (MAX (length, 1));
  if (buffer == NULL)
    {
      set_failure (error, INTERN_ERROR_TOO_LONG, "There is no memory for the dictionary");
      return NULL;
    }

  return read_into (self, buffer, offset, length, error) ? g_steal_pointer (&buffer) : NULL;
}

/* Messages */

typedef struct
{
  char       *data;        /* (owned) (nullable) */
  FlatReader  flat;
  guint64     header;
  guint64     start;       /* where it is in the file */
  guint64     body;        /* and where its body is */
  guint64     body_length;
} Message;

static void
message_clear (Message *self)
{
  g_free (self->data);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Message, message_clear)

/* @block is where in the footer the place of the message is. */
static gboolean
read_message (ArrowReader  *self,
              guint64       block,
              ArrowHeader   type,
              Message      *message,
              GError      **error)
{
  const guint64 offset = flat_read (&self->footer, block + G_STRUCT_OFFSET (ArrowBlock, offset), 8);
  const guint64 length = flat_read (&self->footer, block + G_STRUCT_OFFSET (ArrowBlock, metadata_length), 4);
  FlatReader prefix;
  guint64 root;

  message->data = read_piece (self, offset, length, "message", error);
  if (message->data == NULL)
    return FALSE;

  prefix = (FlatReader) { (const guint8 *) message->data, length, FALSE };
  if (flat_read (&prefix, 0, 4) != ARROW_CONTINUATION || !fits (ARROW_PREFIX_SIZE, flat_read (&prefix, 4, 4), length))
    return set_corrupt (error, "message", offset);

  message->flat.data = prefix.data + ARROW_PREFIX_SIZE;
  message->flat.size = length - ARROW_PREFIX_SIZE;
  root = flat_get_root (&message->flat);
  message->header = flat_get_target (&message->flat, root, MESSAGE_HEADER);
  message->start = offset;
  message->body = offset + length;
  message->body_length = flat_get_number (&message->flat, root, MESSAGE_BODY_LENGTH, 8);
  if (flat_get_number (&message->flat, root, MESSAGE_HEADER_TYPE, 1) != type || message->flat.corrupt ||
      !fits (message->body, message->body_length, self->size))
    return set_corrupt (error, "message", offset);

  return TRUE;
}

/* Returns in @length how many values the batch has, and in @buffers where they are. */
static gboolean
read_batch (Message      *message,
            guint64       batch,
            ArrowBuffer  *buffers,
            guint         n_buffers,
            guint64      *length,
            GError      **error)
{
  FlatReader *flat = &message->flat;
  guint64 n_nodes, n_found;
  const guint64 node = flat_get_vector (flat, batch, BATCH_NODES, sizeof (ArrowNode), &n_nodes);
  const guint64 found = flat_get_vector (flat, batch, BATCH_BUFFERS, sizeof (ArrowBuffer), &n_found);
  gboolean sound = n_nodes == 1 && n_found >= n_buffers;

  *length = flat_get_number (flat, batch, BATCH_LENGTH, 8);
  for (guint i = 0; sound && i < n_buffers; i++)
    {
      buffers[i].offset = flat_read (flat, found + i * sizeof *buffers, 8);
      buffers[i].length = flat_read (flat, found + i * sizeof *buffers + 8, 8);
      sound = fits (buffers[i].offset, buffers[i].length, message->body_length);
    }

  if (flat_has_field (flat, batch, BATCH_COMPRESSION))
    return set_unsupported (error, "Its data is compressed");
  if (!sound || flat->corrupt || flat_read (flat, node, 8) != *length)
    return set_corrupt (error, "batch before", message->body);
  if (flat_read (flat, node + G_STRUCT_OFFSET (ArrowNode, n_nulls), 8) != 0)
    return set_unsupported (error, "It has nulls");

  return TRUE;
}

/* The footer */

static Form
read_form (FlatReader *flat,
           guint64     schema)
{
  guint64 n_pairs;
  const guint64 pairs = flat_get_vector (flat, schema, SCHEMA_METADATA, sizeof (guint32), &n_pairs);

  for (guint64 i = 0; i < n_pairs; i++)
    {
      const guint64 pair = flat_get_element (flat, pairs, i);

      if (flat_is_string (flat, pair, KEY_VALUE_KEY, ARROW_FORM_KEY))
        return flat_is_string (flat, pair, KEY_VALUE_VALUE, "1") ? FORM_CUT_LINES
               : flat_is_string (flat, pair, KEY_VALUE_VALUE, "2") ? FORM_CSV
               : FORM_LINES;
    }

  return FORM_LINES;
}

/* The width of ids is 32 bits if it is not said. */
static gboolean
has_good_ids (FlatReader *flat,
              guint64     column)
{
  const guint64 encoding = flat_get_target (flat, column, COLUMN_DICTIONARY);
  guint64 index_type;

  if (!flat_has_field (flat, encoding, ENCODING_INDEX_TYPE))
    return TRUE;
  index_type = flat_get_target (flat, encoding, ENCODING_INDEX_TYPE);

  return flat_get_number (flat, index_type, INT_BIT_WIDTH, 4) == 8 * ARROW_ID_SIZE;
}

static gboolean
read_column (FlatReader  *flat,
             guint64      column,
             Values      *values,
             GError     **error)
{
  if (!flat_has_field (flat, column, COLUMN_DICTIONARY))
    return set_unsupported (error, "Its column has no dictionary");
  if (!has_good_ids (flat, column))
    return set_unsupported (error, "Its ids have not 32 bits");

  switch (flat_get_number (flat, column, COLUMN_TYPE_TYPE, 1))
    {
    case ARROW_TYPE_BINARY:
    case ARROW_TYPE_UTF8:
      values->width = sizeof (guint32);
      return TRUE;

    case ARROW_TYPE_LARGE_BINARY:
    case ARROW_TYPE_LARGE_UTF8:
      values->width = sizeof (guint64);
      return TRUE;

    default:
      return set_unsupported (error, "Its column is not one of strings");
    }
}

/* What it says is only true if the footer is not corrupt. */
static gboolean
read_schema (FlatReader  *flat,
             guint64      schema,
             Values      *values,
             GError     **error)
{
  guint64 n_columns;
  const guint64 columns = flat_get_vector (flat, schema, SCHEMA_COLUMNS, sizeof (guint32), &n_columns);

  if (flat_get_number (flat, schema, SCHEMA_ENDIANNESS, 2) != 0)
    return set_unsupported (error, "It is not little endian");
  if (n_columns != 1)
    return set_unsupported (error, "It has not exactly one column");

  values->form = read_form (flat, schema);

  return read_column (flat, flat_get_element (flat, columns, 0), values, error);
}

/* Makes @values point into the body of the dictionary, which it owns. */
static gboolean
read_values (ArrowReader  *self,
             guint64       block,
             Values       *values,
             GError      **error)
{
  static const guint8 no_offset[sizeof (guint64)];
  g_auto (Message) message = { 0 };
  ArrowBuffer buffers[3];

  if (!read_message (self, block, ARROW_HEADER_DICTIONARY_BATCH, &message, error))
    return FALSE;
  if (flat_get_number (&message.flat, message.header, DICTIONARY_IS_DELTA, 1) != 0)
    return set_unsupported (error, "Its dictionary is in pieces");
  if (!read_batch (&message, flat_get_target (&message.flat, message.header, DICTIONARY_DATA),
                   buffers, G_N_ELEMENTS (buffers), &values->n_strings, error))
    return FALSE;
  /* Who has no strings may leave out the one offset, too. */
  if (values->n_strings > 0 && buffers[1].length / values->width <= values->n_strings)
    return set_corrupt (error, "dictionary before", message.body);

  values->memory = read_piece (self, message.body, message.body_length, "dictionary", error);
  if (values->memory == NULL)
    return FALSE;
  values->offsets = values->n_strings > 0 ? (const guint8 *) values->memory + buffers[1].offset : no_offset;
  values->values = values->memory + buffers[2].offset;
  values->n_bytes = buffers[2].length;

  return values_check (values, error);
}

static gboolean
read_footer (ArrowReader  *self,
             Values       *values,
             GError      **error)
{
  FlatReader *flat = &self->footer;
  const guint64 root = flat_get_root (flat);
  const guint64 schema = flat_get_target (flat, root, FOOTER_SCHEMA);
  g_autoptr (GError) unsupported = NULL;
  guint64 n_dictionaries;
  const guint64 block = flat_get_vector (flat, root, FOOTER_DICTIONARIES, sizeof (ArrowBlock), &n_dictionaries);

  self->batches = flat_get_vector (flat, root, FOOTER_RECORD_BATCHES, sizeof (ArrowBlock), &self->n_batches);
  read_schema (flat, schema, values, &unsupported);
  if (flat->corrupt)
    return set_corrupt (error, "footer before", self->size);
  if (unsupported != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&unsupported));
      return FALSE;
    }
  if (n_dictionaries != 1)
    return set_unsupported (error, "It has not exactly one dictionary");

  return read_values (self, block, values, error);
}

/* Finds the footer from the end of the file. */
static gboolean
load_footer (ArrowReader  *self,
             GError      **error)
{
  char start[ARROW_MAGIC_SIZE], tail[ARROW_TAIL_SIZE];
  FlatReader end = { (const guint8 *) tail, sizeof tail, FALSE };
  guint64 length;

  if (self->size < ARROW_START_SIZE + ARROW_TAIL_SIZE)
    return set_failure (error, INTERN_ERROR_CORRUPT, "It is no Arrow file");
  if (!read_into (self, start, 0, sizeof start, error) ||
      !read_into (self, tail, self->size - sizeof tail, sizeof tail, error))
    return FALSE;
  if (memcmp (start, ARROW_MAGIC, ARROW_MAGIC_SIZE) != 0)
    return set_failure (error, INTERN_ERROR_CORRUPT, "It is no Arrow file");
  if (memcmp (tail + ARROW_TAIL_SIZE - ARROW_MAGIC_SIZE, ARROW_MAGIC, ARROW_MAGIC_SIZE) != 0)
    return set_failure (error, INTERN_ERROR_CORRUPT, "The Arrow file is not complete");

  length = flat_read (&end, 0, 4);
  if (length > self->size - ARROW_START_SIZE - ARROW_TAIL_SIZE)
    return set_corrupt (error, "footer before", self->size);
  self->footer_data = read_piece (self, self->size - ARROW_TAIL_SIZE - length, length, "footer", error);
  self->footer.data = (const guint8 *) self->footer_data;
  self->footer.size = length;

  return self->footer_data != NULL;
}

static gboolean
open_file (ArrowReader  *self,
           const char   *name,
           GError      **error)
{
  struct stat status;

  self->fd = g_open (name, O_RDONLY | O_CLOEXEC, 0);
  if (self->fd < 0 || fstat (self->fd, &status) != 0)
    return set_errno (error);
  if (!S_ISREG (status.st_mode))
    return set_unsupported (error, "An Arrow file must be a regular file, which is read from its end");
  self->size = (guint64) status.st_size;

  return TRUE;
}

/* Reads the dictionary into empty @values, which may be cleared also when that fails. */
ArrowReader *
arrow_reader_new (const char  *name,
                  Values      *values,
                  GError     **error)
{
  g_autoptr (ArrowReader) self = g_new0 (ArrowReader, 1);

  self->shown = g_filename_display_name (name);
  if (open_file (self, name, error) && load_footer (self, error) && read_footer (self, values, error))
    return g_steal_pointer (&self);

  g_prefix_error (error, "%s: ", self->shown);

  return NULL;
}

/* The ids */

static gboolean
give_ids (ArrowReader  *self,
          guint64       position,
          guint64       length,
          ArrowFunc     func,
          gpointer      user_data,
          GError      **error)
{
  g_autofree char *buffer = g_malloc (CHUNK_SIZE);

  while (length > 0)
    {
      const gsize size = (gsize) MIN (length, CHUNK_SIZE);

      if (!read_into (self, buffer, position, size, error))
        return FALSE;
      self->enough = !func (buffer, size, position, user_data) || input_was_interrupted ();
      if (self->enough)
        return TRUE;
      position += size;
      length -= size;
    }

  return TRUE;
}

static gboolean
give_batch (ArrowReader  *self,
            guint64       block,
            ArrowFunc     func,
            gpointer      user_data,
            GError      **error)
{
  g_auto (Message) message = { 0 };
  ArrowBuffer buffers[2];
  guint64 n_ids;

  if (!read_message (self, block, ARROW_HEADER_RECORD_BATCH, &message, error) ||
      !read_batch (&message, message.header, buffers, G_N_ELEMENTS (buffers), &n_ids, error))
    return FALSE;
  /* Batches come one after the other: a small file cannot have one of them a million times. */
  if (n_ids > buffers[1].length / ARROW_ID_SIZE || message.start < self->end)
    return set_corrupt (error, "batch before", message.body);
  self->end = message.body + message.body_length;

  return give_ids (self, message.body + buffers[1].offset, n_ids * ARROW_ID_SIZE, func, user_data, error);
}

/* Gives all ids to @func, in pieces of whole ids. That it has had enough, or an interrupt, is no
 * error. */
gboolean
arrow_reader_each (ArrowReader  *self,
                   ArrowFunc     func,
                   gpointer      user_data,
                   GError      **error)
{
  for (guint64 i = 0; i < self->n_batches && !self->enough; i++)
    {
      if (!give_batch (self, self->batches + i * sizeof (ArrowBlock), func, user_data, error))
        {
          g_prefix_error (error, "%s: ", self->shown);
          return FALSE;
        }
    }

  return TRUE;
}

void
arrow_reader_free (ArrowReader *self)
{
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self->footer_data);
  g_free (self->shown);
  g_free (self);
}
