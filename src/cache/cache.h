/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The read cache: answers hits without a lock.
 *
 * Searches ask it before the shards. It owns no string, and a miss means nothing. It forgets strings when
 * it is full and when it grows; only speed depends on it, and the library can be built without it
 * (INTERN_NO_CACHE). It may hold the address of a mortal string after its death: see storage/header.h for
 * why that does no harm.
 *
 * A string enters at its second search, when it is found behind the cache, in a shard or a snapshot: many strings of
 * a stream come only once. After many such finds the others enter too: see store/remember.c. The cache
 * grows with the number of strings put, up to the size that the strings of the store need. It grows by a new
 * level, into which one thread copies the level in use without reading a string. Other threads use that level
 * until the new one is complete.
 *
 * Readers hold no lock and do not say when they are done, so the levels are freed with the store. Small
 * former levels stay as they are; large ones come from mmap() and give their pages back at once: they read
 * as empty from then on. A cache that has become too large shrinks by a smaller level. A former level of the right
 * size is used again: late readers and writers of it do no more harm than others.
 */

#pragma once

#include "base/lock.h"
#include "base/sizes.h"
#include "cache/bucket.h"

#if GLIB_SIZEOF_VOID_P != 8 && !defined(INTERN_NO_CACHE)
# define INTERN_NO_CACHE /* a slot has no room for a mark beside the address */
#endif

/* A constant and not a macro for #ifdef, so that a build without the cache compiles its code too. In such a build
 * nothing is put into the cache. */
enum
{
#ifdef INTERN_NO_CACHE
  INTERN_HAS_CACHE = 0,
#else
  INTERN_HAS_CACHE = 1,
#endif
};

typedef struct _InternCacheLevel InternCacheLevel;

struct _InternCacheLevel
{
  InternBucket     *buckets;
  guint64           mask;                       /* number of buckets, less 1 */
  gsize             mapped;                     /* bytes of the mapping, or 0 if g_aligned_alloc0() made it */
  gsize             returned;                   /* bytes of it given back; guarded by the lock of the cache */
  InternCacheLevel *previous;                   /* a former level; guarded by the lock of the cache */
  char              padding[INTERN_CACHE_LINE]; /* keeps n_put off the cache line that every hit reads */
  guint64           n_put;                      /* strings put since the cache was last asked to grow; relaxed */
};

typedef struct
{
  InternCacheLevel *level;  /* written under lock, with release; at first one that stays empty */
  InternLock        lock;   /* held to change the level; threads that grow the cache do not wait for it */
  guint64           n_put;  /* strings put while there is no level; relaxed */
  guint64           memory; /* guarded by lock */
} InternCache;

typedef enum
{
  INTERN_PUT_THERE, /* the cache has it already, or is compiled out */
  INTERN_PUT_NEW,
  INTERN_PUT_MANY,  /* the same, and many have been put: the caller calls intern_cache_grow() */
} InternPut;

void      intern_cache_init              (InternCache       *cache);
void      intern_cache_clear             (InternCache       *cache);
void      intern_cache_forget            (InternCache       *cache,
                                          guint64            hash,
                                          const char        *string);
InternPut intern_cache_put               (InternCache       *cache,
                                          guint64            hash,
                                          const char        *string);
void      intern_cache_grow              (InternCache       *cache,
                                          guint64            n_strings);
void      intern_cache_reserve           (InternCache       *cache,
                                          guint64            n_strings);
gsize     intern_cache_shrink            (InternCache       *cache,
                                          guint64            n_strings);
void      intern_cache_forget_all_locked (InternCache       *cache);
guint64   intern_cache_get_memory_locked (const InternCache *cache);

static inline InternBucket *
intern_cache_bucket (const InternCacheLevel *level,
                     guint64                 hash)
{
  return &level->buckets[hash & level->mask];
}

static inline InternBucket *
intern_cache_second_bucket (const InternCacheLevel *level,
                            guint64                 hash)
{
  return &level->buckets[intern_bucket_other (hash, intern_tag_of (hash)) & level->mask];
}

/* Prefetches the bucket of @hash. For many strings at a time. */
static inline void
intern_cache_prefetch (const InternCache *cache,
                       guint64            hash)
{
  __builtin_prefetch (intern_cache_bucket (intern_atomic_load_acquire (&cache->level), hash));
}

/* Whether the cache is larger than the L2 cache of a processor. */
static inline gboolean
intern_cache_is_large (const InternCache *cache)
{
  /* Acquire: as in intern_cache_peek(). */
  return intern_atomic_load_acquire (&cache->level)->mask >= INTERN_NEAR_BUCKETS;
}

/* After intern_cache_prefetch(): prefetches the string of @length bytes that the bucket points to. */
static inline void
intern_cache_prefetch_string (const InternCache *cache,
                              guint64            hash,
                              gsize              length)
{
  InternBucket *bucket = intern_cache_bucket (intern_atomic_load_acquire (&cache->level), hash);
  const guint64 candidates = intern_bucket_glance (intern_atomic_load_relaxed (&bucket->tags), hash);

  /* Relaxed: nothing is read yet. */
  if (G_LIKELY (candidates != 0))
    intern_slot_prefetch (intern_atomic_load_relaxed (&bucket->slots[intern_first_byte (candidates)]), length);
}

/* Returns the string if it is the first candidate of its bucket, as are nearly all that the cache holds.
 * Inlined into every search. After NULL the caller goes on with intern_cache_find(). */
G_ALWAYS_INLINE static inline const char *
intern_cache_peek (const InternCache *cache,
                   const InternKey   *key,
                   InternMatchFunc    match,
                   gpointer           data)
{
  /* Acquire: pairs with the release in resize_locked(), so that the buckets are seen zeroed. */
  const InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);
  InternBucket *bucket = intern_cache_bucket (level, key->hash);
  /* Relaxed: a stale tag makes a miss, or a candidate that is compared. */
  const guint64 candidates = intern_bucket_glance (intern_atomic_load_relaxed (&bucket->tags), key->hash);
  const char *string;

  if (G_UNLIKELY (candidates == 0))
    return NULL;
  string = intern_bucket_get (bucket, candidates, key->hash);

  return string != NULL && match (string, key, data) ? string : NULL;
}

/* Returns the string if the cache holds it: compares every candidate, also those of the second bucket. */
G_ALWAYS_INLINE static inline const char *
intern_cache_find (const InternCache *cache,
                   const InternKey   *key,
                   InternMatchFunc    match,
                   gpointer           data)
{
  /* Acquire: as in intern_cache_peek(). */
  const InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);
  InternBucket *bucket = intern_cache_bucket (level, key->hash);
  /* Relaxed: as in intern_cache_peek(). */
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);
  const char *string;

  /* Most new strings end here. */
  if (intern_bucket_glance (tags, key->hash) == 0 && (tags & INTERN_BUCKET_SPILLED) == 0)
    return NULL;

  string = intern_bucket_find (bucket, tags, key, match, data);
  if (string != NULL || (tags & INTERN_BUCKET_SPILLED) == 0)
    return string;

  bucket = intern_cache_second_bucket (level, key->hash);

  return intern_bucket_find (bucket, intern_atomic_load_relaxed (&bucket->tags), key, match, data);
}
