/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/arena.h"

#include "base/glib-memory.h"

/* Blocks are aligned for pointers, so that the data before an entry can be aligned too. */
#define ALIGN (sizeof (gpointer))
#define HEADER_SIZE (G_STRUCT_OFFSET (InternEntry, string))
G_STATIC_ASSERT (G_ALIGNOF (InternEntry) <= INTERN_OFFSET_UNIT && HEADER_SIZE % INTERN_OFFSET_UNIT == 0);
G_STATIC_ASSERT (sizeof (InternBlockHeader) % ALIGN == 0 && INTERN_BLOCK_ALIGN % ALIGN == 0);

static gsize
align (gsize size)
{
  return (size + ALIGN - 1) & ~(ALIGN - 1);
}

void
intern_arena_init (InternArena  *arena,
                   InternBlocks *blocks)
{
  *arena = (InternArena) { .blocks = blocks, .trim_at = INTERN_TRIM_AT };
}

void
intern_arena_clear (InternArena *arena)
{
  g_clear_pointer (&arena->chunk, g_string_chunk_free);
  g_slist_free_full (arena->long_chunks, (GDestroyNotify) g_string_chunk_free);
  intern_free_list_clear (&arena->free_list);
  intern_arena_clear_trimmed (arena);
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

/* Lends memory for the first block of an empty arena, for as long as its store is used. */
void
intern_arena_lend (InternArena *arena,
                   char        *block,
                   gsize        size)
{
  arena->lent = block;
  arena->lent_size = (guint32) size;
}

static InternChain *
chain_for (InternArena   *arena,
           InternPurpose  purpose)
{
  return purpose == INTERN_TO_REF ? &arena->mortal : &arena->permanent;
}

/* A permanent string takes what it needs, a mortal one the full size of its class, so that other strings can
 * reuse its room. */
static gsize
entry_size (gsize         length,
            InternPurpose purpose)
{
  guint ignored;

  return purpose == INTERN_TO_REF ? intern_free_list_class_for (length, &ignored) : HEADER_SIZE + length + 1;
}

/* Returns the distance from the start of a piece to its string. */
static gsize
string_in_piece (const InternArena *arena)
{
  return arena->blocks->data_size + HEADER_SIZE;
}

/* Beginning a block */

/* Returns an aligned block from @chunk, filled with the first @size bytes at @zeros. Reduces @size by the bytes that
 * the alignment costs. */
static char *
add_block (InternArena  *arena,
           GStringChunk *chunk,
           const char   *zeros,
           gsize        *size,
           guint        *number)
{
  /* One byte less: the chunk appends a NUL. */
  char *start = g_string_chunk_insert_len (chunk, zeros, (gssize) *size - 1);
  const gsize gap = align ((guintptr) start) - (guintptr) start;

  arena->memory += intern_chunk_insertion_memory (*size);
  *size -= gap;
  *number = intern_blocks_add (arena->blocks, start + gap, *size);

  return start + gap;
}

/* Returns the distance of the free room of @chain from the start of its last block. */
static guint
distance_of_next (const InternArena *arena,
                  const InternChain *chain)
{
  return (guint) (chain->next - (const char *) intern_arena_block_header (arena, chain->last));
}

/* Makes the new block @number, of @size bytes at @start, the last one of @chain. */
static void
link_block (InternArena *arena,
            InternChain *chain,
            char        *start,
            gsize        size,
            guint        number)
{
  if (chain->next == NULL)
    chain->first = number;
  else
    *intern_arena_block_header (arena, chain->last) = (InternBlockHeader) {
      .end = distance_of_next (arena, chain), .next = number,
    };

  chain->last = number;
  chain->next = start + sizeof (InternBlockHeader);
  chain->next_offset = intern_blocks_offset (number, sizeof (InternBlockHeader));
  chain->room = (guint16) (size - sizeof (InternBlockHeader));
}

/* Begins a chain with the lent block, if that is unused and has room for a piece of @size bytes. */
static gboolean
begin_lent_block (InternArena *arena,
                  InternChain *chain,
                  gsize        size)
{
  char *block = arena->lent;

  if (block == NULL || chain->next != NULL || sizeof (InternBlockHeader) + size > arena->lent_size)
    return FALSE;

  arena->lent = NULL;
  chain->n_blocks = 1;
  chain->block_size = (guint16) arena->lent_size;
  link_block (arena, chain, block, arena->lent_size, intern_blocks_add (arena->blocks, block, arena->lent_size));

  return TRUE;
}

/* Begins a block with room for a piece of @size bytes, even if the chunk returns an unaligned address. */
static void
begin_block (InternArena *arena,
             InternChain *chain,
             gsize        size)
{
  /* The chunk copies these zeros. They are in .bss, so they take no room in the library's file. */
  static const char zeros[INTERN_BLOCK_MAX];
  gsize block_size = MAX (chain->block_size, INTERN_BLOCK_MIN);
  char *start = NULL;
  guint number;

  if (begin_lent_block (arena, chain, size))
    return;

  if (chain->n_blocks == INTERN_BLOCKS_A_SIZE && block_size < INTERN_BLOCK_MAX)
    block_size *= 2;
  while (block_size < sizeof (InternBlockHeader) + size + ALIGN - 1)
    block_size *= 2;
  if (block_size != chain->block_size)
    chain->n_blocks = 0;
  chain->n_blocks = (guint16) MIN (chain->n_blocks + 1, INTERN_BLOCKS_A_SIZE);
  chain->block_size = (guint16) block_size;

  if (chain == &arena->mortal && block_size == INTERN_BLOCK_MAX)
    start = intern_blocks_take (arena->blocks, &number);
  if (start != NULL)
    arena->memory += block_size;
  else
    {
      if (arena->chunk == NULL)
        {
          arena->chunk = g_string_chunk_new (INTERN_BLOCK_MIN);
          arena->memory += INTERN_CHUNK_MEMORY;
        }
      start = add_block (arena, arena->chunk, zeros, &block_size, &number);
    }
  link_block (arena, chain, start, block_size, number);
}

/* Room for a string */

/* Returns the room of a dead string, if there is any. */
static InternPiece
peek_dead (const InternArena *arena,
           gsize              length)
{
  const InternOffset dead = intern_free_list_peek (&arena->free_list, length);

  return (InternPiece) { dead == 0 ? NULL : intern_blocks_string (arena->blocks, dead), dead };
}

/* Returns room for a string of @length bytes, or none for a long string unless a dead one has left some. May begin a
 * block. The room stays free until intern_arena_take(). */
InternPiece
intern_arena_peek (InternArena   *arena,
                   gsize          length,
                   InternPurpose  purpose)
{
  InternChain *chain = chain_for (arena, purpose);
  InternPiece piece = peek_dead (arena, length);
  gsize size;

  if (G_UNLIKELY (piece.string != NULL))
    return piece;

  size = entry_size (length, purpose);
  if (size > INTERN_LONG_ROOM)
    return piece;

  size = intern_arena_piece_size (arena, size);
  if (G_UNLIKELY (size > chain->room))
    {
      if (chain == &arena->mortal && arena->trimmed != NULL && intern_arena_restore (arena))
        piece = peek_dead (arena, length);
      if (piece.string != NULL)
        return piece;
      begin_block (arena, chain, size);
    }

  return (InternPiece) {
    chain->next + string_in_piece (arena),
    chain->next_offset + string_in_piece (arena) / INTERN_OFFSET_UNIT,
  };
}

/* Takes the room that intern_arena_peek() has just returned for the same string. */
void
intern_arena_take (InternArena   *arena,
                   InternPiece    piece,
                   gsize          length,
                   InternPurpose  purpose)
{
  InternChain *chain = chain_for (arena, purpose);
  gsize size;

  /* The list says whether the room came from it. The address does not: another block may begin where the last one
   * ends. */
  if (G_UNLIKELY (intern_free_list_peek (&arena->free_list, length) != 0))
    {
      arena->memory += intern_free_list_take (&arena->free_list, arena->blocks, piece.offset, length);
      return;
    }

  size = intern_arena_piece_size (arena, entry_size (length, purpose));
  chain->next += size;
  chain->next_offset += size / INTERN_OFFSET_UNIT;
  chain->room = (guint16) (chain->room - size);
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
  gsize size = intern_arena_piece_size (arena, entry_size (length, purpose)) + ALIGN - 1;
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

  return (InternPiece) { start + string_in_piece (arena), intern_blocks_offset (number, string_in_piece (arena)) };
}

/* Reading */

/* Reads strings of block @number of @chain from chain->read_at on, up to the distance @end. */
static guint
read_block (InternArena    *arena,
            InternChain    *chain,
            guint           number,
            InternPurpose   purpose,
            guint           end,
            const char    **strings,
            guint           n_strings)
{
  const char *block = (const char *) intern_arena_block_header (arena, number);
  guint n_read = 0;

  while (n_read < n_strings && chain->read_at < end)
    {
      const char *string = block + chain->read_at + string_in_piece (arena);
      InternHeader *header = intern_entry_header (string);
      /* No long string is in a chain, so this bit of a length is INTERN_BURIED and not part of the number. */
      const gsize size = entry_size (intern_entry_length (string) & ~INTERN_BURIED, purpose);

      /* Relaxed: the lock of the shard orders the bytes. */
      if (intern_atomic_load_relaxed (&header->state) != 0)
        strings[n_read++] = string;
      chain->read_at = (guint16) (chain->read_at + intern_arena_piece_size (arena, size));
    }

  return n_read;
}

/* Sets @strings to the next strings, up to @n_strings, in the order in which their rooms were taken first, and returns
 * their number. Reads permanent strings for INTERN_TO_KEEP and mortal ones for INTERN_TO_REF: each room once, unless
 * blocks were given back meanwhile. Reads no long string, and no mortal one in a block that shards share. */
guint
intern_arena_read (InternArena    *arena,
                   InternPurpose   purpose,
                   const char    **strings,
                   guint           n_strings)
{
  InternChain *chain = chain_for (arena, purpose);
  guint *number = &arena->read_blocks[chain == &arena->mortal];
  guint n_read = 0;

  if (chain->next == NULL)
    return 0;
  if (chain->read_at == 0)
    {
      *number = chain->first;
      chain->read_at = sizeof (InternBlockHeader);
    }

  for (;;)
    {
      const InternBlockHeader *header = intern_arena_block_header (arena, *number);
      const gboolean is_last = *number == chain->last;
      const guint end = is_last ? distance_of_next (arena, chain) : header->end;

      /* Another shard may write to rooms of mortal strings that it shares. */
      if (purpose == INTERN_TO_REF && intern_arena_shares (arena, *number))
        chain->read_at = (guint16) end;
      n_read += read_block (arena, chain, *number, purpose, end, strings + n_read, n_strings - n_read);
      if (is_last || n_read == n_strings)
        return n_read;
      *number = header->next;
      chain->read_at = sizeof (InternBlockHeader);
    }
}

guint64
intern_arena_get_memory (const InternArena *arena)
{
  return arena->memory + intern_free_list_get_memory (&arena->free_list);
}
