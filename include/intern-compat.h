/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For programs that move from other interners: functions with the signatures of those, on a pool.
 *
 * No other header includes this one, and the library does not use it. Define INTERN_COMPAT_POOL before
 * including it to choose the pool. Define INTERN_COMPAT_REPLACE to get the functions under their
 * original names, and then include this header last.
 */

#pragma once

#include <intern-glib.h>

G_BEGIN_DECLS

/**
 * SECTION:intern-compat
 * @title: Functions of other interners
 * @short_description: Functions with the signatures of other interners
 * @include: intern-compat.h
 *
 * Inline functions with the signatures of those of GLib and Camel, on a pool, for programs that move
 * step by step: see <xref linkend="moving"/>. `<intern-glib.h>` does not include them.
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
 * @length: the number of bytes, or -1 if @data is NUL-terminated
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
  return INTERN_COMPAT_CHARS (intern_pool_acquire_len (INTERN_COMPAT_POOL, data, length));
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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternRefString, intern_ref_string_release)

/* camel_pstring */

/**
 * intern_pstring_strdup: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of `camel_pstring_strdup`. May be called from any thread.
 *
 * Returns: (transfer full) (nullable): a string to be freed with intern_pstring_free()
 *
 * Since: 0.1
 */
static inline const char *
intern_pstring_strdup (const char *string)
{
  return intern_pool_acquire (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_add: (skip)
 * @string: (nullable): a string
 * @own: whether to free @string
 *
 * Has the signature of `camel_pstring_add`. May be called from any thread.
 *
 * Returns: (transfer full) (nullable): a string to be freed with intern_pstring_free()
 *
 * Since: 0.1
 */
static inline const char *
intern_pstring_add (char     *string,
                    gboolean  own)
{
  const char *interned = intern_pool_acquire (INTERN_COMPAT_POOL, string);

  if (own)
    g_free (string);

  return interned;
}

/**
 * intern_pstring_peek: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of `camel_pstring_peek`. The result must not be freed: it is valid as long as the
 * pool. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the pool's copy of @string
 *
 * Since: 0.1
 */
static inline const char *
intern_pstring_peek (const char *string)
{
  return intern_pool_intern (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_contains: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of `camel_pstring_contains`. May be called from any thread.
 *
 * Returns: whether the pool holds @string
 *
 * Since: 0.1
 */
static inline gboolean
intern_pstring_contains (const char *string)
{
  return intern_pool_contains (INTERN_COMPAT_POOL, string);
}

/**
 * intern_pstring_free: (skip)
 * @string: (nullable) (transfer full): a string that these functions have returned
 *
 * Has the signature of `camel_pstring_free`. May be called from any thread.
 *
 * Since: 0.1
 */
static inline void
intern_pstring_free (const char *string)
{
  intern_pool_release (INTERN_COMPAT_POOL, string);
}

/* g_intern_string() and GStringChunk */

/**
 * intern_compat_intern_string: (skip)
 * @string: (nullable): a string
 *
 * Has the signature of g_intern_string(), and of g_intern_static_string(). May be called from any
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

# define camel_pstring_strdup intern_pstring_strdup
# define camel_pstring_add intern_pstring_add
# define camel_pstring_peek intern_pstring_peek
# define camel_pstring_contains intern_pstring_contains
# define camel_pstring_free intern_pstring_free

# undef g_intern_string
# undef g_intern_static_string
# define g_intern_string intern_compat_intern_string
# define g_intern_static_string intern_compat_intern_string

/* Functions without a counterpart, such as g_string_chunk_insert(), do not compile: the type has changed. */
# define GStringChunk InternPool
# define g_string_chunk_new(size) (intern_pool_new ())
# define g_string_chunk_insert_const intern_string_chunk_insert_const
# define g_string_chunk_clear intern_pool_clear
# define g_string_chunk_free g_object_unref
#endif
#endif

G_END_DECLS
