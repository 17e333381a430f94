/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/shard.h"

#include <stdlib.h>

/* GHashTable counts in a gint and doubles its size past 16/17: it would overflow above this. */
#define SHARD_MAX_STRINGS (1u << 29)

/* Expects zeroed memory. */
void
intern_shard_init (InternShard  *shard,
                   InternBlocks *blocks)
{
  intern_lock_init (&shard->lock);
  intern_arena_init (&shard->arena, blocks);
  shard->max_strings = SHARD_MAX_STRINGS;
}

/* Lends memory to an empty shard, for as long as its store is used. */
void
intern_shard_lend (InternShard   *shard,
                   InternStarter *starter)
{
  intern_index_lend (&shard->index, &starter->few);
  intern_arena_lend (&shard->arena, starter->block, sizeof starter->block);
}

void
intern_shard_clear (InternShard *shard)
{
  intern_index_clear (&shard->index);
  intern_arena_clear (&shard->arena);
  intern_lock_clear (&shard->lock);
}

static const char *
string_at (InternShard  *shard,
           InternOffset  offset)
{
  return intern_blocks_string (shard->arena.blocks, offset);
}

static void
set_n_strings (InternShard *shard,
               guint        n_strings)
{
  /* Relaxed: a count for statistics, it orders nothing. */
  intern_atomic_store_relaxed (&shard->n_strings, n_strings);
}

/* Finding */

/* HOLDS: shard->lock */
static gboolean
make_permanent_locked (InternShard *shard,
                       const char  *string)
{
  if (G_LIKELY (!intern_entry_is_mortal (string)))
    return TRUE;
  if (!intern_header_make_permanent (intern_entry_header (string)))
    return FALSE;

  shard->n_mortal--;

  return TRUE;
}

/* Makes a string of the index permanent, or raises it, for @purpose. Returns FALSE if it is dead.
 * HOLDS: shard->lock */
static gboolean
serve_locked (InternShard   *shard,
              const char    *string,
              InternPurpose  purpose)
{
  switch (purpose)
    {
    case INTERN_TO_KEEP:
      return make_permanent_locked (shard, string);
    case INTERN_TO_REF:
    case INTERN_TO_REF_FOUND:
      return intern_header_raise (intern_entry_header (string)) != INTERN_LIFE_DEAD;
    case INTERN_TO_SEE:
    default:
      /* Relaxed: the lock orders the bytes. */
      return intern_atomic_load_relaxed (&intern_entry_header (string)->state) != 0;
    }
}

/* HOLDS: shard->lock */
const char *
intern_shard_find_locked (InternShard     *shard,
                          const InternKey *key,
                          InternPurpose    purpose)
{
  const InternOffset offset = intern_index_find (&shard->index, shard->arena.blocks, key);
  const char *string = offset == 0 ? NULL : string_at (shard, offset);

  return string != NULL && serve_locked (shard, string, purpose) ? string : NULL;
}

/* Whether the index has an equal string, living or dead. HOLDS: shard->lock */
gboolean
intern_shard_has_locked (InternShard     *shard,
                         const InternKey *key)
{
  return intern_index_find (&shard->index, shard->arena.blocks, key) != 0;
}

/* Adding */

/* Enters @offset and counts it. Returns the offset that it replaces, or 0. HOLDS: shard->lock */
static InternOffset
enter_locked (InternShard     *shard,
              const InternKey *key,
              InternOffset     offset)
{
  const InternOffset replaced = intern_index_add (&shard->index, shard->arena.blocks, key, offset);

  if (G_LIKELY (replaced == 0))
    {
      shard->bytes_stored += key->length;
      set_n_strings (shard, shard->n_strings + 1);
    }

  return replaced;
}

/* Writes the entry in place. A copy on the stack would be read back in larger parts than it was written, and
 * the processor would wait for all earlier stores, among them those to the index that miss the cache. */
G_ALWAYS_INLINE static inline const char *
write_entry (InternShard     *shard,
             char            *string,
             const InternKey *key,
             InternPurpose    purpose)
{
  const guint data_size = shard->arena.blocks->data_size;
  InternHeader *header = intern_entry_header (string);

  if (G_UNLIKELY (data_size > 0))
    memset ((char *) header - data_size, 0, data_size);
  intern_header_prepare (header, (guint32) key->length);
  memcpy (string, key->data, key->length);
  string[key->length] = '\0';
  intern_header_publish (header, (guint32) key->length, purpose != INTERN_TO_REF);

  return string;
}

/* Adds a string. The caller has checked that the index has no living string that equals it, that the shard is not full
 * and that the key is not too long. Returns NULL without memory. HOLDS: shard->lock */
const char *
intern_shard_insert_locked (InternShard     *shard,
                            const InternKey *key,
                            InternPurpose    purpose)
{
  InternPiece piece = intern_arena_peek (&shard->arena, key->length, purpose);

  if (piece.string != NULL)
    intern_arena_take (&shard->arena, piece, key->length, purpose);
  else
    piece = intern_arena_take_long (&shard->arena, key->length, purpose);
  if (piece.string == NULL)
    return NULL;

  /* The replaced string is dead. */
  if (enter_locked (shard, key, piece.offset) != 0)
    shard->n_mortal--;
  if (purpose == INTERN_TO_REF)
    shard->n_mortal++;

  return write_entry (shard, piece.string, key, purpose);
}

/* Finds or adds with one search of the index: it enters the offset of a new string and sees whether that
 * replaces an equal one. Returns NULL, and changes nothing, if intern_arena_peek() has no room. The caller has
 * checked that the shard is not full. HOLDS: shard->lock */
const char *
intern_shard_find_or_insert_locked (InternShard     *shard,
                                    const InternKey *key,
                                    InternPurpose    purpose,
                                    gboolean        *inserted)
{
  const InternPiece piece = intern_arena_peek (&shard->arena, key->length, purpose);
  InternOffset replaced;

  if (G_UNLIKELY (piece.string == NULL))
    return NULL;

  replaced = enter_locked (shard, key, piece.offset);
  if (replaced != 0)
    {
      const char *string = string_at (shard, replaced);

      if (serve_locked (shard, string, purpose))
        {
          intern_index_put_back (&shard->index, shard->arena.blocks, key, piece.offset, replaced);
          *inserted = FALSE;
          return string;
        }
      /* It is dead. The thread that buries it finds it replaced. */
      shard->n_mortal--;
    }
  if (purpose == INTERN_TO_REF)
    shard->n_mortal++;
  intern_arena_take (&shard->arena, piece, key->length, purpose);
  *inserted = TRUE;

  return write_entry (shard, piece.string, key, purpose);
}

/* Removing */

/* HOLDS: shard->lock */
static void
remove_locked (InternShard     *shard,
               const InternKey *key)
{
  intern_index_remove (&shard->index, shard->arena.blocks, key);
  shard->bytes_stored -= key->length;
  shard->n_mortal--;
  set_n_strings (shard, shard->n_strings - 1);
}

/* Frees the room of the dead string at @key->data. Does nothing if that lies in no block of the store.
 * HOLDS: shard->lock */
InternBurial
intern_shard_bury_locked (InternShard     *shard,
                          const InternKey *key)
{
  InternBlocks *blocks = shard->arena.blocks;
  InternOffset offset = intern_index_find (&shard->index, blocks, key);
  const gboolean is_there = offset != 0 && string_at (shard, offset) == key->data;

  if (!is_there)
    offset = intern_blocks_find (blocks, key->data);
  if (G_UNLIKELY (offset == 0))
    return INTERN_BURIAL_FOREIGN;

  if (is_there)
    remove_locked (shard, key);
  intern_free_list_put (&shard->arena.free_list, blocks, offset);

  return is_there ? INTERN_BURIAL_REMOVED : INTERN_BURIAL_REPLACED;
}

/* Whether the shard gives blocks back by itself: when all mortal strings of the shard are dead, nearly all their blocks
 * can be, and the work is little for each death since the last time. HOLDS: shard->lock */
gboolean
intern_shard_wants_trim_locked (InternShard *shard)
{
  return shard->n_mortal == 0 && shard->arena.free_list.n_dead >= shard->arena.trim_at;
}

/* Makes the mortal string at @key->data permanent. If it is dead, removes it from the index: no thread
 * buries a string of a frozen store. HOLDS: shard->lock */
void
intern_shard_freeze_locked (InternShard     *shard,
                            const InternKey *key)
{
  if (intern_header_make_permanent (intern_entry_header (key->data)))
    shard->n_mortal--;
  else
    remove_locked (shard, key);
}

/* Moving to other shards */

/* Enters a string of another shard of the store. HOLDS: shard->lock, or no other thread knows the shard */
void
intern_shard_adopt_locked (InternShard     *shard,
                           const InternKey *key,
                           InternOffset     offset)
{
  enter_locked (shard, key, offset);
  if (intern_entry_is_mortal (string_at (shard, offset)))
    shard->n_mortal++;
}

/* Gives the arena to @heir; other shards have adopted the strings. Keeps n_strings for readers without a
 * lock that do not see those shards yet. HOLDS: shard->lock, and no other thread knows the heir */
void
intern_shard_retire_locked (InternShard *shard,
                            InternShard *heir)
{
  intern_arena_move (&shard->arena, &heir->arena);
  intern_index_clear (&shard->index);
  shard->bytes_stored = 0;
  shard->n_mortal = 0;
  shard->moved = TRUE;
}

/* Listing */

static int
compare_addresses (const void *a,
                   const void *b)
{
  const guintptr left = *(const guintptr *) a;
  const guintptr right = *(const guintptr *) b;

  return (left > right) - (left < right);
}

/* Returns the strings, for g_free(), in the order of their addresses, roughly that in which they were added.
 * The order of the index would reveal the secret hash. HOLDS: shard->lock */
char **
intern_shard_list_locked (InternShard *shard,
                          guint       *n_strings)
{
  InternOffset *offsets = intern_index_list (&shard->index, n_strings);
  char **strings = (char **) offsets;

  for (guint i = 0; i < *n_strings; i++)
    strings[i] = (char *) string_at (shard, offsets[i]);
  if (strings != NULL)
    qsort (strings, *n_strings, sizeof *strings, compare_addresses);

  return strings;
}

/* Counting */

/* The memory beside its own struct. HOLDS: shard->lock */
guint64
intern_shard_get_memory_locked (InternShard *shard)
{
  return intern_arena_get_memory (&shard->arena) + intern_index_get_memory (&shard->index);
}
