/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine: strings in, the one copy out. No GObject, no signals, no logging.
 *
 * A store has one shard at first and INTERN_SHARDS of them once it has grown or callers have
 * waited for each other; the highest bits of the hash choose among them. Whatever answers
 * without a lock stands before the shards, here and nowhere else.
 *
 * Every function may be called from any thread. Locks are taken in this order: the first shard,
 * the other shards by number, the limits, the cache, the atoms, the cache of a snapshot. A caller
 * that wants one string takes one shard, and the limits with it if there are any.
 * A store is counted by reference, since a view of its bytes can outlive the pool; to clear a
 * pool is to give it a new store.
 */

#pragma once

#include "base/counters.h"
#include "storage/atoms.h"
#include "storage/entry.h"
#include "storage/shard.h"
#include "cache/cache.h"
#include "snapshot/reader.h"

typedef struct _InternStore InternStore;

/* What hits and atoms need, at the head of every store, so that they can be inlined into their
 * callers. */
typedef struct
{
  const guint8  *secret;
  InternCache    cache;
  InternCounters counters;
  InternAtoms    atoms;
  gsize          short_end; /* strings shorter than that are for intern_store_peek(), short of registers:
                             * none, if the store is layered */
  gboolean       layered; /* something lies below: a snapshot, or a frozen store */
  gboolean       frozen;  /* set once, with release, under every lock: then no shard changes */
} InternStoreFront;

typedef enum
{
  INTERN_RESULT_FOUND,
  INTERN_RESULT_ADDED,
  INTERN_RESULT_ABSENT,
  INTERN_RESULT_FULL_STRINGS, /* max_strings is reached */
  INTERN_RESULT_FULL_BYTES,   /* max_bytes would be passed */
  INTERN_RESULT_FULL_INDEX,   /* more than a table can count */
  INTERN_RESULT_FROZEN,       /* nothing is added any more */
  INTERN_RESULT_FULL_ATOMS,   /* no number is left */
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

typedef gboolean (*InternStoreFunc) (const char *string,
                                     gsize       length,
                                     gpointer    user_data);

InternStore *    intern_store_new            (const guint8     *secret);
InternStore *    intern_store_new_over       (const guint8     *secret,
                                              InternSnapshot   *snapshot);
InternStore *    intern_store_new_child      (InternStore      *parent);
InternStore *    intern_store_new_successor  (InternStore      *store);
InternStore *    intern_store_ref            (InternStore      *store);
void             intern_store_unref          (InternStore      *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternStore, intern_store_unref)

const char *     intern_store_intern         (InternStore      *store,
                                              const char       *data,
                                              gsize             length,
                                              guint64           hash,
                                              InternResult     *result);
const char *     intern_store_acquire        (InternStore      *store,
                                              const char       *data,
                                              gsize             length,
                                              guint64           hash,
                                              InternResult     *result);
gboolean         intern_store_bury           (InternStore      *store,
                                              const char       *string);
guint32          intern_store_assign_atom    (InternStore      *store,
                                              const char       *string);
guint32          intern_store_assign_atom_locked (InternStore  *store,
                                              const char       *string);
InternResult     intern_store_get_atom_refusal (InternStore    *store);
const char *     intern_store_lookup         (InternStore      *store,
                                              const char       *data,
                                              gsize             length,
                                              guint64           hash);
gboolean         intern_store_contains       (InternStore      *store,
                                              const char       *data,
                                              gsize             length);
gboolean         intern_store_foreach        (InternStore      *store,
                                              InternStoreFunc   func,
                                              gpointer          user_data);

/* For batches, which work on a shard for longer. */
InternShard *    intern_store_lock_shard     (InternStore      *store,
                                              guint64           hash);
void             intern_store_unlock_shard   (InternStore      *store,
                                              InternShard      *shard);
const char *     intern_store_find_or_add_locked (InternStore  *store,
                                              InternShard      *shard,
                                              const InternKey  *key,
                                              gboolean          mortal,
                                              InternResult     *result);
void             intern_store_remember       (InternStore      *store,
                                              const InternKey  *key,
                                              const char       *string);
gboolean         intern_store_is_limited     (InternStore      *store);
void             intern_store_lock_all       (InternStore      *store);
void             intern_store_unlock_all     (InternStore      *store);
InternStoreStats intern_store_count_locked   (InternStore      *store);

InternLimits     intern_store_get_limits     (InternStore      *store);
gboolean         intern_store_set_max_strings (InternStore     *store,
                                              guint             max_strings);
gboolean         intern_store_set_max_bytes  (InternStore      *store,
                                              guint64           max_bytes);
gboolean         intern_store_announce_limit (InternStore      *store);

guint            intern_store_get_n_strings  (InternStore      *store);
guint64          intern_store_count_strings  (InternStore      *store);
void             intern_store_freeze         (InternStore      *store);

InternStoreStats intern_store_get_stats      (InternStore      *store);
void             intern_store_reset_stats    (InternStore      *store);
void             intern_store_add_hits       (InternStore      *store,
                                              guint64           n_hits,
                                              guint64           n_bytes);

/* Whether a string lies in a snapshot and has no header, and if so, @length and @atom. */
gboolean         intern_store_is_bare        (InternStore      *store,
                                              const char       *string,
                                              gsize            *length,
                                              guint32          *atom);
/* Whether a string lies in the memory of @store or of a store below it. Looks at every block. */
gboolean         intern_store_owns           (InternStore      *store,
                                              const char       *string);
const char *     intern_store_atom_below     (InternStore      *store,
                                              guint32           atom);
guint32          intern_store_find_atom_layered (InternStore   *store,
                                              const char       *string);

/* The length of a string that @store has handed out. */
static inline gsize
intern_store_length (InternStore *store,
                     const char  *string)
{
  gsize length;
  guint32 ignored;

  if (G_UNLIKELY (((InternStoreFront *) store)->layered) &&
      intern_store_is_bare (store, string, &length, &ignored))
    return length;

  return intern_entry_length (string);
}

static inline gboolean
intern_store_is_frozen (InternStore *store)
{
  /* Acquire: pairs with the release in intern_store_freeze(). What the shards hold then they hold
   * for ever, and it can be read without their locks. */
  return intern_load_acquire (&((InternStoreFront *) store)->frozen);
}

/* Returns the atom of a string of @store, or 0 if it has none. */
static inline guint32
intern_store_find_atom (InternStore *store,
                        const char  *string)
{
  if (G_UNLIKELY (((InternStoreFront *) store)->layered))
    return intern_store_find_atom_layered (store, string);

  return intern_entry_atom (string);
}

/* Returns the atom of a string of @store that lives, which gets one and lives for ever if it has
 * none; or 0 if there are no more. */
static inline guint32
intern_store_atom (InternStore *store,
                   const char  *string)
{
  const guint32 atom = intern_store_find_atom (store, string);

  return G_LIKELY (atom != 0) ? atom : intern_store_assign_atom (store, string);
}

/* The first number that may be one of this store or of what lies below. */
guint32          intern_store_get_first_atom (InternStore      *store);

/* Gives an atom to each string from below that has none. While it runs the store may be cleared. */
void             intern_store_number_below   (InternStore      *store);

/* The strings that have atoms, as rows without gaps: numbers from before a clear() have none. */
guint            intern_store_count_rows     (InternStore      *store);
guint32          intern_store_get_row_atom   (InternStore      *store,
                                              guint             row);

/* The one that will be given next. */
static inline guint32
intern_store_get_next_atom (InternStore *store)
{
  return intern_atoms_get_next (&((InternStoreFront *) store)->atoms);
}

static inline const char *
intern_store_atom_to_string (InternStore *store,
                             guint32      atom)
{
  const char *string = intern_atoms_string (&((InternStoreFront *) store)->atoms, atom);

  if (G_UNLIKELY (string == NULL) && ((InternStoreFront *) store)->layered)
    return intern_store_atom_below (store, atom);

  return string;
}

/* All that such a function calls is inlined, the hash above all, so that a hit makes no call and
 * needs no stack. What is rare it calls out of line. */
#define INTERN_HOT __attribute__ ((flatten))

/* Takes the hash of a search and returns its string if that needs no more than a glance, to be
 * counted by intern_store_count_hit(). Else NULL, which means nothing: the search goes on in
 * intern_store_intern() or intern_store_lookup(), with the same hash, and is counted there.
 * Inlined, with all that it calls, it makes no call at all; so it leaves long strings alone,
 * unhashed. Callers carry the attribute INTERN_HOT for that. */
static inline const char *
intern_store_peek (InternStore *store,
                   const char  *data,
                   gsize        length,
                   guint64     *hash)
{
  InternStoreFront *front = (InternStoreFront *) store;
  InternKey key = { data, length, 0 };

  *hash = 0;
  if (G_UNLIKELY (length > INTERN_INLINE_LENGTH))
    return NULL;

  *hash = key.hash = intern_hash (data, length, front->secret);

  return intern_cache_peek (&front->cache, &key);
}

static inline const char *
intern_store_count_hit (InternStore *store,
                        const char  *string,
                        gsize        length)
{
  return intern_counters_add_hit (&((InternStoreFront *) store)->counters, string, length);
}

static inline gsize
intern_store_short_end (InternStore *store)
{
  return ((InternStoreFront *) store)->short_end;
}

static inline gboolean
intern_store_is_layered (InternStore *store)
{
  return ((InternStoreFront *) store)->layered;
}

/* The same where something lies below, in which it looks first. Not inlined. */
const char *     intern_store_peek_layered   (InternStore      *store,
                                              const char       *data,
                                              gsize             length,
                                              guint64          *hash);

/* The same for either. */
static inline const char *
intern_store_peek_any (InternStore *store,
                       const char  *data,
                       gsize        length,
                       guint64     *hash)
{
  return intern_store_is_layered (store) ? intern_store_peek_layered (store, data, length, hash)
                                         : intern_store_peek (store, data, length, hash);
}

/* The same for intern_store_acquire(): a string that is returned has one reference more. */
static inline const char *
intern_store_peek_acquire (InternStore *store,
                           const char  *data,
                           gsize        length,
                           guint64     *hash)
{
  InternStoreFront *front = (InternStoreFront *) store;
  InternKey key = { data, length, 0 };
  const char *ended = NULL;
  const char *string;

  *hash = 0;
  if (G_UNLIKELY (length > INTERN_INLINE_LENGTH))
    return NULL;

  *hash = key.hash = intern_hash (data, length, front->secret);
  string = intern_cache_peek_acquire (&front->cache, &key, &ended);
  if (G_LIKELY (string != NULL))
    return intern_counters_add_hit (&front->counters, string, length);
  if (G_UNLIKELY (ended != NULL))
    intern_store_bury (store, ended);

  return NULL;
}

/* One reference less. Returns what is left of it. */
static inline InternLife
intern_store_lower (InternStore *store,
                    const char  *string)
{
  const InternLife life = intern_header_lower (intern_entry_header (string));

  if (G_UNLIKELY (life == INTERN_LIFE_ENDED) && !intern_store_bury (store, string))
    return INTERN_LIFE_FOREIGN;

  return life;
}

/* Takes a reference to a string that is listed while other threads release strings. */
static inline void
intern_store_hold (InternStore *store,
                   const char  *string)
{
  gsize length;
  guint32 atom;

  if (!((InternStoreFront *) store)->layered || !intern_store_is_bare (store, string, &length, &atom))
    intern_header_raise (intern_entry_header (string));
}

static inline void
intern_store_let_go (InternStore *store,
                     const char  *string)
{
  gsize length;
  guint32 atom;

  if (!((InternStoreFront *) store)->layered || !intern_store_is_bare (store, string, &length, &atom))
    intern_store_lower (store, string);
}
