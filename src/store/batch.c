/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/batch.h"

#include <string.h>

/* Items whose buckets and strings are prefetched together: as many as the processor fetches at once, and few
 * enough to be still in its caches when they are used. */
#define ROUND 64

/* The items to be searched in the layers and shards. */
typedef struct
{
  guint16 positions[INTERN_BATCH];
  guint   n_positions;
} Pending;

/* @items has room for INTERN_BATCH. The batch uses @store, which the caller keeps, and sets the atoms of its strings in
 * @atoms, unless that is NULL. */
void
intern_batch_begin (InternBatch     *batch,
                    InternStore     *store,
                    InternBatchItem *items,
                    guint32         *atoms)
{
  *batch = (InternBatch) {
    .store = store,
    .items = items,
    .atoms = atoms,
    .in_order = intern_store_is_limited (store) || intern_store_has_cache_secret (store),
  };
  batch->looks = !batch->in_order && !intern_cache_is_large (&store->cache);
  batch->n_until = batch->looks || batch->in_order ? INTERN_BATCH : MIN (ROUND, INTERN_BATCH);
}

/* The cache */

/* Finds an item by the first-candidate peek. Returns whether nothing is left to do for it. */
static inline gboolean
find_item (InternBatch     *batch,
           InternBatchItem *item)
{
  item->string = intern_batch_peek (batch->store, item->data, item->length, item->hash);
  if (G_UNLIKELY (item->string == NULL))
    return FALSE;

  intern_batch_count_hit (&batch->tally, item->length);
  if (batch->atoms == NULL)
    return TRUE;

  /* Now, while its cache line is in the processor's cache. */
  batch->atoms[item->position] = intern_entry_atom (item->string);

  return batch->atoms[item->position] != 0;
}

/* Searches the cache for the items of a round, and keeps those that are not done. */
static INTERN_HOT void
search_round (InternBatch *batch)
{
  InternBatchItem *items = batch->items;
  guint n_kept = batch->n_looked;

  for (guint i = batch->n_looked; i < batch->n_items; i++)
    {
      items[i].hash = intern_batch_hash (batch->store, items[i].data, items[i].length);
      intern_cache_prefetch (&batch->store->cache, items[i].hash);
    }
  for (guint i = batch->n_looked; i < batch->n_items; i++)
    intern_cache_prefetch_string (&batch->store->cache, items[i].hash, items[i].length);
  for (guint i = batch->n_looked; i < batch->n_items; i++)
    if (!find_item (batch, &items[i]))
      items[n_kept++] = items[i];

  batch->n_items = batch->n_looked = n_kept;
}

/* Called when n_until strings have been added. Returns whether more may be. */
gboolean
intern_batch_go_on (InternBatch *batch)
{
  if (!batch->looks && !batch->in_order)
    {
      search_round (batch);
      batch->n_until = MIN (batch->n_strings + ROUND, INTERN_BATCH);
    }

  return batch->n_strings < INTERN_BATCH;
}

/* Shard by shard */

/* Searches the whole cache and the layers. Takes no lock. */
static const char *
find_slowly (InternStore     *store,
             const InternKey *key)
{
  const char *string = intern_cache_find (&store->cache, key, intern_match_permanent, NULL);

  if (string == NULL && store->n_layers > 0)
    string = intern_store_find_in_layers (store, key);

  return string;
}

/* Makes those items pending that only a shard may have. */
static void
find_further (InternBatch *batch,
              Pending     *pending)
{
  for (guint i = 0; i < batch->n_items; i++)
    {
      InternBatchItem *item = &batch->items[i];
      const InternKey key = { item->data, item->length, item->hash };

      if (item->string != NULL)
        continue;

      if (G_UNLIKELY (item->length > INTERN_MAX_LENGTH))
        {
          item->result = INTERN_RESULT_TOO_LONG;
          batch->tally.n_misses++;
          continue;
        }

      item->string = find_slowly (batch->store, &key);
      if (item->string != NULL)
        intern_batch_count_hit (&batch->tally, item->length);
      else
        pending->positions[pending->n_positions++] = (guint16) i;
    }
}

static guint
shard_position (const InternBatch *batch,
                guint16            position)
{
  return (guint) (batch->items[position].hash >> (64 - INTERN_SHARDS_LOG2));
}

/* Sorts the pending items by shard, stable. */
static void
sort_by_shard (const InternBatch *batch,
               Pending           *pending,
               guint              ends[INTERN_SHARDS])
{
  guint16 sorted[INTERN_BATCH];
  guint starts[INTERN_SHARDS + 1] = { 0 };

  for (guint i = 0; i < pending->n_positions; i++)
    starts[shard_position (batch, pending->positions[i]) + 1]++;
  for (guint i = 0; i < INTERN_SHARDS; i++)
    starts[i + 1] += starts[i];
  memcpy (ends, starts + 1, INTERN_SHARDS * sizeof *ends);

  for (guint i = 0; i < pending->n_positions; i++)
    sorted[starts[shard_position (batch, pending->positions[i])]++] = pending->positions[i];
  for (guint i = 0; i < pending->n_positions; i++)
    pending->positions[i] = sorted[i];
}

/* Counts the items, and puts into the cache those that their shard has found, or added while it is asked for others. */
static void
remember_found (InternBatch   *batch,
                const guint16 *positions,
                guint          n_positions)
{
  for (guint i = 0; i < n_positions; i++)
    {
      const InternBatchItem *item = &batch->items[positions[i]];

      if (item->result == INTERN_RESULT_FOUND)
        {
          intern_store_remember (batch->store, item->hash, item->string);
          intern_batch_count_hit (&batch->tally, item->length);
          continue;
        }
      batch->tally.n_misses++;
      if (item->string != NULL)
        {
          intern_store_remember_added (batch->store, item->hash, item->string);
          batch->tally.bytes_requested += item->length;
          batch->tally.bytes_copied += intern_heap_size (item->length + 1);
        }
    }
}

static void
intern_pending (InternBatch *batch,
                Pending     *pending)
{
  guint ends[INTERN_SHARDS];

  sort_by_shard (batch, pending, ends);

  for (guint i = 0, start = 0; i < INTERN_SHARDS; start = ends[i++])
    {
      const guint16 *positions = &pending->positions[start];
      const guint n_positions = ends[i] - start;
      InternShard *shard;
      gboolean has_secret;

      if (n_positions == 0)
        continue;

      shard = intern_store_lock_shard (batch->store, batch->items[positions[0]].hash);
      for (guint j = 0; j < n_positions; j++)
        {
          InternBatchItem *item = &batch->items[positions[j]];

          item->string = intern_store_find_or_add_locked (
            batch->store, shard, &(InternKey) { item->data, item->length, item->hash }, INTERN_TO_KEEP, &item->result);
        }
      has_secret = intern_shard_has_secret_locked (shard);
      intern_store_unlock_shard (batch->store, shard);
      if (G_UNLIKELY (has_secret))
        intern_store_renew_cache (batch->store);
      remember_found (batch, positions, n_positions);
    }
}

static void
intern_items (InternBatch *batch)
{
  Pending pending = { .n_positions = 0 };

  find_further (batch, &pending);
  if (pending.n_positions > 0)
    intern_pending (batch, &pending);
}

/* Stops at the first refusal, as a loop of the caller would. */
static void
intern_one_by_one (InternBatch *batch)
{
  gboolean refused = FALSE;

  for (guint i = 0; i < batch->n_items; i++)
    {
      InternBatchItem *item = &batch->items[i];

      item->hash = item->length > INTERN_INLINE_LENGTH
                     ? 0 : intern_hash_call (item->data, item->length, intern_store_get_cache_secret (batch->store));
      item->string = NULL;
      item->result = INTERN_RESULT_ABSENT;
      if (!refused)
        item->string = intern_store_search (batch->store, item->data, item->length, item->hash, INTERN_TO_KEEP,
                                            &item->result);
      refused = item->string == NULL;
    }
}

/* Atoms */

/* Sets the atom of @item if it has none. Returns FALSE if there are no more. Takes the lock of the atoms once for a
 * batch. */
static gboolean
assign_item (InternBatch     *batch,
             InternBatchItem *item,
             gboolean        *locked)
{
  InternStore *store = batch->store;
  guint32 *atom = &batch->atoms[item->position];

  if (*atom == 0)
    *atom = intern_store_find_atom (store, item->string);
  if (*atom != 0)
    return TRUE;

  if (store->n_layers > 0)
    *atom = intern_store_assign_atom (store, item->string);
  else
    {
      if (!*locked)
        intern_lock (&store->atoms.lock);
      *locked = TRUE;
      *atom = intern_atoms_assign_locked (&store->atoms, item->string);
    }
  return *atom != 0;
}

/* Interns the strings. Returns their number, or that of those before the first one that is refused or gets no
 * atom. */
guint
intern_batch_end (InternBatch *batch)
{
  gboolean locked = FALSE;
  guint i;

  intern_batch_go_on (batch);
  if (batch->n_items > 0)
    {
      if (batch->in_order)
        intern_one_by_one (batch);
      else
        intern_items (batch);
    }
  intern_counters_add (&batch->store->counters, &batch->tally);

  for (i = 0; i < batch->n_items; i++)
    if (batch->items[i].string == NULL || (batch->atoms != NULL && !assign_item (batch, &batch->items[i], &locked)))
      break;
  if (locked)
    intern_unlock (&batch->store->atoms.lock);
  if (i == batch->n_items)
    return batch->n_strings;

  if (batch->items[i].string != NULL)
    batch->items[i].result = intern_store_get_atom_refusal (batch->store);
  batch->refused = &batch->items[i];

  return batch->refused->position;
}

/* Turns an interrupted batch into one of @store, with the strings that have no atom yet. The caller then calls
 * intern_batch_end() again. The other strings keep the atoms of the cleared store. */
void
intern_batch_resume (InternBatch *batch,
                     InternStore *store)
{
  const InternBatch former = *batch;
  const guint n_done = intern_batch_count_done (&former);

  intern_batch_begin (batch, store, former.items, former.atoms);
  batch->looks = FALSE;
  batch->n_strings = former.n_strings;
  batch->n_items = former.n_items - n_done;
  memmove (batch->items, former.refused, batch->n_items * sizeof *batch->items);
  for (guint i = 0; i < batch->n_items; i++)
    {
      batch->items[i].string = NULL;
      batch->items[i].result = INTERN_RESULT_FOUND;
    }
}
