/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How strings come into the read cache: when a search has found them behind it, and in stretches.
 *
 * A find behind the cache takes a lock and a search of the index. To read a string from the arena, with its
 * neighbours, costs a twentieth of that. So once a shard has been asked for many of its strings, each further find
 * reads a stretch of the others, from the first to the last. Not earlier: many pools are asked for few of their
 * strings.
 */

#include "config.h"

#include "store/store.h"

/* A shard is asked for many of its strings if there was a find behind the cache for each so many of them. Mortal
 * strings come and go, and those in use are few: a cache of all has lines that the processor's caches do not hold. */
#define STRINGS_A_FIND 128
#define MORTAL_STRINGS_A_FIND 16

/* Finds of mortal strings for which one new mortal string makes up: most programs that add mortal strings keep them
 * without a search, and ask again only for those that repeat. */
#define FINDS_AN_ADDITION 4

/* The counter of finds of permanent strings, or of mortal ones. */
static guint *
n_found_of (InternShard   *shard,
            InternPurpose  purpose)
{
  return purpose == INTERN_TO_REF ? &shard->n_found_mortal : &shard->n_found;
}

/* Whether @n_found finds are many, if one for each @strings_a_find strings is. */
static gboolean
is_asked_for (InternShard *shard,
              guint        n_found,
              guint        strings_a_find)
{
  return INTERN_HAS_CACHE && n_found >= INTERN_STRETCH_AFTER &&
         n_found >= intern_shard_peek_n_strings (shard) / strings_a_find;
}

/* Counts a find. Returns whether the shard should be read. Takes no lock. */
static gboolean
count_find (InternShard   *shard,
            InternPurpose  purpose)
{
  /* Relaxed, and not one operation: a lost count delays the reading. */
  guint *counter = n_found_of (shard, purpose);
  const guint n_found = intern_atomic_load_relaxed (counter) + 1;

  intern_atomic_store_relaxed (counter, n_found);

  return is_asked_for (shard, n_found, purpose == INTERN_TO_REF ? MORTAL_STRINGS_A_FIND : STRINGS_A_FIND);
}

/* Strings of one shard that lie end to end. */
typedef struct
{
  const char *strings[INTERN_STRETCH];
  guint64     hashes[INTERN_STRETCH];
  guint       n_strings;
} Stretch;

/* Prefetches the buckets too: each is a line of memory of its own, and comes while the next strings are hashed. */
static void
hash_stretch (InternStore *store,
              Stretch     *stretch)
{
  for (guint i = 0; i < stretch->n_strings; i++)
    {
      const char *string = stretch->strings[i];

      stretch->hashes[i] = intern_hash_call (string, intern_entry_length (string),
                                             intern_store_get_cache_secret (store));
      intern_cache_prefetch (&store->cache, stretch->hashes[i]);
    }
}

/* Puts strings of one shard into the cache. A mortal one may have died: see cache/cache.h. */
static void
put_stretch (InternStore   *store,
             const Stretch *stretch)
{
  gboolean grow = FALSE;

  /* Many strings wait to be read: the cache will need room for all. */
  if (stretch->n_strings == INTERN_STRETCH)
    intern_cache_reserve (&store->cache, intern_store_get_n_own_strings (store));

  for (guint i = 0; i < stretch->n_strings; i++)
    grow |= intern_cache_put (&store->cache, stretch->hashes[i], stretch->strings[i]) == INTERN_PUT_MANY;
  if (grow)
    intern_cache_grow (&store->cache, intern_store_get_n_own_strings (store));
}

static void
read_stretch (InternStore   *store,
              InternShard   *shard,
              InternPurpose  purpose)
{
  Stretch stretch;

  if (!intern_trylock (&shard->lock))
    return;
  stretch.n_strings = intern_arena_read (&shard->arena, purpose, stretch.strings, INTERN_STRETCH);
  /* Permanent strings need no lock to be hashed. */
  if (purpose == INTERN_TO_REF)
    hash_stretch (store, &stretch);
  intern_unlock (&shard->lock);

  if (purpose != INTERN_TO_REF)
    hash_stretch (store, &stretch);
  put_stretch (store, &stretch);
}

static InternPut
put (InternStore *store,
     guint64      hash,
     const char  *string)
{
  return intern_cache_put (&store->cache, intern_store_cache_hash (store, string, intern_entry_length (string), hash),
                           string);
}

/* Puts a string that was found in its shard into the cache, and perhaps a stretch of others. @hash is that of the
 * shard. */
void
intern_store_remember (InternStore *store,
                       guint64      hash,
                       const char  *string)
{
  InternShard *shard = intern_store_get_shard (store, hash);
  const InternPurpose purpose = intern_entry_is_mortal (string) ? INTERN_TO_REF : INTERN_TO_KEEP;
  const InternPut result = put (store, hash, string);

  /* Another thread, or an equal string of the same batch, was faster. */
  if (result == INTERN_PUT_THERE)
    return;

  if (result == INTERN_PUT_MANY)
    intern_cache_grow (&store->cache, intern_store_get_n_own_strings (store));
  if (count_find (shard, purpose))
    read_stretch (store, shard, purpose);
}

/* Puts a new permanent string into the cache, if the strings of its shard are being asked for. */
void
intern_store_remember_added (InternStore *store,
                             guint64      hash,
                             const char  *string)
{
  InternShard *shard = intern_store_get_shard (store, hash);

  if (is_asked_for (shard, intern_atomic_load_relaxed (&shard->n_found), STRINGS_A_FIND) &&
      put (store, hash, string) == INTERN_PUT_MANY)
    intern_cache_grow (&store->cache, intern_store_get_n_own_strings (store));
}

/* Counts a new mortal string. Takes no lock. */
void
intern_store_count_mortal_added (InternStore *store,
                                 guint64      hash)
{
  InternShard *shard = intern_store_get_shard (store, hash);
  /* Relaxed: see count_find(). */
  const guint n_found = intern_atomic_load_relaxed (&shard->n_found_mortal);

  if (n_found > 0)
    intern_atomic_store_relaxed (&shard->n_found_mortal, n_found - MIN (n_found, FINDS_AN_ADDITION));
}

/* Gives the cache a secret of its own, once: many strings have the same hash, and a bucket has room for few of them.
 * The cache begins anew. A store with layers keeps its secret, by which it also looks into the caches of those. */
void
intern_store_renew_cache (InternStore *store)
{
  const guint8 *secret;

  if (!INTERN_HAS_CACHE || store->n_layers > 0 || intern_store_has_cache_secret (store))
    return;

  intern_lock (&store->cache.lock);
  secret = intern_store_has_cache_secret (store) ? NULL : intern_secret_new ();
  if (secret != NULL)
    {
      /* Release: see intern_store_get_cache_secret(). */
      intern_atomic_store_release (&store->secret, secret);
      intern_cache_forget_all_locked (&store->cache);
    }
  intern_unlock (&store->cache.lock);
}
