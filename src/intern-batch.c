/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-batch-private.h"

#include "intern-layers-private.h"

/* As many lines of the cache and strings are asked for ahead as the processor can wait for, and
 * few enough to be there still when their turn comes. */
#define GROUP 32

typedef struct
{
  InternStore     *store;
  InternBatchItem *items;
  guint16          n_rest;
  guint16          rest[INTERN_BATCH]; /* items that wait for their shard, by number */
} Batch;

/* Reading ahead */

static INTERN_HOT void
hash_group (InternStoreFront *front,
            InternBatchItem  *items,
            guint             n_items)
{
  for (guint i = 0; i < n_items; i++)
    {
      InternBatchItem *item = &items[i];

      if (G_LIKELY (item->length <= INTERN_INLINE_LENGTH))
        item->hash = intern_hash (item->data, item->length, front->secret);
      else if (item->length <= INTERN_MAX_LENGTH)
        item->hash = intern_hash_call (item->data, item->length, front->secret);
      else
        item->hash = 0;
      intern_cache_prefetch (&front->cache, item->hash);
    }
}

static void
prefetch_strings (InternStoreFront      *front,
                  const InternBatchItem *items,
                  guint                  n_items)
{
  for (guint i = 0; i < n_items; i++)
    intern_cache_prefetch_string (&front->cache, items[i].hash);
}

/* Answers what the cache knows and notes the rest. */
static INTERN_HOT void
find_group (Batch *batch,
            guint  first,
            guint  n_items)
{
  InternStoreFront *front = (InternStoreFront *) batch->store;

  for (guint i = first; i < first + n_items; i++)
    {
      InternBatchItem *item = &batch->items[i];
      const InternKey key = { item->data, item->length, item->hash };

      item->result = item->length <= INTERN_MAX_LENGTH ? INTERN_RESULT_FOUND : INTERN_RESULT_TOO_LONG;
      item->string = NULL;
      if (item->result != INTERN_RESULT_FOUND)
        continue;

      item->string = intern_cache_peek (&front->cache, &key);
      if (item->string == NULL)
        batch->rest[batch->n_rest++] = (guint16) i;
    }
}

static void
find_in_cache (Batch *batch,
               guint  n_items)
{
  InternStoreFront *front = (InternStoreFront *) batch->store;
  const gboolean is_large = intern_cache_is_large (&front->cache);
  guint n;

  for (guint i = 0; i < n_items; i += n)
    {
      n = MIN (n_items - i, GROUP);
      hash_group (front, &batch->items[i], n);
      if (is_large)
        prefetch_strings (front, &batch->items[i], n);
      find_group (batch, i, n);
    }
}

/* Shard by shard */

/* The candidates of the cache that a glance does not reach. */
static void
find_further (Batch *batch)
{
  InternStoreFront *front = (InternStoreFront *) batch->store;
  guint n_rest = 0;

  for (guint i = 0; i < batch->n_rest; i++)
    {
      InternBatchItem *item = &batch->items[batch->rest[i]];
      const InternKey key = { item->data, item->length, item->hash };

      item->string = intern_cache_find (&front->cache, &key);
      if (item->string != NULL)
        continue;

      item->string = intern_cache_find_previous (&front->cache, &key);
      if (item->string != NULL)
        intern_store_remember (batch->store, &key, item->string);
      else if (front->layered)
        item->string = intern_layers_find (batch->store, &key);
      if (item->string == NULL)
        batch->rest[n_rest++] = batch->rest[i];
    }

  batch->n_rest = (guint16) n_rest;
}

static guint
shard_number (const Batch *batch,
              guint16      number)
{
  return (guint) (batch->items[number].hash >> (64 - INTERN_SHARDS_LOG2));
}

/* Orders what is left by shard, and within one as it came. */
static void
sort_by_shard (Batch *batch,
               guint  ends[INTERN_SHARDS])
{
  guint16 sorted[INTERN_BATCH];
  guint starts[INTERN_SHARDS + 1] = { 0 };

  for (guint i = 0; i < batch->n_rest; i++)
    starts[shard_number (batch, batch->rest[i]) + 1]++;
  for (guint i = 0; i < INTERN_SHARDS; i++)
    starts[i + 1] += starts[i];
  memcpy (ends, starts + 1, INTERN_SHARDS * sizeof *ends);

  for (guint i = 0; i < batch->n_rest; i++)
    sorted[starts[shard_number (batch, batch->rest[i])]++] = batch->rest[i];
  for (guint i = 0; i < batch->n_rest; i++)
    batch->rest[i] = sorted[i];
}

/* What its shard has found enters the cache, as it does one by one. */
static void
remember_found (Batch         *batch,
                const guint16 *numbers,
                guint          n_numbers)
{
  for (guint i = 0; i < n_numbers; i++)
    {
      const InternBatchItem *item = &batch->items[numbers[i]];
      const InternKey key = { item->data, item->length, item->hash };

      if (item->result == INTERN_RESULT_FOUND)
        intern_store_remember (batch->store, &key, item->string);
    }
}

static void
intern_rest (Batch *batch)
{
  guint ends[INTERN_SHARDS];

  sort_by_shard (batch, ends);

  for (guint i = 0, start = 0; i < INTERN_SHARDS; start = ends[i++])
    {
      const guint16 *numbers = &batch->rest[start];
      const guint n_numbers = ends[i] - start;
      InternShard *shard;

      if (n_numbers == 0)
        continue;

      shard = intern_store_lock_shard (batch->store, batch->items[numbers[0]].hash);
      for (guint j = 0; j < n_numbers; j++)
        {
          InternBatchItem *item = &batch->items[numbers[j]];

          item->string = intern_store_find_or_add_locked (
            batch->store, shard, &(InternKey) { item->data, item->length, item->hash }, FALSE, &item->result);
        }
      intern_store_unlock_shard (batch->store, shard);
      remember_found (batch, numbers, n_numbers);
    }
}

static void
count (InternStore           *store,
       const InternBatchItem *items,
       guint                  n_items)
{
  InternTally tally = { 0 };

  for (guint i = 0; i < n_items; i++)
    {
      if (items[i].result == INTERN_RESULT_FOUND)
        tally.n_hits++;
      else
        tally.n_misses++;
      if (items[i].string != NULL)
        {
          tally.bytes_requested += items[i].length;
          tally.bytes_copied += intern_heap_size (items[i].length + 1);
        }
    }

  intern_counters_add (&((InternStoreFront *) store)->counters, &tally);
}

/* A refusal ends it, as it ends a loop of the caller: what comes after is not tried. */
static void
intern_one_by_one (InternStore     *store,
                   InternBatchItem *items,
                   guint            n_items)
{
  gboolean refused = FALSE;

  hash_group ((InternStoreFront *) store, items, n_items);
  for (guint i = 0; i < n_items; i++)
    {
      InternBatchItem *item = &items[i];

      item->string = NULL;
      item->result = INTERN_RESULT_ABSENT;
      if (!refused)
        item->string = intern_store_intern (store, item->data, item->length, item->hash, &item->result);
      refused = item->string == NULL;
    }
}

/* @n_items is INTERN_BATCH at most. */
void
intern_batch_intern (InternStore     *store,
                     InternBatchItem *items,
                     guint            n_items)
{
  Batch batch = { .store = store, .items = items };

  if (intern_store_is_limited (store))
    {
      intern_one_by_one (store, items, n_items);
      return;
    }

  find_in_cache (&batch, n_items);
  find_further (&batch);
  if (batch.n_rest > 0)
    intern_rest (&batch);
  count (store, items, n_items);
}

/* Writes the atoms of interned items to @atoms, up to the first that was refused, by the batch or
 * because there are no more atoms, and returns how many that are. The lock of the atoms is taken
 * once, if anybody needs a new one. */
guint
intern_batch_atoms (InternStore     *store,
                    InternBatchItem *items,
                    guint            n_items,
                    guint32         *atoms)
{
  InternAtoms *all = &((InternStoreFront *) store)->atoms;
  const gboolean at_once = !((InternStoreFront *) store)->layered;
  gboolean locked = FALSE;
  guint n_done;

  for (n_done = 0; n_done < n_items && items[n_done].string != NULL; n_done++)
    {
      atoms[n_done] = intern_store_find_atom (store, items[n_done].string);
      if (atoms[n_done] != 0)
        continue;

      if (at_once && !locked)
        intern_lock (&all->lock);
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
    intern_unlock (&all->lock);

  return n_done;
}
