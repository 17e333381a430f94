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

/* Returns the place of a string that lies in a block, or 0 if it lies in none. A string knows its
 * place only through the index; this is for the rare one that is not there any more, and looks at
 * every block. May be called with the lock of a shard. */
InternPlace
intern_blocks_find (InternBlocks *blocks,
                    const char   *string)
{
  const char *nearest = NULL;
  guint found = 0;

  intern_lock (&blocks->lock);
  for (guint i = 0; i < blocks->n_blocks; i++)
    {
      const char *start = intern_blocks_string (blocks, intern_blocks_place (i, 0));

      if (start <= string && (nearest == NULL || start > nearest))
        {
          nearest = start;
          found = i;
        }
    }
  intern_unlock (&blocks->lock);

  if (nearest == NULL || (gsize) (string - nearest) >= INTERN_BLOCK_MAX)
    return 0;

  return intern_blocks_place (found, (gsize) (string - nearest));
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
