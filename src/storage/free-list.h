/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Room of dead strings, for new ones: a list for each size class.
 *
 * A string that may die gets the full size of its class, and its room goes to strings of that class
 * only, so that headers never move. There are four classes for each doubling: they waste a fifth of
 * the room at most, and three bytes where strings are short. The lists run through the dead strings
 * themselves, by offset, which is what the index wants of a new one.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"

#define INTERN_FREE_LIST_CLASSES 120

typedef struct
{
  InternOffset *heads;          /* (owned) (nullable) made with the first death: an offset a class, or 0 */
  guint         n_dead;         /* strings in the lists */
  guint64       bytes_recycled; /* bytes of dead strings whose room was taken */
} InternFreeList;

void    intern_free_list_clear      (InternFreeList       *list);
void    intern_free_list_put        (InternFreeList       *list,
                                     const InternBlocks   *blocks,
                                     InternOffset          offset);
void    intern_free_list_take       (InternFreeList       *list,
                                     const InternBlocks   *blocks,
                                     InternOffset          offset);
guint64 intern_free_list_get_memory (const InternFreeList *list);

/* The size of the class of a string of @length bytes, with header and NUL, and its @number. */
gsize   intern_free_list_class_size (gsize                 length,
                                     guint                *number);

/* Returns room for a string of @length bytes, or 0. */
static inline InternOffset
intern_free_list_peek (const InternFreeList *list,
                       gsize                 length)
{
  guint number;

  if (G_LIKELY (list->n_dead == 0))
    return 0;

  intern_free_list_class_size (length, &number);

  return list->heads[number];
}
