/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/table.h"

#include <sys/mman.h>

#include "profile/lock.h"

#define SHARD_BITS 4
#define N_SHARDS (1u << SHARD_BITS)
#define FIRST_CAPACITY 1024
#define HUGE_CAPACITY (512 * 1024) /* slots for which large pages pay: most of the time goes into finding small ones */

/* What the blocks of a shard may grow or shrink by until the caller adds up all shards. */
#define CHECK_BYTES (16 * 1024)

/* A slot: address, slack (half the bytes that were not asked for), site. A slack of 15 is that or more. */
#define SITE_BITS 16
#define SLACK_BITS 4
#define SLACK_MAX ((1u << SLACK_BITS) - 1)
#define ADDRESS_SHIFT (SITE_BITS + SLACK_BITS)
#define ALIGNMENT_BITS (sizeof (void *) == 8 ? 4 : 3)

/* A block and what malloc() keeps before it take twice the alignment at least. */
#define MINIMUM_BITS 1

/* Addresses that have neighbouring slots: a program makes and frees blocks that are near each other, and random places
 * in a large table are not in the cache. More make long runs of full slots. */
#define GROUP_BITS 5

/* How many slots table_foreach() is ahead with the memory that its caller will read. */
#define AHEAD 32

#define EMPTY UINT64_C (0)
#define REMOVED UINT64_C (1) /* no block has the address 0 */

typedef struct
{
  size_t   capacity; /* a power of 2 */
  uint64_t slots[];
} Slots;

typedef struct
{
  Lock      lock;
  Slots    *slots;      /* read without the lock in a forked process */
  size_t    mask;       /* of positions in them; read without the lock to prefetch */
  size_t    n_used;     /* with those that are removed */
  size_t    n_blocks;
  uint64_t  bytes;      /* written under the lock, read without */
  uint64_t  last_check; /* what @bytes was when the caller was told of a change */
} __attribute__ ((aligned (64))) Shard;

static Shard shards[N_SHARDS];

/* Memory from the system, of zeros, that costs nothing until it is used; NULL if there is none. */
void *
table_map (size_t n_bytes)
{
  void *memory = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return memory != MAP_FAILED ? memory : NULL;
}

static size_t
size_of (size_t capacity)
{
  return sizeof (Slots) + capacity * sizeof (uint64_t);
}

static Slots *
slots_new (size_t capacity)
{
  Slots *slots = table_map (size_of (capacity));

  if (slots == NULL)
    return NULL;

  if (capacity >= HUGE_CAPACITY)
    madvise (slots, size_of (capacity), MADV_HUGEPAGE);
  slots->capacity = capacity;

  return slots;
}

bool
table_begin (void)
{
  for (unsigned i = 0; i < N_SHARDS; i++)
    {
      shards[i].slots = slots_new (FIRST_CAPACITY);
      if (shards[i].slots == NULL)
        return false;
      shards[i].mask = FIRST_CAPACITY - 1;
    }

  return true;
}

/* Slots */

static uint64_t
key_for (const void *address)
{
  return (uint64_t) (uintptr_t) address >> ALIGNMENT_BITS;
}

/* The hash of the group of blocks that @key belongs to: they lie side by side in memory, and in the table. */
static uint64_t
hash_for (uint64_t key)
{
  const uint64_t product = (key >> (MINIMUM_BITS + GROUP_BITS)) * UINT64_C (0x9e3779b97f4a7c15);

  return product ^ product >> 32;
}

static uint64_t
pack (const Block *block)
{
  const size_t slack = block->slack / 2;

  return key_for (block->address) << ADDRESS_SHIFT | (slack < SLACK_MAX ? slack : SLACK_MAX) << SITE_BITS | block->site;
}

/* Leaves out what malloc() knows. */
static void
unpack (uint64_t  slot,
        Block    *block)
{
  block->address = (char *) (uintptr_t) (slot >> ADDRESS_SHIFT << ALIGNMENT_BITS);
  block->slack = 2 * (slot >> SITE_BITS & SLACK_MAX);
  block->site = (uint16_t) slot;
}

static bool
holds (uint64_t slot,
       uint64_t key)
{
  return slot >> ADDRESS_SHIFT == key;
}

/* A shard takes the low bits of the hash, its slots the others. */
static size_t
first_position (size_t   mask,
                uint64_t key)
{
  const uint64_t place = key >> MINIMUM_BITS & ((1u << GROUP_BITS) - 1);

  return ((hash_for (key) >> SHARD_BITS << GROUP_BITS) | place) & mask;
}

/* Returns where @key is, or where it can be put. */
static uint64_t *
find_slot (Slots    *slots,
           uint64_t  key)
{
  uint64_t *removed = NULL;
  size_t position = first_position (slots->capacity - 1, key);

  for (;; position = (position + 1) & (slots->capacity - 1))
    {
      uint64_t *slot = &slots->slots[position];

      if (holds (*slot, key))
        return slot;
      if (*slot == EMPTY)
        return removed != NULL ? removed : slot;
      if (*slot == REMOVED && removed == NULL)
        removed = slot;
    }
}

/* Returns how many slots become empty: a search must go on behind the others. */
static size_t
clear_slot (Slots    *slots,
            uint64_t *slot)
{
  const size_t mask = slots->capacity - 1, position = (size_t) (slot - slots->slots);
  size_t n = 0;

  __atomic_store_n (slot, REMOVED, __ATOMIC_RELAXED);
  if (slots->slots[(position + 1) & mask] == EMPTY)
    for (; slots->slots[(position - n) & mask] == REMOVED; n++)
      __atomic_store_n (&slots->slots[(position - n) & mask], EMPTY, __ATOMIC_RELAXED);

  return n;
}

/* HOLDS: shard->lock. Leaves out removed slots. */
static bool
grow_locked (Shard *shard)
{
  Slots *old = shard->slots;
  /* It is not the blocks that fill it if many were removed. */
  const size_t capacity = shard->n_blocks * 8 > old->capacity * 3 ? 2 * old->capacity : old->capacity;
  Slots *slots = slots_new (capacity);

  if (slots == NULL)
    return false;

  for (size_t i = 0; i < old->capacity; i++)
    if (old->slots[i] > REMOVED)
      *find_slot (slots, old->slots[i] >> ADDRESS_SHIFT) = old->slots[i];
  __atomic_store_n (&shard->slots, slots, __ATOMIC_RELEASE);
  __atomic_store_n (&shard->mask, capacity - 1, __ATOMIC_RELAXED);
  shard->n_used = shard->n_blocks;
  munmap (old, size_of (old->capacity));

  return true;
}

static Shard *
shard_for (uint64_t key)
{
  return &shards[hash_for (key) & (N_SHARDS - 1)];
}

/* HOLDS: shard->lock */
static void
put_locked (Shard       *shard,
            uint64_t     key,
            const Block *block)
{
  uint64_t *slot = find_slot (shard->slots, key);

  /* A block whose free() was not seen is there already. */
  if (!holds (*slot, key))
    {
      shard->n_used += *slot == EMPTY;
      shard->n_blocks++;
      __atomic_store_n (&shard->bytes, shard->bytes + BLOCK_BYTES (block->usable), __ATOMIC_RELAXED);
    }
  __atomic_store_n (slot, pack (block), __ATOMIC_RELAXED);
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

/* Begins to load what table_add() and table_remove() need for @address. The slots may have gone: nothing is read. */
void
table_prefetch (const void *address)
{
  const uint64_t key = key_for (address);
  const Shard *shard = shard_for (key);
  const Slots *slots = __atomic_load_n (&shard->slots, __ATOMIC_RELAXED);
  const size_t mask = __atomic_load_n (&shard->mask, __ATOMIC_RELAXED);

  __builtin_prefetch ((const void *) ((uintptr_t) slots + sizeof (Slots) +
                                      first_position (mask, key) * sizeof (uint64_t)), 1);
}

/* Returns whether the blocks have changed so much that it is time to look at their total. Blocks of another malloc()
 * that are not aligned as those of the C library are left out. */
bool
table_add (const Block *block)
{
  const uint64_t key = key_for (block->address);
  Shard *shard = shard_for (key);
  bool changed;

  if (((uintptr_t) block->address & ((1u << ALIGNMENT_BITS) - 1)) != 0 || key >> (64 - ADDRESS_SHIFT) != 0)
    return false;

  lock (&shard->lock);
  if (shard->n_used * 8 < shard->slots->capacity * 5 || grow_locked (shard))
    put_locked (shard, key, block);
  changed = has_changed_locked (shard);
  unlock (&shard->lock);

  return changed;
}

/* Takes out the block of @block->address and @block->usable, and says the rest. Returns whether it was there. @changed
 * is what table_add() returns. */
bool
table_remove (Block *block,
              bool  *changed)
{
  const uint64_t key = key_for (block->address);
  Shard *shard = shard_for (key);
  uint64_t *slot, found;

  lock (&shard->lock);
  slot = find_slot (shard->slots, key);
  found = *slot;
  if (holds (found, key))
    {
      shard->n_used -= clear_slot (shard->slots, slot);
      shard->n_blocks--;
      __atomic_store_n (&shard->bytes, shard->bytes - BLOCK_BYTES (block->usable), __ATOMIC_RELAXED);
    }
  *changed = has_changed_locked (shard);
  unlock (&shard->lock);
  if (!holds (found, key))
    return false;

  unpack (found, block);

  return true;
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
prefetch (uint64_t slot)
{
  Block block;

  if (slot <= REMOVED)
    return;

  unpack (slot, &block);
  /* The size is before the block. */
  __builtin_prefetch (block.address - sizeof (size_t));
  __builtin_prefetch (block.address);
}

/* Leaves out @block->usable. In a process of one thread. */
void
table_foreach (BlockFunc  func,
               void      *user_data)
{
  Block block = { NULL, 0, 0, 0 };

  for (unsigned i = 0; i < N_SHARDS; i++)
    {
      const Slots *slots = shards[i].slots;

      for (size_t j = 0; j < slots->capacity; j++)
        {
          if (j + AHEAD < slots->capacity)
            prefetch (slots->slots[j + AHEAD]);
          if (slots->slots[j] <= REMOVED)
            continue;
          unpack (slots->slots[j], &block);
          func (&block, user_data);
        }
    }
}

void
table_lock_all (void)
{
  for (unsigned i = 0; i < N_SHARDS; i++)
    lock (&shards[i].lock);
}

/* Also in a new process, where a thread that it does not have may have held one. */
void
table_unlock_all (void)
{
  for (unsigned i = 0; i < N_SHARDS; i++)
    unlock (&shards[i].lock);
}
