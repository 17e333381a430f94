/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The index of a shard: a GHashTable used as a set of the offsets of its strings.
 *
 * Offsets have 32 bits up to 16 GiB of text, and GHashTable stores such keys in half the room of an
 * address: half the size has half the cache misses. The caller holds the lock of the shard. A dead string
 * stays in the index until it is removed.
 */

#pragma once

#include "base/glib-memory.h"
#include "base/hash.h"
#include "storage/blocks.h"

typedef struct
{
  GHashTable       *table;  /* (owned) (nullable) made for the first string */
  InternTableMemory memory;
} InternIndex;

void           intern_index_clear      (InternIndex        *index);
InternOffset   intern_index_find       (const InternIndex  *index,
                                        const InternBlocks *blocks,
                                        const InternKey    *key);
InternOffset   intern_index_add        (InternIndex        *index,
                                        const InternBlocks *blocks,
                                        const InternKey    *key,
                                        InternOffset        offset);
void           intern_index_put_back   (InternIndex        *index,
                                        const InternBlocks *blocks,
                                        const InternKey    *key,
                                        InternOffset        offset,
                                        InternOffset        replaced);
void           intern_index_remove     (InternIndex        *index,
                                        const InternBlocks *blocks,
                                        const InternKey    *key);
InternOffset * intern_index_list       (const InternIndex  *index,
                                        guint              *n_strings);
guint64        intern_index_get_memory (const InternIndex  *index);
