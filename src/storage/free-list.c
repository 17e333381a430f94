/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/free-list.h"

#include "base/heap.h"

/* The smallest class: a header and a link. Its size and all larger ones keep offsets aligned. */
#define CLASS_SIZE_MIN 16
G_STATIC_ASSERT (sizeof (InternHeader) + sizeof (InternOffset) <= CLASS_SIZE_MIN);

gsize
intern_free_list_class_size (gsize  length,
                             guint *number)
{
  const gsize size = MAX (sizeof (InternHeader) + length + 1, CLASS_SIZE_MIN);
  /* Rounds sizes from 2^n + 1 to 2^(n + 1) up to a quarter of 2^n, a multiple of the unit of offsets. */
  const guint log2 = g_bit_storage (size - 1) - 1;
  const guint step_log2 = log2 - 2;
  const gsize n_steps = ((size - 1) >> step_log2) + 1; /* from 5 to 8 */

  *number = (log2 - 3) * 4 + (guint) n_steps - 5;

  return n_steps << step_log2;
}

void
intern_free_list_clear (InternFreeList *list)
{
  g_clear_pointer (&list->heads, g_free);
  list->n_dead = 0;
}

/* Adds the room of the dead string at @offset. */
void
intern_free_list_put (InternFreeList     *list,
                      const InternBlocks *blocks,
                      InternOffset        offset)
{
  char *string = intern_blocks_string (blocks, offset);
  guint number;
  const gsize size = intern_free_list_class_size (intern_entry_length (string), &number);
  const gsize body = size - sizeof (InternHeader);

  if (list->heads == NULL)
    list->heads = g_new0 (InternOffset, INTERN_FREE_LIST_CLASSES);

#ifdef INTERN_DEBUG
  memset (string, INTERN_POISON, body);
#endif
  memcpy (string, &list->heads[number], sizeof (InternOffset));
  intern_memory_close (string, body);
  list->heads[number] = offset;
  list->n_dead++;
}

/* Removes the room that intern_free_list_peek() has returned. */
void
intern_free_list_take (InternFreeList     *list,
                       const InternBlocks *blocks,
                       InternOffset        offset)
{
  char *string = intern_blocks_string (blocks, offset);
  const gsize length = intern_entry_length (string);
  guint number;
  const gsize size = intern_free_list_class_size (length, &number);

  intern_memory_open (string, size - sizeof (InternHeader));
  memcpy (&list->heads[number], string, sizeof (InternOffset));
  list->n_dead--;
  list->bytes_recycled += length;
}

guint64
intern_free_list_get_memory (const InternFreeList *list)
{
  return list->heads == NULL ? 0 : intern_heap_size (INTERN_FREE_LIST_CLASSES * sizeof (InternOffset));
}
