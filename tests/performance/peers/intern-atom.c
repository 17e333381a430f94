/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Intern-GLib with atoms, and from an atom back to its string. */

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
  return GUINT_TO_POINTER (intern_pool_atom_from_string (pool, data));
}

static inline gconstpointer
name (gpointer pool,
      guint32  number)
{
  return intern_pool_atom_to_string (pool, number);
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_NAME_LOOP (name)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .pool_free = g_object_unref,
  .intern = intern,
  .intern_all = intern_all,
  .name_all = name_all,
};
