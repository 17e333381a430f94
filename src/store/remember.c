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

/* A shard is asked for many of its strings if there was a find behind the cache for each so many of them. */
#define STRINGS_A_FIND 128

/* Whether @n_found finds are many. */
static gboolean
is_asked_for (InternShard *shard,
              guint        n_found)
{
  return INTERN_HAS_CACHE && n_found >= INTERN_STRETCH_AFTER &&
         n_found >= intern_shard_peek_n_strings (shard) / STRINGS_A_FIND;
}

/* Counts a find. Returns whether the shard should be read. Takes no lock. */
static gboolean
count_find (InternShard *shard)
{
  /* Relaxed, and not one operation: a lost count delays the reading. */
  const guint n_found = intern_atomic_load_relaxed (&shard->n_found) + 1;

  intern_atomic_store_relaxed (&shard->n_found, n_found);

  return is_asked_for (shard, n_found);
}

/* Puts strings of one shard into the cache. The buckets are prefetched: each is a line of memory of its own. */
static void
put_stretch (InternStore        *store,
             const char *const  *strings,
             guint               n_strings)
{
  guint64 hashes[INTERN_STRETCH];
  gboolean grow = FALSE;

  /* Many strings wait to be read: the cache will need room for all. */
  if (n_strings == INTERN_STRETCH)
    intern_cache_reserve (&store->cache, intern_store_get_n_own_strings (store));

  for (guint i = 0; i < n_strings; i++)
    {
      hashes[i] = intern_hash_call (strings[i], intern_entry_length (strings[i]), store->secret);
      intern_cache_prefetch (&store->cache, hashes[i]);
    }
  for (guint i = 0; i < n_strings; i++)
    grow |= intern_cache_put (&store->cache, hashes[i], strings[i]) == INTERN_PUT_MANY;
  if (grow)
    intern_cache_grow (&store->cache, intern_store_get_n_own_strings (store));
}

static void
read_stretch (InternStore *store,
              InternShard *shard)
{
  const char *strings[INTERN_STRETCH];
  guint n_strings;

  if (!intern_trylock (&shard->lock))
    return;
  n_strings = intern_arena_read (&shard->arena, strings, INTERN_STRETCH);
  intern_unlock (&shard->lock);

  /* They are permanent: they need no lock. */
  put_stretch (store, strings, n_strings);
}

/* Puts a string that was found in its shard into the cache, and perhaps a stretch of others. */
void
intern_store_remember (InternStore *store,
                       guint64      hash,
                       const char  *string)
{
  InternShard *shard = intern_store_get_shard (store, hash);
  const InternPut put = intern_cache_put (&store->cache, hash, string);

  /* Another thread, or an equal string of the same batch, was faster. */
  if (put == INTERN_PUT_THERE)
    return;

  if (put == INTERN_PUT_MANY)
    intern_cache_grow (&store->cache, intern_store_get_n_own_strings (store));
  if (!intern_entry_is_mortal (string) && count_find (shard))
    read_stretch (store, shard);
}

/* Puts a new string into the cache, if the strings of its shard are being asked for. */
void
intern_store_remember_added (InternStore *store,
                             guint64      hash,
                             const char  *string)
{
  InternShard *shard = intern_store_get_shard (store, hash);

  if (is_asked_for (shard, intern_atomic_load_relaxed (&shard->n_found)) &&
      intern_cache_put (&store->cache, hash, string) == INTERN_PUT_MANY)
    intern_cache_grow (&store->cache, intern_store_get_n_own_strings (store));
}
