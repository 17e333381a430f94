/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

static void
count_shard (InternShard      *shard,
             InternStoreStats *stats)
{
  if (shard->moved)
    return;

  stats->n_strings += intern_shard_peek_n_strings (shard);
  stats->n_mortal += shard->n_mortal;
  stats->n_dead += shard->arena.free_list.n_dead;
  stats->bytes_stored += shard->bytes_stored;
  stats->bytes_recycled += shard->arena.free_list.bytes_recycled;
}

/* Counts what the store holds: sets no counts of calls and no memory. HOLDS: every lock of the store, or it is
 * frozen */
InternStoreStats
intern_store_count_locked (InternStore *store)
{
  InternStoreStats stats = { .bytes_recycled = store->ledger == NULL ? 0 : store->ledger->recycled };

  count_shard (&store->first, &stats);
  for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
    count_shard (&store->shards[i].shard, &stats);
  if (store->n_layers > 0)
    intern_store_count_layers (store, &stats);

  return stats;
}

/* Sums up what callers have done since the store was made. HOLDS: every lock of the store */
static InternTally
sum_locked (InternStore *store)
{
  InternTally sum = intern_counters_sum (&store->counters);

  intern_tally_add_alone (&sum, &store->first.tally);
  for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
    intern_tally_add_alone (&sum, &store->shards[i].shard.tally);

  return sum;
}

/* Returns the counts since the last reset. HOLDS: every lock of the store */
InternTally
intern_store_tally_locked (InternStore *store)
{
  const InternTally sum = sum_locked (store);

  return store->ledger == NULL ? sum : intern_tally_subtract (&sum, &store->ledger->baseline);
}

/* Returns the number of strings in the shards. Takes no lock: may count only some of those that other threads add or
 * bury meanwhile. */
guint64
intern_store_get_n_own_strings (InternStore *store)
{
  InternAlignedShard *shards = intern_store_get_shards (store);
  guint64 n_strings = 0;

  if (shards == NULL)
    return intern_shard_peek_n_strings (&store->first);

  for (guint i = 0; i < INTERN_SHARDS; i++)
    n_strings += intern_shard_peek_n_strings (&shards[i].shard);

  return n_strings;
}

/* The same with those of the layers. */
guint
intern_store_get_n_strings (InternStore *store)
{
  guint64 n_strings = intern_store_get_n_own_strings (store);

  if (store->n_layers > 0)
    n_strings += intern_store_get_n_strings_in_layers (store);

  return (guint) MIN (n_strings, G_MAXUINT);
}

/* Takes every lock: the number at one moment. */
guint64
intern_store_count_strings (InternStore *store)
{
  guint64 n_strings;

  intern_store_lock_all (store);
  n_strings = intern_store_count_locked (store).n_strings;
  intern_store_unlock_all (store);

  return n_strings;
}

/* HOLDS: every lock of the store */
static guint64
get_memory_locked (InternStore *store)
{
  guint64 memory = intern_heap_size_of (store, sizeof *store) +
                   (store->ledger == NULL ? 0 : intern_heap_size (sizeof *store->ledger)) +
                   intern_store_get_data_memory_locked (store) +
                   intern_counters_get_memory (&store->counters) +
                   intern_cache_get_memory_locked (&store->cache) +
                   (intern_store_has_cache_secret (store) ? intern_heap_size (INTERN_SECRET_SIZE) : 0) +
                   intern_atoms_get_memory (&store->atoms) +
                   intern_store_get_layers_memory (store) +
                   intern_blocks_get_memory (&store->blocks) +
                   intern_shard_get_memory_locked (&store->first);

  if (store->shards == NULL)
    return memory;

  memory += intern_heap_size (INTERN_SHARDS * sizeof *store->shards + INTERN_CACHE_LINE);
  for (guint i = 0; i < INTERN_SHARDS; i++)
    memory += intern_shard_get_memory_locked (&store->shards[i].shard);

  return memory;
}

InternStoreStats
intern_store_get_stats (InternStore *store)
{
  InternStoreStats stats;
  InternTally tally;

  intern_store_lock_all (store);
  stats = intern_store_count_locked (store);
  tally = intern_store_tally_locked (store);
  stats.n_hits = tally.n_hits;
  stats.n_misses = tally.n_misses;
  stats.bytes_requested = tally.bytes_requested;
  stats.bytes_copied = tally.bytes_copied;
  stats.memory = get_memory_locked (store);
  intern_store_unlock_all (store);

  return stats;
}

/* The counters belong to the threads that count; the zero is moved instead. */
void
intern_store_reset_stats (InternStore *store)
{
  InternLedger *ledger;

  intern_store_lock_all (store);
  ledger = intern_store_need_ledger_locked (store);
  ledger->baseline = sum_locked (store);
  ledger->recycled -= intern_store_count_locked (store).bytes_recycled;
  intern_store_unlock_all (store);
}

void
intern_store_add_hits (InternStore *store,
                       guint64      n_hits,
                       guint64      n_bytes)
{
  const InternTally tally = {
    .n_hits = n_hits,
    .bytes_requested = n_bytes,
    /* As if all had the mean length. */
    .bytes_copied = n_hits == 0 ? 0 : n_hits * intern_heap_size ((gsize) (n_bytes / n_hits) + 1),
  };

  intern_counters_add (&store->counters, &tally);
}
