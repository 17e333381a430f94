/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a GLib program would write: a set of copies behind a mutex. */

#include "bench-peer.h"

typedef struct
{
  GMutex      mutex;
  GHashTable *strings; /* (owned) (element-type utf8 utf8) guarded by mutex */
} Pool;

static gpointer
pool_new (gsize n_strings)
{
  Pool *self = g_new0 (Pool, 1);

  g_mutex_init (&self->mutex);
  self->strings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return self;
}

static void
pool_free (gpointer pool)
{
  Pool *self = pool;

  g_hash_table_unref (self->strings);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  Pool *self = pool;
  char *string;

  g_mutex_lock (&self->mutex);
  string = g_hash_table_lookup (self->strings, data);
  if (string == NULL)
    {
      string = g_strdup (data);
      g_hash_table_add (self->strings, string);
    }
  g_mutex_unlock (&self->mutex);

  return string;
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .pool_free = pool_free,
  .intern = intern,
  .intern_all = intern_all,
};
