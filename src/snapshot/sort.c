/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sorts strings by their bytes, eight at a time: a word of them lies beside the address of each string, since a
 * comparison of the strings themselves waits for memory twice. Strings with equal words load the next eight bytes, all
 * at once.
 *
 * Bentley and Sedgewick, Fast Algorithms for Sorting and Searching Strings (1997). */

#include "config.h"

#include "snapshot/writer.h"

#include <string.h>

/* How many strings ahead bytes are prefetched. */
#define SORT_AHEAD 16
/* Fewer strings than this are sorted by insertion. */
#define FEW 12

typedef struct
{
  const char *data;
  gsize       length;
  guint64     word;
} Item;

/* Returns the eight bytes from @depth on, zeros after the end, as a number with their order. */
static guint64
word_at (const Item *string,
         gsize       depth)
{
  guint64 word = 0;

  if (string->length > depth)
    memcpy (&word, string->data + depth, MIN (string->length - depth, sizeof word));

  return GUINT64_FROM_BE (word);
}

static void
load_words (Item  *strings,
            gsize  n_strings,
            gsize  depth)
{
  for (gsize i = 0; i < n_strings; i++)
    {
      if (i + SORT_AHEAD < n_strings)
        __builtin_prefetch (strings[i + SORT_AHEAD].data + MIN (depth, strings[i + SORT_AHEAD].length));
      strings[i].word = word_at (&strings[i], depth);
    }
}

/* The words were loaded at @depth; the bytes before it are equal. */
static gboolean
is_item_before (const Item *a,
                const Item *b,
                gsize       depth)
{
  int order;

  if (a->word != b->word)
    return a->word < b->word;
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
sort_few (Item  *strings,
          gsize  n_strings,
          gsize  depth)
{
  for (gsize i = 1; i < n_strings; i++)
    for (gsize j = i; j > 0 && is_item_before (&strings[j], &strings[j - 1], depth); j--)
      swap (&strings[j], &strings[j - 1]);
}

/* Moves smaller words before a pivot and larger ones after it: the pivot's are from @middle to @after. The
 * pivot is random, so that no order of strings is slow. */
static void
partition (Item    *strings,
           gsize    n_strings,
           guint64 *random,
           gsize   *middle,
           gsize   *after)
{
  guint64 word;
  gsize i = 0;

  *random = *random * G_GUINT64_CONSTANT (6364136223846793005) + 1442695040888963407;
  word = strings[(*random >> 11) % n_strings].word;
  *middle = 0;
  *after = n_strings;

  while (i < *after)
    {
      if (strings[i].word < word)
        swap (&strings[i++], &strings[(*middle)++]);
      else if (strings[i].word > word)
        swap (&strings[i], &strings[--*after]);
      else
        i++;
    }
}

/* Moves the strings that end before @depth to the front, by length: their words are filled up with zeros that
 * the others have. Returns their number. */
static gsize
sort_ended (Item  *strings,
            gsize  n_strings,
            gsize  depth)
{
  gsize n_ended = 0;

  for (gsize i = 0; i < n_strings; i++)
    if (strings[i].length <= depth)
      swap (&strings[i], &strings[n_ended++]);
  /* No two are equal: at most one more than bytes in a word. */
  sort_few (strings, n_ended, depth);

  return n_ended;
}

/* Strings that are equal before @depth, with words loaded there. */
typedef struct
{
  Item  *strings;
  gsize  n_strings;
  gsize  depth;
} Part;

/* Splits @part into three to be sorted on their own. */
static void
split (const Part *part,
       guint64    *random,
       Part       *parts)
{
  const gsize depth = part->depth + sizeof part->strings->word;
  gsize middle, after;

  partition (part->strings, part->n_strings, random, &middle, &after);
  parts[0] = (Part) { part->strings, middle, part->depth };
  parts[1] = (Part) { part->strings + after, part->n_strings - after, part->depth };
  middle += sort_ended (part->strings + middle, after - middle, depth);
  parts[2] = (Part) { part->strings + middle, after - middle, depth };
  load_words (parts[2].strings, parts[2].n_strings, depth);
}

/* Recurses into the smaller parts only, so never deeper than the number of strings has bits. */
static void
sort_part (Part     part,
           guint64 *random)
{
  while (part.n_strings >= FEW)
    {
      Part parts[3];
      guint largest = 0;

      split (&part, random, parts);
      for (guint i = 1; i < G_N_ELEMENTS (parts); i++)
        if (parts[i].n_strings > parts[largest].n_strings)
          largest = i;
      for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (i != largest)
          sort_part (parts[i], random);
      part = parts[largest];
    }

  sort_few (part.strings, part.n_strings, part.depth);
}

/* Sorts @strings as memcmp() does; a prefix comes first. Returns FALSE, and changes nothing, without memory for
 * the words. */
gboolean
intern_snapshot_sort (InternSnapshotString *strings,
                      gsize                 n_strings)
{
  g_autofree Item *items = g_try_new (Item, MAX (n_strings, 1));
  guint64 random = ((guint64) g_random_int () << 32) | g_random_int ();

  if (items == NULL)
    return FALSE;

  for (gsize i = 0; i < n_strings; i++)
    items[i] = (Item) { .data = strings[i].data, .length = strings[i].length };
  load_words (items, n_strings, 0);
  sort_part ((Part) { items, n_strings, 0 }, &random);
  for (gsize i = 0; i < n_strings; i++)
    strings[i] = (InternSnapshotString) { items[i].data, items[i].length };

  return TRUE;
}
