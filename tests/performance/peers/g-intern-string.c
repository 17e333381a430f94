/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib, process-wide; strings are never freed. */

#include "bench-peer.h"

static gpointer
pool_new (gsize n_strings)
{
  return NULL;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return g_intern_string (data);
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .max_strings = 1200000,
  .limit = "2 KB a string at 1 M strings, and the more the more strings: 50 GB at 5 M",
  .pool_new = pool_new,
  .intern = intern,
  .intern_all = intern_all,
};
