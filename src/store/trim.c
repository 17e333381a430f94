/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Gives memory back that a store has needed and needs no more. */

#include "config.h"

#include "store/store.h"

static gsize
trim_shard (InternShard *shard)
{
  gsize n_bytes;

  intern_lock (&shard->lock);
  n_bytes = intern_arena_trim (&shard->arena);
  intern_unlock (&shard->lock);

  return n_bytes;
}

/* Gives back what dead strings and a cache that is too large hold. Returns the bytes. The index needs no help: a
 * GHashTable shrinks when keys are removed. */
gsize
intern_store_trim (InternStore *store)
{
  InternAlignedShard *shards = intern_store_get_shards (store);
  gsize n_bytes;

  /* Threads read the shards of a frozen store without a lock. */
  if (intern_store_is_frozen (store))
    return 0;

  n_bytes = trim_shard (&store->first);
  for (guint i = 0; shards != NULL && i < INTERN_SHARDS; i++)
    n_bytes += trim_shard (&shards[i].shard);
  intern_blocks_trim (&store->blocks);

  return n_bytes + intern_cache_shrink (&store->cache, intern_store_get_n_own_strings (store));
}
