/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "cache/cache.h"

#include "base/heap.h"
#include "base/pages.h"
#include "base/probes.h"

/* Levels of this size and above come from mmap(). */
#define MAP_FROM (64 * 1024)

static gsize
level_size (const InternCacheLevel *level)
{
  return (gsize) (level->mask + 1) * sizeof (InternBucket);
}

static InternBucket *
map_buckets (gsize size)
{
  void *buckets = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (buckets == MAP_FAILED)
    return NULL;

  intern_prefer_huge_pages (buckets, size);

  return buckets;
}

static InternCacheLevel *
level_new (guint64 n_buckets)
{
  InternCacheLevel *level = g_new0 (InternCacheLevel, 1);

  level->mask = n_buckets - 1;
  if (level_size (level) >= MAP_FROM)
    {
      level->mapped = level_size (level);
      level->buckets = map_buckets (level->mapped);
    }
  else
    level->buckets = g_aligned_alloc0 ((gsize) n_buckets, sizeof (InternBucket), INTERN_CACHE_LINE);

  if (level->buckets == NULL)
    g_clear_pointer (&level, g_free);

  return level;
}

static void
level_free (InternCacheLevel *level)
{
  if (level->mapped > 0)
    munmap (level->buckets, level->mapped);
  else
    g_aligned_free (level->buckets);
  g_free (level);
}

/* Other threads may read and write @level meanwhile. */
static void
empty_level (InternCacheLevel *level)
{
  for (guint64 i = 0; i <= level->mask; i++)
    {
      intern_atomic_store_relaxed (&level->buckets[i].tags, 0);
      for (guint j = 0; j < INTERN_BUCKET_SLOTS; j++)
        intern_atomic_store_relaxed (&level->buckets[i].slots[j], 0);
    }
}

/* Gives the pages of @level back, if it is a mapping, while other threads may read it: they read zeros, which
 * are empty buckets. HOLDS: cache->lock */
static void
return_pages_locked (InternCache      *cache,
                     InternCacheLevel *level)
{
  if (level->mapped == 0)
    return;

#ifdef INTERN_TSAN
  /* The race detector does not see the kernel write zeros. */
  empty_level (level);
#endif

  level->returned = intern_return_pages (level->buckets, level->mapped);
  cache->memory -= level->returned;
}

static guint64
level_memory (const InternCacheLevel *level)
{
  return intern_heap_size (sizeof *level) +
         (level->mapped > 0 ? level->mapped : intern_heap_size (level_size (level) + INTERN_CACHE_LINE));
}

/* Every cache begins with this level, so readers need no check for NULL. It stays empty: no thread writes to it. */
static InternBucket no_bucket;
static InternCacheLevel no_level = { .buckets = &no_bucket };

void
intern_cache_init (InternCache *cache)
{
  cache->level = &no_level;
  intern_lock_init (&cache->lock);
}

/* No other thread may use @cache. */
void
intern_cache_clear (InternCache *cache)
{
  InternCacheLevel *level = cache->level;

  while (level != &no_level)
    {
      InternCacheLevel *previous = level->previous;

      level_free (level);
      level = previous;
    }
  intern_lock_clear (&cache->lock);
}

/* Putting */

static gboolean
level_has (const InternCacheLevel *level,
           guint64                 hash,
           const char             *string)
{
  InternBucket *bucket = intern_cache_bucket (level, hash);
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);

  return intern_bucket_find_slot (bucket, tags, hash, string) < INTERN_BUCKET_SLOTS ||
         ((tags & INTERN_BUCKET_SPILLED) != 0 &&
          intern_bucket_has (intern_cache_second_bucket (level, hash), hash, string));
}

static void
level_put (InternCacheLevel *level,
           guint64           hash,
           const char       *string)
{
  if (G_LIKELY (intern_slot_fits (string)))
    intern_bucket_put (level->buckets, level->mask, hash, string);
}

static guint64
count_put (guint64 *n_put)
{
  /* Relaxed, and not one operation: a lost count only delays growth. */
  const guint64 n = intern_atomic_load_relaxed (n_put) + 1;

  intern_atomic_store_relaxed (n_put, n);

  return n;
}

/* Puts a string that was found behind the cache. Takes no lock. */
InternPut
intern_cache_put (InternCache *cache,
                  guint64      hash,
                  const char  *string)
{
  /* Acquire: as in intern_cache_peek(). */
  InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);

  if (!INTERN_HAS_CACHE || level_has (level, hash, string))
    return INTERN_PUT_THERE;
  if (level == &no_level)
    return count_put (&cache->n_put) < INTERN_CACHE_PUTS_MIN ? INTERN_PUT_NEW : INTERN_PUT_MANY;

  level_put (level, hash, string);

  return count_put (&level->n_put) <= (level->mask + 1) * INTERN_BUCKET_SLOTS / 2 ? INTERN_PUT_NEW : INTERN_PUT_MANY;
}

/* Growing */

/* Of the largest level: all bits of the hash that its slots know choose the bucket. */
#define MOST_BUCKETS (G_GUINT64_CONSTANT (1) << (INTERN_CACHE_LOW_BITS + INTERN_MARK_BITS))

/* Returns the number of buckets for @n_strings with room to spare. When more than nine tenths are full, both buckets
 * of too many strings are full; and the fewer the buckets, the less evenly they fill. */
static guint64
buckets_for (guint64 n_strings)
{
  const guint64 n_slots = n_strings + MAX (n_strings / 10, MIN (n_strings, 1024));
  guint64 n_buckets = INTERN_CACHE_BUCKETS_MIN;

  while (n_buckets * INTERN_BUCKET_SLOTS < n_slots && n_buckets < MOST_BUCKETS)
    n_buckets *= 2;

  return n_buckets;
}

/* Copies @level, unless it has so few buckets that slot and bucket lack bits of the hash. Reads no string: a mortal one
 * may be dead. Other threads may write to @level: the copy may lack what they put, and an address may come with the tag
 * of another string, which makes misses. */
static void
copy_level (InternCacheLevel       *next,
            const InternCacheLevel *level)
{
  if (level->mask < INTERN_CACHE_LOW_MASK)
    return;

  for (guint64 position = 0; position <= level->mask; position++)
    {
      InternBucket *bucket = &level->buckets[position];
      guint64 tags = intern_atomic_load_relaxed (&bucket->tags);

      for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++, tags >>= 8)
        {
          const guint64 slot = intern_bucket_slot (bucket, i);

          if (slot != 0)
            level_put (next, intern_slot_hash (slot, tags & 0xff, position), intern_slot_string (slot));
        }
    }
}

/* Takes the former level of @n_buckets out of the list of levels. It is empty, but for what late writers have put
 * there. Returns NULL if there is none. HOLDS: cache->lock */
static InternCacheLevel *
take_former_locked (InternCache *cache,
                    guint64      n_buckets)
{
  InternCacheLevel *later = cache->level;
  InternCacheLevel *level;

  while (later != &no_level && later->previous->mask + 1 != n_buckets)
    later = later->previous;
  if (later == &no_level)
    return NULL;

  level = later->previous;
  later->previous = level->previous;
  if (level->mapped == 0)
    empty_level (level);
  intern_atomic_store_relaxed (&level->n_put, 0);
  cache->memory += level->returned;
  level->returned = 0;

  return level;
}

/* Returns NULL if there is no memory. HOLDS: cache->lock */
static InternCacheLevel *
make_level_locked (InternCache *cache,
                   guint64      n_buckets)
{
  InternCacheLevel *level = level_new (n_buckets);

  if (level != NULL)
    cache->memory += level_memory (level);

  return level;
}

/* Copies the cache into a level of another size. HOLDS: cache->lock */
static void
resize_locked (InternCache *cache,
               guint64      n_buckets)
{
  InternCacheLevel *level = cache->level;
  InternCacheLevel *next = take_former_locked (cache, n_buckets);

  if (next == NULL)
    next = make_level_locked (cache, n_buckets);
  if (next == NULL)
    return;

  next->previous = level;
  copy_level (next, level);
  /* Release: pairs with the acquire of readers, so that they see the level's fields. */
  intern_atomic_store_release (&cache->level, next);
  INTERN_PROBE3 (grow, cache, level->mask + 1, next->mask + 1);
  return_pages_locked (cache, level);
}

/* Grows the cache if @n_strings strings need it, in large steps: to copy a level costs more than one that is too
 * large. Does nothing while another thread does so. */
void
intern_cache_grow (InternCache *cache,
                   guint64      n_strings)
{
  const guint64 most = buckets_for (n_strings);

  if (!intern_trylock (&cache->lock))
    return;

  if (cache->level == &no_level)
    resize_locked (cache, INTERN_CACHE_BUCKETS_MIN);
  else
    {
      intern_atomic_store_relaxed (&cache->level->n_put, 0);
      if (cache->level->mask + 1 < most)
        resize_locked (cache, MIN (most, (cache->level->mask + 1) * 4));
    }

  intern_unlock (&cache->lock);
}

/* Makes room for @n_strings strings at once. Does nothing while another thread grows the cache. */
void
intern_cache_reserve (InternCache *cache,
                      guint64      n_strings)
{
  const guint64 n_buckets = buckets_for (n_strings);

  /* Acquire: as in intern_cache_peek(). */
  if (!INTERN_HAS_CACHE || intern_atomic_load_acquire (&cache->level)->mask + 1 >= n_buckets ||
      !intern_trylock (&cache->lock))
    return;

  if (cache->level->mask + 1 < n_buckets)
    resize_locked (cache, n_buckets);
  intern_unlock (&cache->lock);
}

/* Shrinks the cache if it is more than twice as large as @n_strings strings need. Returns the bytes given back. */
gsize
intern_cache_shrink (InternCache *cache,
                     guint64      n_strings)
{
  const guint64 n_buckets = buckets_for (n_strings);
  guint64 memory;

  intern_lock (&cache->lock);
  memory = cache->memory;
  /* The pages of a smaller level would stay. */
  if (cache->level->mapped > 0 && cache->level->mask + 1 > 2 * n_buckets)
    resize_locked (cache, n_buckets);
  memory -= MIN (cache->memory, memory);
  intern_unlock (&cache->lock);

  return (gsize) memory;
}

/* Forgetting */

/* Frees the slots of a dead string, so that searches of its buckets do not compare it. */
void
intern_cache_forget (InternCache *cache,
                     guint64      hash,
                     const char  *string)
{
  /* Acquire: as in intern_cache_peek(). */
  const InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);

  if (level == &no_level)
    return;

  intern_bucket_forget (intern_cache_bucket (level, hash), hash, string);
  intern_bucket_forget (intern_cache_second_bucket (level, hash), hash, string);
}

/* Forgets all strings but those that other threads put meanwhile. HOLDS: cache->lock */
void
intern_cache_forget_all_locked (InternCache *cache)
{
  if (cache->level != &no_level)
    empty_level (cache->level);
}

/* HOLDS: cache->lock */
guint64
intern_cache_get_memory_locked (const InternCache *cache)
{
  return cache->memory;
}
