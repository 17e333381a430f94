/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The blocks of a store, by number.
 *
 * The offset of a string is the number of its block and its distance from the start of that, in units of
 * 4 bytes. It fits 32 bits up to 16 GiB of text and gets longer beyond.
 *
 * Blocks are only added and never move. A thread gets an offset under the lock of a shard, after the block
 * was added: reading takes no lock. When the array of their addresses is full, one twice as long replaces it.
 * Readers do not say when they are done, so the shorter ones are freed with the store. The first address has its
 * place here: a small store has one block and no array.
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

typedef struct
{
  InternLock lock;       /* held to add */
  guint      n_blocks;   /* guarded by lock */
  guint32    first_size; /* guarded by lock, as all sizes */
  char      *first;      /* the array of one address, and that of its size, from which a store begins */
  char     **starts;     /* (owned) the addresses; published with release */
  guint32   *sizes;      /* (owned) guarded by lock */
} InternBlocks;

void         intern_blocks_init       (InternBlocks       *blocks);
void         intern_blocks_clear      (InternBlocks       *blocks);
guint        intern_blocks_add        (InternBlocks       *blocks,
                                       char               *start,
                                       gsize               size);
InternOffset intern_blocks_find       (InternBlocks       *blocks,
                                       const char         *string);
guint64      intern_blocks_get_memory (const InternBlocks *blocks);
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
