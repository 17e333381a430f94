/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The index of a shard: a GHashTable used as a set of the offsets of its strings.
 *
 * Offsets have 32 bits up to 16 GiB of strings, and GHashTable stores such keys in half the room of an address: half
 * the size has half the cache misses. The caller holds the lock of the shard. A dead string stays in the index until it
 * is removed.
 *
 * The index of a few strings can be an array instead, which the caller lends: it needs no memory of its own, and a loop
 * over it is faster than a table. When it is full, all strings move to a table, and stay there.
 *
 * An attacker who knows the secret of the process can choose strings that collide in the table. Two things keep the
 * table fast then. The hashes are spread with a number that is not part of the secret, so that only equal ones meet.
 * And a table where many equal hashes meet takes a secret of its own; then the read cache of the store does, too.
 */

#pragma once

#include "base/glib-memory.h"
#include "base/hash.h"
#include "storage/blocks.h"

typedef struct
{
  guint   n_strings;
  guint32 hashes[INTERN_FEW];  /* the low half of each hash */
  guint32 offsets[INTERN_FEW];
} InternFew;

typedef struct
{
  InternFew        *few;    /* (nullable) the index while it is set; then there is no table */
  GHashTable       *table;  /* (owned) (nullable) made when few is full */
  guint8           *secret; /* (owned) (nullable) of the hashes in table, if it has one of its own */
  InternTableMemory memory;
} InternIndex;

void           intern_index_lend       (InternIndex        *index,
                                        InternFew          *few);
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
