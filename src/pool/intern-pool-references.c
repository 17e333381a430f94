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
 * intern_pool_release() the pool uses its memory for other strings. Strings that
 * intern_pool_intern() returns, and those that have an atom, are permanent.
 *
 * Since: 0.1
 */

/* Whether a string lies in a snapshot: it is permanent, and there is nothing before it to look at. */
static inline gboolean
is_headerless (InternPool *self,
         const char *interned)
{
  gsize length;
  guint32 atom;

  return G_UNLIKELY (intern_store_is_layered (self->store)) &&
         intern_store_is_headerless (self->store, interned, &length, &atom);
}

/* What no string of a pool looks like: only part of what is wrong can be seen, but that is told
 * before anything is touched. */
static gboolean
is_foreign (const char *interned)
{
  const InternHeader *header;

  if ((guintptr) interned % G_ALIGNOF (InternHeader) != 0)
    return TRUE;

  header = intern_entry_header (interned);

  return !intern_entry_is_mortal (interned) && (intern_atomic_load_relaxed (&header->state) & INTERN_PERMANENT) == 0;
}

/* For pools that have holders: the caller has just taken a reference. */
static void
note_acquired (InternPool    *self,
               const char    *string,
               gconstpointer  site)
{
  if (string != NULL && !is_headerless (self, string))
    intern_holders_add (self->holders, string, site);
}

static G_NO_INLINE const char *
acquire_slowly (InternPool    *self,
                const char    *data,
                gsize          length,
                guint64        hash,
                gconstpointer  site)
{
  InternStore *store = self->store;
  InternResult result;
  const char *string = intern_store_search (store, data, length, hash, INTERN_TO_COUNT, &result);

  if (site != NULL)
    note_acquired (self, string, site);
  if (result != INTERN_RESULT_FOUND)
    intern_pool_finish_miss (self, store, string, length, result, NULL);

  return string;
}

static inline const char *
acquire (InternPool *self,
         const char *data,
         gsize       length)
{
  guint64 hash;
  const char *string = intern_store_peek (self->store, data, length, INTERN_TO_COUNT, &hash);

  if (G_UNLIKELY (string == NULL))
    return acquire_slowly (self, data, length, hash, NULL);

  return intern_store_count_hit (self->store, string, length);
}

static inline void
release (InternPool *self,
         const char *interned,
         const char *caller)
{
  InternLife life;

  if (is_headerless (self, interned))
    return;
  if (G_UNLIKELY (is_foreign (interned)))
    {
      g_return_if_fail_warning (G_LOG_DOMAIN, caller, "!is_foreign (interned)");
      return;
    }

  life = intern_store_lower (self->store, interned);
  if (G_UNLIKELY (life == INTERN_LIFE_DEAD))
    g_critical ("%s: string %p has been released once more than it was acquired", caller, interned);
  else if (G_UNLIKELY (life == INTERN_LIFE_FOREIGN))
    g_critical ("%s: string %p is of another pool", caller, interned);
}

/* Pools that have holders branch off at the start of each call; the others pay one comparison. With
 * holders the blocks of the pool are searched for each string, so that one of another pool is always
 * seen. */

/* Whether a string that @caller was given is one of this pool. */
gboolean
intern_pool_check_owner (InternPool *self,
                         const char *interned,
                         const char *caller)
{
  if (intern_store_owns (self->store, interned))
    return TRUE;

  g_critical ("%s: string %p is of another pool", caller, interned);

  return FALSE;
}

static G_NO_INLINE const char *
acquire_noting (InternPool    *self,
                const char    *data,
                gsize          length,
                gconstpointer  site)
{
  guint64 hash;
  const char *string = intern_store_peek (self->store, data, length, INTERN_TO_COUNT, &hash);

  if (string == NULL)
    return acquire_slowly (self, data, length, hash, site);

  note_acquired (self, string, site);

  return intern_store_count_hit (self->store, string, length);
}

static G_NO_INLINE void
release_noting (InternPool *self,
                const char *interned,
                const char *caller)
{
  if (!intern_pool_check_owner (self, interned, caller))
    return;

  if (intern_holders_remove (self->holders, interned) || is_headerless (self, interned) ||
      !intern_entry_is_mortal (interned))
    release (self, interned, caller);
  else
    g_critical ("%s: string %p has been released once more than it was acquired", caller, interned);
}

/* Where the call that the macro stands in returns to. */
#define SITE __builtin_return_address (0)

/**
 * intern_pool_acquire: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Gets the pool's copy of @string, and makes it first if there is none, like
 * intern_pool_intern(); but the string is counted. One that comes into the pool by this call is
 * mortal: it lives until intern_pool_release() has been called as often as this was, and then its
 * room is used for others. A string that intern_pool_intern() has been asked for, or that has an
 * atom, is permanent: it is returned and not counted.
 *
 * This is the call for a program that meets new strings for ever: mail headers, fields of logs,
 * addresses. May be called from any thread. For a string that is there it takes no lock.
 *
 * Returns: (transfer none) (nullable): the interned string, to be given back with
 *   intern_pool_release(), or %NULL if @string is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_acquire (InternPool *self,
                     const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  if (string == NULL)
    return NULL;
  if (G_UNLIKELY (self->holders != NULL))
    return acquire_noting (self, string, strlen (string), SITE);

  return acquire (self, string, strlen (string));
}

/**
 * intern_pool_acquire_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: how many, or -1 if a NUL ends them
 *
 * Like intern_pool_acquire(), for a string that no NUL ends or that holds one.
 *
 * Returns: (transfer none) (nullable): the interned string, to be given back with
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

  if (data == NULL)
    return NULL;

  if (G_UNLIKELY (self->holders != NULL))
    return acquire_noting (self, data, length < 0 ? strlen (data) : (gsize) length, SITE);

  return acquire (self, data, length < 0 ? strlen (data) : (gsize) length);
}

/**
 * intern_pool_acquire_interned: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that the caller has a reference to
 *
 * Takes one more reference to a string that is held already, without a search. @interned must be
 * the very pointer that this pool returned; a string that the pool never returned, or that has
 * been released as often as it was acquired, is a critical wherever it can be seen. May be called
 * from any thread.
 *
 * Returns: (transfer none) (nullable): @interned, to be given back with intern_pool_release()
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
  if (G_UNLIKELY (self->holders != NULL) && !intern_pool_check_owner (self, interned, G_STRFUNC))
    return NULL;
  if (is_headerless (self, interned))
    return interned;
  g_return_val_if_fail (!is_foreign (interned), NULL);

  if (G_UNLIKELY (intern_header_raise (intern_entry_header (interned)) == INTERN_LIFE_DEAD))
    {
      g_critical ("%s: no reference to string %p is left", G_STRFUNC, interned);
      return NULL;
    }

  if (G_UNLIKELY (self->holders != NULL))
    note_acquired (self, interned, SITE);

  return interned;
}

/**
 * intern_pool_release: (skip)
 * @self: a pool
 * @interned: (nullable): a string that intern_pool_acquire() of @self has returned
 *
 * Gives a reference back. With the last one the string dies, and the pool uses its room for
 * others; @interned is invalid then. For a permanent string nothing happens, so that the two
 * kinds need not be told apart.
 *
 * @interned must be the very pointer that this pool returned. One that it never returned, and one
 * release too many, are a critical and do nothing wherever they can be seen; they cannot be when
 * the room has been used again, nor when it is not the last reference to a string of another pool.
 * With INTERN_DEBUG=references in the environment a string of another pool is always seen. May be
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
  if (G_UNLIKELY (self->holders != NULL))
    release_noting (self, interned, G_STRFUNC);
  else
    release (self, interned, G_STRFUNC);
}

/**
 * intern_pool_get_ref_count: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that is still valid
 *
 * Gets the number of references to a string, which may be another one by the time the caller
 * looks at it: for tests and for finding out who holds what. May be called from any thread.
 *
 * Returns: how many references there are, or %G_MAXUINT if the string is permanent; 0 for %NULL
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
  if (G_UNLIKELY (self->holders != NULL) && !intern_pool_check_owner (self, interned, G_STRFUNC))
    return 0;
  if (is_headerless (self, interned))
    return G_MAXUINT;
  g_return_val_if_fail (!is_foreign (interned), 0);

  /* Relaxed: it may be out of date at once. */
  state = intern_atomic_load_relaxed (&intern_entry_header (interned)->state);

  return (state & INTERN_PERMANENT) != 0 ? G_MAXUINT : state;
}
