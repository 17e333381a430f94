/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Intern-GLib with the strings in a snapshot, opened with BENCH_FLAGS. They have atoms in the order of
 * the stream. */

#include "bench-peer.h"

#include <glib/gstdio.h>
#include <intern-glib.h>

#include "bench-measure.h"

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
  return intern_pool_intern_len (pool, data, (gssize) length);
}

static inline gconstpointer
give_atom (gpointer    pool,
           const char *data,
           gsize       length)
{
  return GUINT_TO_POINTER (intern_pool_atom_from_string (pool, data));
}

static void
save (gpointer    pool,
      const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;

  if (!intern_pool_save (pool, file, NULL, &error))
    g_error ("%s", error->message);
}

static gpointer
load (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  InternPool *pool = intern_pool_new_from_file (file, BENCH_FLAGS, NULL, &error);

  if (pool == NULL)
    g_error ("%s", error->message);
  intern_pool_set_emit_added (pool, FALSE);

  return pool;
}

static gpointer
settle (gpointer pool)
{
  g_autofree char *path = bench_file_new ();
  gpointer settled;

  save (pool, path);
  g_object_unref (pool);
  settled = load (path);
  g_unlink (path);

  return settled;
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_FILL_LOOP (give_atom)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .pool_free = g_object_unref,
  .intern = intern,
  .intern_all = intern_all,
  .fill_all = fill_all,
  .settle = settle,
  .save = save,
  .load = load,
};
