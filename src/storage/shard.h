/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A shard: one lock, one GHashTable (the index: who is in the pool), one row of GStringChunks
 * (the storage: every byte that is handed out). It is the truth of the pool; whatever stands
 * before it may be deleted and the pool is slower, not wrong.
 *
 * The store owns shards, takes their locks and decides which one a key belongs to; functions
 * whose name ends in _locked want the lock held. A shard calls nobody else's code under its
 * lock. It is plain memory: an empty one costs its own size, since index and storage are made
 * with the first string.
 *
 * A mortal string that has lost its last reference stays in the index until it is buried by the
 * thread that took that reference, or until an equal string takes its place; nobody finds it there.
 */

#pragma once

#include "base/lock.h"
#include "storage/blocks.h"
#include "storage/entry.h"
#include "storage/free-list.h"

typedef struct
{
  InternBlocks *blocks;     /* those of the store */
  GStringChunk *chunk;      /* (owned) (nullable) takes the strings of usual size */
  GSList       *full;       /* (owned) (element-type GStringChunk) those that take no more */
  gsize         block_size; /* of the blocks of chunk */
  gsize         room;       /* bytes left in the current block of chunk */
  guint         block;      /* number of that block */
  guint         n_blocks;   /* blocks that chunk has begun */
  guint64       memory;     /* heap that all of it takes */
#ifdef INTERN_DEBUG
  GArray       *extents;    /* (owned) (element-type InternExtent) what to poison */
#endif
} InternStorage;

typedef struct
{
  InternLock    lock;
  GHashTable   *index;        /* (owned) (nullable) a set of InternPlace; guarded by lock */
  InternStorage storage;      /* guarded by lock */
  InternSlots   slots;        /* guarded by lock */
  guint         capacity;     /* buckets of index; guarded by lock */
  guint         n_removed;    /* places of index that removals have left behind; guarded by lock */
  gsize         key_size;     /* bytes that index takes for a place; guarded by lock */
  guint         max_strings;  /* what index can count; guarded by lock */
  guint64       bytes_stored; /* lengths of the strings in index; guarded by lock */
  guint         n_mortal;     /* strings in index that references count for; guarded by lock */
  guint         n_strings;    /* written under lock, read relaxed by anyone; of a shard that has moved,
                               * what it had */
  guint         n_waits;      /* how often a caller found lock taken; guarded by lock */
  gboolean      moved;        /* its strings have gone to other shards; guarded by lock */
} InternShard;

typedef enum
{
  INTERN_BURIAL_REMOVED,  /* the string has left the index */
  INTERN_BURIAL_REPLACED, /* an equal string had taken its place there */
  INTERN_BURIAL_FOREIGN,  /* it is a string of another store */
} InternBurial;

void         intern_shard_init             (InternShard     *shard,
                                            InternBlocks    *blocks);
void         intern_shard_clear            (InternShard     *shard);

const char * intern_shard_lookup_locked    (InternShard     *shard,
                                            const InternKey *key);
const char * intern_shard_find_locked      (InternShard     *shard,
                                            const InternKey *key,
                                            gboolean         counts);
const char * intern_shard_find_or_insert_locked (InternShard *shard,
                                            const InternKey *key,
                                            gboolean         mortal,
                                            gboolean        *inserted);
gboolean     intern_shard_holds_locked     (InternShard     *shard,
                                            const InternKey *key);
InternBurial intern_shard_bury_locked      (InternShard     *shard,
                                            const InternKey *key);
gboolean     intern_shard_is_full_locked   (InternShard     *shard);
const char * intern_shard_insert_locked    (InternShard     *shard,
                                            const InternKey *key,
                                            gboolean         mortal);
void         intern_shard_adopt_locked     (InternShard     *shard,
                                            const InternKey *key,
                                            InternPlace      place);
void         intern_shard_retire_locked    (InternShard     *shard,
                                            InternShard     *heir);
void         intern_shard_freeze_locked    (InternShard     *shard,
                                            const InternKey *key);
InternPlace *
             intern_shard_list_places_locked (InternShard   *shard,
                                            guint           *n_strings);
char **      intern_shard_list_locked      (InternShard     *shard,
                                            guint           *n_strings);
guint64      intern_shard_get_memory_locked (InternShard    *shard);

guint        intern_shard_peek_n_strings   (InternShard     *shard);

#ifdef INTERN_DEBUG
#define INTERN_POISON 0xDD
void         intern_storage_poison         (InternStorage   *storage);
#endif
