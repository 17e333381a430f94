/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-pool-model.h"

#include "base/fork.h"
#include "pool/item.h"
#include "pool/pool.h"

/**
 * SECTION:intern-pool-model
 * @title: InternPoolModel
 * @short_description: The strings of a pool as a list
 *
 * A #GListModel of all strings of an #InternPool, for list widgets: first the strings that existed
 * when it was created, in no particular order, then new ones in the order of their atoms. Its items
 * are of the type #InternPoolItem.
 *
 * The model gives each string an atom, which makes the string permanent; row i is atom i + 1. Since
 * intern_pool_clear() does not restart the numbering, row i is then the first atom after the clear
 * + i; #InternPoolItem:atom is always right. A frozen pool assigns no atoms: its model shows the
 * strings that have one.
 *
 * Strings may be added from any thread and by any call, also if #InternPool:emit-added is %FALSE.
 * The model emits one #GListModel::items-changed for all changes since the last one, in the main
 * context that was the thread default when it was created, at idle priority and never from within
 * the call that adds. Until then g_list_model_get_n_items() and the rows do not change: the rows of
 * a pool that has been cleared can still be read, and the memory of the removed strings is kept. Use
 * the model in the thread of that context only; the last reference may be dropped in any thread.
 *
 * A row costs no memory but its atom until its item is requested. As long as an item is alive, the
 * model returns the same one for its row.
 *
 * The model holds a reference to the pool. A pool may have any number of models; they cost time only
 * when a string is added.
 *
 * Since: 0.1
 */

/**
 * InternPoolModel:
 *
 * A list of the strings of a pool. The struct is opaque.
 *
 * Since: 0.1
 */
struct _InternPoolModel
{
  GObject parent_instance;

  InternPool      *pool;   /* (owned) (nullable) */
  GSource         *source; /* (owned) (nullable) with which the pool wakes the model */
  InternStore     *store;  /* (owned) (nullable) of the rows, until the model emits that it was cleared */
  InternItemTable *items;  /* (owned) */
  guint            n_rows; /* that have been emitted */
};

static void intern_pool_model_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (InternPoolModel, intern_pool_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, intern_pool_model_list_init))

typedef enum
{
  MODEL_PROP_POOL = 1,
  MODEL_PROP_N_ITEMS,
  N_MODEL_PROPS
} InternPoolModelProperty;

static GParamSpec *model_properties[N_MODEL_PROPS];

/* The side of the pool */

/* Wakes all models, unless they have been woken and none of them has looked since. */
void
intern_pool_wake_models (InternPool *self)
{
  /* Acquire and release: if a wake-up is pending, the model that takes it sees the caller's string. In the forked
   * child of a threaded process the locks of GLib must not be taken. */
  if (__atomic_exchange_n (&self->wake_pending, TRUE, __ATOMIC_ACQ_REL) || intern_fork_is_threaded_child ())
    return;

  intern_lock (intern_pool_get_lock (self));
  for (GSList *l = self->sources; l != NULL; l = l->next)
    g_source_set_ready_time (l->data, 0);
  intern_unlock (intern_pool_get_lock (self));
}

/* Gives a new string its atom and wakes the models. */
void
intern_pool_add_row (InternPool  *self,
                     InternStore *store,
                     const char  *string)
{
  intern_store_atom (store, string);
  intern_pool_wake_models (self);
}

static InternStore *
look (InternPool *pool)
{
  /* Before anything is read: later changes wake the model again. */
  __atomic_exchange_n (&pool->wake_pending, FALSE, __ATOMIC_ACQ_REL);

  return intern_pool_ref_store (pool);
}

/* The side of the model */

static void
update (InternPoolModel *self)
{
  InternStore *store = look (self->pool);
  const gboolean cleared = store != self->store;
  const guint n_old = self->n_rows;
  const guint n_kept = cleared ? 0 : n_old;

  /* The strings of the layers stay after a clear(). */
  if (cleared)
    intern_store_number_layers (store);
  self->n_rows = intern_store_count_atoms (store);
  intern_store_unref (self->store);
  self->store = store;

  if (n_old == n_kept && self->n_rows == n_kept)
    return;

  g_list_model_items_changed (G_LIST_MODEL (self), n_kept, n_old - n_kept, self->n_rows - n_kept);
  if (self->n_rows != n_old)
    g_object_notify_by_pspec (G_OBJECT (self), model_properties[MODEL_PROP_N_ITEMS]);
}

static gboolean
woken_cb (gpointer user_data)
{
  g_autoptr (InternPoolModel) self = g_weak_ref_get (user_data);

  if (self != NULL && !intern_fork_is_threaded_child ())
    update (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     user_data)
{
  g_source_set_ready_time (source, -1);

  return callback (user_data);
}

static void
free_weak_ref (gpointer user_data)
{
  g_weak_ref_clear (user_data);
  g_free (user_data);
}

/* A source that becomes ready when the pool wakes it: one for the life of the model, so at most one wake-up is
 * pending. */
static GSource *
source_new (InternPoolModel *self)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  GSource *source = g_source_new (&funcs, sizeof (GSource));
  GWeakRef *model = g_new (GWeakRef, 1);

  g_weak_ref_init (model, self);
  g_source_set_static_name (source, "InternPoolModel");
  g_source_set_callback (source, woken_cb, model, free_weak_ref);
  /* Below the priority at which GTK draws: a pool that is filled without a pause must not stop drawing. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT_IDLE);
  g_source_attach (source, context);

  return source;
}

static gboolean
give_atom (const char *string,
           gsize       length,
           gpointer    store)
{
  intern_store_atom (store, string);

  return TRUE;
}

static void
join (InternPoolModel *self)
{
  InternPool *pool = self->pool;

  self->source = source_new (self);
  intern_lock (intern_pool_get_lock (pool));
  pool->sources = g_slist_prepend (pool->sources, self->source);
  intern_unlock (intern_pool_get_lock (pool));
  /* Relaxed: a thread that adds a string and does not see this has released the lock of its shard before
   * intern_store_foreach() takes it, which then finds the string. */
  __atomic_fetch_add (&pool->n_models, 1, __ATOMIC_RELAXED);

  self->store = look (pool);
  intern_store_foreach (self->store, give_atom, self->store);
  self->n_rows = intern_store_count_atoms (self->store);
}

static void
leave (InternPoolModel *self)
{
  InternPool *pool = self->pool;

  __atomic_fetch_sub (&pool->n_models, 1, __ATOMIC_RELAXED);
  intern_lock (intern_pool_get_lock (pool));
  pool->sources = g_slist_remove (pool->sources, self->source);
  intern_unlock (intern_pool_get_lock (pool));

  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/**
 * intern_pool_model_new:
 * @pool: a pool
 *
 * Creates a list of the strings of @pool, and gives each an atom. May be called from any thread. The
 * model belongs to the thread-default main context of the caller and emits changes there.
 *
 * Returns: (transfer full): a new model, to be freed with g_object_unref()
 *
 * Since: 0.1
 */
InternPoolModel *
intern_pool_model_new (InternPool *pool)
{
  g_return_val_if_fail (INTERN_IS_POOL (pool), NULL);

  return g_object_new (INTERN_TYPE_POOL_MODEL, "pool", pool, NULL);
}

/**
 * intern_pool_model_get_pool:
 * @self: a model
 *
 * Gets the #InternPoolModel:pool property.
 *
 * Returns: (transfer none) (nullable): the pool; %NULL for a model that was created without one
 *
 * Since: 0.1
 */
InternPool *
intern_pool_model_get_pool (InternPoolModel *self)
{
  g_return_val_if_fail (INTERN_IS_POOL_MODEL (self), NULL);

  return self->pool;
}

/* GListModel */

static GType
intern_pool_model_get_item_type (GListModel *list)
{
  return INTERN_TYPE_POOL_ITEM;
}

static guint
intern_pool_model_get_n_items (GListModel *list)
{
  return INTERN_POOL_MODEL (list)->n_rows;
}

static gpointer
intern_pool_model_get_item (GListModel *list,
                            guint       position)
{
  InternPoolModel *self = INTERN_POOL_MODEL (list);
  const char *string;
  InternAtom atom;

  if (position >= self->n_rows)
    return NULL;

  atom = intern_store_get_nth_atom (self->store, position);
  string = intern_store_atom_to_string (self->store, atom);
  /* A trusted snapshot may be damaged. */
  if (string == NULL)
    return intern_item_table_get (self->items, atom, "", 0);

  return intern_item_table_get (self->items, atom, string, intern_store_length (self->store, string));
}

static void
intern_pool_model_list_init (GListModelInterface *iface)
{
  iface->get_item_type = intern_pool_model_get_item_type;
  iface->get_n_items = intern_pool_model_get_n_items;
  iface->get_item = intern_pool_model_get_item;
}

/* The class */

static void
intern_pool_model_get_property (GObject    *object,
                                guint       property_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  InternPoolModel *self = INTERN_POOL_MODEL (object);

  switch ((InternPoolModelProperty) property_id)
    {
    case MODEL_PROP_POOL:
      g_value_set_object (value, self->pool);
      break;

    case MODEL_PROP_N_ITEMS:
      g_value_set_uint (value, self->n_rows);
      break;

    case N_MODEL_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
intern_pool_model_set_property (GObject      *object,
                                guint         property_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  InternPoolModel *self = INTERN_POOL_MODEL (object);

  if (property_id == MODEL_PROP_POOL)
    self->pool = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
intern_pool_model_constructed (GObject *object)
{
  InternPoolModel *self = INTERN_POOL_MODEL (object);

  G_OBJECT_CLASS (intern_pool_model_parent_class)->constructed (object);

  if (self->pool != NULL)
    join (self);
}

/* Not in dispose(): the rows of a disposed model can still be read. */
static void
intern_pool_model_finalize (GObject *object)
{
  InternPoolModel *self = INTERN_POOL_MODEL (object);

  if (self->source != NULL)
    leave (self);
  g_clear_pointer (&self->store, intern_store_unref);
  g_clear_pointer (&self->items, intern_item_table_unref);
  g_clear_object (&self->pool);

  G_OBJECT_CLASS (intern_pool_model_parent_class)->finalize (object);
}

#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)

static void
intern_pool_model_class_init (InternPoolModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = intern_pool_model_get_property;
  object_class->set_property = intern_pool_model_set_property;
  object_class->constructed = intern_pool_model_constructed;
  object_class->finalize = intern_pool_model_finalize;

  /**
   * InternPoolModel:pool:
   *
   * The pool whose strings the model lists. Without one it is an empty list.
   *
   * Since: 0.1
   */
  model_properties[MODEL_PROP_POOL] =
    g_param_spec_object ("pool", NULL, "The pool whose strings are listed", INTERN_TYPE_POOL,
                         (GParamFlags) (READABLE | G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY));

  /**
   * InternPoolModel:n-items:
   *
   * The number of rows: g_list_model_get_n_items() as a property that can be bound.
   *
   * Since: 0.1
   */
  model_properties[MODEL_PROP_N_ITEMS] =
    g_param_spec_uint ("n-items", NULL, "The number of rows", 0, G_MAXUINT, 0, (GParamFlags) READABLE);

  g_object_class_install_properties (object_class, N_MODEL_PROPS, model_properties);
}

static void
intern_pool_model_init (InternPoolModel *self)
{
  self->items = intern_item_table_new ();
}
