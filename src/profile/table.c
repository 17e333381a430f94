/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/table.h"

#include <sys/mman.h>

#include "profile/lock.h"

/* Blocks begin at multiples of this. */
#define ALIGNMENT (2 * sizeof (size_t))

#if __SIZEOF_POINTER__ == 8
# define ADDRESS_BITS 48
# define REGION_BITS 26
#else
# define ADDRESS_BITS 32
# define REGION_BITS 22
#endif

#define N_REGIONS ((size_t) 1 << (ADDRESS_BITS - REGION_BITS))
#define REGION_SIZE ((size_t) 1 << REGION_BITS)
#define N_CELLS (REGION_SIZE / ALIGNMENT)
#define GROUP_BITS 10 /* a page of cells */
#define GROUP_CELLS (1u << GROUP_BITS)
#define N_GROUPS (N_CELLS / GROUP_CELLS)

/* Cells that table_foreach() is ahead with the memory that its caller will read. */
#define AHEAD 64

/* A group of cells is in one shard: a thread works for a while with blocks that are near each other. */
#define SHARD_BITS 4
#define N_SHARDS (1u << SHARD_BITS)

/* What the blocks of a shard may grow or shrink by until the caller adds up all shards. */
#define CHECK_BYTES (16 * 1024)

/* A cell: whether there is a block, whether it begins in the middle, bytes that were not asked for, site. */
#define EMPTY 0
#define LIVE (UINT32_C (1) << 31)
#define MIDDLE (UINT32_C (1) << 30)
#define SITE_BITS 16
#define SLACK_MAX 0x3fff

/* The cells of a part of the address space. If a cell is twice the alignment, the second half of them is not used. It
 * stays. */
typedef struct _Region Region;

struct _Region
{
  Region    *next; /* written before it can be found */
  uintptr_t  start;
  uint16_t   n_blocks[N_GROUPS]; /* guarded by the lock of the shard, like the cells; of an empty group none is read */
  uint32_t   cells[N_CELLS] __attribute__ ((aligned (GROUP_CELLS * sizeof (uint32_t))));
};

typedef struct
{
  Lock     lock;
  uint64_t n_blocks;
  uint64_t bytes;      /* written under the lock, read without */
  uint64_t last_check; /* what @bytes was when the caller was told of a change */
} __attribute__ ((aligned (64))) Shard;

static Shard shards[N_SHARDS];
static Region **regions; /* by address */
static Region *first;    /* the last that was made */
static unsigned cell_bits; /* the size of what a cell stands for */

/* Returns zeroed memory from the system, which costs nothing until it is used; NULL if there is none. */
void *
table_map (size_t n_bytes)
{
  void *memory = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return memory != MAP_FAILED ? memory : NULL;
}

/* @smallest is what a block takes in the heap at least. */
bool
table_begin (size_t smallest)
{
  cell_bits = (unsigned) __builtin_ctzl (smallest >= 2 * ALIGNMENT ? 2 * ALIGNMENT : ALIGNMENT);
  regions = table_map (N_REGIONS * sizeof *regions);

  return regions != NULL;
}

/* Cells */

/* Returns NULL if there is no memory. */
static Region *
make_region (uintptr_t address)
{
  Region **place = &regions[address >> REGION_BITS];
  Region *region = table_map (sizeof *region), *other = NULL;

  if (region == NULL)
    return NULL;

  region->start = address & ~(REGION_SIZE - 1);
  if (!__atomic_compare_exchange_n (place, &other, region, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    {
      munmap (region, sizeof *region);
      return other;
    }
  region->next = __atomic_load_n (&first, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n (&first, &region->next, region, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    continue;

  return region;
}

/* Not so is a block of another malloc() that is not aligned as those of the C library. It is left out. */
static bool
has_cell (uintptr_t address)
{
  return address % ALIGNMENT == 0 && address >> REGION_BITS < N_REGIONS;
}

static Region *
find_region (uintptr_t address)
{
  return __atomic_load_n (&regions[address >> REGION_BITS], __ATOMIC_ACQUIRE);
}

static size_t
position_of (uintptr_t address)
{
  return (address & (REGION_SIZE - 1)) >> cell_bits;
}

/* Returns MIDDLE if a block at @address begins in the middle of its cell, or 0. */
static uint32_t
half_of (uintptr_t address)
{
  return (address & (((uintptr_t) 1 << cell_bits) - 1)) != 0 ? MIDDLE : 0;
}

static uint32_t
pack (const Block *block)
{
  return LIVE | half_of ((uintptr_t) block->address) |
         (uint32_t) (block->slack < SLACK_MAX ? block->slack : SLACK_MAX) << SITE_BITS | block->site;
}

static void
unpack (uint32_t  cell,
        Block    *block)
{
  block->slack = cell >> SITE_BITS & SLACK_MAX;
  block->site = (uint16_t) cell;
}

/* Blocks */

static Shard *
shard_for (uintptr_t address)
{
  const uint64_t group = (uint64_t) address >> cell_bits >> GROUP_BITS;

  return &shards[group * UINT64_C (0x9e3779b97f4a7c15) >> (64 - SHARD_BITS)];
}

/* HOLDS: shard->lock. Counts @bytes if a block comes or goes. */
static void
put_locked (Shard    *shard,
            Region   *region,
            size_t    position,
            uint32_t  cell,
            size_t    bytes)
{
  const int n = (cell != EMPTY) - (region->cells[position] != EMPTY);

  __atomic_store_n (&region->cells[position], cell, __ATOMIC_RELAXED);
  region->n_blocks[position >> GROUP_BITS] = (uint16_t) (region->n_blocks[position >> GROUP_BITS] + n);
  shard->n_blocks += (uint64_t) n;
  __atomic_store_n (&shard->bytes, shard->bytes + (uint64_t) n * bytes, __ATOMIC_RELAXED);
}

/* HOLDS: shard->lock. Returns whether it is time to look at the total of all. */
static bool
has_changed_locked (Shard *shard)
{
  if (shard->bytes < shard->last_check + CHECK_BYTES && shard->last_check < shard->bytes + CHECK_BYTES)
    return false;

  shard->last_check = shard->bytes;

  return true;
}

/* Returns whether the blocks have changed so much that it is time to look at their total. */
bool
table_add (const Block *block)
{
  const uintptr_t address = (uintptr_t) block->address;
  Shard *shard = shard_for (address);
  Region *region;
  bool changed;

  if (!has_cell (address))
    return false;

  lock (&shard->lock);
  region = find_region (address);
  if (region == NULL)
    region = make_region (address);
  /* A block whose free() was not seen is there already, and has been counted. */
  if (region != NULL)
    put_locked (shard, region, position_of (address), pack (block), BLOCK_BYTES (block->usable));
  changed = has_changed_locked (shard);
  unlock (&shard->lock);

  return changed;
}

/* Removes the block at @block->address, of @block->usable bytes, and sets the other fields of @block. Returns whether
 * it was there. Sets @changed to what table_add() returns. */
bool
table_remove (Block *block,
              bool  *changed)
{
  const uintptr_t address = (uintptr_t) block->address;
  const size_t position = position_of (address);
  Shard *shard = shard_for (address);
  Region *region = has_cell (address) ? find_region (address) : NULL;
  uint32_t cell = EMPTY;

  lock (&shard->lock);
  if (region != NULL)
    cell = region->cells[position];
  if ((cell & (LIVE | MIDDLE)) == (LIVE | half_of (address)))
    put_locked (shard, region, position, EMPTY, BLOCK_BYTES (block->usable));
  else
    cell = EMPTY;
  *changed = has_changed_locked (shard);
  unlock (&shard->lock);
  unpack (cell, block);

  return cell != EMPTY;
}

/* All shards */

/* Exact while all are locked. */
TableTotal
table_get_total (void)
{
  TableTotal total = { 0, 0 };

  for (unsigned i = 0; i < N_SHARDS; i++)
    {
      total.n_blocks += shards[i].n_blocks;
      total.bytes += __atomic_load_n (&shards[i].bytes, __ATOMIC_RELAXED);
    }

  return total;
}

static void
foreach_in_group (const Region *region,
                  size_t        begin,
                  BlockFunc     func,
                  void         *user_data)
{
  const size_t end = begin + GROUP_CELLS;
  Block block = { NULL, 0, 0, 0 };

  for (size_t i = begin; i < end; i++)
    {
      const uint32_t cell = region->cells[i];

      if (i + AHEAD < end && region->cells[i + AHEAD] != EMPTY)
        __builtin_prefetch ((const void *) (region->start + ((i + AHEAD) << cell_bits)));
      if (cell == EMPTY)
        continue;
      block.address = (char *) (region->start + (i << cell_bits) + ((cell & MIDDLE) != 0 ? ALIGNMENT : 0));
      unpack (cell, &block);
      func (&block, user_data);
    }
}

/* Does not set usable of the blocks that it passes. Only for a process of one thread. */
void
table_foreach (BlockFunc  func,
               void      *user_data)
{
  for (const Region *region = first; region != NULL; region = region->next)
    for (size_t i = 0; i < N_GROUPS; i++)
      if (region->n_blocks[i] > 0)
        foreach_in_group (region, i * GROUP_CELLS, func, user_data);
}

void
table_lock_all (void)
{
  for (unsigned i = 0; i < N_SHARDS; i++)
    lock (&shards[i].lock);
}

/* Also called in a forked process: a thread that exists only in its parent may have held one. */
void
table_unlock_all (void)
{
  for (unsigned i = 0; i < N_SHARDS; i++)
    unlock (&shards[i].lock);
}
