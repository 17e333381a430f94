/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/blocks.h"

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

/* The sizes of the blocks of a segment stand behind their addresses: who only wants an address
 * does not read them. */
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

/* Returns the number of the block of @size bytes at @start. May be called with the lock of a shard. */
guint
intern_blocks_add (InternBlocks *blocks,
                   char         *start,
                   gsize         size)
{
  guint number, segment, offset;

  intern_lock (&blocks->lock);
  number = blocks->n_blocks++;
  segment = intern_blocks_segment (number, &offset);
  /* Some terabytes: whatever else happens, no write past the end. */
  g_assert (segment < INTERN_BLOCK_SEGMENTS);
  if (offset == 0)
    blocks->segments[segment] = g_malloc (segment_size (segment));
  blocks->segments[segment][offset] = start;
  sizes_of (blocks, segment)[offset] = (guint32) size;
  intern_unlock (&blocks->lock);

  return number;
}

/* Returns the place of a string that lies in a block, or 0 if it lies in none. A string knows its
 * place only through the index; this is for the rare one that is not there any more, and looks at
 * every block. May be called with the lock of a shard. */
InternPlace
intern_blocks_find (InternBlocks *blocks,
                    const char   *string)
{
  InternPlace found = 0;

  intern_lock (&blocks->lock);
  for (guint i = 0; found == 0 && i < blocks->n_blocks; i++)
    {
      guint offset;
      const guint segment = intern_blocks_segment (i, &offset);
      const guintptr distance = (guintptr) string - (guintptr) blocks->segments[segment][offset];

      /* In a block that is larger than usual there is one string, at its beginning. */
      if (distance < MIN (sizes_of (blocks, segment)[offset], INTERN_BLOCK_MAX))
        found = intern_blocks_place (i, distance);
    }
  intern_unlock (&blocks->lock);

  return found;
}

/* The caller keeps others from adding. */
guint64
intern_blocks_get_memory (const InternBlocks *blocks)
{
  guint64 memory = 0;

  for (guint i = 0; i < INTERN_BLOCK_SEGMENTS && blocks->segments[i] != NULL; i++)
    memory += intern_heap_size (segment_size (i));

  return memory;
}
