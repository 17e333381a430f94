/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The store: strings in, the one copy out. No GObject, no signals, no logging.
 *
 * A store begins with one shard. When it has grown, or threads have waited for each other, it is split into
 * INTERN_SHARDS, chosen by the highest bits of the hash. The cache answers hits without a lock.
 *
 * Every function may be called from any thread. The order of locks: the first shard, the other shards by
 * number, the blocks, the cache, the atoms, the cache of the snapshot, the ledger, the data. A search for one string
 * locks one shard; with it the ledger if there are limits, the blocks for a new block or a string that dies, and the
 * data for a string that dies in a store with layers.
 * Threads that grow the cache try its lock and do not wait.
 *
 * Cache and shards have one hash, under the secret of the process. Where many strings with the same hash meet, the
 * index of their shard takes a secret of its own, and the cache of the store another: see storage/index.h.
 *
 * A store has a reference count: a view of its strings can outlive the pool, and a cleared pool gets a new
 * store.
 */

#pragma once

#include "base/counters.h"
#include "base/fork.h"
#include "storage/atoms.h"
#include "storage/shard.h"
#include "cache/cache.h"
#include "snapshot/reader.h"

typedef enum
{
  INTERN_RESULT_FOUND,
  INTERN_RESULT_ADDED,
  INTERN_RESULT_ABSENT,
  INTERN_RESULT_FULL_STRINGS, /* max_strings is reached */
  INTERN_RESULT_FULL_BYTES,   /* max_bytes would be passed */
  INTERN_RESULT_FULL_INDEX,   /* more than a table can count */
  INTERN_RESULT_FROZEN,       /* the store adds nothing any more */
  INTERN_RESULT_FULL_ATOMS,   /* no atom is left */
  INTERN_RESULT_REPLACED,     /* the pool was cleared meanwhile, so the store assigns no atoms any more */
  INTERN_RESULT_OVER_LIMIT,   /* one string longer than max_bytes */
  INTERN_RESULT_TOO_LONG,     /* longer than INTERN_MAX_LENGTH */
  INTERN_RESULT_NO_MEMORY,
} InternResult;

typedef struct
{
  guint   max_strings; /* 0: no limit */
  guint64 max_bytes;   /* 0: no limit */
} InternLimits;

typedef struct
{
  guint64 n_strings;
  guint64 n_mortal;
  guint64 n_dead;
  guint64 n_hits;
  guint64 n_misses;
  guint64 bytes_stored;
  guint64 bytes_requested;
  guint64 bytes_copied;
  guint64 bytes_recycled;
  guint64 memory;
} InternStoreStats;

/* An element of an array of shards, on cache lines of its own. */
typedef struct
{
  _Alignas (INTERN_CACHE_LINE) InternShard shard;
} InternAlignedShard;

/* The limits, and what statistics add and subtract. Most stores have none: made when a limit is set or the statistics
 * are reset, and for the successor of a store. Strings are counted only while there is a limit: in a pool without one
 * there is nothing that all threads write to. */
typedef struct
{
  InternLock   lock;
  InternLimits max;       /* guarded by lock, as the next three */
  guint64      n_strings;
  guint64      bytes;
  gboolean     announced; /* a refusal was announced, and the pool has been full since */
  InternTally  baseline;  /* subtracted from the counts, see reset_stats(); guarded by first.lock */
  guint64      recycled;  /* added to the bytes recycled, those of the previous stores less what reset_stats()
                           * subtracts; guarded by first.lock */
} InternLedger;

/* The functions that destroy data, and the data that is not in entries: made when such a function is set, or a string
 * of a store with layers gets data. */
typedef struct
{
  InternLock     lock;
  GDestroyNotify destroy[INTERN_MAX_DATA]; /* (nullable) guarded by lock */
  GHashTable    *arrays;                   /* (owned) (nullable) from strings to arrays of INTERN_MAX_DATA pointers, if
                                            * entries have no data; guarded by lock */
} InternDataTable;

typedef struct _InternStore InternStore;

/* Called without a lock when a string has died; @data is a copy. The observer outlives every call that can bury a
 * string. */
typedef struct _InternObserver InternObserver;
struct _InternObserver
{
  void (*buried) (InternObserver *self,
                  InternStore    *store,
                  const char     *data,
                  gsize           length);
};

/* What a hit reads comes first, then what changes hardly ever, then what calls write: so a hit reads no cache line that
 * other threads write often. Only this folder reads the fields beyond the first ones. */
struct _InternStore
{
  InternCounters counters; /* first, so that its address is that of the store: a hit then takes an instruction less */
  const guint8  *secret;   /* of the hashes in the cache: that of the process or, (owned), after
                            * intern_store_renew_cache(), another one */
  InternCache    cache;
  gsize          short_end; /* strings below this length are for intern_store_peek(); 0 if layered or closed */
  guint          n_layers;  /* below it: a snapshot, or a parent and its layers; at most INTERN_MAX_LAYERS */
  gboolean       frozen;    /* set once, with release, under every lock: no shard changes from then on */

  InternAlignedShard *shards;   /* (owned) (nullable) published once, with release */
  InternLedger       *ledger;   /* (owned) (nullable) published once, with release, under every lock */
  InternDataTable    *data;     /* (owned) (nullable) the same */
  InternForkLink      fork_link;
  gconstpointer       pool;     /* (nullable) the one that uses the store; only debuggers read it */
  InternObserver     *observer; /* (nullable) atomic */

  /* The layers under it: set before another thread knows the store. */
  InternSnapshot *snapshot;       /* (owned) (nullable) */
  InternCache    *snapshot_cache; /* (owned) (nullable) of strings of snapshot */
  InternStore    *parent;         /* (owned) (nullable) frozen */
  GHashTable     *lent_atoms;     /* (owned) (nullable) from strings of the layers that have no atom there to
                                   * atoms; guarded by atoms.lock */

  InternAtoms  atoms;
  gint         ref_count;
  gboolean     limited;  /* written under every lock, read under that of any shard */
  InternBlocks blocks;   /* where the strings of all shards lie */
  InternShard  first;

  /* Last: it is not zeroed. */
  InternStarter starter; /* of the first shard; its block stays in use when the store is split */
};

/* Returns FALSE to stop. */
typedef gboolean (*InternStoreFunc) (const char *string,
                                     gsize       length,
                                     gpointer    user_data);

/* Inlines all that a function calls, above all the hash, so that a hit makes no call and needs no stack. Rare
 * paths are called out of line. */
#define INTERN_HOT __attribute__ ((flatten))

/* store.c */

InternStore * intern_store_new           (const guint8   *secret,
                                          guint           n_data);
InternStore * intern_store_new_closed    (const guint8   *secret);
InternStore * intern_store_new_over      (const guint8   *secret,
                                          InternSnapshot *snapshot);
InternStore * intern_store_new_child     (InternStore    *parent);
InternStore * intern_store_new_successor (InternStore    *store);
gboolean      intern_store_hand_over     (InternStore    *store,
                                          InternStore    *successor);
InternStore * intern_store_ref           (InternStore    *store);
void          intern_store_unref         (InternStore    *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternStore, intern_store_unref)
void          intern_store_freeze        (InternStore    *store);

static inline gboolean
intern_store_is_frozen (InternStore *store)
{
  /* Acquire: pairs with the release in intern_store_freeze(). The shards can then be read without locks. */
  return intern_atomic_load_acquire (&store->frozen);
}

/* data.c */

gpointer intern_store_get_beside             (InternStore    *store,
                                              const char     *string,
                                              guint           position);
gboolean intern_store_put_data               (InternStore    *store,
                                              const char     *string,
                                              guint           position,
                                              gpointer       *data);
void     intern_store_set_data_destroy       (InternStore    *store,
                                              guint           position,
                                              GDestroyNotify  destroy);
gboolean intern_store_take_data_locked       (InternStore    *store,
                                              const char     *string,
                                              gpointer       *data);
void     intern_store_destroy_data           (InternStore    *store,
                                              gpointer       *data);
void     intern_store_destroy_all_data       (InternStore    *store);
void     intern_store_copy_data_destroy      (InternStore    *store,
                                              InternStore    *successor);
void     intern_store_free_data_table        (InternStore    *store);
guint64  intern_store_get_data_memory_locked (InternStore    *store);

static inline InternDataTable *
intern_store_get_data_table (InternStore *store)
{
  /* Acquire: pairs with the release in need_table_locked(), so that its lock is seen initialised. */
  return intern_atomic_load_acquire (&store->data);
}

/* Whether the data of a string is before its entry; otherwise it is in the table. */
static inline gboolean
intern_store_has_data_in_entries (InternStore *store)
{
  return store->blocks.data_size > 0;
}

/* Returns NULL if the string has none. */
static inline gpointer
intern_store_get_data (InternStore *store,
                       const char  *string,
                       guint        position)
{
  if (G_UNLIKELY (!intern_store_has_data_in_entries (store)))
    return intern_store_get_beside (store, string, position);

  return intern_entry_get_data (string, position);
}

/* trim.c */

gsize intern_store_trim (InternStore *store);

/* foreach.c */

gboolean intern_store_foreach (InternStore     *store,
                               InternStoreFunc  func,
                               gpointer         user_data);

/* locks.c */

InternShard * intern_store_lock_shard   (InternStore *store,
                                         guint64      hash);
void          intern_store_unlock_shard (InternStore *store,
                                         InternShard *shard);
void          intern_store_lock_all     (InternStore *store);
void          intern_store_unlock_all   (InternStore *store);

static inline InternAlignedShard *
intern_store_get_shards (InternStore *store)
{
  /* Acquire: pairs with the release in split_locked(), so that the shards are seen complete. */
  return intern_atomic_load_acquire (&store->shards);
}

/* Returns the current shard of @hash. */
static inline InternShard *
intern_store_get_shard (InternStore *store,
                        guint64      hash)
{
  InternAlignedShard *shards = intern_store_get_shards (store);

  return shards == NULL ? &store->first : &shards[hash >> (64 - INTERN_SHARDS_LOG2)].shard;
}

/* burial.c: for references see the end of this file */

void     intern_store_observe        (InternStore    *store,
                                      InternObserver *observer);
gboolean intern_store_has_mortal     (InternStore  *store,
                                      const char   *data,
                                      gsize         length,
                                      const char  **permanent);
gboolean intern_store_bury           (InternStore *store,
                                      const char  *string);
void     intern_store_make_permanent (InternStore *store,
                                      const char  *string);

/* search.c */

/* Inlined into every search. */
G_ALWAYS_INLINE static inline const guint8 *
intern_store_get_cache_secret (InternStore *store)
{
  /* Acquire: pairs with the release in intern_store_renew_cache(), so that the secret is seen complete. */
  return intern_atomic_load_acquire (&store->secret);
}

/* Whether the cache has a secret of its own. A hash of intern_store_get_cache_secret() is one of the shards if this is
 * FALSE afterwards. */
static inline gboolean
intern_store_has_cache_secret (InternStore *store)
{
  return intern_store_get_cache_secret (store) != intern_secret_peek ();
}

/* Returns the hash in the cache of a string that has @hash in the shards. */
static inline guint64
intern_store_cache_hash (InternStore *store,
                         const char  *data,
                         gsize        length,
                         guint64      hash)
{
  const guint8 *secret = intern_store_get_cache_secret (store);

  return G_LIKELY (secret == intern_secret_peek ()) ? hash : intern_hash_call (data, length, secret);
}

/* The key of a string that has a header, for its shard. */
static inline InternKey
intern_store_key (InternStore *store,
                  const char  *string)
{
  return intern_key (string, intern_entry_length (string), intern_secret_peek ());
}

const char * intern_store_search             (InternStore     *store,
                                              const char      *data,
                                              gsize            length,
                                              guint64          hash,
                                              InternPurpose    purpose,
                                              InternResult    *result);
gboolean     intern_store_contains           (InternStore     *store,
                                              const char      *data,
                                              gsize            length);
const char * intern_store_find_or_add_locked (InternStore     *store,
                                              InternShard     *shard,
                                              const InternKey *key,
                                              InternPurpose    purpose,
                                              InternResult    *result);

/* remember.c */

void intern_store_remember           (InternStore *store,
                                      guint64      hash,
                                      const char  *string);
void intern_store_remember_added     (InternStore *store,
                                      guint64      hash,
                                      const char  *string);
void intern_store_count_mortal_added (InternStore *store,
                                      guint64      hash);
void intern_store_renew_cache        (InternStore *store);

/* Sets @hash and returns the string if the first-candidate peek finds it: the caller counts the hit by
 * intern_store_count_hit(). After NULL the caller goes on with intern_store_search() and the same hash, which
 * counts. Inlined into callers with INTERN_HOT it makes no call; so it returns NULL, and no hash, for strings longer
 * than INTERN_INLINE_LENGTH. */
G_ALWAYS_INLINE static inline const char *
intern_store_peek (InternStore   *store,
                   const char    *data,
                   gsize          length,
                   InternPurpose  purpose,
                   guint64       *hash)
{
  InternKey key = { data, length, 0 };
  const char *ended = NULL;
  const char *string;

  *hash = 0;
  if (G_UNLIKELY (length > INTERN_INLINE_LENGTH))
    return NULL;

  *hash = key.hash = intern_hash (data, length, intern_store_get_cache_secret (store));
  if (!intern_purpose_refs (purpose))
    return intern_cache_peek (&store->cache, &key, intern_match_permanent, NULL);

  string = intern_cache_peek (&store->cache, &key, intern_match_ref, &ended);
  if (G_UNLIKELY (ended != NULL))
    intern_store_bury (store, ended);

  return string;
}

/* Strings below this length are for intern_store_peek(), others for intern_store_peek_any(). */
static inline gsize
intern_store_short_end (InternStore *store)
{
  return store->short_end;
}

static inline const char *
intern_store_count_hit (InternStore *store,
                        const char  *string,
                        gsize        length)
{
  return intern_counters_add_hit (&store->counters, string, length);
}

/* limits.c */

InternLedger * intern_store_need_ledger_locked (InternStore *store);

InternResult intern_store_reserve             (InternStore *store,
                                               gsize        length);
void         intern_store_give_back           (InternStore *store,
                                               gsize        length);
InternLimits intern_store_get_limits          (InternStore *store);
InternLimits intern_store_get_limits_locked   (InternStore *store);
gboolean     intern_store_set_max_strings     (InternStore *store,
                                               guint        max_strings);
gboolean     intern_store_set_max_bytes       (InternStore *store,
                                               guint64      max_bytes);
void         intern_store_apply_limits_locked (InternStore        *store,
                                               const InternLimits *max);
gboolean     intern_store_is_limited          (InternStore *store);
gboolean     intern_store_announce_limit      (InternStore *store);

static inline InternLedger *
intern_store_get_ledger (InternStore *store)
{
  /* Acquire: pairs with the release in intern_store_need_ledger_locked(), so that its lock is seen initialised. */
  return intern_atomic_load_acquire (&store->ledger);
}

/* stats.c */

guint            intern_store_get_n_strings     (InternStore *store);
guint64          intern_store_get_n_own_strings (InternStore *store);
guint64          intern_store_count_strings     (InternStore *store);
InternStoreStats intern_store_count_locked      (InternStore *store);
InternTally      intern_store_tally_locked      (InternStore *store);
InternStoreStats intern_store_get_stats         (InternStore *store);
void             intern_store_reset_stats       (InternStore *store);
void             intern_store_add_hits          (InternStore *store,
                                                 guint64      n_hits,
                                                 guint64      n_bytes);

/* layers.c */

/* A search may look at each layer, and some functions go from layer to layer on the stack. */
#define INTERN_MAX_LAYERS 500u

void         intern_store_set_layers              (InternStore      *store,
                                                   InternSnapshot   *snapshot,
                                                   InternStore      *parent);
void         intern_store_clear_layers            (InternStore      *store);
const char * intern_store_peek_layers             (InternStore      *store,
                                                   const char       *data,
                                                   gsize             length,
                                                   guint64          *hash);
const char * intern_store_find_in_layers          (InternStore      *store,
                                                   const InternKey  *key);
const char * intern_store_find_frozen             (InternStore      *store,
                                                   const InternKey  *key);
gboolean     intern_store_foreach_in_layers       (InternStore      *store,
                                                   InternStoreFunc   func,
                                                   gpointer          user_data);
gboolean     intern_store_is_headerless           (InternStore      *store,
                                                   const char       *string,
                                                   gsize            *length,
                                                   guint32          *atom);
gboolean     intern_store_owns                    (InternStore      *store,
                                                   const char       *string);
gboolean     intern_store_has_added               (InternStore      *store,
                                                   const char       *string);
guint64      intern_store_get_n_strings_in_layers (InternStore      *store);
void         intern_store_count_layers            (InternStore      *store,
                                                   InternStoreStats *stats);
guint64      intern_store_get_layers_memory       (InternStore      *store);

static inline gboolean
intern_store_is_layered (InternStore *store)
{
  return store->n_layers > 0;
}

/* intern_store_peek() for stores with layers and without. */
static inline const char *
intern_store_peek_any (InternStore *store,
                       const char  *data,
                       gsize        length,
                       guint64     *hash)
{
  return store->n_layers > 0 ? intern_store_peek_layers (store, data, length, hash)
                             : intern_store_peek (store, data, length, INTERN_TO_KEEP, hash);
}

static inline gboolean
intern_store_may_have_children (InternStore *store)
{
  return store->n_layers < INTERN_MAX_LAYERS;
}

/* Returns the length of a string that @store has returned. */
static inline gsize
intern_store_length (InternStore *store,
                     const char  *string)
{
  gsize length;
  guint32 ignored;

  if (G_UNLIKELY (store->n_layers > 0) && intern_store_is_headerless (store, string, &length, &ignored))
    return length;

  return intern_entry_length (string);
}

/* atoms.c */

guint32      intern_store_assign_atom        (InternStore *store,
                                              const char  *string);
InternResult intern_store_get_atom_refusal   (InternStore *store);
const char * intern_store_atom_in_layers     (InternStore *store,
                                              guint32      atom);
guint32      intern_store_find_layered_atom  (InternStore *store,
                                              const char  *string);
guint32      intern_store_get_first_atom     (InternStore *store);
guint        intern_store_count_atoms        (InternStore *store);
guint32      intern_store_get_nth_atom       (InternStore *store,
                                              guint        n);

/* Returns the next atom that will be assigned. */
static inline guint32
intern_store_get_next_atom (InternStore *store)
{
  return intern_atoms_get_next (&store->atoms);
}

static inline const char *
intern_store_atom_to_string (InternStore *store,
                             guint32      atom)
{
  const char *string = intern_atoms_string (&store->atoms, atom);

  if (G_UNLIKELY (string == NULL) && store->n_layers > 0)
    return intern_store_atom_in_layers (store, atom);

  return string;
}

/* Returns the atom of a string of @store, or 0 if it has none. */
static inline guint32
intern_store_find_atom (InternStore *store,
                        const char  *string)
{
  return G_UNLIKELY (store->n_layers > 0) ? intern_store_find_layered_atom (store, string)
                                          : intern_entry_atom (string);
}

/* Returns the atom of a living string of @store, or 0 if there are no more. A string without one gets it and
 * becomes permanent. */
static inline guint32
intern_store_atom (InternStore *store,
                   const char  *string)
{
  const guint32 atom = intern_store_find_atom (store, string);

  return G_LIKELY (atom != 0) ? atom : intern_store_assign_atom (store, string);
}

/* References */

/* Drops a reference. Buries the string if it was the last one. */
static inline InternLife
intern_store_lower (InternStore *store,
                    const char  *string)
{
  const InternLife life = intern_header_lower (intern_entry_header (string));

  if (G_UNLIKELY (life == INTERN_LIFE_ENDED) && !intern_store_bury (store, string))
    return INTERN_LIFE_FOREIGN;

  return life;
}

/* Takes a reference for the duration of a call, while other threads may release the string. */
static inline void
intern_store_raise_any (InternStore *store,
                        const char  *string)
{
  gsize length;
  guint32 atom;

  if (store->n_layers == 0 || !intern_store_is_headerless (store, string, &length, &atom))
    intern_header_raise (intern_entry_header (string));
}

static inline void
intern_store_lower_any (InternStore *store,
                        const char  *string)
{
  gsize length;
  guint32 atom;

  if (store->n_layers == 0 || !intern_store_is_headerless (store, string, &length, &atom))
    intern_store_lower (store, string);
}
