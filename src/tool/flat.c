/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "flat.h"

#include <string.h>

#define FIELD_SIZE 8     /* of every field, so that all are aligned: the buffer is a multiple of it */
#define OFFSET_SIZE 4    /* of what refers to a thing behind it, and of the length of a vector */
#define ITEM_SIZE 2      /* of a vtable, whose first two items are its size and that of the table */
#define VTABLE_ITEMS 2

static guint
round_up (guint size)
{
  return (size + FIELD_SIZE - 1) / FIELD_SIZE * FIELD_SIZE;
}

static void
put (guint8  *bytes,
     guint    width,
     guint64  number)
{
  const guint64 little_endian = GUINT64_TO_LE (number);

  memcpy (bytes, &little_endian, width);
}

/* The vtable is right before its table, whose first word says how far. */
guint
flat_add_table (GByteArray      *flat,
                const FlatField *fields,
                guint            n_fields)
{
  const guint vtable_size = (VTABLE_ITEMS + n_fields) * ITEM_SIZE;
  const guint start = round_up (vtable_size), table_size = (1 + n_fields) * FIELD_SIZE;
  const guint table = flat->len + table_size;
  g_autofree guint8 *bytes = g_malloc0 (start + table_size);

  put (bytes, ITEM_SIZE, vtable_size);
  put (bytes + ITEM_SIZE, ITEM_SIZE, table_size);
  put (bytes + start, OFFSET_SIZE, start);
  for (guint i = 0; i < n_fields; i++)
    {
      const guint offset = (1 + i) * FIELD_SIZE;

      if (fields[i].number != 0 || fields[i].place != 0)
        put (bytes + (VTABLE_ITEMS + i) * ITEM_SIZE, ITEM_SIZE, offset);
      if (fields[i].place != 0)
        put (bytes + start + offset, OFFSET_SIZE, table - offset - fields[i].place);
      else
        put (bytes + start + offset, FIELD_SIZE, fields[i].number);
    }
  g_byte_array_prepend (flat, bytes, start + table_size);

  return table;
}

/* @elements are little endian. The length is right before the first one, which is aligned; a NUL is after the last. */
guint
flat_add_vector (GByteArray *flat,
                 const void *elements,
                 guint       n_elements,
                 guint       element_size)
{
  const guint size = FIELD_SIZE + round_up (n_elements * element_size + 1);
  const guint vector = flat->len + size - (FIELD_SIZE - OFFSET_SIZE);
  g_autofree guint8 *bytes = g_malloc0 (size);

  put (bytes + FIELD_SIZE - OFFSET_SIZE, OFFSET_SIZE, n_elements);
  if (n_elements > 0)
    memcpy (bytes + FIELD_SIZE, elements, n_elements * element_size);
  g_byte_array_prepend (flat, bytes, size);

  return vector;
}

/* A vector of one element, which refers to @place. */
guint
flat_add_list (GByteArray *flat,
               guint       place)
{
  guint8 distance[OFFSET_SIZE];

  /* The element will be at the beginning of the last field. */
  put (distance, OFFSET_SIZE, flat->len + FIELD_SIZE - place);

  return flat_add_vector (flat, distance, 1, OFFSET_SIZE);
}

/* The buffer begins with a reference to its first table. */
void
flat_finish (GByteArray *flat,
             guint       table)
{
  guint8 root[FIELD_SIZE];

  put (root, FIELD_SIZE, flat->len + FIELD_SIZE - table);
  g_byte_array_prepend (flat, root, FIELD_SIZE);
}
