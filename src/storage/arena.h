/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The storage of a shard: blocks of memory with one string after the other.
 *
 * A GStringChunk owns the blocks: each is one insertion into the chunk, and the arena places entries in it
 * itself. Blocks grow with the arena: a small pool is small and a large one has few blocks. A long string
 * gets a block and a chunk of its own: beginning a common block for it would waste the rest of the current
 * one. The caller may lend the first block, and holds the lock of the shard.
 *
 * Permanent strings lie end to end, so the arena can be read from front to back, once. A block is read up to its
 * first mortal string, whose room may be used again; long strings are not read.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"
#include "storage/free-list.h"

typedef struct
{
  InternBlocks  *blocks;      /* those of the store */
  GStringChunk  *chunk;       /* (owned) (nullable) owns the blocks up to INTERN_BLOCK_MAX */
  GSList        *long_chunks; /* (owned) (element-type GStringChunk) each owns the block of a long string */
  char          *next;        /* the free room of the current block */
  InternOffset   next_offset;
  guint32        room;        /* bytes left in the current block */
  guint32        block_size;  /* of the current block */
  guint          n_blocks;    /* of block_size */
  guint          block;       /* number of the current block */
  gboolean       is_mixed;    /* it has a mortal string */
  guint          read_block;  /* number of the block where intern_arena_read() goes on */
  guint          read_at;     /* and the distance there */
  InternFreeList free_list;
  guint64        memory;      /* of blocks and chunks */
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
                                     const char       **strings,
                                     guint              n_strings);
guint64     intern_arena_get_memory (const InternArena *arena);
