/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The blocks of a store's storage, by number.
 *
 * With them a string has a place: the number of its block and its distance from the start of it,
 * which together fit 32 bits up to 16 GiB of text. GHashTable keeps such keys in half the room of
 * an address, and an index of half the size has half the cache misses. Beyond that places simply
 * get longer.
 *
 * Blocks are only ever added, and what is there never moves. Whoever has a place got it under the
 * lock of a shard, after its block was added: reading takes no lock.
 */

#pragma once

#include "base/lock.h"
#include "base/sizes.h"

#define INTERN_BLOCK_SEGMENTS 24
#define INTERN_FIRST_SEGMENT_LOG2 3

typedef gsize InternPlace;

/* What strings are aligned to, and places are counted in. */
#define INTERN_PLACE_UNIT (sizeof (guint32))
#define INTERN_PLACES_A_BLOCK (INTERN_BLOCK_MAX / INTERN_PLACE_UNIT)

typedef struct
{
  InternLock lock;                            /* held to add */
  guint      n_blocks;                        /* guarded by lock */
  char     **segments[INTERN_BLOCK_SEGMENTS]; /* (owned) each twice as long as the one before */
} InternBlocks;

void    intern_blocks_init       (InternBlocks       *blocks);
void    intern_blocks_clear      (InternBlocks       *blocks);
guint   intern_blocks_add        (InternBlocks       *blocks,
                                  char               *start,
                                  gsize               size);
InternPlace
        intern_blocks_find       (InternBlocks       *blocks,
                                  const char         *string);
guint64 intern_blocks_get_memory (const InternBlocks *blocks);

static inline gsize
intern_blocks_in_segment (guint segment)
{
  return (gsize) 1 << (INTERN_FIRST_SEGMENT_LOG2 + segment);
}

static inline guint
intern_blocks_segment (guint  number,
                       guint *offset)
{
  const guint shifted = number + (1u << INTERN_FIRST_SEGMENT_LOG2);
  const guint log2 = 31 - (guint) __builtin_clz (shifted);

  *offset = shifted - (1u << log2);

  return log2 - INTERN_FIRST_SEGMENT_LOG2;
}

static inline char *
intern_blocks_string (const InternBlocks *blocks,
                      InternPlace         place)
{
  guint offset;
  const guint segment = intern_blocks_segment ((guint) (place / INTERN_PLACES_A_BLOCK), &offset);

  return blocks->segments[segment][offset] + place % INTERN_PLACES_A_BLOCK * INTERN_PLACE_UNIT;
}

static inline InternPlace
intern_blocks_place (guint number,
                     gsize distance)
{
  return number * (InternPlace) INTERN_PLACES_A_BLOCK + distance / INTERN_PLACE_UNIT;
}
