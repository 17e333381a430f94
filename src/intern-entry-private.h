/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the storage holds for a string: a header, the bytes, a NUL.
 *
 * Callers get the address of the bytes; the header stands right before them, on the same cache
 * line as the bytes that a search compares, and gives the length in O(1). Entries never move
 * and, once published under a shard's lock, never change.
 */

#pragma once

#include <string.h>

#include "intern-key-private.h"

typedef struct
{
  guint32 length;
  char    string[];
} InternEntry;

/* The longest string that a pool holds: its entry, with alignment, stays below 4 GiB, and below
 * what GStringChunk takes in one piece on 32-bit machines. */
#define INTERN_MAX_LENGTH MIN ((gsize) G_MAXUINT32 - 64, (gsize) G_MAXSSIZE - 64)

static inline const InternEntry *
intern_entry_of (const char *string)
{
  return (const InternEntry *) (const void *) (string - G_STRUCT_OFFSET (InternEntry, string));
}

static inline gsize
intern_entry_length (const char *string)
{
  return intern_entry_of (string)->length;
}

static inline gboolean
intern_entry_equals (const char      *string,
                     const InternKey *key)
{
  return intern_entry_length (string) == key->length &&
         memcmp (string, key->data, key->length) == 0;
}
