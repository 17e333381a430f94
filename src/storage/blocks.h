/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The blocks of a store, by number.
 *
 * The offset of a string is the number of its block and its distance from the start of that, in units of 4 bytes. It
 * fits 32 bits up to 16 GiB of strings and needs 64 beyond.
 *
 * Blocks are only added and never move. A thread gets an offset under the lock of a shard, after the block was added:
 * reading takes no lock. When the array of their addresses is full, one twice as long replaces it. Readers do not say
 * when they are done, so the shorter ones are freed with the store. A small store has one block, whose address stands
 * here, and no array.
 *
 * Most blocks belong to the arena that has added them. In a large store the largest blocks of mortal strings come from
 * regions of this file: they begin and end with a page, so that a block of dead strings can be given back alone.
 */

#pragma once

#include "base/atomic.h"
#include "base/lock.h"
#include "base/sizes.h"

typedef gsize InternOffset;

/* The alignment of strings and the unit of offsets. */
#define INTERN_OFFSET_UNIT (sizeof (guint32))
#define INTERN_OFFSETS_A_BLOCK (INTERN_BLOCK_MAX / INTERN_OFFSET_UNIT)

/* Debug builds overwrite dead strings with it. */
#define INTERN_POISON 0xDD

/* Memory for blocks, in a large store. */
typedef struct
{
  GStringChunk *chunk;  /* (owned) owns it */
  char         *next;   /* the blocks of the last region that are left */
  guint         n_left; /* their number */
  guint64       memory; /* less that of the blocks taken */
} InternRegions;

typedef struct
{
  InternLock     lock;       /* held to add */
  guint          n_blocks;   /* guarded by lock, as all that follows but starts */
  guint32        first_size;
  guint          data_size;  /* bytes before the header of each string; set before the first block is added */
  guint          n_shared;   /* blocks from before the store was split: strings of all shards lie there */
  char          *first;      /* where starts and sizes point while there is one block: its address, and first_size */
  char         **starts;     /* (owned) the addresses; published with release */
  guint32       *sizes;      /* (owned) */
  InternRegions *regions;    /* (owned) (nullable) */
} InternBlocks;

void         intern_blocks_init       (InternBlocks       *blocks);
void         intern_blocks_clear      (InternBlocks       *blocks);
guint        intern_blocks_add        (InternBlocks       *blocks,
                                       char               *start,
                                       gsize               size);
char *       intern_blocks_take       (InternBlocks       *blocks,
                                       guint              *number);
InternOffset intern_blocks_find       (InternBlocks       *blocks,
                                       const char         *string);
guint64      intern_blocks_get_memory (const InternBlocks *blocks);
gsize        intern_blocks_get_size   (InternBlocks       *blocks,
                                       guint               number);
void         intern_blocks_trim       (InternBlocks       *blocks);
void         intern_blocks_share      (InternBlocks       *blocks);
#ifdef INTERN_DEBUG
void intern_blocks_poison (InternBlocks *blocks);
#endif

static inline char *
intern_blocks_string (const InternBlocks *blocks,
                      InternOffset        offset)
{
  /* Acquire: pairs with the release in grow_locked(), so that the addresses are seen. */
  char **starts = intern_atomic_load_acquire (&blocks->starts);

  return starts[offset / INTERN_OFFSETS_A_BLOCK] + offset % INTERN_OFFSETS_A_BLOCK * INTERN_OFFSET_UNIT;
}

static inline InternOffset
intern_blocks_offset (guint number,
                      gsize distance)
{
  return number * (InternOffset) INTERN_OFFSETS_A_BLOCK + distance / INTERN_OFFSET_UNIT;
}
