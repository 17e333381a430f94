/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The inside of a store, for the files that make it up. */

#pragma once

#include "base/fork.h"
#include "base/sizes.h"
#include "snapshot/reader.h"
#include "store/store.h"

/* Shards side by side, each on cache lines of its own. */
typedef struct
{
  _Alignas (INTERN_CACHE_LINE) InternShard shard;
} InternShardSlot;

/* What the limits are compared with. Kept up to date only while there is a limit: a pool without
 * one has nothing that all its threads write to. */
typedef struct
{
  InternLock   lock;
  InternLimits max;       /* guarded by lock, as the rest */
  guint64      n_strings;
  guint64      bytes;
  gboolean     announced; /* a refusal has been told and the pool has been full since */
} InternQuota;

struct _InternStore
{
  InternStoreFront front;   /* first: see intern_store_peek() */
  gint             ref_count;
  gboolean         limited; /* written under every lock, read under that of any shard */
  InternBlocks     blocks;  /* where the strings of all shards lie */
  InternShardSlot *many;    /* (owned) (nullable) published once, with release */
  InternShard      first;
  InternQuota      quota;
  InternTally      baseline; /* what reset_stats() takes off; guarded by first.lock */
  guint64          recycled; /* bytes, in the stores before this one, less what reset_stats() takes
                              * off; guarded by first.lock */
  InternSnapshot  *snapshot; /* (owned) (nullable) set before anybody knows the store, as the next */
  InternCache     *bare;     /* (owned) (nullable) knows strings of snapshot, which have no headers */
  InternStore     *parent;   /* (owned) (nullable) frozen */
  GHashTable      *lent;     /* (owned) (nullable) atoms of strings from below that have none there;
                              * guarded by the lock of the atoms */
  InternForkLink   fork_link;
};

static inline InternShardSlot *
intern_store_get_many (InternStore *store)
{
  /* Acquire: pairs with the release in split_locked(), so that the shards are seen complete. */
  return __atomic_load_n (&store->many, __ATOMIC_ACQUIRE);
}

/* Where @hash belongs at this moment. */
static inline InternShard *
intern_store_get_shard (InternStore *store,
                        guint64      hash)
{
  InternShardSlot *many = intern_store_get_many (store);

  return many == NULL ? &store->first : &many[hash >> (64 - INTERN_SHARDS_LOG2)].shard;
}
