/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A lower bound for any keyed table: the hash alone. */

#include "bench-peer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SECRET_SIZE 192

static gpointer
pool_new (gsize n_strings)
{
  guint8 *secret = g_malloc (SECRET_SIZE);

  for (guint i = 0; i < SECRET_SIZE; i++)
    secret[i] = (guint8) g_random_int ();

  return secret;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return GSIZE_TO_POINTER ((gsize) XXH3_64bits_withSecret (data, length, pool, SECRET_SIZE));
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_FLOOR,
  .pool_new = pool_new,
  .pool_free = g_free,
  .intern = intern,
  .intern_all = intern_all,
};
