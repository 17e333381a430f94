/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Puts strings into the order of their bytes, eight bytes of each at a time, which stand beside its
 * address: a comparison that goes to the strings themselves waits for memory twice. Strings that
 * are equal so far get the next eight, all of them at once.
 *
 * Bentley and Sedgewick, Fast Algorithms for Sorting and Searching Strings (1997). */

#include "config.h"

#include "snapshot/writer.h"

#include <string.h>

/* Strings whose bytes are on their way from memory at a time. */
#define AHEAD 16
/* Fewer than this are put in order by comparing them. */
#define FEW 12

typedef struct
{
  const char *data;
  gsize       length;
  guint64     key;
} Item;

/* Eight bytes of a string from @depth on, as a number that has their order. What is beyond the end
 * is zero. */
static guint64
key_at (const Item *string,
        gsize                       depth)
{
  guint64 key = 0;

  if (string->length > depth)
    memcpy (&key, string->data + depth, MIN (string->length - depth, sizeof key));

  return GUINT64_FROM_BE (key);
}

static void
load_keys (Item *strings,
           gsize                 n_strings,
           gsize                 depth)
{
  for (gsize i = 0; i < n_strings; i++)
    {
      if (i + AHEAD < n_strings)
        __builtin_prefetch (strings[i + AHEAD].data + MIN (depth, strings[i + AHEAD].length));
      strings[i].key = key_at (&strings[i], depth);
    }
}

/* The keys have been loaded at @depth; what is before it is equal. */
static gboolean
is_before (const Item *a,
           const Item *b,
           gsize                       depth)
{
  int order;

  if (a->key != b->key)
    return a->key < b->key;
  if (MIN (a->length, b->length) <= depth)
    return a->length < b->length;

  order = memcmp (a->data + depth, b->data + depth, MIN (a->length, b->length) - depth);

  return order != 0 ? order < 0 : a->length < b->length;
}

static void
swap (Item *a,
      Item *b)
{
  const Item string = *a;

  *a = *b;
  *b = string;
}

static void
sort_few (Item *strings,
          gsize                 n_strings,
          gsize                 depth)
{
  for (gsize i = 1; i < n_strings; i++)
    for (gsize j = i; j > 0 && is_before (&strings[j], &strings[j - 1], depth); j--)
      swap (&strings[j], &strings[j - 1]);
}

/* Brings what has the key of one of them into the middle, what is smaller before it and what is
 * larger behind it. That one is chosen by lot, so that no order of strings takes long. */
static void
partition (Item *strings,
           gsize                 n_strings,
           guint64              *lot,
           gsize                *middle,
           gsize                *after)
{
  guint64 key;
  gsize i = 0;

  *lot = *lot * G_GUINT64_CONSTANT (6364136223846793005) + 1442695040888963407;
  key = strings[(*lot >> 11) % n_strings].key;
  *middle = 0;
  *after = n_strings;

  while (i < *after)
    {
      if (strings[i].key < key)
        swap (&strings[i++], &strings[(*middle)++]);
      else if (strings[i].key > key)
        swap (&strings[i], &strings[--*after]);
      else
        i++;
    }
}

/* Of strings that are equal up to @depth, those that end before it come first, by length: what
 * they have been filled up with are the zeros of the others. Returns how many they are. */
static gsize
sort_ended (Item *strings,
            gsize                 n_strings,
            gsize                 depth)
{
  gsize n_ended = 0;

  for (gsize i = 0; i < n_strings; i++)
    if (strings[i].length <= depth)
      swap (&strings[i], &strings[n_ended++]);
  /* There are no more of them than bytes in a key, and one. */
  sort_few (strings, n_ended, depth);

  return n_ended;
}

/* Strings whose keys have been loaded at @depth, and which are equal before it. */
typedef struct
{
  Item *strings;
  gsize                 n_strings;
  gsize                 depth;
} Part;

/* Cuts @part into three that only need to be in order each. */
static void
split (const Part *part,
       guint64    *lot,
       Part       *parts)
{
  const gsize depth = part->depth + sizeof part->strings->key;
  gsize middle, after;

  partition (part->strings, part->n_strings, lot, &middle, &after);
  parts[0] = (Part) { part->strings, middle, part->depth };
  parts[1] = (Part) { part->strings + after, part->n_strings - after, part->depth };
  middle += sort_ended (part->strings + middle, after - middle, depth);
  parts[2] = (Part) { part->strings + middle, after - middle, depth };
  load_keys (parts[2].strings, parts[2].n_strings, depth);
}

/* Calls itself for the smaller parts only, so never deeper than there are bits in their number. */
static void
sort_part (Part     part,
           guint64 *lot)
{
  while (part.n_strings >= FEW)
    {
      Part parts[3];
      guint largest = 0;

      split (&part, lot, parts);
      for (guint i = 1; i < G_N_ELEMENTS (parts); i++)
        if (parts[i].n_strings > parts[largest].n_strings)
          largest = i;
      for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (i != largest)
          sort_part (parts[i], lot);
      part = parts[largest];
    }

  sort_few (part.strings, part.n_strings, part.depth);
}

/* Into the order of their bytes, as memcmp() has it; what is shorter comes first. Returns FALSE, and leaves
 * them as they are, if there is no memory for their keys. */
gboolean
intern_snapshot_sort (InternSnapshotString *strings,
                      gsize                 n_strings)
{
  g_autofree Item *items = g_try_new (Item, MAX (n_strings, 1));
  guint64 lot = ((guint64) g_random_int () << 32) | g_random_int ();

  if (items == NULL)
    return FALSE;

  for (gsize i = 0; i < n_strings; i++)
    items[i] = (Item) { .data = strings[i].data, .length = strings[i].length };
  load_keys (items, n_strings, 0);
  sort_part ((Part) { items, n_strings, 0 }, &lot);
  for (gsize i = 0; i < n_strings; i++)
    strings[i] = (InternSnapshotString) { items[i].data, items[i].length };

  return TRUE;
}
