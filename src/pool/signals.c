/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signals and notifications of a pool. All handlers run from run_handlers(), which keeps references to what they
 * need, except those of stats-changed, whose caller has a reference to the pool, and of notifications, for which
 * GObject has one.
 *
 * Emitting is the last step of a call. A handler may clear or freeze the pool, or drop the last reference to it: after
 * a function of this file returns, its caller uses neither the pool nor its strings, unless it has references of its
 * own, as the calls for columns do. */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

enum
{
  SIGNAL_STRING_ADDED,
  SIGNAL_BYTES_ADDED,
  SIGNAL_CLEARED,
  SIGNAL_LIMIT_REACHED,
  SIGNAL_STATS_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* In the forked child of a threaded process another thread may have held a lock of GObject, which stays locked:
 * there the pool interns but does not emit. */
static gboolean
may_emit (InternPool *self,
          guint       signal)
{
  return !intern_fork_is_threaded_child () &&
         g_signal_has_handler_pending (self, signals[signal], 0, FALSE);
}

static void
emit (InternPool *self,
      guint       signal)
{
  if (may_emit (self, signal))
    g_signal_emit (self, signals[signal], 0);
}

/* Emits signals; @what is the argument of run_handlers(). */
typedef void (*EmitFunc) (InternPool    *self,
                          InternStore   *store,
                          gconstpointer  what);

/* Keeps references to the pool, and to the store with its strings, while @func runs handlers. */
static void
run_handlers (InternPool    *self,
              InternStore   *store,
              EmitFunc       func,
              gconstpointer  what)
{
  g_object_ref (self);
  intern_store_ref (store);
  func (self, store, what);
  intern_store_unref (store);
  g_object_unref (self);
}

/* New strings */

typedef struct
{
  const InternBatchItem *items;
  guint                  n_items;
} Added;

/* A string argument would end at a NUL, so a string with NULs is emitted as bytes. */
static guint
signal_for (const InternBatchItem *item)
{
  return memchr (item->string, '\0', item->length) == NULL ? SIGNAL_STRING_ADDED : SIGNAL_BYTES_ADDED;
}

static void
emit_added (InternPool            *self,
            const InternBatchItem *item)
{
  const guint signal = signal_for (item);

  if (!may_emit (self, signal))
    return;

  if (signal == SIGNAL_STRING_ADDED)
    g_signal_emit (self, signals[signal], 0, item->string);
  else
    {
      g_autoptr (GBytes) bytes = g_bytes_new (item->string, item->length);

      g_signal_emit (self, signals[signal], 0, bytes);
    }
}

static void
emit_all_added (InternPool    *self,
                InternStore   *store,
                gconstpointer  what)
{
  const Added *added = what;

  /* If a handler or another thread clears the pool, the rest of the strings are gone. */
  for (guint i = 0; i < added->n_items && intern_pool_get_store (self) == store; i++)
    if (added->items[i].result == INTERN_RESULT_ADDED)
      {
        intern_store_raise_any (store, added->items[i].string);
        emit_added (self, &added->items[i]);
        intern_store_lower_any (store, added->items[i].string);
      }
}

/* GObject takes a process-wide lock to answer. So a batch to which no handler listens asks twice at most. */
static gboolean
has_handler (InternPool            *self,
             const InternBatchItem *items,
             guint                  n_items)
{
  if (!__atomic_load_n (&self->emit_added, __ATOMIC_RELAXED))
    return FALSE;
  if (n_items == 1)
    return items->result == INTERN_RESULT_ADDED && may_emit (self, signal_for (items));

  return may_emit (self, SIGNAL_STRING_ADDED) || may_emit (self, SIGNAL_BYTES_ADDED);
}

/* Announces the strings among @items that are new in @store to models and handlers. */
void
intern_pool_emit_added (InternPool            *self,
                        InternStore           *store,
                        const InternBatchItem *items,
                        guint                  n_items)
{
  const Added added = { items, n_items };

  for (guint i = 0; intern_pool_has_models (self) && i < n_items; i++)
    if (items[i].result == INTERN_RESULT_ADDED)
      intern_pool_add_row (self, store, items[i].string);

  if (has_handler (self, items, n_items))
    run_handlers (self, store, emit_all_added, &added);
}

/* Other signals */

static void
emit_limit (InternPool    *self,
            InternStore   *store,
            gconstpointer  what)
{
  emit (self, SIGNAL_LIMIT_REACHED);
}

/* Emits limit-reached, if @store has not announced its limit since it last had room. */
void
intern_pool_emit_limit_reached (InternPool  *self,
                                InternStore *store)
{
  if (intern_store_announce_limit (store))
    run_handlers (self, store, emit_limit, NULL);
}

static void
emit_cleared (InternPool    *self,
              InternStore   *store,
              gconstpointer  what)
{
  if (intern_pool_has_models (self))
    intern_pool_wake_models (self);
  if (self->log != NULL)
    intern_reference_log_report (self->log, self, "cleared");
  emit (self, SIGNAL_CLEARED);
}

/* Emits cleared, after @store has been replaced. */
void
intern_pool_emit_cleared (InternPool  *self,
                          InternStore *store)
{
  run_handlers (self, store, emit_cleared, NULL);
}

/* GObject has a reference to @self while handlers run. */
void
intern_pool_notify (InternPool         *self,
                    InternPoolProperty  property)
{
  if (!intern_fork_is_threaded_child ())
    g_object_notify_by_pspec (G_OBJECT (self), intern_pool_properties[property]);
}

/* Notifies the @changed properties, then emits stats-changed. The caller has a reference. */
void
intern_pool_emit_stats_changed (InternPool               *self,
                                const InternPoolProperty *changed,
                                guint                     n_changed)
{
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; i < n_changed; i++)
    intern_pool_notify (self, changed[i]);
  g_object_thaw_notify (G_OBJECT (self));

  emit (self, SIGNAL_STATS_CHANGED);
}

/* The class */

static void
install_added_signals (GType type)
{
  /**
   * InternPool::string-added:
   * @self: the pool
   * @string: the new string
   *
   * Emitted when a string has been added, in the thread that added it, unless
   * #InternPool:emit-added is %FALSE. No lock is held: a handler may use the pool, and may drop
   * the last reference to it. @string is the pool's own copy. A string that has been cleared before its turn
   * is not emitted. For a string that contains a NUL, #InternPool::bytes-added is emitted instead.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STRING_ADDED] =
    g_signal_new ("string-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * InternPool::bytes-added:
   * @self: the pool
   * @bytes: the new string
   *
   * Emitted instead of #InternPool::string-added for a string that contains a NUL, at which a string
   * argument would end.
   *
   * Since: 0.1
   */
  signals[SIGNAL_BYTES_ADDED] =
    g_signal_new ("bytes-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_BYTES);
}

static void
install_state_signals (GType type)
{
  /**
   * InternPool::cleared:
   * @self: the pool
   *
   * Emitted when intern_pool_clear() has removed the strings of the pool.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLEARED] =
    g_signal_new ("cleared", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * InternPool::limit-reached:
   * @self: the pool
   *
   * Emitted when #InternPool:max-strings or #InternPool:max-bytes refuses a string for the first
   * time, in the thread whose string is refused. A string that alone is longer than
   * #InternPool:max-bytes does not count. The signal is emitted again only after the pool has been
   * below its limits: after intern_pool_clear(), after the last release of a string, or after a limit
   * has been raised.
   *
   * Since: 0.1
   */
  signals[SIGNAL_LIMIT_REACHED] =
    g_signal_new ("limit-reached", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * InternPool::stats-changed:
   * @self: the pool
   *
   * Emitted when the statistics have changed, at most every #InternPool:stats-interval
   * milliseconds, in the main context that was the thread default when the pool was created.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STATS_CHANGED] =
    g_signal_new ("stats-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

void
intern_pool_install_signals (GType type)
{
  install_added_signals (type);
  install_state_signals (type);
}
