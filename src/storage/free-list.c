/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/free-list.h"

#include "base/heap.h"
#include "base/pages.h"

/* The smallest class: a header and a link. Its size and all larger ones keep offsets aligned. */
#define CLASS_SIZE_MIN 16
G_STATIC_ASSERT (sizeof (InternHeader) + sizeof (InternOffset) <= CLASS_SIZE_MIN);

/* The first class whose rooms are long. */
#define FIRST_LONG_CLASS (((guint) g_bit_storage (INTERN_LONG_ROOM) - 4) * 4)

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

/* What the bytes of a dead string hold. They are aligned to the unit of offsets only. */
typedef struct
{
  InternOffset next;
  gsize        returned; /* of a long room: bytes of it that the system has */
} DeadRoom;
G_STATIC_ASSERT (sizeof (InternHeader) + sizeof (DeadRoom) <= INTERN_LONG_ROOM);

#define ROOM_SIZE(number) ((number) < FIRST_LONG_CLASS ? sizeof (InternOffset) : sizeof (DeadRoom))

static DeadRoom
read_room (const char *string,
           guint       number)
{
  DeadRoom room = { 0 };

  intern_memory_open (string, ROOM_SIZE (number));
  memcpy (&room, string, ROOM_SIZE (number));

  return room;
}

static void
write_room (char           *string,
            guint           number,
            const DeadRoom *room)
{
  intern_memory_open (string, ROOM_SIZE (number));
  memcpy (string, room, ROOM_SIZE (number));
  intern_memory_close (string, intern_free_list_size_of (number) - sizeof (InternHeader));
}

/* Returns the offset of the next room of class @number, or 0. */
static InternOffset
next_of (const InternBlocks *blocks,
         InternOffset        offset,
         guint               number)
{
  char *string = intern_blocks_string (blocks, offset);
  const DeadRoom room = read_room (string, number);

  intern_memory_close (string, ROOM_SIZE (number));

  return room.next;
}

/* Adds the room of class @number at @offset, whose header has the length of a dead string. */
void
intern_free_list_put_room (InternFreeList     *list,
                           const InternBlocks *blocks,
                           InternOffset        offset,
                           guint               number)
{
  char *string = intern_blocks_string (blocks, offset);
  InternHeader *header = intern_entry_header (string);

  if (list->heads == NULL)
    list->heads = g_new0 (InternOffset, INTERN_FREE_LIST_CLASSES);

  write_room (string, number, &(DeadRoom) { .next = list->heads[number] });
  list->heads[number] = offset;
  list->n_dead++;
  if (number < FIRST_LONG_CLASS)
    /* Relaxed: the string stays dead for readers without the lock. */
    intern_atomic_store_relaxed (&header->length, intern_atomic_load_relaxed (&header->length) | INTERN_BURIED);
}

/* Adds the room of the dead string at @offset. */
void
intern_free_list_put (InternFreeList     *list,
                      const InternBlocks *blocks,
                      InternOffset        offset)
{
  char *string = intern_blocks_string (blocks, offset);
  guint number;

  intern_free_list_class_size (intern_entry_length (string), &number);
#ifdef INTERN_DEBUG
  memset (string, INTERN_POISON, intern_free_list_size_of (number) - sizeof (InternHeader));
#endif
  intern_free_list_put_room (list, blocks, offset, number);
}

/* Removes the room that intern_free_list_peek() has returned for @length. Returns the bytes of it that were given
 * back. */
gsize
intern_free_list_take (InternFreeList     *list,
                       const InternBlocks *blocks,
                       InternOffset        offset,
                       gsize               length)
{
  char *string = intern_blocks_string (blocks, offset);
  guint number;
  const gsize size = intern_free_list_class_size (length, &number);
  const DeadRoom room = read_room (string, number);

  intern_memory_open (string, size - sizeof (InternHeader));
  list->heads[number] = room.next;
  list->n_dead--;
  list->bytes_recycled += intern_entry_length (string) & ~(number < FIRST_LONG_CLASS ? INTERN_BURIED : 0);

  return room.returned;
}

/* Giving memory back */

/* Forgets the rooms at and behind @from, but long ones. */
void
intern_free_list_drop (InternFreeList     *list,
                       const InternBlocks *blocks,
                       InternOffset        from)
{
  for (guint number = 0; list->heads != NULL && number < FIRST_LONG_CLASS; number++)
    {
      InternOffset offset = list->heads[number];

      list->heads[number] = 0;
      while (offset != 0)
        {
          const InternOffset next = next_of (blocks, offset, number);

          list->n_dead--;
          if (offset < from)
            intern_free_list_put_room (list, blocks, offset, number);
          offset = next;
        }
    }
}

/* Gives the pages of long rooms back: all but that with the header. Returns the bytes given back. */
gsize
intern_free_list_trim_long (InternFreeList     *list,
                            const InternBlocks *blocks)
{
  gsize n_bytes = 0;

  for (guint number = FIRST_LONG_CLASS; list->heads != NULL && number < INTERN_FREE_LIST_CLASSES; number++)
    for (InternOffset offset = list->heads[number]; offset != 0;)
      {
        const gsize body = intern_free_list_size_of (number) - sizeof (InternHeader);
        char *string = intern_blocks_string (blocks, offset);
        DeadRoom room = read_room (string, number);

        offset = room.next;
        if (room.returned == 0)
          {
            room.returned = intern_return_pages (string + sizeof room, body - sizeof room);
            n_bytes += room.returned;
          }
        write_room (string, number, &room);
      }

  return n_bytes;
}

guint64
intern_free_list_get_memory (const InternFreeList *list)
{
  return list->heads == NULL ? 0 : intern_heap_size (INTERN_FREE_LIST_CLASSES * sizeof (InternOffset));
}
