/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a string is found (in the cache, the layers, its shard) or added to its shard. */

#include "config.h"

#include "store/store.h"

#include "base/probes.h"

/* Adding */

/* Adds @key, or returns why not. The shard has no living string that equals it. HOLDS: shard->lock */
static InternResult
add_locked (InternStore      *store,
            InternShard      *shard,
            const InternKey  *key,
            InternPurpose     purpose,
            const char      **string)
{
  gboolean reserves;

  if (store->frozen)
    return INTERN_RESULT_FROZEN;
  if (key->length > INTERN_MAX_LENGTH)
    return INTERN_RESULT_TOO_LONG;
  if (intern_shard_is_full_locked (shard))
    return INTERN_RESULT_FULL_INDEX;

  /* The limits already count a dead string that this one replaces. */
  reserves = store->limited && !intern_shard_has_locked (shard, key);
  if (reserves)
    {
      const InternResult reserved = intern_store_reserve (store, key->length);

      if (reserved != INTERN_RESULT_ADDED)
        return reserved;
    }

  *string = intern_shard_insert_locked (shard, key, purpose);
  if (*string == NULL)
    {
      if (reserves)
        intern_store_give_back (store, key->length);
      return INTERN_RESULT_NO_MEMORY;
    }

  INTERN_PROBE3 (add, store, *string, key->length);

  return INTERN_RESULT_ADDED;
}

/* Finds the string or adds it; @purpose is one that adds. HOLDS: shard->lock */
const char *
intern_store_find_or_add_locked (InternStore     *store,
                                 InternShard     *shard,
                                 const InternKey *key,
                                 InternPurpose    purpose,
                                 InternResult    *result)
{
  const char *string;
  gboolean inserted;

  /* One search of the index, if nothing can refuse the string. */
  if (G_LIKELY (!store->limited && !store->frozen && !intern_shard_is_full_locked (shard)))
    {
      string = intern_shard_find_or_insert_locked (shard, key, purpose, &inserted);
      if (G_LIKELY (string != NULL))
        {
          *result = inserted ? INTERN_RESULT_ADDED : INTERN_RESULT_FOUND;
          if (inserted)
            INTERN_PROBE3 (add, store, string, key->length);
          return string;
        }
    }

  string = intern_shard_find_locked (shard, key, purpose);
  *result = string != NULL ? INTERN_RESULT_FOUND : add_locked (store, shard, key, purpose, &string);

  return string;
}

/* Searching */

static const char *
search_cache (InternStore     *store,
              const InternKey *key,
              InternPurpose    purpose)
{
  const char *ended = NULL;
  const char *string;

  if (!intern_purpose_refs (purpose))
    return intern_cache_find (&store->cache, key, intern_match_permanent, NULL);

  string = intern_cache_find (&store->cache, key, intern_match_ref, &ended);
  if (G_UNLIKELY (ended != NULL))
    intern_store_bury (store, ended);

  return string;
}

/* Where a search is counted: a search that takes the lock of a shard is counted there, by search_shard(); any other in
 * the stripe of its thread, by the caller of search(). So a small pool, which has no cache, needs no stripes. */
typedef struct
{
  gboolean hands_out; /* the caller gets the string: its bytes count as requested */
  gboolean counted;   /* out */
} Counting;

static InternTally
tally_of (const char   *string,
          gsize         length,
          InternResult  result,
          gboolean      hands_out)
{
  const gboolean found = result == INTERN_RESULT_FOUND;
  const gboolean has_bytes = hands_out && string != NULL;

  return (InternTally) {
    .n_hits = found ? 1 : 0,
    .n_misses = found ? 0 : 1,
    .bytes_requested = has_bytes ? length : 0,
    .bytes_copied = has_bytes ? intern_heap_size (length + 1) : 0,
  };
}

static const char *
search_shard (InternStore     *store,
              const InternKey *key,
              InternPurpose    purpose,
              InternResult    *result,
              Counting        *counting)
{
  InternTally tally;
  InternShard *shard;
  const char *string;
  gboolean has_secret;

  if (intern_store_is_frozen (store))
    {
      string = intern_store_find_frozen (store, key);
      if (string == NULL)
        *result = intern_purpose_adds (purpose) ? INTERN_RESULT_FROZEN : INTERN_RESULT_ABSENT;
      return string;
    }

  shard = intern_store_lock_shard (store, key->hash);
  if (intern_purpose_adds (purpose))
    string = intern_store_find_or_add_locked (store, shard, key, purpose, result);
  else
    {
      string = intern_shard_find_locked (shard, key, purpose);
      if (string == NULL)
        *result = INTERN_RESULT_ABSENT;
    }
  tally = tally_of (string, key->length, *result, counting->hands_out);
  intern_tally_add_alone (&shard->tally, &tally);
  counting->counted = TRUE;
  has_secret = intern_shard_has_secret_locked (shard);
  intern_store_unlock_shard (store, shard);
  if (G_UNLIKELY (has_secret))
    intern_store_renew_cache (store);

  return string;
}

static const char *
search (InternStore   *store,
        InternKey     *key,
        InternPurpose  purpose,
        InternResult  *result,
        Counting      *counting)
{
  const char *string;

  /* A string that no pool can hold is not read. */
  *result = INTERN_RESULT_TOO_LONG;
  if (key->length > INTERN_MAX_LENGTH)
    return NULL;
  if (key->length > INTERN_INLINE_LENGTH)
    key->hash = intern_hash_call (key->data, key->length, intern_store_get_cache_secret (store));

  *result = INTERN_RESULT_FOUND;
  string = search_cache (store, key, purpose);
  if (string != NULL)
    return string;

  /* From here on @key has the hash of the shards. */
  if (G_UNLIKELY (intern_store_has_cache_secret (store)))
    key->hash = intern_hash_call (key->data, key->length, intern_secret_peek ());

  /* The layers have caches of their own: the string is not put into this one. */
  if (G_UNLIKELY (store->n_layers > 0))
    {
      string = intern_store_find_in_layers (store, key);
      if (string != NULL)
        return string;
    }
  string = search_shard (store, key, purpose, result, counting);

  /* Only a search that takes a reference can find a mortal string in the cache. */
  if (*result == INTERN_RESULT_FOUND && (intern_purpose_refs (purpose) || !intern_entry_is_mortal (string)))
    intern_store_remember (store, key->hash, string);
  else if (*result == INTERN_RESULT_ADDED && purpose == INTERN_TO_KEEP)
    intern_store_remember_added (store, key->hash, string);
  else if (*result == INTERN_RESULT_ADDED)
    intern_store_count_mortal_added (store, key->hash);

  return string;
}

/* Returns the store's string, or NULL; then @result says why. Adds it if @purpose is one that adds; with
 * INTERN_TO_REF a new one is mortal and has one reference. @hash is that of intern_store_peek(); that of a string
 * longer than INTERN_INLINE_LENGTH is not read.
 *
 * The arguments come in registers: a key passed as a struct would be written to the stack in parts and read
 * back as a whole, which waits for all earlier stores. */
INTERN_HOT const char *
intern_store_search (InternStore   *store,
                     const char    *data,
                     gsize          length,
                     guint64        hash,
                     InternPurpose  purpose,
                     InternResult  *result)
{
  Counting counting = { .hands_out = TRUE };
  InternKey key = { data, length, hash };
  const char *string = search (store, &key, purpose, result, &counting);
  InternTally miss;

  if (counting.counted)
    return string;
  if (*result == INTERN_RESULT_FOUND)
    return intern_store_count_hit (store, string, length);

  miss = tally_of (string, length, *result, TRUE);
  intern_counters_add (&store->counters, &miss);

  return string;
}

/* Like intern_store_search() with INTERN_TO_SEE, but counts no bytes as requested: it hands out no string. */
gboolean
intern_store_contains (InternStore *store,
                       const char  *data,
                       gsize        length)
{
  Counting counting = { .hands_out = FALSE };
  InternKey key = { data, length, 0 };
  InternResult result;
  InternTally tally;
  const char *string;

  if (length <= INTERN_INLINE_LENGTH)
    key.hash = intern_hash_call (data, length, intern_store_get_cache_secret (store));
  string = search (store, &key, INTERN_TO_SEE, &result, &counting);
  if (!counting.counted)
    {
      tally = tally_of (string, length, result, FALSE);
      intern_counters_add (&store->counters, &tally);
    }

  return string != NULL;
}
