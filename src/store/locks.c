/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

#include "base/probes.h"

/* One shard */

/* A shard lock is held for about 0.1 us and a sleep costs about 10 us: a thread spins first, and sleeps while a
 * table grows. */
#define TRIES 64

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile ("yield");
#endif
}

static G_NO_INLINE void
wait_for_lock (InternShard *shard)
{
  for (guint i = 0; i < TRIES; i++)
    {
      relax ();
      if (intern_trylock (&shard->lock))
        return;
    }

  intern_lock (&shard->lock);
}

static void
lock_counting_waits (InternShard *shard)
{
  if (G_LIKELY (intern_trylock (&shard->lock)))
    return;

  wait_for_lock (shard);
  shard->n_waits++;
}

/* Returns the shard that @hash belongs to, locked. */
InternShard *
intern_store_lock_shard (InternStore *store,
                         guint64      hash)
{
  for (;;)
    {
      InternShard *shard = intern_store_get_shard (store, hash);

      lock_counting_waits (shard);
      if (G_LIKELY (!shard->moved))
        return shard;

      /* The store was split while this thread waited. */
      intern_unlock (&shard->lock);
    }
}

static gboolean
wants_split_locked (InternStore *store,
                    InternShard *shard)
{
  /* The counts first: in a small pool they decide. */
  return (intern_shard_peek_n_strings (shard) >= INTERN_SPLIT_AT || shard->n_waits >= INTERN_SPLIT_AT_WAITS) &&
         shard == &store->first && !shard->moved && !store->frozen;
}

/* Makes the other shards and moves the strings of the first there: their offsets, not their bytes. One of the
 * new shards gets the arena, to fill it up. HOLDS: store->first.lock */
static void
split_locked (InternStore *store)
{
  InternShard *first = &store->first;
  InternAlignedShard *shards = g_aligned_alloc0 (INTERN_SHARDS, sizeof *shards, INTERN_CACHE_LINE);
  guint n_strings;
  g_autofree InternOffset *offsets = intern_index_list (&first->index, &n_strings);

  intern_blocks_share (&store->blocks);
  for (guint i = 0; i < INTERN_SHARDS; i++)
    intern_shard_init (&shards[i].shard, &store->blocks);

  for (guint i = 0; i < n_strings; i++)
    {
      const InternKey key = intern_store_key (store, intern_blocks_string (&store->blocks, offsets[i]));

      intern_shard_adopt_locked (&shards[key.hash >> (64 - INTERN_SHARDS_LOG2)].shard, &key, offsets[i]);
    }

  intern_shard_retire_locked (first, &shards[0].shard);
  /* Release: a thread that sees the array sees the shards filled. */
  intern_atomic_store_release (&store->shards, shards);
  INTERN_PROBE2 (split, store, n_strings);
}

void
intern_store_unlock_shard (InternStore *store,
                           InternShard *shard)
{
  if (G_UNLIKELY (wants_split_locked (store, shard)))
    split_locked (store);
  intern_unlock (&shard->lock);
}

/* All */

/* While the first shard is locked the store cannot be split, and gets no ledger and no table of data from another
 * thread. */
void
intern_store_lock_all (InternStore *store)
{
  intern_lock (&store->first.lock);
  for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
    intern_lock (&store->shards[i].shard.lock);
  intern_lock (&store->blocks.lock);
  intern_lock (&store->cache.lock);
  intern_lock (&store->atoms.lock);
  if (store->snapshot != NULL)
    intern_lock (&store->snapshot_cache->lock);
  if (store->ledger != NULL)
    intern_lock (&store->ledger->lock);
  if (store->data != NULL)
    intern_lock (&store->data->lock);
}

void
intern_store_unlock_all (InternStore *store)
{
  if (store->data != NULL)
    intern_unlock (&store->data->lock);
  if (store->ledger != NULL)
    intern_unlock (&store->ledger->lock);
  if (store->snapshot != NULL)
    intern_unlock (&store->snapshot_cache->lock);
  intern_unlock (&store->atoms.lock);
  intern_unlock (&store->cache.lock);
  intern_unlock (&store->blocks.lock);
  for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
    intern_unlock (&store->shards[i].shard.lock);
  intern_unlock (&store->first.lock);
}
