/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "pool/sysprof.h"

/**
 * InternPool:
 *
 * A pool of strings. The struct is opaque.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (InternPool, intern_pool, G_TYPE_OBJECT)

GParamSpec *intern_pool_properties[INTERN_POOL_N_PROPS];

GType intern_pool_type;

InternStore *intern_pool_empty_store;

/* The statistics: each is a property and a field of InternPoolStats. */
typedef struct
{
  const char *name;
  const char *blurb;
  GType       type;
  gsize       offset;
} StatsField;

static const StatsField stats_fields[INTERN_POOL_N_PROPS] = {
  /**
   * InternPool:n-strings:
   *
   * The number of distinct strings that the pool holds.
   *
   * Since: 0.1
   */
  [PROP_N_STRINGS] = { "n-strings", "Distinct strings that the pool holds",
    G_TYPE_UINT, G_STRUCT_OFFSET (InternPoolStats, n_strings) },

  /**
   * InternPool:n-mortal:
   *
   * The number of strings that are reference counted, rather than living as long as the pool.
   *
   * Since: 0.1
   */
  [PROP_N_MORTAL] = { "n-mortal", "Reference-counted strings",
    G_TYPE_UINT, G_STRUCT_OFFSET (InternPoolStats, n_mortal) },

  /**
   * InternPool:n-dead:
   *
   * The number of released strings whose memory has not been reused yet.
   *
   * Since: 0.1
   */
  [PROP_N_DEAD] = { "n-dead", "Released strings whose memory has not been reused",
    G_TYPE_UINT, G_STRUCT_OFFSET (InternPoolStats, n_dead) },

  /**
   * InternPool:n-lookups:
   *
   * The number of calls that searched for a string: hits and misses.
   *
   * Since: 0.1
   */
  [PROP_N_LOOKUPS] = { "n-lookups", "Calls that searched for a string",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, n_lookups) },

  /**
   * InternPool:n-hits:
   *
   * The number of searches that found the string.
   *
   * Since: 0.1
   */
  [PROP_N_HITS] = { "n-hits", "Searches that found the string",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, n_hits) },

  /**
   * InternPool:n-misses:
   *
   * The number of searches that did not find the string, whether it was then added or not.
   *
   * Since: 0.1
   */
  [PROP_N_MISSES] = { "n-misses", "Searches that did not find the string",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, n_misses) },

  /**
   * InternPool:bytes-stored:
   *
   * The bytes of all distinct strings, without their terminating NULs.
   *
   * Since: 0.1
   */
  [PROP_BYTES_STORED] = { "bytes-stored", "Bytes of all distinct strings",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, bytes_stored) },

  /**
   * InternPool:bytes-requested:
   *
   * The bytes of all strings that calls have returned, repeats included.
   *
   * Since: 0.1
   */
  [PROP_BYTES_REQUESTED] = { "bytes-requested", "Bytes of all strings returned",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, bytes_requested) },

  /**
   * InternPool:bytes-recycled:
   *
   * The bytes of released strings whose memory a new string has reused. When the pool has given memory back
   * to the system, it no longer knows the lengths of the strings there, and counts the longest that fit.
   *
   * Since: 0.1
   */
  [PROP_BYTES_RECYCLED] = { "bytes-recycled", "Bytes of released strings whose memory was reused",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, bytes_recycled) },

  /**
   * InternPool:memory-usage:
   *
   * The bytes of memory that the pool holds: strings, tables, counters and the object itself,
   * with the overhead of the heap.
   *
   * Since: 0.1
   */
  [PROP_MEMORY_USAGE] = { "memory-usage", "Bytes of memory that the pool holds",
    G_TYPE_UINT64, G_STRUCT_OFFSET (InternPoolStats, memory_usage) },

  /**
   * InternPool:hit-ratio:
   *
   * The share of searches that found the string, from 0 to 1; 0 before the first search.
   *
   * Since: 0.1
   */
  [PROP_HIT_RATIO] = { "hit-ratio", "Share of searches that found the string",
    G_TYPE_DOUBLE, G_STRUCT_OFFSET (InternPoolStats, hit_ratio) },

  /**
   * InternPool:bytes-saved:
   *
   * The memory that a g_strdup() for each returned string would have taken, minus
   * #InternPool:memory-usage. Negative if the pool costs more than it saves, as with strings that
   * never repeat.
   *
   * Since: 0.1
   */
  [PROP_BYTES_SAVED] = { "bytes-saved", "Bytes saved over a copy for each request",
    G_TYPE_INT64, G_STRUCT_OFFSET (InternPoolStats, bytes_saved) },
};

#define FIRST_STAT PROP_N_STRINGS

static gsize
field_size (const StatsField *field)
{
  return field->type == G_TYPE_UINT ? sizeof (guint) : sizeof (guint64);
}

/* Notifies the properties whose statistics have changed. */
void
intern_pool_compare_stats (InternPool            *self,
                           const InternPoolStats *before,
                           const InternPoolStats *now)
{
  InternPoolProperty changed[INTERN_POOL_N_PROPS];
  guint n_changed = 0;

  for (guint i = FIRST_STAT; i < INTERN_POOL_N_PROPS; i++)
    {
      const StatsField *field = &stats_fields[i];

      if (memcmp ((const char *) before + field->offset, (const char *) now + field->offset,
                  field_size (field)) != 0)
        changed[n_changed++] = (InternPoolProperty) i;
    }

  intern_sysprof_count (self, now);
  intern_pool_emit_stats_changed (self, changed, n_changed);
}

/* Settings */

/**
 * intern_pool_get_emit_added:
 * @self: a pool
 *
 * Gets the #InternPool:emit-added property. May be called from any thread.
 *
 * Returns: whether the pool emits a signal for each new string
 *
 * Since: 0.1
 */
gboolean
intern_pool_get_emit_added (InternPool *self)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), FALSE);

  return __atomic_load_n (&self->emit_added, __ATOMIC_RELAXED);
}

/**
 * intern_pool_set_emit_added:
 * @self: a pool
 * @emit_added: whether to emit a signal for each new string
 *
 * Sets the #InternPool:emit-added property. May be called from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_set_emit_added (InternPool *self,
                            gboolean    emit_added)
{
  g_return_if_fail (INTERN_IS_POOL (self));

  /* Relaxed: it orders nothing; a concurrent call may see either value. */
  if (__atomic_exchange_n (&self->emit_added, emit_added != FALSE, __ATOMIC_RELAXED) != (emit_added != FALSE))
    intern_pool_notify (self, PROP_EMIT_ADDED);
}

/* The class */

static void
get_stats_property (InternPool       *self,
                    const StatsField *field,
                    GValue           *value)
{
  InternPoolStats stats;
  gconstpointer member = (const char *) &stats + field->offset;

  intern_pool_get_stats (self, &stats);

  if (field->type == G_TYPE_UINT)
    g_value_set_uint (value, *(const guint *) member);
  else if (field->type == G_TYPE_UINT64)
    g_value_set_uint64 (value, *(const guint64 *) member);
  else if (field->type == G_TYPE_INT64)
    g_value_set_int64 (value, *(const gint64 *) member);
  else
    g_value_set_double (value, *(const double *) member);
}

static void
intern_pool_get_property (GObject    *object,
                          guint       property_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  InternPool *self = INTERN_POOL (object);

  switch ((InternPoolProperty) property_id)
    {
    case PROP_MAX_STRINGS:
      g_value_set_uint (value, intern_pool_get_max_strings (self));
      break;

    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, intern_pool_get_max_bytes (self));
      break;

    case PROP_EMIT_ADDED:
      g_value_set_boolean (value, intern_pool_get_emit_added (self));
      break;

    case PROP_STATS_INTERVAL:
      g_value_set_uint (value, intern_pool_get_stats_interval (self));
      break;

    case PROP_N_DATA:
      g_value_set_uint (value, intern_pool_get_n_data (self));
      break;

    case PROP_N_STRINGS:
    case PROP_N_MORTAL:
    case PROP_N_DEAD:
    case PROP_N_LOOKUPS:
    case PROP_N_HITS:
    case PROP_N_MISSES:
    case PROP_BYTES_STORED:
    case PROP_BYTES_REQUESTED:
    case PROP_BYTES_RECYCLED:
    case PROP_MEMORY_USAGE:
    case PROP_HIT_RATIO:
    case PROP_BYTES_SAVED:
      get_stats_property (self, &stats_fields[property_id], value);
      break;

    case INTERN_POOL_N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
intern_pool_set_property (GObject      *object,
                          guint         property_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  InternPool *self = INTERN_POOL (object);

  /* The others are read-only: GObject refuses them earlier. */
  if (property_id == PROP_MAX_STRINGS)
    intern_pool_set_max_strings (self, g_value_get_uint (value));
  else if (property_id == PROP_MAX_BYTES)
    intern_pool_set_max_bytes (self, g_value_get_uint64 (value));
  else if (property_id == PROP_EMIT_ADDED)
    intern_pool_set_emit_added (self, g_value_get_boolean (value));
  else if (property_id == PROP_STATS_INTERVAL)
    intern_pool_set_stats_interval (self, g_value_get_uint (value));
  else if (property_id == PROP_N_DATA)
    self->n_data = (guint8) g_value_get_uint (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
intern_pool_finalize (GObject *object)
{
  InternPool *self = INTERN_POOL (object);

  if (self->log != NULL)
    intern_reference_log_report (self->log, self, "finalized");
  g_clear_pointer (&self->log, intern_reference_log_free);
  g_clear_pointer (&self->watch, intern_watch_free);
  if (self->store != intern_pool_empty_store)
    {
      self->store->pool = NULL;
      intern_store_destroy_all_data (self->store);
      intern_store_unref (self->store);
    }
  g_clear_pointer (&self->context, g_main_context_unref);

  G_OBJECT_CLASS (intern_pool_parent_class)->finalize (object);
}

#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)
#define WRITABLE (READABLE | G_PARAM_WRITABLE)

static void
install_settings (void)
{
  /**
   * InternPool:max-strings:
   *
   * How many distinct strings the pool may hold; 0 means no limit. The limit is exact, even with many
   * threads. intern_pool_try_intern() reports a refusal; the first one also emits
   * #InternPool::limit-reached.
   *
   * Since: 0.1
   */
  intern_pool_properties[PROP_MAX_STRINGS] =
    g_param_spec_uint ("max-strings", NULL, "How many strings the pool may hold, 0 for no limit",
                       0, G_MAXUINT, 0, (GParamFlags) (WRITABLE | G_PARAM_CONSTRUCT));

  /**
   * InternPool:max-bytes:
   *
   * How many bytes all strings of the pool may have together; 0 means no limit. It limits
   * #InternPool:bytes-stored and is as exact as #InternPool:max-strings.
   *
   * Since: 0.1
   */
  intern_pool_properties[PROP_MAX_BYTES] =
    g_param_spec_uint64 ("max-bytes", NULL, "How many bytes of strings the pool may hold, 0 for no limit",
                         0, G_MAXUINT64, 0, (GParamFlags) (WRITABLE | G_PARAM_CONSTRUCT));

  /**
   * InternPool:emit-added:
   *
   * Whether #InternPool::string-added and #InternPool::bytes-added are emitted. GObject takes a
   * process-wide lock to find out whether a signal has handlers, so threads that add many strings
   * are faster with %FALSE.
   *
   * Since: 0.1
   */
  intern_pool_properties[PROP_EMIT_ADDED] =
    g_param_spec_boolean ("emit-added", NULL, "Whether each new string is emitted by a signal",
                          TRUE, (GParamFlags) WRITABLE);

  /**
   * InternPool:stats-interval:
   *
   * How often, in milliseconds, the pool checks whether its statistics have changed; if so, it emits
   * #InternPool::stats-changed and notifies the changed properties. 0, the default, means never.
   * Handlers run in the main context that was the thread default when the pool was created; that
   * context must be iterated.
   *
   * Since: 0.1
   */
  intern_pool_properties[PROP_STATS_INTERVAL] =
    g_param_spec_uint ("stats-interval", NULL, "Milliseconds between two notifications of the statistics, 0 for none",
                       0, G_MAXUINT, 0, (GParamFlags) WRITABLE);
}

static void
install_n_data (void)
{
  /**
   * InternPool:n-data:
   *
   * How many pointers each string has room for beside it, from 0 to 4: see intern_pool_ensure_data().
   * Each takes the memory of a pointer for each string. A child, and a pool that was opened from a
   * snapshot, have 4: they keep the data of strings in a table and pay for those that have data.
   *
   * Since: 0.1
   */
  intern_pool_properties[PROP_N_DATA] =
    g_param_spec_uint ("n-data", NULL, "Pointers that each string has room for beside it",
                       0, INTERN_MAX_DATA, 0, (GParamFlags) (WRITABLE | G_PARAM_CONSTRUCT_ONLY));
}

static GParamSpec *
new_stats_pspec (const StatsField *field)
{
  const GParamFlags flags = (GParamFlags) READABLE;

  if (field->type == G_TYPE_UINT)
    return g_param_spec_uint (field->name, NULL, field->blurb, 0, G_MAXUINT, 0, flags);
  if (field->type == G_TYPE_UINT64)
    return g_param_spec_uint64 (field->name, NULL, field->blurb, 0, G_MAXUINT64, 0, flags);
  if (field->type == G_TYPE_INT64)
    return g_param_spec_int64 (field->name, NULL, field->blurb, G_MININT64, G_MAXINT64, 0, flags);

  return g_param_spec_double (field->name, NULL, field->blurb, 0.0, 1.0, 0.0, flags);
}

static void
make_no_store (void)
{
  const guint8 *secret = intern_secret_get ();

  /* A hash that an attacker can predict would allow collision attacks: abort instead. */
  if (secret == NULL)
    g_error ("The system has no random bytes for the hash of a pool");

  intern_pool_empty_store = intern_store_new_closed (secret);
}

static void
intern_pool_class_init (InternPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  intern_pool_type = G_TYPE_FROM_CLASS (klass);
  intern_pool_init_locks ();
  make_no_store ();

  object_class->get_property = intern_pool_get_property;
  object_class->set_property = intern_pool_set_property;
  object_class->finalize = intern_pool_finalize;

  install_settings ();
  install_n_data ();
  for (guint i = FIRST_STAT; i < INTERN_POOL_N_PROPS; i++)
    intern_pool_properties[i] = new_stats_pspec (&stats_fields[i]);
  g_object_class_install_properties (object_class, INTERN_POOL_N_PROPS, intern_pool_properties);

  intern_pool_install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
intern_pool_init (InternPool *self)
{
  GMainContext *context = g_main_context_get_thread_default ();

  self->emit_added = TRUE;
  self->log = intern_reference_log_new_if_wanted ();
  self->context = context == NULL ? NULL : g_main_context_ref (context);
  self->store = intern_pool_empty_store;
}
