/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "intern-error.h"

/**
 * SECTION:intern-pool
 * @title: InternPool
 * @short_description: One copy of every distinct string
 *
 * An #InternPool keeps one copy of every distinct string and returns the same address for equal
 * strings. A test for equality is then one comparison of pointers, and a million repeats take the
 * memory of one string.
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
 * Strings are equal if they have the same length and the same bytes. They may contain any bytes:
 * intern_pool_intern_len() and intern_pool_intern_bytes() take strings with NULs. The pool copies
 * every string and keeps no pointer to the bytes of its callers. A string that it returns is
 * NUL-terminated and never changes. It lives until the pool is cleared or finalized; a string that
 * intern_pool_acquire() has added lives until its last release.
 *
 * Every method may be called from any thread at any time; only intern_pool_clear() needs exclusive
 * access. Signals and notifications are emitted in the thread that causes them, except
 * #InternPool::stats-changed and the notifications of the statistics, which are emitted in the main
 * context that was the thread default when the pool was created. No lock of the pool is held while a
 * handler runs, so a handler may use the pool, and may drop the last reference to it.
 *
 * Since: 0.1
 */

/* After a miss */

/* Those without a figure. */
static const struct
{
  gint        code;
  const char *message;
} refusals[] = {
  [INTERN_RESULT_FULL_INDEX] = { INTERN_ERROR_FULL, "The pool is full: its index cannot count more strings" },
  [INTERN_RESULT_FROZEN] = { INTERN_ERROR_FROZEN,
    "The pool is frozen: it adds no strings or atoms; add them to a child of it" },
  [INTERN_RESULT_FULL_ATOMS] = { INTERN_ERROR_FULL, "The pool is full: all numbers for atoms have been assigned" },
  [INTERN_RESULT_REPLACED] = { INTERN_ERROR_FULL, "The pool was cleared during the call: intern the string again" },
};

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
    case INTERN_RESULT_FROZEN:
    case INTERN_RESULT_FULL_ATOMS:
    case INTERN_RESULT_REPLACED:
      g_set_error_literal (error, INTERN_ERROR, refusals[result].code, refusals[result].message);
      break;

    case INTERN_RESULT_OVER_LIMIT:
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "A string of length %" G_GSIZE_FORMAT " is longer than the pool may hold in all: "
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

/* Emits string-added or bytes-added, or sets @error and emits limit-reached. The last step of a call. */
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
    intern_pool_emit_added (self, store, &item, 1);
  else
    {
      set_refusal (error, store, length, result);
      if (result == INTERN_RESULT_FULL_STRINGS || result == INTERN_RESULT_FULL_BYTES)
        intern_pool_emit_limit_reached (self, store);
    }
}

/* Searching */

G_NO_INLINE const char *
intern_pool_intern_slowly (InternPool  *self,
                           const char  *data,
                           gsize        length,
                           guint64      hash,
                           GError     **error)
{
  InternStore *store = intern_pool_need_store (self);
  InternResult result;
  const char *string = intern_store_search (store, data, length, hash, INTERN_TO_KEEP, &result);

  if (result == INTERN_RESULT_FOUND || (result == INTERN_RESULT_ADDED && !intern_pool_announces_added (self)))
    return string;

  intern_pool_finish_miss (self, store, string, length, result, error);

  return string;
}

INTERN_HOT G_NO_INLINE const char *
intern_pool_intern_longer (InternPool  *self,
                           const char  *data,
                           gsize        length,
                           GError     **error)
{
  InternStore *store = intern_pool_get_store (self);
  guint64 hash;
  const char *string = intern_store_peek_any (store, data, length, &hash);

  if (G_UNLIKELY (string == NULL))
    return intern_pool_intern_slowly (self, data, length, hash, error);

  return intern_store_count_hit (store, string, length);
}

static INTERN_HOT G_NO_INLINE const char *
intern_terminated (InternPool  *self,
                   const char  *string,
                   GError     **error)
{
  return string == NULL ? NULL : intern_pool_intern_inline (self, string, strlen (string), error);
}

/* Interns what is_short() refuses: a NUL-terminated string, a longer one, NULL, and in a layered pool any string. */
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
is_short (InternStore *store,
          const char  *data,
          gssize       length)
{
  return data != NULL && (gsize) length < intern_store_short_end (store);
}

static inline const char *
lookup (InternPool *self,
        const char *data,
        gsize       length)
{
  InternStore *store = intern_pool_get_store (self);
  InternResult ignored;
  guint64 hash;
  const char *string = intern_store_peek_any (store, data, length, &hash);

  if (G_UNLIKELY (string == NULL))
    return intern_store_search (intern_pool_need_store (self), data, length, hash, INTERN_TO_SEE, &ignored);

  return intern_store_count_hit (store, string, length);
}

static INTERN_HOT G_NO_INLINE const char *
lookup_terminated (InternPool *self,
                   const char *string)
{
  return string == NULL ? NULL : lookup (self, string, strlen (string));
}

/* The public calls */

/**
 * intern_pool_intern: (skip)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Returns the pool's copy of @string, and adds it first if the pool does not hold it.
 *
 * The copy lives until the pool is cleared or finalized. May be called from any thread. To get the
 * reason for a refusal, use intern_pool_try_intern(). In bindings the call of this name reports it.
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
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 *
 * Like intern_pool_intern(), for a string that contains NULs or is not terminated by one.
 *
 * Returns: (transfer none) (nullable): the interned string, always NUL-terminated, or %NULL
 *   if @data is %NULL or a limit of the pool refuses it
 *
 * Since: 0.1
 */
INTERN_HOT const char *
intern_pool_intern_len (InternPool *self,
                        const char *data,
                        gssize      length)
{
  InternStore *store;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  store = intern_pool_get_store (self);
  if (G_LIKELY (is_short (store, data, length)))
    return intern_pool_intern_short (self, store, data, (gsize) length, NULL);

  g_return_val_if_fail (length >= -1, NULL);

  return intern_other (self, data, length, NULL);
}

/**
 * intern_pool_try_intern: (skip)
 * @self: a pool
 * @string: (nullable): a string
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_intern(), with an error if the string is refused: %INTERN_ERROR_FULL if the pool
 * is at a limit, %INTERN_ERROR_TOO_LONG if the string alone exceeds #InternPool:max-bytes or there is
 * no memory for it, %INTERN_ERROR_FROZEN if the pool is frozen. Strings that the pool holds are still
 * found.
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
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_try_intern(), for a string that contains NULs or is not terminated by one.
 *
 * Returns: (transfer none) (nullable): the interned string, always NUL-terminated, or %NULL
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
  InternStore *store;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (length >= -1, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  store = intern_pool_get_store (self);

  return is_short (store, data, length) ? intern_pool_intern_short (self, store, data, (gsize) length, error)
                                        : intern_other (self, data, length, error);
}

/* Returns a view of a string of @store, which it keeps alive. */
GBytes *
intern_pool_new_view (InternStore *store,
                      const char  *string,
                      gsize        length)
{
  return g_bytes_new_with_free_func (string, length, (GDestroyNotify) intern_store_unref, intern_store_ref (store));
}

/**
 * intern_pool_intern_bytes:
 * @self: a pool
 * @bytes: (nullable): the bytes of a string
 * @error: return location for a #GError, or %NULL
 *
 * Interns any bytes and returns the pool's copy as a #GBytes, which points to the pool's own bytes and keeps
 * the memory of the pool's strings alive even when the pool has been cleared or finalized. Equal
 * bytes give views of the same address, in a new #GBytes each time. May be called from any thread.
 * Fails like intern_pool_try_intern().
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
  store = intern_store_ref (intern_pool_need_store (self));
  data = intern_pool_bytes_data (bytes, &length);
  string = intern_pool_intern_inline (self, data, length, error);
  if (string != NULL)
    view = intern_pool_new_view (store, string, length);
  intern_store_unref (store);

  return view;
}

/**
 * intern_pool_lookup:
 * @self: a pool
 * @string: (nullable): a string
 *
 * Returns the pool's copy of @string if it holds one. Never adds a string, so untrusted input cannot
 * make the pool grow. The copy lives until the pool is cleared or finalized; one that
 * intern_pool_acquire() has added, until its last release, which may come from another thread at any
 * time. May be called from any thread.
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
 * @length: the number of bytes, or -1 if @data is NUL-terminated
 *
 * Like intern_pool_lookup(), for a string that contains NULs or is not terminated by one.
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
 * Checks whether the pool holds @string. This counts as a search in the statistics, but the bytes do
 * not count as requested, since no string is returned. May be called from any thread.
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

  return intern_store_contains (intern_pool_need_store (self), string, strlen (string));
}

/**
 * intern_pool_contains_bytes:
 * @self: a pool
 * @bytes: (nullable): the bytes of a string
 *
 * Like intern_pool_contains(), for any bytes.
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

  data = intern_pool_bytes_data (bytes, &length);

  return intern_store_contains (intern_pool_need_store (self), data, length);
}

static G_NO_INLINE gsize
get_length_slowly (InternPool *self,
                   const char *interned,
                   const char *caller)
{
  if (self->log != NULL && !intern_pool_check_owner (self, interned, caller))
    return 0;

  return intern_store_length (intern_pool_get_store (self), interned);
}

/**
 * intern_pool_get_length: (skip)
 * @self: a pool
 * @interned: (nullable): a string that @self has returned and that is still valid
 *
 * Gets the length of an interned string in bytes in constant time, NULs inside included. @interned
 * must be the pointer that this pool returned. An equal string at another address is a programming
 * error, which is detected only with `INTERN_DEBUG=references`. May be called from any thread.
 *
 * Returns: the length in bytes, without the terminating NUL; 0 for %NULL
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
  if (G_LIKELY (intern_pool_is_plain (self)))
    return intern_entry_length (interned);

  return get_length_slowly (self, interned, G_STRFUNC);
}
