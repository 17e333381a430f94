/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The atoms of Servo, process-wide, through the C calls in string-cache/lib.rs. An atom of up to seven
 * bytes contains the string. */

#include "bench-peer.h"

guint64 bench_string_cache_intern (const char *data,
                                   gsize       length);
guint64 bench_string_cache_hold   (const char *data,
                                   gsize       length);

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
  return (gconstpointer) bench_string_cache_intern (data, length);
}

static inline gconstpointer
hold (gpointer    pool,
      const char *data,
      gsize       length)
{
  return (gconstpointer) bench_string_cache_hold (data, length);
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_HOLD_LOOP (hold)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .max_strings = 600000,
  .limit = "4096 chains for all strings: more than 20 s at 1 M, and four times that at 2 M",
  .pool_new = pool_new,
  .intern = intern,
  .intern_all = intern_all,
  .hold_all = hold_all,
};
