/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

/**
 * SECTION:intern-pool-atoms
 * @title: Atoms
 * @short_description: Numbers that stand for strings
 *
 * An #InternAtom is a number of 32 bits for a string of one pool. Two atoms of a pool are equal if
 * and only if their strings are. Programs keep atoms where a pointer is too wide, in arrays and in
 * files. A string gets its atom when the first caller asks for it, and is permanent from then on.
 *
 * Since: 0.1
 */

/* An atom says nothing about the pool that gave it; what can be seen is a number that no atom of
 * this pool has had yet. */
static inline void
check_atom (InternPool  *self,
            InternAtom   atom)
{
#ifdef INTERN_DEBUG
  if (atom >= intern_store_get_next_atom (self->store))
    g_critical ("Atom %u is not of this pool, whose next one will be %u: is it of another pool?",
                atom, intern_store_get_next_atom (self->store));
#endif
}

/* Says why there is no atom for an interned string. */
static void
refuse_atom (InternPool   *self,
             InternStore  *store,
             const char   *string,
             GError      **error)
{
  intern_pool_finish_miss (self, store, string, intern_store_length (store, string),
                           intern_store_get_atom_refusal (store), error);
}

/* For a string that is not found at a glance. A string gets its atom before its addition is told: the
 * handlers may clear the pool. */
static G_NO_INLINE InternAtom
atom_slowly (InternPool  *self,
             const char  *data,
             gsize        length,
             guint64      hash,
             GError     **error)
{
  InternStore *store = self->store;
  InternResult result;
  const char *string = intern_store_search (store, data, length, hash, INTERN_TO_KEEP, &result);
  const InternAtom atom = string == NULL ? INTERN_ATOM_NONE : intern_store_atom (store, string);

  if (string != NULL && atom == INTERN_ATOM_NONE)
    refuse_atom (self, store, string, error);
  if (result != INTERN_RESULT_FOUND)
    intern_pool_finish_miss (self, store, string, length, result, error);

  return atom;
}

/* For what a glance has given. */
static inline InternAtom
finish_atom (InternPool  *self,
             InternStore *store,
             const char  *string,
             const char  *data,
             gsize        length,
             guint64      hash,
             GError     **error)
{
  InternAtom atom;

  if (G_UNLIKELY (string == NULL))
    return atom_slowly (self, data, length, hash, error);

  intern_store_count_hit (store, string, length);
  atom = intern_store_atom (store, string);
  if (G_UNLIKELY (atom == INTERN_ATOM_NONE))
    refuse_atom (self, store, string, error);

  return atom;
}

/* Strings of any length, and of layered pools. */
static INTERN_HOT G_NO_INLINE InternAtom
atom_longer (InternPool  *self,
             const char  *data,
             gsize        length,
             GError     **error)
{
  InternStore *store = self->store;
  guint64 hash;
  const char *string = intern_store_peek_any (store, data, length, &hash);

  return finish_atom (self, store, string, data, length, hash, error);
}

static inline InternAtom
atom_from_bytes (InternPool  *self,
                 const char  *data,
                 gsize        length,
                 GError     **error)
{
  InternStore *store = self->store;
  const char *string;
  guint64 hash;

  if (G_UNLIKELY (length >= intern_store_short_end (store)))
    return atom_longer (self, data, length, error);

  string = intern_pool_peek_short (store, data, length, &hash);

  return finish_atom (self, store, string, data, length, hash, error);
}

/**
 * intern_pool_atom_from_string: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Interns @string and gets its atom: a number for it, from 1 on, in the order in which strings
 * were first asked for theirs. It is valid in this pool only, until the pool is cleared. May be
 * called from any thread. To hear why a string is refused, use
 * intern_pool_try_atom_from_string(); in the languages of bindings that call is this one.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE if @string is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT InternAtom
intern_pool_atom_from_string (InternPool *self,
                              const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);

  return string == NULL ? INTERN_ATOM_NONE : atom_from_bytes (self, string, strlen (string), NULL);
}

/**
 * intern_pool_try_atom_from_string: (rename-to intern_pool_atom_from_string)
 * @self: a pool
 * @string: (nullable): a string
 * @error: return location for a #GError, or %NULL
 *
 * Interns @string and gets its atom: a number for it, from 1 on, in the order in which strings
 * were first asked for theirs. It is valid in this pool only, until the pool is cleared. May be
 * called from any thread.
 *
 * Fails like intern_pool_try_intern(), and with %INTERN_ERROR_FULL when no number is left, after
 * 2,147,483,647 atoms.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE with @error set; %INTERN_ATOM_NONE without an error if
 *   @string is %NULL
 *
 * Since: 0.1
 */
INTERN_HOT InternAtom
intern_pool_try_atom_from_string (InternPool  *self,
                                  const char  *string,
                                  GError     **error)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);
  g_return_val_if_fail (error == NULL || *error == NULL, INTERN_ATOM_NONE);

  return string == NULL ? INTERN_ATOM_NONE : atom_from_bytes (self, string, strlen (string), error);
}

/**
 * intern_pool_lookup_atom:
 * @self: a pool
 * @string: (nullable): a string
 *
 * Gets the atom of @string if it has one. Adds neither the string nor an atom. May be called from
 * any thread.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE if @string is %NULL, not in the pool, or nobody has
 *   asked for its atom yet
 *
 * Since: 0.1
 */
InternAtom
intern_pool_lookup_atom (InternPool *self,
                         const char *string)
{
  const char *interned;

  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);

  interned = intern_pool_lookup (self, string);

  return interned == NULL ? INTERN_ATOM_NONE : intern_store_find_atom (self->store, interned);
}

/**
 * intern_pool_atom_to_string:
 * @self: a pool
 * @atom: an atom of @self, or %INTERN_ATOM_NONE
 *
 * Gets the string of an atom. It takes no lock and searches for nothing. May be called from any
 * thread.
 *
 * An atom from before intern_pool_clear() finds nothing, since numbers are not used twice. The
 * atom of another pool cannot be told from one of this pool.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL if this pool has no string
 *   with that atom
 *
 * Since: 0.1
 */
const char *
intern_pool_atom_to_string (InternPool *self,
                            InternAtom  atom)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  check_atom (self, atom);

  return intern_store_atom_to_string (self->store, atom);
}

/**
 * intern_pool_atom_to_bytes:
 * @self: a pool
 * @atom: an atom of @self, or %INTERN_ATOM_NONE
 *
 * Gets the string of an atom as a #GBytes, so that a script gets any bytes whole. It is a view
 * without a copy, like the one that intern_pool_intern_bytes() returns: it keeps the memory of the
 * pool's strings alive even when the pool has been cleared or finalized. May be called from any
 * thread.
 *
 * Returns: (transfer full) (nullable): a view of the interned string, or %NULL if this pool has no
 *   string with that atom
 *
 * Since: 0.1
 */
GBytes *
intern_pool_atom_to_bytes (InternPool *self,
                           InternAtom  atom)
{
  InternStore *store;
  const char *string;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  check_atom (self, atom);

  store = intern_store_ref (self->store);
  string = intern_store_atom_to_string (store, atom);
  if (string == NULL)
    {
      intern_store_unref (store);
      return NULL;
    }

  return g_bytes_new_with_free_func (string, intern_store_length (store, string),
                                     (GDestroyNotify) intern_store_unref, store);
}
