/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

#include <string.h>

#include "base/probes.h"

/* Making and freeing */

static InternStore *
store_of_link (InternForkLink *link)
{
  return (InternStore *) (void *) ((char *) link - G_STRUCT_OFFSET (InternStore, fork_link));
}

static void
lock_store (InternForkLink *link)
{
  intern_store_lock_all (store_of_link (link));
}

static void
unlock_store (InternForkLink *link)
{
  intern_store_unlock_all (store_of_link (link));
}

/* Registers last: a fork finds the store complete. */
static InternStore *
store_new (const guint8   *secret,
           guint           n_data,
           guint32         first_atom,
           InternSnapshot *snapshot,
           InternStore    *parent)
{
  /* Not g_new0(): calloc() of the GNU C library takes no block from the cache of freed blocks of its thread. */
  InternStore *store = g_new (InternStore, 1);

  memset (store, 0, G_STRUCT_OFFSET (InternStore, starter));
  store->ref_count = 1;
  store->secret = secret;
  store->short_end = INTERN_SHORT_LENGTH + 1;
  intern_counters_init (&store->counters);
  intern_cache_init (&store->cache);
  intern_atoms_init (&store->atoms, first_atom);
  intern_blocks_init (&store->blocks);
  store->blocks.data_size = n_data * (guint) sizeof (gpointer);
  intern_shard_init (&store->first, &store->blocks);
  intern_shard_lend (&store->first, &store->starter);
  intern_store_set_layers (store, snapshot, parent);
  intern_fork_register (&store->fork_link, lock_store, unlock_store);

  return store;
}

/* Returns a store whose strings have room for @n_data pointers. */
InternStore *
intern_store_new (const guint8 *secret,
                  guint         n_data)
{
  return store_new (secret, n_data, 1, NULL, NULL);
}

/* Returns a store that stays empty: it refuses every string, and no length is below its short_end. */
InternStore *
intern_store_new_closed (const guint8 *secret)
{
  InternStore *store = intern_store_new (secret, 0);

  store->short_end = 0;
  store->first.max_strings = 0;

  return store;
}

/* Returns a store over @snapshot, which continues its atoms. */
InternStore *
intern_store_new_over (const guint8   *secret,
                       InternSnapshot *snapshot)
{
  return store_new (secret, 0, intern_snapshot_next_atom (snapshot), snapshot, NULL);
}

/* Returns a store over @parent, which is frozen, and continues its atoms. */
InternStore *
intern_store_new_child (InternStore *parent)
{
  return store_new (intern_secret_peek (), 0, intern_atoms_get_next (&parent->atoms), NULL, parent);
}

/* Returns an empty store with the parent and the room for data of @store. */
InternStore *
intern_store_new_successor (InternStore *store)
{
  return store_new (intern_secret_peek (), store->blocks.data_size / (guint) sizeof (gpointer), 1, NULL, store->parent);
}

/* Lets @successor, which no other thread knows, continue the limits, the counts, the atoms and the functions for data
 * of @store. Returns FALSE if @store is frozen. Otherwise it stays as it is for callers with references: they may still
 * add strings, but it assigns no more atoms, since @successor does. */
gboolean
intern_store_hand_over (InternStore *store,
                        InternStore *successor)
{
  const InternTally none = { 0 };
  InternLimits max;
  InternTally counted;
  guint64 recycled;
  guint32 next;
  gboolean frozen;
  InternLedger *ledger;

  /* One after the other: no thread holds locks of two stores. */
  intern_store_lock_all (store);
  frozen = store->frozen;
  store->atoms.stopped = TRUE;
  next = intern_atoms_get_next (&store->atoms);
  max = intern_store_get_limits_locked (store);
  counted = intern_store_tally_locked (store);
  recycled = intern_store_count_locked (store).bytes_recycled;
  intern_store_unlock_all (store);
  if (frozen)
    return FALSE;

  intern_store_lock_all (successor);
  successor->atoms.first = next;
  ledger = intern_store_need_ledger_locked (successor);
  ledger->baseline = intern_tally_subtract (&none, &counted);
  ledger->recycled = recycled;
  intern_store_apply_limits_locked (successor, &max);
  intern_store_unlock_all (successor);
  intern_store_copy_data_destroy (store, successor);
  INTERN_PROBE2 (clear, store, successor);

  return TRUE;
}

InternStore *
intern_store_ref (InternStore *store)
{
  /* Relaxed: the caller has a reference already. */
  __atomic_fetch_add (&store->ref_count, 1, __ATOMIC_RELAXED);

  return store;
}

void
intern_store_unref (InternStore *store)
{
  /* Release: this thread's accesses come before the memory is freed. Acquire: so do those of all others. */
  if (__atomic_fetch_sub (&store->ref_count, 1, __ATOMIC_ACQ_REL) > 1)
    return;

  intern_fork_unregister (&store->fork_link);
#ifdef INTERN_DEBUG
  intern_blocks_poison (&store->blocks);
#endif
  for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
    intern_shard_clear (&store->shards[i].shard);
  g_clear_pointer (&store->shards, g_aligned_free);
  intern_shard_clear (&store->first);
  intern_store_clear_layers (store);
  intern_blocks_clear (&store->blocks);
  intern_cache_clear (&store->cache);
  if (intern_store_has_cache_secret (store))
    g_free ((guint8 *) store->secret);
  intern_counters_clear (&store->counters);
  intern_atoms_clear (&store->atoms);
  if (store->ledger != NULL)
    intern_lock_clear (&store->ledger->lock);
  g_free (store->ledger);
  intern_store_free_data_table (store);
  g_free (store);
}

/* Freezing */

/* HOLDS: every lock of the store */
static void
freeze_shard_locked (InternStore *store,
                     InternShard *shard)
{
  guint n_strings;
  g_autofree InternOffset *offsets = intern_index_list (&shard->index, &n_strings);

  for (guint i = 0; i < n_strings; i++)
    {
      const InternKey key = intern_store_key (store, intern_blocks_string (&store->blocks, offsets[i]));

      if (intern_entry_is_mortal (key.data))
        intern_shard_freeze_locked (shard, &key);
    }
}

/* Makes all strings permanent and refuses new ones from now on. */
void
intern_store_freeze (InternStore *store)
{
  intern_store_lock_all (store);
  if (!store->frozen)
    {
      freeze_shard_locked (store, &store->first);
      for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
        freeze_shard_locked (store, &store->shards[i].shard);
      store->atoms.stopped = TRUE;
      /* Release: see intern_store_is_frozen(). */
      intern_atomic_store_release (&store->frozen, TRUE);
    }
  intern_store_unlock_all (store);
}
