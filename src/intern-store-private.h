/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine: strings in, the one copy out. No GObject, no signals, no logging.
 *
 * A store has one shard at first and INTERN_SHARDS of them once it has grown or callers have
 * waited for each other; the highest bits of the hash choose among them. Whatever answers
 * without a lock stands before the shards, here and nowhere else.
 *
 * Every function may be called from any thread. Locks are taken in this order: the first shard,
 * the other shards by number, the limits; a caller that wants one string takes one shard.
 * A store is counted by reference, since a view of its bytes can outlive the pool; to clear a
 * pool is to give it a new store.
 */

#pragma once

#include "intern-entry-private.h"

typedef struct _InternStore InternStore;

typedef enum
{
  INTERN_RESULT_FOUND,
  INTERN_RESULT_ADDED,
  INTERN_RESULT_ABSENT,
  INTERN_RESULT_FULL_STRINGS, /* max_strings is reached */
  INTERN_RESULT_FULL_BYTES,   /* max_bytes would be passed */
  INTERN_RESULT_FULL_INDEX,   /* more than a table can count */
  INTERN_RESULT_OVER_LIMIT,   /* one string longer than max_bytes */
  INTERN_RESULT_TOO_LONG,     /* longer than INTERN_MAX_LENGTH */
  INTERN_RESULT_NO_MEMORY,
} InternResult;

/* Comes back in two registers. */
typedef struct
{
  const char  *string; /* (nullable) */
  InternResult result;
} InternAnswer;

typedef struct
{
  guint   max_strings; /* 0: no limit */
  guint64 max_bytes;   /* 0: no limit */
} InternLimits;

typedef struct
{
  guint64 n_strings;
  guint64 n_hits;
  guint64 n_misses;
  guint64 bytes_stored;
  guint64 bytes_requested;
  guint64 bytes_copied;
  guint64 memory;
} InternStoreStats;

typedef gboolean (*InternStoreFunc) (const char *string,
                                     gsize       length,
                                     gpointer    user_data);

InternStore *    intern_store_new            (const guint8     *secret);
InternStore *    intern_store_new_successor  (InternStore      *store);
InternStore *    intern_store_ref            (InternStore      *store);
void             intern_store_unref          (InternStore      *store);

InternAnswer     intern_store_intern         (InternStore      *store,
                                              const char       *data,
                                              gsize             length);
const char *     intern_store_lookup         (InternStore      *store,
                                              const char       *data,
                                              gsize             length);
gboolean         intern_store_contains       (InternStore      *store,
                                              const char       *data,
                                              gsize             length);
void             intern_store_foreach        (InternStore      *store,
                                              InternStoreFunc   func,
                                              gpointer          user_data);

InternLimits     intern_store_get_limits     (InternStore      *store);
gboolean         intern_store_set_max_strings (InternStore     *store,
                                              guint             max_strings);
gboolean         intern_store_set_max_bytes  (InternStore      *store,
                                              guint64           max_bytes);
gboolean         intern_store_announce_limit (InternStore      *store);

guint            intern_store_get_n_strings  (InternStore      *store);
InternStoreStats intern_store_get_stats      (InternStore      *store);
void             intern_store_reset_stats    (InternStore      *store);
void             intern_store_add_hits       (InternStore      *store,
                                              guint64           n_hits,
                                              guint64           n_bytes);
