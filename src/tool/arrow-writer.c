/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "arrow.h"

#include <string.h>

#include "arrow-format.h"
#include "flat.h"

#ifdef INTERN_TEST_SIZES
# define BATCH_IDS 1000
# define MAX_SMALL_BYTES 100
#else
# define BATCH_IDS (64 * 1024)
# define MAX_SMALL_BYTES ((guint64) G_MAXINT32) /* what offsets of 32 bits reach */
#endif

struct _ArrowWriter
{
  Output *output;         /* (unowned) */
  GArray *batches;        /* (owned) (element-type ArrowBlock) */
  guint   n_ids;
  guint32 ids[BATCH_IDS]; /* little endian */
};

static guint64
round_up (guint64 size)
{
  return (size + ARROW_ALIGNMENT - 1) & ~(guint64) (ARROW_ALIGNMENT - 1);
}

static void
write_padding (Output *output)
{
  static const char zeros[ARROW_ALIGNMENT];
  const guint64 size = output_get_size (output);

  output_write (output, zeros, round_up (size) - size);
}

static void
write_number (Output  *output,
              guint32  number)
{
  const guint32 bytes = GUINT32_TO_LE (number);

  output_write (output, &bytes, sizeof bytes);
}

/* The schema */

static void
add_dictionary_encoding (GByteArray *flat,
                         guint       column)
{
  guint encoding, index_type;

  encoding = flat_add_table (flat, ENCODING_FIELDS);
  flat_set_offset (flat, column, COLUMN_DICTIONARY, encoding);
  flat_set_number (flat, encoding, ENCODING_ID, 0);
  index_type = flat_add_table (flat, INT_FIELDS);
  flat_set_offset (flat, encoding, ENCODING_INDEX_TYPE, index_type);
  flat_set_number (flat, index_type, INT_BIT_WIDTH, 8 * ARROW_ID_SIZE);
  /* As the specification recommends; many a program knows no other. */
  flat_set_number (flat, index_type, INT_IS_SIGNED, TRUE);
}

static void
add_column (GByteArray *flat,
            guint       schema,
            ArrowType   type)
{
  const guint columns = flat_add_vector (flat, 1, sizeof (guint32), NULL);
  guint column;

  flat_set_offset (flat, schema, SCHEMA_COLUMNS, columns);
  column = flat_add_table (flat, COLUMN_FIELDS);
  flat_set_element (flat, columns, 0, column);
  flat_set_number (flat, column, COLUMN_NULLABLE, FALSE);
  flat_set_number (flat, column, COLUMN_TYPE_TYPE, type);
  flat_set_offset (flat, column, COLUMN_NAME, flat_add_string (flat, "string"));
  flat_set_offset (flat, column, COLUMN_TYPE, flat_add_table (flat, 0));
  flat_set_offset (flat, column, COLUMN_CHILDREN, flat_add_vector (flat, 0, sizeof (guint32), NULL));
  add_dictionary_encoding (flat, column);
}

static guint
add_schema (GByteArray *flat,
            ArrowType   type)
{
  const guint schema = flat_add_table (flat, SCHEMA_FIELDS);

  add_column (flat, schema, type);

  return schema;
}

/* Messages */

static GByteArray *
new_message (ArrowHeader  type,
             guint64      body_length,
             guint       *message)
{
  GByteArray *flat = flat_new (MESSAGE_FIELDS, message);

  flat_set_number (flat, *message, MESSAGE_VERSION, ARROW_VERSION);
  flat_set_number (flat, *message, MESSAGE_HEADER_TYPE, type);
  flat_set_number (flat, *message, MESSAGE_BODY_LENGTH, body_length);

  return flat;
}

/* Makes bytes of it, with the prefix. */
static GByteArray *
wrap_message (GByteArray *flat)
{
  const guint32 prefix[] = { ARROW_CONTINUATION, GUINT32_TO_LE ((guint32) round_up (flat->len)) };
  const guint size = flat->len;

  g_byte_array_prepend (flat, (const guint8 *) prefix, ARROW_PREFIX_SIZE);
  g_byte_array_set_size (flat, (guint) round_up (flat->len));
  memset (flat->data + ARROW_PREFIX_SIZE + size, 0, flat->len - ARROW_PREFIX_SIZE - size);

  return flat;
}

/* Its length does not depend on @type. */
static GByteArray *
make_schema_message (ArrowType type)
{
  guint message;
  GByteArray *flat = new_message (ARROW_HEADER_SCHEMA, 0, &message);

  flat_set_offset (flat, message, MESSAGE_HEADER, add_schema (flat, type));

  return wrap_message (flat);
}

/* @buffers are the validity of values, of which there is none since no value is null, and what
 * the type has beyond that. */
static guint
add_batch (GByteArray        *flat,
           guint64            length,
           const ArrowBuffer *buffers,
           guint              n_buffers)
{
  const ArrowNode node = { .length = GUINT64_TO_LE (length) };
  const guint batch = flat_add_table (flat, BATCH_FIELDS);

  flat_set_number (flat, batch, BATCH_LENGTH, length);
  flat_set_offset (flat, batch, BATCH_NODES, flat_add_vector (flat, 1, sizeof node, &node));
  flat_set_offset (flat, batch, BATCH_BUFFERS, flat_add_vector (flat, n_buffers, sizeof *buffers, buffers));

  return batch;
}

/* Writes a message whose body is to follow, and returns where it is. */
static ArrowBlock
write_message (Output     *output,
               GByteArray *flat,
               guint64     body_length)
{
  g_autoptr (GByteArray) message = wrap_message (flat);
  const ArrowBlock block = {
    .offset = GUINT64_TO_LE (output_get_size (output)),
    .metadata_length = GUINT64_TO_LE ((guint64) message->len),
    .body_length = GUINT64_TO_LE (body_length),
  };

  output_write (output, message->data, message->len);

  return block;
}

static void
write_ids (ArrowWriter *self)
{
  const guint64 size = self->n_ids * sizeof *self->ids;
  const ArrowBuffer buffers[] = { { 0, 0 }, { 0, GUINT64_TO_LE (size) } };
  GByteArray *flat;
  ArrowBlock block;
  guint message;

  flat = new_message (ARROW_HEADER_RECORD_BATCH, round_up (size), &message);
  flat_set_offset (flat, message, MESSAGE_HEADER, add_batch (flat, self->n_ids, buffers, G_N_ELEMENTS (buffers)));
  block = write_message (self->output, flat, round_up (size));
  g_array_append_val (self->batches, block);
  output_write (self->output, self->ids, size);
  write_padding (self->output);
  self->n_ids = 0;
}

static ArrowBlock
write_dictionary (Output     *output,
                  Dictionary *dictionary,
                  guint       width)
{
  const guint n_strings = dictionary_get_n_strings (dictionary);
  const guint64 n_bytes = dictionary_get_n_bytes (dictionary);
  const guint64 offsets_size = ((guint64) n_strings + 1) * width;
  const guint64 body_length = round_up (offsets_size) + round_up (n_bytes);
  const ArrowBuffer buffers[] = {
    { 0, 0 },
    { 0, GUINT64_TO_LE (offsets_size) },
    { GUINT64_TO_LE (round_up (offsets_size)), GUINT64_TO_LE (n_bytes) },
  };
  GByteArray *flat;
  ArrowBlock block;
  guint message, header;

  flat = new_message (ARROW_HEADER_DICTIONARY_BATCH, body_length, &message);
  header = flat_add_table (flat, DICTIONARY_FIELDS);
  flat_set_offset (flat, message, MESSAGE_HEADER, header);
  flat_set_number (flat, header, DICTIONARY_ID, 0);
  flat_set_offset (flat, header, DICTIONARY_DATA, add_batch (flat, n_strings, buffers, G_N_ELEMENTS (buffers)));
  block = write_message (output, flat, body_length);

  dictionary_write_offsets (dictionary, width, output);
  write_padding (output);
  dictionary_write_values (dictionary, output);
  write_padding (output);

  return block;
}

/* The end of the stream, and where everything is. */
static void
write_footer (ArrowWriter      *self,
              const ArrowBlock *dictionary,
              ArrowType         type)
{
  guint footer;
  g_autoptr (GByteArray) flat = flat_new (FOOTER_FIELDS, &footer);

  flat_set_number (flat, footer, FOOTER_VERSION, ARROW_VERSION);
  flat_set_offset (flat, footer, FOOTER_SCHEMA, add_schema (flat, type));
  flat_set_offset (flat, footer, FOOTER_DICTIONARIES, flat_add_vector (flat, 1, sizeof *dictionary, dictionary));
  flat_set_offset (flat, footer, FOOTER_RECORD_BATCHES,
                   flat_add_vector (flat, self->batches->len, sizeof (ArrowBlock), self->batches->data));

  write_number (self->output, ARROW_CONTINUATION);
  write_number (self->output, 0);
  output_write (self->output, flat->data, flat->len);
  write_number (self->output, flat->len);
  output_write (self->output, ARROW_MAGIC, ARROW_MAGIC_SIZE);
}

/* Begins the file. What kind of strings there are is not known yet, so the schema that is
 * written here will be written once more. */
ArrowWriter *
arrow_writer_new (Output *output)
{
  ArrowWriter *self = g_new0 (ArrowWriter, 1);
  g_autoptr (GByteArray) schema = make_schema_message (ARROW_TYPE_BINARY);

  self->output = output;
  self->batches = g_array_new (FALSE, FALSE, sizeof (ArrowBlock));
  output_write (output, ARROW_MAGIC "\0", ARROW_START_SIZE);
  output_write (output, schema->data, schema->len);

  return self;
}

void
arrow_writer_add (ArrowWriter *self,
                  guint32      id)
{
  self->ids[self->n_ids++] = GUINT32_TO_LE (id);
  if (self->n_ids == BATCH_IDS)
    write_ids (self);
}

static ArrowType
choose_type (Dictionary *dictionary,
             gboolean    large)
{
  if (dictionary_is_utf8 (dictionary))
    return large ? ARROW_TYPE_LARGE_UTF8 : ARROW_TYPE_UTF8;

  return large ? ARROW_TYPE_LARGE_BINARY : ARROW_TYPE_BINARY;
}

void
arrow_writer_finish (ArrowWriter *self,
                     Dictionary  *dictionary)
{
  const gboolean large = dictionary_get_n_bytes (dictionary) > MAX_SMALL_BYTES;
  const ArrowType type = choose_type (dictionary, large);
  g_autoptr (GByteArray) schema = make_schema_message (type);
  ArrowBlock block;

  if (self->n_ids > 0)
    write_ids (self);
  block = write_dictionary (self->output, dictionary, large ? sizeof (guint64) : sizeof (guint32));
  write_footer (self, &block, type);
  output_write_at (self->output, ARROW_START_SIZE, schema->data, schema->len);
}

void
arrow_writer_free (ArrowWriter *self)
{
  g_array_unref (self->batches);
  g_free (self);
}
