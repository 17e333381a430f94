/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The strings of EFL, process-wide. Each call of intern() takes a reference that is never released. */

#include "bench-peer.h"

#include <Eina.h>

static gpointer
pool_new (gsize n_strings)
{
  static gboolean is_ready;

  if (!is_ready && (!eina_init () || !eina_threads_init ()))
    g_error ("Eina does not start");
  is_ready = TRUE;

  return NULL;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return eina_stringshare_add_length (data, (unsigned int) length);
}

static inline gconstpointer
hold (gpointer    pool,
      const char *data,
      gsize       length)
{
  const char *string = eina_stringshare_add_length (data, (unsigned int) length);

  eina_stringshare_del (string);

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
