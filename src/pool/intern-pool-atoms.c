/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

/**
 * SECTION:intern-pool-atoms
 * @title: Atoms
 * @short_description: Numbers that stand for strings
 *
 * An #InternAtom is a 32-bit number for a string of one pool. Two atoms of a pool are equal if and
 * only if their strings are. Programs use atoms where a pointer is too wide, in arrays and in files.
 * A string gets its atom when a caller first asks for it, and is permanent from then on.
 *
 * Since: 0.1
 */

/* An atom does not identify its pool: only a number that this pool has not assigned yet can be recognized. */
static inline void
check_atom (InternPool *self,
            InternAtom  atom)
{
#ifdef INTERN_DEBUG
  const InternAtom next = intern_store_get_next_atom (intern_pool_get_store (self));

  if (atom >= next)
    g_critical ("Atom %u is not of this pool, whose next one will be %u: is it of another pool?", atom, next);
#endif
}

/* See intern_pool_need_atom(). Not inlined: most strings have one. */
G_NO_INLINE InternAtom
intern_pool_assign_atom (InternPool  *self,
                         InternStore *store,
                         const char  *string)
{
  const InternAtom atom = intern_store_assign_atom (store, string);

  /* The row of a mortal string moves to those of the atoms. */
  if (intern_pool_has_models (self))
    intern_pool_wake_models (self);

  return atom;
}

/* Sets the error for an interned string that gets no atom. */
static void
refuse_atom (InternPool   *self,
             InternStore  *store,
             const char   *string,
             GError      **error)
{
  intern_pool_finish_miss (self, store, string, intern_store_length (store, string),
                           intern_store_get_atom_refusal (store), error);
}

/* After a failed peek. The string gets its atom before the signals are emitted, since a handler may clear the
 * pool. */
static G_NO_INLINE InternAtom
atom_slowly (InternPool  *self,
             const char  *data,
             gsize        length,
             guint64      hash,
             GError     **error)
{
  InternStore *store = intern_pool_need_store (self);
  InternResult result;
  const char *string = intern_store_search (store, data, length, hash, INTERN_TO_KEEP, &result);
  const InternAtom atom = string == NULL ? INTERN_ATOM_NONE : intern_pool_need_atom (self, store, string);

  if (string != NULL && atom == INTERN_ATOM_NONE)
    refuse_atom (self, store, string, error);
  if (result != INTERN_RESULT_FOUND)
    intern_pool_finish_miss (self, store, string, length, result, error);

  return atom;
}

/* @string is the result of a peek. */
static inline InternAtom
finish_atom (InternPool   *self,
             InternStore  *store,
             const char   *string,
             const char   *data,
             gsize         length,
             guint64       hash,
             GError      **error)
{
  InternAtom atom;

  if (G_UNLIKELY (string == NULL))
    return atom_slowly (self, data, length, hash, error);

  intern_store_count_hit (store, string, length);
  atom = intern_pool_need_atom (self, store, string);
  if (G_UNLIKELY (atom == INTERN_ATOM_NONE))
    refuse_atom (self, store, string, error);

  return atom;
}

/* For strings of any length, and for layered pools. */
static INTERN_HOT G_NO_INLINE InternAtom
atom_longer (InternPool  *self,
             const char  *data,
             gsize        length,
             GError     **error)
{
  InternStore *store = intern_pool_get_store (self);
  guint64 hash;
  const char *string = intern_store_peek_any (store, data, length, &hash);

  return finish_atom (self, store, string, data, length, hash, error);
}

static inline InternAtom
atom_with_length (InternPool  *self,
                  const char  *data,
                  gsize        length,
                  GError     **error)
{
  InternStore *store = intern_pool_get_store (self);
  const char *string;
  guint64 hash;

  if (G_UNLIKELY (length >= intern_store_short_end (store)))
    return atom_longer (self, data, length, error);

  string = intern_pool_peek_short (store, data, length, &hash);

  return finish_atom (self, store, string, data, length, hash, error);
}

/* @length is -1 if @data is NUL-terminated. */
static inline InternAtom
atom_from_data (InternPool  *self,
                const char  *data,
                gssize       length,
                GError     **error)
{
  if (G_UNLIKELY (data == NULL))
    return INTERN_ATOM_NONE;

  return atom_with_length (self, data, length < 0 ? strlen (data) : (gsize) length, error);
}

/**
 * intern_pool_atom_from_string: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Interns @string and gets its atom. Atoms are numbered from 1, in the order in which they are first
 * asked for. An atom is valid in this pool only, until the pool is cleared. May be called from any
 * thread. To get the reason for a refusal, use intern_pool_try_atom_from_string(); bindings call it
 * without the word "try".
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

  return atom_from_data (self, string, -1, NULL);
}

/**
 * intern_pool_try_atom_from_string: (rename-to intern_pool_atom_from_string)
 * @self: a pool
 * @string: (nullable): a string
 * @error: return location for a #GError, or %NULL
 *
 * Interns @string and gets its atom. Atoms are numbered from 1, in the order in which they are first
 * asked for. An atom is valid in this pool only, until the pool is cleared. May be called from any
 * thread.
 *
 * Fails like intern_pool_try_intern(), and with %INTERN_ERROR_FULL after 2,147,483,647 atoms.
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

  return atom_from_data (self, string, -1, error);
}

/**
 * intern_pool_atom_from_string_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 *
 * Like intern_pool_atom_from_string(), for a string that contains NULs or is not terminated by one.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE if @data is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT InternAtom
intern_pool_atom_from_string_len (InternPool *self,
                                  const char *data,
                                  gssize      length)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);
  g_return_val_if_fail (length >= -1, INTERN_ATOM_NONE);

  return atom_from_data (self, data, length, NULL);
}

/**
 * intern_pool_try_atom_from_string_len: (skip)
 * @self: a pool
 * @data: (nullable): the bytes of a string
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_try_atom_from_string(), for a string that contains NULs or is not terminated by one.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE with @error set; %INTERN_ATOM_NONE without an error if
 *   @data is %NULL
 *
 * Since: 0.1
 */
INTERN_HOT InternAtom
intern_pool_try_atom_from_string_len (InternPool  *self,
                                      const char  *data,
                                      gssize       length,
                                      GError     **error)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);
  g_return_val_if_fail (length >= -1, INTERN_ATOM_NONE);
  g_return_val_if_fail (error == NULL || *error == NULL, INTERN_ATOM_NONE);

  return atom_from_data (self, data, length, error);
}

/**
 * intern_pool_atom_from_bytes:
 * @self: a pool
 * @bytes: (nullable): the bytes of a string
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_try_atom_from_string(), for any bytes.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE with @error set; %INTERN_ATOM_NONE without an error if
 *   @bytes is %NULL
 *
 * Since: 0.1
 */
InternAtom
intern_pool_atom_from_bytes (InternPool  *self,
                             GBytes      *bytes,
                             GError     **error)
{
  const char *data;
  gsize length;

  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);
  g_return_val_if_fail (error == NULL || *error == NULL, INTERN_ATOM_NONE);

  if (bytes == NULL)
    return INTERN_ATOM_NONE;

  data = intern_pool_bytes_data (bytes, &length);

  return atom_with_length (self, data, length, error);
}

/**
 * intern_pool_get_atom: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that is still valid
 *
 * Gets the atom of an interned string without a search. A string that has none gets one, and is
 * permanent from then on. @interned must be the pointer that this pool returned; another pointer is
 * a critical if it can be recognized. May be called from any thread.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE if @interned is %NULL, or has no atom and cannot get one
 *   because the pool is frozen or all atoms have been assigned
 *
 * Since: 0.1
 */
InternAtom
intern_pool_get_atom (InternPool *self,
                      const char *interned)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);

  if (interned == NULL)
    return INTERN_ATOM_NONE;
  if (G_UNLIKELY (self->log != NULL) && !intern_pool_check_owner (self, interned, G_STRFUNC))
    return INTERN_ATOM_NONE;
  g_return_val_if_fail (!intern_pool_is_foreign (self, interned), INTERN_ATOM_NONE);

  return intern_pool_need_atom (self, intern_pool_need_store (self), interned);
}

static InternAtom
find_atom (InternPool *self,
           const char *interned)
{
  return interned == NULL ? INTERN_ATOM_NONE : intern_store_find_atom (intern_pool_get_store (self), interned);
}

/**
 * intern_pool_lookup_atom:
 * @self: a pool
 * @string: (nullable): a string
 *
 * Gets the atom of @string if it has one. Adds neither the string nor an atom. May be called from
 * any thread.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE if @string is %NULL, not in the pool, or has no atom yet
 *
 * Since: 0.1
 */
InternAtom
intern_pool_lookup_atom (InternPool *self,
                         const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);

  return find_atom (self, intern_pool_lookup (self, string));
}

/**
 * intern_pool_lookup_atom_bytes:
 * @self: a pool
 * @bytes: (nullable): the bytes of a string
 *
 * Like intern_pool_lookup_atom(), for any bytes.
 *
 * Returns: the atom, or %INTERN_ATOM_NONE if @bytes is %NULL, not in the pool, or has no atom yet
 *
 * Since: 0.1
 */
InternAtom
intern_pool_lookup_atom_bytes (InternPool *self,
                               GBytes     *bytes)
{
  const char *data;
  gsize length;

  g_return_val_if_fail (INTERN_IS_POOL (self), INTERN_ATOM_NONE);

  if (bytes == NULL)
    return INTERN_ATOM_NONE;

  data = intern_pool_bytes_data (bytes, &length);

  return find_atom (self, intern_pool_lookup_len (self, data, (gssize) length));
}

/**
 * intern_pool_atom_to_string:
 * @self: a pool
 * @atom: an atom of @self, or %INTERN_ATOM_NONE
 *
 * Gets the string of an atom, without a lock or a search. May be called from any thread.
 *
 * An atom from before intern_pool_clear() has no string, since numbers are not reused. An atom of
 * another pool cannot be recognized as such.
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

  return intern_store_atom_to_string (intern_pool_get_store (self), atom);
}

/**
 * intern_pool_atom_to_bytes:
 * @self: a pool
 * @atom: an atom of @self, or %INTERN_ATOM_NONE
 *
 * Gets the string of an atom as a #GBytes, so that bindings get any bytes. As from
 * intern_pool_intern_bytes(), it points to the pool's own bytes and keeps the memory of the pool's
 * strings alive even when the pool has been cleared or finalized. May be called from any thread.
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
  g_autoptr (InternStore) store = NULL;
  const char *string;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  check_atom (self, atom);

  store = intern_store_ref (intern_pool_get_store (self));
  string = intern_store_atom_to_string (store, atom);

  return string == NULL ? NULL : intern_pool_new_view (store, string, intern_store_length (store, string));
}
