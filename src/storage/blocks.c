/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/blocks.h"

#include <string.h>

#include "base/glib-memory.h"
#include "base/pages.h"

/* Of the first array that is allocated, and of the largest: the blocks that an offset can tell apart. */
#define CAPACITY_MIN 8
#define CAPACITY_MAX (1u << 31)

void
intern_blocks_init (InternBlocks *blocks)
{
  *blocks = (InternBlocks) { .starts = &blocks->first, .sizes = &blocks->first_size };
  intern_lock_init (&blocks->lock);
}

/* Before the addresses, an array has the address of the one that it replaced. */
static char ***
link_of (char **starts)
{
  return (char ***) (void *) (starts - 1);
}

void
intern_blocks_clear (InternBlocks *blocks)
{
  char **starts = blocks->starts;

  while (starts != &blocks->first)
    {
      char **shorter = *link_of (starts);

      g_free (link_of (starts));
      starts = shorter;
    }
  if (blocks->sizes != &blocks->first_size)
    g_free (blocks->sizes);
  if (blocks->regions != NULL)
    g_string_chunk_free (blocks->regions->chunk);
  g_free (blocks->regions);
  intern_lock_clear (&blocks->lock);
}

/* Returns the capacity of an array for @n_blocks. */
static gsize
capacity_for (guint n_blocks)
{
  return n_blocks <= 1 ? 1 : MAX (CAPACITY_MIN, (gsize) 1 << g_bit_storage (n_blocks - 1));
}

/* HOLDS: blocks->lock */
static void
grow_locked (InternBlocks *blocks)
{
  const guint n_blocks = blocks->n_blocks;
  const gsize capacity = capacity_for (n_blocks + 1);
  char **starts = (char **) g_new (char **, capacity + 1) + 1;
  guint32 *sizes = g_new (guint32, capacity);

  *link_of (starts) = blocks->starts;
  memcpy (starts, blocks->starts, n_blocks * sizeof *starts);
  memcpy (sizes, blocks->sizes, n_blocks * sizeof *sizes);
  if (blocks->sizes != &blocks->first_size)
    g_free (blocks->sizes);
  blocks->sizes = sizes;
  /* Release: a reader that sees the array sees the addresses in it. */
  intern_atomic_store_release (&blocks->starts, starts);
}

/* HOLDS: blocks->lock */
static guint
add_locked (InternBlocks *blocks,
            char         *start,
            gsize         size)
{
  const guint number = blocks->n_blocks;

  /* Reached after some terabytes. Then it aborts rather than write past the end. */
  g_assert (number < CAPACITY_MAX);
  if (capacity_for (number + 1) > capacity_for (number))
    grow_locked (blocks);
  blocks->starts[number] = start;
  blocks->sizes[number] = (guint32) size;
  blocks->n_blocks++;

  return number;
}

/* Returns the number of the new block. The caller may hold the lock of a shard. */
guint
intern_blocks_add (InternBlocks *blocks,
                   char         *start,
                   gsize         size)
{
  guint number;

  intern_lock (&blocks->lock);
  number = add_locked (blocks, start, size);
  intern_unlock (&blocks->lock);

  return number;
}

/* HOLDS: blocks->lock */
static void
add_region_locked (InternBlocks *blocks)
{
  /* The chunk copies these zeros. They are in .bss, so they take no room in the library's file. */
  static const char zeros[INTERN_REGION_MAX];
  const gsize wanted = (gsize) INTERN_BLOCK_MAX << (g_bit_storage (blocks->n_blocks / 16) - 1);
  const gsize size = CLAMP (wanted, INTERN_REGION_MIN, INTERN_REGION_MAX);
  /* The chunk rounds up to a power of two, and the rest is not touched. */
  const guint n_blocks = (guint) (size / INTERN_BLOCK_MAX) - 1;
  InternRegions *regions = blocks->regions;
  char *start;

  if (regions == NULL)
    {
      regions = blocks->regions = g_new0 (InternRegions, 1);
      regions->chunk = g_string_chunk_new (INTERN_REGION_MIN);
      regions->memory = intern_heap_size (sizeof *regions) + INTERN_CHUNK_MEMORY;
    }
  start = g_string_chunk_insert_len (regions->chunk, zeros,
                                     (gssize) (n_blocks * INTERN_BLOCK_MAX + INTERN_BLOCK_ALIGN) - 1);
  regions->memory += intern_chunk_insertion_memory (size);
  regions->next = start + (-(guintptr) start & (INTERN_BLOCK_ALIGN - 1));
  regions->n_left = n_blocks;
}

/* Adds a block of INTERN_BLOCK_MAX bytes from a region, and sets its @number. Returns NULL while the store is too small
 * for regions. The caller may hold the lock of a shard, and counts the memory of the block from now on. */
char *
intern_blocks_take (InternBlocks *blocks,
                    guint        *number)
{
  char *start = NULL;

  intern_lock (&blocks->lock);
  if (blocks->n_blocks >= INTERN_REGIONS_FROM)
    {
      if (blocks->regions == NULL || blocks->regions->n_left == 0)
        add_region_locked (blocks);
      start = blocks->regions->next;
      blocks->regions->next += INTERN_BLOCK_MAX;
      blocks->regions->n_left--;
      blocks->regions->memory -= INTERN_BLOCK_MAX;
      *number = add_locked (blocks, start, INTERN_BLOCK_MAX);
    }
  intern_unlock (&blocks->lock);

  return start;
}

/* The caller may hold the lock of a shard. */
gsize
intern_blocks_get_size (InternBlocks *blocks,
                        guint         number)
{
  gsize size;

  intern_lock (&blocks->lock);
  size = blocks->sizes[number];
  intern_unlock (&blocks->lock);

  return size;
}

/* Gives the pages of blocks that no arena has taken back to the system, which maps them again on use. */
void
intern_blocks_trim (InternBlocks *blocks)
{
  intern_lock (&blocks->lock);
  if (blocks->regions != NULL)
    intern_return_pages (blocks->regions->next, blocks->regions->n_left * INTERN_BLOCK_MAX);
  intern_unlock (&blocks->lock);
}

/* Called when the store is split: strings of all shards lie in the present blocks. No other thread uses them
 * meanwhile. */
void
intern_blocks_share (InternBlocks *blocks)
{
  blocks->n_shared = blocks->n_blocks;
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
      const guintptr distance = (guintptr) string - (guintptr) blocks->starts[i];

      /* A larger block holds one string, at its start. */
      if (distance < MIN (blocks->sizes[i], INTERN_BLOCK_MAX))
        found = intern_blocks_offset (i, distance);
    }
  intern_unlock (&blocks->lock);

  return found;
}

/* HOLDS: blocks->lock, or no other thread adds */
guint64
intern_blocks_get_memory (const InternBlocks *blocks)
{
  const gsize capacity = capacity_for (blocks->n_blocks);
  guint64 memory = capacity == 1 ? 0 : intern_heap_size (capacity * sizeof (guint32));

  for (gsize n = capacity; n > 1; n = n == CAPACITY_MIN ? 1 : n / 2)
    memory += intern_heap_size ((n + 1) * sizeof (char *));

  return memory + (blocks->regions == NULL ? 0 : blocks->regions->memory);
}

#ifdef INTERN_DEBUG
/* Overwrites all strings, so that a late read shows. */
void
intern_blocks_poison (InternBlocks *blocks)
{
  for (guint i = 0; i < blocks->n_blocks; i++)
    {
      intern_memory_open (blocks->starts[i], blocks->sizes[i]);
      memset (blocks->starts[i], INTERN_POISON, blocks->sizes[i]);
    }
}
#endif
