/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A shard: one lock, one index (which strings are in the pool), one arena (their bytes). The shards decide
 * what is in a pool: without the cache the pool is slower, not wrong.
 *
 * The store owns the shards, takes their locks and chooses the shard of a key. A shard runs no callbacks
 * of users under its lock. An empty one allocates nothing, and one with a starter nothing for some strings.
 *
 * A mortal string without references stays in the index until the thread that dropped the last one buries
 * it or an equal string replaces it; no search finds it there.
 */

#pragma once

#include "base/counters.h"
#include "base/lock.h"
#include "storage/arena.h"
#include "storage/index.h"

/* Memory for the first strings of a shard, in the struct of the store: a small pool has no other. */
typedef struct
{
  InternFew                few;
  _Alignas (gpointer) char block[INTERN_STARTER];
} InternStarter;

typedef struct
{
  InternLock  lock;
  InternIndex index;          /* guarded by lock */
  InternArena arena;          /* guarded by lock */
  guint       max_strings;    /* of index; guarded by lock */
  guint       n_mortal;       /* mortal strings in index; guarded by lock */
  guint64     bytes_stored;   /* lengths of the strings in index; guarded by lock */
  InternTally tally;          /* of searches that have taken lock; guarded by lock; kept when moved */
  guint       n_strings;      /* written under lock, read relaxed by any thread; kept when moved */
  guint       n_found;        /* finds of permanent strings behind the cache; relaxed */
  guint       n_found_mortal; /* those of mortal strings, less the new ones: see store/remember.c; relaxed */
  guint       n_waits : 31;   /* how often a caller found lock taken; guarded by lock */
  guint       moved : 1;      /* its strings are in other shards; guarded by lock */
} InternShard;

typedef enum
{
  INTERN_BURIAL_REMOVED,  /* the string has left the index */
  INTERN_BURIAL_REPLACED, /* an equal string had replaced it there */
  INTERN_BURIAL_FOREIGN,  /* it is a string of another store */
} InternBurial;

void intern_shard_init  (InternShard   *shard,
                         InternBlocks  *blocks);
void intern_shard_lend  (InternShard   *shard,
                         InternStarter *starter);
void intern_shard_clear (InternShard   *shard);

const char * intern_shard_find_locked           (InternShard     *shard,
                                                 const InternKey *key,
                                                 InternPurpose    purpose);
const char * intern_shard_insert_locked         (InternShard     *shard,
                                                 const InternKey *key,
                                                 InternPurpose    purpose);
const char * intern_shard_find_or_insert_locked (InternShard     *shard,
                                                 const InternKey *key,
                                                 InternPurpose    purpose,
                                                 gboolean        *inserted);
gboolean     intern_shard_has_locked            (InternShard     *shard,
                                                 const InternKey *key);
InternBurial intern_shard_bury_locked           (InternShard     *shard,
                                                 const InternKey *key);
gboolean     intern_shard_wants_trim_locked     (InternShard     *shard);
void         intern_shard_adopt_locked          (InternShard     *shard,
                                                 const InternKey *key,
                                                 InternOffset     offset);
void         intern_shard_retire_locked         (InternShard     *shard,
                                                 InternShard     *heir);
void         intern_shard_freeze_locked         (InternShard     *shard,
                                                 const InternKey *key);
char **      intern_shard_list_locked           (InternShard     *shard,
                                                 guint           *n_strings);
guint64      intern_shard_get_memory_locked     (InternShard     *shard);

/* HOLDS: shard->lock */
static inline gboolean
intern_shard_is_full_locked (InternShard *shard)
{
  return shard->n_strings >= shard->max_strings;
}

/* Whether many strings with the same hash have met. HOLDS: shard->lock */
static inline gboolean
intern_shard_has_secret_locked (InternShard *shard)
{
  return shard->index.secret != NULL;
}

static inline guint
intern_shard_peek_n_strings (InternShard *shard)
{
  /* Relaxed: a count for statistics, it orders nothing. */
  return intern_atomic_load_relaxed (&shard->n_strings);
}
