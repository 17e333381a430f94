/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/arena.h"

#include "base/glib-memory.h"

/* Entries and strings are aligned to the unit of offsets. */
#define ALIGN INTERN_OFFSET_UNIT
#define HEADER_SIZE (G_STRUCT_OFFSET (InternEntry, string))
G_STATIC_ASSERT (G_ALIGNOF (InternEntry) <= ALIGN && HEADER_SIZE % ALIGN == 0);

/* Pieces that are longer than this get a block of their own. */
#define LONG_PIECE (INTERN_BLOCK_MAX / 4)

static gsize
align (gsize size)
{
  return (size + ALIGN - 1) & ~(ALIGN - 1);
}

void
intern_arena_init (InternArena  *arena,
                   InternBlocks *blocks)
{
  *arena = (InternArena) { .blocks = blocks };
}

void
intern_arena_clear (InternArena *arena)
{
  g_clear_pointer (&arena->chunk, g_string_chunk_free);
  g_slist_free_full (arena->long_chunks, (GDestroyNotify) g_string_chunk_free);
  intern_free_list_clear (&arena->free_list);
  intern_arena_init (arena, arena->blocks);
}

/* Moves everything to @heir, which is empty. */
void
intern_arena_move (InternArena *arena,
                   InternArena *heir)
{
  *heir = *arena;
  intern_arena_init (arena, heir->blocks);
}

/* A permanent string takes what it needs, a mortal one the full size of its class, so that other strings can
 * reuse its room. */
static gsize
piece_size (gsize         length,
            InternPurpose purpose)
{
  guint ignored;

  return purpose == INTERN_TO_COUNT ? intern_free_list_class_size (length, &ignored)
                                    : align (HEADER_SIZE + length + 1);
}

/* Returns an aligned block from @chunk. Reduces @size by the bytes that the alignment costs. */
static char *
add_block (InternArena  *arena,
           GStringChunk *chunk,
           const char   *zeros,
           gsize        *size,
           guint        *number)
{
  /* The chunk appends a NUL. */
  char *start = g_string_chunk_insert_len (chunk, zeros, (gssize) *size - 1);
  const gsize gap = align ((guintptr) start) - (guintptr) start;

  arena->memory += intern_chunk_block_memory (*size);
  *size -= gap;
  *number = intern_blocks_add (arena->blocks, start + gap, *size);

  return start + gap;
}

/* Begins a block with room for a piece of @size bytes, even if the chunk returns an unaligned address. */
static void
begin_block (InternArena *arena,
             gsize        size)
{
  /* The chunk copies these zeros. They are in .bss, so they take no room in the library's file. */
  static char zeros[INTERN_BLOCK_MAX];
  gsize block_size = MAX (arena->block_size, INTERN_BLOCK_MIN);
  guint number;

  if (arena->n_blocks == INTERN_BLOCKS_A_SIZE && block_size < INTERN_BLOCK_MAX)
    block_size *= 2;
  while (block_size < size + ALIGN - 1)
    block_size *= 2;

  if (arena->chunk == NULL)
    {
      arena->chunk = g_string_chunk_new (INTERN_BLOCK_MIN);
      arena->memory += INTERN_CHUNK_MEMORY;
    }
  arena->n_blocks = block_size == arena->block_size ? arena->n_blocks + 1 : 1;
  arena->block_size = (guint32) block_size;
  arena->next = add_block (arena, arena->chunk, zeros, &block_size, &number);
  arena->next_offset = intern_blocks_offset (number, 0);
  arena->room = (guint32) block_size;
}

/* Returns room for a string of @length bytes, or none for a long string if no dead one has left any. May begin a
 * block; the room counts as free until intern_arena_take(). */
InternPiece
intern_arena_peek (InternArena   *arena,
                   gsize          length,
                   InternPurpose  purpose)
{
  const InternOffset dead = intern_free_list_peek (&arena->free_list, length);
  gsize size;

  if (dead != 0)
    return (InternPiece) { intern_blocks_string (arena->blocks, dead), dead };

  size = piece_size (length, purpose);
  if (size > LONG_PIECE)
    return (InternPiece) { NULL, 0 };
  if (G_UNLIKELY (size > arena->room))
    begin_block (arena, size);

  return (InternPiece) { arena->next + HEADER_SIZE, arena->next_offset + HEADER_SIZE / ALIGN };
}

/* Takes the room that intern_arena_peek() has just returned for the same string. */
void
intern_arena_take (InternArena   *arena,
                   InternPiece    piece,
                   gsize          length,
                   InternPurpose  purpose)
{
  gsize size;

  /* Ask the list where the room came from. The address does not tell: another block may begin where the current
   * one ends. */
  if (G_UNLIKELY (intern_free_list_peek (&arena->free_list, length) != 0))
    {
      intern_free_list_take (&arena->free_list, arena->blocks, piece.offset);
      return;
    }

  size = piece_size (length, purpose);
  arena->next += size;
  arena->next_offset += size / ALIGN;
  arena->room -= (guint32) size;
}

/* GLib aborts when memory runs out, and a huge length must not cause that: this allocates the memory and
 * frees it for the chunk to take. */
static gboolean
has_memory_for (gsize size)
{
  gpointer probe = g_try_malloc (size);
  const gboolean has = probe != NULL;

  g_free (probe);

  return has;
}

/* Returns the room for a long string, or none if memory runs out. */
InternPiece
intern_arena_take_long (InternArena   *arena,
                        gsize          length,
                        InternPurpose  purpose)
{
  gsize size = piece_size (length, purpose) + ALIGN - 1;
  g_autofree char *zeros = g_try_malloc0 (size);
  GStringChunk *chunk;
  guint number;
  char *start;

  /* A chunk rounds a block up to a power of two. */
  if (zeros == NULL || !has_memory_for (2 * size))
    return (InternPiece) { NULL, 0 };

  chunk = g_string_chunk_new (1);
  arena->long_chunks = g_slist_prepend (arena->long_chunks, chunk);
  arena->memory += INTERN_CHUNK_MEMORY + intern_heap_size (sizeof (GSList));
  start = add_block (arena, chunk, zeros, &size, &number);

  return (InternPiece) { start + HEADER_SIZE, intern_blocks_offset (number, HEADER_SIZE) };
}

guint64
intern_arena_get_memory (const InternArena *arena)
{
  return arena->memory + intern_free_list_get_memory (&arena->free_list);
}
