/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sets of strings that flood a hash table: all of one set have the same hash, by a hash whose secret is public. The
 * secret of the process is not, so here they are strings as others. Those of the last set are made by one who knows
 * it. */

#pragma once

#include "config.h"

#include "store/store.h"

#define N_STRINGS (1u << 14)
#define MAX_LENGTH 48

typedef struct
{
  const char *name;
  gsize       length;
  guint       n_hashes; /* of all strings, by the hash that they flood; 0: it is not known here */
  void      (*make) (guint number, char *data);
  guint64   (*hash) (const char *data, gsize length);
} Set;

static void
write_4 (char    *data,
         guint32  word)
{
  memcpy (data, &word, sizeof word);
}

/* Little-endian, as XXH3 reads. */
static void
write_8 (char    *data,
         guint64  word)
{
  const guint64 bytes = GUINT64_TO_LE (word);

  memcpy (data, &bytes, sizeof bytes);
}

/* The hash of GLib's g_str_hash(). "Ez" and "FY" have the same, and so have all words of them. */
static void
make_djb2 (guint  number,
           char  *data)
{
  for (guint i = 0; i < 14; i++)
    memcpy (data + 2 * i, (number >> i & 1) == 0 ? "Ez" : "FY", 2);
}

static guint64
hash_djb2 (const char *data,
           gsize       length)
{
  guint32 hash = 5381;

  for (gsize i = 0; i < length; i++)
    hash = hash * 33 + (guint32) data[i];

  return hash;
}

/* Of wyhash and rapidhash, which share them. */
#define PUBLIC_0 G_GUINT64_CONSTANT (0x2d358dccaa6c78a5)
#define PUBLIC_1 G_GUINT64_CONSTANT (0x8bb84b93962eacc9)

/* Sets @high to the upper half of the product, and returns the lower one. Machines with 32 bits have no type for it. */
static guint64
multiply (guint64  a,
          guint64  b,
          guint64 *high)
{
  const guint64 a_low = (guint32) a, a_high = a >> 32;
  const guint64 b_low = (guint32) b, b_high = b >> 32;
  const guint64 middle = a_high * b_low + (a_low * b_low >> 32);
  const guint64 other = a_low * b_high + (guint32) middle;

  *high = a_high * b_high + (middle >> 32) + (other >> 32);

  return a * b;
}

static guint64
mix (guint64 a,
     guint64 b)
{
  guint64 high;
  const guint64 low = multiply (a, b, &high);

  return low ^ high;
}

static guint64
join (const char *high,
      const char *low)
{
  return (guint64) intern_read_4 (high) << 32 | intern_read_4 (low);
}

/* What both do with 16 bytes. One factor of the product is 0 if @a is a word of the public secret. */
static guint64
finish (guint64 a,
        guint64 b,
        guint64 length)
{
  guint64 high;
  const guint64 low = multiply (a ^ PUBLIC_1, b, &high);

  return mix (low ^ PUBLIC_0 ^ length, high ^ PUBLIC_1);
}

static void
make_wyhash (guint  number,
             char  *data)
{
  write_4 (data, (guint32) (PUBLIC_1 >> 32));
  write_4 (data + 4, number);
  write_4 (data + 8, (guint32) PUBLIC_1);
  write_4 (data + 12, ~number);
}

static guint64
hash_wyhash (const char *data,
             gsize       length)
{
  return finish (join (data, data + 8), join (data + 12, data + 4), length);
}

static void
make_rapidhash (guint  number,
                char  *data)
{
  write_4 (data, (guint32) (PUBLIC_1 >> 32));
  write_4 (data + 4, number);
  write_4 (data + 8, number * number);
  write_4 (data + 12, (guint32) PUBLIC_1);
}

static guint64
hash_rapidhash (const char *data,
                gsize       length)
{
  return finish (join (data, data + 12), join (data + 4, data + 8), length);
}

/* XXH3 multiplies the first word, less that of its secret, by the second. */
static void
make_after (guint64  first,
            guint    number,
            char    *data)
{
  write_8 (data, first);
  write_8 (data + 8, number);
  memset (data + 16, 'x', 16);
}

static void
make_xxh3 (guint  number,
           char  *data)
{
  make_after (XXH_readLE64 (XXH3_kSecret), number, data);
}

static guint64
hash_xxh3 (const char *data,
           gsize       length)
{
  return XXH3_64bits (data, length);
}

/* The pairs of https://github.com/Cyan4973/xxHash/issues/1127: a message whose second word is the complement of the
 * first, and the same with both words complemented. One pair in 2^26 collides, by any secret. */
static void
make_pairs (guint  number,
            char  *data)
{
  const guint64 word = (number / 2 + 1) * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);

  memset (data, 'x', 48);
  write_8 (data, number % 2 == 0 ? word : ~word);
  write_8 (data + 8, number % 2 == 0 ? ~word : word);
}

static void
make_sequence (guint  number,
               char  *data)
{
  g_snprintf (data, 17, "/usr/share/%05u", number);
}

/* By one who knows the secret. */
static void
make_known (guint  number,
            char  *data)
{
  make_after (XXH_readLE64 (intern_secret_get ()), number, data);
}

static guint64
hash_known (const char *data,
            gsize       length)
{
  return intern_hash_call (data, length, intern_secret_get ());
}

static const Set sets[] = {
  { "djb2", 28, 1, make_djb2, hash_djb2 },
  { "wyhash", 16, 1, make_wyhash, hash_wyhash },
  { "rapidhash", 16, 1, make_rapidhash, hash_rapidhash },
  { "xxh3", 32, 1, make_xxh3, hash_xxh3 },
  { "xxh3-pairs", 48, 0, make_pairs, NULL },
  { "sequence", 16, 0, make_sequence, NULL },
};
static const Set known = { "known", 32, 1, make_known, hash_known };

/* As a pool does. */
static const char *
search_store (InternStore   *store,
              const char    *data,
              gsize          length,
              InternPurpose  purpose)
{
  InternResult result;
  guint64 hash;
  const char *string = intern_store_peek (store, data, length, purpose, &hash);

  return string != NULL ? string : intern_store_search (store, data, length, hash, purpose, &result);
}

static const char *
intern (InternStore *store,
        const char  *data,
        gsize        length)
{
  return search_store (store, data, length, INTERN_TO_KEEP);
}
