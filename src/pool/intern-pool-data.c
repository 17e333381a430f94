/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

/**
 * SECTION:intern-pool-data
 * @title: Data beside strings
 * @short_description: Pointers that live as long as their strings
 *
 * A program that computes something from a string, such as a collation key for sorting, a case-folded
 * form for searching or a parsed value, can do it once and keep the result beside the pool's copy. A
 * pool that was made with #InternPool:n-data has room for up to four pointers beside each string.
 * Reading one takes no search.
 *
 * |[<!-- language="C" -->
 * InternPool *pool = g_object_new (INTERN_TYPE_POOL, "n-data", 1, NULL);
 *
 * intern_pool_set_data_destroy (pool, 0, g_free);
 * ]|
 *
 * Since: 0.1
 */

/**
 * intern_pool_get_n_data:
 * @self: a pool
 *
 * Gets the #InternPool:n-data property. May be called from any thread.
 *
 * Returns: how many pointers each string has room for
 *
 * Since: 0.1
 */
guint
intern_pool_get_n_data (InternPool *self)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  return self->n_data;
}

/**
 * intern_pool_set_data_destroy: (skip)
 * @self: a pool
 * @index: which of the pointers, below #InternPool:n-data
 * @destroy: (nullable): the function to free the data with, such as g_free()
 *
 * Sets the function that destroys the data at @index of each string: when the string dies after its
 * last intern_pool_release(), when the pool is cleared, and when it is finalized. The function runs
 * in the thread that does so. No lock is held, so it may use the pool, except while the pool is
 * being finalized; but it must not clear it.
 * Set it before the first string gets data. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_data_destroy (InternPool     *self,
                              guint           index,
                              GDestroyNotify  destroy)
{
  InternStore *store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (index < self->n_data);

  while (intern_pool_follow_store (self, &store))
    intern_store_set_data_destroy (store, index, destroy);
}

/* Whether a string has its data in its entry, as nearly all have. Then the caller checks nothing else. */
static inline gboolean
is_in_entry (InternPool *self,
             const char *interned)
{
  return interned != NULL && intern_pool_is_plain (self) && (guintptr) interned % G_ALIGNOF (InternHeader) == 0 &&
         intern_store_has_data_in_entries (intern_pool_get_store (self)) &&
         !intern_header_is_foreign (intern_entry_header (interned));
}

/* Whether any string can have data, of those for which is_in_entry() is FALSE or that have none yet. */
static gboolean
may_have_data (InternPool *self,
               const char *interned,
               const char *caller)
{
  if (interned == NULL || (self->log != NULL && !intern_pool_check_owner (self, interned, caller)))
    return FALSE;
  if (!intern_pool_is_foreign (self, interned))
    return TRUE;

  g_return_if_fail_warning (G_LOG_DOMAIN, caller, "!is_foreign (interned)");

  return FALSE;
}

/* Not inlined: then the callers that find data at once save no registers. */
static G_NO_INLINE gpointer
get_slowly (InternPool *self,
            const char *interned,
            guint       index)
{
  if (!may_have_data (self, interned, "intern_pool_get_data"))
    return NULL;

  return intern_store_get_data (intern_pool_get_store (self), interned, index);
}

/**
 * intern_pool_get_data: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that is still valid
 * @index: which of the pointers, below #InternPool:n-data
 *
 * Gets the data beside a string. Takes no search and no lock; in a child, and in a pool that was
 * opened from a snapshot, a search of a table under a lock. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the data, valid as long as the string, or %NULL if it has none
 *   or @interned is %NULL
 *
 * Since: 0.1
 */
gpointer
intern_pool_get_data (InternPool *self,
                      const char *interned,
                      guint       index)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (index < self->n_data, NULL);

  if (G_LIKELY (is_in_entry (self, interned)))
    return intern_entry_get_data (interned, index);

  return get_slowly (self, interned, index);
}

/* Sets the data of a string to @made, unless another thread was faster: then destroys @made. Returns the data. */
static gpointer
put_data (InternStore *store,
          const char  *interned,
          guint        index,
          gpointer     made)
{
  gpointer data = made;

  /* Equal pointers are no sign of success: both threads may have made a reference to the same object. */
  if (!intern_store_put_data (store, interned, index, &data))
    {
      gpointer unused[INTERN_MAX_DATA] = { NULL };

      unused[index] = made;
      intern_store_destroy_data (store, unused);
    }

  return data;
}

static G_NO_INLINE gpointer
ensure_slowly (InternPool             *self,
               const char             *interned,
               guint                   index,
               InternPoolMakeDataFunc  make,
               gpointer                user_data)
{
  gpointer data;

  if (!may_have_data (self, interned, "intern_pool_ensure_data"))
    return NULL;

  data = intern_store_get_data (intern_pool_get_store (self), interned, index);
  if (data != NULL)
    return data;
  data = make (self, interned, user_data);

  return data == NULL ? NULL : put_data (intern_pool_get_store (self), interned, index, data);
}

/**
 * intern_pool_ensure_data: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that the caller keeps valid
 * @index: which of the pointers, below #InternPool:n-data
 * @make: (scope call) (closure user_data): makes the data, which the pool then owns
 * @user_data: the data of @make
 *
 * Gets the data beside a string, and makes it if there is none. It stays until the string dies, the
 * pool is cleared, or it is finalized. If two threads make it at the same time, both get the data of one of
 * them, and the other is destroyed. No lock is held while @make runs.
 *
 * A child keeps data of its own for strings of its parent. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the data, valid as long as the string, or %NULL if @make
 *   returned %NULL or @interned is %NULL
 *
 * Since: 0.1
 */
gpointer
intern_pool_ensure_data (InternPool             *self,
                         const char             *interned,
                         guint                   index,
                         InternPoolMakeDataFunc  make,
                         gpointer                user_data)
{
  gpointer data;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (index < self->n_data, NULL);
  g_return_val_if_fail (make != NULL, NULL);

  data = is_in_entry (self, interned) ? intern_entry_get_data (interned, index) : NULL;
  if (G_LIKELY (data != NULL))
    return data;

  return ensure_slowly (self, interned, index, make, user_data);
}
