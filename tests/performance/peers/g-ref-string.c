/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib, process-wide. Each call of intern() takes a reference that is never released. Without it two
 * threads that take and release references may free a string twice, before GLib 2.83.1. */

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

static inline gconstpointer
hold (gpointer    pool,
      const char *data,
      gsize       length)
{
  char *string = g_ref_string_new_intern (data);

  g_ref_string_release (string);

  return string;
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_HOLD_LOOP (hold)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .intern = intern,
  .intern_all = intern_all,
  .hold_all = hold_all,
};
