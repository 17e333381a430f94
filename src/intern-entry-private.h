/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the storage holds for a string: a header, the bytes, a NUL.
 *
 * Callers get the address of the bytes; the header stands right before them, on the same cache
 * line as the bytes that a search compares, and gives the length and the atom in O(1). Entries
 * never move and, once published under a shard's lock, never change, but for the atom: it is
 * given once, to those that are asked for one.
 */

#pragma once

#include <string.h>

#include "intern-atomic-private.h"
#include "intern-key-private.h"

typedef struct
{
  guint32 length;
  guint32 atom;     /* 0: none yet; written under the lock of the atoms */
  char    string[];
} InternEntry;

/* The longest string that a pool holds: its entry, with alignment, stays below 4 GiB, and below
 * what GStringChunk takes in one piece on 32-bit machines. */
#define INTERN_MAX_LENGTH MIN ((gsize) G_MAXUINT32 - 64, (gsize) G_MAXSSIZE - 64)

/* One bit of the word is left for what is no atom. */
#define INTERN_MAX_ATOM ((guint32) G_MAXINT32)

static inline InternEntry *
intern_entry_of (const char *string)
{
  return (InternEntry *) (void *) (string - G_STRUCT_OFFSET (InternEntry, string));
}

static inline gsize
intern_entry_length (const char *string)
{
  return intern_entry_of (string)->length;
}

/* Returns 0 if nobody has asked for one. */
static inline guint32
intern_entry_atom (const char *string)
{
  /* Acquire: pairs with the release below. What the caller makes of the atom, in this thread or in
   * one that it tells, finds the atom assigned. */
  return intern_load_acquire (&intern_entry_of (string)->atom);
}

static inline void
intern_entry_set_atom (const char *string,
                       guint32     atom)
{
  /* Release: the row of the atom has been filled before. */
  intern_store_release (&intern_entry_of (string)->atom, atom);
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
intern_entry_equals (const char      *string,
                     const InternKey *key)
{
  return intern_entry_length (string) == key->length &&
         (key->length <= INTERN_INLINE_LENGTH
            ? intern_bytes_equal (string, key->data, key->length)
            : memcmp (string, key->data, key->length) == 0);
}
