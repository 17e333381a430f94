/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

/**
 * SECTION:intern-pool-limits
 * @title: Limits
 * @short_description: How much a pool may hold
 *
 * A limit refuses a new string that would exceed it; strings that the pool holds are still found.
 * On a refusal intern_pool_try_intern() sets a #GError and intern_pool_intern() returns %NULL. The
 * first refusal of a full pool also emits #InternPool::limit-reached.
 *
 * Since: 0.1
 */

/* Whether @max is the limit of a pool that has no store yet, which is 0: construction sets both limits to 0. */
static gboolean
is_unlimited (InternPool *self,
              guint64     max)
{
  return max == 0 && intern_pool_get_store (self) == intern_pool_empty_store;
}

static InternLimits
get_limits (InternPool *self)
{
  g_autoptr (InternStore) store = intern_pool_ref_own_store (self);
  InternLimits limits = { 0 };

  if (store != NULL)
    limits = intern_store_get_limits (store);

  return limits;
}

/**
 * intern_pool_get_max_strings:
 * @self: a pool
 *
 * Gets the #InternPool:max-strings property. May be called from any thread.
 *
 * Returns: how many strings the pool may hold, or 0 if there is no limit
 *
 * Since: 0.1
 */
guint
intern_pool_get_max_strings (InternPool *self)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  return get_limits (self).max_strings;
}

/**
 * intern_pool_set_max_strings:
 * @self: a pool
 * @max_strings: how many strings the pool may hold, or 0 for no limit
 *
 * Sets the #InternPool:max-strings property. Strings that the pool already holds stay, even above
 * the new limit. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_max_strings (InternPool *self,
                             guint       max_strings)
{
  InternStore *store = NULL;
  gboolean changed = FALSE;

  g_return_if_fail (INTERN_IS_POOL (self));

  if (is_unlimited (self, max_strings))
    return;

  while (intern_pool_follow_store (self, &store))
    changed |= intern_store_set_max_strings (store, max_strings);
  if (changed)
    intern_pool_notify (self, PROP_MAX_STRINGS);
}

/**
 * intern_pool_get_max_bytes:
 * @self: a pool
 *
 * Gets the #InternPool:max-bytes property. May be called from any thread.
 *
 * Returns: how many bytes of strings the pool may hold, or 0 if there is no limit
 *
 * Since: 0.1
 */
guint64
intern_pool_get_max_bytes (InternPool *self)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  return get_limits (self).max_bytes;
}

/**
 * intern_pool_set_max_bytes:
 * @self: a pool
 * @max_bytes: how many bytes of strings the pool may hold, or 0 for no limit
 *
 * Sets the #InternPool:max-bytes property. Strings that the pool already holds stay, even above the
 * new limit. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_max_bytes (InternPool *self,
                           guint64     max_bytes)
{
  InternStore *store = NULL;
  gboolean changed = FALSE;

  g_return_if_fail (INTERN_IS_POOL (self));

  if (is_unlimited (self, max_bytes))
    return;

  while (intern_pool_follow_store (self, &store))
    changed |= intern_store_set_max_bytes (store, max_bytes);
  if (changed)
    intern_pool_notify (self, PROP_MAX_BYTES);
}
