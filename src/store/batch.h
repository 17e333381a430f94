/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many strings at once, with the result of one search after the other. A batch waits less: it hashes and
 * prefetches ahead, and takes the lock of each shard once for all strings of that shard.
 *
 * A batch adds its strings shard by shard, not in their order. In a store with limits the order decides
 * which string is refused, so there it adds them one by one.
 */

#pragma once

#include "store/store.h"

typedef struct
{
  const char   *data;
  gsize         length;
  guint64       hash;   /* out: 0 for a string that is too long */
  const char   *string; /* out: NULL where result says why */
  InternResult  result; /* out */
  guint32       atom;   /* out: 0 if it has none or the batch has not read it */
} InternBatchItem;

void  intern_batch_intern (InternStore     *store,
                           InternBatchItem *items,
                           guint            n_items);
guint intern_batch_atoms  (InternStore     *store,
                           InternBatchItem *items,
                           guint            n_items,
                           guint32         *atoms);
