/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The strings of libsolv, for one thread. Returns a number instead of an address: strings move while others
 * are added. */

#include "bench-peer.h"

#include <solv/strpool.h>
#include <solv/util.h>

static gpointer
pool_new (gsize n_strings)
{
  Stringpool *pool = solv_calloc (1, sizeof *pool);

  stringpool_init_empty (pool);

  return pool;
}

static void
pool_free (gpointer pool)
{
  stringpool_free (pool);
  solv_free (pool);
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return GUINT_TO_POINTER ((guint) stringpool_strn2id (pool, data, (unsigned int) length, 1));
}

static inline gconstpointer
name (gpointer pool,
      guint32  number)
{
  return stringpool_id2str (pool, (Id) number);
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_NAME_LOOP (name)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_NONE,
  .pool_new = pool_new,
  .pool_free = pool_free,
  .intern = intern,
  .intern_all = intern_all,
  .name_all = name_all,
};
