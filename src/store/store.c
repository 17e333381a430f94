/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

#include "store/layers.h"
#include "store/struct.h"

/* Locking */

/* Whoever has a shard mostly has it for a tenth of a microsecond; to be put to sleep and woken takes
 * a hundred times as long. Tables that grow take longer: then it sleeps. */
#define TRIES 64

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile ("yield");
#endif
}

static G_NO_INLINE void
wait_for_lock (InternShard *shard)
{
  for (guint i = 0; i < TRIES; i++)
    {
      relax ();
      if (intern_trylock (&shard->lock))
        return;
    }

  intern_lock (&shard->lock);
}

static void
lock_counting_waits (InternShard *shard)
{
  if (G_LIKELY (intern_trylock (&shard->lock)))
    return;

  wait_for_lock (shard);
  shard->n_waits++;
}

/* Returns the shard that @hash belongs to, locked. */
InternShard *
intern_store_lock_shard (InternStore *store,
                         guint64      hash)
{
  for (;;)
    {
      InternShard *shard = intern_store_get_shard (store, hash);

      lock_counting_waits (shard);
      if (G_LIKELY (!shard->moved))
        return shard;

      /* The store was split while we waited: now there are many. */
      intern_unlock (&shard->lock);
    }
}

/* While the first shard is locked the store cannot be split. */
void
intern_store_lock_all (InternStore *store)
{
  intern_lock (&store->first.lock);
  for (guint i = 0; store->many != NULL && i < INTERN_SHARDS; i++)
    intern_lock (&store->many[i].shard.lock);
  intern_lock (&store->blocks.lock);
  intern_lock (&store->quota.lock);
  intern_lock (&store->front.cache.lock);
  intern_lock (&store->front.atoms.lock);
  if (store->snapshot != NULL)
    intern_lock (&store->bare->lock);
}

void
intern_store_unlock_all (InternStore *store)
{
  if (store->snapshot != NULL)
    intern_unlock (&store->bare->lock);
  intern_unlock (&store->front.atoms.lock);
  intern_unlock (&store->front.cache.lock);
  intern_unlock (&store->quota.lock);
  intern_unlock (&store->blocks.lock);
  for (guint i = 0; store->many != NULL && i < INTERN_SHARDS; i++)
    intern_unlock (&store->many[i].shard.lock);
  intern_unlock (&store->first.lock);
}

static InternStore *
store_of_link (InternForkLink *link)
{
  return (InternStore *) (void *) ((char *) link - G_STRUCT_OFFSET (InternStore, fork_link));
}

static void
lock_for_fork (InternForkLink *link)
{
  intern_store_lock_all (store_of_link (link));
}

static void
unlock_after_fork (InternForkLink *link)
{
  intern_store_unlock_all (store_of_link (link));
}

/* Counting */

static void
count_shard (InternShard      *shard,
             InternStoreStats *stats)
{
  if (shard->moved)
    return;

  stats->n_strings += intern_shard_peek_n_strings (shard);
  stats->n_mortal += shard->n_mortal;
  stats->n_dead += shard->slots.n_dead;
  stats->bytes_stored += shard->bytes_stored;
  stats->bytes_recycled += shard->slots.bytes_recycled;
}

/* Counts what the store holds, and nothing else. HOLDS: every lock of the store, or it is frozen */
InternStoreStats
intern_store_count_locked (InternStore *store)
{
  InternStoreStats stats = { .bytes_recycled = store->recycled };

  count_shard (&store->first, &stats);
  for (guint i = 0; store->many != NULL && i < INTERN_SHARDS; i++)
    count_shard (&store->many[i].shard, &stats);
  if (store->front.layered)
    intern_layers_count (store, &stats);

  return stats;
}

/* Life */

static InternStore *
store_new (const guint8 *secret,
           guint32       first_atom)
{
  InternStore *store = g_new0 (InternStore, 1);

  store->ref_count = 1;
  store->front.secret = secret;
  store->front.short_end = INTERN_SHORT_LENGTH + 1;
  intern_lock_init (&store->quota.lock);
  intern_cache_init (&store->front.cache);
  intern_atoms_init (&store->front.atoms, first_atom);
  intern_blocks_init (&store->blocks);
  intern_shard_init (&store->first, &store->blocks);
  intern_fork_register (&store->fork_link, lock_for_fork, unlock_after_fork);

  return store;
}

InternStore *
intern_store_new (const guint8 *secret)
{
  return store_new (secret, 1);
}

/* Returns a store that finds what @snapshot has, and goes on with its atoms. */
InternStore *
intern_store_new_over (const guint8   *secret,
                       InternSnapshot *snapshot)
{
  InternStore *store = store_new (secret, intern_snapshot_next_atom (snapshot));

  intern_layers_set (store, snapshot, NULL);

  return store;
}

/* Returns a store that finds what @parent has, which is frozen, and goes on with its atoms. */
InternStore *
intern_store_new_child (InternStore *parent)
{
  InternStore *store = store_new (parent->front.secret, intern_atoms_get_next (&parent->front.atoms));

  intern_layers_set (store, NULL, parent);

  return store;
}

static void apply_limits_locked (InternStore *store);

/* Returns an empty store that goes on with the limits, the counts and the atoms of @store, which stays
 * as it is for those who have a reference to it. No thread may add to @store meanwhile. */
InternStore *
intern_store_new_successor (InternStore *store)
{
  InternStore *successor = store_new (store->front.secret,
                                      intern_atoms_get_next (&store->front.atoms));
  const InternTally counted = intern_counters_sum (&store->front.counters);

  intern_layers_set (successor, NULL, store->parent);

  intern_store_lock_all (store);
  successor->baseline = intern_tally_subtract (&store->baseline, &counted);
  successor->recycled = intern_store_count_locked (store).bytes_recycled;
  successor->quota.max = store->quota.max;
  intern_store_unlock_all (store);

  /* No other thread knows it yet. */
  apply_limits_locked (successor);

  return successor;
}

InternStore *
intern_store_ref (InternStore *store)
{
  /* Relaxed: whoever refs has a reference already. */
  __atomic_fetch_add (&store->ref_count, 1, __ATOMIC_RELAXED);

  return store;
}

void
intern_store_unref (InternStore *store)
{
  /* Release what this holder did, acquire what all others did before the memory goes. */
  if (__atomic_fetch_sub (&store->ref_count, 1, __ATOMIC_ACQ_REL) > 1)
    return;

  intern_fork_unregister (&store->fork_link);
  for (guint i = 0; store->many != NULL && i < INTERN_SHARDS; i++)
    intern_shard_clear (&store->many[i].shard);
  g_clear_pointer (&store->many, g_aligned_free);
  intern_shard_clear (&store->first);
  intern_layers_clear (store);
  intern_blocks_clear (&store->blocks);
  intern_cache_clear (&store->front.cache);
  intern_counters_clear (&store->front.counters);
  intern_atoms_clear (&store->front.atoms);
  intern_lock_clear (&store->quota.lock);
  g_free (store);
}

/* Growing */

static gboolean
wants_split_locked (InternStore *store,
                    InternShard *shard)
{
  return shard == &store->first && !shard->moved && !store->front.frozen &&
         (intern_shard_peek_n_strings (shard) >= INTERN_SPLIT_AT ||
          shard->n_waits >= INTERN_FOUGHT_OVER);
}

/* Makes the other shards and moves the strings of the first there: their places in the index,
 * not their bytes. The storage goes to one of the new shards, to be filled up.
 * HOLDS: store->first.lock */
static void
split_locked (InternStore *store)
{
  InternShard *first = &store->first;
  InternShardSlot *many = g_aligned_alloc0 (INTERN_SHARDS, sizeof *many, INTERN_CACHE_LINE);
  guint n_strings;
  g_autofree InternPlace *places = intern_shard_list_places_locked (first, &n_strings);

  for (guint i = 0; i < INTERN_SHARDS; i++)
    intern_shard_init (&many[i].shard, &store->blocks);

  for (guint i = 0; i < n_strings; i++)
    {
      const char *string = intern_blocks_string (&store->blocks, places[i]);
      const gsize length = intern_entry_length (string);
      const guint64 hash = intern_hash_call (string, length, store->front.secret);

      intern_shard_adopt_locked (&many[hash >> (64 - INTERN_SHARDS_LOG2)].shard,
                                 &(InternKey) { string, length, hash }, places[i]);
    }

  intern_shard_retire_locked (first, &many[0].shard);
  /* Release: whoever finds the array finds the shards filled. */
  __atomic_store_n (&store->many, many, __ATOMIC_RELEASE);
}

void
intern_store_unlock_shard (InternStore *store,
                           InternShard *shard)
{
  if (G_UNLIKELY (wants_split_locked (store, shard)))
    split_locked (store);
  intern_unlock (&shard->lock);
}

/* Limits */

/* HOLDS: store->quota.lock */
static gboolean
has_room_locked (InternQuota *quota)
{
  return (quota->max.max_strings == 0 || quota->n_strings < quota->max.max_strings) &&
         (quota->max.max_bytes == 0 || quota->bytes < quota->max.max_bytes);
}

/* Takes room for one string under the limits, or says which of them refuses it. */
static InternResult
reserve (InternStore *store,
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

static void
give_back (InternStore *store,
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
static void
apply_limits_locked (InternStore *store)
{
  InternQuota *quota = &store->quota;
  InternStoreStats stored;

  /* Relaxed: those who decide by it hold a lock. */
  __atomic_store_n (&store->limited, quota->max.max_strings != 0 || quota->max.max_bytes != 0,
                    __ATOMIC_RELAXED);
  stored = intern_store_count_locked (store);
  quota->n_strings = stored.n_strings;
  quota->bytes = stored.bytes_stored;
  if (has_room_locked (quota))
    quota->announced = FALSE;
}

/* Returns whether that is a change. What the store holds above a new limit stays. */
gboolean
intern_store_set_max_strings (InternStore *store,
                              guint        max_strings)
{
  gboolean changed;

  intern_store_lock_all (store);
  changed = store->quota.max.max_strings != max_strings;
  store->quota.max.max_strings = max_strings;
  apply_limits_locked (store);
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
  apply_limits_locked (store);
  intern_store_unlock_all (store);

  return changed;
}

/* Whether strings may be refused, so that their order matters. A limit that is set meanwhile may be
 * seen or not; what it refuses is decided under the locks. */
gboolean
intern_store_is_limited (InternStore *store)
{
  /* Relaxed: see above. */
  return __atomic_load_n (&store->limited, __ATOMIC_RELAXED) || intern_store_is_frozen (store);
}

/* Returns whether the refusal that the caller has just met is the first since the pool had room. */
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

/* Strings */

/* HOLDS: shard->lock, and has found that the shard does not have the key */
static InternResult
add_locked (InternStore      *store,
            InternShard      *shard,
            const InternKey  *key,
            gboolean          mortal,
            const char      **string)
{
  gboolean reserves;

  if (store->front.frozen)
    return INTERN_RESULT_FROZEN;
  if (key->length > INTERN_MAX_LENGTH)
    return INTERN_RESULT_TOO_LONG;
  if (intern_shard_is_full_locked (shard))
    return INTERN_RESULT_FULL_INDEX;

  /* What takes the place of an equal string that is dead takes its place under the limits too. */
  reserves = store->limited && !intern_shard_holds_locked (shard, key);
  if (reserves)
    {
      const InternResult reserved = reserve (store, key->length);

      if (reserved != INTERN_RESULT_ADDED)
        return reserved;
    }

  *string = intern_shard_insert_locked (shard, key, mortal);
  if (*string == NULL)
    {
      if (reserves)
        give_back (store, key->length);
      return INTERN_RESULT_NO_MEMORY;
    }

  return INTERN_RESULT_ADDED;
}

/* Finds the string or adds it, and takes a reference to it if it is to be @mortal.
 * HOLDS: shard->lock */
const char *
intern_store_find_or_add_locked (InternStore     *store,
                                 InternShard     *shard,
                                 const InternKey *key,
                                 gboolean         mortal,
                                 InternResult    *result)
{
  const char *string;
  gboolean inserted;

  /* In one walk where nothing can be in the way. */
  if (G_LIKELY (!store->limited && !store->front.frozen && !intern_shard_is_full_locked (shard)))
    {
      string = intern_shard_find_or_insert_locked (shard, key, mortal, &inserted);
      if (G_LIKELY (string != NULL))
        {
          *result = inserted ? INTERN_RESULT_ADDED : INTERN_RESULT_FOUND;
          return string;
        }
    }

  string = intern_shard_find_locked (shard, key, mortal);
  *result = string != NULL ? INTERN_RESULT_FOUND : add_locked (store, shard, key, mortal, &string);

  return string;
}

static void
count_miss (InternStore *store,
            const char  *string,
            gsize        length)
{
  const InternTally miss = {
    .n_misses = 1,
    .bytes_requested = string != NULL ? length : 0,
    .bytes_copied = string != NULL ? intern_heap_size (length + 1) : 0,
  };

  intern_counters_add (&store->front.counters, &miss);
}

/* Enters what the level before or a shard has found into the cache. */
void
intern_store_remember (InternStore     *store,
                       const InternKey *key,
                       const char      *string)
{
  if (G_UNLIKELY (intern_cache_put (&store->front.cache, key, string)))
    intern_cache_reconsider (&store->front.cache, intern_store_get_n_strings (store));
  intern_cache_carry_over (&store->front.cache, store->front.secret, NULL);
}

/* What a caller wants of the string: to have it at this moment, for ever, or until it gives its
 * reference back. */
typedef enum
{
  INTERN_TO_SEE,
  INTERN_TO_KEEP,
  INTERN_TO_COUNT,
} InternPurpose;

static const char *
search_shard (InternStore     *store,
              const InternKey *key,
              InternPurpose    purpose,
              InternResult    *result)
{
  InternShard *shard;
  const char *string;

  if (intern_store_is_frozen (store))
    {
      string = intern_layers_find_in_shards (store, key);
      if (string == NULL)
        *result = purpose == INTERN_TO_SEE ? INTERN_RESULT_ABSENT : INTERN_RESULT_FROZEN;
      return string;
    }

  shard = intern_store_lock_shard (store, key->hash);
  if (purpose == INTERN_TO_SEE)
    {
      string = intern_shard_lookup_locked (shard, key);
      if (string == NULL)
        *result = INTERN_RESULT_ABSENT;
    }
  else
    string = intern_store_find_or_add_locked (store, shard, key, purpose == INTERN_TO_COUNT, result);
  intern_store_unlock_shard (store, shard);

  return string;
}

/* Finds what is not found at a glance, or adds it unless it is to be seen only. */
static const char *
search (InternStore   *store,
        InternKey     *key,
        InternPurpose  purpose,
        InternResult  *result)
{
  InternCache *cache = &store->front.cache;
  const gboolean counts = purpose == INTERN_TO_COUNT;
  const char *ended = NULL;
  const char *string;

  *result = INTERN_RESULT_TOO_LONG;
  /* A string that no pool holds is not worth reading. */
  if (key->length > INTERN_MAX_LENGTH)
    return NULL;
  if (key->length > INTERN_INLINE_LENGTH)
    key->hash = intern_hash_call (key->data, key->length, store->front.secret);

  *result = INTERN_RESULT_FOUND;
  string = counts ? intern_cache_acquire (cache, key, &ended) : intern_cache_find (cache, key);
  if (string != NULL)
    return string;

  if (ended == NULL)
    string = counts ? intern_cache_acquire_previous (cache, key, &ended)
                    : intern_cache_find_previous (cache, key);
  if (ended != NULL)
    intern_store_bury (store, ended);
  /* What lies below is not for the cache: the layers have their own, or their own index. */
  if (string == NULL && G_UNLIKELY (store->front.layered))
    {
      string = intern_layers_find (store, key);
      if (string != NULL)
        return string;
    }
  if (string == NULL)
    string = search_shard (store, key, purpose, result);

  /* Who only sees a mortal string cannot say that it is there. */
  if (*result == INTERN_RESULT_FOUND && (counts || !intern_entry_is_mortal (string)))
    intern_store_remember (store, key, string);

  return string;
}

/* Returns the copy of the bytes, made if there is none yet, or NULL where @result says why not.
 *
 * What comes from the caller comes in registers: a key passed as a struct is written to the stack
 * in parts and read back as a whole, which waits for every store before it to reach the cache. */
const char *
intern_store_intern (InternStore  *store,
                     const char   *data,
                     gsize         length,
                     guint64       hash,
                     InternResult *result)
{
  InternKey key = { data, length, hash };
  const char *string = search (store, &key, INTERN_TO_KEEP, result);

  if (*result == INTERN_RESULT_FOUND)
    return intern_counters_add_hit (&store->front.counters, string, length);

  count_miss (store, string, length);

  return string;
}

/* The same with a reference to the copy, which is mortal if it is made. */
const char *
intern_store_acquire (InternStore  *store,
                      const char   *data,
                      gsize         length,
                      guint64       hash,
                      InternResult *result)
{
  InternKey key = { data, length, hash };
  const char *string = search (store, &key, INTERN_TO_COUNT, result);

  if (*result == INTERN_RESULT_FOUND)
    return intern_counters_add_hit (&store->front.counters, string, length);

  count_miss (store, string, length);

  return string;
}

/* Gives the last reference to a string of another store back, which the caller has taken by mistake. */
static void
revive (const char *string)
{
  /* Release: the bytes have not changed; a reader that finds it alive finds them complete. Should its
   * room have been used again meanwhile, it stays as it is. */
  (void) intern_swap_acq_rel (&intern_entry_header (string)->state, 0, 1);
}

/* Gives the room of a string back whose last reference the caller has just taken: no other thread
 * will, and until then its bytes stay. Returns FALSE for a string of another store, which is as it
 * was before. */
gboolean
intern_store_bury (InternStore *store,
                   const char  *string)
{
  const gsize length = intern_entry_length (string);
  const InternKey key = { string, length, intern_hash_call (string, length, store->front.secret) };
  InternBurial burial = INTERN_BURIAL_REPLACED;
  InternShard *shard;

  intern_cache_forget (&store->front.cache, key.hash, string);
  shard = intern_store_lock_shard (store, key.hash);
  /* Readers of a frozen store have no lock: the string stays where it is, dead. */
  if (!store->front.frozen)
    burial = intern_shard_bury_locked (shard, &key);
  if (burial == INTERN_BURIAL_REMOVED && store->limited)
    give_back (store, length);
  intern_store_unlock_shard (store, shard);

  if (G_LIKELY (burial != INTERN_BURIAL_FOREIGN))
    return TRUE;

  revive (string);

  return FALSE;
}

/* Makes a string permanent that the caller holds or that cannot die meanwhile. */
static void
keep (InternStore *store,
      const char  *string)
{
  const gsize length = intern_entry_length (string);
  const InternKey key = { string, length, intern_hash_call (string, length, store->front.secret) };
  InternShard *shard = intern_store_lock_shard (store, key.hash);

  intern_shard_find_locked (shard, &key, FALSE);
  intern_store_unlock_shard (store, shard);
}

/* The same for a permanent string of a store with nothing below. HOLDS: the lock of the atoms */
guint32
intern_store_assign_atom_locked (InternStore *store,
                                 const char  *string)
{
  return store->front.frozen ? intern_entry_atom (string) : intern_atoms_assign_locked (&store->front.atoms, string);
}

/* Why there is no atom. */
InternResult
intern_store_get_atom_refusal (InternStore *store)
{
  return intern_store_is_frozen (store) ? INTERN_RESULT_FROZEN : INTERN_RESULT_FULL_ATOMS;
}

/* See intern_store_atom(). */
guint32
intern_store_assign_atom (InternStore *store,
                          const char  *string)
{
  guint32 atom;

  if (store->front.layered && !intern_layers_is_own (store, string))
    return intern_layers_lend_atom (store, string);

  if (G_UNLIKELY (intern_entry_is_mortal (string)))
    keep (store, string);
  intern_lock (&store->front.atoms.lock);
  atom = intern_store_assign_atom_locked (store, string);
  intern_unlock (&store->front.atoms.lock);

  return atom;
}

const char *
intern_store_lookup (InternStore *store,
                     const char  *data,
                     gsize        length,
                     guint64      hash)
{
  InternKey key = { data, length, hash };
  InternResult result;
  const char *string = search (store, &key, INTERN_TO_SEE, &result);

  if (string != NULL)
    return intern_counters_add_hit (&store->front.counters, string, length);

  count_miss (store, NULL, 0);

  return NULL;
}

/* As lookup(), but nothing is handed out, and none of its bytes count as requested. */
gboolean
intern_store_contains (InternStore *store,
                       const char  *data,
                       gsize        length)
{
  InternKey key = { data, length, 0 };
  InternResult result;
  gboolean found;

  if (length <= INTERN_INLINE_LENGTH)
    key.hash = intern_hash_call (data, length, store->front.secret);
  found = search (store, &key, INTERN_TO_SEE, &result) != NULL;
  intern_counters_add (&store->front.counters,
                       &(InternTally) { .n_hits = found ? 1 : 0, .n_misses = found ? 0 : 1 });

  return found;
}

/* A mortal string may have died since the list was made, and its room may hold another: that is
 * one that was added meanwhile. */
static gboolean
call_with_reference (InternStore     *store,
                     const char      *string,
                     InternStoreFunc  func,
                     gpointer         user_data)
{
  gboolean more;

  if (intern_header_raise (intern_entry_header (string)) == INTERN_LIFE_DEAD)
    return TRUE;

  more = func (string, intern_entry_length (string), user_data);
  intern_store_lower (store, string);

  return more;
}

/* Calls @func for each of the strings that @shard has now, without its lock. Returns FALSE when
 * @func wants no more. */
static gboolean
foreach_in_shard (InternStore     *store,
                  InternShard     *shard,
                  InternStoreFunc  func,
                  gpointer         user_data,
                  gboolean        *moved)
{
  g_autofree char **strings = NULL;
  guint n_strings;

  intern_lock (&shard->lock);
  *moved = shard->moved;
  strings = intern_shard_list_locked (shard, &n_strings);
  intern_unlock (&shard->lock);

  for (guint i = 0; i < n_strings; i++)
    if (!call_with_reference (store, strings[i], func, user_data))
      return FALSE;

  return TRUE;
}

/* The strings stay where they are while @func runs, even if it clears the pool. Returns FALSE when
 * @func wanted no more. */
gboolean
intern_store_foreach (InternStore     *store,
                      InternStoreFunc  func,
                      gpointer         user_data)
{
  InternStore *held = intern_store_ref (store);
  gboolean moved = FALSE;
  gboolean more = !held->front.layered || intern_layers_foreach (held, func, user_data);

  if (more)
    more = foreach_in_shard (held, &held->first, func, user_data, &moved);
  for (guint i = 0; moved && more && i < INTERN_SHARDS; i++)
    {
      gboolean ignored;

      more = foreach_in_shard (held, &intern_store_get_many (held)[i].shard, func, user_data, &ignored);
    }
  intern_store_unref (held);

  return more;
}

/* Freezing */

/* HOLDS: every lock of the store */
static void
freeze_shard_locked (InternStore *store,
                     InternShard *shard)
{
  guint n_strings;
  g_autofree InternPlace *places = intern_shard_list_places_locked (shard, &n_strings);

  for (guint i = 0; i < n_strings; i++)
    {
      const char *string = intern_blocks_string (&store->blocks, places[i]);
      const gsize length = intern_entry_length (string);

      if (intern_entry_is_mortal (string))
        intern_shard_freeze_locked (shard, &(InternKey) {
          string, length, intern_hash_call (string, length, store->front.secret) });
    }
}

/* From now on nothing is added and nothing dies. */
void
intern_store_freeze (InternStore *store)
{
  intern_store_lock_all (store);
  if (!store->front.frozen)
    {
      freeze_shard_locked (store, &store->first);
      for (guint i = 0; store->many != NULL && i < INTERN_SHARDS; i++)
        freeze_shard_locked (store, &store->many[i].shard);
      /* Release: see intern_store_is_frozen(). */
      intern_store_release (&store->front.frozen, TRUE);
    }
  intern_store_unlock_all (store);
}

/* Statistics */

/* Takes no lock: threads that add and release meanwhile may be seen in part. */
guint
intern_store_get_n_strings (InternStore *store)
{
  InternShardSlot *many = intern_store_get_many (store);
  guint64 n_strings = store->front.layered ? intern_layers_get_n_strings (store) : 0;

  if (many == NULL)
    return (guint) MIN (n_strings + intern_shard_peek_n_strings (&store->first), G_MAXUINT);

  for (guint i = 0; i < INTERN_SHARDS; i++)
    n_strings += intern_shard_peek_n_strings (&many[i].shard);

  return (guint) MIN (n_strings, G_MAXUINT);
}

/* How many there are at one moment. */
guint64
intern_store_count_strings (InternStore *store)
{
  guint64 n_strings;

  intern_store_lock_all (store);
  n_strings = intern_store_count_locked (store).n_strings;
  intern_store_unlock_all (store);

  return n_strings;
}

/* HOLDS: every lock of the store */
static guint64
get_memory_locked (InternStore *store)
{
  guint64 memory = intern_heap_block_size (store, sizeof *store) +
                   intern_counters_get_memory (&store->front.counters) +
                   intern_cache_get_memory_locked (&store->front.cache) +
                   intern_atoms_get_memory (&store->front.atoms) +
                   intern_layers_get_memory (store) +
                   intern_blocks_get_memory (&store->blocks) +
                   intern_shard_get_memory_locked (&store->first);

  if (store->many == NULL)
    return memory;

  memory += intern_heap_size (INTERN_SHARDS * sizeof *store->many + INTERN_CACHE_LINE);
  for (guint i = 0; i < INTERN_SHARDS; i++)
    memory += intern_shard_get_memory_locked (&store->many[i].shard);

  return memory;
}

InternStoreStats
intern_store_get_stats (InternStore *store)
{
  InternStoreStats stats;
  InternTally tally;

  intern_store_lock_all (store);
  stats = intern_store_count_locked (store);
  tally = intern_counters_sum (&store->front.counters);
  tally = intern_tally_subtract (&tally, &store->baseline);
  stats.n_hits = tally.n_hits;
  stats.n_misses = tally.n_misses;
  stats.bytes_requested = tally.bytes_requested;
  stats.bytes_copied = tally.bytes_copied;
  stats.memory = get_memory_locked (store);
  intern_store_unlock_all (store);

  return stats;
}

/* The counters belong to the threads that count; the zero is moved instead. */
void
intern_store_reset_stats (InternStore *store)
{
  intern_store_lock_all (store);
  store->baseline = intern_counters_sum (&store->front.counters);
  store->recycled -= intern_store_count_locked (store).bytes_recycled;
  intern_store_unlock_all (store);
}

void
intern_store_add_hits (InternStore *store,
                       guint64      n_hits,
                       guint64      n_bytes)
{
  const InternTally tally = {
    .n_hits = n_hits,
    .bytes_requested = n_bytes,
    /* The single lengths are not known: as if all were of the mean length. */
    .bytes_copied = n_hits == 0 ? 0 : n_hits * intern_heap_size ((gsize) (n_bytes / n_hits) + 1),
  };

  intern_counters_add (&store->front.counters, &tally);
}
