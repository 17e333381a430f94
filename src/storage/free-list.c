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
intern_free_list_class_for (gsize  length,
                            guint *class)
{
  const gsize size = MAX (sizeof (InternHeader) + length + 1, CLASS_SIZE_MIN);
  /* Rounds sizes from 2^n + 1 to 2^(n + 1) up to a quarter of 2^n, a multiple of the unit of offsets. */
  const guint log2 = g_bit_storage (size - 1) - 1;
  const guint step_log2 = log2 - 2;
  const gsize n_steps = ((size - 1) >> step_log2) + 1; /* from 5 to 8 */

  *class = (log2 - 3) * 4 + (guint) n_steps - 5;

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

#define ROOM_SIZE(class) ((class) < FIRST_LONG_CLASS ? sizeof (InternOffset) : sizeof (DeadRoom))

static DeadRoom
read_room (const char *string,
           guint       class)
{
  DeadRoom room = { 0 };

  intern_memory_open (string, ROOM_SIZE (class));
  memcpy (&room, string, ROOM_SIZE (class));

  return room;
}

static void
write_room (char           *string,
            guint           class,
            const DeadRoom *room)
{
  intern_memory_open (string, ROOM_SIZE (class));
  memcpy (string, room, ROOM_SIZE (class));
  intern_memory_close (string, intern_free_list_size_of_class (class) - sizeof (InternHeader));
}

/* Returns the offset of the next room of @class, or 0. */
static InternOffset
next_of (const InternBlocks *blocks,
         InternOffset        offset,
         guint               class)
{
  char *string = intern_blocks_string (blocks, offset);
  const DeadRoom room = read_room (string, class);

  intern_memory_close (string, ROOM_SIZE (class));

  return room.next;
}

/* Adds the room of @class at @offset, whose header has the length of a dead string. */
void
intern_free_list_put_room (InternFreeList     *list,
                           const InternBlocks *blocks,
                           InternOffset        offset,
                           guint               class)
{
  char *string = intern_blocks_string (blocks, offset);
  InternHeader *header = intern_entry_header (string);

  if (list->heads == NULL)
    list->heads = g_new0 (InternOffset, INTERN_FREE_LIST_CLASSES);

  write_room (string, class, &(DeadRoom) { .next = list->heads[class] });
  list->heads[class] = offset;
  list->n_dead++;
  if (class < FIRST_LONG_CLASS)
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
  guint class;

  intern_free_list_class_for (intern_entry_length (string), &class);
#ifdef INTERN_DEBUG
  memset (string, INTERN_POISON, intern_free_list_size_of_class (class) - sizeof (InternHeader));
#endif
  intern_free_list_put_room (list, blocks, offset, class);
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
  guint class;
  const gsize size = intern_free_list_class_for (length, &class);
  const DeadRoom room = read_room (string, class);

  intern_memory_open (string, size - sizeof (InternHeader));
  list->heads[class] = room.next;
  list->n_dead--;
  list->bytes_recycled += intern_entry_length (string) & ~(class < FIRST_LONG_CLASS ? INTERN_BURIED : 0);

  return room.returned;
}

/* Giving memory back */

/* Forgets the rooms at and behind @from, but long ones. */
void
intern_free_list_drop (InternFreeList     *list,
                       const InternBlocks *blocks,
                       InternOffset        from)
{
  for (guint class = 0; list->heads != NULL && class < FIRST_LONG_CLASS; class++)
    {
      InternOffset offset = list->heads[class];

      list->heads[class] = 0;
      while (offset != 0)
        {
          const InternOffset next = next_of (blocks, offset, class);

          list->n_dead--;
          if (offset < from)
            intern_free_list_put_room (list, blocks, offset, class);
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

  for (guint class = FIRST_LONG_CLASS; list->heads != NULL && class < INTERN_FREE_LIST_CLASSES; class++)
    for (InternOffset offset = list->heads[class]; offset != 0;)
      {
        const gsize body = intern_free_list_size_of_class (class) - sizeof (InternHeader);
        char *string = intern_blocks_string (blocks, offset);
        DeadRoom room = read_room (string, class);

        offset = room.next;
        if (room.returned == 0)
          {
            room.returned = intern_return_pages (string + sizeof room, body - sizeof room);
            n_bytes += room.returned;
          }
        write_room (string, class, &room);
      }

  return n_bytes;
}

guint64
intern_free_list_get_memory (const InternFreeList *list)
{
  return list->heads == NULL ? 0 : intern_heap_size (INTERN_FREE_LIST_CLASSES * sizeof (InternOffset));
}
