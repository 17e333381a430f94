/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/batch.h"

/* Items whose buckets and strings are prefetched together: as many as the processor fetches at once, and few
 * enough to be still in its caches when they are used. */
#define GROUP 64

typedef struct
{
  InternStore     *store;
  InternBatchItem *items;
  InternTally      tally;   /* so far */
  guint16         *pending; /* numbers of the items to be searched in the layers and shards */
  guint            n_pending;
} Batch;

/* The cache */

static inline guint64
hash_of (InternStore           *store,
         const InternBatchItem *item)
{
  if (G_LIKELY (item->length <= INTERN_SHORT_LENGTH))
    return intern_hash (item->data, item->length, store->secret);

  return item->length <= INTERN_MAX_LENGTH ? intern_hash_call (item->data, item->length, store->secret) : 0;
}

static inline void
count_handed_out (InternTally *tally,
                  gsize        length)
{
  tally->bytes_requested += length;
  tally->bytes_copied += intern_heap_size (length + 1);
}

/* Finds an item by the first-candidate peek, or makes it pending. */
static inline void
find_item (Batch       *batch,
           InternStore *store,
           InternTally *tally,
           guint        number)
{
  InternBatchItem *item = &batch->items[number];
  const InternKey key = { item->data, item->length, item->hash };

  item->result = INTERN_RESULT_FOUND;
  item->string = NULL;
  if (G_LIKELY (item->length <= INTERN_INLINE_LENGTH))
    item->string = intern_cache_peek (&store->cache, &key, intern_match_permanent, NULL);
  if (G_LIKELY (item->string != NULL))
    {
      /* Now, while its cache line is near. */
      item->atom = intern_entry_atom (item->string);
      tally->n_hits++;
      count_handed_out (tally, item->length);
    }
  else
    {
      item->atom = 0;
      batch->pending[batch->n_pending++] = (guint16) number;
    }
}

static INTERN_HOT void
find_near (Batch *batch,
           guint  n_items)
{
  InternStore *store = batch->store;
  InternTally tally = { 0 };

  for (guint i = 0; i < n_items; i++)
    {
      batch->items[i].hash = hash_of (store, &batch->items[i]);
      find_item (batch, store, &tally, i);
    }
  batch->tally = tally;
}

static INTERN_HOT void
find_far (Batch *batch,
          guint  n_items)
{
  InternStore *store = batch->store;
  InternTally tally = { 0 };
  guint end;

  for (guint first = 0; first < n_items; first = end)
    {
      end = MIN (first + GROUP, n_items);
      for (guint i = first; i < end; i++)
        {
          batch->items[i].hash = hash_of (store, &batch->items[i]);
          intern_cache_prefetch (&store->cache, batch->items[i].hash);
        }
      for (guint i = first; i < end; i++)
        intern_cache_prefetch_string (&store->cache, batch->items[i].hash, batch->items[i].length);
      for (guint i = first; i < end; i++)
        find_item (batch, store, &tally, i);
    }
  batch->tally = tally;
}

/* Shard by shard */

static void
count_found (Batch                 *batch,
             const InternBatchItem *item)
{
  batch->tally.n_hits++;
  count_handed_out (&batch->tally, item->length);
}

/* Searches the whole cache and the layers. Takes no lock. */
static const char *
find_slowly (InternStore     *store,
             const InternKey *key)
{
  const char *string = intern_cache_find (&store->cache, key, intern_match_permanent, NULL);

  if (string == NULL && store->layered)
    string = intern_store_find_in_layers (store, key);

  return string;
}

static void
find_further (Batch *batch)
{
  guint n_pending = 0;

  for (guint i = 0; i < batch->n_pending; i++)
    {
      InternBatchItem *item = &batch->items[batch->pending[i]];
      const InternKey key = { item->data, item->length, item->hash };

      if (G_UNLIKELY (item->length > INTERN_MAX_LENGTH))
        {
          item->result = INTERN_RESULT_TOO_LONG;
          batch->tally.n_misses++;
          continue;
        }

      item->string = find_slowly (batch->store, &key);
      if (item->string != NULL)
        count_found (batch, item);
      else
        batch->pending[n_pending++] = batch->pending[i];
    }

  batch->n_pending = n_pending;
}

static guint
shard_number (const Batch *batch,
              guint16      number)
{
  return (guint) (batch->items[number].hash >> (64 - INTERN_SHARDS_LOG2));
}

/* Sorts the pending items by shard, stable. */
static void
sort_by_shard (Batch *batch,
               guint  ends[INTERN_SHARDS])
{
  guint16 sorted[INTERN_BATCH];
  guint starts[INTERN_SHARDS + 1] = { 0 };

  for (guint i = 0; i < batch->n_pending; i++)
    starts[shard_number (batch, batch->pending[i]) + 1]++;
  for (guint i = 0; i < INTERN_SHARDS; i++)
    starts[i + 1] += starts[i];
  memcpy (ends, starts + 1, INTERN_SHARDS * sizeof *ends);

  for (guint i = 0; i < batch->n_pending; i++)
    sorted[starts[shard_number (batch, batch->pending[i])]++] = batch->pending[i];
  for (guint i = 0; i < batch->n_pending; i++)
    batch->pending[i] = sorted[i];
}

/* Counts the items, and puts those that their shard has found into the cache. */
static void
remember_found (Batch         *batch,
                const guint16 *numbers,
                guint          n_numbers)
{
  for (guint i = 0; i < n_numbers; i++)
    {
      const InternBatchItem *item = &batch->items[numbers[i]];

      if (item->result == INTERN_RESULT_FOUND)
        {
          intern_store_remember (batch->store, item->hash, item->string);
          count_found (batch, item);
          continue;
        }
      batch->tally.n_misses++;
      if (item->string != NULL)
        count_handed_out (&batch->tally, item->length);
    }
}

static void
intern_pending (Batch *batch)
{
  guint ends[INTERN_SHARDS];

  sort_by_shard (batch, ends);

  for (guint i = 0, start = 0; i < INTERN_SHARDS; start = ends[i++])
    {
      const guint16 *numbers = &batch->pending[start];
      const guint n_numbers = ends[i] - start;
      InternShard *shard;

      if (n_numbers == 0)
        continue;

      shard = intern_store_lock_shard (batch->store, batch->items[numbers[0]].hash);
      for (guint j = 0; j < n_numbers; j++)
        {
          InternBatchItem *item = &batch->items[numbers[j]];

          item->string = intern_store_find_or_add_locked (
            batch->store, shard, &(InternKey) { item->data, item->length, item->hash }, INTERN_TO_KEEP, &item->result);
        }
      intern_store_unlock_shard (batch->store, shard);
      remember_found (batch, numbers, n_numbers);
    }
}

/* Stops at the first refusal, as a loop of the caller would. */
static void
intern_one_by_one (InternStore     *store,
                   InternBatchItem *items,
                   guint            n_items)
{
  gboolean refused = FALSE;

  for (guint i = 0; i < n_items; i++)
    {
      InternBatchItem *item = &items[i];

      item->hash = hash_of (store, item);
      item->string = NULL;
      item->atom = 0;
      item->result = INTERN_RESULT_ABSENT;
      if (!refused)
        item->string = intern_store_search (store, item->data, item->length, item->hash, INTERN_TO_KEEP, &item->result);
      refused = item->string == NULL;
    }
}

/* @n_items is INTERN_BATCH at most. */
void
intern_batch_intern (InternStore     *store,
                     InternBatchItem *items,
                     guint            n_items)
{
  guint16 pending[INTERN_BATCH];
  Batch batch = { .store = store, .items = items, .pending = pending };

  if (intern_store_is_limited (store))
    {
      intern_one_by_one (store, items, n_items);
      return;
    }

  if (intern_cache_is_large (&store->cache))
    find_far (&batch, n_items);
  else
    find_near (&batch, n_items);
  find_further (&batch);
  if (batch.n_pending > 0)
    intern_pending (&batch);
  intern_counters_add (&store->counters, &batch.tally);
}

/* Writes the atoms of interned items to @atoms, up to the first item that the batch refused or that gets no
 * atom, and returns their number. Takes the lock of the atoms once, if any item needs a new atom. */
guint
intern_batch_atoms (InternStore     *store,
                    InternBatchItem *items,
                    guint            n_items,
                    guint32         *atoms)
{
  const gboolean at_once = !store->layered;
  gboolean locked = FALSE;
  guint n_done;

  for (n_done = 0; n_done < n_items && items[n_done].string != NULL; n_done++)
    {
      atoms[n_done] = items[n_done].atom;
      if (G_LIKELY (atoms[n_done] != 0))
        continue;
      atoms[n_done] = intern_store_find_atom (store, items[n_done].string);
      if (atoms[n_done] != 0)
        continue;

      if (at_once && !locked)
        intern_lock (&store->atoms.lock);
      locked = at_once;
      atoms[n_done] = at_once ? intern_store_assign_atom_locked (store, items[n_done].string)
                              : intern_store_assign_atom (store, items[n_done].string);
      if (atoms[n_done] == 0)
        {
          items[n_done].result = intern_store_get_atom_refusal (store);
          break;
        }
    }
  if (locked)
    intern_unlock (&store->atoms.lock);

  return n_done;
}
