/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/free-list.h"

#include "base/heap.h"

/* The smallest slot: a header and a link. From here on classes keep places aligned. */
#define SLOT_MIN 16
G_STATIC_ASSERT (sizeof (InternHeader) + sizeof (InternPlace) <= SLOT_MIN);

gsize
intern_slot_size (gsize  length,
                  guint *number)
{
  const gsize size = MAX (sizeof (InternHeader) + length + 1, SLOT_MIN);
  /* Sizes from 2^n + 1 to 2^(n + 1) are rounded to a quarter of 2^n, but to units of places. */
  const guint log2 = g_bit_storage (size - 1) - 1;
  const guint step_log2 = log2 - 2;
  const gsize n_steps = ((size - 1) >> step_log2) + 1; /* from 5 to 8 */

  *number = (log2 - 3) * 4 + (guint) n_steps - 5;

  return n_steps << step_log2;
}

void
intern_slots_clear (InternSlots *slots)
{
  g_clear_pointer (&slots->heads, g_free);
  slots->n_dead = 0;
}

/* Takes the room of the dead string at @place. */
void
intern_slots_put (InternSlots        *slots,
                  const InternBlocks *blocks,
                  InternPlace         place)
{
  char *string = intern_blocks_string (blocks, place);
  guint number;
  const gsize size = intern_slot_size (intern_entry_length (string), &number);
  const gsize body = size - sizeof (InternHeader);

  if (slots->heads == NULL)
    slots->heads = g_new0 (InternPlace, INTERN_SLOT_CLASSES);

#ifdef INTERN_DEBUG
  memset (string, 0xDD, body);
#endif
  memcpy (string, &slots->heads[number], sizeof (InternPlace));
  intern_memory_close (string, body);
  slots->heads[number] = place;
  slots->n_dead++;
}

/* Returns room for a string of @length bytes, or 0. */
InternPlace
intern_slots_take (InternSlots        *slots,
                   const InternBlocks *blocks,
                   gsize               length)
{
  InternPlace place;
  guint number;
  gsize size;
  char *string;

  if (slots->n_dead == 0)
    return 0;

  size = intern_slot_size (length, &number);
  place = slots->heads[number];
  if (place == 0)
    return 0;

  string = intern_blocks_string (blocks, place);
  intern_memory_open (string, size - sizeof (InternHeader));
  memcpy (&slots->heads[number], string, sizeof (InternPlace));
  slots->n_dead--;
  slots->bytes_recycled += intern_entry_length (string);

  return place;
}

guint64
intern_slots_get_memory (const InternSlots *slots)
{
  return slots->heads == NULL ? 0 : intern_heap_size (INTERN_SLOT_CLASSES * sizeof (InternPlace));
}
