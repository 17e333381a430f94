/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

/* HOLDS: store->quota.lock */
static gboolean
has_room_locked (InternQuota *quota)
{
  return (quota->max.max_strings == 0 || quota->n_strings < quota->max.max_strings) &&
         (quota->max.max_bytes == 0 || quota->bytes < quota->max.max_bytes);
}

/* Counts one more string under the limits, or returns the one that refuses it. */
InternResult
intern_store_reserve (InternStore *store,
                      gsize        length)
{
  InternQuota *quota = &store->quota;
  InternResult result = INTERN_RESULT_ADDED;

  intern_lock (&quota->lock);

  if (quota->max.max_bytes != 0 && length > quota->max.max_bytes)
    result = INTERN_RESULT_OVER_LIMIT;
  else if (quota->max.max_strings != 0 && quota->n_strings >= quota->max.max_strings)
    result = INTERN_RESULT_FULL_STRINGS;
  else if (quota->max.max_bytes != 0 &&
           (quota->bytes > quota->max.max_bytes || length > quota->max.max_bytes - quota->bytes))
    result = INTERN_RESULT_FULL_BYTES;
  else
    {
      quota->n_strings++;
      quota->bytes += length;
    }

  intern_unlock (&quota->lock);

  return result;
}

void
intern_store_give_back (InternStore *store,
                        gsize        length)
{
  intern_lock (&store->quota.lock);
  store->quota.n_strings--;
  store->quota.bytes -= length;
  if (has_room_locked (&store->quota))
    store->quota.announced = FALSE;
  intern_unlock (&store->quota.lock);
}

InternLimits
intern_store_get_limits (InternStore *store)
{
  InternLimits limits;

  intern_lock (&store->quota.lock);
  limits = store->quota.max;
  intern_unlock (&store->quota.lock);

  return limits;
}

/* HOLDS: every lock of the store */
void
intern_store_apply_limits_locked (InternStore *store)
{
  InternQuota *quota = &store->quota;
  InternStoreStats stored;

  /* Relaxed: threads that add hold a lock. */
  __atomic_store_n (&store->limited, quota->max.max_strings != 0 || quota->max.max_bytes != 0, __ATOMIC_RELAXED);
  stored = intern_store_count_locked (store);
  quota->n_strings = stored.n_strings;
  quota->bytes = stored.bytes_stored;
  if (has_room_locked (quota))
    quota->announced = FALSE;
}

/* Returns whether the limit changed. Strings above a new limit stay. */
gboolean
intern_store_set_max_strings (InternStore *store,
                              guint        max_strings)
{
  gboolean changed;

  intern_store_lock_all (store);
  changed = store->quota.max.max_strings != max_strings;
  store->quota.max.max_strings = max_strings;
  intern_store_apply_limits_locked (store);
  intern_store_unlock_all (store);

  return changed;
}

gboolean
intern_store_set_max_bytes (InternStore *store,
                            guint64      max_bytes)
{
  gboolean changed;

  intern_store_lock_all (store);
  changed = store->quota.max.max_bytes != max_bytes;
  store->quota.max.max_bytes = max_bytes;
  intern_store_apply_limits_locked (store);
  intern_store_unlock_all (store);

  return changed;
}

/* Whether strings may be refused, so that their order matters. May miss a limit that another thread sets
 * meanwhile: refusals are decided under the locks. */
gboolean
intern_store_is_limited (InternStore *store)
{
  /* Relaxed: see above. */
  return __atomic_load_n (&store->limited, __ATOMIC_RELAXED) || intern_store_is_frozen (store);
}

/* Returns whether a refusal is the first since the pool had room. */
gboolean
intern_store_announce_limit (InternStore *store)
{
  gboolean first;

  intern_lock (&store->quota.lock);
  first = !store->quota.announced;
  store->quota.announced = TRUE;
  intern_unlock (&store->quota.lock);

  return first;
}
