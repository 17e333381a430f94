/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The room of dead strings, for new ones: a list for each size class.
 *
 * A mortal string takes the full size of its class, and its room goes to strings of that class only, so headers never
 * move. Each doubling has four classes: they waste a fifth of the room at most, three bytes for short strings. The
 * links are offsets, in the bytes of the dead strings. A long room is a block of its own, and its pages can be given
 * back until it is taken. The headers of the others have the flag INTERN_BURIED, for storage/trim.c.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"

#define INTERN_FREE_LIST_CLASSES 120

/* Rooms that are larger than this are long. */
#define INTERN_LONG_ROOM (INTERN_BLOCK_MAX / 4)

typedef struct
{
  InternOffset *heads;          /* (owned) (nullable) made with the first death: an offset or 0 for each class */
  guint         n_dead;         /* rooms in the lists */
  guint64       bytes_recycled; /* lengths of dead strings whose room was taken */
} InternFreeList;

void    intern_free_list_clear      (InternFreeList       *list);
void    intern_free_list_put        (InternFreeList       *list,
                                     const InternBlocks   *blocks,
                                     InternOffset          offset);
gsize   intern_free_list_take       (InternFreeList       *list,
                                     const InternBlocks   *blocks,
                                     InternOffset          offset,
                                     gsize                 length);
void    intern_free_list_put_room   (InternFreeList       *list,
                                     const InternBlocks   *blocks,
                                     InternOffset          offset,
                                     guint                 class);
void    intern_free_list_drop       (InternFreeList       *list,
                                     const InternBlocks   *blocks,
                                     InternOffset          from);
gsize   intern_free_list_trim_long  (InternFreeList       *list,
                                     const InternBlocks   *blocks);
guint64 intern_free_list_get_memory (const InternFreeList *list);

/* Returns the size of the class of a string of @length bytes, with header and NUL, and sets @class to it. */
gsize intern_free_list_class_for (gsize  length,
                                  guint *class);

/* Returns the size of @class. */
static inline gsize
intern_free_list_size_of_class (guint class)
{
  return (gsize) (class % 4 + 5) << (class / 4 + 1);
}

/* Returns room for a string of @length bytes, or 0. */
static inline InternOffset
intern_free_list_peek (const InternFreeList *list,
                       gsize                 length)
{
  guint class;

  if (G_LIKELY (list->n_dead == 0))
    return 0;

  intern_free_list_class_for (length, &class);

  return list->heads[class];
}
