/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/index.h"

#include <string.h>

#include "base/tls.h"
#include "storage/entry.h"

/* A few strings */

/* Returns the position of a string that equals @key, living or dead, or the number of strings. */
static inline guint
few_find (const InternFew    *few,
          const InternBlocks *blocks,
          const InternKey    *key)
{
  const guint32 hash = (guint32) key->hash;
  guint i;

  for (i = 0; i < few->n_strings; i++)
    if (few->hashes[i] == hash && intern_entry_equals_any (intern_blocks_string (blocks, few->offsets[i]), key))
      break;

  return i;
}

/* Lends memory to an empty index, for as long as that is used. */
void
intern_index_lend (InternIndex *index,
                   InternFew   *few)
{
  few->n_strings = 0;
  index->few = few;
}

/* The table */

/* GHashTable passes no user data to its callbacks, hashes every key that it adds, and takes keys only, not
 * bytes. So each function here sets the current search, and the callbacks read that. */
typedef struct
{
  const InternKey    *key;
  const InternBlocks *blocks;
  guint               hash;
  InternOffset        fresh;          /* the offset to enter; its bytes may not be written yet */
  InternOffset        found;          /* out: an equal string in the index */
  guint               n_equal_hashes; /* out: other strings of the same hash */
} Search;

static INTERN_THREAD_LOCAL Search current;

/* The low half of the hash: the highest bits choose the shard. After a multiplication by an unknown odd number, two
 * that differ meet by chance only. */
static void
begin_search (const InternIndex  *index,
              const InternBlocks *blocks,
              const InternKey    *key,
              InternOffset        fresh)
{
  const guint64 hash = G_LIKELY (index->secret == NULL)
                         ? key->hash : intern_hash_call (key->data, key->length, index->secret);

  current = (Search) {
    .key = key,
    .blocks = blocks,
    .hash = (guint) ((guint32) hash * intern_hash_spread >> 32),
    .fresh = fresh,
  };
}

static guint
hash_current (gconstpointer ignored)
{
  return current.hash;
}

static gboolean
equals_current (gconstpointer there,
                gconstpointer ignored)
{
  const InternOffset offset = GPOINTER_TO_SIZE (there);

  if (offset == current.fresh)
    return TRUE;
  if (G_UNLIKELY (!intern_entry_equals_any (intern_blocks_string (current.blocks, offset), current.key)))
    {
      current.n_equal_hashes++;
      return FALSE;
    }

  current.found = offset;

  return TRUE;
}

static void
make_table (InternIndex *index)
{
  index->table = g_hash_table_new (hash_current, equals_current);
  index->memory = (InternTableMemory) { 0 };
}

static void
enter (InternIndex  *index,
       InternOffset  offset)
{
  if (G_LIKELY (g_hash_table_add (index->table, GSIZE_TO_POINTER (offset))))
    intern_table_memory_add (&index->memory, offset, g_hash_table_size (index->table));
}

/* Gives the table a secret of its own, and enters all strings again. @key is that of @fresh. */
static void
take_secret (InternIndex        *index,
             const InternBlocks *blocks,
             const InternKey    *key,
             InternOffset        fresh)
{
  g_autoptr (GHashTable) former = NULL;
  guint8 *secret = intern_secret_new ();
  GHashTableIter iter;
  gpointer there;

  if (secret == NULL)
    return;

  former = g_steal_pointer (&index->table);
  index->secret = secret;
  make_table (index);
  g_hash_table_iter_init (&iter, former);
  while (g_hash_table_iter_next (&iter, &there, NULL))
    {
      const InternOffset offset = GPOINTER_TO_SIZE (there);
      const char *string = intern_blocks_string (blocks, offset);

      if (offset == fresh)
        continue;

      begin_search (index, blocks, &(InternKey) { string, intern_entry_length (string), 0 }, offset);
      enter (index, offset);
    }
  /* Last: its bytes may not be written yet, so no search may compare it. */
  begin_search (index, blocks, key, fresh);
  enter (index, fresh);
}

/* Enters @offset. Returns the offset that it replaces, or 0. */
static InternOffset
table_add (InternIndex        *index,
           const InternBlocks *blocks,
           const InternKey    *key,
           InternOffset        offset)
{
  InternOffset replaced;

  if (G_UNLIKELY (index->table == NULL))
    make_table (index);

  begin_search (index, blocks, key, offset);
  enter (index, offset);
  replaced = current.found;
  /* Once: another secret would not help. */
  if (G_UNLIKELY (current.n_equal_hashes >= INTERN_EQUAL_HASHES_MAX) && index->secret == NULL)
    take_secret (index, blocks, key, offset);

  return replaced;
}

/* Moves the few strings to a table. */
static void
outgrow_few (InternIndex        *index,
             const InternBlocks *blocks)
{
  const InternFew *few = index->few;

  index->few = NULL;
  for (guint i = 0; i < few->n_strings; i++)
    {
      const char *string = intern_blocks_string (blocks, few->offsets[i]);
      const InternKey key = { string, intern_entry_length (string), few->hashes[i] };

      table_add (index, blocks, &key, few->offsets[i]);
    }
}

/* Both */

void
intern_index_clear (InternIndex *index)
{
  g_clear_pointer (&index->table, g_hash_table_unref);
  g_free (index->secret);
  *index = (InternIndex) { 0 };
}

/* Returns the offset of an equal string, living or dead, or 0, which no string has: its header is before
 * it. */
InternOffset
intern_index_find (const InternIndex  *index,
                   const InternBlocks *blocks,
                   const InternKey    *key)
{
  const InternFew *few = index->few;

  if (few != NULL)
    {
      const guint position = few_find (few, blocks, key);

      return position < few->n_strings ? few->offsets[position] : 0;
    }
  if (index->table == NULL)
    return 0;

  begin_search (index, blocks, key, 0);

  return GPOINTER_TO_SIZE (g_hash_table_lookup (index->table, NULL));
}

/* Enters @offset, whose string may not be written yet. Returns the offset that it replaces, of an equal string,
 * living or dead, or 0. */
InternOffset
intern_index_add (InternIndex        *index,
                  const InternBlocks *blocks,
                  const InternKey    *key,
                  InternOffset        offset)
{
  InternFew *few = index->few;
  InternOffset replaced = 0;
  guint position;

  if (few == NULL)
    return table_add (index, blocks, key, offset);

  position = few_find (few, blocks, key);
  /* The array is full, or the offset needs more than 32 bits. */
  if (G_UNLIKELY (position == INTERN_FEW || (guint32) offset != offset))
    {
      outgrow_few (index, blocks);
      return table_add (index, blocks, key, offset);
    }

  if (position < few->n_strings)
    replaced = few->offsets[position];
  else
    few->n_strings++;
  few->hashes[position] = (guint32) key->hash;
  few->offsets[position] = (guint32) offset;

  return replaced;
}

/* Undoes intern_index_add(). */
void
intern_index_put_back (InternIndex        *index,
                       const InternBlocks *blocks,
                       const InternKey    *key,
                       InternOffset        offset,
                       InternOffset        replaced)
{
  InternFew *few = index->few;

  if (few == NULL)
    {
      begin_search (index, blocks, key, offset);
      g_hash_table_add (index->table, GSIZE_TO_POINTER (replaced));
      return;
    }

  for (guint i = 0; i < few->n_strings; i++)
    if (few->offsets[i] == offset)
      few->offsets[i] = (guint32) replaced;
}

/* Removes the string that equals @key. It is there. */
void
intern_index_remove (InternIndex        *index,
                     const InternBlocks *blocks,
                     const InternKey    *key)
{
  InternFew *few = index->few;

  if (few == NULL)
    {
      begin_search (index, blocks, key, 0);
      g_hash_table_remove (index->table, NULL);
      intern_table_memory_remove (&index->memory, g_hash_table_size (index->table));
    }
  else
    {
      const guint position = few_find (few, blocks, key);
      const guint last = --few->n_strings;

      few->hashes[position] = few->hashes[last];
      few->offsets[position] = few->offsets[last];
    }
}

static InternOffset *
few_list (const InternFew *few)
{
  InternOffset *offsets = few->n_strings == 0 ? NULL : g_new (InternOffset, few->n_strings);

  for (guint i = 0; i < few->n_strings; i++)
    offsets[i] = few->offsets[i];

  return offsets;
}

/* Returns the offsets, in no particular order, for g_free(). */
InternOffset *
intern_index_list (const InternIndex *index,
                   guint             *n_strings)
{
  G_STATIC_ASSERT (sizeof (InternOffset) == sizeof (gpointer));

  *n_strings = 0;
  if (index->few != NULL)
    {
      *n_strings = index->few->n_strings;
      return few_list (index->few);
    }

  return index->table == NULL ? NULL : (InternOffset *) g_hash_table_get_keys_as_array (index->table, n_strings);
}

/* The memory of the table: the few are the caller's. */
guint64
intern_index_get_memory (const InternIndex *index)
{
  if (index->table == NULL)
    return 0;

  return intern_table_memory_get (&index->memory) + (index->secret == NULL ? 0 : intern_heap_size (INTERN_SECRET_SIZE));
}
