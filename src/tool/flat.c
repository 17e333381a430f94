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

/* Reading. A position is at most a sum of few numbers of 32 bits, and does not overflow. */

guint64
flat_read (FlatReader *self,
           guint64     position,
           guint       width)
{
  guint64 number = 0;

  if (position > self->size || width > self->size - position)
    self->corrupt = TRUE;
  else
    memcpy (&number, self->data + position, width);

  return GUINT64_FROM_LE (number);
}

guint64
flat_get_root (FlatReader *self)
{
  return flat_read (self, 0, OFFSET_SIZE);
}

/* Returns where the field is, or 0 if it is absent. */
static guint64
find_field (FlatReader *self,
            guint64     table,
            guint       field)
{
  const gint64 distance = (gint32) flat_read (self, table, OFFSET_SIZE);
  /* What would be before the beginning wraps around, and is beyond the end. */
  const guint64 vtable = table - (guint64) distance;
  const guint entry = (VTABLE_ENTRIES + field) * ENTRY_SIZE;
  guint64 slot;

  if (entry + ENTRY_SIZE > flat_read (self, vtable, ENTRY_SIZE))
    return 0;
  slot = flat_read (self, vtable + entry, ENTRY_SIZE);

  return slot != 0 ? table + slot : 0;
}

gboolean
flat_has_field (FlatReader *self,
                guint64     table,
                guint       field)
{
  return find_field (self, table, field) != 0;
}

/* An absent number is 0. */
guint64
flat_get_number (FlatReader *self,
                 guint64     table,
                 guint       field,
                 guint       width)
{
  const guint64 position = find_field (self, table, field);

  return position != 0 ? flat_read (self, position, width) : 0;
}

/* Returns what the field refers to. That it is absent is damage: see flat_has_field(). */
guint64
flat_get_target (FlatReader *self,
                 guint64     table,
                 guint       field)
{
  const guint64 position = find_field (self, table, field);

  if (position == 0)
    self->corrupt = TRUE;

  return position != 0 ? position + flat_read (self, position, OFFSET_SIZE) : 0;
}

/* Returns where the first element is; all are within the buffer. An absent vector is empty. */
guint64
flat_get_vector (FlatReader *self,
                 guint64     table,
                 guint       field,
                 guint       element_size,
                 guint64    *n_elements)
{
  guint64 position;

  *n_elements = 0;
  if (!flat_has_field (self, table, field))
    return 0;

  position = flat_get_target (self, table, field);
  *n_elements = flat_read (self, position, OFFSET_SIZE);
  position += OFFSET_SIZE;
  if (*n_elements > 0 && (position > self->size || *n_elements > (self->size - position) / element_size))
    {
      self->corrupt = TRUE;
      *n_elements = 0;
    }

  return position;
}

/* Returns what an element of a vector of offsets, whose first is at @vector, refers to. */
guint64
flat_get_element (FlatReader *self,
                  guint64     vector,
                  guint64     number)
{
  const guint64 element = vector + number * OFFSET_SIZE;

  return element + flat_read (self, element, OFFSET_SIZE);
}

gboolean
flat_is_string (FlatReader *self,
                guint64     table,
                guint       field,
                const char *string)
{
  guint64 length;
  const guint64 position = flat_get_vector (self, table, field, 1, &length);

  return length == strlen (string) && memcmp (self->data + position, string, length) == 0;
}
