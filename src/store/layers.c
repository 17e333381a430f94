/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The layers under a store: the snapshot that it was opened from, or the frozen store that is its parent,
 * which may have layers itself. Their strings never change: a search takes no lock.
 *
 * A string of a snapshot has no header: the snapshot has its length and its atom.
 */

#include "config.h"

#include "store/store.h"

#include <string.h>

#include "base/glib-memory.h"

/* Takes references. No other thread knows @store. */
void
intern_store_set_layers (InternStore    *store,
                         InternSnapshot *snapshot,
                         InternStore    *parent)
{
  store->n_layers = (snapshot != NULL ? 1 : 0) + (parent != NULL ? parent->n_layers + 1 : 0);
  if (store->n_layers > 0)
    store->short_end = 0;
  if (snapshot != NULL)
    {
      store->snapshot = intern_snapshot_ref (snapshot);
      store->snapshot_cache = g_new0 (InternCache, 1);
      intern_cache_init (store->snapshot_cache);
    }
  if (parent != NULL)
    store->parent = intern_store_ref (parent);
}

void
intern_store_clear_layers (InternStore *store)
{
  g_clear_pointer (&store->lent_atoms, g_hash_table_unref);
  if (store->snapshot_cache != NULL)
    intern_cache_clear (store->snapshot_cache);
  g_clear_pointer (&store->snapshot_cache, g_free);
  g_clear_pointer (&store->snapshot, intern_snapshot_unref);
  g_clear_pointer (&store->parent, intern_store_unref);
}

/* Searching a snapshot */

static inline guint64
zero_bytes (guint64 word)
{
  return (word - INTERN_BYTES (0x01)) & ~word & INTERN_BYTES (0x80);
}

static gboolean
has_nul (const char *bytes,
         gsize       length)
{
  return memchr (bytes, '\0', length) != NULL;
}

/* Whether the bytes are equal and none is a NUL: a hit requires both. */
static inline gboolean
equals_without_nul (const char *bytes,
                    const char *sought,
                    gsize       length)
{
  const gsize last = length - 8;
  guint64 word, differs;

  if (G_UNLIKELY (length < 8 || length > INTERN_INLINE_LENGTH))
    return memcmp (bytes, sought, length) == 0 && !has_nul (sought, length);

  word = intern_read_8 (sought + last);
  differs = (word ^ intern_read_8 (bytes + last)) | zero_bytes (word);
  for (gsize i = 0; i < last; i += 8)
    {
      word = intern_read_8 (sought + i);
      differs |= (word ^ intern_read_8 (bytes + i)) | zero_bytes (word);
    }

  return differs == 0;
}

/* Looking up the length of a string in the snapshot would cost a search. But a string that contains no NUL
 * ends at its terminator: it equals @key if the bytes are equal, none of them is a NUL, and the next one is.
 * Strings that contain one are not put into the cache. */
static inline gboolean
match_headerless (const char      *string,
                  const InternKey *key,
                  gpointer         data)
{
  const InternSnapshot *snapshot = (const InternSnapshot *) data;
  const guint64 start = (guint64) (string - snapshot->text);

  return key->length < snapshot->text_size - start && string[key->length] == '\0' &&
         equals_without_nul (string, key->data, key->length);
}

static inline const char *
peek_snapshot (InternStore     *store,
               const InternKey *key)
{
  return intern_cache_peek (store->snapshot_cache, key, match_headerless, store->snapshot);
}

static const char *
find_in_snapshot (InternStore     *store,
                  const InternKey *key)
{
  InternCache *cache = store->snapshot_cache;
  InternSnapshot *snapshot = store->snapshot;
  const char *string = intern_cache_find (cache, key, match_headerless, snapshot);
  guint32 ignored;

  if (string != NULL)
    return string;
  string = intern_snapshot_find (snapshot, key->data, key->length, &ignored);
  if (string == NULL || has_nul (string, key->length))
    return string;

  if (intern_cache_put (cache, key->hash, string) == INTERN_PUT_MANY)
    intern_cache_grow (cache, snapshot->n_strings);

  return string;
}

/* Searching all layers. Hits and misses are counted in the caller's store only. */

static INTERN_HOT G_NO_INLINE const char *
peek_parents (InternStore *store,
              const char  *data,
              gsize        length,
              guint64      hash)
{
  const InternKey key = { data, length, hash };
  const char *string = NULL;

  while (string == NULL && store->parent != NULL)
    {
      store = store->parent;
      string = intern_cache_peek (&store->cache, &key, intern_match_permanent, NULL);
    }

  return string != NULL || store->snapshot == NULL ? string : peek_snapshot (store, &key);
}

/* Like intern_store_peek(), in the layers and then in the store. Not inlined. */
INTERN_HOT const char *
intern_store_peek_layers (InternStore *store,
                          const char  *data,
                          gsize        length,
                          guint64     *hash)
{
  InternKey key = { data, length, 0 };
  const char *string;

  *hash = 0;
  if (G_UNLIKELY (length > INTERN_INLINE_LENGTH))
    return NULL;

  *hash = key.hash = intern_hash (data, length, store->secret);
  string = store->snapshot != NULL ? peek_snapshot (store, &key) : peek_parents (store, data, length, key.hash);

  return string != NULL ? string : intern_cache_peek (&store->cache, &key, intern_match_permanent, NULL);
}

/* Searches the shards of a frozen store: they do not change, so it needs no lock. */
const char *
intern_store_find_frozen (InternStore     *store,
                          const InternKey *key)
{
  return intern_shard_find_locked (intern_store_get_shard (store, key->hash), key, INTERN_TO_SEE);
}

static const char *
find_in_parent (InternStore     *store,
                const InternKey *key)
{
  const char *string = intern_cache_find (&store->cache, key, intern_match_permanent, NULL);

  if (string != NULL)
    return string;

  if (store->n_layers > 0)
    {
      string = intern_store_find_in_layers (store, key);
      if (string != NULL)
        return string;
    }
  string = intern_store_find_frozen (store, key);
  if (string != NULL)
    intern_store_remember (store, key->hash, string);

  return string;
}

const char *
intern_store_find_in_layers (InternStore     *store,
                             const InternKey *key)
{
  const char *string;

  if (store->parent != NULL)
    return find_in_parent (store->parent, key);

  string = peek_snapshot (store, key);

  return string != NULL ? string : find_in_snapshot (store, key);
}

gboolean
intern_store_foreach_in_layers (InternStore     *store,
                                InternStoreFunc  func,
                                gpointer         user_data)
{
  if (store->parent != NULL)
    return intern_store_foreach (store->parent, func, user_data);

  for (guint32 i = 0; store->snapshot != NULL && i < store->snapshot->n_strings; i++)
    {
      gsize length = 0;
      const char *string = intern_snapshot_get (store->snapshot, i, &length);

      if (string != NULL && !func (string, length, user_data))
        return FALSE;
    }

  return TRUE;
}

/* Whose string is it? */

/* Returns the snapshot that @string lies in, of @store or of a layer, or NULL. */
static InternSnapshot *
find_snapshot (InternStore *store,
               const char  *string)
{
  do
    {
      InternSnapshot *snapshot = store->snapshot;

      if (snapshot != NULL && (guintptr) string >= (guintptr) snapshot->text &&
          (guintptr) string - (guintptr) snapshot->text < snapshot->text_size)
        return snapshot;
      store = store->parent;
    }
  while (store != NULL);

  return NULL;
}

/* Whether a string lies in a snapshot and has no header; if so, sets its @length and its @atom. */
gboolean
intern_store_is_headerless (InternStore *store,
                            const char  *string,
                            gsize       *length,
                            guint32     *atom)
{
  InternSnapshot *snapshot = find_snapshot (store, string);
  guint32 position;

  if (snapshot == NULL)
    return FALSE;

  *length = 0;
  *atom = 0;
  if (intern_snapshot_find_address (snapshot, string, &position))
    {
      intern_snapshot_get (snapshot, position, length);
      if (position < snapshot->n_atoms)
        *atom = snapshot->first_atom + position;
    }

  return TRUE;
}

/* Whether a string lies in the memory of @store or of a layer. Looks at every block. */
gboolean
intern_store_owns (InternStore *store,
                   const char  *string)
{
  if (find_snapshot (store, string) != NULL)
    return TRUE;

  for (; store != NULL; store = store->parent)
    if (intern_blocks_find (&store->blocks, string) != 0)
      return TRUE;

  return FALSE;
}

/* Whether @string, which is of @store or of a layer, is of @store itself. */
gboolean
intern_store_has_added (InternStore *store,
                        const char  *string)
{
  InternKey key;
  InternShard *shard;
  gboolean has_added;

  if (find_snapshot (store, string) != NULL)
    return FALSE;

  key = intern_store_key (store, string);
  shard = intern_store_lock_shard (store, key.hash);
  has_added = intern_shard_find_locked (shard, &key, INTERN_TO_SEE) == string;
  intern_store_unlock_shard (store, shard);

  return has_added;
}

/* Counting */

guint64
intern_store_get_n_strings_in_layers (InternStore *store)
{
  if (store->parent != NULL)
    return intern_store_get_n_strings (store->parent);

  return store->snapshot == NULL ? 0 : store->snapshot->n_strings;
}

/* Adds the figures of the layers to @stats, without their dead strings. */
void
intern_store_count_layers (InternStore      *store,
                           InternStoreStats *stats)
{
  if (store->parent != NULL)
    {
      const InternStoreStats parent = intern_store_count_locked (store->parent);

      stats->n_strings += parent.n_strings;
      stats->bytes_stored += parent.bytes_stored;
    }

  if (store->snapshot != NULL)
    {
      stats->n_strings += store->snapshot->n_strings;
      stats->bytes_stored += intern_snapshot_text_bytes (store->snapshot);
    }
}

/* The memory of the snapshot and the lent atoms. A parent is not counted: its children share it.
 * HOLDS: every lock of the store */
guint64
intern_store_get_layers_memory (InternStore *store)
{
  guint64 memory = 0;

  if (store->snapshot != NULL)
    memory += intern_heap_size (sizeof (InternSnapshot)) + g_bytes_get_size (store->snapshot->bytes) +
              intern_heap_size (sizeof (InternCache)) + intern_cache_get_memory_locked (store->snapshot_cache);
  if (store->lent_atoms != NULL)
    memory += intern_map_memory (g_hash_table_size (store->lent_atoms), sizeof (guint));

  return memory;
}
