/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many strings at once. The result is that of intern_store_intern() for one after the other; what
 * a batch saves is waiting. It hashes ahead and asks for the memory of a string while it works on
 * another, and it takes the lock of each shard once, for all strings that belong there.
 *
 * Within a batch strings are added shard by shard, not in the order of the batch. Where the store
 * has limits the order decides who is refused, so there they go one by one.
 */

#pragma once

#include "store/store.h"

typedef struct
{
  const char   *data;
  gsize         length;
  guint64       hash;   /* out, or 0 for a string that is too long */
  const char   *string; /* out, or NULL where result says why */
  InternResult  result; /* out */
  guint32       atom;   /* out, if it was seen in passing; else 0 */
} InternBatchItem;

void  intern_batch_intern (InternStore     *store,
                           InternBatchItem *items,
                           guint            n_items);
guint intern_batch_atoms  (InternStore     *store,
                           InternBatchItem *items,
                           guint            n_items,
                           guint32         *atoms);
