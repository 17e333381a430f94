/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "cache/cache.h"

#include <sys/mman.h>

#include "base/heap.h"
#include "base/probes.h"

/* Levels of this size and above come from mmap(). */
#define MAP_FROM (64 * 1024)
/* The size of a huge page on x86-64 and most arm64 systems. In huge pages a hit rarely misses the TLB. */
#define HUGE_PAGE (2 * 1024 * 1024)

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

#ifdef MADV_HUGEPAGE
  /* Advice only: without huge pages the cache is slower, not wrong. */
  if (size >= HUGE_PAGE)
    (void) madvise (buckets, size, MADV_HUGEPAGE);
#endif

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

/* Gives the pages of @level back, if it is a mapping, while other threads may read it: they read zeros, which
 * are empty buckets. HOLDS: cache->lock */
static void
return_pages_locked (InternCache      *cache,
                     InternCacheLevel *level)
{
#ifdef INTERN_TSAN
  /* The race detector does not see the kernel write zeros. */
  for (guint64 i = 0; i <= level->mask; i++)
    {
      intern_atomic_store_relaxed (&level->buckets[i].tags, 0);
      for (guint j = 0; j < INTERN_BUCKET_SLOTS; j++)
        intern_atomic_store_relaxed (&level->buckets[i].slots[j], 0);
    }
#endif

  if (level->mapped > 0 && madvise (level->buckets, level->mapped, MADV_DONTNEED) == 0)
    cache->memory -= level->mapped;
}

static guint64
level_memory (const InternCacheLevel *level)
{
  return intern_heap_size (sizeof *level) +
         (level->mapped > 0 ? level->mapped : intern_heap_size (level_size (level) + INTERN_CACHE_LINE));
}

/* Every cache begins with this level, so readers need no check for NULL. It stays empty: no thread writes to it. */
static InternBucket no_bucket;
static InternCacheLevel no_level = { &no_bucket, 0, 0, NULL };

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
      InternCacheLevel *before = level->before;

      level_free (level);
      level = before;
    }
  intern_lock_clear (&cache->lock);
}

/* Growing */

/* Returns the number of buckets for @n_strings with room to spare. When more than nine tenths are full, both buckets
 * of too many strings are full; and the fewer the buckets, the less evenly they fill. */
static guint64
buckets_for (guint64 n_strings)
{
  const guint64 n_slots = n_strings + MAX (n_strings / 10, MIN (n_strings, 1024));
  guint64 n_buckets = INTERN_CACHE_BUCKETS_MIN;

  while (n_buckets * INTERN_BUCKET_SLOTS < n_slots)
    n_buckets *= 2;

  return n_buckets;
}

/* The cache grows in large steps: a new level begins empty, and its misses cost more than a level that is too large. */
static guint64
next_size (const InternCacheLevel *level,
           guint64                 n_strings)
{
  const guint64 most = buckets_for (n_strings);

  if (level == &no_level)
    return INTERN_CACHE_BUCKETS_MIN;

  return MIN (most, (level->mask + 1) * 4);
}

/* HOLDS: cache->lock */
static void
grow_locked (InternCache *cache,
             guint64      n_strings)
{
  InternCacheLevel *previous = cache->previous;
  InternCacheLevel *level = cache->level;
  InternCacheLevel *larger = level_new (next_size (level, n_strings));

  if (larger == NULL)
    return;

  larger->before = level;
  cache->memory += level_memory (larger);
  intern_atomic_store_relaxed (&cache->n_carried, 0);
  intern_atomic_store_relaxed (&cache->n_left, 0);
  /* Release: pairs with the acquire of readers, so that they see the level's fields. */
  intern_atomic_store_release (&cache->previous, level == &no_level ? NULL : level);
  intern_atomic_store_release (&cache->level, larger);
  INTERN_PROBE3 (grow, cache, level->mask + 1, larger->mask + 1);
  if (previous != NULL)
    return_pages_locked (cache, previous);
}

/* HOLDS: cache->lock */
static void
forget_previous_locked (InternCache *cache)
{
  InternCacheLevel *previous = cache->previous;

  intern_atomic_store_release (&cache->previous, NULL);
  return_pages_locked (cache, previous);
}

static void
level_put (InternCacheLevel *level,
           guint64           hash,
           const char       *string)
{
  if (G_LIKELY (intern_slot_can_hold (string)))
    intern_bucket_put (intern_cache_bucket (level, hash), intern_cache_second_bucket (level, hash),
                       hash, string);
}

/* Returns the length of a string without a header: up to its NUL, or up to @end if a changed file has none. */
static gsize
headerless_length (const char *string,
                   const char *end)
{
  const char *nul = memchr (string, '\0', (gsize) (end - string));

  return (gsize) ((nul != NULL ? nul : end) - string);
}

/* Puts a permanent string into @level. Returns FALSE for a mortal one: it may be dead, and its bytes may be
 * those of another string. It stays in the previous level until a search finds it there. */
static gboolean
carry_string (InternCacheLevel *level,
              const char       *string,
              const guint8     *secret,
              const char       *end)
{
  gsize length;
  guint64 hash;

  if (end != NULL)
    length = headerless_length (string, end);
  else
    /* Acquire: pairs with the releases of the header, so that the bytes are complete. */
    length = intern_atomic_load_acquire (&intern_entry_header (string)->length);

  if ((length & INTERN_MORTAL) != 0)
    return FALSE;

  hash = intern_hash_call (string, length, secret);
  if (!intern_bucket_has (intern_cache_bucket (level, hash), hash, string))
    level_put (level, hash, string);

  return TRUE;
}

static void
forget_previous (InternCache            *cache,
                 const InternCacheLevel *previous)
{
  if (!intern_trylock (&cache->lock))
    return;

  if (cache->previous == previous)
    forget_previous_locked (cache);
  intern_unlock (&cache->lock);
}

static void
prefetch_bucket (InternBucket *bucket)
{
  for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++)
    /* Relaxed: the string is not read yet. */
    intern_slot_prefetch (intern_atomic_load_relaxed (&bucket->slots[i]), 0);
}

/* Puts a string that was found in the previous level or behind the cache. Returns TRUE after many puts: the
 * caller calls intern_cache_reconsider(). Takes no lock. */
gboolean
intern_cache_put (InternCache     *cache,
                  const InternKey *key,
                  const char      *string)
{
#ifdef INTERN_NO_CACHE
  return FALSE; /* so it stays empty */
#else
  /* Acquire: as in intern_cache_peek(). */
  InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);
  /* Relaxed, and not one operation: a lost count only delays growth. */
  const guint64 n_put = intern_atomic_load_relaxed (&cache->n_put) + 1;

  intern_atomic_store_relaxed (&cache->n_put, n_put);
  if (level == &no_level)
    return n_put >= INTERN_CACHE_PUTS_MIN;

  level_put (level, key->hash, string);

  return n_put > (level->mask + 1) * INTERN_BUCKET_SLOTS / 2;
#endif
}

/* Carries over one bucket of the previous level, if any is left. Two threads may take the same bucket, or
 * skip some: at worst the cache forgets their strings. Strings have headers unless @end is set: then they
 * lie before it and have no NUL in them. Waits for no lock. */
void
intern_cache_carry_over (InternCache  *cache,
                         const guint8 *secret,
                         const char   *end)
{
  /* Acquire: as in intern_cache_peek(). */
  const InternCacheLevel *previous = intern_atomic_load_acquire (&cache->previous);
  InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);
  const guint64 number = intern_atomic_load_relaxed (&cache->n_carried);

  if (G_LIKELY (previous == NULL) || number > previous->mask || level == previous)
    return;

  intern_atomic_store_relaxed (&cache->n_carried, number + 1);
  if (number < previous->mask)
    prefetch_bucket (&previous->buckets[number + 1]);
  for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++)
    {
      const char *string = intern_slot_string (intern_bucket_slot (&previous->buckets[number], i));

      if (string != NULL && !carry_string (level, string, secret, end))
        intern_atomic_store_relaxed (&cache->n_left, intern_atomic_load_relaxed (&cache->n_left) + 1);
    }

  if (number == previous->mask && intern_atomic_load_relaxed (&cache->n_left) == 0)
    forget_previous (cache, previous);
}

/* Grows the cache if @n_strings strings need it. Otherwise drops the previous level: what is in use has been
 * carried over. Does nothing while another thread does so. */
void
intern_cache_reconsider (InternCache *cache,
                         guint64      n_strings)
{
  if (!intern_trylock (&cache->lock))
    return;

  intern_atomic_store_relaxed (&cache->n_put, 0);
  if (cache->level == &no_level || cache->level->mask + 1 < buckets_for (n_strings))
    grow_locked (cache, n_strings);
  else if (cache->previous != NULL)
    forget_previous_locked (cache);

  intern_unlock (&cache->lock);
}

static void
level_forget (const InternCacheLevel *level,
              guint64                 hash,
              const char             *string)
{
  intern_bucket_forget (intern_cache_bucket (level, hash), hash, string);
  intern_bucket_forget (intern_cache_second_bucket (level, hash), hash, string);
}

/* Frees the slots of a dead string, so that searches of its buckets do not compare it. */
void
intern_cache_forget (InternCache *cache,
                     guint64      hash,
                     const char  *string)
{
  /* Acquire: as in intern_cache_peek(). */
  const InternCacheLevel *previous = intern_atomic_load_acquire (&cache->previous);
  const InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);

  if (level != &no_level)
    level_forget (level, hash, string);
  if (previous != NULL)
    level_forget (previous, hash, string);
}

/* HOLDS: cache->lock */
guint64
intern_cache_get_memory_locked (const InternCache *cache)
{
  return cache->memory;
}
