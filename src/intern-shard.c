/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-shard-private.h"

#include <stdlib.h>

#include "intern-heap-private.h"
#include "intern-macros-private.h"

/* Storage */

/* GStringChunk lays pieces of n bytes and a NUL end to end. Pieces of a multiple of 4 bytes keep
 * the header of the next entry aligned. */
#define PIECE_ALIGN INTERN_PLACE_UNIT
G_STATIC_ASSERT (G_ALIGNOF (InternEntry) <= PIECE_ALIGN);

#define HEADER_SIZE (G_STRUCT_OFFSET (InternEntry, string))

/* sizeof (GStringChunk) and sizeof (GHashTable) are not public: five and eleven words in 2.74. */
#define CHUNK_SIZE (5 * sizeof (gpointer))
#define TABLE_SIZE (11 * sizeof (gpointer))

#ifdef INTERN_DEBUG
typedef struct
{
  char *start;
  gsize size;
} InternExtent;
#endif

/* Where a piece has gone. */
typedef struct
{
  char       *start;
  InternPlace place; /* of the string, not of its header */
} Piece;

static gsize
piece_size (gsize length)
{
  return (HEADER_SIZE + length + 1 + PIECE_ALIGN - 1) & ~(PIECE_ALIGN - 1);
}

/* A piece that begins a block begins where malloc() says the block begins. Returns the number of
 * the block. */
static guint
storage_note_block (InternStorage *storage,
                    char          *start,
                    gsize          size)
{
  storage->memory += intern_heap_block_size (start, size) + intern_heap_size (sizeof (GSList));

#ifdef INTERN_DEBUG
  if (storage->extents == NULL)
    storage->extents = g_array_new (FALSE, FALSE, sizeof (InternExtent));
  g_array_append_vals (storage->extents, &(InternExtent) { start, size }, 1);
#endif

  return intern_blocks_add (storage->blocks, start);
}

static GStringChunk *
storage_new_chunk (InternStorage *storage,
                   gsize          block_size)
{
  storage->memory += intern_heap_size (CHUNK_SIZE);

  return g_string_chunk_new (block_size);
}

static void
storage_keep_chunk (InternStorage *storage,
                    GStringChunk  *chunk)
{
  storage->full = g_slist_prepend (storage->full, chunk);
  storage->memory += intern_heap_size (sizeof (GSList));
}

/* Begins a block that a piece of @size bytes fits into. Blocks grow with the storage, so that a
 * small pool is small and a large one is in few pieces; a chunk has blocks of one size only. */
static void
storage_begin_block (InternStorage *storage,
                     gsize          size)
{
  gsize block_size = MAX (storage->block_size, INTERN_BLOCK_MIN);

  if (storage->n_blocks == INTERN_BLOCKS_A_SIZE && block_size < INTERN_BLOCK_MAX)
    block_size *= 2;
  while (block_size < size)
    block_size *= 2;

  if (storage->chunk != NULL && block_size != storage->block_size)
    storage_keep_chunk (storage, g_steal_pointer (&storage->chunk));

  if (storage->chunk == NULL)
    {
      storage->chunk = storage_new_chunk (storage, block_size);
      storage->block_size = block_size;
      storage->n_blocks = 0;
    }

  storage->room = block_size;
  storage->n_blocks++;
}

/* Long pieces get a chunk of their own: in the common row each would end the current block and
 * waste what is left of it. */
static Piece
storage_insert_large (InternStorage *storage,
                      const char    *piece,
                      gsize          size)
{
  GStringChunk *chunk = storage_new_chunk (storage, 1);
  char *start = g_string_chunk_insert_len (chunk, piece, (gssize) size - 1);
  const guint block = storage_note_block (storage, start, size);

  storage_keep_chunk (storage, chunk);

  return (Piece) { start, intern_blocks_place (block, HEADER_SIZE) };
}

static Piece
storage_insert (InternStorage *storage,
                const char    *piece,
                gsize          size)
{
  const gboolean begins = size > storage->room;
  gsize distance;
  char *start;

  if (size > INTERN_BLOCK_MAX / 4)
    return storage_insert_large (storage, piece, size);

  if (begins)
    storage_begin_block (storage, size);

  start = g_string_chunk_insert_len (storage->chunk, piece, (gssize) size - 1);
  if (begins)
    storage->block = storage_note_block (storage, start, storage->block_size);
  distance = storage->block_size - storage->room;
  storage->room -= size;

  return (Piece) { start, intern_blocks_place (storage->block, distance + HEADER_SIZE) };
}

static void
storage_clear (InternStorage *storage)
{
#ifdef INTERN_DEBUG
  intern_storage_poison (storage);
  g_clear_pointer (&storage->extents, g_array_unref);
#endif

  g_clear_pointer (&storage->chunk, g_string_chunk_free);
  g_slist_free_full (storage->full, (GDestroyNotify) g_string_chunk_free);
  *storage = (InternStorage) { .blocks = storage->blocks };
}

#ifdef INTERN_DEBUG
/* Overwrites all that was handed out, so that whoever still reads it sees it. */
void
intern_storage_poison (InternStorage *storage)
{
  for (guint i = 0; storage->extents != NULL && i < storage->extents->len; i++)
    {
      const InternExtent *extent = &g_array_index (storage->extents, InternExtent, i);

      memset (extent->start, INTERN_POISON, extent->size);
    }
}
#endif

/* Index
 *
 * A set of places. GHashTable's callbacks get no user data, it wants a key where there is only a
 * search, and it asks for the hash of every key that it adds. So whoever calls it says beforehand
 * what it is about, and the callbacks look there instead of at what they are given. */

typedef struct
{
  const InternKey    *key;
  const InternBlocks *blocks;
} Sought;

/* Initial-exec: see intern_counters_slot. */
static _Thread_local Sought sought __attribute__ ((tls_model ("initial-exec")));

/* The low half of the hash. The store chooses the shard by the highest bits, so that within a
 * shard these are still as good as random. */
static guint
index_hash (gconstpointer ignored)
{
  return (guint) sought.key->hash;
}

/* An addition comes after a search that found nothing, under the same lock, so no string is equal
 * to what is being added either. */
static gboolean
index_equal (gconstpointer place,
             gconstpointer ignored)
{
  return intern_entry_equals (intern_blocks_string (sought.blocks, GPOINTER_TO_SIZE (place)), sought.key);
}

/* GHashTable does not tell its size. This is its rule (g_hash_table_maybe_resize() of 2.74, for
 * a table that only grows); a test holds the result against the heap's own figure. */
static guint
index_capacity (guint capacity,
                guint n_strings)
{
  if (capacity <= n_strings + n_strings / 16)
    return 1u << MAX (3, g_bit_storage ((gulong) ((double) n_strings * 1.333)));

  return capacity;
}

/* Where GHashTable can keep keys of 32 bits it does, until there is a longer one. */
static gsize
index_key_size (InternPlace place)
{
#if GLIB_SIZEOF_VOID_P > 4 && G_BYTE_ORDER == G_LITTLE_ENDIAN
  return place > G_MAXUINT32 ? sizeof (gpointer) : sizeof (guint);
#else
  return sizeof (gpointer);
#endif
}

static void
index_add (InternShard     *shard,
           const InternKey *key,
           InternPlace      place)
{
  guint n_strings;

  if (shard->index == NULL)
    {
      shard->index = g_hash_table_new (index_hash, index_equal);
      shard->capacity = 8;
    }

  sought = (Sought) { key, shard->storage.blocks };
  g_hash_table_add (shard->index, GSIZE_TO_POINTER (place));
  shard->key_size = MAX (shard->key_size, index_key_size (place));

  n_strings = g_hash_table_size (shard->index);
  shard->capacity = index_capacity (shard->capacity, n_strings);
  shard->bytes_stored += key->length;
  /* Relaxed: a count for people, it orders nothing. */
  __atomic_store_n (&shard->n_strings, n_strings, __ATOMIC_RELAXED);
}

/* The shard */

/* GHashTable counts in a gint and doubles its size past 15/16: above this it would overflow. */
#define MAX_STRINGS (1u << 29)

/* Expects zeroed memory. */
void
intern_shard_init (InternShard  *shard,
                   InternBlocks *blocks)
{
  intern_lock_init (&shard->lock);
  shard->storage.blocks = blocks;
  shard->max_strings = MAX_STRINGS;
}

/* Frees the index alone: the strings stay for whoever still holds them. */
void
intern_shard_drop_index (InternShard *shard)
{
  g_clear_pointer (&shard->index, g_hash_table_unref);
  shard->capacity = 0;
}

void
intern_shard_clear (InternShard *shard)
{
  intern_shard_drop_index (shard);
  storage_clear (&shard->storage);
  intern_lock_clear (&shard->lock);
}

/* HOLDS: shard->lock */
const char *
intern_shard_lookup_locked (InternShard     *shard,
                            const InternKey *key)
{
  InternPlace place;

  if (shard->index == NULL)
    return NULL;

  sought = (Sought) { key, shard->storage.blocks };
  /* No place is 0: a header stands before every string. */
  place = GPOINTER_TO_SIZE (g_hash_table_lookup (shard->index, NULL));

  return place == 0 ? NULL : intern_blocks_string (shard->storage.blocks, place);
}

/* HOLDS: shard->lock */
gboolean
intern_shard_is_full_locked (InternShard *shard)
{
  return shard->index != NULL && g_hash_table_size (shard->index) >= shard->max_strings;
}

/* GLib aborts when it gets no memory. A caller who names a huge length shall not be able to make
 * it: room for a long string is asked for first, and given back for the storage to take. */
static gboolean
has_memory_for (gsize size)
{
  gpointer probe = g_try_malloc (size);
  const gboolean has = probe != NULL;

  g_free (probe);

  return has;
}

/* HOLDS: shard->lock. Returns a piece that starts nowhere if there is no memory for a long string. */
static Piece
insert_long (InternShard     *shard,
             const InternKey *key)
{
  const gsize size = piece_size (key->length);
  g_autofree char *piece = g_try_malloc (size);
  InternEntry *entry = (InternEntry *) (void *) piece;

  /* GStringChunk of some versions rounds a long piece up to a power of two. */
  if (piece == NULL || !has_memory_for (2 * size))
    return (Piece) { NULL, 0 };

  entry->length = (guint32) key->length;
  entry->atom = 0;
  memcpy (entry->string, key->data, key->length);
  memset (piece + HEADER_SIZE + key->length, 0, size - HEADER_SIZE - key->length);

  return storage_insert (&shard->storage, piece, size);
}

/* The piece is made of zeros and then written to where it lies. Put together on the stack it would
 * be read back at once, in larger parts than it was written, and the processor would wait for
 * every store before it, among them those of the index that miss the cache.
 * HOLDS: shard->lock */
static Piece
insert_short (InternShard     *shard,
              const InternKey *key)
{
  static const char zeros[HEADER_SIZE + INTERN_STAGE + PIECE_ALIGN];
  const Piece piece = storage_insert (&shard->storage, zeros, piece_size (key->length));
  InternEntry *entry = (InternEntry *) (void *) piece.start;

  entry->length = (guint32) key->length;
  memcpy (entry->string, key->data, key->length);

  return piece;
}

/* Copies the bytes of @key into the storage and enters the copy into the index. The caller has
 * looked it up before, has checked that the shard is not full and the key not too long.
 * Returns NULL if there is no memory for it. HOLDS: shard->lock */
const char *
intern_shard_insert_locked (InternShard     *shard,
                            const InternKey *key)
{
  const Piece piece = key->length <= INTERN_STAGE ? insert_short (shard, key)
                                                  : insert_long (shard, key);

  if (piece.start == NULL)
    return NULL;

  index_add (shard, key, piece.place);

  return piece.start + HEADER_SIZE;
}

/* Enters a string that lies at @place in the storage of another shard of the same store.
 * HOLDS: shard->lock, or nobody else knows the shard yet */
void
intern_shard_adopt_locked (InternShard     *shard,
                           const InternKey *key,
                           InternPlace      place)
{
  index_add (shard, key, place);
}

/* Gives the storage to @heir and answers no more; the strings have been adopted by others.
 * HOLDS: shard->lock, and nobody else knows the heir yet */
void
intern_shard_retire_locked (InternShard *shard,
                            InternShard *heir)
{
  heir->storage = shard->storage;
  shard->storage = (InternStorage) { .blocks = heir->storage.blocks };
  intern_shard_drop_index (shard);
  shard->bytes_stored = 0;
  __atomic_store_n (&shard->n_strings, 0, __ATOMIC_RELAXED);
  shard->moved = TRUE;
}

static int
compare_addresses (const void *a,
                   const void *b)
{
  const guintptr left = *(const guintptr *) a;
  const guintptr right = *(const guintptr *) b;

  return (left > right) - (left < right);
}

/* Returns the places of the strings, in no particular order. HOLDS: shard->lock */
InternPlace *
intern_shard_list_places_locked (InternShard *shard,
                                 guint       *n_strings)
{
  G_STATIC_ASSERT (sizeof (InternPlace) == sizeof (gpointer));

  *n_strings = 0;
  if (shard->index == NULL)
    return NULL;

  return (InternPlace *) g_hash_table_get_keys_as_array (shard->index, n_strings);
}

/* Returns the strings by address, which is roughly the order in which they came. The order of
 * the index would tell a stranger about the secret hash. HOLDS: shard->lock */
char **
intern_shard_list_locked (InternShard *shard,
                          guint       *n_strings)
{
  InternPlace *places = intern_shard_list_places_locked (shard, n_strings);
  char **strings = (char **) places;

  for (guint i = 0; i < *n_strings; i++)
    strings[i] = intern_blocks_string (shard->storage.blocks, places[i]);
  if (strings != NULL)
    qsort (strings, *n_strings, sizeof *strings, compare_addresses);

  return strings;
}

static guint64
storage_get_memory (const InternStorage *storage)
{
#ifdef INTERN_DEBUG
  /* GArray grows to powers of two. */
  if (storage->extents != NULL)
    return storage->memory + intern_heap_size (sizeof (GArray) + 3 * sizeof (gpointer)) +
           intern_heap_size (sizeof (InternExtent) << g_bit_storage (storage->extents->len - 1));
#endif

  return storage->memory;
}

/* What the shard holds beside its own struct. HOLDS: shard->lock */
guint64
intern_shard_get_memory_locked (InternShard *shard)
{
  guint64 memory = storage_get_memory (&shard->storage);

  if (shard->index != NULL)
    memory += intern_heap_size (TABLE_SIZE) +
              intern_heap_size (shard->capacity * shard->key_size) +
              intern_heap_size (shard->capacity * sizeof (guint));

  return memory;
}

guint
intern_shard_peek_n_strings (InternShard *shard)
{
  /* Relaxed: see index_add(). */
  return __atomic_load_n (&shard->n_strings, __ATOMIC_RELAXED);
}
