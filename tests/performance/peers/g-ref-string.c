/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib, process-wide. Each call takes a reference that nobody gives back. */

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
  return g_ref_string_new_intern (data);
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .intern = intern,
  .intern_all = intern_all,
};
