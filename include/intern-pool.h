/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)
# error "Only <intern-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include "intern-version-macros.h"

G_BEGIN_DECLS

/* Interning */

#define INTERN_TYPE_POOL (intern_pool_get_type ())

INTERN_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (InternPool, intern_pool, INTERN, POOL, GObject)

/**
 * InternPoolForeachFunc:
 * @string: (not nullable): an interned string
 * @length: its length in bytes
 * @user_data: the data passed to intern_pool_foreach()
 *
 * Called by intern_pool_foreach() for each string. No lock is held, so the function may use the pool.
 *
 * Returns: %TRUE to continue, %FALSE to stop
 *
 * Since: 0.1
 */
typedef gboolean (*InternPoolForeachFunc)      (const char   *string,
                                                gsize         length,
                                                gpointer      user_data);

/**
 * InternPoolForeachBytesFunc:
 * @data: (array length=length) (element-type guint8): the bytes of an interned string
 * @length: the number of bytes
 * @user_data: the data passed to intern_pool_foreach_bytes()
 *
 * Called by intern_pool_foreach_bytes() for each string. No lock is held, so the function may use the
 * pool.
 *
 * Returns: %TRUE to continue, %FALSE to stop
 *
 * Since: 0.1
 */
typedef gboolean (*InternPoolForeachBytesFunc) (const guint8 *data,
                                                gsize         length,
                                                gpointer      user_data);

INTERN_AVAILABLE_IN_0_1
InternPool * intern_pool_new                (void) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
InternPool * intern_pool_get_default        (void);

INTERN_AVAILABLE_IN_0_1
const char * intern_pool_intern             (InternPool   *self,
                                             const char   *string);
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_intern_len         (InternPool   *self,
                                             const char   *data,
                                             gssize        length);
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_try_intern         (InternPool   *self,
                                             const char   *string,
                                             GError      **error);
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_try_intern_len     (InternPool   *self,
                                             const char   *data,
                                             gssize        length,
                                             GError      **error);
INTERN_AVAILABLE_IN_0_1
GBytes *     intern_pool_intern_bytes       (InternPool   *self,
                                             GBytes       *bytes,
                                             GError      **error) G_GNUC_WARN_UNUSED_RESULT;

INTERN_AVAILABLE_IN_0_1
const char * intern_pool_lookup             (InternPool   *self,
                                             const char   *string);
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_lookup_len         (InternPool   *self,
                                             const char   *data,
                                             gssize        length);
INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_contains           (InternPool   *self,
                                             const char   *string);
INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_contains_bytes     (InternPool   *self,
                                             GBytes       *bytes);
INTERN_AVAILABLE_IN_0_1
gsize        intern_pool_get_length         (InternPool   *self,
                                             const char   *interned);

INTERN_AVAILABLE_IN_0_1
const char * intern_pool_intern_for_bindings (InternPool   *self,
                                              const char   *string,
                                              GError      **error);
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_lookup_for_bindings (InternPool   *self,
                                              const char   *string);

INTERN_AVAILABLE_IN_0_1
void         intern_pool_foreach            (InternPool                 *self,
                                             InternPoolForeachFunc       func,
                                             gpointer                    user_data);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_foreach_bytes      (InternPool                 *self,
                                             InternPoolForeachBytesFunc  func,
                                             gpointer                    user_data);
INTERN_AVAILABLE_IN_0_1
char **      intern_pool_dup_strings        (InternPool   *self) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
void         intern_pool_clear              (InternPool   *self);

/* Atoms */

/**
 * InternAtom:
 *
 * A number for a string of one pool: two atoms are equal if and only if their strings are. Atoms are
 * numbered from 1 without gaps, in the order in which they are first asked for.
 *
 * Since: 0.1
 */
typedef guint32 InternAtom;

/**
 * INTERN_ATOM_NONE:
 *
 * Not an atom.
 *
 * Since: 0.1
 */
#define INTERN_ATOM_NONE ((InternAtom) 0)

INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_atom_from_string         (InternPool  *self,
                                                   const char  *string);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_atom_from_string_len     (InternPool  *self,
                                                   const char  *data,
                                                   gssize       length);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_try_atom_from_string     (InternPool  *self,
                                                   const char  *string,
                                                   GError     **error);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_try_atom_from_string_len (InternPool  *self,
                                                   const char  *data,
                                                   gssize       length,
                                                   GError     **error);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_atom_from_bytes          (InternPool  *self,
                                                   GBytes      *bytes,
                                                   GError     **error);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_get_atom                 (InternPool  *self,
                                                   const char  *interned);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_lookup_atom              (InternPool  *self,
                                                   const char  *string);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_lookup_atom_bytes        (InternPool  *self,
                                                   GBytes      *bytes);
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_atom_to_string           (InternPool  *self,
                                                   InternAtom   atom);
INTERN_AVAILABLE_IN_0_1
GBytes *     intern_pool_atom_to_bytes            (InternPool  *self,
                                                   InternAtom   atom) G_GNUC_WARN_UNUSED_RESULT;

/* Columns */

INTERN_AVAILABLE_IN_0_1
guint32 *    intern_pool_encode             (InternPool          *self,
                                             const char * const  *strings,
                                             gssize               n_strings,
                                             gsize               *n_atoms,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
GBytes *     intern_pool_encode_delimited   (InternPool          *self,
                                             GBytes              *text,
                                             guint8               delimiter,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
char **      intern_pool_decode             (InternPool          *self,
                                             const guint32       *atoms,
                                             gsize                n_atoms,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
GBytes *     intern_pool_decode_delimited   (InternPool          *self,
                                             GBytes              *atoms,
                                             guint8               delimiter,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
guint32 *    intern_pool_translate          (InternPool          *self,
                                             InternPool          *from,
                                             gsize               *n_atoms,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * InternPoolProgressFunc:
 * @n_bytes: bytes of the stream whose strings have been interned
 * @n_strings: the number of these strings, repeats included
 * @user_data: the data passed to the call
 *
 * Called with the progress of intern_pool_load_stream() or its asynchronous form from time to time,
 * and once at the end of the stream.
 *
 * Since: 0.1
 */
typedef void (*InternPoolProgressFunc) (guint64  n_bytes,
                                        guint64  n_strings,
                                        gpointer user_data);

INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_load_stream        (InternPool              *self,
                                             GInputStream            *stream,
                                             guint8                   delimiter,
                                             InternPoolProgressFunc   progress,
                                             gpointer                 progress_data,
                                             GCancellable            *cancellable,
                                             guint64                 *n_strings,
                                             GError                 **error);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_load_stream_async  (InternPool              *self,
                                             GInputStream            *stream,
                                             guint8                   delimiter,
                                             int                      io_priority,
                                             GCancellable            *cancellable,
                                             InternPoolProgressFunc   progress,
                                             gpointer                 progress_data,
                                             GDestroyNotify           progress_destroy,
                                             GAsyncReadyCallback      callback,
                                             gpointer                 user_data);
INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_load_stream_finish (InternPool              *self,
                                             GAsyncResult            *result,
                                             guint64                 *n_strings,
                                             GError                 **error);

/* References */

INTERN_AVAILABLE_IN_0_1
const char * intern_pool_acquire            (InternPool   *self,
                                             const char   *string) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_acquire_len        (InternPool   *self,
                                             const char   *data,
                                             gssize        length) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_lookup_acquire     (InternPool   *self,
                                             const char   *string) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_lookup_acquire_len (InternPool   *self,
                                             const char   *data,
                                             gssize        length) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
const char * intern_pool_acquire_interned   (InternPool   *self,
                                             const char   *interned);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_release            (InternPool   *self,
                                             const char   *interned);
INTERN_AVAILABLE_IN_0_1
guint        intern_pool_get_ref_count      (InternPool   *self,
                                             const char   *interned);
INTERN_AVAILABLE_IN_0_1
gsize        intern_pool_trim               (InternPool   *self);

/* Data beside strings */

/**
 * InternPoolMakeDataFunc:
 * @self: the pool
 * @interned: a string of @self
 * @user_data: (closure): the data of the caller
 *
 * Makes what intern_pool_ensure_data() keeps beside a string. The function may use @self, but not
 * clear it.
 *
 * Returns: (transfer full) (nullable): the data, or %NULL for none
 *
 * Since: 0.1
 */
typedef gpointer (*InternPoolMakeDataFunc) (InternPool *self,
                                            const char *interned,
                                            gpointer    user_data);

INTERN_AVAILABLE_IN_0_1
guint        intern_pool_get_n_data         (InternPool             *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_set_data_destroy   (InternPool             *self,
                                             guint                   index,
                                             GDestroyNotify          destroy);
INTERN_AVAILABLE_IN_0_1
gpointer     intern_pool_get_data           (InternPool             *self,
                                             const char             *interned,
                                             guint                   index);
INTERN_AVAILABLE_IN_0_1
gpointer     intern_pool_ensure_data        (InternPool             *self,
                                             const char             *interned,
                                             guint                   index,
                                             InternPoolMakeDataFunc  make,
                                             gpointer                user_data);

/* Limits */

INTERN_AVAILABLE_IN_0_1
guint        intern_pool_get_max_strings    (InternPool   *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_set_max_strings    (InternPool   *self,
                                             guint         max_strings);
INTERN_AVAILABLE_IN_0_1
guint64      intern_pool_get_max_bytes      (InternPool   *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_set_max_bytes      (InternPool   *self,
                                             guint64       max_bytes);

/* Statistics */

typedef struct _InternPoolStats InternPoolStats;

/**
 * InternPoolStats:
 * @n_strings: distinct strings that the pool holds
 * @n_mortal: those of them that are reference counted
 * @n_dead: released strings whose memory has not been reused
 * @n_lookups: calls that searched for a string: @n_hits + @n_misses
 * @n_hits: searches that found the string
 * @n_misses: searches that did not find it, including those that added it
 * @bytes_stored: length in bytes of all distinct strings, without their terminating NULs
 * @bytes_requested: length in bytes of all strings that calls returned, repeats included
 * @bytes_recycled: bytes of released strings whose memory a new string has reused
 * @memory_usage: bytes of memory that the pool holds, everything included
 * @hit_ratio: @n_hits / @n_lookups, or 0 before the first search
 * @bytes_saved: the memory that a g_strdup() for each returned string would have taken, minus
 *   @memory_usage; negative if interning costs more than it saves
 *
 * The statistics of a pool at one moment, from intern_pool_get_stats().
 *
 * Since: 0.1
 */
struct _InternPoolStats
{
  guint   n_strings;
  guint   n_mortal;
  guint   n_dead;
  guint64 n_lookups;
  guint64 n_hits;
  guint64 n_misses;
  guint64 bytes_stored;
  guint64 bytes_requested;
  guint64 bytes_recycled;
  guint64 memory_usage;
  gdouble hit_ratio;
  gint64  bytes_saved;

  /*< private >*/
  guint64 reserved[8];
};

#define INTERN_TYPE_POOL_STATS (intern_pool_stats_get_type ())

INTERN_AVAILABLE_IN_0_1
GType             intern_pool_stats_get_type   (void) G_GNUC_CONST;
INTERN_AVAILABLE_IN_0_1
InternPoolStats * intern_pool_stats_copy       (const InternPoolStats *stats) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
void              intern_pool_stats_free       (InternPoolStats       *stats);
INTERN_AVAILABLE_IN_0_1
char *            intern_pool_stats_to_string  (const InternPoolStats *stats) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
GVariant *        intern_pool_stats_to_variant (const InternPoolStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InternPoolStats, intern_pool_stats_free)

INTERN_AVAILABLE_IN_0_1
guint        intern_pool_get_n_strings      (InternPool      *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_get_stats          (InternPool      *self,
                                             InternPoolStats *stats);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_reset_stats        (InternPool      *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_add_hits           (InternPool      *self,
                                             guint64          n_hits,
                                             guint64          n_bytes);
INTERN_AVAILABLE_IN_0_1
gboolean     intern_pool_get_emit_added     (InternPool      *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_set_emit_added     (InternPool      *self,
                                             gboolean         emit_added);
INTERN_AVAILABLE_IN_0_1
guint        intern_pool_get_stats_interval (InternPool      *self);
INTERN_AVAILABLE_IN_0_1
void         intern_pool_set_stats_interval (InternPool      *self,
                                             guint            stats_interval);

/**
 * INTERN_LITERAL:
 * @text: a string literal
 *
 * Interns a literal in the default pool, once for each use in the source. Every later execution costs
 * one atomic load. The compiler computes the length, so NULs inside are kept.
 *
 * It is a GNU statement expression: it works inside functions, in C and in C++, with gcc and clang.
 * May be used from any thread.
 *
 * Returns: (transfer none) (nullable): the interned string, valid as long as the process runs; %NULL
 *   only if a limit of the default pool refuses it
 *
 * Since: 0.1
 */
#if defined(__GNUC__)
# define INTERN_LITERAL(text) \
  (G_GNUC_EXTENSION ({ \
    static const char *_intern_literal_slot; \
    /* Acquire: pairs with the release below, so that a thread that sees the pointer sees the bytes. */ \
    const char *_intern_literal = __atomic_load_n (&_intern_literal_slot, __ATOMIC_ACQUIRE); \
    if (__builtin_expect (_intern_literal == NULL, 0)) \
      { \
        _intern_literal = intern_pool_intern_len (intern_pool_get_default (), "" text, \
                                                  sizeof (text) - 1); \
        __atomic_store_n (&_intern_literal_slot, _intern_literal, __ATOMIC_RELEASE); \
      } \
    _intern_literal; \
  }))
#endif

G_END_DECLS
