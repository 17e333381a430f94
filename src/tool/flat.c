/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "flat.h"

#include <string.h>

#define SLOT_SIZE 8
#define OFFSET_SIZE 4     /* of what refers to something behind it, and of the length of a vector */
#define ENTRY_SIZE 2      /* of a vtable, whose first two are its size and that of the table */
#define VTABLE_ENTRIES 2

/* Writing */

static guint
align (GByteArray *flat,
       guint       remainder)
{
  static const guint8 zeros[SLOT_SIZE];

  while (flat->len % SLOT_SIZE != remainder)
    g_byte_array_append (flat, zeros, 1);

  return flat->len;
}

static void
put (GByteArray *flat,
     guint       position,
     guint       width,
     guint64     number)
{
  const guint64 bytes = GUINT64_TO_LE (number);

  memcpy (flat->data + position, &bytes, width);
}

static guint
add_zeros (GByteArray *flat,
           guint       size)
{
  const guint position = flat->len;

  g_byte_array_set_size (flat, position + size);
  memset (flat->data + position, 0, size);

  return position;
}

/* The vtable comes right before its table, whose first word says how far. */
guint
flat_add_table (GByteArray *flat,
                guint       n_fields)
{
  const guint vtable_size = (VTABLE_ENTRIES + n_fields) * ENTRY_SIZE;
  const guint table_size = (1 + n_fields) * SLOT_SIZE;
  guint vtable, table;

  align (flat, 0);
  vtable = add_zeros (flat, vtable_size);
  align (flat, 0);
  table = add_zeros (flat, table_size);
  put (flat, vtable, ENTRY_SIZE, vtable_size);
  put (flat, vtable + ENTRY_SIZE, ENTRY_SIZE, table_size);
  put (flat, table, OFFSET_SIZE, table - vtable);

  return table;
}

/* Begins a buffer with its first table, which it refers to. */
GByteArray *
flat_new (guint  n_fields,
          guint *table)
{
  GByteArray *flat = g_byte_array_new ();

  add_zeros (flat, OFFSET_SIZE);
  *table = flat_add_table (flat, n_fields);
  put (flat, 0, OFFSET_SIZE, *table);

  return flat;
}

/* @elements, little endian, or NULL for zeros. The length is before the first one, which is
 * aligned. */
guint
flat_add_vector (GByteArray *flat,
                 guint       n_elements,
                 guint       element_size,
                 const void *elements)
{
  const guint vector = align (flat, SLOT_SIZE - OFFSET_SIZE);
  const guint size = n_elements * element_size;

  add_zeros (flat, OFFSET_SIZE + size);
  put (flat, vector, OFFSET_SIZE, n_elements);
  if (elements != NULL && size > 0)
    memcpy (flat->data + vector + OFFSET_SIZE, elements, size);

  return vector;
}

guint
flat_add_string (GByteArray *flat,
                 const char *string)
{
  const guint vector = flat_add_vector (flat, (guint) strlen (string), 1, string);

  add_zeros (flat, 1);

  return vector;
}

/* Returns where the field is, which is no longer absent. */
static guint
use_field (GByteArray *flat,
           guint       table,
           guint       field)
{
  guint32 distance;
  const guint slot = (1 + field) * SLOT_SIZE;

  memcpy (&distance, flat->data + table, sizeof distance);
  put (flat, table - GUINT32_FROM_LE (distance) + (VTABLE_ENTRIES + field) * ENTRY_SIZE, ENTRY_SIZE, slot);

  return table + slot;
}

void
flat_set_number (GByteArray *flat,
                 guint       table,
                 guint       field,
                 guint64     number)
{
  put (flat, use_field (flat, table, field), SLOT_SIZE, number);
}

void
flat_set_offset (GByteArray *flat,
                 guint       table,
                 guint       field,
                 guint       target)
{
  const guint slot = use_field (flat, table, field);

  put (flat, slot, OFFSET_SIZE, target - slot);
}

void
flat_set_element (GByteArray *flat,
                  guint       vector,
                  guint       number,
                  guint       target)
{
  const guint element = vector + (1 + number) * OFFSET_SIZE;

  put (flat, element, OFFSET_SIZE, target - element);
}
