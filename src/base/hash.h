/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keyed hash: 64 bits of (bytes, length) under a secret.
 *
 * Pools hold untrusted input, and an attacker who can predict the hash makes all strings collide. XXH3
 * resists that only when every byte of its secret is random: the variants that derive the secret from a
 * 64-bit seed collide on a published pair of inputs once in 2^10.5 seeds
 * (https://github.com/Cyan4973/xxHash/issues/1127). So each process has a secret of 192 random bytes, and
 * no hash value ever leaves the library.
 *
 * Callers inline the function: a call through the library's table costs as much as the hash of a short
 * string.
 */

#pragma once

#include <glib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define INTERN_SECRET_SIZE 192
G_STATIC_ASSERT (INTERN_SECRET_SIZE >= XXH3_SECRET_SIZE_MIN);

static inline guint64
intern_hash (const void   *data,
             gsize         length,
             const guint8 *secret)
{
  return XXH3_64bits_withSecret (data, length, secret, INTERN_SECRET_SIZE);
}

/* The same, not inlined, for slow paths. */
guint64 intern_hash_call (const void   *data,
                          gsize         length,
                          const guint8 *secret);

/* A random odd number, made with the secret, that tables multiply hashes by. */
extern guint64 intern_hash_spread;

/* The secret of this process, once it is made. */
extern const guint8 *intern_secret_published;

/* Returns the secret of this process if intern_secret_get() has made it, as it has for every store. */
static inline const guint8 *
intern_secret_peek (void)
{
  /* Acquire: pairs with the release in intern_secret_get(). */
  return __atomic_load_n (&intern_secret_published, __ATOMIC_ACQUIRE);
}

const guint8 * intern_secret_get  (void);
gboolean       intern_secret_fill (guint8 *buffer,
                                   gsize   size);
guint8       * intern_secret_new  (void);

/* Up to this length every search inlines hash and comparison: the hash has no loop. Longer strings cost
 * more than a call. */
#define INTERN_INLINE_LENGTH 128

/* Up to this length a search saves no registers: the hash of longer strings needs more. */
#define INTERN_SHORT_LENGTH 32

/* The key of a search: cache, shard and index share the hash. It points to the caller's bytes and lives on
 * the stack of one call. */
typedef struct
{
  const char *data;
  gsize       length;
  guint64     hash;
} InternKey;

/* Not for hot code: the hash is not inlined. */
static inline InternKey
intern_key (const char   *data,
            gsize         length,
            const guint8 *secret)
{
  return (InternKey) { data, length, intern_hash_call (data, length, secret) };
}
