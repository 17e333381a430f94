/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Gives blocks of dead strings back to the system, and takes them again.
 *
 * Threads without a lock may still read the headers of dead strings, so the address space stays: a thread reads the
 * old header, or zeros, and zeros mean a dead string too. For the same reason a header stays a header when a block is
 * taken again. So the arena keeps the classes of its rooms.
 */

#include "config.h"

#include "storage/arena.h"

#include "base/heap.h"
#include "base/pages.h"

/* Rooms of one class that lie end to end. */
typedef struct
{
  guint8 class;
  guint8 n_rooms;
} Run;
G_STATIC_ASSERT (INTERN_FREE_LIST_CLASSES <= G_MAXUINT8);

/* A block that was given back. */
struct _InternTrimmed
{
  InternTrimmed *next;
  guint          number;
  gboolean       has_runs;
  gsize          returned; /* bytes */
  gsize          size;     /* of rooms, in bytes */
  guint8         rooms[];  /* runs or, if that is shorter, the class of each */
};

static gsize
trimmed_size (gsize size)
{
  return sizeof (InternTrimmed) + size;
}

static void
trimmed_free (InternArena   *arena,
              InternTrimmed *trimmed)
{
  arena->memory -= intern_heap_size (trimmed_size (trimmed->size));
  g_free (trimmed);
}

void
intern_arena_clear_trimmed (InternArena *arena)
{
  while (arena->trimmed != NULL)
    {
      InternTrimmed *trimmed = arena->trimmed;

      arena->trimmed = trimmed->next;
      trimmed_free (arena, trimmed);
    }
}

/* The rooms of a block of mortal strings */

typedef struct
{
  const InternArena *arena;
  InternOffset       offset; /* of the room */
  char              *string; /* there */
  guint              class;
  char              *next;   /* the piece behind it */
} Rooms;

/* Returns where the rooms of block @number end. */
static const char *
end_of (const InternArena *arena,
        guint              number)
{
  const InternBlockHeader *header = intern_arena_block_header (arena, number);

  return number == arena->mortal.last ? arena->mortal.next : (const char *) header + header->end;
}

/* Calls are followed by next_room(), until that returns FALSE. */
static Rooms
rooms_of (const InternArena *arena,
          guint              number)
{
  char *block = (char *) intern_arena_block_header (arena, number);

  return (Rooms) {
    .arena = arena,
    .offset = intern_blocks_offset (number, 0),
    .string = block,
    .next = block + sizeof (InternBlockHeader),
  };
}

static void
go_to_room (Rooms *rooms)
{
  char *string = rooms->next + rooms->arena->blocks->data_size + sizeof (InternHeader);

  rooms->offset += (gsize) (string - rooms->string) / INTERN_OFFSET_UNIT;
  rooms->string = string;
}

static void
end_room (Rooms *rooms)
{
  const gsize size = intern_free_list_size_of_class (rooms->class);

  rooms->next += intern_arena_piece_size (rooms->arena, size);
}

static gboolean
next_room (Rooms      *rooms,
           const char *end)
{
  if (rooms->next >= end)
    return FALSE;

  go_to_room (rooms);
  intern_free_list_class_for (intern_entry_length (rooms->string) & ~INTERN_BURIED, &rooms->class);
  end_room (rooms);

  return TRUE;
}

/* Whether a room is in a free list. A string that is dead, but not buried yet, is not: another thread is about to bury
 * it. */
static gboolean
is_free (const char *string)
{
  /* Relaxed: the lock of the shard orders it. */
  const guint32 length = intern_atomic_load_relaxed (&intern_entry_header (string)->length);

  return (length & (INTERN_MORTAL | INTERN_BURIED)) == (INTERN_MORTAL | INTERN_BURIED);
}

/* Giving back */

/* In a block. */
#define MOST_ROOMS (INTERN_BLOCK_MAX / 16)

/* Sets the runs of the rooms of a block, if all are free. Otherwise returns FALSE. */
static gboolean
find_free_runs (const InternArena *arena,
                guint              number,
                Run               *runs,
                guint             *n_runs)
{
  const char *end = end_of (arena, number);
  Rooms rooms = rooms_of (arena, number);
  Run *run = NULL;

  *n_runs = 0;
  while (next_room (&rooms, end))
    {
      if (!is_free (rooms.string))
        return FALSE;

      if (run == NULL || run->class != rooms.class || run->n_rooms == G_MAXUINT8)
        {
          run = &runs[(*n_runs)++];
          *run = (Run) { .class = (guint8) rooms.class };
        }
      run->n_rooms++;
    }

  return TRUE;
}

/* Returns the offset where blocks begin of which all rooms are in the free list of this arena. */
static InternOffset
first_own_offset (const InternArena *arena)
{
  return intern_blocks_offset (arena->blocks->n_shared, 0);
}

/* Lists the free rooms of a block that is not shared. */
static void
put_free_rooms (InternArena *arena,
                guint        number)
{
  const char *end = end_of (arena, number);
  Rooms rooms = rooms_of (arena, number);

  if (intern_arena_shares (arena, number))
    return;

  while (next_room (&rooms, end))
    if (is_free (rooms.string))
      intern_free_list_put_room (&arena->free_list, arena->blocks, rooms.offset, rooms.class);
}

/* Returns what is kept of a block whose rooms are those of @runs. */
static InternTrimmed *
trimmed_new (guint      number,
             const Run *runs,
             guint      n_runs)
{
  InternTrimmed *trimmed;
  gsize n_rooms = 0, size;

  for (guint i = 0; i < n_runs; i++)
    n_rooms += runs[i].n_rooms;
  size = MIN (n_runs * sizeof *runs, n_rooms);

  trimmed = g_malloc (trimmed_size (size));
  *trimmed = (InternTrimmed) { .number = number, .has_runs = size < n_rooms, .size = size };
  if (trimmed->has_runs)
    memcpy (trimmed->rooms, runs, size);
  else
    for (guint i = 0, n = 0; i < n_runs; i++)
      for (guint j = 0; j < runs[i].n_rooms; j++)
        trimmed->rooms[n++] = runs[i].class;

  return trimmed;
}

/* Gives the block @number back, all of whose rooms are free. Returns the bytes. */
static gsize
give_back (InternArena *arena,
           guint        number,
           const Run   *runs,
           guint        n_runs)
{
  const char *end = end_of (arena, number);
  InternTrimmed *trimmed = trimmed_new (number, runs, n_runs);
  Rooms rooms = rooms_of (arena, number);

  while (next_room (&rooms, end))
    /* Relaxed: dead before and after. It is what a thread reads when the pages are gone: tests with small blocks and
     * race detectors see it too. */
    intern_atomic_store_relaxed (&intern_entry_header (rooms.string)->length, 0);
  trimmed->returned = intern_return_pages (intern_arena_block_header (arena, number),
                                           intern_blocks_get_size (arena->blocks, number));
  trimmed->next = arena->trimmed;
  arena->trimmed = trimmed;
  arena->memory += intern_heap_size (trimmed_size (trimmed->size));
  arena->memory -= trimmed->returned;

  return trimmed->returned;
}

/* Takes block @number out of the chain, where it is the first one or between blocks @before and @next. */
static void
unlink_block (InternArena *arena,
              guint        before,
              guint        number,
              guint        next)
{
  if (number == arena->mortal.first)
    arena->mortal.first = next;
  else
    intern_arena_block_header (arena, before)->next = next;
}

/* Gives back block @number if all of its rooms are free; otherwise returns FALSE. Adds the bytes to @n_bytes. */
static gboolean
trim_block (InternArena *arena,
            guint        number,
            gsize       *n_bytes)
{
  Run runs[MOST_ROOMS];
  guint n_runs;

  if (intern_arena_shares (arena, number) || !find_free_runs (arena, number, runs, &n_runs))
    return FALSE;

  *n_bytes += give_back (arena, number, runs, n_runs);

  return TRUE;
}

/* Gives back the blocks of which all rooms are free, and lists the rooms of the others anew. The last block goes only
 * if no other is left. Returns the bytes. */
static gsize
trim_chain (InternArena *arena)
{
  InternChain *chain = &arena->mortal;
  guint before = chain->first;
  gsize n_bytes = 0;

  /* The block where reading goes on may go. */
  chain->read_at = 0;
  intern_free_list_drop (&arena->free_list, arena->blocks, first_own_offset (arena));
  for (guint number = chain->first, next; number != chain->last; number = next)
    {
      next = intern_arena_block_header (arena, number)->next;
      if (trim_block (arena, number, &n_bytes))
        unlink_block (arena, before, number, next);
      else
        {
          put_free_rooms (arena, number);
          before = number;
        }
    }

  if (chain->first == chain->last && trim_block (arena, chain->last, &n_bytes))
    *chain = (InternChain) { .block_size = chain->block_size, .n_blocks = chain->n_blocks };
  else
    put_free_rooms (arena, chain->last);

  return n_bytes;
}

/* Returns the bytes that were given back to the system: of blocks whose rooms are all free, and of long rooms. */
gsize
intern_arena_trim (InternArena *arena)
{
  gsize n_bytes = 0;

  if (arena->free_list.n_dead > 0)
    {
      n_bytes = intern_free_list_trim_long (&arena->free_list, arena->blocks);
      arena->memory -= n_bytes;
      if (arena->mortal.next != NULL)
        n_bytes += trim_chain (arena);
    }
  arena->trim_at = INTERN_TRIM_AT + 2 * arena->free_list.n_dead;

  return n_bytes;
}

/* Taking again */

/* Links a block, whose rooms end at @rooms, before the first one of the chain. An empty chain goes on to fill it. */
static void
link_restored (InternArena *arena,
               guint        number,
               const Rooms *rooms)
{
  InternChain *chain = &arena->mortal;
  InternBlockHeader *header = intern_arena_block_header (arena, number);
  const guint end = (guint) (rooms->next - (char *) header);

  if (chain->next == NULL)
    {
      chain->last = number;
      chain->next = rooms->next;
      chain->next_offset = intern_blocks_offset (number, end);
      chain->room = (guint16) (intern_blocks_get_size (arena->blocks, number) - end);
    }
  *header = (InternBlockHeader) { .end = end, .next = chain->first };
  chain->first = number;
}

/* Lists the next room, of @class. */
static void
restore_room (InternArena *arena,
              Rooms       *rooms,
              guint        class)
{
  go_to_room (rooms);
  rooms->class = class;
  /* As long as the class allows, and dead. */
  intern_header_prepare (intern_entry_header (rooms->string),
                         (guint32) (intern_free_list_size_of_class (class) - sizeof (InternHeader) - 1));
  intern_free_list_put_room (&arena->free_list, arena->blocks, rooms->offset, class);
  end_room (rooms);
}

static void
restore_runs (InternArena *arena,
              Rooms       *rooms,
              const Run   *runs,
              gsize        n_runs)
{
  for (gsize i = 0; i < n_runs; i++)
    for (guint j = 0; j < runs[i].n_rooms; j++)
      restore_room (arena, rooms, runs[i].class);
}

/* Takes the last block that was given back, with the same rooms, and lists them. Returns FALSE if there is none. */
gboolean
intern_arena_restore (InternArena *arena)
{
  InternTrimmed *trimmed = arena->trimmed;
  Rooms rooms;

  if (trimmed == NULL)
    return FALSE;

  rooms = rooms_of (arena, trimmed->number);
  if (trimmed->has_runs)
    restore_runs (arena, &rooms, (const Run *) (const void *) trimmed->rooms, trimmed->size / sizeof (Run));
  else
    for (gsize i = 0; i < trimmed->size; i++)
      restore_room (arena, &rooms, trimmed->rooms[i]);
  link_restored (arena, trimmed->number, &rooms);

  arena->memory += trimmed->returned;
  arena->trimmed = trimmed->next;
  trimmed_free (arena, trimmed);

  return TRUE;
}
