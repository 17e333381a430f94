/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/layers.h"

#include <string.h>

#include "base/heap.h"
#include "store/struct.h"

/* Takes references. Nobody else knows @store yet. */
void
intern_layers_set (InternStore    *store,
                   InternSnapshot *snapshot,
                   InternStore    *parent)
{
  if (snapshot != NULL)
    {
      store->snapshot = intern_snapshot_ref (snapshot);
      store->bare = g_new0 (InternCache, 1);
      intern_cache_init (store->bare);
    }
  if (parent != NULL)
    store->parent = intern_store_ref (parent);
  store->front.layered = snapshot != NULL || parent != NULL;
  if (store->front.layered)
    store->front.short_end = 0;
}

void
intern_layers_clear (InternStore *store)
{
  g_clear_pointer (&store->lent, g_hash_table_unref);
  if (store->bare != NULL)
    intern_cache_clear (store->bare);
  g_clear_pointer (&store->bare, g_free);
  g_clear_pointer (&store->snapshot, intern_snapshot_unref);
  g_clear_pointer (&store->parent, intern_store_unref);
}

/* Strings */

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

/* Both in one go, since every hit needs them. */
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

/* A string of a snapshot has no header, and to ask the snapshot for its length would take as long as
 * to search there. But one that holds no NUL ends at its first, so it is the one that is sought
 * if the bytes are the same, none of them is a NUL, and the next one is. Others are not put into
 * the cache. */
static inline gboolean
bare_equals (const InternSnapshot *snapshot,
             const char           *string,
             const InternKey      *key)
{
  const guint64 start = (guint64) (string - snapshot->text);

  return key->length < snapshot->text_size - start && string[key->length] == '\0' &&
         equals_without_nul (string, key->data, key->length);
}

static const char *
find_bare_in_bucket (const InternSnapshot *snapshot,
                     InternBucket         *bucket,
                     guint64               tags,
                     const InternKey      *key)
{
  guint64 candidates = intern_bucket_candidates (tags, key->hash);

  for (; candidates != 0; candidates &= candidates - 1)
    {
      const char *string = intern_bucket_get (bucket, candidates, key->hash);

      if (string != NULL && bare_equals (snapshot, string, key))
        return string;
    }

  return NULL;
}

static const char *
find_bare_in_level (const InternSnapshot   *snapshot,
                    const InternCacheLevel *level,
                    const InternKey        *key)
{
  InternBucket *bucket = intern_cache_bucket (level, key->hash);
  /* Relaxed: as in intern_cache_peek(). */
  const guint64 tags = intern_load_relaxed (&bucket->tags);
  const char *string = find_bare_in_bucket (snapshot, bucket, tags, key);

  if (string != NULL || (tags & INTERN_BUCKET_SPILLED) == 0)
    return string;

  bucket = intern_cache_second_bucket (level, key->hash);

  return find_bare_in_bucket (snapshot, bucket, intern_load_relaxed (&bucket->tags), key);
}

/* As intern_cache_peek(). */
static inline const char *
peek_bare (InternStore     *store,
           const InternKey *key)
{
#ifdef INTERN_NO_CACHE
  return NULL;
#else
  InternBucket *bucket = intern_cache_bucket (intern_load_acquire (&store->bare->level), key->hash);
  const guint64 candidates = intern_bucket_glance (intern_load_relaxed (&bucket->tags), key->hash);
  const char *string = candidates == 0 ? NULL : intern_bucket_get (bucket, candidates, key->hash);

  return string != NULL && bare_equals (store->snapshot, string, key) ? string : NULL;
#endif
}

/* Searches the snapshot, the level of the cache before first, and remembers what it finds. */
static const char *
find_bare (InternStore     *store,
           const InternKey *key)
{
  /* Acquire: as in intern_cache_peek(). */
  const InternCacheLevel *previous = intern_load_acquire (&store->bare->previous);
  const InternCacheLevel *level = intern_load_acquire (&store->bare->level);
  const char *string = find_bare_in_level (store->snapshot, level, key);
  guint32 ignored;

  if (string != NULL)
    return string;
  if (previous != NULL)
    string = find_bare_in_level (store->snapshot, previous, key);
  if (string == NULL)
    string = intern_snapshot_lookup (store->snapshot, key->data, key->length, &ignored);
  if (string == NULL || has_nul (string, key->length))
    return string;

  if (intern_cache_put (store->bare, key, string))
    intern_cache_reconsider (store->bare, store->snapshot->n_strings);
  intern_cache_carry_over (store->bare, store->front.secret, store->snapshot->text + store->snapshot->text_size);

  return string;
}

/* A glance at the caches of what lies below a child. */
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
      string = intern_cache_peek (&store->front.cache, &key);
    }

  return string != NULL || store->snapshot == NULL ? string : peek_bare (store, &key);
}

INTERN_HOT const char *
intern_store_peek_layered (InternStore *store,
                           const char  *data,
                           gsize        length,
                           guint64     *hash)
{
  InternKey key = { data, length, 0 };
  const char *string;

  *hash = 0;
  if (G_UNLIKELY (length > INTERN_INLINE_LENGTH))
    return NULL;

  *hash = key.hash = intern_hash (data, length, store->front.secret);
  string = store->snapshot != NULL ? peek_bare (store, &key) : peek_parents (store, data, length, key.hash);

  return string != NULL ? string : intern_cache_peek (&store->front.cache, &key);
}

/* Searches the shards of @store, which is frozen: without a lock, since they change no more. */
const char *
intern_layers_find_in_shards (InternStore     *store,
                              const InternKey *key)
{
  return intern_shard_lookup_locked (intern_store_get_shard (store, key->hash), key);
}

/* Searches @store, which is frozen, and what it stands on. Nothing is counted: that is for the store
 * that was asked. */
static const char *
find_in_parent (InternStore     *store,
                const InternKey *key)
{
  const char *string = intern_cache_find (&store->front.cache, key);

  if (string != NULL)
    return string;

  string = intern_cache_find_previous (&store->front.cache, key);
  if (string == NULL && store->front.layered)
    {
      string = intern_layers_find (store, key);
      if (string != NULL)
        return string;
    }
  if (string == NULL)
    string = intern_layers_find_in_shards (store, key);
  if (string != NULL)
    intern_store_remember (store, key, string);

  return string;
}

/* Searches the snapshot or the frozen stores that @store stands on. */
const char *
intern_layers_find (InternStore     *store,
                    const InternKey *key)
{
  if (store->snapshot != NULL)
    {
      const char *string = peek_bare (store, key);

      return string != NULL ? string : find_bare (store, key);
    }
  if (store->parent != NULL)
    return find_in_parent (store->parent, key);

  return NULL;
}

/* Returns the snapshot that @string lies in, of @store or of one below, or NULL. */
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

gboolean
intern_store_is_bare (InternStore *store,
                      const char  *string,
                      gsize       *length,
                      guint32     *atom)
{
  InternSnapshot *snapshot = find_snapshot (store, string);
  guint32 row;

  if (snapshot == NULL)
    return FALSE;

  *length = 0;
  *atom = 0;
  if (intern_snapshot_find_address (snapshot, string, &row))
    {
      intern_snapshot_get (snapshot, row, length);
      if (row < snapshot->n_atoms)
        *atom = snapshot->first_atom + row;
    }

  return TRUE;
}

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

/* Whether @string is one that @store itself has added. */
gboolean
intern_layers_is_own (InternStore *store,
                      const char  *string)
{
  InternKey key;
  InternShard *shard;
  gboolean is_own;

  if (find_snapshot (store, string) != NULL)
    return FALSE;

  key.data = string;
  key.length = intern_entry_length (string);
  key.hash = intern_hash_call (string, key.length, store->front.secret);
  shard = intern_store_lock_shard (store, key.hash);
  is_own = intern_shard_lookup_locked (shard, &key) == string;
  intern_store_unlock_shard (store, shard);

  return is_own;
}

gboolean
intern_layers_foreach (InternStore     *store,
                       InternStoreFunc  func,
                       gpointer         user_data)
{
  if (store->parent != NULL)
    return intern_store_foreach (store->parent, func, user_data);

  for (guint32 row = 0; store->snapshot != NULL && row < store->snapshot->n_strings; row++)
    {
      gsize length = 0;
      const char *string = intern_snapshot_get (store->snapshot, row, &length);

      if (string != NULL && !func (string, length, user_data))
        return FALSE;
    }

  return TRUE;
}

/* Atoms */

const char *
intern_store_atom_below (InternStore *store,
                         guint32      atom)
{
  const InternSnapshot *snapshot = store->snapshot;
  gsize ignored;

  if (store->parent != NULL)
    return intern_store_atom_to_string (store->parent, atom);
  if (snapshot == NULL || atom - snapshot->first_atom >= snapshot->n_atoms)
    return NULL;

  return intern_snapshot_get (snapshot, atom - snapshot->first_atom, &ignored);
}

guint32
intern_store_get_first_atom (InternStore *store)
{
  while (store->parent != NULL)
    store = store->parent;

  return store->snapshot != NULL ? store->snapshot->first_atom : store->front.atoms.first;
}

static guint
count_rows_below (InternStore *store)
{
  if (store->parent != NULL)
    return intern_store_count_rows (store->parent);

  return store->snapshot == NULL ? 0 : store->snapshot->n_atoms;
}

guint
intern_store_count_rows (InternStore *store)
{
  return count_rows_below (store) + intern_store_get_next_atom (store) - store->front.atoms.first;
}

/* @row is less than their number. */
guint32
intern_store_get_row_atom (InternStore *store,
                           guint        row)
{
  const guint n_below = count_rows_below (store);

  if (row >= n_below)
    return store->front.atoms.first + (row - n_below);

  return store->parent != NULL ? intern_store_get_row_atom (store->parent, row)
                               : store->snapshot->first_atom + row;
}

/* HOLDS: the lock of the atoms */
static guint32
find_lent_locked (InternStore *store,
                  const char  *string)
{
  return store->lent == NULL ? 0 : GPOINTER_TO_UINT (g_hash_table_lookup (store->lent, string));
}

/* The atoms that a store below has lent are valid here too. */
static guint32
find_lent (InternStore *store,
           const char  *string)
{
  guint32 atom = 0;

  for (; store != NULL && atom == 0; store = store->parent)
    {
      intern_lock (&store->front.atoms.lock);
      atom = find_lent_locked (store, string);
      intern_unlock (&store->front.atoms.lock);
    }

  return atom;
}

guint32
intern_store_find_atom_layered (InternStore *store,
                                const char  *string)
{
  gsize ignored;
  guint32 atom;

  if (!intern_store_is_bare (store, string, &ignored, &atom))
    atom = intern_entry_atom (string);

  return atom != 0 ? atom : find_lent (store, string);
}

/* Gives a string from below that has no atom the next one of @store; or 0 if there are no more. */
guint32
intern_layers_lend_atom (InternStore *store,
                         const char  *string)
{
  guint32 atom;

  intern_lock (&store->front.atoms.lock);

  atom = find_lent_locked (store, string);
  if (atom == 0 && !store->front.frozen)
    {
      atom = intern_atoms_append_locked (&store->front.atoms, string);
      if (store->lent == NULL)
        store->lent = g_hash_table_new (NULL, NULL);
      if (atom != 0)
        g_hash_table_insert (store->lent, (gpointer) string, GUINT_TO_POINTER (atom));
    }

  intern_unlock (&store->front.atoms.lock);

  return atom;
}

static gboolean
number_string (const char *string,
               gsize       length,
               gpointer    data)
{
  if (intern_store_find_atom_layered (data, string) == 0)
    intern_layers_lend_atom (data, string);

  return TRUE;
}

void
intern_store_number_below (InternStore *store)
{
  intern_layers_foreach (store, number_string, store);
}

/* Counts */

guint64
intern_layers_get_n_strings (InternStore *store)
{
  if (store->parent != NULL)
    return intern_store_get_n_strings (store->parent);

  return store->snapshot == NULL ? 0 : store->snapshot->n_strings;
}

/* Adds what @store finds below. The dead of a frozen store are its own. */
void
intern_layers_count (InternStore      *store,
                     InternStoreStats *stats)
{
  if (store->parent != NULL)
    {
      const InternStoreStats below = intern_store_count_locked (store->parent);

      stats->n_strings += below.n_strings;
      stats->bytes_stored += below.bytes_stored;
    }

  if (store->snapshot != NULL)
    {
      stats->n_strings += store->snapshot->n_strings;
      stats->bytes_stored += intern_snapshot_text_bytes (store->snapshot);
    }
}

/* What this store has for itself: the snapshot is its own, a parent is not.
 * HOLDS: every lock of the store */
guint64
intern_layers_get_memory (InternStore *store)
{
  guint64 memory = 0;

  if (store->snapshot != NULL)
    memory += intern_heap_size (sizeof (InternSnapshot)) + g_bytes_get_size (store->snapshot->bytes) +
              intern_heap_size (sizeof (InternCache)) + intern_cache_get_memory_locked (store->bare);
  /* GHashTable of pointers to numbers: three arrays, filled to three quarters on average. */
  if (store->lent != NULL)
    memory += intern_heap_size (g_hash_table_size (store->lent) * (2 * sizeof (gpointer) + sizeof (guint)) * 4 / 3);

  return memory;
}
