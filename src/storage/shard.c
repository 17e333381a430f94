/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/shard.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/sizes.h"

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

  return intern_blocks_add (storage->blocks, start, size);
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

      intern_memory_open (extent->start, extent->size);
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
  InternPlace         fresh; /* what is entered for the key; there need not be a string yet */
  InternPlace         found; /* out: an equal string that was there */
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

static gboolean
index_equal (gconstpointer there,
             gconstpointer ignored)
{
  const InternPlace place = GPOINTER_TO_SIZE (there);

  if (place == sought.fresh)
    return TRUE;
  if (!intern_entry_equals_held (intern_blocks_string (sought.blocks, place), sought.key))
    return FALSE;

  sought.found = place;

  return TRUE;
}

/* GHashTable does not tell its size. This is its rule (g_hash_table_maybe_resize() of 2.74): what a
 * removal leaves behind fills the table as a string does, until it is made anew. It is exact for a
 * table that only grows; for others see index_takes_removed(). Tests hold the result against the
 * heap's own figure. */
static void
index_resize (InternShard *shard,
              guint        n_strings)
{
  const guint n_taken = n_strings + shard->n_removed;

  if (shard->capacity <= n_taken + n_taken / 16 || (shard->capacity > 8 && shard->capacity / 4 > n_strings))
    {
      shard->capacity = 1u << MAX (3, g_bit_storage ((gulong) ((double) n_strings * 1.333)));
      shard->n_removed = 0;
    }
}

/* Whether a string that has been added took a place that a removal had left. It did if its search
 * came upon one before it came upon one that was never taken: that is as likely as such places are
 * among the free ones. So a die is cast, for which bits of the hash will do, and over many strings
 * the count is right. */
static gboolean
index_takes_removed (InternShard     *shard,
                     const InternKey *key,
                     guint            n_strings)
{
  /* Neither those that choose the shard nor those that choose the place. */
  const guint64 die = (guint32) (key->hash >> 24);

  return die * (shard->capacity - n_strings + 1) >> 32 < shard->n_removed;
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
index_note_added (InternShard     *shard,
                  const InternKey *key)
{
  const guint n_strings = shard->n_strings + 1;

  shard->bytes_stored += key->length;
  if (G_UNLIKELY (index_takes_removed (shard, key, n_strings)))
    shard->n_removed--;
  else
    index_resize (shard, n_strings);
  /* Relaxed: a count for people, it orders nothing. */
  __atomic_store_n (&shard->n_strings, n_strings, __ATOMIC_RELAXED);
}

/* Enters a place. Returns that of an equal string, dead or alive, whose place in the index it has
 * taken, or 0. */
static InternPlace
index_add (InternShard     *shard,
           const InternKey *key,
           InternPlace      place)
{
  if (G_UNLIKELY (shard->index == NULL))
    {
      shard->index = g_hash_table_new (index_hash, index_equal);
      shard->capacity = 8;
    }

  sought = (Sought) { .key = key, .blocks = shard->storage.blocks, .fresh = place };
  shard->key_size = MAX (shard->key_size, index_key_size (place));
  if (G_LIKELY (g_hash_table_add (shard->index, GSIZE_TO_POINTER (place))))
    index_note_added (shard, key);

  return sought.found;
}

/* Takes that back: what has been replaced is there again. */
static void
index_put_back (InternShard     *shard,
                const InternKey *key,
                InternPlace      place,
                InternPlace      replaced)
{
  sought = (Sought) { .key = key, .blocks = shard->storage.blocks, .fresh = place };
  g_hash_table_add (shard->index, GSIZE_TO_POINTER (replaced));
}

static void
index_remove (InternShard     *shard,
              const InternKey *key)
{
  sought = (Sought) { .key = key, .blocks = shard->storage.blocks };
  g_hash_table_remove (shard->index, NULL);
  shard->bytes_stored -= key->length;
  shard->n_mortal--;
  shard->n_removed++;
  index_resize (shard, g_hash_table_size (shard->index));
  /* Relaxed: as above. */
  __atomic_store_n (&shard->n_strings, g_hash_table_size (shard->index), __ATOMIC_RELAXED);
}

/* Returns the place of what the index has, dead or alive, or 0. */
static InternPlace
index_find (InternShard     *shard,
            const InternKey *key)
{
  if (shard->index == NULL)
    return 0;

  sought = (Sought) { .key = key, .blocks = shard->storage.blocks };

  /* No place is 0: a header stands before every string. */
  return GPOINTER_TO_SIZE (g_hash_table_lookup (shard->index, NULL));
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

static void
drop_index (InternShard *shard)
{
  g_clear_pointer (&shard->index, g_hash_table_unref);
  shard->capacity = 0;
  shard->n_removed = 0;
}

void
intern_shard_clear (InternShard *shard)
{
  drop_index (shard);
  intern_slots_clear (&shard->slots);
  storage_clear (&shard->storage);
  intern_lock_clear (&shard->lock);
}

/* Returns a string that lives at this moment. HOLDS: shard->lock */
const char *
intern_shard_lookup_locked (InternShard     *shard,
                            const InternKey *key)
{
  const InternPlace place = index_find (shard, key);
  const char *string;

  if (place == 0)
    return NULL;

  string = intern_blocks_string (shard->storage.blocks, place);

  /* Relaxed: whoever holds the lock sees the bytes; that it lives is old news at once. */
  return intern_load_relaxed (&intern_entry_header (string)->state) != 0 ? string : NULL;
}

/* Makes a string of the shard live for ever, if it lives. HOLDS: shard->lock */
static gboolean
keep_locked (InternShard *shard,
             const char  *string)
{
  if (G_LIKELY (!intern_entry_is_mortal (string)))
    return TRUE;
  if (!intern_header_make_permanent (intern_entry_header (string)))
    return FALSE;

  shard->n_mortal--;

  return TRUE;
}

/* HOLDS: shard->lock */
static gboolean
hold_locked (InternShard *shard,
             const char  *string,
             gboolean     counts)
{
  return counts ? intern_header_raise (intern_entry_header (string)) != INTERN_LIFE_DEAD
                : keep_locked (shard, string);
}

/* The same, with a reference to it if it @counts them, and else it lives for ever from now on.
 * HOLDS: shard->lock */
const char *
intern_shard_find_locked (InternShard     *shard,
                          const InternKey *key,
                          gboolean         counts)
{
  const InternPlace place = index_find (shard, key);
  const char *string = place == 0 ? NULL : intern_blocks_string (shard->storage.blocks, place);

  return string != NULL && hold_locked (shard, string, counts) ? string : NULL;
}

/* Whether the index has it, dead or alive. HOLDS: shard->lock */
gboolean
intern_shard_holds_locked (InternShard     *shard,
                           const InternKey *key)
{
  return index_find (shard, key) != 0;
}

/* Gives the room of a dead string back, the bytes of which are @key. An equal string may have taken
 * its place in the index before. A string that lies in no block of the store is left as it is.
 * HOLDS: shard->lock */
InternBurial
intern_shard_bury_locked (InternShard     *shard,
                          const InternKey *key)
{
  const InternBlocks *blocks = shard->storage.blocks;
  InternPlace place = index_find (shard, key);
  const gboolean is_there = place != 0 && intern_blocks_string (blocks, place) == key->data;

  if (!is_there)
    place = intern_blocks_find (shard->storage.blocks, key->data);
  if (G_UNLIKELY (place == 0))
    return INTERN_BURIAL_FOREIGN;

  if (is_there)
    index_remove (shard, key);
  intern_slots_put (&shard->slots, blocks, place);

  return is_there ? INTERN_BURIAL_REMOVED : INTERN_BURIAL_REPLACED;
}

/* HOLDS: shard->lock */
gboolean
intern_shard_is_full_locked (InternShard *shard)
{
  return shard->n_strings >= shard->max_strings;
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

/* Takes the room of a dead string. HOLDS: shard->lock */
static Piece
take_slot (InternShard     *shard,
           const InternKey *key)
{
  const InternPlace place = intern_slots_take (&shard->slots, shard->storage.blocks, key->length);

  if (place == 0)
    return (Piece) { NULL, 0 };

  return (Piece) { intern_blocks_string (shard->storage.blocks, place) - HEADER_SIZE, place };
}

/* HOLDS: shard->lock. Returns a piece that starts nowhere if there is no memory for a long string. */
static Piece
make_long (InternShard *shard,
           gsize        size)
{
  g_autofree char *zeros = g_try_malloc0 (size);

  /* GStringChunk of some versions rounds a long piece up to a power of two. */
  if (zeros == NULL || !has_memory_for (2 * size))
    return (Piece) { NULL, 0 };

  return storage_insert (&shard->storage, zeros, size);
}

/* HOLDS: shard->lock */
static Piece
make_short (InternShard *shard,
            gsize        size)
{
  static const char zeros[2 * INTERN_STAGE];

  return storage_insert (&shard->storage, zeros, size);
}

/* A string that will live for ever takes what it needs, one that may die the size of its class.
 * HOLDS: shard->lock */
static Piece
make_room (InternShard     *shard,
           const InternKey *key,
           gboolean         mortal)
{
  const Piece piece = take_slot (shard, key);
  guint ignored;
  gsize size;

  if (piece.start != NULL)
    return piece;

  size = mortal ? intern_slot_size (key->length, &ignored) : piece_size (key->length);

  return size <= 2 * INTERN_STAGE ? make_short (shard, size) : make_long (shard, size);
}

/* Writes a string to where it lies. Put together on the stack it would be read back at once, in
 * larger parts than it was written, and the processor would wait for every store before it, among
 * them those of the index that miss the cache. */
static const char *
write_entry (const Piece     *piece,
             const InternKey *key,
             gboolean         mortal)
{
  InternEntry *entry = (InternEntry *) (void *) piece->start;

  intern_header_prepare (&entry->header, (guint32) key->length);
  memcpy (entry->string, key->data, key->length);
  entry->string[key->length] = '\0';
  intern_header_publish (&entry->header, (guint32) key->length, !mortal);

  return entry->string;
}

/* Copies the bytes of @key into the storage and enters the copy into the index. The caller has
 * looked it up before, has checked that the shard is not full and the key not too long. A @mortal
 * string has one reference.
 *
 * Returns NULL if there is no memory for it. HOLDS: shard->lock */
const char *
intern_shard_insert_locked (InternShard     *shard,
                            const InternKey *key,
                            gboolean         mortal)
{
  const Piece piece = make_room (shard, key, mortal);

  if (piece.start == NULL)
    return NULL;

  /* What was there is dead. */
  if (index_add (shard, key, piece.place) != 0)
    shard->n_mortal--;
  if (mortal)
    shard->n_mortal++;

  return write_entry (&piece, key, mortal);
}

/* The place that make_room() will give, if it is known: not where a block begins. */
static InternPlace
place_at_hand (InternShard     *shard,
               const InternKey *key,
               gboolean         mortal)
{
  const InternStorage *storage = &shard->storage;
  InternPlace place;
  guint ignored;
  gsize size;

  if (key->length > INTERN_STAGE)
    return 0;

  place = intern_slots_peek (&shard->slots, key->length);
  if (place != 0)
    return place;

  size = mortal ? intern_slot_size (key->length, &ignored) : piece_size (key->length);
  if (size > storage->room || size > INTERN_BLOCK_MAX / 4)
    return 0;

  return intern_blocks_place (storage->block, storage->block_size - storage->room + HEADER_SIZE);
}

/* The two steps in one walk through the index, where that can be: it enters the place that a new
 * string would get, and learns whether an equal one was there. Returns NULL where it cannot, and
 * nothing has changed.
 *
 * The caller has checked that the shard is not full. HOLDS: shard->lock */
const char *
intern_shard_find_or_insert_locked (InternShard     *shard,
                                    const InternKey *key,
                                    gboolean         mortal,
                                    gboolean        *inserted)
{
  const InternPlace place = place_at_hand (shard, key, mortal);
  InternPlace replaced;
  Piece piece;

  if (place == 0)
    return NULL;

  replaced = index_add (shard, key, place);
  if (replaced != 0)
    {
      const char *string = intern_blocks_string (shard->storage.blocks, replaced);

      if (hold_locked (shard, string, mortal))
        {
          index_put_back (shard, key, place, replaced);
          *inserted = FALSE;
          return string;
        }
      /* It is dead, and whoever buries it will see that its place is taken. */
      shard->n_mortal--;
    }
  if (mortal)
    shard->n_mortal++;

  piece = make_room (shard, key, mortal);
  g_assert (piece.place == place);
  *inserted = TRUE;

  return write_entry (&piece, key, mortal);
}

/* Enters a string that lies at @place in the storage of another shard of the same store.
 * HOLDS: shard->lock, or nobody else knows the shard yet */
void
intern_shard_adopt_locked (InternShard     *shard,
                           const InternKey *key,
                           InternPlace      place)
{
  index_add (shard, key, place);
  if (intern_entry_is_mortal (intern_blocks_string (shard->storage.blocks, place)))
    shard->n_mortal++;
}

/* Gives the storage to @heir and answers no more; the strings have been adopted by others. Their
 * number stays for a reader without a lock who came before the others were published.
 * HOLDS: shard->lock, and no other thread knows the heir yet */
void
intern_shard_retire_locked (InternShard *shard,
                            InternShard *heir)
{
  heir->storage = shard->storage;
  shard->storage = (InternStorage) { .blocks = heir->storage.blocks };
  heir->slots = shard->slots;
  shard->slots = (InternSlots) { 0 };
  drop_index (shard);
  shard->bytes_stored = 0;
  shard->n_mortal = 0;
  shard->moved = TRUE;
}

/* Makes a mortal string, the bytes of which are @key, permanent, or takes it out if it is dead: nobody
 * will do so later. HOLDS: shard->lock */
void
intern_shard_freeze_locked (InternShard     *shard,
                            const InternKey *key)
{
  if (intern_header_make_permanent (intern_entry_header (key->data)))
    shard->n_mortal--;
  else
    index_remove (shard, key);
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
  guint64 memory = storage_get_memory (&shard->storage) + intern_slots_get_memory (&shard->slots);

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
