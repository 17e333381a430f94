/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/index.h"

#include "base/thread.h"
#include "storage/entry.h"

/* GHashTable passes no user data to its callbacks, hashes every key that it adds, and takes keys only, not
 * bytes. So each function here sets the current search, and the callbacks read that. */
typedef struct
{
  const InternKey    *key;
  const InternBlocks *blocks;
  InternOffset        fresh; /* the offset to enter; its bytes may not be written yet */
  InternOffset        found; /* out: an equal string in the index */
} Search;

static INTERN_THREAD_LOCAL Search current;

/* The low half: the highest bits choose the shard. */
static guint
hash_current (gconstpointer ignored)
{
  return (guint) current.key->hash;
}

static gboolean
equals_current (gconstpointer there,
                gconstpointer ignored)
{
  const InternOffset offset = GPOINTER_TO_SIZE (there);

  if (offset == current.fresh)
    return TRUE;
  if (!intern_entry_equals_held (intern_blocks_string (current.blocks, offset), current.key))
    return FALSE;

  current.found = offset;

  return TRUE;
}

void
intern_index_clear (InternIndex *index)
{
  g_clear_pointer (&index->table, g_hash_table_unref);
  index->memory = (InternTableMemory) { 0 };
}

/* Returns the offset of an equal string, living or dead, or 0, which no string has: its header is before
 * it. */
InternOffset
intern_index_find (const InternIndex  *index,
                   const InternBlocks *blocks,
                   const InternKey    *key)
{
  if (index->table == NULL)
    return 0;

  current = (Search) { .key = key, .blocks = blocks };

  return GPOINTER_TO_SIZE (g_hash_table_lookup (index->table, NULL));
}

/* Enters @offset. Returns the offset that it replaces, of an equal string, living or dead, or 0. */
InternOffset
intern_index_add (InternIndex        *index,
                  const InternBlocks *blocks,
                  const InternKey    *key,
                  InternOffset        offset)
{
  if (G_UNLIKELY (index->table == NULL))
    index->table = g_hash_table_new (hash_current, equals_current);

  current = (Search) { .key = key, .blocks = blocks, .fresh = offset };
  if (G_LIKELY (g_hash_table_add (index->table, GSIZE_TO_POINTER (offset))))
    intern_table_memory_add (&index->memory, offset, g_hash_table_size (index->table));

  return current.found;
}

/* Undoes intern_index_add(). */
void
intern_index_put_back (InternIndex        *index,
                       const InternBlocks *blocks,
                       const InternKey    *key,
                       InternOffset        offset,
                       InternOffset        replaced)
{
  current = (Search) { .key = key, .blocks = blocks, .fresh = offset };
  g_hash_table_add (index->table, GSIZE_TO_POINTER (replaced));
}

void
intern_index_remove (InternIndex        *index,
                     const InternBlocks *blocks,
                     const InternKey    *key)
{
  current = (Search) { .key = key, .blocks = blocks };
  g_hash_table_remove (index->table, NULL);
  intern_table_memory_remove (&index->memory, g_hash_table_size (index->table));
}

/* Returns the offsets, in no particular order, for g_free(). */
InternOffset *
intern_index_list (const InternIndex *index,
                   guint             *n_strings)
{
  G_STATIC_ASSERT (sizeof (InternOffset) == sizeof (gpointer));

  *n_strings = 0;

  return index->table == NULL ? NULL : (InternOffset *) g_hash_table_get_keys_as_array (index->table, n_strings);
}

guint64
intern_index_get_memory (const InternIndex *index)
{
  return index->table == NULL ? 0 : intern_table_memory_get (&index->memory);
}
