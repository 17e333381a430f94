/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The blocks of a store, by number.
 *
 * The offset of a string is the number of its block and its distance from the start of that, in units of
 * 4 bytes. It fits 32 bits up to 16 GiB of text and gets longer beyond.
 *
 * Blocks are only added and never move. A thread gets an offset under the lock of a shard, after the block
 * was added: reading takes no lock.
 */

#pragma once

#include "base/lock.h"
#include "base/sizes.h"

#define INTERN_BLOCK_SEGMENTS 24
#define INTERN_FIRST_SEGMENT_LOG2 3

typedef gsize InternOffset;

/* The alignment of strings and the unit of offsets. */
#define INTERN_OFFSET_UNIT (sizeof (guint32))
#define INTERN_OFFSETS_A_BLOCK (INTERN_BLOCK_MAX / INTERN_OFFSET_UNIT)

/* Debug builds overwrite dead strings with it. */
#define INTERN_POISON 0xDD

typedef struct
{
  InternLock lock;                            /* held to add */
  guint      n_blocks;                        /* guarded by lock */
  char     **segments[INTERN_BLOCK_SEGMENTS]; /* (owned) each twice as long as the previous one */
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

static inline gsize
intern_blocks_in_segment (guint segment)
{
  return (gsize) 1 << (INTERN_FIRST_SEGMENT_LOG2 + segment);
}

/* Returns the segment of the element at @position, which is below 2^31, where the first segment has
 * 2^@first_log2 elements and each other one twice as many as the previous one. */
static inline guint
intern_segment (guint  position,
                guint  first_log2,
                guint *in_segment)
{
  const guint shifted = position + (1u << first_log2);
  const guint log2 = 31 ^ (guint) __builtin_clz (shifted);

  *in_segment = shifted & ~(1u << log2);

  return log2 - first_log2;
}

static inline guint
intern_blocks_segment (guint  number,
                       guint *in_segment)
{
  return intern_segment (number, INTERN_FIRST_SEGMENT_LOG2, in_segment);
}

static inline char *
intern_blocks_string (const InternBlocks *blocks,
                      InternOffset        offset)
{
  guint in_segment;
  const guint segment = intern_blocks_segment ((guint) (offset / INTERN_OFFSETS_A_BLOCK), &in_segment);

  return blocks->segments[segment][in_segment] + offset % INTERN_OFFSETS_A_BLOCK * INTERN_OFFSET_UNIT;
}

static inline InternOffset
intern_blocks_offset (guint number,
                      gsize distance)
{
  return number * (InternOffset) INTERN_OFFSETS_A_BLOCK + distance / INTERN_OFFSET_UNIT;
}
