/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keyed hash: 64 bits of (bytes, length) under a secret.
 *
 * Pool contents are often chosen by strangers, and a hash that they can predict lets them make
 * all their strings collide. XXH3 resists that only when every byte of its secret is random:
 * the variants that derive the secret from a 64-bit seed collide on a published pair of inputs
 * once in 2^10.5 seeds, whatever the seed (https://github.com/Cyan4973/xxHash/issues/1127).
 * So the secret is 192 random bytes, one a process, and no hash value ever leaves the library.
 *
 * The function is inlined into its callers: a call through the library's table costs as much as
 * the hash of a short string.
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

/* The same, not inlined: for where it need not be fast, since the compiler inlines what has one
 * caller and not what has many. */
guint64        intern_hash_call   (const void   *data,
                                   gsize         length,
                                   const guint8 *secret);

const guint8 * intern_secret_get  (void);
gboolean       intern_secret_fill (guint8       *buffer,
                                   gsize         size);
