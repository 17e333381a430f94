/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "base/fork.h"
#include "base/heap.h"
#include "intern-error.h"

/**
 * SECTION:intern-pool
 * @title: InternPool
 * @short_description: One copy of every distinct string
 *
 * An #InternPool keeps one copy of every distinct string and hands out the same address for
 * equal strings. Equality is then one comparison of pointers, and a million repeats cost the
 * memory of one.
 *
 * |[<!-- language="C" -->
 * g_autoptr (InternPool) pool = intern_pool_new ();
 * const char *a = intern_pool_intern (pool, "hello");
 * const char *b = intern_pool_intern (pool, user_input);
 *
 * if (a == b)
 *   g_print ("the user said hello\n");
 * ]|
 *
 * Strings are equal when they have the same length and the same bytes. Any bytes will do, NULs
 * included: intern_pool_intern_len() and intern_pool_intern_bytes() take them. The pool copies
 * everything and never keeps a pointer of its caller. What it returns is followed by a NUL, never
 * changes, and lives until the pool is cleared or finalized.
 *
 * Every method may be called from any thread at any time; only intern_pool_clear() needs the
 * pool to itself. Signals and notifications come in the thread that causes them, except
 * #InternPool::stats-changed and the notifications of the statistics, which come in the main
 * context that was the thread default when the pool was made. No lock of the pool is held while
 * a handler runs, so a handler may use the pool, and may drop the last reference to it.
 *
 * Since: 0.1
 */

/**
 * InternPool:
 *
 * A pool of strings. The struct is opaque.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (InternPool, intern_pool, G_TYPE_OBJECT)

typedef enum
{
  PROP_MAX_STRINGS = 1,
  PROP_MAX_BYTES,
  PROP_EMIT_ADDED,
  PROP_STATS_INTERVAL,
  PROP_N_STRINGS,
  PROP_N_MORTAL,
  PROP_N_DEAD,
  PROP_N_LOOKUPS,
  PROP_N_HITS,
  PROP_N_MISSES,
  PROP_BYTES_STORED,
  PROP_BYTES_REQUESTED,
  PROP_BYTES_RECYCLED,
  PROP_MEMORY_USAGE,
  PROP_HIT_RATIO,
  PROP_BYTES_SAVED,
  N_PROPS
} InternPoolProperty;

static GParamSpec *properties[N_PROPS];

/* The statistics: each is a property and a field of InternPoolStats. */
typedef struct
{
  const char *name;
  const char *blurb;
  GType       type;
  gsize       offset;
} StatsField;

static const StatsField stats_fields[N_PROPS] = {
  /**
   * InternPool:n-strings:
   *
   * How many distinct strings the pool holds.
   *
   * Since: 0.1
   */
  [PROP_N_STRINGS] = { "n-strings", "Distinct strings that the pool holds",
    G_TYPE_UINT, G_STRUCT_OFFSET (InternPoolStats, n_strings) },

  /**
   * InternPool:n-mortal:
   *
   * How many strings live by reference count, not as long as the pool.
   *
   * Since: 0.1
   */
  [PROP_N_MORTAL] = { "n-mortal", "Strings that live by reference count",
    G_TYPE_UINT, G_STRUCT_OFFSET (InternPoolStats, n_mortal) },

  /**
   * InternPool:n-dead:
   *
   * How many places of released strings wait for a new string.
   *
   * Since: 0.1
   */
  [PROP_N_DEAD] = { "n-dead", "Places of released strings that wait for a new one",
    G_TYPE_UINT, G_STRUCT_OFFSET (InternPoolStats, n_dead) },

  /**
   * InternPool:n-lookups:
   *
   * How many calls have searched for a string: hits and misses together.
   *
   * Since: 0.1
   */
  [PROP_N_LOOKUPS] = { "n-lookups", "Calls that searched for a string",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, n_lookups) },

  /**
   * InternPool:n-hits:
   *
   * How many searches found the string.
   *
   * Since: 0.1
   */
  [PROP_N_HITS] = { "n-hits", "Searches that found the string",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, n_hits) },

  /**
   * InternPool:n-misses:
   *
   * How many searches did not find the string, whether it was then added or not.
   *
   * Since: 0.1
   */
  [PROP_N_MISSES] = { "n-misses", "Searches that did not find the string",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, n_misses) },

  /**
   * InternPool:bytes-stored:
   *
   * The bytes of all distinct strings, without the NUL after each.
   *
   * Since: 0.1
   */
  [PROP_BYTES_STORED] = { "bytes-stored", "Bytes of all distinct strings",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, bytes_stored) },

  /**
   * InternPool:bytes-requested:
   *
   * The bytes of all strings that calls have returned, repeats included.
   *
   * Since: 0.1
   */
  [PROP_BYTES_REQUESTED] = { "bytes-requested", "Bytes of all strings handed out",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, bytes_requested) },

  /**
   * InternPool:bytes-recycled:
   *
   * The bytes of released strings whose room a new string has taken.
   *
   * Since: 0.1
   */
  [PROP_BYTES_RECYCLED] = { "bytes-recycled", "Bytes of released strings whose room was used again",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, bytes_recycled) },

  /**
   * InternPool:memory-usage:
   *
   * The bytes of memory that the pool holds: strings, tables, counters and the object itself,
   * with what the heap adds to each of them.
   *
   * Since: 0.1
   */
  [PROP_MEMORY_USAGE] = { "memory-usage", "Bytes of memory that the pool holds",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, memory_usage) },

  /**
   * InternPool:hit-ratio:
   *
   * The share of searches that found the string, from 0 to 1; 0 before the first search.
   *
   * Since: 0.1
   */
  [PROP_HIT_RATIO] = { "hit-ratio", "Share of searches that found the string",
    G_TYPE_DOUBLE, G_STRUCT_OFFSET (InternPoolStats, hit_ratio) },

  /**
   * InternPool:bytes-saved:
   *
   * The memory that a g_strdup() for each string handed out would have taken, less
   * #InternPool:memory-usage. It is negative as long as the pool costs more than it saves, as
   * with strings that never repeat.
   *
   * Since: 0.1
   */
  [PROP_BYTES_SAVED] = { "bytes-saved", "Bytes saved against a copy for each request",
    G_TYPE_INT64, G_STRUCT_OFFSET (InternPoolStats, bytes_saved) },
};

#define FIRST_STAT PROP_N_STRINGS

GType intern_pool_type;

static InternPool *default_pool; /* written once, by intern_pool_get_default() */

/* Interning */

static void
set_refusal (GError       **error,
             InternStore   *store,
             gsize          length,
             InternResult   result)
{
  const InternLimits limits = intern_store_get_limits (store);

  switch (result)
    {
    case INTERN_RESULT_FULL_STRINGS:
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_FULL,
                   "The pool is full: its limit of strings, max-strings, is %u", limits.max_strings);
      break;

    case INTERN_RESULT_FULL_BYTES:
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_FULL,
                   "The pool has no room for a string of length %" G_GSIZE_FORMAT ": "
                   "its limit of bytes, max-bytes, is %" G_GUINT64_FORMAT,
                   length, limits.max_bytes);
      break;

    case INTERN_RESULT_FULL_INDEX:
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_FULL,
                           "The pool holds as many strings as its index can count");
      break;

    case INTERN_RESULT_FROZEN:
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_FROZEN,
                           "The pool is frozen: it takes no new strings and gives out no new atoms");
      break;

    case INTERN_RESULT_FULL_ATOMS:
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_FULL,
                           "The pool has given out as many atoms as there are numbers");
      break;

    case INTERN_RESULT_OVER_LIMIT:
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "A string of length %" G_GSIZE_FORMAT " is longer than all that the pool may hold: "
                   "its limit of bytes, max-bytes, is %" G_GUINT64_FORMAT,
                   length, limits.max_bytes);
      break;

    case INTERN_RESULT_TOO_LONG:
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "A string of length %" G_GSIZE_FORMAT " is too long: "
                   "the longest that a pool can hold has length %" G_GSIZE_FORMAT,
                   length, INTERN_MAX_LENGTH);
      break;

    case INTERN_RESULT_NO_MEMORY:
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for a string of length %" G_GSIZE_FORMAT, length);
      break;

    case INTERN_RESULT_FOUND:
    case INTERN_RESULT_ADDED:
    case INTERN_RESULT_ABSENT:
    default:
      g_assert_not_reached ();
    }
}

/* What is left to do when a string was not there: the last thing that a call does. */
void
intern_pool_finish_miss (InternPool    *self,
                         InternStore   *store,
                         const char    *string,
                         gsize          length,
                         InternResult   result,
                         GError       **error)
{
  const InternBatchItem item = { .string = string, .length = length, .result = result };

  if (result == INTERN_RESULT_ADDED)
    intern_pool_tell_added (self, store, &item, 1);
  else
    {
      set_refusal (error, store, length, result);
      if (result == INTERN_RESULT_FULL_STRINGS || result == INTERN_RESULT_FULL_BYTES)
        intern_pool_tell_limit (self, store);
    }
}

G_NO_INLINE const char *
intern_pool_intern_slowly (InternPool  *self,
                           const char  *data,
                           gsize        length,
                           guint64      hash,
                           GError     **error)
{
  InternStore *store = self->store;
  InternResult result;
  const char *string = intern_store_search (store, data, length, hash, INTERN_TO_KEEP, &result);

  if (result != INTERN_RESULT_FOUND)
    intern_pool_finish_miss (self, store, string, length, result, error);

  return string;
}

INTERN_HOT G_NO_INLINE const char *
intern_pool_intern_longer (InternPool  *self,
                           const char  *data,
                           gsize        length,
                           GError     **error)
{
  guint64 hash;
  const char *string = intern_store_peek_any (self->store, data, length, &hash);

  if (G_UNLIKELY (string == NULL))
    return intern_pool_intern_slowly (self, data, length, hash, error);

  return intern_store_count_hit (self->store, string, length);
}

static INTERN_HOT G_NO_INLINE const char *
intern_terminated (InternPool  *self,
                   const char  *string,
                   GError     **error)
{
  return string == NULL ? NULL : intern_pool_intern_inline (self, string, strlen (string), error);
}

/* What is no short string: one that a NUL ends, a long one, or none. */
static G_NO_INLINE const char *
intern_other (InternPool  *self,
              const char  *data,
              gssize       length,
              GError     **error)
{
  if (length < 0)
    return intern_terminated (self, data, error);
  if (data == NULL)
    return NULL;

  return intern_pool_intern_longer (self, data, (gsize) length, error);
}

static inline gboolean
is_short (InternPool *self,
          const char *data,
          gssize      length)
{
  return data != NULL && (gsize) length < intern_store_short_end (self->store);
}

static inline const char *
lookup (InternPool *self,
        const char *data,
        gsize       length)
{
  InternResult ignored;
  guint64 hash;
  const char *string = intern_store_peek_any (self->store, data, length, &hash);

  if (G_UNLIKELY (string == NULL))
    return intern_store_search (self->store, data, length, hash, INTERN_TO_SEE, &ignored);

  return intern_store_count_hit (self->store, string, length);
}

static INTERN_HOT G_NO_INLINE const char *
lookup_terminated (InternPool *self,
                   const char *string)
{
  return string == NULL ? NULL : lookup (self, string, strlen (string));
}

/**
 * intern_pool_new: (constructor)
 *
 * Creates an empty pool without limits.
 *
 * Returns: (transfer full): a new pool, to be freed with g_object_unref()
 *
 * Since: 0.1
 */
InternPool *
intern_pool_new (void)
{
  return g_object_new (INTERN_TYPE_POOL, NULL);
}

InternPool *
intern_pool_new_with_store (InternStore *store)
{
  InternPool *self = intern_pool_new ();

  intern_store_unref (self->store);
  self->store = store;

  return self;
}

/* Returns a reference to the store as it is now. It is whole for as long as the caller holds it, also
 * when the pool is cleared meanwhile. */
InternStore *
intern_pool_ref_store (InternPool *self)
{
  InternStore *store;

  intern_lock (&self->lock);
  store = intern_store_ref (self->store);
  intern_unlock (&self->lock);

  return store;
}

/* Returns the store that was there before, and the reference to it. */
static InternStore *
replace_store (InternPool  *self,
               InternStore *store)
{
  InternStore *old;

  intern_lock (&self->lock);
  old = self->store;
  self->store = store;
  intern_unlock (&self->lock);

  return old;
}

/**
 * intern_pool_get_default:
 *
 * Gets the pool that the whole process shares. It is made on first use and never freed, and it
 * cannot be cleared: its strings are valid as long as the process. A library is better off with
 * a pool of its own, which it can free and limit. May be called from any thread.
 *
 * Returns: (transfer none): the default pool
 *
 * Since: 0.1
 */
InternPool *
intern_pool_get_default (void)
{
  static gsize made;

  if (g_once_init_enter (&made))
    {
      /* Release: pairs with the acquire below. GLib's own once would do, but a race detector
       * cannot see into it. */
      __atomic_store_n (&default_pool, intern_pool_new (), __ATOMIC_RELEASE);
      g_once_init_leave (&made, 1);
    }

  return __atomic_load_n (&default_pool, __ATOMIC_ACQUIRE);
}

gboolean
intern_pool_is_default (InternPool *self)
{
  return self == __atomic_load_n (&default_pool, __ATOMIC_RELAXED);
}

/**
 * intern_pool_intern: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Gets the pool's copy of @string, and makes it first if there is none.
 *
 * The copy lives until the pool is cleared or finalized. May be called from any thread. To hear
 * why a string is refused, use intern_pool_try_intern(); in the languages of bindings that call
 * is this one.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL if @string is %NULL or a
 *   limit of the pool refuses it
 *
 * Since: 0.1
 */
const char *
intern_pool_intern (InternPool *self,
                    const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  return intern_terminated (self, string, NULL);
}

/**
 * intern_pool_intern_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: how many, or -1 if a NUL ends them
 *
 * Like intern_pool_intern(), for a string that no NUL ends or that holds one.
 *
 * Returns: (transfer none) (nullable): the interned string, always followed by a NUL, or %NULL
 *   if @data is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_intern_len (InternPool *self,
                        const char *data,
                        gssize      length)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  if (G_LIKELY (is_short (self, data, length)))
    return intern_pool_intern_short (self, data, (gsize) length, NULL);

  g_return_val_if_fail (length >= -1, NULL);

  return intern_other (self, data, length, NULL);
}

/**
 * intern_pool_try_intern: (rename-to intern_pool_intern)
 * @self: a pool
 * @string: (nullable): a string
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_intern(), and says why a string is refused: %INTERN_ERROR_FULL when the pool
 * is at a limit, %INTERN_ERROR_TOO_LONG when the string alone is too much for it. The pool still
 * finds what it has.
 *
 * The copy lives until the pool is cleared or finalized. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL with @error set; %NULL
 *   without an error if @string is %NULL
 *
 * Since: 0.1
 */
const char *
intern_pool_try_intern (InternPool  *self,
                        const char  *string,
                        GError     **error)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return intern_terminated (self, string, error);
}

/**
 * intern_pool_try_intern_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: how many, or -1 if a NUL ends them
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_try_intern(), for a string that no NUL ends or that holds one.
 *
 * Returns: (transfer none) (nullable): the interned string, always followed by a NUL, or %NULL
 *   with @error set; %NULL without an error if @data is %NULL
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_try_intern_len (InternPool  *self,
                            const char  *data,
                            gssize       length,
                            GError     **error)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (length >= -1, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return is_short (self, data, length) ? intern_pool_intern_short (self, data, (gsize) length, error)
                                       : intern_other (self, data, length, error);
}

/* g_bytes_get_data() gives NULL for no bytes, which here means no string. */
static const char *
bytes_data (GBytes *bytes,
            gsize  *length)
{
  const char *data = g_bytes_get_data (bytes, length);

  return data != NULL ? data : "";
}

/**
 * intern_pool_intern_bytes:
 * @self: a pool
 * @bytes: (nullable): the bytes of a string
 * @error: return location for a #GError, or %NULL
 *
 * Interns any bytes, NULs included, and returns the pool's copy as a #GBytes: a view without a
 * copy, which keeps the memory of the pool's strings alive even when the pool has been cleared or
 * finalized. Equal bytes give views of the same address; the #GBytes themselves are new each
 * time. May be called from any thread. Fails like intern_pool_try_intern().
 *
 * Returns: (transfer full) (nullable): a view of the interned string, or %NULL with @error set;
 *   %NULL without an error if @bytes is %NULL
 *
 * Since: 0.1
 */
GBytes *
intern_pool_intern_bytes (InternPool  *self,
                          GBytes      *bytes,
                          GError     **error)
{
  InternStore *store;
  GBytes *view = NULL;
  const char *data, *string;
  gsize length;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (bytes == NULL)
    return NULL;

  /* Before the call: a handler may clear the pool. */
  store = intern_store_ref (self->store);
  data = bytes_data (bytes, &length);
  string = intern_pool_intern_inline (self, data, length, error);
  if (string != NULL)
    view = g_bytes_new_with_free_func (string, length,
                                       (GDestroyNotify) intern_store_unref, intern_store_ref (store));
  intern_store_unref (store);

  return view;
}

/**
 * intern_pool_lookup:
 * @self: a pool
 * @string: (nullable): a string
 *
 * Gets the pool's copy of @string if there is one. Never adds anything: the call for strings
 * from strangers, which a pool should know but not learn. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL if the pool does not hold
 *   it or @string is %NULL
 *
 * Since: 0.1
 */
const char *
intern_pool_lookup (InternPool *self,
                    const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  return lookup_terminated (self, string);
}

/**
 * intern_pool_lookup_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: how many, or -1 if a NUL ends them
 *
 * Like intern_pool_lookup(), for a string that no NUL ends or that holds one.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL if the pool does not hold
 *   it or @data is %NULL
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_lookup_len (InternPool *self,
                        const char *data,
                        gssize      length)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (length >= -1, NULL);

  if (length < 0)
    return lookup_terminated (self, data);
  if (data == NULL)
    return NULL;

  return lookup (self, data, (gsize) length);
}

/**
 * intern_pool_contains:
 * @self: a pool
 * @string: (nullable): a string
 *
 * Tells whether the pool holds @string. The search counts as one, but its bytes do not count as
 * requested, since nothing is handed out. May be called from any thread.
 *
 * Returns: %TRUE if the pool holds @string; %FALSE for %NULL
 *
 * Since: 0.1
 */
gboolean
intern_pool_contains (InternPool *self,
                      const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);

  if (string == NULL)
    return FALSE;

  return intern_store_contains (self->store, string, strlen (string));
}

/**
 * intern_pool_contains_bytes:
 * @self: a pool
 * @bytes: (nullable): the bytes of a string
 *
 * Like intern_pool_contains(), for any bytes, NULs included.
 *
 * Returns: %TRUE if the pool holds @bytes; %FALSE for %NULL
 *
 * Since: 0.1
 */
gboolean
intern_pool_contains_bytes (InternPool *self,
                            GBytes     *bytes)
{
  const char *data;
  gsize length;

  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);

  if (bytes == NULL)
    return FALSE;

  data = bytes_data (bytes, &length);

  return intern_store_contains (self->store, data, length);
}

/**
 * intern_pool_get_length: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that is still valid
 *
 * Gets the length of an interned string in bytes, without reading through it: NULs inside are
 * counted. @interned must be the very pointer that this pool returned; an equal string at another
 * address will not do, and cannot be told apart. May be called from any thread.
 *
 * Returns: the length in bytes, without the NUL at the end; 0 for %NULL
 *
 * Since: 0.1
 */
gsize
intern_pool_get_length (InternPool *self,
                        const char *interned)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  if (interned == NULL)
    return 0;
  if (G_UNLIKELY (self->holders != NULL) && !intern_pool_check_owner (self, interned, G_STRFUNC))
    return 0;

  return intern_store_length (self->store, interned);
}

/**
 * intern_pool_foreach: (skip)
 * @self: a pool
 * @func: what to call for each string
 * @user_data: data for @func
 *
 * Calls @func for each string of the pool, in no particular order, until it returns %FALSE. No
 * lock is held meanwhile: @func may use the pool. Strings that are added meanwhile may or may
 * not be seen. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_foreach (InternPool            *self,
                     InternPoolForeachFunc  func,
                     gpointer               user_data)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (func != NULL);

  store = intern_pool_ref_store (self);
  intern_store_foreach (store, func, user_data);
}

typedef struct
{
  InternPoolForeachBytesFunc func;
  gpointer                   user_data;
} BytesCaller;

static gboolean
call_with_bytes (const char *string,
                 gsize       length,
                 gpointer    user_data)
{
  const BytesCaller *caller = user_data;

  return caller->func ((const guint8 *) string, length, caller->user_data);
}

/**
 * intern_pool_foreach_bytes:
 * @self: a pool
 * @func: (scope call): what to call for each string
 * @user_data: data for @func
 *
 * Like intern_pool_foreach(), with the bytes of each string as an array: a script gets strings
 * that are not UTF-8 or hold a NUL whole.
 *
 * Since: 0.1
 */
void
intern_pool_foreach_bytes (InternPool                 *self,
                           InternPoolForeachBytesFunc  func,
                           gpointer                    user_data)
{
  BytesCaller caller = { func, user_data };

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (func != NULL);

  intern_pool_foreach (self, call_with_bytes, &caller);
}

static gboolean
append_copy (const char *string,
             gsize       length,
             gpointer    user_data)
{
  /* With the NUL; g_strndup() would stop at one inside. */
  g_ptr_array_add (user_data, g_memdup2 (string, length + 1));

  return TRUE;
}

/**
 * intern_pool_dup_strings: (skip)
 * @self: a pool
 *
 * Copies all strings of the pool, in no particular order. A string that holds a NUL is copied
 * whole, but nothing in the result tells its length: where there may be such strings, use
 * intern_pool_foreach(). May be called from any thread.
 *
 * Returns: (transfer full) (array zero-terminated=1): the strings and a %NULL, to be freed with
 *   g_strfreev()
 *
 * Since: 0.1
 */
char **
intern_pool_dup_strings (InternPool *self)
{
  GPtrArray *strings;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  strings = g_ptr_array_new ();
  intern_pool_foreach (self, append_copy, strings);
  g_ptr_array_add (strings, NULL);

  return (char **) g_ptr_array_free (strings, FALSE);
}

/**
 * intern_pool_clear:
 * @self: a pool
 *
 * Removes all strings and gives their memory back. Every pointer that the pool has returned is
 * invalid afterwards; a #GBytes from intern_pool_intern_bytes() stays valid and keeps the old
 * memory alive. Limits, handlers and the counts of searches stay.
 *
 * Like g_string_chunk_clear() it needs the pool to itself: no other thread may search for a string
 * of @self during the call. What works on all strings may be under way: walks, snapshots that are
 * being saved, bulk calls, streams, models, statistics. Each has the strings of before or of after,
 * whole. The default pool and a frozen one cannot be cleared: that is a critical, and nothing
 * happens. A child goes back to what its parent has; a pool that was opened from a snapshot loses
 * that too.
 *
 * Emits #InternPool::cleared.
 *
 * Since: 0.1
 */
void
intern_pool_clear (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  if (intern_pool_is_default (self) || intern_store_is_frozen (store))
    {
      g_critical ("%s: %s pool cannot be cleared, since others hold its strings", G_STRFUNC,
                  intern_pool_is_default (self) ? "the default" : "a frozen");
      return;
    }

  intern_store_unref (replace_store (self, intern_store_new_successor (store)));
  intern_pool_tell_cleared (self, store);
}

/* Limits */

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
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  store = intern_pool_ref_store (self);

  return intern_store_get_limits (store).max_strings;
}

/**
 * intern_pool_set_max_strings:
 * @self: a pool
 * @max_strings: how many strings the pool may hold, or 0 for no limit
 *
 * Sets the #InternPool:max-strings property. What the pool holds already stays, even above the
 * new limit. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_max_strings (InternPool *self,
                             guint       max_strings)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  if (intern_store_set_max_strings (store, max_strings))
    intern_pool_notify (self, properties[PROP_MAX_STRINGS]);
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
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  store = intern_pool_ref_store (self);

  return intern_store_get_limits (store).max_bytes;
}

/**
 * intern_pool_set_max_bytes:
 * @self: a pool
 * @max_bytes: how many bytes of strings the pool may hold, or 0 for no limit
 *
 * Sets the #InternPool:max-bytes property. What the pool holds already stays, even above the new
 * limit. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_max_bytes (InternPool *self,
                           guint64     max_bytes)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  if (intern_store_set_max_bytes (store, max_bytes))
    intern_pool_notify (self, properties[PROP_MAX_BYTES]);
}

/* Statistics */

/**
 * intern_pool_get_n_strings:
 * @self: a pool
 *
 * Gets the #InternPool:n-strings property: cheaper than all the statistics, since no thread that
 * adds a string has to wait for it. May be called from any thread.
 *
 * Returns: how many distinct strings the pool holds
 *
 * Since: 0.1
 */
guint
intern_pool_get_n_strings (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  store = intern_pool_ref_store (self);

  return intern_store_get_n_strings (store);
}

/**
 * intern_pool_get_stats:
 * @self: a pool
 * @stats: (out caller-allocates): where to put the statistics
 *
 * Takes all statistics at one moment. The counts are exact when no other thread is using the
 * pool. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_get_stats (InternPool      *self,
                       InternPoolStats *stats)
{
  g_autoptr (InternStore) store = NULL;
  InternStoreStats inner;

  g_return_if_fail (stats != NULL);
  /* All of it, so that two of them can be compared as memory. */
  memset (stats, 0, sizeof *stats);
  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  inner = intern_store_get_stats (store);

  stats->n_strings = (guint) MIN (inner.n_strings, G_MAXUINT);
  stats->n_mortal = (guint) MIN (inner.n_mortal, G_MAXUINT);
  stats->n_dead = (guint) MIN (inner.n_dead, G_MAXUINT);
  stats->bytes_recycled = inner.bytes_recycled;
  stats->n_lookups = inner.n_hits + inner.n_misses;
  stats->n_hits = inner.n_hits;
  stats->n_misses = inner.n_misses;
  stats->bytes_stored = inner.bytes_stored;
  stats->bytes_requested = inner.bytes_requested;
  stats->memory_usage = inner.memory + intern_heap_size (sizeof (InternPool));
  stats->hit_ratio = stats->n_lookups == 0 ? 0.0
                                           : (double) stats->n_hits / (double) stats->n_lookups;
  stats->bytes_saved = (gint64) inner.bytes_copied - (gint64) stats->memory_usage;
}

/**
 * intern_pool_reset_stats:
 * @self: a pool
 *
 * Starts the counts of searches and of bytes requested again from 0. What the pool holds, and
 * the figures about that, stay; so #InternPool:bytes-saved starts from minus the memory of
 * the pool. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_reset_stats (InternPool *self)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  intern_store_reset_stats (store);
}

/**
 * intern_pool_add_hits:
 * @self: a pool
 * @n_hits: how many searches were answered
 * @n_bytes: the bytes of the strings that were handed out, repeats included
 *
 * Adds hits to the statistics. For a language binding that answers repeats from a table of its
 * own, so that the statistics still tell the truth. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_add_hits (InternPool *self,
                      guint64     n_hits,
                      guint64     n_bytes)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));

  store = intern_pool_ref_store (self);
  intern_store_add_hits (store, n_hits, n_bytes);
}

/**
 * intern_pool_get_emit_added:
 * @self: a pool
 *
 * Gets the #InternPool:emit-added property. May be called from any thread.
 *
 * Returns: whether the pool tells of each new string
 *
 * Since: 0.1
 */
gboolean
intern_pool_get_emit_added (InternPool *self)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);

  return __atomic_load_n (&self->emit_added, __ATOMIC_RELAXED);
}

/**
 * intern_pool_set_emit_added:
 * @self: a pool
 * @emit_added: whether to tell of each new string
 *
 * Sets the #InternPool:emit-added property. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_emit_added (InternPool *self,
                            gboolean    emit_added)
{
  g_return_if_fail (INTERN_IS_POOL (self));

  emit_added = !!emit_added;
  /* Relaxed: it orders nothing, a call that runs meanwhile may do either. */
  if (__atomic_exchange_n (&self->emit_added, emit_added, __ATOMIC_RELAXED) != emit_added)
    intern_pool_notify (self, properties[PROP_EMIT_ADDED]);
}

static gsize
field_size (const StatsField *field)
{
  return field->type == G_TYPE_UINT ? sizeof (guint) : sizeof (guint64);
}

/* Tells which statistics have changed. */
static void
tell_stats (InternPool            *self,
            const InternPoolStats *before,
            const InternPoolStats *now)
{
  GParamSpec *changed[N_PROPS];
  guint n_changed = 0;

  for (guint i = FIRST_STAT; i < N_PROPS; i++)
    {
      const StatsField *field = &stats_fields[i];

      if (memcmp ((const char *) before + field->offset, (const char *) now + field->offset,
                  field_size (field)) != 0)
        changed[n_changed++] = properties[i];
    }

  intern_pool_tell_stats (self, changed, n_changed);
}

/**
 * intern_pool_get_stats_interval:
 * @self: a pool
 *
 * Gets the #InternPool:stats-interval property. May be called from any thread.
 *
 * Returns: the interval in milliseconds, or 0 if the statistics are not told
 *
 * Since: 0.1
 */
guint
intern_pool_get_stats_interval (InternPool *self)
{
  guint interval;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  intern_lock (&self->lock);
  interval = self->interval;
  intern_unlock (&self->lock);

  return interval;
}

/**
 * intern_pool_set_stats_interval:
 * @self: a pool
 * @stats_interval: the interval in milliseconds, or 0 to be told nothing
 *
 * Sets the #InternPool:stats-interval property. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_stats_interval (InternPool *self,
                                guint       stats_interval)
{
  InternWatch *watch = NULL;
  gboolean changed;

  g_return_if_fail (INTERN_IS_POOL (self));

  /* Before the lock is taken: it looks at the statistics, which have locks of their own. */
  if (stats_interval > 0)
    watch = intern_watch_new (self, self->context, stats_interval, tell_stats);

  intern_lock (&self->lock);
  changed = self->interval != stats_interval;
  if (changed)
    {
      InternWatch *old = self->watch;

      self->interval = stats_interval;
      self->watch = watch;
      watch = old;
    }
  intern_unlock (&self->lock);

  g_clear_pointer (&watch, intern_watch_free);
  if (changed)
    intern_pool_notify (self, properties[PROP_STATS_INTERVAL]);
}

/* The class */

static void
get_stats_property (InternPool       *self,
                    const StatsField *field,
                    GValue           *value)
{
  InternPoolStats stats;
  gconstpointer member = (const char *) &stats + field->offset;

  intern_pool_get_stats (self, &stats);

  if (field->type == G_TYPE_UINT)
    g_value_set_uint (value, *(const guint *) member);
  else if (field->type == G_TYPE_UINT64)
    g_value_set_uint64 (value, *(const guint64 *) member);
  else if (field->type == G_TYPE_INT64)
    g_value_set_int64 (value, *(const gint64 *) member);
  else
    g_value_set_double (value, *(const double *) member);
}

static void
intern_pool_get_property (GObject    *object,
                          guint       property_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  InternPool *self = INTERN_POOL (object);

  switch ((InternPoolProperty) property_id)
    {
    case PROP_MAX_STRINGS:
      g_value_set_uint (value, intern_pool_get_max_strings (self));
      break;

    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, intern_pool_get_max_bytes (self));
      break;

    case PROP_EMIT_ADDED:
      g_value_set_boolean (value, intern_pool_get_emit_added (self));
      break;

    case PROP_STATS_INTERVAL:
      g_value_set_uint (value, intern_pool_get_stats_interval (self));
      break;

    case PROP_N_STRINGS:
    case PROP_N_MORTAL:
    case PROP_N_DEAD:
    case PROP_N_LOOKUPS:
    case PROP_N_HITS:
    case PROP_N_MISSES:
    case PROP_BYTES_STORED:
    case PROP_BYTES_REQUESTED:
    case PROP_BYTES_RECYCLED:
    case PROP_MEMORY_USAGE:
    case PROP_HIT_RATIO:
    case PROP_BYTES_SAVED:
      get_stats_property (self, &stats_fields[property_id], value);
      break;

    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
intern_pool_set_property (GObject      *object,
                          guint         property_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  InternPool *self = INTERN_POOL (object);

  /* The rest is read-only: GObject refuses it before it comes here. */
  if (property_id == PROP_MAX_STRINGS)
    intern_pool_set_max_strings (self, g_value_get_uint (value));
  else if (property_id == PROP_MAX_BYTES)
    intern_pool_set_max_bytes (self, g_value_get_uint64 (value));
  else if (property_id == PROP_EMIT_ADDED)
    intern_pool_set_emit_added (self, g_value_get_boolean (value));
  else if (property_id == PROP_STATS_INTERVAL)
    intern_pool_set_stats_interval (self, g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
intern_pool_finalize (GObject *object)
{
  InternPool *self = INTERN_POOL (object);

  intern_fork_unregister (&self->fork_link);
  if (self->holders != NULL)
    intern_holders_report (self->holders, self, "finalized");
  g_clear_pointer (&self->holders, intern_holders_free);
  g_clear_pointer (&self->watch, intern_watch_free);
  g_clear_pointer (&self->store, intern_store_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  intern_lock_clear (&self->lock);

  G_OBJECT_CLASS (intern_pool_parent_class)->finalize (object);
}

#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)
#define WRITABLE (READABLE | G_PARAM_WRITABLE)

static void
install_settings (void)
{
  /**
   * InternPool:max-strings:
   *
   * How many distinct strings the pool may hold; 0 means no limit. The limit is exact, also with
   * many threads. What it refuses is told by intern_pool_try_intern() and, once, by
   * #InternPool::limit-reached.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_STRINGS] =
    g_param_spec_uint ("max-strings", NULL, "How many strings the pool may hold, 0 for no limit",
                       0, G_MAXUINT, 0, (GParamFlags) (WRITABLE | G_PARAM_CONSTRUCT));

  /**
   * InternPool:max-bytes:
   *
   * How many bytes all strings of the pool may have together; 0 means no limit. It is compared
   * with #InternPool:bytes-stored and as exact as #InternPool:max-strings.
   *
   * Since: 0.1
   */
  properties[PROP_MAX_BYTES] =
    g_param_spec_uint64 ("max-bytes", NULL, "How many bytes of strings the pool may hold, 0 for no limit",
                         0, G_MAXUINT64, 0, (GParamFlags) (WRITABLE | G_PARAM_CONSTRUCT));

  /**
   * InternPool:emit-added:
   *
   * Whether #InternPool::string-added and #InternPool::bytes-added are emitted. GObject takes a
   * lock of the whole process to find out that a signal has no handlers, so threads that add
   * many strings are faster with %FALSE.
   *
   * Since: 0.1
   */
  properties[PROP_EMIT_ADDED] =
    g_param_spec_boolean ("emit-added", NULL, "Whether each new string is told by a signal",
                          TRUE, (GParamFlags) WRITABLE);

  /**
   * InternPool:stats-interval:
   *
   * How often, in milliseconds, the pool looks whether its statistics have changed, and then
   * emits #InternPool::stats-changed and notifies the properties that have. 0, the default, means
   * never. The handlers run in the main context that was the thread default when the pool was
   * made, which must be iterated for them to run.
   *
   * Since: 0.1
   */
  properties[PROP_STATS_INTERVAL] =
    g_param_spec_uint ("stats-interval", NULL, "Milliseconds between two notifications of the statistics, 0 for none",
                       0, G_MAXUINT, 0, (GParamFlags) WRITABLE);
}

static GParamSpec *
new_stats_pspec (const StatsField *field)
{
  const GParamFlags flags = (GParamFlags) READABLE;

  if (field->type == G_TYPE_UINT)
    return g_param_spec_uint (field->name, NULL, field->blurb, 0, G_MAXUINT, 0, flags);
  if (field->type == G_TYPE_UINT64)
    return g_param_spec_uint64 (field->name, NULL, field->blurb, 0, G_MAXUINT64, 0, flags);
  if (field->type == G_TYPE_INT64)
    return g_param_spec_int64 (field->name, NULL, field->blurb, G_MININT64, G_MAXINT64, 0, flags);

  return g_param_spec_double (field->name, NULL, field->blurb, 0.0, 1.0, 0.0, flags);
}

static void
intern_pool_class_init (InternPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  intern_pool_type = G_TYPE_FROM_CLASS (klass);

  object_class->get_property = intern_pool_get_property;
  object_class->set_property = intern_pool_set_property;
  object_class->finalize = intern_pool_finalize;

  install_settings ();
  for (guint i = FIRST_STAT; i < N_PROPS; i++)
    properties[i] = new_stats_pspec (&stats_fields[i]);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  intern_pool_install_signals (G_TYPE_FROM_CLASS (klass));
}

static InternPool *
pool_of_link (InternForkLink *link)
{
  return (InternPool *) (void *) ((char *) link - G_STRUCT_OFFSET (InternPool, fork_link));
}

static void
lock_for_fork (InternForkLink *link)
{
  InternPool *self = pool_of_link (link);

  intern_lock (&self->lock);
  if (self->holders != NULL)
    intern_holders_lock (self->holders);
}

static void
unlock_after_fork (InternForkLink *link)
{
  InternPool *self = pool_of_link (link);

  if (self->holders != NULL)
    intern_holders_unlock (self->holders);
  intern_unlock (&self->lock);
}

static void
intern_pool_init (InternPool *self)
{
  const guint8 *secret = intern_secret_get ();

  /* A guessable hash would be an open door: rather no pool. */
  if (secret == NULL)
    g_error ("The system has no random bytes for the hash of a pool");

  intern_lock_init (&self->lock);
  self->emit_added = TRUE;
  self->holders = intern_holders_new_if_wanted ();
  self->context = g_main_context_ref_thread_default ();
  self->store = intern_store_new (secret);
  intern_fork_register (&self->fork_link, lock_for_fork, unlock_after_fork);
}
