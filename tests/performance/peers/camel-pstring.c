/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pool of Evolution, process-wide. Each call of intern() takes a reference that is never released. */

#include "bench-peer.h"

#include <camel/camel.h>

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
  return camel_pstring_strdup (data);
}

static inline gconstpointer
hold (gpointer    pool,
      const char *data,
      gsize       length)
{
  const char *string = camel_pstring_strdup (data);

  camel_pstring_free (string);

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
