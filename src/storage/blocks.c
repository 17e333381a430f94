/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/blocks.h"

#include <string.h>

#include "base/heap.h"

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

/* A segment has all addresses first, then all sizes: a search by offset does not read the sizes. */
static guint32 *
sizes_of (const InternBlocks *blocks,
          guint               segment)
{
  return (guint32 *) (void *) (blocks->segments[segment] + intern_blocks_in_segment (segment));
}

static gsize
segment_size (guint segment)
{
  return intern_blocks_in_segment (segment) * (sizeof (char *) + sizeof (guint32));
}

/* Returns the start of block @number, and its size. */
static char *
get_block (const InternBlocks *blocks,
           guint               number,
           gsize              *size)
{
  guint in_segment;
  const guint segment = intern_blocks_segment (number, &in_segment);

  *size = sizes_of (blocks, segment)[in_segment];

  return blocks->segments[segment][in_segment];
}

/* Returns the number of the new block. The caller may hold the lock of a shard. */
guint
intern_blocks_add (InternBlocks *blocks,
                   char         *start,
                   gsize         size)
{
  guint number, segment, in_segment;

  intern_lock (&blocks->lock);
  number = blocks->n_blocks++;
  segment = intern_blocks_segment (number, &in_segment);
  /* Some terabytes. Never writes past the end. */
  g_assert (segment < INTERN_BLOCK_SEGMENTS);
  if (in_segment == 0)
    blocks->segments[segment] = g_malloc (segment_size (segment));
  blocks->segments[segment][in_segment] = start;
  sizes_of (blocks, segment)[in_segment] = (guint32) size;
  intern_unlock (&blocks->lock);

  return number;
}

/* Returns the offset of @string, or 0 if it lies in no block. Looks at every block: for a string that is
 * no longer in the index or may be of another pool. The caller may hold the lock of a shard. */
InternOffset
intern_blocks_find (InternBlocks *blocks,
                    const char   *string)
{
  InternOffset found = 0;

  intern_lock (&blocks->lock);
  for (guint i = 0; found == 0 && i < blocks->n_blocks; i++)
    {
      gsize size;
      const guintptr distance = (guintptr) string - (guintptr) get_block (blocks, i, &size);

      /* A larger block holds one string, at its start. */
      if (distance < MIN (size, INTERN_BLOCK_MAX))
        found = intern_blocks_offset (i, distance);
    }
  intern_unlock (&blocks->lock);

  return found;
}

/* HOLDS: blocks->lock, or no other thread adds */
guint64
intern_blocks_get_memory (const InternBlocks *blocks)
{
  guint64 memory = 0;

  for (guint i = 0; i < INTERN_BLOCK_SEGMENTS && blocks->segments[i] != NULL; i++)
    memory += intern_heap_size (segment_size (i));

  return memory;
}

#ifdef INTERN_DEBUG
/* Overwrites all strings, so that a late read shows. */
void
intern_blocks_poison (InternBlocks *blocks)
{
  for (guint i = 0; i < blocks->n_blocks; i++)
    {
      gsize size;
      char *start = get_block (blocks, i, &size);

      intern_memory_open (start, size);
      memset (start, INTERN_POISON, size);
    }
}
#endif
