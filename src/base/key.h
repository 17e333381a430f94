/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is searched for: bytes, their number and their hash.
 *
 * The hash is taken once, when a key is made; shard, index and whatever comes before them use
 * that one value. A key only points to the caller's bytes and lives on the stack of one call.
 */

#pragma once

#include <string.h>

#include "base/hash.h"

/* Up to here hash and comparison are inlined into every search: the hash then has no loop. Longer
 * strings cost more than a call. */
#define INTERN_INLINE_LENGTH 128

/* Up to here a search takes few enough registers to save none of them: the hash of longer ones
 * needs more. */
#define INTERN_SHORT_LENGTH 32

typedef struct
{
  const char *data;
  gsize       length;
  guint64     hash;
} InternKey;

static inline InternKey
intern_key (const char   *data,
            gsize         length,
            const guint8 *secret)
{
  return (InternKey) { data, length, intern_hash (data, length, secret) };
}
