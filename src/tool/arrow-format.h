/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the writer and the reader of Arrow files must agree on: the numbers of Arrow's own
 * Message.fbs, Schema.fbs and File.fbs. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ARROW_MAGIC "ARROW1"
#define ARROW_MAGIC_SIZE 6
#define ARROW_START_SIZE 8            /* the magic, padded */
#define ARROW_CONTINUATION 0xffffffffu
#define ARROW_PREFIX_SIZE 8           /* of a message: the above, and the size of the metadata */
#define ARROW_TAIL_SIZE (4 + ARROW_MAGIC_SIZE) /* of the file: the size of the footer, the magic */
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
  guint64 length;
  guint64 n_nulls;
} ArrowNode;

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

G_STATIC_ASSERT (sizeof (ArrowNode) == 16);
G_STATIC_ASSERT (sizeof (ArrowBuffer) == 16);
G_STATIC_ASSERT (sizeof (ArrowBlock) == 24);

G_END_DECLS
