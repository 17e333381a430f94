/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model of NMRefString, written from its description: a struct with a length, a reference count and the
 * text, in one GHashTable behind a mutex. The hash is SipHash-2-4, the fast path of a release a
 * compare-and-exchange. */

#pragma once

#include <malloc.h>
#include <string.h>

#include <glib.h>

typedef struct
{
  gsize length; /* G_MAXSIZE in the key of a search */
  int   ref_count;
  char  text[];
} NameString;

/* The key of a search, in the place of a NameString. */
typedef struct
{
  gsize       mark; /* G_MAXSIZE */
  gsize       length;
  const char *text;
} NameKey;

G_LOCK_DEFINE_STATIC (names);
static GHashTable *names; /* (owned) (element-type NameString NameString) guarded by its lock */

static inline guint64
rotate (guint64 word,
        guint   n_bits)
{
  return word << n_bits | word >> (64 - n_bits);
}

static inline void
mix (guint64 *v)
{
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate (v[1], 13) ^ v[0];
  v[3] = rotate (v[3], 16) ^ v[2];
  v[0] = rotate (v[0], 32) + v[3];
  v[2] += v[1];
  v[3] = rotate (v[3], 21) ^ v[0];
  v[1] = rotate (v[1], 17) ^ v[2];
  v[2] = rotate (v[2], 32);
}

static inline void
absorb (guint64 *v,
        guint64  word)
{
  v[3] ^= word;
  mix (v);
  mix (v);
  v[0] ^= word;
}

static guint64
sip_hash (const char *text,
          gsize       length)
{
  const guint64 key[2] = { G_GUINT64_CONSTANT (0x243f6a8885a308d3), G_GUINT64_CONSTANT (0x13198a2e03707344) };
  guint64 v[4] = {
    key[0] ^ G_GUINT64_CONSTANT (0x736f6d6570736575),
    key[1] ^ G_GUINT64_CONSTANT (0x646f72616e646f6d),
    key[0] ^ G_GUINT64_CONSTANT (0x6c7967656e657261),
    key[1] ^ G_GUINT64_CONSTANT (0x7465646279746573),
  };
  guint64 word, last = (guint64) length << 56;
  gsize i;

  for (i = 0; i + sizeof word <= length; i += sizeof word)
    {
      memcpy (&word, text + i, sizeof word);
      absorb (v, word);
    }
  for (gsize j = 0; i + j < length; j++)
    last |= (guint64) (guint8) text[i + j] << (8 * j);
  absorb (v, last);

  v[2] ^= 0xff;
  for (guint round = 0; round < 4; round++)
    mix (v);

  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const char *
name_text (gconstpointer  name,
           gsize         *length)
{
  const NameString *string = name;
  const NameKey *key = name;

  *length = string->length == G_MAXSIZE ? key->length : string->length;

  return string->length == G_MAXSIZE ? key->text : string->text;
}

static guint
name_hash (gconstpointer name)
{
  gsize length;
  const char *text = name_text (name, &length);
  const guint64 hash = sip_hash (text, length);

  return (guint) (hash >> 32 ^ hash);
}

static gboolean
name_equal (gconstpointer name1,
            gconstpointer name2)
{
  gsize length1, length2;
  const char *text1 = name_text (name1, &length1);
  const char *text2 = name_text (name2, &length2);

  return length1 == length2 && memcmp (text1, text2, length1) == 0;
}

static inline void
names_init (void)
{
  names = g_hash_table_new_full (name_hash, name_equal, g_free, NULL);
}

static G_NO_INLINE NameString *
name_string_new_len (const char *text,
                     gsize       length)
{
  const NameKey key = { G_MAXSIZE, length, text };
  NameString *string;

  G_LOCK (names);
  string = g_hash_table_lookup (names, &key);
  if (string != NULL)
    {
      g_atomic_int_inc (&string->ref_count);
    }
  else
    {
      string = g_malloc (G_STRUCT_OFFSET (NameString, text) + length + 1);
      string->length = length;
      string->ref_count = 1;
      memcpy (string->text, text, length);
      string->text[length] = '\0';
      g_hash_table_add (names, string);
    }
  G_UNLOCK (names);

  return string;
}

static inline NameString *
name_string_new (const char *text)
{
  return name_string_new_len (text, strlen (text));
}

static inline NameString *
name_string_ref (NameString *string)
{
  g_atomic_int_inc (&string->ref_count);

  return string;
}

static G_NO_INLINE void
name_string_unref_slowly (NameString *string)
{
  G_LOCK (names);
  if (g_atomic_int_dec_and_test (&string->ref_count))
    g_hash_table_remove (names, string);
  G_UNLOCK (names);
}

static inline void
name_string_unref (NameString *string)
{
  const int count = g_atomic_int_get (&string->ref_count);

  if (count == 1 || !g_atomic_int_compare_and_exchange (&string->ref_count, count, count - 1))
    name_string_unref_slowly (string);
}

static inline gboolean
name_string_equal (NameString *string,
                   const char *text)
{
  return string->length == strlen (text) && (string->text == text || memcmp (string->text, text, string->length) == 0);
}

static inline guint
names_count (void)
{
  return g_hash_table_size (names);
}

/* What a program can do; a pool does it too. */
static inline void
names_trim (void)
{
  malloc_trim (0);
}
