/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/watch.h"

#include <string.h>

/* Owned by the source and used in its context only. An InternWatch is the GSource. */
typedef struct
{
  GWeakRef        pool;
  InternPoolStats last;
  InternWatchFunc func;
} Watcher;

static gboolean
look_cb (gpointer user_data)
{
  Watcher *watcher = user_data;
  g_autoptr (InternPool) pool = g_weak_ref_get (&watcher->pool);
  InternPoolStats before = watcher->last;

  if (pool == NULL)
    return G_SOURCE_REMOVE;

  intern_pool_get_stats (pool, &watcher->last);
  if (memcmp (&before, &watcher->last, sizeof before) != 0)
    watcher->func (pool, &before, &watcher->last);

  return G_SOURCE_CONTINUE;
}

static void
watcher_free (gpointer user_data)
{
  Watcher *watcher = user_data;

  g_weak_ref_clear (&watcher->pool);
  g_free (watcher);
}

/* Calls @func in @context at most every @interval milliseconds, if the statistics of @pool have changed. */
InternWatch *
intern_watch_new (InternPool      *pool,
                  GMainContext    *context,
                  guint            interval,
                  InternWatchFunc  func)
{
  Watcher *watcher = g_new0 (Watcher, 1);
  GSource *source = g_timeout_source_new (interval);

  g_weak_ref_init (&watcher->pool, pool);
  watcher->func = func;
  intern_pool_get_stats (pool, &watcher->last);

  g_source_set_static_name (source, "InternPool statistics");
  g_source_set_callback (source, look_cb, watcher, watcher_free);
  g_source_attach (source, context);

  return (InternWatch *) source;
}

void
intern_watch_free (InternWatch *watch)
{
  GSource *source = (GSource *) watch;

  g_source_destroy (source);
  g_source_unref (source);
}
