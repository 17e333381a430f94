/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The private part of a pool, for the files of this folder. */

#pragma once

#include "base/lock.h"
#include "store/batch.h"
#include "store/store.h"
#include "pool/reference-log.h"
#include "pool/watch.h"
#include "intern-pool.h"

typedef enum
{
  PROP_N_DATA = 1, /* first: a limit makes the store, which needs to know it */
  PROP_MAX_STRINGS,
  PROP_MAX_BYTES,
  PROP_EMIT_ADDED,
  PROP_STATS_INTERVAL,
  PROP_N_STRINGS,
  PROP_N_MORTAL,
  PROP_N_DEAD,
  PROP_N_LOOKUPS,
  PROP_N_HITS,
  PROP_N_MISSES,
  PROP_BYTES_STORED,
  PROP_BYTES_REQUESTED,
  PROP_BYTES_RECYCLED,
  PROP_MEMORY_USAGE,
  PROP_HIT_RATIO,
  PROP_BYTES_SAVED,
  INTERN_POOL_N_PROPS
} InternPoolProperty;

extern GParamSpec *intern_pool_properties[INTERN_POOL_N_PROPS] __attribute__ ((visibility ("hidden")));

/* "Lock" in the comments is that of intern_pool_get_lock(). */
struct _InternPool
{
  GObject parent_instance;

  InternStore    *store;        /* (owned) written with release: intern_pool_empty_store until a store is needed, and
                                 * replaced by clear(), under lock. A call that searches for one string reads it
                                 * without the lock: clear() forbids it meanwhile. All others may overlap with
                                 * clear(), and call intern_pool_ref_store() */
  InternReferenceLog *log;      /* (owned) (nullable) with INTERN_DEBUG=references */
  GMainContext   *context;      /* (owned) where the changes of statistics are emitted; NULL: the default one */
  InternWatch    *watch;        /* (owned) (nullable) guarded by lock */
  guint           interval;     /* guarded by lock */
  guint8          emit_added;   /* atomic, relaxed */
  guint8          wake_pending; /* atomic: a model was woken, and none has looked since */
  guint8          n_data;       /* set when the pool is made */
  GSList         *sources;      /* (element-type GSource) one for each model, to wake it; guarded by lock, but whether
                                 * there is any is read without, relaxed */
  InternObserver  observer;     /* of the deaths of strings, for the models */
};

/* Set before the first pool exists. Every call checks the type; since the type is final and its GType is
 * in a variable, that takes two loads and no call. */
extern GType intern_pool_type __attribute__ ((visibility ("hidden")));
#define INTERN_IS_POOL(object) \
  ((object) != NULL && ((GTypeInstance *) (object))->g_class != NULL && \
   G_TYPE_FROM_INSTANCE (object) == intern_pool_type)

/* The locks that all pools share. A call holds one for a moment only, and clear() with it those of the store, which
 * come after it: it waits for the calls that hold these. So a few are enough, and a pool needs neither a lock of its
 * own nor a link in the list for forks. */
#define INTERN_POOL_LOCKS 4

typedef struct
{
  _Alignas (INTERN_CACHE_LINE) InternLock lock;
} InternPoolLock;

extern InternPoolLock intern_pool_locks[INTERN_POOL_LOCKS] __attribute__ ((visibility ("hidden")));

void          intern_pool_init_locks      (void);

/* Returns the lock of @self, which its address chooses. */
static inline InternLock *
intern_pool_get_lock (InternPool *self)
{
  return &intern_pool_locks[(guintptr) self / INTERN_CACHE_LINE % INTERN_POOL_LOCKS].lock;
}

/* The store of all pools that have not needed one, made with the class: it stays empty. So a search needs no check for
 * NULL, and fails as in any empty store. */
extern InternStore *intern_pool_empty_store __attribute__ ((visibility ("hidden")));

InternPool *  intern_pool_new_with_store  (InternStore               *store);
InternStore * intern_pool_make_store      (InternPool                *self);
InternStore * intern_pool_ref_store       (InternPool                *self);
InternStore * intern_pool_ref_own_store   (InternPool                *self);
gboolean      intern_pool_follow_store    (InternPool                *self,
                                           InternStore              **store);
gboolean      intern_pool_is_default      (InternPool                *self);

const char *  intern_pool_intern_slowly   (InternPool                *self,
                                           const char                *data,
                                           gsize                      length,
                                           guint64                    hash,
                                           GError                   **error);
void          intern_pool_finish_miss     (InternPool                *self,
                                           InternStore               *store,
                                           const char                *string,
                                           gsize                      length,
                                           InternResult               result,
                                           GError                   **error);
GBytes *      intern_pool_new_view        (InternStore               *store,
                                           const char                *string,
                                           gsize                      length);

/* Returns the store, for searches of the cache and for strings of the pool. */
static inline InternStore *
intern_pool_get_store (InternPool *self)
{
  /* Acquire: pairs with the release in intern_pool_make_store(), so that the store is seen complete. */
  return intern_atomic_load_acquire (&self->store);
}

/* Returns the store, for calls that write to it, such as a search that adds or counts. */
static inline InternStore *
intern_pool_need_store (InternPool *self)
{
  InternStore *store = intern_pool_get_store (self);

  return G_LIKELY (store != intern_pool_empty_store) ? store : intern_pool_make_store (self);
}

/* g_bytes_get_data() returns NULL for empty bytes, which here means no string. */
static inline const char *
intern_pool_bytes_data (GBytes *bytes,
                        gsize  *length)
{
  const char *data = g_bytes_get_data (bytes, length);

  return data != NULL ? data : "";
}

/* Whether every string of the pool has a header, and the pool has no log to check. */
static inline gboolean
intern_pool_is_plain (InternPool *self)
{
  return G_LIKELY (self->log == NULL) && !intern_store_is_layered (intern_pool_get_store (self));
}

/* For calls that take an interned string; the first in pools that have a log. */
gboolean      intern_pool_check_owner     (InternPool                *self,
                                           const char                *interned,
                                           const char                *caller);
gboolean      intern_pool_is_foreign      (InternPool                *self,
                                           const char                *interned);

InternAtom    intern_pool_assign_atom     (InternPool                *self,
                                           InternStore               *store,
                                           const char                *string);

/* These run handlers: the last thing that a call does. */
void intern_pool_emit_added         (InternPool               *self,
                                     InternStore              *store,
                                     const InternBatchItem    *items,
                                     guint                     n_items);
void intern_pool_emit_limit_reached (InternPool               *self,
                                     InternStore              *store);
void intern_pool_emit_cleared       (InternPool               *self,
                                     InternStore              *store);
void intern_pool_emit_stats_changed (InternPool               *self,
                                     const InternPoolProperty *changed,
                                     guint                     n_changed);
void intern_pool_notify             (InternPool               *self,
                                     InternPoolProperty        property);
void intern_pool_compare_stats      (InternPool               *self,
                                     const InternPoolStats    *before,
                                     const InternPoolStats    *now);
void intern_pool_install_signals    (GType                     type);

/* Returns the atom of @string, which gets one if it has none, or INTERN_ATOM_NONE if it is refused. */
static inline InternAtom
intern_pool_need_atom (InternPool  *self,
                       InternStore *store,
                       const char  *string)
{
  const InternAtom atom = intern_store_find_atom (store, string);

  return G_LIKELY (atom != INTERN_ATOM_NONE) ? atom : intern_pool_assign_atom (self, store, string);
}

/* Adds the next strings of @source to @batch, up to its n_until, and none at the end. */
typedef void (*InternPoolAddFunc) (gpointer     source,
                                   InternBatch *batch);

/* For bulk calls, which hold a reference to the pool: a handler may drop the last other one. */
const char *  intern_pool_intern_batch    (InternPool                *self,
                                           InternPoolAddFunc          add,
                                           gpointer                   source,
                                           InternBatchItem           *items,
                                           guint32                   *atoms,
                                           guint                     *n_done,
                                           GError                   **error);

/* The part of a text that has not been read: strings, each ended by a delimiter, which the last may lack. */
typedef struct
{
  const char *text;
  const char *end;
  guint8      delimiter;
} InternPoolText;

void          intern_pool_add_delimited   (gpointer                   data,
                                           InternBatch               *batch);

/* For the models. */
void          intern_pool_add_row         (InternPool                *self,
                                           InternStore               *store,
                                           const char                *string);
void          intern_pool_wake_models     (InternPool                *self);

static inline gboolean
intern_pool_has_models (InternPool *self)
{
  return __atomic_load_n (&self->sources, __ATOMIC_RELAXED) != NULL;
}

/* Whether new strings are announced to handlers or models. */
static inline gboolean
intern_pool_announces_added (InternPool *self)
{
  return __atomic_load_n (&self->emit_added, __ATOMIC_RELAXED) || intern_pool_has_models (self);
}

/* For strings of any length, and for layered pools. */
const char *  intern_pool_intern_longer   (InternPool                *self,
                                           const char                *data,
                                           gsize                      length,
                                           GError                   **error);

/* Searches the cache only. For callers with the attribute INTERN_HOT, and lengths below
 * intern_store_short_end(). */
static inline const char *
intern_pool_peek_short (InternStore *store,
                        const char  *data,
                        gsize        length,
                        guint64     *hash)
{
  /* Lets the compiler drop the code for longer strings. */
  if (length > INTERN_SHORT_LENGTH)
    __builtin_unreachable ();

  return intern_store_peek (store, data, length, INTERN_TO_KEEP, hash);
}

/* For the same callers and lengths. */
static inline const char *
intern_pool_intern_short (InternPool   *self,
                          InternStore  *store,
                          const char   *data,
                          gsize         length,
                          GError      **error)
{
  guint64 hash;
  const char *string = intern_pool_peek_short (store, data, length, &hash);

  if (G_UNLIKELY (string == NULL))
    return intern_pool_intern_slowly (self, data, length, hash, error);

  return intern_store_count_hit (store, string, length);
}

/* For callers with the attribute INTERN_HOT. */
static inline const char *
intern_pool_intern_inline (InternPool  *self,
                           const char  *data,
                           gsize        length,
                           GError     **error)
{
  InternStore *store = intern_pool_get_store (self);

  if (G_UNLIKELY (length >= intern_store_short_end (store)))
    return intern_pool_intern_longer (self, data, length, error);

  return intern_pool_intern_short (self, store, data, length, error);
}
