/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of reference counting: a string is buried when its last reference is dropped, or it is made permanent before.
 * Taking and dropping references is inlined: see store.h. */

#include "config.h"

#include "store/store.h"

/* Restores the last reference to a string of another store: the caller dropped it by mistake. */
static void
revive (const char *string)
{
  /* Release: the bytes have not changed; a reader that sees it alive sees them complete. */
  (void) intern_atomic_swap_acq_rel (&intern_entry_header (string)->state, 0, 1);
}

/* Sets the observer of the deaths of strings. A caller that lists the strings afterwards misses no death: a dead string
 * has left the index before the list was made, or it is in the list and the thread that buries it sees @observer. */
void
intern_store_observe (InternStore    *store,
                      InternObserver *observer)
{
  /* Release: the observer is complete. */
  intern_atomic_store_release (&store->observer, observer);
}

/* Returns a copy of the string for the observer, or NULL if there is none. HOLDS: the lock of the shard */
static char *
copy_for_observer_locked (InternStore      *store,
                          const InternKey  *key,
                          InternObserver  **observer)
{
  /* Acquire: pairs with the release in intern_store_observe(). */
  *observer = intern_atomic_load_acquire (&store->observer);

  return G_LIKELY (*observer == NULL) ? NULL : g_memdup2 (key->data, key->length + 1);
}

/* Buries a string whose last reference the caller has dropped. No other thread does, so its bytes stay until this call
 * frees the room. Returns FALSE for a string of another store, and restores its reference. */
gboolean
intern_store_bury (InternStore *store,
                   const char  *string)
{
  const InternKey key = intern_store_key (store, string);
  InternBurial burial = INTERN_BURIAL_REPLACED;
  g_autofree char *copy = NULL;
  gpointer data[INTERN_MAX_DATA];
  gboolean has_data, trimmed;
  InternObserver *observer;
  InternShard *shard;

  intern_cache_forget (&store->cache, intern_store_cache_hash (store, string, key.length, key.hash), string);
  shard = intern_store_lock_shard (store, key.hash);
  copy = copy_for_observer_locked (store, &key, &observer);
  /* A frozen store is not written to: freezing has taken the dead string out of the index, and its room stays. */
  if (!store->frozen)
    burial = intern_shard_bury_locked (shard, &key);
  else if (intern_blocks_find (&store->blocks, string) == 0)
    burial = INTERN_BURIAL_FOREIGN;
  if (burial == INTERN_BURIAL_REMOVED && store->limited)
    intern_store_give_back (store, key.length);
  /* Under the lock: after it another string can take the room. */
  has_data = burial != INTERN_BURIAL_FOREIGN && intern_store_take_data_locked (store, string, data);
  trimmed = intern_shard_wants_trim_locked (shard) && !store->frozen && intern_arena_trim (&shard->arena) > 0;
  intern_store_unlock_shard (store, shard);

  if (G_UNLIKELY (trimmed))
    intern_cache_shrink (&store->cache, intern_store_get_n_own_strings (store));
  if (G_UNLIKELY (copy != NULL) && burial != INTERN_BURIAL_FOREIGN)
    observer->buried (observer, store, copy, key.length);
  if (G_UNLIKELY (burial == INTERN_BURIAL_FOREIGN))
    revive (string);
  /* Last: a function that destroys data may drop the last reference to the pool. */
  if (G_UNLIKELY (has_data))
    intern_store_destroy_data (store, data);

  return burial != INTERN_BURIAL_FOREIGN;
}

/* Returns whether the store has the string and it is mortal. If it is permanent, sets @permanent to it, otherwise to
 * NULL. Searches the shard only, and counts nothing. */
gboolean
intern_store_has_mortal (InternStore  *store,
                         const char   *data,
                         gsize         length,
                         const char  **permanent)
{
  const InternKey key = intern_key (data, length, intern_secret_peek ());
  InternShard *shard = intern_store_lock_shard (store, key.hash);
  const char *string = intern_shard_find_locked (shard, &key, INTERN_TO_SEE);
  const gboolean is_mortal = string != NULL && intern_entry_is_mortal (string);

  *permanent = is_mortal ? NULL : string;
  intern_store_unlock_shard (store, shard);

  return is_mortal;
}

/* Makes a string permanent. The caller has a reference, or no other thread can release it meanwhile. */
void
intern_store_make_permanent (InternStore *store,
                             const char  *string)
{
  const InternKey key = intern_store_key (store, string);
  InternShard *shard = intern_store_lock_shard (store, key.hash);

  intern_shard_find_locked (shard, &key, INTERN_TO_KEEP);
  intern_store_unlock_shard (store, shard);
}
