/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The storage of a shard: blocks of memory with one string after the other.
 *
 * A GStringChunk owns the blocks: each is one insertion into the chunk, and the arena places entries in it
 * itself. Blocks grow with the arena: a small pool is small and a large one has few blocks. A long string
 * gets a block and a chunk of its own: beginning a common block for it would waste the rest of the current
 * one. The caller may lend the first block, and holds the lock of the shard.
 *
 * Permanent strings and mortal ones have chains of blocks of their own, where they lie end to end: each chain can be
 * read from front to back, once. And a block of mortal strings that are all dead can be given back: see
 * storage/trim.c.
 *
 * Before the header of each string there is room for data of the store's size, which is zero for most stores.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"
#include "storage/free-list.h"

/* A linked list of blocks, and the free room of the last one. */
typedef struct
{
  char        *next;        /* (nullable) the free room */
  InternOffset next_offset;
  guint        first;       /* number of the first block */
  guint        last;        /* number of the last block */
  guint16      room;        /* bytes left there */
  guint16      block_size;  /* of the last block */
  guint16      n_blocks;    /* of block_size, up to INTERN_BLOCKS_A_SIZE */
  guint16      read_at;     /* the distance where intern_arena_read() goes on; 0 before it has begun */
} InternChain;
G_STATIC_ASSERT (INTERN_BLOCK_MAX <= G_MAXUINT16);

/* Stands at the start of each block of a chain. */
typedef struct
{
  guint32 end;  /* where its strings end, as a distance; set when the next block begins */
  guint32 next; /* the number of the next block */
} InternBlockHeader;

typedef struct _InternTrimmed InternTrimmed;

typedef struct
{
  InternBlocks  *blocks;          /* those of the store */
  GStringChunk  *chunk;           /* (owned) (nullable) owns the blocks up to INTERN_BLOCK_MAX, but those of regions */
  GSList        *long_chunks;     /* (owned) (element-type GStringChunk) each owns the block of a long string */
  char          *lent;            /* (nullable) the block that the caller lends, until a string takes it */
  InternChain    permanent;
  InternChain    mortal;
  guint          read_blocks[2];  /* numbers of the blocks where it goes on, of permanent and mortal */
  InternFreeList free_list;
  InternTrimmed *trimmed;         /* (owned) (nullable) the blocks that were given back */
  guint          trim_at;         /* dead strings from which a shard gives blocks back by itself */
  guint32        lent_size;
  guint64        memory;          /* of blocks and chunks, less what was given back */
} InternArena;

/* Room for a string. */
typedef struct
{
  char        *string; /* (nullable) there is room for a header before it */
  InternOffset offset;
} InternPiece;

void        intern_arena_init       (InternArena       *arena,
                                     InternBlocks      *blocks);
void        intern_arena_lend       (InternArena       *arena,
                                     char              *block,
                                     gsize              size);
void        intern_arena_clear      (InternArena       *arena);
void        intern_arena_move       (InternArena       *arena,
                                     InternArena       *heir);
InternPiece intern_arena_peek       (InternArena       *arena,
                                     gsize              length,
                                     InternPurpose      purpose);
void        intern_arena_take       (InternArena       *arena,
                                     InternPiece        piece,
                                     gsize              length,
                                     InternPurpose      purpose);
InternPiece intern_arena_take_long  (InternArena       *arena,
                                     gsize              length,
                                     InternPurpose      purpose);
guint       intern_arena_read       (InternArena       *arena,
                                     InternPurpose      purpose,
                                     const char       **strings,
                                     guint              n_strings);
guint64     intern_arena_get_memory (const InternArena *arena);

/* trim.c */

gsize    intern_arena_trim          (InternArena *arena);
gboolean intern_arena_restore       (InternArena *arena);
void     intern_arena_clear_trimmed (InternArena *arena);

/* For the files of the arena. */

static inline InternBlockHeader *
intern_arena_block_header (const InternArena *arena,
                           guint              number)
{
  return (InternBlockHeader *) (void *) intern_blocks_string (arena->blocks, intern_blocks_offset (number, 0));
}

/* Whether the strings of other shards lie in a block: rooms of it are in the free lists of those. */
static inline gboolean
intern_arena_shares (const InternArena *arena,
                     guint              number)
{
  return number < arena->blocks->n_shared;
}

/* Returns the size of a piece with an entry of @size bytes. All pieces are aligned to the unit of offsets, and those
 * with data to pointers. */
static inline gsize
intern_arena_piece_size (const InternArena *arena,
                         gsize              size)
{
  const gsize data_size = arena->blocks->data_size;
  const gsize unit = data_size == 0 ? INTERN_OFFSET_UNIT : sizeof (gpointer);

  return (data_size + size + unit - 1) & ~(unit - 1);
}
