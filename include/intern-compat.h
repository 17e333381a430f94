/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For programs that move from other interners: functions with the same signatures, built on a pool.
 *
 * No other header includes this one, and the library does not use it. Define INTERN_COMPAT_POOL before
 * including it to choose the pool. Define INTERN_COMPAT_REPLACE to get the functions under their
 * original names, and then include this header last.
 */

#pragma once

#include <string.h>

#include <intern-glib.h>

G_BEGIN_DECLS

/**
 * SECTION:intern-compat
 * @title: Functions of other interners
 * @short_description: Functions with the signatures of other interners
 * @include: intern-compat.h
 *
 * Inline functions with the same signatures as those of GLib and Camel, built on a pool, for programs
 * that move step by step: see <xref linkend="moving-step"/>. They do what the originals do;
 * see <xref linkend="moving-table"/> for what differs. `<intern-glib.h>` does not include them.
 *
 * A pool that is frozen, or that has reached a limit, refuses new strings. The functions then return
 * %NULL, where the originals have no limit.
 *
 * Since: 0.1
 */

/**
 * INTERN_COMPAT_POOL:
 *
 * An expression for the pool that the functions use. Define it before including `<intern-compat.h>`;
 * otherwise it is the default pool.
 *
 * Since: 0.1
 */
#if !defined(INTERN_COMPAT_POOL)
# define INTERN_COMPAT_POOL (intern_pool_get_default ())
#endif

#ifndef __GTK_DOC_IGNORE__
#ifdef __cplusplus
# define INTERN_COMPAT_CHARS(string) (const_cast<char *> (string))
#else
# define INTERN_COMPAT_CHARS(string) ((char *) (guintptr) (string))
#endif
#endif

/**
 * InternRefString:
 *
 * A reference-counted string: #GRefString under another name, so that g_autoptr() releases it to the
 * pool.
 *
 * Since: 0.1
 */
typedef char InternRefString;

/* GRefString */

/**
 * intern_ref_string_new_len: (skip)
 * @data: (nullable): the bytes of a string
 * @length: the number of bytes; a negative one if @data is NUL-terminated
 *
 * Has the signature of g_ref_string_new_len(). Equal strings share one copy, which must not be
 * changed. May be called from any thread.
 *
 * Returns: (transfer full) (nullable): a string to be released with intern_ref_string_release()
 *
 * Since: 0.1
 */
static inline char *
intern_ref_string_new_len (const char *data,
                           gssize      length)
{
  return INTERN_COMPAT_CHARS (intern_pool_acquire_len (INTERN_COMPAT_POOL, data, length < 0 ? -1 : length));
}

/**
 * intern_ref_string_new: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of g_ref_string_new(); see intern_ref_string_new_len(). May be called from any
 * thread.
 *
 * Returns: (transfer full) (nullable): a string to be released with intern_ref_string_release()
 *
 * Since: 0.1
 */
static inline char *
intern_ref_string_new (const char *string)
{
  return INTERN_COMPAT_CHARS (intern_pool_acquire (INTERN_COMPAT_POOL, string));
}

/**
 * intern_ref_string_new_intern: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of g_ref_string_new_intern(). May be called from any thread.
 *
 * Returns: (transfer full) (nullable): a string to be released with intern_ref_string_release()
 *
 * Since: 0.1
 */
static inline char *
intern_ref_string_new_intern (const char *string)
{
  return INTERN_COMPAT_CHARS (intern_pool_acquire (INTERN_COMPAT_POOL, string));
}

/**
 * intern_ref_string_acquire: (skip)
 * @string: (nullable): a string that these functions have returned
 *
 * Has the signature of g_ref_string_acquire(). May be called from any thread.
 *
 * Returns: (transfer full) (nullable): @string, with one more reference
 *
 * Since: 0.1
 */
static inline char *
intern_ref_string_acquire (char *string)
{
  return INTERN_COMPAT_CHARS (intern_pool_acquire_interned (INTERN_COMPAT_POOL, string));
}

/**
 * intern_ref_string_release: (skip)
 * @string: (nullable) (transfer full): a string that these functions have returned
 *
 * Has the signature of g_ref_string_release(). May be called from any thread.
 *
 * Since: 0.1
 */
static inline void
intern_ref_string_release (char *string)
{
  intern_pool_release (INTERN_COMPAT_POOL, string);
}

/**
 * intern_ref_string_length: (skip)
 * @string: a string that these functions have returned
 *
 * Has the signature of g_ref_string_length(). May be called from any thread.
 *
 * Returns: the length of @string in bytes, without the terminating NUL
 *
 * Since: 0.1
 */
static inline gsize
intern_ref_string_length (char *string)
{
  return intern_pool_get_length (INTERN_COMPAT_POOL, string);
}

/**
 * intern_ref_string_equal: (skip)
 * @string1: a string that these functions have returned
 * @string2: another such string
 *
 * Has the signature of `g_ref_string_equal`, which GLib has had since 2.84. Like it, this function
 * compares the lengths, and the bytes up to the first NUL. In one pool only strings with NULs can be equal in
 * this way and have two addresses. May be called from any thread.
 *
 * Returns: whether the strings are equal
 *
 * Since: 0.1
 */
static inline gboolean
intern_ref_string_equal (const char *string1,
                         const char *string2)
{
  if (string1 == string2)
    return TRUE;

  return strcmp (string1, string2) == 0 &&
         intern_pool_get_length (INTERN_COMPAT_POOL, string1) == intern_pool_get_length (INTERN_COMPAT_POOL, string2);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternRefString, intern_ref_string_release)

/* camel_pstring. As there, empty strings are constant: they are in no pool, and need not be freed. */

#ifndef __GTK_DOC_IGNORE__
/* GLib's copy, whose address is the same in all files of a program. Asks for it once in each file. */
static inline const char *
_intern_compat_get_empty (void)
{
  static char *empty = NULL;

  if (g_atomic_pointer_get (&empty) == NULL)
    g_atomic_pointer_set (&empty, INTERN_COMPAT_CHARS (g_intern_string ("")));

  return g_atomic_pointer_get (&empty);
}

static inline gboolean
_intern_compat_is_empty (const char *string)
{
  return string != NULL && *string == '\0';
}
#endif

/**
 * intern_pstring_strdup: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of `camel_pstring_strdup`. An empty string gives a constant `""`, which is not in
 * the pool. May be called from any thread.
 *
 * Returns: (transfer full) (nullable): a string to be freed with intern_pstring_free()
 *
 * Since: 0.1
 */
static inline const char *
intern_pstring_strdup (const char *string)
{
  return _intern_compat_is_empty (string) ? _intern_compat_get_empty ()
                                          : intern_pool_acquire (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_add: (skip)
 * @string: (nullable): a string
 * @own: whether @string is handed over
 *
 * Has the signature of `camel_pstring_add`. See intern_pstring_strdup(). With @own, @string is freed
 * with g_free(), even if it is empty or if the pool refuses it. Camel keeps its memory if the string
 * is new, and returns @string itself; this function always returns a copy. May be called from any
 * thread.
 *
 * Returns: (transfer full) (nullable): a string to be freed with intern_pstring_free()
 *
 * Since: 0.1
 */
static inline const char *
intern_pstring_add (char     *string,
                    gboolean  own)
{
  const char *interned = intern_pstring_strdup (string);

  if (own)
    g_free (string);

  return interned;
}

/**
 * intern_pstring_peek: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of `camel_pstring_peek`. Never adds a string, like Camel since version 3.58 (2025).
 * Earlier versions of Camel add a missing string permanently and never return %NULL for it: a program
 * that relies on that should call intern_compat_intern_string().
 *
 * Takes no reference: the result must not be freed, and it is valid until its last
 * intern_pstring_free(), which may come from another thread at any time. An empty string gives a
 * constant `""`. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the pool's copy of @string, or %NULL if the pool does not hold
 *   it
 *
 * Since: 0.1
 */
static inline const char *
intern_pstring_peek (const char *string)
{
  return _intern_compat_is_empty (string) ? _intern_compat_get_empty ()
                                          : intern_pool_lookup (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_contains: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of `camel_pstring_contains`. May be called from any thread.
 *
 * Returns: whether the pool holds @string; %FALSE for an empty string and for %NULL
 *
 * Since: 0.1
 */
static inline gboolean
intern_pstring_contains (const char *string)
{
  return !_intern_compat_is_empty (string) && intern_pool_contains (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_free: (skip)
 * @string: (nullable) (transfer full): a string that these functions have returned, or an empty one
 *
 * Has the signature of `camel_pstring_free`. Does nothing for %NULL and for an empty string, whatever
 * its address. May be called from any thread.
 *
 * Since: 0.1
 */
static inline void
intern_pstring_free (const char *string)
{
  if (!_intern_compat_is_empty (string))
    intern_pool_release (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_dump_stat: (skip)
 *
 * Has the signature of `camel_pstring_dump_stat`. Prints a line about the pool with g_print(): the text
 * of intern_pool_stats_to_string(), after the words with which Camel begins. May be called from any
 * thread.
 *
 * Since: 0.1
 */
static inline void
intern_pstring_dump_stat (void)
{
  InternPoolStats stats;
  char *text;

  intern_pool_get_stats (INTERN_COMPAT_POOL, &stats);
  text = intern_pool_stats_to_string (&stats);
  g_print ("   String Pool Statistics: %s\n", text);
  g_free (text);
}

/* g_intern_string() and GStringChunk */

/**
 * intern_compat_intern_string: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of g_intern_string(), and of g_intern_static_string(), which may return @string
 * itself; this function always returns a copy, so a module can be unloaded. May be called from any
 * thread.
 *
 * Returns: (transfer none) (nullable): the pool's copy of @string, valid as long as the pool
 *
 * Since: 0.1
 */
static inline const char *
intern_compat_intern_string (const char *string)
{
  return intern_pool_intern (INTERN_COMPAT_POOL, string);
}

/**
 * intern_string_chunk_insert_const: (skip)
 * @chunk: a pool
 * @string: a string
 *
 * Has the signature of g_string_chunk_insert_const(), with a pool for the chunk. May be called from any
 * thread.
 *
 * Returns: (transfer none) (nullable): the copy of @string in @chunk, which must not be changed
 *
 * Since: 0.1
 */
static inline char *
intern_string_chunk_insert_const (InternPool *chunk,
                                  const char *string)
{
  return INTERN_COMPAT_CHARS (intern_pool_intern (chunk, string));
}

/* The manual does not list the names of other libraries. */
#ifndef __GTK_DOC_IGNORE__
#ifdef INTERN_COMPAT_REPLACE
# define GRefString InternRefString
# define g_ref_string_new intern_ref_string_new
# define g_ref_string_new_len intern_ref_string_new_len
# define g_ref_string_new_intern intern_ref_string_new_intern
# define g_ref_string_acquire intern_ref_string_acquire
# define g_ref_string_release intern_ref_string_release
# define g_ref_string_length intern_ref_string_length
# define g_ref_string_equal intern_ref_string_equal

# define camel_pstring_strdup intern_pstring_strdup
# define camel_pstring_add intern_pstring_add
# define camel_pstring_peek intern_pstring_peek
# define camel_pstring_contains intern_pstring_contains
# define camel_pstring_free intern_pstring_free
# define camel_pstring_dump_stat intern_pstring_dump_stat

# undef g_intern_string
# undef g_intern_static_string
# define g_intern_string intern_compat_intern_string
# define g_intern_static_string intern_compat_intern_string

/* A call without a counterpart, such as g_string_chunk_insert(), gets the wrong type: an error, or in C before gcc 14 a
 * warning. */
# define GStringChunk InternPool
# define g_string_chunk_new(size) (intern_pool_new ())
# define g_string_chunk_insert_const intern_string_chunk_insert_const
# define g_string_chunk_clear intern_pool_clear
# define g_string_chunk_free g_object_unref
#endif
#endif

G_END_DECLS
