/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

static InternPool *default_pool; /* written once, by intern_pool_get_default() */

/**
 * intern_pool_new: (constructor)
 *
 * Creates an empty pool without limits.
 *
 * Returns: (transfer full): a new pool, to be freed with g_object_unref()
 *
 * Since: 0.1
 */
InternPool *
intern_pool_new (void)
{
  return g_object_new (INTERN_TYPE_POOL, NULL);
}

InternPool *
intern_pool_new_with_store (InternStore *store)
{
  InternPool *self = intern_pool_new ();

  intern_store_unref (self->store);
  self->store = store;

  return self;
}

/* Returns a reference to the store as it is now. It is whole for as long as the caller holds it, also
 * when the pool is cleared meanwhile. */
InternStore *
intern_pool_ref_store (InternPool *self)
{
  InternStore *store;

  intern_lock (&self->lock);
  store = intern_store_ref (self->store);
  intern_unlock (&self->lock);

  return store;
}

/* Returns the store that was there before, and the reference to it. */
static InternStore *
replace_store (InternPool  *self,
               InternStore *store)
{
  InternStore *old;

  intern_lock (&self->lock);
  old = self->store;
  self->store = store;
  intern_unlock (&self->lock);

  return old;
}

/**
 * intern_pool_get_default:
 *
 * Gets the pool that the whole process shares. It is made on first use and never freed, and it
 * cannot be cleared: its strings are valid as long as the process. A library is better off with
 * a pool of its own, which it can free and limit. May be called from any thread.
 *
 * Returns: (transfer none): the default pool
 *
 * Since: 0.1
 */
InternPool *
intern_pool_get_default (void)
{
  static gsize made;

  if (g_once_init_enter (&made))
    {
      /* Release: pairs with the acquire below. GLib's own once would do, but a race detector
       * cannot see into it. */
      __atomic_store_n (&default_pool, intern_pool_new (), __ATOMIC_RELEASE);
      g_once_init_leave (&made, 1);
    }

  return __atomic_load_n (&default_pool, __ATOMIC_ACQUIRE);
}

gboolean
intern_pool_is_default (InternPool *self)
{
  return self == __atomic_load_n (&default_pool, __ATOMIC_RELAXED);
}

/**
 * intern_pool_clear:
 * @self: a pool
 *
 * Removes all strings and gives their memory back. Every pointer that the pool has returned is
 * invalid afterwards; a #GBytes from intern_pool_intern_bytes() stays valid and keeps the old
 * memory alive. Limits, handlers and the counts of searches stay.
 *
 * Like g_string_chunk_clear() it needs the pool to itself: no other thread may search for a string
 * of @self during the call. What works on all strings may be under way: walks, snapshots that are
 * being saved, bulk calls, streams, models, statistics. Each has the strings of before or of after,
 * whole. The default pool and a frozen one cannot be cleared: that is a critical, and nothing
 * happens. A child goes back to what its parent has; a pool that was opened from a snapshot loses
 * that too.
 *
 * Emits #InternPool::cleared.
 *
 * Since: 0.1
 */
void
intern_pool_clear (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  if (intern_pool_is_default (self) || intern_store_is_frozen (store))
    {
      g_critical ("%s: %s pool cannot be cleared, since others hold its strings", G_STRFUNC,
                  intern_pool_is_default (self) ? "the default" : "a frozen");
      return;
    }

  intern_store_unref (replace_store (self, intern_store_new_successor (store)));
  intern_pool_tell_cleared (self, store);
}
