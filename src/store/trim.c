/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Gives memory that a store no longer needs back to the system. */

#include "config.h"

#include "store/store.h"

/* Threads read the shards of a frozen store without a lock, and it may be frozen until its lock is taken here. */
static gsize
trim_shard (InternStore *store,
            InternShard *shard)
{
  gsize n_bytes;

  intern_lock (&shard->lock);
  n_bytes = store->frozen ? 0 : intern_arena_trim (&shard->arena);
  intern_unlock (&shard->lock);

  return n_bytes;
}

/* Gives back what dead strings and a cache that is too large hold. Returns the bytes. The index needs no help: a
 * GHashTable shrinks when keys are removed. */
gsize
intern_store_trim (InternStore *store)
{
  gsize n_bytes = trim_shard (store, &store->first);
  /* Not before: the first shard may just have been split. */
  InternAlignedShard *shards = intern_store_get_shards (store);

  for (guint i = 0; shards != NULL && i < INTERN_SHARDS; i++)
    n_bytes += trim_shard (store, &shards[i].shard);
  intern_blocks_trim (&store->blocks);

  return n_bytes + intern_cache_shrink (&store->cache, intern_store_get_n_own_strings (store));
}
