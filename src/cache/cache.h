/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The read cache: answers hits without a lock.
 *
 * It stands before the shards, never owns a string, and may only answer "yes, here it is". It
 * forgets when it is full and when it grows; nothing but speed depends on it, and the library
 * can be built without it (INTERN_NO_CACHE). It may know a mortal string and still know its
 * address after its death: see storage/header.h for why that does no harm.
 *
 * A string enters when the shards have found it, that is at its second sight: streams are full
 * of strings that come once. The same finds are the demand by which the cache grows, up to what
 * the strings of the store need. It grows by a new level. What the level before knows is carried
 * over in steps, a bucket with each string that is put in, so that nobody has to wait for it; until
 * then it is asked too, and then it is emptied.
 *
 * Readers hold no lock and nothing tells when they are gone, so no level is freed before the
 * store is. Small ones are kept as they are; large ones are mappings of their own and give their
 * pages back at once: from then on they read as empty.
 */

#pragma once

#include "base/lock.h"
#include "base/sizes.h"
#include "cache/bucket.h"

#if GLIB_SIZEOF_VOID_P != 8 && !defined(INTERN_NO_CACHE)
# define INTERN_NO_CACHE /* no room for marks beside an address */
#endif

typedef struct _InternCacheLevel InternCacheLevel;

struct _InternCacheLevel
{
  InternBucket     *buckets;
  guint64           mask;   /* number of buckets, less 1 */
  gsize             mapped; /* bytes of the mapping, or 0 if malloc() made it */
  InternCacheLevel *before; /* made before this one; guarded by the lock of the cache */
};

typedef struct
{
  InternCacheLevel *level;    /* published with release; at first one that holds nothing */
  InternCacheLevel *previous; /* (nullable) what level learns from; published with release */
  InternLock        lock;     /* held to grow, without waiting; whoever waits is the store */
  guint64           n_put;    /* strings put in since it was last reconsidered; relaxed */
  guint64           n_carried; /* buckets of previous that have been carried over; relaxed */
  guint64           n_left;   /* strings that could not be; relaxed */
  guint64           memory;   /* guarded by lock */
} InternCache;

void         intern_cache_init              (InternCache       *cache);
void         intern_cache_clear             (InternCache       *cache);
void         intern_cache_forget            (InternCache       *cache,
                                             guint64            hash,
                                             const char        *string);
gboolean     intern_cache_put               (InternCache       *cache,
                                             const InternKey   *key,
                                             const char        *string);
void         intern_cache_carry_over        (InternCache       *cache,
                                             const guint8      *secret,
                                             const char        *end);
void         intern_cache_reconsider        (InternCache       *cache,
                                             guint64            n_strings);
guint64      intern_cache_get_memory_locked (const InternCache *cache);

static inline InternBucket *
intern_cache_bucket (const InternCacheLevel *level,
                     guint64                 hash)
{
  return &level->buckets[hash & level->mask];
}

/* Where a string goes whose bucket is full: another bucket, which depends on the string and not
 * on the bucket alone, so that a crowd is spread; on the same page of memory. */
static inline InternBucket *
intern_cache_second_bucket (const InternCacheLevel *level,
                            guint64                 hash)
{
  return &level->buckets[(hash ^ ((hash >> 48 & 63) | 1)) & level->mask];
}

/* For batches: asks for the bucket of @hash, to be there a little later. */
static inline void
intern_cache_prefetch (const InternCache *cache,
                       guint64            hash)
{
#ifndef INTERN_NO_CACHE
  __builtin_prefetch (intern_cache_bucket (intern_atomic_load_acquire (&cache->level), hash));
#endif
}

/* Whether what the cache knows is more than the processor's own caches keep near. */
static inline gboolean
intern_cache_is_large (const InternCache *cache)
{
#ifdef INTERN_NO_CACHE
  return FALSE;
#else
  /* Acquire: as in intern_cache_peek(). */
  return intern_atomic_load_acquire (&cache->level)->mask >= INTERN_NEAR_BUCKETS;
#endif
}

/* And then, with the bucket there, for the string that it points to, of @length bytes. */
static inline void
intern_cache_prefetch_string (const InternCache *cache,
                              guint64            hash,
                              gsize              length)
{
#ifndef INTERN_NO_CACHE
  InternBucket *bucket = intern_cache_bucket (intern_atomic_load_acquire (&cache->level), hash);
  const guint64 candidates = intern_bucket_glance (intern_atomic_load_relaxed (&bucket->tags), hash);

  /* Relaxed: nothing is read yet. */
  if (G_LIKELY (candidates != 0))
    intern_slot_prefetch (intern_atomic_load_relaxed (&bucket->slots[intern_first_byte (candidates)]), length);
#endif
}

/* Returns the string if it is the first candidate of its bucket, as it nearly always is when the cache
 * knows it. Inlined into every search, so the rest is left to intern_cache_find(): NULL means nothing. */
G_ALWAYS_INLINE static inline const char *
intern_cache_peek (const InternCache *cache,
                   const InternKey   *key,
                   InternMatchFunc    match,
                   gpointer           data)
{
#ifdef INTERN_NO_CACHE
  return NULL;
#else
  /* Acquire: pairs with the release in grow_locked(), so that the buckets are seen zeroed. */
  const InternCacheLevel *level = intern_atomic_load_acquire (&cache->level);
  InternBucket *bucket = intern_cache_bucket (level, key->hash);
  /* Relaxed: a stale tag makes a miss, or a candidate that is compared. */
  const guint64 candidates = intern_bucket_glance (intern_atomic_load_relaxed (&bucket->tags), key->hash);
  const char *string;

  if (G_UNLIKELY (candidates == 0))
    return NULL;
  string = intern_bucket_get (bucket, candidates, key->hash);

  return string != NULL && match (string, key, data) ? string : NULL;
#endif
}

/* The whole of a level: every candidate, and the second bucket. */
G_ALWAYS_INLINE static inline const char *
intern_cache_level_find (const InternCacheLevel *level,
                         const InternKey        *key,
                         InternMatchFunc         match,
                         gpointer                data)
{
  InternBucket *bucket = intern_cache_bucket (level, key->hash);
  /* Relaxed: as in intern_cache_peek(). */
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);
  const char *string;

  /* As for most strings that are new. */
  if (intern_bucket_glance (tags, key->hash) == 0 && (tags & INTERN_BUCKET_SPILLED) == 0)
    return NULL;

  string = intern_bucket_find (bucket, tags, key, match, data);
  if (string != NULL || (tags & INTERN_BUCKET_SPILLED) == 0)
    return string;

  bucket = intern_cache_second_bucket (level, key->hash);

  return intern_bucket_find (bucket, intern_atomic_load_relaxed (&bucket->tags), key, match, data);
}

/* Returns the string if the cache knows it; NULL means nothing. If only the previous level knows it,
 * @is_old is set: the caller then puts it. */
G_ALWAYS_INLINE static inline const char *
intern_cache_find (const InternCache *cache,
                   const InternKey   *key,
                   InternMatchFunc    match,
                   gpointer           data,
                   gboolean          *is_old)
{
#ifdef INTERN_NO_CACHE
  return NULL;
#else
  /* Acquire: as in intern_cache_peek(). */
  const char *string = intern_cache_level_find (intern_atomic_load_acquire (&cache->level), key, match, data);
  const InternCacheLevel *previous;

  if (string != NULL)
    return string;

  previous = intern_atomic_load_acquire (&cache->previous);
  if (G_LIKELY (previous == NULL))
    return NULL;

  string = intern_cache_level_find (previous, key, match, data);
  *is_old = string != NULL;

  return string;
#endif
}
