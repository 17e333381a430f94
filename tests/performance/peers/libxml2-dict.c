/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The names of libxml2. A dictionary has no lock: threads may share one only behind the program's own. */

#include "bench-peer.h"

#include <libxml/xmlstring.h>
#include <libxml/dict.h>

static gpointer
pool_new (gsize n_strings)
{
  return xmlDictCreate ();
}

static void
pool_free (gpointer pool)
{
  xmlDictFree (pool);
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return xmlDictLookup (pool, (const xmlChar *) data, (int) length);
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_NONE,
#if LIBXML_VERSION < 21200
  .max_strings = 600000,
  .limit = "16,384 chains for all strings",
#endif
  .pool_new = pool_new,
  .pool_free = pool_free,
  .intern = intern,
  .intern_all = intern_all,
};
