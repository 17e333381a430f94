/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An entry: the header of a string, its bytes, a NUL. In some stores, pointers of the caller stand before it.
 *
 * Callers get the address of the bytes. The header is right before them, on the cache line of the bytes that a
 * search compares, and gives length and atom in O(1). Entries never move. The bytes of a permanent string never
 * change; those of a mortal one stay while the reader has a reference.
 */

#pragma once

#include <string.h>

#include "base/hash.h"
#include "storage/header.h"

typedef struct
{
  InternHeader header;
  char         string[];
} InternEntry;

/* The longest string of a pool: one bit of the length is INTERN_MORTAL, and the length with header still fits when it
 * is rounded up to a size class. */
#define INTERN_MAX_LENGTH ((gsize) G_MAXINT32 - 64)

#define INTERN_MAX_ATOM (INTERN_PERMANENT - 1)

/* Why a caller searches for a string. */
typedef enum
{
  INTERN_TO_SEE,       /* to find it, without a claim on it */
  INTERN_TO_KEEP,      /* to make it permanent */
  INTERN_TO_REF,       /* to take a reference */
  INTERN_TO_REF_FOUND, /* to take a reference if the store has the string */
} InternPurpose;

static inline gboolean
intern_purpose_adds (InternPurpose purpose)
{
  return purpose == INTERN_TO_KEEP || purpose == INTERN_TO_REF;
}

static inline gboolean
intern_purpose_refs (InternPurpose purpose)
{
  return purpose == INTERN_TO_REF || purpose == INTERN_TO_REF_FOUND;
}

static inline InternHeader *
intern_entry_header (const char *string)
{
  return (InternHeader *) (void *) (string - G_STRUCT_OFFSET (InternEntry, string));
}

/* The most pointers that a string can have. */
#define INTERN_MAX_DATA 4

/* Returns where the pointer @position of a string is. Only for strings of a store whose entries have so many. */
static inline gpointer *
intern_entry_data (const char *string,
                   guint       position)
{
  return (gpointer *) (void *) intern_entry_header (string) - 1 - position;
}

static inline gpointer
intern_entry_get_data (const char *string,
                       guint       position)
{
  /* Acquire: pairs with the release in intern_store_put_data(), so that what it points to is complete. */
  return intern_atomic_load_acquire (intern_entry_data (string, position));
}

static inline gsize
intern_entry_length (const char *string)
{
  /* Relaxed: the way in which the caller got the string orders its header. */
  return intern_atomic_load_relaxed (&intern_entry_header (string)->length) & ~INTERN_MORTAL;
}

/* Whether the string is reference counted. Without the lock of the shard, another thread may make it permanent. */
static inline gboolean
intern_entry_is_mortal (const char *string)
{
  return (intern_atomic_load_relaxed (&intern_entry_header (string)->length) & INTERN_MORTAL) != 0;
}

/* Returns 0 if it has none. */
static inline guint32
intern_entry_atom (const char *string)
{
  return intern_header_get_atom (intern_entry_header (string));
}

/* @string is permanent. HOLDS: the lock of the atoms */
static inline void
intern_entry_set_atom (const char *string,
                       guint32     atom)
{
  intern_header_set_atom (intern_entry_header (string), atom);
}

static inline guint64
intern_read_8 (const char *bytes)
{
  guint64 word;

  memcpy (&word, bytes, sizeof word);

  return word;
}

static inline guint32
intern_read_4 (const char *bytes)
{
  guint32 word;

  memcpy (&word, bytes, sizeof word);

  return word;
}

/* In a few loads that may overlap: most strings are short, and a call of memcmp() costs as much as the
 * comparison. */
static inline gboolean
intern_bytes_equal (const char *a,
                    const char *b,
                    gsize       length)
{
  const gsize last = length - 8;

  if (length > 16)
    {
      for (gsize i = 0; i < last; i += 8)
        if (intern_read_8 (a + i) != intern_read_8 (b + i))
          return FALSE;

      return intern_read_8 (a + last) == intern_read_8 (b + last);
    }

  if (length >= 8)
    return ((intern_read_8 (a) ^ intern_read_8 (b)) |
            (intern_read_8 (a + last) ^ intern_read_8 (b + last))) == 0;
  if (length >= 4)
    return ((intern_read_4 (a) ^ intern_read_4 (b)) |
            (intern_read_4 (a + length - 4) ^ intern_read_4 (b + length - 4))) == 0;

  return length == 0 ||
         (a[0] == b[0] && a[length / 2] == b[length / 2] && a[length - 1] == b[length - 1]);
}

static inline gboolean
intern_key_has_bytes (const InternKey *key,
                      const char      *bytes)
{
  return key->length <= INTERN_INLINE_LENGTH ? intern_bytes_equal (bytes, key->data, key->length)
                                             : memcmp (bytes, key->data, key->length) == 0;
}

/* Whether @string is permanent and empty. Room that was given back may read as zeros, which is that length, and mortal.
 * So the state comes first: what is permanent stays as it is. */
static inline gboolean
intern_entry_is_empty (const char *string)
{
  /* Acquire: pairs with the releases of the header, so that the length is that of the permanent string. */
  return (intern_atomic_load_acquire (&intern_entry_header (string)->state) & INTERN_PERMANENT) != 0 &&
         intern_atomic_load_relaxed (&intern_entry_header (string)->length) == 0;
}

/* Whether @string is permanent and equals @key. Needs no reference and no lock: INTERN_MORTAL in the length of a mortal
 * string makes it unlike that of any key. */
static inline gboolean
intern_entry_equals (const char      *string,
                     const InternKey *key)
{
  /* Acquire: pairs with the releases of the header, so that the bytes are complete. */
  if (intern_atomic_load_acquire (&intern_entry_header (string)->length) != key->length ||
      !intern_key_has_bytes (key, string))
    return FALSE;

  return G_LIKELY (key->length > 0) || intern_entry_is_empty (string);
}

/* The same for a mortal string too. The caller has a reference or holds the lock of its shard. */
static inline gboolean
intern_entry_equals_any (const char      *string,
                         const InternKey *key)
{
  return intern_entry_length (string) == key->length && intern_key_has_bytes (key, string);
}
