/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The room of dead strings, kept for new ones: a list for each size class.
 *
 * A string that may die gets the full size of its class, and its room goes to strings of that class
 * only, so that headers never move. There are four classes for each doubling: a fifth of a slot is
 * wasted at most, and three bytes where strings are short. The lists run through the dead
 * strings themselves, by place, since the place is what the index wants of a new one.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"

#define INTERN_SLOT_CLASSES 120

typedef struct
{
  InternPlace *heads;  /* (owned) (nullable) made with the first death: a place for each class, or 0 */
  guint        n_dead; /* slots in the lists */
  guint64      bytes_recycled; /* bytes of dead strings whose room was taken */
} InternSlots;

void        intern_slots_clear      (InternSlots        *slots);
void        intern_slots_put        (InternSlots        *slots,
                                     const InternBlocks *blocks,
                                     InternPlace         place);
InternPlace intern_slots_take       (InternSlots        *slots,
                                     const InternBlocks *blocks,
                                     gsize               length);
guint64     intern_slots_get_memory (const InternSlots  *slots);

/* The size of the class that a string of @length bytes belongs to, with header and NUL; and which
 * one it is. */
gsize       intern_slot_size        (gsize               length,
                                     guint              *number);

/* What intern_slots_take() would return. */
static inline InternPlace
intern_slots_peek (const InternSlots *slots,
                   gsize              length)
{
  guint number;

  if (G_LIKELY (slots->n_dead == 0))
    return 0;

  intern_slot_size (length, &number);

  return slots->heads[number];
}
