/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A shard: one lock, one index (which strings are in the pool), one arena (every byte that is handed
 * out). It is the truth of the pool: without what stands before it the pool is slower, not wrong.
 *
 * The store owns the shards, takes their locks and decides which shard a key belongs to; functions
 * whose name ends in _locked want the lock held. Under its lock a shard calls no code of others. It
 * is plain memory: an empty one costs its own size.
 *
 * A mortal string that has lost its last reference stays in the index until the thread that took that
 * reference buries it, or until an equal string takes its place; no search finds it there.
 */

#pragma once

#include "base/lock.h"
#include "storage/arena.h"
#include "storage/index.h"

typedef struct
{
  InternLock  lock;
  InternIndex index;        /* guarded by lock */
  InternArena arena;        /* guarded by lock */
  guint       max_strings;  /* what index can count; guarded by lock */
  guint       n_mortal;     /* strings in index that references count for; guarded by lock */
  guint64     bytes_stored; /* lengths of the strings in index; guarded by lock */
  guint       n_strings;    /* written under lock, read relaxed by any thread; of a shard that has moved,
                             * what it had */
  guint       n_waits;      /* how often a caller found lock taken; guarded by lock */
  gboolean    moved;        /* its strings have gone to other shards; guarded by lock */
} InternShard;

typedef enum
{
  INTERN_BURIAL_REMOVED,  /* the string has left the index */
  INTERN_BURIAL_REPLACED, /* an equal string had taken its place there */
  INTERN_BURIAL_FOREIGN,  /* it is a string of another store */
} InternBurial;

void           intern_shard_init                  (InternShard     *shard,
                                                   InternBlocks    *blocks);
void           intern_shard_clear                 (InternShard     *shard);

const char *   intern_shard_find_locked           (InternShard     *shard,
                                                   const InternKey *key,
                                                   InternPurpose    purpose);
const char *   intern_shard_insert_locked         (InternShard     *shard,
                                                   const InternKey *key,
                                                   InternPurpose    purpose);
const char *   intern_shard_find_or_insert_locked (InternShard     *shard,
                                                   const InternKey *key,
                                                   InternPurpose    purpose,
                                                   gboolean        *inserted);
gboolean       intern_shard_holds_locked          (InternShard     *shard,
                                                   const InternKey *key);
gboolean       intern_shard_is_full_locked        (InternShard     *shard);
InternBurial   intern_shard_bury_locked           (InternShard     *shard,
                                                   const InternKey *key);
void           intern_shard_adopt_locked          (InternShard     *shard,
                                                   const InternKey *key,
                                                   InternOffset     offset);
void           intern_shard_retire_locked         (InternShard     *shard,
                                                   InternShard     *heir);
void           intern_shard_freeze_locked         (InternShard     *shard,
                                                   const InternKey *key);
InternOffset * intern_shard_list_offsets_locked   (InternShard     *shard,
                                                   guint           *n_strings);
char **        intern_shard_list_locked           (InternShard     *shard,
                                                   guint           *n_strings);
guint64        intern_shard_get_memory_locked     (InternShard     *shard);
guint          intern_shard_peek_n_strings        (InternShard     *shard);
