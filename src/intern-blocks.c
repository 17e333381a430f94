/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-blocks-private.h"

#include "intern-heap-private.h"

/* Expects zeroed memory. */
void
intern_blocks_init (InternBlocks *blocks)
{
  intern_lock_init (&blocks->lock);
}

void
intern_blocks_clear (InternBlocks *blocks)
{
  for (guint i = 0; i < INTERN_BLOCK_SEGMENTS; i++)
    g_clear_pointer (&blocks->segments[i], g_free);
  intern_lock_clear (&blocks->lock);
}

/* Returns the number of the block that begins at @start. May be called with the lock of a shard. */
guint
intern_blocks_add (InternBlocks *blocks,
                   char         *start)
{
  guint number, segment, offset;

  intern_lock (&blocks->lock);
  number = blocks->n_blocks++;
  segment = intern_blocks_segment (number, &offset);
  /* Some terabytes: whatever else happens, no write past the end. */
  g_assert (segment < INTERN_BLOCK_SEGMENTS);
  if (offset == 0)
    blocks->segments[segment] = g_new (char *, (gsize) 1 << (INTERN_FIRST_SEGMENT_LOG2 + segment));
  blocks->segments[segment][offset] = start;
  intern_unlock (&blocks->lock);

  return number;
}

/* The caller keeps others from adding. */
guint64
intern_blocks_get_memory (const InternBlocks *blocks)
{
  guint64 memory = 0;

  for (guint i = 0; i < INTERN_BLOCK_SEGMENTS && blocks->segments[i] != NULL; i++)
    memory += intern_heap_size (sizeof (char *) << (INTERN_FIRST_SEGMENT_LOG2 + i));

  return memory;
}
