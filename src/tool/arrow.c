/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "arrow.h"

#include <string.h>

#include "flat.h"

#ifdef INTERN_TEST_SIZES
# define BATCH_IDS 1000
# define MAX_SMALL_BYTES 100
#else
# define BATCH_IDS (64 * 1024)
# define MAX_SMALL_BYTES ((guint64) G_MAXINT32) /* what offsets of 32 bits reach */
#endif

/* The numbers of Arrow's own Message.fbs, Schema.fbs and File.fbs */

#define ARROW_MAGIC "ARROW1"
#define ARROW_MAGIC_SIZE 6
#define ARROW_START_SIZE 8            /* the magic, padded */
#define ARROW_CONTINUATION 0xffffffffu
#define ARROW_VERSION 4               /* called V5 */
#define ARROW_ALIGNMENT 8
#define ARROW_ID_SIZE 4

typedef enum
{
  ARROW_HEADER_SCHEMA = 1,
  ARROW_HEADER_DICTIONARY_BATCH = 2,
  ARROW_HEADER_RECORD_BATCH = 3,
} ArrowHeader;

typedef enum
{
  ARROW_TYPE_BINARY = 4,
  ARROW_TYPE_UTF8 = 5,
  ARROW_TYPE_LARGE_BINARY = 19,
  ARROW_TYPE_LARGE_UTF8 = 20,
} ArrowType;

enum { MESSAGE_VERSION, MESSAGE_HEADER_TYPE, MESSAGE_HEADER, MESSAGE_BODY_LENGTH, MESSAGE_FIELDS };
enum { SCHEMA_ENDIANNESS, SCHEMA_COLUMNS, SCHEMA_FIELDS };
enum { COLUMN_NAME, COLUMN_NULLABLE, COLUMN_TYPE_TYPE, COLUMN_TYPE, COLUMN_DICTIONARY, COLUMN_CHILDREN, COLUMN_FIELDS };
enum { ENCODING_ID, ENCODING_INDEX_TYPE, ENCODING_FIELDS };
enum { INT_BIT_WIDTH, INT_IS_SIGNED, INT_FIELDS };
enum { BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS, BATCH_COMPRESSION, BATCH_FIELDS };
enum { DICTIONARY_ID, DICTIONARY_DATA, DICTIONARY_IS_DELTA, DICTIONARY_FIELDS };
enum { FOOTER_VERSION, FOOTER_SCHEMA, FOOTER_DICTIONARIES, FOOTER_RECORD_BATCHES, FOOTER_FIELDS };

/* Structs, which have no absent fields; of little-endian numbers of 64 bits */

typedef struct
{
  guint64 offset; /* in the body */
  guint64 length;
} ArrowBuffer;

typedef struct
{
  guint64 offset;          /* of a message in the file */
  guint64 metadata_length; /* with the prefix; the upper half is padding */
  guint64 body_length;
} ArrowBlock;

G_STATIC_ASSERT (sizeof (ArrowBuffer) == 16);
G_STATIC_ASSERT (sizeof (ArrowBlock) == 24);

typedef struct
{
  const char *name;     /* UTF-8 */
  gboolean    nullable;
  ArrowType   type;
} ArrowColumn;

/* One bit for each id of a batch, padded */
#define VALIDITY_SIZE ((BATCH_IDS / 8 + ARROW_ALIGNMENT) & ~(ARROW_ALIGNMENT - 1))

struct _ArrowWriter
{
  Output  *output;                  /* (unowned) */
  char    *name;                    /* (owned) */
  GArray  *batches;                 /* (owned) (element-type ArrowBlock) */
  gboolean nullable;                /* whether any value is missing */
  guint    n_ids;
  guint    n_missing;               /* of them */
  guint32  ids[BATCH_IDS];          /* little endian */
  guint8   validity[VALIDITY_SIZE]; /* from the lowest bit on; a missing value has none */
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

  output_write (output, zeros, (gsize) (round_up (size) - size));
}

/* Metadata */

static guint
add_column (GByteArray        *flat,
            const ArrowColumn *column)
{
  const FlatField index_type[INT_FIELDS] = {
    [INT_BIT_WIDTH] = { .number = 8 * ARROW_ID_SIZE },
    /* As the specification recommends: many programs know no other. */
    [INT_IS_SIGNED] = { .number = TRUE },
  };
  const FlatField encoding[ENCODING_FIELDS] = {
    [ENCODING_INDEX_TYPE] = { .place = flat_add_table (flat, index_type, INT_FIELDS) },
  };
  const FlatField fields[COLUMN_FIELDS] = {
    [COLUMN_NAME] = { .place = flat_add_vector (flat, column->name, (guint) strlen (column->name), 1) },
    [COLUMN_NULLABLE] = { .number = column->nullable ? 1 : 0 },
    [COLUMN_TYPE_TYPE] = { .number = column->type },
    [COLUMN_TYPE] = { .place = flat_add_table (flat, NULL, 0) },
    [COLUMN_DICTIONARY] = { .place = flat_add_table (flat, encoding, ENCODING_FIELDS) },
    [COLUMN_CHILDREN] = { .place = flat_add_vector (flat, NULL, 0, sizeof (guint32)) },
  };

  return flat_add_table (flat, fields, COLUMN_FIELDS);
}

static guint
add_schema (GByteArray        *flat,
            const ArrowColumn *column)
{
  const FlatField schema[SCHEMA_FIELDS] = {
    [SCHEMA_COLUMNS] = { .place = flat_add_list (flat, add_column (flat, column)) },
  };

  return flat_add_table (flat, schema, SCHEMA_FIELDS);
}

/* The first of @buffers says which values are not null, and is empty if none is. The type says what the others are. */
static guint
add_batch (GByteArray        *flat,
           guint64            length,
           guint64            n_null,
           const ArrowBuffer *buffers,
           guint              n_buffers)
{
  const guint64 node[] = { GUINT64_TO_LE (length), GUINT64_TO_LE (n_null) };
  const FlatField batch[BATCH_FIELDS] = {
    [BATCH_LENGTH] = { .number = length },
    [BATCH_NODES] = { .place = flat_add_vector (flat, node, 1, sizeof node) },
    [BATCH_BUFFERS] = { .place = flat_add_vector (flat, buffers, n_buffers, sizeof *buffers) },
  };

  return flat_add_table (flat, batch, BATCH_FIELDS);
}

/* Makes a message of what is in @flat, of which @header is the place. */
static void
finish_message (GByteArray  *flat,
                ArrowHeader  type,
                guint        header,
                guint64      body_length)
{
  const FlatField message[MESSAGE_FIELDS] = {
    [MESSAGE_VERSION] = { .number = ARROW_VERSION },
    [MESSAGE_HEADER_TYPE] = { .number = type },
    [MESSAGE_HEADER] = { .place = header },
    [MESSAGE_BODY_LENGTH] = { .number = body_length },
  };
  guint32 prefix[] = { ARROW_CONTINUATION, 0 };

  flat_finish (flat, flat_add_table (flat, message, MESSAGE_FIELDS));
  prefix[1] = GUINT32_TO_LE (flat->len);
  g_byte_array_prepend (flat, (const guint8 *) prefix, sizeof prefix);
}

/* Its length depends on the name alone. */
static GByteArray *
make_schema_message (const ArrowColumn *column)
{
  GByteArray *flat = g_byte_array_new ();

  finish_message (flat, ARROW_HEADER_SCHEMA, add_schema (flat, column), 0);

  return flat;
}

/* Messages with a body, which is to follow */

static ArrowBlock
write_message (Output      *output,
               GByteArray  *flat,
               ArrowHeader  type,
               guint        header,
               guint64      body_length)
{
  ArrowBlock block = { GUINT64_TO_LE (output_get_size (output)), 0, GUINT64_TO_LE (body_length) };

  finish_message (flat, type, header, body_length);
  block.metadata_length = GUINT64_TO_LE ((guint64) flat->len);
  output_write (output, flat->data, flat->len);

  return block;
}

static void
write_ids (ArrowWriter *self)
{
  const gsize size = self->n_ids * sizeof *self->ids;
  const gsize validity_size = self->n_missing > 0 ? (gsize) round_up ((self->n_ids + 7) / 8) : 0;
  const ArrowBuffer buffers[] = {
    { 0, GUINT64_TO_LE (validity_size) },
    { GUINT64_TO_LE (validity_size), GUINT64_TO_LE (size) },
  };
  g_autoptr (GByteArray) flat = g_byte_array_new ();
  const guint batch = add_batch (flat, self->n_ids, self->n_missing, buffers, G_N_ELEMENTS (buffers));
  const ArrowBlock block =
    write_message (self->output, flat, ARROW_HEADER_RECORD_BATCH, batch, validity_size + round_up (size));

  g_array_append_val (self->batches, block);
  output_write (self->output, self->validity, validity_size);
  output_write (self->output, self->ids, size);
  write_padding (self->output);
  memset (self->validity, 0, sizeof self->validity);
  self->n_ids = 0;
  self->n_missing = 0;
}

static ArrowBlock
write_dictionary (Output     *output,
                  Dictionary *dictionary,
                  guint       width)
{
  const guint64 offsets_size = ((guint64) dictionary->n_strings + 1) * width;
  const ArrowBuffer buffers[] = {
    { 0, 0 },
    { 0, GUINT64_TO_LE (offsets_size) },
    { GUINT64_TO_LE (round_up (offsets_size)), GUINT64_TO_LE (dictionary->n_bytes) },
  };
  g_autoptr (GByteArray) flat = g_byte_array_new ();
  const FlatField header[DICTIONARY_FIELDS] = {
    [DICTIONARY_DATA] = { .place = add_batch (flat, dictionary->n_strings, 0, buffers, G_N_ELEMENTS (buffers)) },
  };
  const ArrowBlock block =
    write_message (output, flat, ARROW_HEADER_DICTIONARY_BATCH, flat_add_table (flat, header, DICTIONARY_FIELDS),
                   round_up (offsets_size) + round_up (dictionary->n_bytes));

  dictionary_write_offsets (dictionary, width, output);
  write_padding (output);
  dictionary_write_values (dictionary, output);
  write_padding (output);

  return block;
}

/* The end of the stream, and where everything is. */
static void
write_footer (ArrowWriter       *self,
              const ArrowBlock  *dictionary,
              const ArrowColumn *column)
{
  g_autoptr (GByteArray) flat = g_byte_array_new ();
  const FlatField footer[FOOTER_FIELDS] = {
    [FOOTER_VERSION] = { .number = ARROW_VERSION },
    [FOOTER_SCHEMA] = { .place = add_schema (flat, column) },
    [FOOTER_DICTIONARIES] = { .place = flat_add_vector (flat, dictionary, 1, sizeof *dictionary) },
    [FOOTER_RECORD_BATCHES] = { .place = flat_add_vector (flat, self->batches->data, self->batches->len,
                                                          sizeof (ArrowBlock)) },
  };

  flat_finish (flat, flat_add_table (flat, footer, FOOTER_FIELDS));
  output_write_number (self->output, ARROW_CONTINUATION, sizeof (guint32));
  output_write_number (self->output, 0, sizeof (guint32));
  output_write (self->output, flat->data, flat->len);
  output_write_number (self->output, flat->len, sizeof (guint32));
  output_write (self->output, ARROW_MAGIC, ARROW_MAGIC_SIZE);
}

/* Begins the file. The kind of the strings is not known yet: the schema is written here, and once more at the end. */
ArrowWriter *
arrow_writer_new (Output     *output,
                  const char *name)
{
  const ArrowColumn column = { name, FALSE, ARROW_TYPE_BINARY };
  ArrowWriter *self = g_new0 (ArrowWriter, 1);
  g_autoptr (GByteArray) schema = make_schema_message (&column);

  self->output = output;
  self->name = g_strdup (name);
  self->batches = g_array_new (FALSE, FALSE, sizeof (ArrowBlock));
  output_write (output, ARROW_MAGIC "\0", ARROW_START_SIZE);
  output_write (output, schema->data, schema->len);

  return self;
}

void
arrow_writer_add (ArrowWriter *self,
                  guint32      id)
{
  if (id == DICTIONARY_MISSING)
    {
      self->nullable = TRUE;
      self->n_missing++;
      id = 0;
    }
  else
    self->validity[self->n_ids / 8] |= (guint8) (1 << self->n_ids % 8);

  self->ids[self->n_ids++] = GUINT32_TO_LE (id);
  if (self->n_ids == BATCH_IDS)
    write_ids (self);
}

static ArrowType
choose_type (Dictionary *dictionary,
             gboolean    large)
{
  if (dictionary->is_utf8)
    return large ? ARROW_TYPE_LARGE_UTF8 : ARROW_TYPE_UTF8;

  return large ? ARROW_TYPE_LARGE_BINARY : ARROW_TYPE_BINARY;
}

void
arrow_writer_finish (ArrowWriter *self,
                     Dictionary  *dictionary)
{
  const gboolean large = dictionary->n_bytes > MAX_SMALL_BYTES;
  const ArrowColumn column = { self->name, self->nullable, choose_type (dictionary, large) };
  g_autoptr (GByteArray) schema = make_schema_message (&column);
  ArrowBlock block;

  if (self->n_ids > 0)
    write_ids (self);
  block = write_dictionary (self->output, dictionary, large ? sizeof (guint64) : sizeof (guint32));
  write_footer (self, &block, &column);
  output_write_at (self->output, ARROW_START_SIZE, schema->data, schema->len);
}

void
arrow_writer_free (ArrowWriter *self)
{
  g_array_unref (self->batches);
  g_free (self->name);
  g_free (self);
}
