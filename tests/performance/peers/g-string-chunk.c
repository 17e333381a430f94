/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib, for one thread. */

#include "bench-peer.h"

static gpointer
pool_new (gsize n_strings)
{
  return g_string_chunk_new (4096);
}

static void
pool_free (gpointer pool)
{
  g_string_chunk_free (pool);
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return g_string_chunk_insert_const (pool, data);
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_NONE,
  .pool_new = pool_new,
  .pool_free = pool_free,
  .intern = intern,
  .intern_all = intern_all,
};
