/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

/**
 * SECTION:intern-pool-references
 * @title: References
 * @short_description: Strings that are freed before the pool
 *
 * A string that intern_pool_acquire() adds lives as long as it has references. After the last
 * intern_pool_release() the pool reuses its memory for other strings. Strings that
 * intern_pool_intern() returns, and those that have an atom, are permanent.
 *
 * Since: 0.1
 */

/* Whether a string lies in a snapshot: it is permanent and has no header. */
static inline gboolean
is_headerless (InternStore *store,
               const char  *interned)
{
  gsize length;
  guint32 atom;

  return G_UNLIKELY (intern_store_is_layered (store)) &&
         intern_store_is_headerless (store, interned, &length, &atom);
}

/* Whether a string is certainly not of a pool. Reads only; not every wrong pointer can be recognized. */
static gboolean
is_foreign (const char *interned)
{
  return (guintptr) interned % G_ALIGNOF (InternHeader) != 0 ||
         intern_header_is_foreign (intern_entry_header (interned));
}

gboolean
intern_pool_is_foreign (InternPool *self,
                        const char *interned)
{
  return !is_headerless (intern_pool_get_store (self), interned) && is_foreign (interned);
}

static G_NO_INLINE void
warn_over_released (const char *interned,
                    const char *caller)
{
  g_critical ("%s: string %p has been released once more than it was acquired", caller, interned);
}

static G_NO_INLINE void
warn_of_other_pool (const char *interned,
                    const char *caller)
{
  g_critical ("%s: string %p is of another pool", caller, interned);
}

/* For pools with a log: the caller has just taken a reference. */
static void
note_acquired (InternPool    *self,
               const char    *string,
               gconstpointer  site)
{
  if (string != NULL && !is_headerless (intern_pool_get_store (self), string))
    intern_reference_log_add (self->log, string, site);
}

static G_NO_INLINE const char *
acquire_slowly (InternPool    *self,
                const char    *data,
                gsize          length,
                guint64        hash,
                InternPurpose  purpose,
                gconstpointer  site)
{
  InternStore *store = intern_pool_need_store (self);
  InternResult result;
  const char *string = intern_store_search (store, data, length, hash, purpose, &result);

  if (site != NULL)
    note_acquired (self, string, site);
  if (result != INTERN_RESULT_FOUND && purpose == INTERN_TO_REF)
    intern_pool_finish_miss (self, store, string, length, result, NULL);

  return string;
}

/* @purpose is one that takes a reference. @site is NULL in a pool without a log. */
static inline const char *
acquire (InternPool    *self,
         const char    *data,
         gsize          length,
         InternPurpose  purpose,
         gconstpointer  site)
{
  InternStore *store = intern_pool_get_store (self);
  guint64 hash;
  const char *string = intern_store_peek (store, data, length, INTERN_TO_REF, &hash);

  if (G_UNLIKELY (string == NULL))
    return acquire_slowly (self, data, length, hash, purpose, site);
  if (site != NULL)
    note_acquired (self, string, site);

  return intern_store_count_hit (store, string, length);
}

static void
warn_of_foreign (const char *caller)
{
  g_return_if_fail_warning (G_LOG_DOMAIN, caller, "!is_foreign (interned)");
}

/* Drops a reference, in a pool without a log, or whose log has removed it. */
static void
release (InternPool *self,
         const char *interned,
         const char *caller)
{
  InternStore *store = intern_pool_get_store (self);
  InternLife life;

  if (is_headerless (store, interned))
    return;
  if (is_foreign (interned))
    {
      warn_of_foreign (caller);
      return;
    }

  life = intern_store_lower (store, interned);
  if (life == INTERN_LIFE_DEAD)
    warn_over_released (interned, caller);
  else if (life == INTERN_LIFE_FOREIGN)
    warn_of_other_pool (interned, caller);
}

/* Pools with a log branch off at entry; the others pay one compare. */

/* Whether this pool has a string that the public call @caller was given. Searches the blocks of the pool, and
 * so finds every string of another one. */
gboolean
intern_pool_check_owner (InternPool *self,
                         const char *interned,
                         const char *caller)
{
  if (intern_store_owns (intern_pool_get_store (self), interned))
    return TRUE;

  warn_of_other_pool (interned, caller);

  return FALSE;
}

static G_NO_INLINE const char *
acquire_noting (InternPool    *self,
                const char    *data,
                gsize          length,
                InternPurpose  purpose,
                gconstpointer  site)
{
  return acquire (self, data, length, purpose, site);
}

static void
release_noting (InternPool *self,
                const char *interned,
                const char *caller)
{
  if (!intern_pool_check_owner (self, interned, caller))
    return;

  if (intern_reference_log_remove (self->log, interned) || is_headerless (intern_pool_get_store (self), interned) ||
      !intern_entry_is_mortal (interned))
    release (self, interned, caller);
  else
    warn_over_released (interned, caller);
}

static G_NO_INLINE void
release_slowly (InternPool *self,
                const char *interned,
                const char *caller)
{
  if (self->log != NULL)
    release_noting (self, interned, caller);
  else
    release (self, interned, caller);
}

/* Whether @interned has a header and is not certainly wrong: then intern_header_try_raise() and
 * intern_header_try_lower() are for it. */
static inline gboolean
is_plain_string (InternPool *self,
                 const char *interned)
{
  return intern_pool_is_plain (self) && (guintptr) interned % G_ALIGNOF (InternHeader) == 0;
}

/* What the public calls that acquire do. @site is the return address of such a call. */
G_ALWAYS_INLINE static inline const char *
acquire_any (InternPool    *self,
             const char    *data,
             gssize         length,
             InternPurpose  purpose,
             gconstpointer  site)
{
  gsize n_bytes;

  if (data == NULL)
    return NULL;

  n_bytes = length < 0 ? strlen (data) : (gsize) length;
  if (G_UNLIKELY (self->log != NULL))
    return acquire_noting (self, data, n_bytes, purpose, site);

  return acquire (self, data, n_bytes, purpose, NULL);
}

/* The return address of the function that uses the macro. */
#define SITE __builtin_return_address (0)

/**
 * intern_pool_acquire: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Returns the pool's copy of @string and takes a reference to it. Adds the string if the pool does
 * not hold it, as a mortal one: it lives until intern_pool_release() has been called once for each
 * acquire; then its memory is reused. A string that was passed to intern_pool_intern(), or that has
 * an atom, is permanent: it is returned and not counted.
 *
 * For programs that see new strings as long as they run: mail headers, fields of logs, addresses.
 * May be called from any thread. Finding a string that the pool holds takes no lock.
 *
 * Returns: (transfer none) (nullable): the interned string, to be released with
 *   intern_pool_release(), or %NULL if @string is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_acquire (InternPool *self,
                     const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  return acquire_any (self, string, -1, INTERN_TO_REF, SITE);
}

/**
 * intern_pool_acquire_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 *
 * Like intern_pool_acquire(), for a string that contains NULs or is not terminated by one.
 *
 * Returns: (transfer none) (nullable): the interned string, to be released with
 *   intern_pool_release(), or %NULL if @data is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_acquire_len (InternPool *self,
                         const char *data,
                         gssize      length)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (length >= -1, NULL);

  return acquire_any (self, data, length, INTERN_TO_REF, SITE);
}

/**
 * intern_pool_lookup_acquire: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Looks up a string and takes a reference to it, without adding it. Use it instead of
 * intern_pool_lookup() followed by intern_pool_acquire_interned(): between these two calls another
 * thread may release the last reference. A permanent string is returned and not counted. May be called
 * from any thread. Finding a string that has been found before takes no lock.
 *
 * Returns: (transfer none) (nullable): the interned string, to be released with
 *   intern_pool_release(), or %NULL if the pool does not hold @string or @string is %NULL
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_lookup_acquire (InternPool *self,
                            const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  return acquire_any (self, string, -1, INTERN_TO_REF_FOUND, SITE);
}

/**
 * intern_pool_lookup_acquire_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 *
 * Like intern_pool_lookup_acquire(), for a string that contains NULs or is not terminated by one.
 *
 * Returns: (transfer none) (nullable): the interned string, to be released with
 *   intern_pool_release(), or %NULL if the pool does not hold it or @data is %NULL
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_lookup_acquire_len (InternPool *self,
                                const char *data,
                                gssize      length)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (length >= -1, NULL);

  return acquire_any (self, data, length, INTERN_TO_REF_FOUND, SITE);
}

static G_NO_INLINE const char *
acquire_interned_slowly (InternPool    *self,
                         const char    *interned,
                         const char    *caller,
                         gconstpointer  site)
{
  if (self->log != NULL && !intern_pool_check_owner (self, interned, caller))
    return NULL;
  if (is_headerless (intern_pool_get_store (self), interned))
    return interned;
  if (is_foreign (interned))
    {
      warn_of_foreign (caller);
      return NULL;
    }
  if (intern_header_raise (intern_entry_header (interned)) == INTERN_LIFE_DEAD)
    {
      g_critical ("%s: no reference to string %p is left: acquire it before its last release", caller, interned);
      return NULL;
    }

  if (self->log != NULL)
    note_acquired (self, interned, site);

  return interned;
}

/**
 * intern_pool_acquire_interned: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that the caller has a reference to
 *
 * Takes another reference to a string that the caller holds, without a search. @interned must be
 * the pointer that this pool returned. A pointer that it never returned, or a string that has been
 * released as often as it was acquired, is a critical if it can be recognized. May be called from
 * any thread.
 *
 * Returns: (transfer none) (nullable): @interned, to be released with intern_pool_release()
 *
 * Since: 0.1
 */
const char *
intern_pool_acquire_interned (InternPool *self,
                              const char *interned)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  if (interned == NULL)
    return NULL;
  if (G_LIKELY (is_plain_string (self, interned) && intern_header_try_raise (intern_entry_header (interned))))
    return interned;

  return acquire_interned_slowly (self, interned, G_STRFUNC, SITE);
}

/**
 * intern_pool_release: (skip)
 * @self: a pool
 * @interned: (nullable): a string that intern_pool_acquire() of @self has returned
 *
 * Drops a reference. Dropping the last one frees the string: @interned is invalid, and the pool
 * reuses its memory. Does nothing for a permanent string, so callers need not know which kind they
 * have.
 *
 * @interned must be the pointer that this pool returned. A pointer that it never returned, or one
 * release too many, is a critical without effect if it can be recognized. It cannot if the memory
 * has been reused, or if the string of another pool has more references. With
 * INTERN_DEBUG=references in the environment a string of another pool is always recognized. May be
 * called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_release (InternPool *self,
                     const char *interned)
{
  g_return_if_fail (INTERN_IS_POOL (self));

  if (interned == NULL)
    return;
  if (G_UNLIKELY (!is_plain_string (self, interned) || !intern_header_try_lower (intern_entry_header (interned))))
    release_slowly (self, interned, G_STRFUNC);
}

/**
 * intern_pool_get_ref_count: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that is still valid
 *
 * Gets the number of references to a string, which other threads may change at any time: for tests
 * and debugging. May be called from any thread.
 *
 * Returns: the number of references, or %G_MAXUINT if the string is permanent; 0 for %NULL
 *
 * Since: 0.1
 */
guint
intern_pool_get_ref_count (InternPool *self,
                           const char *interned)
{
  guint32 state;

  g_return_val_if_fail (INTERN_IS_POOL (self), 0);

  if (interned == NULL)
    return 0;
  if (G_UNLIKELY (self->log != NULL) && !intern_pool_check_owner (self, interned, G_STRFUNC))
    return 0;
  if (is_headerless (intern_pool_get_store (self), interned))
    return G_MAXUINT;
  g_return_val_if_fail (!is_foreign (interned), 0);

  /* Relaxed: the count may change at any time. */
  state = intern_atomic_load_relaxed (&intern_entry_header (interned)->state);

  return (state & INTERN_PERMANENT) != 0 ? G_MAXUINT : state;
}
