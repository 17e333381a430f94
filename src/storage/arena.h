/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The storage of a shard: blocks of memory, in which strings lie one after the other.
 *
 * A GStringChunk owns the blocks and frees them; each is one piece that it was asked to insert. The
 * arena lays entries into them itself. Blocks grow with the arena, so that a small pool is small and
 * a large one is in few pieces. A long string gets a block and a chunk of its own: in a common block
 * it would waste what is left of it. The caller holds the lock of the shard.
 */

#pragma once

#include "storage/blocks.h"
#include "storage/entry.h"
#include "storage/free-list.h"

typedef struct
{
  InternBlocks  *blocks;     /* those of the store */
  GStringChunk  *chunk;      /* (owned) (nullable) owns the blocks of usual size */
  GSList        *long_chunks; /* (owned) (element-type GStringChunk) each owns the block of a long string */
  char          *next;       /* where the room of the current block begins */
  InternOffset   next_offset;
  guint32        room;       /* bytes left in the current block */
  guint32        block_size; /* of the current block */
  guint          n_blocks;   /* of this size */
  InternFreeList free_list;
  guint64        memory;     /* heap that all of it takes */
} InternArena;

/* Room for a string. */
typedef struct
{
  char        *string; /* NULL if there is none; a header has room before it */
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
