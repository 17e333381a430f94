/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The storage of a shard: blocks of memory with one string after the other.
 *
 * A GStringChunk owns the blocks: each is one piece that it was asked to insert, in which the arena places
 * entries itself. Blocks grow with the arena: a small pool is small and a large one has few blocks. A long
 * string gets a block and a chunk of its own: it would waste the room left in the current block. The
 * caller holds the lock of the shard.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"
#include "storage/free-list.h"

typedef struct
{
  InternBlocks  *blocks;      /* those of the store */
  GStringChunk  *chunk;       /* (owned) (nullable) owns the blocks of usual size */
  GSList        *long_chunks; /* (owned) (element-type GStringChunk) each owns the block of a long string */
  char          *next;        /* the free room of the current block */
  InternOffset   next_offset;
  guint32        room;        /* bytes left in the current block */
  guint32        block_size;  /* of the current block */
  guint          n_blocks;    /* of this size */
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
guint64     intern_arena_get_memory (const InternArena *arena);
