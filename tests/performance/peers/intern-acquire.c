/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Intern-GLib with mortal strings. The references of intern() are never released, as with all peers
 * that count references. */

#include "bench-peer.h"

#include <intern-glib.h>

static gpointer
pool_new (gsize n_strings)
{
  InternPool *pool = intern_pool_new ();

  intern_pool_set_emit_added (pool, FALSE);

  return pool;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return intern_pool_acquire_len (pool, data, (gssize) length);
}

static inline gconstpointer
hold (gpointer    pool,
      const char *data,
      gsize       length)
{
  const char *string = intern_pool_acquire_len (pool, data, (gssize) length);

  intern_pool_release (pool, string);

  return string;
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_HOLD_LOOP (hold)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .pool_free = g_object_unref,
  .intern = intern,
  .intern_all = intern_all,
  .hold_all = hold_all,
};
