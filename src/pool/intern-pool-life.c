/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#ifdef HAVE_MALLOC_TRIM
# include <malloc.h>
#endif

#include "pool/sysprof.h"

InternPoolLock intern_pool_locks[INTERN_POOL_LOCKS];

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

  /* No other thread knows the pool. */
  self->store = store;
  store->pool = self;
  self->n_data = INTERN_MAX_DATA;

  return self;
}

static void
lock_pools (InternForkLink *ignored)
{
  for (guint i = 0; i < INTERN_POOL_LOCKS; i++)
    intern_lock (&intern_pool_locks[i].lock);
}

static void
unlock_pools (InternForkLink *ignored)
{
  for (guint i = 0; i < INTERN_POOL_LOCKS; i++)
    intern_unlock (&intern_pool_locks[i].lock);
}

/* Before the first pool is made. */
void
intern_pool_init_locks (void)
{
  static InternForkLink link;

  for (guint i = 0; i < INTERN_POOL_LOCKS; i++)
    intern_lock_init (&intern_pool_locks[i].lock);
  intern_fork_register (&link, lock_pools, unlock_pools);
}

/* Gives the pool its store, unless another thread was faster. Returns the store. Takes no lock of the pool: making a
 * store takes that of the registry of forks, which comes before those of pools. */
G_NO_INLINE InternStore *
intern_pool_make_store (InternPool *self)
{
  InternStore *made = intern_store_new (intern_pool_empty_store->secret, self->n_data);
  InternStore *store = intern_pool_empty_store;

  made->pool = self;
  /* Release: a thread that sees the store sees it complete. Acquire: so does this one, if another was faster. Only this
   * function replaces intern_pool_empty_store, and no function sets it again. */
  if (__atomic_compare_exchange_n (&self->store, &store, made, FALSE, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
    return made;

  intern_store_unref (made);

  return store;
}

/* Returns a reference to the current store, which stays complete when another thread clears the pool; or NULL if the
 * pool has not needed one. For calls that only read. */
InternStore *
intern_pool_ref_own_store (InternPool *self)
{
  InternStore *store;

  intern_lock (intern_pool_get_lock (self));
  store = intern_pool_get_store (self);
  if (store != intern_pool_empty_store)
    intern_store_ref (store);
  intern_unlock (intern_pool_get_lock (self));

  return store == intern_pool_empty_store ? NULL : store;
}

/* The same, but makes the store if there is none. */
InternStore *
intern_pool_ref_store (InternPool *self)
{
  intern_pool_need_store (self);

  return intern_pool_ref_own_store (self);
}

/* For calls that change how a store works: another thread may clear the pool meanwhile, and has then copied the
 * settings of the store before or after the change. So the call repeats its change until this returns FALSE:
 *
 *   InternStore *store = NULL;
 *
 *   while (intern_pool_follow_store (self, &store))
 *     change (store);
 *
 * Between the calls @store holds a reference. */
gboolean
intern_pool_follow_store (InternPool   *self,
                          InternStore **store)
{
  InternStore *changed = *store;

  *store = intern_pool_ref_store (self);
  if (changed == NULL)
    return TRUE;

  intern_store_unref (changed);
  if (*store != changed)
    return TRUE;

  g_clear_pointer (store, intern_store_unref);

  return FALSE;
}

/* Replaces the store by @successor, whose reference it takes. Returns the former store, or NULL if that is frozen.
 * Holds the lock of the pool throughout: a thread that sees that a store has handed over then finds its successor. */
static InternStore *
replace_store (InternPool  *self,
               InternStore *successor)
{
  InternStore *former;

  intern_lock (intern_pool_get_lock (self));
  former = intern_pool_get_store (self);
  if (intern_store_hand_over (former, successor))
    {
      former->pool = NULL;
      successor->pool = self;
      /* Release: as in intern_pool_make_store(). */
      intern_atomic_store_release (&self->store, successor);
    }
  else
    former = NULL;
  intern_unlock (intern_pool_get_lock (self));

  if (former == NULL)
    intern_store_unref (successor);

  return former;
}

/**
 * intern_pool_get_default:
 *
 * Gets the pool that the whole process shares. It is created on first use, never freed and cannot be
 * cleared: its strings are valid as long as the process runs. A library should create its own pool,
 * which it can free and limit. May be called from any thread.
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
      /* Release: pairs with the acquire below. g_once_init_enter() orders it too, but race detectors
       * do not see into GLib. */
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
 * Removes all strings and frees their memory. Every pointer that the pool has returned is invalid
 * afterwards; a #GBytes from intern_pool_intern_bytes() stays valid and keeps the old memory alive.
 * Limits, handlers and the counts of searches stay. A child keeps the strings of its parent; a pool
 * that was opened from a snapshot loses those of the snapshot.
 *
 * Like g_string_chunk_clear() it needs exclusive access: no other thread may search for a single
 * string of @self during the call. Calls for all strings may run: iteration, saving, bulk calls,
 * streams, models, statistics, settings. Each of them sees all strings from before the call, or those
 * from after it; but one that adds strings goes on in the cleared pool, so that the atoms it has got
 * before are stale.
 *
 * Clearing the default pool or a frozen one is a critical without effect.
 *
 * Emits #InternPool::cleared.
 *
 * Since: 0.1
 */
void
intern_pool_clear (InternPool *self)
{
  const gint64 begun = intern_sysprof_begin ();
  g_autoptr (InternStore) store = NULL;
  InternStore *cleared = NULL;
  guint n_strings;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  if (!intern_pool_is_default (self))
    cleared = replace_store (self, intern_store_new_successor (store));
  if (cleared == NULL)
    {
      g_critical ("%s: %s pool cannot be cleared, since other code uses its strings", G_STRFUNC,
                  intern_pool_is_default (self) ? "the default" : "a frozen");
      return;
    }

  /* If two threads clear the pool at once, this is not what this one has cleared. */
  g_clear_pointer (&store, intern_store_unref);
  n_strings = intern_sysprof_is_active () ? intern_store_get_n_strings (cleared) : 0;
  intern_pool_emit_cleared (self, cleared);

  /* The pool may be gone. This frees the strings, which is what takes long. */
  intern_store_destroy_all_data (cleared);
  intern_store_unref (cleared);
  intern_sysprof_mark (begun, "clear", TRUE, n_strings);
}

/**
 * intern_pool_trim:
 * @self: a pool
 *
 * Gives memory back to the system: whole blocks of released strings, and the part of the tables for
 * searching that the living strings do not need. What the pool returned stays valid, and released
 * memory that lies between living strings is still reused for other strings. Use it in a program that
 * has released many strings and does not expect to acquire as many soon. With the GNU C library the
 * call also makes malloc() return what the whole process has freed, which takes some milliseconds.
 *
 * A pool without references does not get smaller, since strings that intern_pool_intern() added live as
 * long as the pool. Nor does a frozen one.
 *
 * A large pool consists of 32 parts, a small one of a single part. A part gives its blocks back by
 * itself when all of its strings with references, at least 1,024, have been released.
 *
 * May be called from any thread, even while others use the pool. Calls for new strings wait while
 * their part of the pool is trimmed: some nanoseconds for each released string there.
 *
 * Returns: the number of bytes that were given back
 *
 * Since: 0.1
 */
gsize
intern_pool_trim (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;
  gsize n_bytes;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  store = intern_pool_ref_own_store (self);
  n_bytes = store == NULL ? 0 : intern_store_trim (store);
#ifdef HAVE_MALLOC_TRIM
  /* The index has shrunk with each release, and malloc() has kept its memory. */
  malloc_trim (0);
#endif

  return n_bytes;
}
