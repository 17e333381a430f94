/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Intern-GLib. BENCH_STRLEN: by the call without a length. BENCH_EMIT: with emit-added on, the default;
 * BENCH_LISTEN: and with a handler. A file of strings is a text of lines. */

#include "bench-peer.h"

#include <intern-glib.h>

#ifdef BENCH_LISTEN
static guint n_added;

static void
string_added_cb (InternPool *pool,
                 const char *string,
                 gpointer    user_data)
{
  n_added++;
}
#endif

static gpointer
pool_new (gsize n_strings)
{
  InternPool *pool = intern_pool_new ();

#ifdef BENCH_LISTEN
  g_signal_connect (pool, "string-added", G_CALLBACK (string_added_cb), NULL);
#endif
#ifndef BENCH_EMIT
  intern_pool_set_emit_added (pool, FALSE);
#endif

  return pool;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
#ifdef BENCH_STRLEN
  return intern_pool_intern (pool, data);
#else
  return intern_pool_intern_len (pool, data, (gssize) length);
#endif
}

static gboolean
append_line (const char *string,
             gsize       length,
             gpointer    text)
{
  g_string_append_len (text, string, (gssize) length);
  g_string_append_c (text, '\n');

  return TRUE;
}

static void
save (gpointer    pool,
      const char *path)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  intern_pool_foreach (pool, append_line, text);
  if (!g_file_set_contents (path, text->str, (gssize) text->len, &error))
    g_error ("%s", error->message);
}

static gpointer
load (const char *path)
{
  gpointer pool = pool_new (0);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &error))
    g_error ("%s", error->message);
  for (const char *line = text, *end; line < text + length; line = end + 1)
    {
      end = memchr (line, '\n', (gsize) (text + length - line));
      intern_pool_intern_len (pool, line, end - line);
    }

  return pool;
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .pool_free = g_object_unref,
  .intern = intern,
  .intern_all = intern_all,
  .save = save,
  .load = load,
};
