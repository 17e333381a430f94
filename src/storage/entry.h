/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the storage holds for a string: a header, the bytes, a NUL.
 *
 * Callers get the address of the bytes; the header stands right before them, on the same cache
 * line as the bytes that a search compares, and gives the length and the atom in O(1). Entries
 * never move. The bytes of a permanent string never change; those of a mortal one do not as long
 * as the reader counts on them.
 */

#pragma once

#include <string.h>

#include "base/key.h"
#include "storage/header.h"

typedef struct
{
  InternHeader header;
  char         string[];
} InternEntry;

/* The longest string that a pool holds: one bit of the length is a mark, and with its header and
 * rounded up to the next larger piece the string still has a length that fits. */
#define INTERN_MAX_LENGTH ((gsize) G_MAXINT32 - 64)

#define INTERN_MAX_ATOM (INTERN_PERMANENT - 1)

/* What a caller wants of a string. */
typedef enum
{
  INTERN_TO_SEE,   /* to find it if it is there, without a claim on it */
  INTERN_TO_KEEP,  /* to have it as long as the store: it is permanent from then on */
  INTERN_TO_COUNT, /* to have a reference to it */
} InternPurpose;

static inline InternHeader *
intern_entry_header (const char *string)
{
  return (InternHeader *) (void *) (string - G_STRUCT_OFFSET (InternEntry, string));
}

static inline gsize
intern_entry_length (const char *string)
{
  /* Relaxed: whoever may ask for it has the string by other means. */
  return intern_atomic_load_relaxed (&intern_entry_header (string)->length) & ~INTERN_MORTAL;
}

/* Whether references count for the string; and if nobody holds the lock of its shard, whether they
 * did a moment ago. */
static inline gboolean
intern_entry_is_mortal (const char *string)
{
  return (intern_atomic_load_relaxed (&intern_entry_header (string)->length) & INTERN_MORTAL) != 0;
}

/* Returns 0 if nobody has asked for one. */
static inline guint32
intern_entry_atom (const char *string)
{
  /* Acquire: pairs with the release below. What the caller makes of the atom, in this thread or in
   * one that it tells, finds the atom assigned. */
  const guint32 state = intern_atomic_load_acquire (&intern_entry_header (string)->state);

  return (state & INTERN_PERMANENT) != 0 ? state & ~INTERN_PERMANENT : 0;
}

/* Of a permanent string, under the lock of the atoms. */
static inline void
intern_entry_set_atom (const char *string,
                       guint32     atom)
{
  /* Release: the row of the atom has been filled before. */
  intern_atomic_store_release (&intern_entry_header (string)->state, INTERN_PERMANENT | atom);
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

/* In a few loads that may overlap: most strings are short, and a call of memcmp() costs as much
 * as all the rest of a comparison. */
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

/* Whether that is a permanent string and the one that is sought. Takes no reference and no lock:
 * the mark on the length of all others makes it unlike any that can be sought. */
static inline gboolean
intern_entry_equals (const char      *string,
                     const InternKey *key)
{
  /* Acquire: pairs with the releases of the header, so that the bytes are complete. */
  return intern_atomic_load_acquire (&intern_entry_header (string)->length) == key->length &&
         intern_key_has_bytes (key, string);
}

/* The same for any string, by one who has a reference to it or holds the lock of its shard. */
static inline gboolean
intern_entry_equals_held (const char      *string,
                          const InternKey *key)
{
  return intern_entry_length (string) == key->length && intern_key_has_bytes (key, string);
}
