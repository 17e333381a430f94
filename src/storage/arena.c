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

/* Stands at the start of each block but those of long strings. */
typedef struct
{
  guint32 end;  /* where the permanent strings at its start end, as a distance; set when the block is full or gets a
                 * mortal string */
  guint32 next; /* the number of the next block of the arena */
} BlockHeader;
G_STATIC_ASSERT (G_ALIGNOF (BlockHeader) <= ALIGN && sizeof (BlockHeader) % ALIGN == 0);

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

static BlockHeader *
block_header (const InternArena *arena,
              guint              number)
{
  return (BlockHeader *) (void *) intern_blocks_string (arena->blocks, intern_blocks_offset (number, 0));
}

/* Returns the distance of the free room of the current block, of which @header is the header. */
static guint
distance_of_next (const InternArena *arena,
                  const BlockHeader *header)
{
  return (guint) (arena->next - (const char *) header);
}

/* Strings after this point of the current block are not read. */
static void
end_reading (InternArena *arena)
{
  BlockHeader *header = block_header (arena, arena->block);

  if (!arena->is_mixed)
    header->end = distance_of_next (arena, header);
}

/* Ends the current block, if there is one, and links block @number behind it. */
static void
link_block (InternArena *arena,
            guint        number)
{
  if (arena->next != NULL)
    {
      end_reading (arena);
      block_header (arena, arena->block)->next = number;
    }
  else
    {
      arena->read_block = number;
      arena->read_at = sizeof (BlockHeader);
    }
  arena->block = number;
  arena->is_mixed = FALSE;
}

/* Makes the new block @number the current one, and writes its header. */
static void
start_block (InternArena *arena,
             char        *start,
             gsize        size,
             guint        number)
{
  link_block (arena, number);
  arena->next = start + sizeof (BlockHeader);
  arena->next_offset = intern_blocks_offset (number, sizeof (BlockHeader));
  arena->room = (guint32) (size - sizeof (BlockHeader));
}

/* Lends a first block, which is aligned, to an empty arena, for as long as its store is used. */
void
intern_arena_lend (InternArena *arena,
                   char        *block,
                   gsize        size)
{
  start_block (arena, block, size, intern_blocks_add (arena->blocks, block, size));
  arena->block_size = (guint32) size;
  arena->n_blocks = 1;
}

/* Begins a block with room for a piece of @size bytes, even if the chunk returns an unaligned address. */
static void
begin_block (InternArena *arena,
             gsize        size)
{
  /* The chunk copies these zeros. They are in .bss, so they take no room in the library's file. */
  static char zeros[INTERN_BLOCK_MAX];
  gsize block_size = MAX (arena->block_size, INTERN_BLOCK_MIN);
  char *start;
  guint number;

  if (arena->n_blocks == INTERN_BLOCKS_A_SIZE && block_size < INTERN_BLOCK_MAX)
    block_size *= 2;
  while (block_size < sizeof (BlockHeader) + size + ALIGN - 1)
    block_size *= 2;

  if (arena->chunk == NULL)
    {
      arena->chunk = g_string_chunk_new (INTERN_BLOCK_MIN);
      arena->memory += INTERN_CHUNK_MEMORY;
    }
  arena->n_blocks = block_size == arena->block_size ? arena->n_blocks + 1 : 1;
  arena->block_size = (guint32) block_size;
  start = add_block (arena, arena->chunk, zeros, &block_size, &number);
  start_block (arena, start, block_size, number);
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

  if (purpose == INTERN_TO_COUNT)
    {
      end_reading (arena);
      arena->is_mixed = TRUE;
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

/* Reads strings of the block where reading goes on. */
static guint
read_block (InternArena        *arena,
            const BlockHeader  *header,
            guint               end,
            const char        **strings,
            guint               n_strings)
{
  const char *block = (const char *) header;
  guint n_read;

  for (n_read = 0; n_read < n_strings && arena->read_at < end; n_read++)
    {
      strings[n_read] = block + arena->read_at + HEADER_SIZE;
      arena->read_at += (guint) piece_size (intern_entry_length (strings[n_read]), INTERN_TO_KEEP);
    }

  return n_read;
}

/* Sets @strings to the next permanent strings, up to @n_strings, in the order in which they were added, and returns
 * their number. It returns each once, and none that is behind a mortal one in its block. */
guint
intern_arena_read (InternArena  *arena,
                   const char  **strings,
                   guint         n_strings)
{
  guint n_read = 0;

  while (arena->next != NULL)
    {
      const BlockHeader *header = block_header (arena, arena->read_block);
      const gboolean is_current = arena->read_block == arena->block;
      const guint end = is_current && !arena->is_mixed ? distance_of_next (arena, header) : header->end;

      n_read += read_block (arena, header, end, strings + n_read, n_strings - n_read);
      if (is_current || n_read == n_strings)
        break;
      arena->read_block = header->next;
      arena->read_at = sizeof (BlockHeader);
    }

  return n_read;
}

guint64
intern_arena_get_memory (const InternArena *arena)
{
  return arena->memory + intern_free_list_get_memory (&arena->free_list);
}
