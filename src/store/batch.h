/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many strings at once, with the result of one search after the other.
 *
 * While the read cache fits the caches of the processor, a batch searches it as each string comes, and only a string
 * that it does not find becomes an item. With a large cache strings become items in rounds: the batch hashes and
 * prefetches those of a round, and keeps what it does not find. It takes the lock of each shard once for all items of
 * that shard.
 *
 * A batch adds its strings shard by shard, not in their order. In a store with limits the order decides
 * which string is refused, so there it adds them one by one. So it does if cache and shards have different secrets: a
 * batch has one hash for both.
 */

#pragma once

#include "store/store.h"

typedef struct
{
  const char   *data;
  gsize         length;
  guint64       hash;     /* 0 before intern_batch_end(), unless the batch has looked for the string */
  const char   *string;   /* after intern_batch_end(): NULL where result says why */
  InternResult  result;
  guint         position; /* of the string in the batch */
} InternBatchItem;

typedef struct
{
  InternStore           *store;
  InternBatchItem       *items;     /* room for INTERN_BATCH */
  guint                  n_items;
  guint                  n_strings; /* at most INTERN_BATCH */
  guint                  n_until;   /* strings that may be added before intern_batch_go_on() */
  guint                  n_looked;  /* items that the cache has been searched for */
  guint32               *atoms;     /* (nullable) out: those of all strings */
  gboolean               in_order;  /* interns them one by one */
  gboolean               looks;     /* looks for each string as it comes */
  InternTally            tally;
  const InternBatchItem *refused;   /* (nullable) out: the first one */
} InternBatch;

void     intern_batch_begin  (InternBatch     *batch,
                              InternStore     *store,
                              InternBatchItem *items,
                              guint32         *atoms);
gboolean intern_batch_go_on  (InternBatch     *batch);
guint    intern_batch_end    (InternBatch     *batch);
void     intern_batch_resume (InternBatch     *batch,
                              InternStore     *store);

/* After intern_batch_end(): whether the pool was cleared meanwhile. Then intern_batch_resume() is next. */
static inline gboolean
intern_batch_is_interrupted (const InternBatch *batch)
{
  return batch->refused != NULL && batch->refused->result == INTERN_RESULT_REPLACED;
}

/* Returns how many items, from the first on, are interned for good: all, or those before the string at which the store
 * was replaced. */
static inline guint
intern_batch_count_done (const InternBatch *batch)
{
  return intern_batch_is_interrupted (batch) ? (guint) (batch->refused - batch->items) : batch->n_items;
}

static inline void
intern_batch_count_hit (InternTally *tally,
                        gsize        length)
{
  tally->n_hits++;
  tally->bytes_requested += length;
  tally->bytes_copied += intern_heap_size (length + 1);
}

/* Returns the string if the first-candidate peek finds it. */
static inline const char *
intern_batch_peek (InternStore *store,
                   const char  *data,
                   gsize        length,
                   guint64      hash)
{
  const InternKey key = { data, length, hash };

  return G_LIKELY (length <= INTERN_INLINE_LENGTH)
           ? intern_cache_peek (&store->cache, &key, intern_match_permanent, NULL)
           : NULL;
}

static inline guint64
intern_batch_hash (InternStore *store,
                   const char  *data,
                   gsize        length)
{
  if (G_LIKELY (length <= INTERN_SHORT_LENGTH))
    return intern_hash (data, length, intern_secret_peek ());

  return length <= INTERN_MAX_LENGTH ? intern_hash_call (data, length, intern_secret_peek ()) : 0;
}

/* Adds a string, which has to stay until intern_batch_end(). The caller compares n_strings with n_until first. Inlined
 * into loops with INTERN_HOT. */
G_ALWAYS_INLINE static inline void
intern_batch_add (InternBatch *batch,
                  const char  *data,
                  gsize        length)
{
  const guint position = batch->n_strings++;
  InternBatchItem *item;
  const char *string = NULL;
  guint64 hash = 0;
  guint32 atom = 0;

  if (G_LIKELY (batch->looks))
    {
      hash = intern_batch_hash (batch->store, data, length);
      string = intern_batch_peek (batch->store, data, length, hash);
    }
  if (string != NULL)
    {
      intern_batch_count_hit (&batch->tally, length);
      if (batch->atoms == NULL)
        return;
      atom = intern_entry_atom (string);
    }
  if (batch->atoms != NULL)
    batch->atoms[position] = atom;
  if (G_LIKELY (atom != 0))
    return;

  item = &batch->items[batch->n_items++];
  item->data = data;
  item->length = length;
  item->hash = hash;
  item->string = string;
  item->result = INTERN_RESULT_FOUND;
  item->position = position;
}

/* Adds a missing value, which counts as a string and whose atom is 0. For a batch with atoms. */
static inline void
intern_batch_add_missing (InternBatch *batch)
{
  batch->atoms[batch->n_strings++] = 0;
}
