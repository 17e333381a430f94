/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

/* Returns the ledger; makes it if there is none. HOLDS: every lock of the store, with that of a new ledger from now
 * on, or no other thread knows it */
InternLedger *
intern_store_need_ledger_locked (InternStore *store)
{
  InternLedger *ledger = store->ledger;

  if (ledger != NULL)
    return ledger;

  ledger = g_new0 (InternLedger, 1);
  intern_lock_init (&ledger->lock);
  /* In the order of locks: the data come last. */
  if (store->data != NULL)
    intern_unlock (&store->data->lock);
  intern_lock (&ledger->lock);
  if (store->data != NULL)
    intern_lock (&store->data->lock);
  /* Release: see intern_store_get_ledger(). */
  intern_atomic_store_release (&store->ledger, ledger);

  return ledger;
}

/* HOLDS: ledger->lock */
static gboolean
has_room_locked (InternLedger *ledger)
{
  return (ledger->max.max_strings == 0 || ledger->n_strings < ledger->max.max_strings) &&
         (ledger->max.max_bytes == 0 || ledger->bytes < ledger->max.max_bytes);
}

/* Counts one more string under the limits, or returns the one that refuses it. The store is limited. */
InternResult
intern_store_reserve (InternStore *store,
                      gsize        length)
{
  InternLedger *ledger = intern_store_get_ledger (store);
  InternResult result = INTERN_RESULT_ADDED;

  intern_lock (&ledger->lock);

  if (ledger->max.max_bytes != 0 && length > ledger->max.max_bytes)
    result = INTERN_RESULT_OVER_LIMIT;
  else if (ledger->max.max_strings != 0 && ledger->n_strings >= ledger->max.max_strings)
    result = INTERN_RESULT_FULL_STRINGS;
  else if (ledger->max.max_bytes != 0 &&
           (ledger->bytes > ledger->max.max_bytes || length > ledger->max.max_bytes - ledger->bytes))
    result = INTERN_RESULT_FULL_BYTES;
  else
    {
      ledger->n_strings++;
      ledger->bytes += length;
    }

  intern_unlock (&ledger->lock);

  return result;
}

/* The store is limited. */
void
intern_store_give_back (InternStore *store,
                        gsize        length)
{
  InternLedger *ledger = intern_store_get_ledger (store);

  intern_lock (&ledger->lock);
  ledger->n_strings--;
  ledger->bytes -= length;
  if (has_room_locked (ledger))
    ledger->announced = FALSE;
  intern_unlock (&ledger->lock);
}

InternLimits
intern_store_get_limits (InternStore *store)
{
  InternLedger *ledger = intern_store_get_ledger (store);
  InternLimits limits = { 0 };

  if (ledger == NULL)
    return limits;

  intern_lock (&ledger->lock);
  limits = ledger->max;
  intern_unlock (&ledger->lock);

  return limits;
}

/* HOLDS: every lock of the store */
void
intern_store_apply_limits_locked (InternStore        *store,
                                  const InternLimits *max)
{
  InternLedger *ledger = intern_store_need_ledger_locked (store);
  const InternStoreStats stored = intern_store_count_locked (store);

  ledger->max = *max;
  /* Relaxed: threads that add hold a lock. */
  __atomic_store_n (&store->limited, max->max_strings != 0 || max->max_bytes != 0, __ATOMIC_RELAXED);
  ledger->n_strings = stored.n_strings;
  ledger->bytes = stored.bytes_stored;
  if (has_room_locked (ledger))
    ledger->announced = FALSE;
}

/* HOLDS: every lock of the store */
InternLimits
intern_store_get_limits_locked (InternStore *store)
{
  InternLimits limits = { 0 };

  if (store->ledger != NULL)
    limits = store->ledger->max;

  return limits;
}

/* Returns whether the limit changed. Strings above a new limit stay. */
gboolean
intern_store_set_max_strings (InternStore *store,
                              guint        max_strings)
{
  InternLimits max;
  gboolean changed;

  intern_store_lock_all (store);
  max = intern_store_get_limits_locked (store);
  changed = max.max_strings != max_strings;
  max.max_strings = max_strings;
  if (changed)
    intern_store_apply_limits_locked (store, &max);
  intern_store_unlock_all (store);

  return changed;
}

gboolean
intern_store_set_max_bytes (InternStore *store,
                            guint64      max_bytes)
{
  InternLimits max;
  gboolean changed;

  intern_store_lock_all (store);
  max = intern_store_get_limits_locked (store);
  changed = max.max_bytes != max_bytes;
  max.max_bytes = max_bytes;
  if (changed)
    intern_store_apply_limits_locked (store, &max);
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

/* Returns whether a refusal, by a limit, is the first since the pool had room. */
gboolean
intern_store_announce_limit (InternStore *store)
{
  InternLedger *ledger = intern_store_get_ledger (store);
  gboolean first;

  intern_lock (&ledger->lock);
  first = !ledger->announced;
  ledger->announced = TRUE;
  intern_unlock (&ledger->lock);

  return first;
}
