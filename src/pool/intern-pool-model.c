/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-pool-model.h"

#include "base/fork.h"
#include "pool/item-table.h"
#include "pool/model-source.h"
#include "pool/mortals.h"
#include "pool/pool.h"

/**
 * SECTION:intern-pool-model
 * @title: InternPoolModel
 * @short_description: The strings of a pool as a list
 *
 * A #GListModel of all strings of an #InternPool, for list widgets. Its items are of the type
 * #InternPoolItem. The permanent strings come first: those that existed when the model was created, in
 * no particular order, then new ones in the order of their atoms. The mortal strings follow.
 *
 * The model gives an atom to each string that is permanent when it is added; row i is atom i + 1. Since
 * intern_pool_clear() does not restart the numbering, row i is then the first atom after the clear + i;
 * #InternPoolItem:atom is always right. A frozen pool assigns no atoms: its model shows the strings that have one.
 *
 * A mortal string stays mortal and gets no atom. Its row leaves the list when the string dies, and
 * moves to the permanent ones when it has become permanent and has an atom.
 *
 * Strings may come and go in any thread and by any call, even if #InternPool:emit-added is %FALSE.
 * The model emits one #GListModel::items-changed for all permanent strings since the last one, and one
 * for all mortal strings that have come and gone, in the main context that was the thread default when
 * it was created, at idle priority and never from within the call that adds or releases. Until then
 * g_list_model_get_n_items() and the rows do not change: the rows of strings that have died, and those of
 * a pool that has been cleared, can still be read, and the memory of the removed strings is kept. Use
 * the model in the thread of that context only; the last reference may be dropped in any thread.
 *
 * The row of a permanent string costs no memory but its atom until its item is requested; that of a
 * mortal string has a copy of it. As long as an item is alive, the
 * model returns the same one for its row.
 *
 * The model holds a reference to the pool. A pool may have any number of models; they cost time only
 * when a string is added or dies.
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

  InternPool        *pool;    /* (owned) (nullable) */
  InternModelSource *source;  /* (owned) (nullable) with which the pool wakes the model */
  InternStore       *store;   /* (owned) (nullable) of the rows, until the model emits that it was cleared */
  InternItemTable   *items;   /* (owned) */
  InternMortals     *mortals; /* (owned) the rows after those of the atoms */

  /* The rows that have been emitted. */
  guint n_atoms;
  guint n_mortals;
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

/* Rows */

/* An InternStoreFunc: lists a string. In a frozen pool a string without an atom gets no row, but keeps the one that it
 * has. */
static gboolean
list_string (const char *string,
             gsize       length,
             gpointer    user_data)
{
  InternPoolModel *self = user_data;

  if (intern_model_source_is_mortal (self->store, string))
    intern_mortals_add (self->mortals, string, length);
  else if (intern_pool_need_atom (self->pool, self->store, string) == INTERN_ATOM_NONE)
    intern_mortals_keep (self->mortals, string, length);

  return TRUE;
}

/* Adds or removes the row of a string that may have come or gone. */
static void
look_at (InternPoolModel *self,
         GBytes          *string)
{
  const char *permanent;
  gsize length;
  const char *data = intern_pool_bytes_data (string, &length);

  if (intern_store_has_mortal (self->store, data, length, &permanent))
    intern_mortals_add (self->mortals, data, length);
  else if (permanent == NULL || intern_pool_need_atom (self->pool, self->store, permanent) != INTERN_ATOM_NONE)
    intern_mortals_remove (self->mortals, data, length);
}

/* Adds and removes rows of mortal strings, without emitting it. */
static void
look_at_mortals (InternPoolModel *self)
{
  g_autoptr (GPtrArray) changed = NULL;
  const gboolean overflow = !intern_model_source_take_changed (self->source, self->pool, &changed);

  for (guint i = 0; !overflow && i < changed->len; i++)
    look_at (self, changed->pdata[i]);
  if (overflow)
    {
      intern_mortals_begin_listing (self->mortals);
      intern_store_foreach (self->store, list_string, self);
      intern_mortals_end_listing (self->mortals);
    }
}

/* Strings that have got an atom are permanent, and among the other rows from now on. */
static void
move_numbered (InternPoolModel *self,
               guint            first,
               guint            end)
{
  for (guint i = first; intern_mortals_count (self->mortals) > 0 && i < end; i++)
    {
      const guint32 atom = intern_store_get_nth_atom (self->store, i);
      const char *string = intern_store_atom_to_string (self->store, atom);

      if (string != NULL)
        intern_mortals_remove (self->mortals, string, intern_store_length (self->store, string));
    }
}

/* Finds the rows of a store that is new to the model. */
static void
list_store (InternPoolModel *self)
{
  const guint n_before = intern_store_count_atoms (self->store);

  intern_store_observe (self->store, &self->pool->observer);
  intern_store_foreach (self->store, list_string, self);
  self->n_atoms = intern_store_count_atoms (self->store);
  /* A string may have got its atom after it was listed as a mortal one. */
  move_numbered (self, n_before, self->n_atoms);
  intern_mortals_commit (self->mortals);
  self->n_mortals = intern_mortals_count (self->mortals);
}

static void
emit_changed (InternPoolModel *self,
              guint            position,
              guint            n_removed,
              guint            n_added)
{
  if (n_removed > 0 || n_added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, n_added);
}

/* The rows of the new store replace all. */
static void
update_cleared (InternPoolModel *self,
                InternStore     *store)
{
  const guint n_old = self->n_atoms + self->n_mortals;

  intern_store_unref (self->store);
  self->store = store;
  /* Not new ones: items of the old rows may be alive, so the new rows need other ids. */
  intern_mortals_clear (self->mortals);
  list_store (self);
  emit_changed (self, 0, n_old, self->n_atoms + self->n_mortals);
}

static void
update_rows (InternPoolModel *self)
{
  const guint n_old_atoms = self->n_atoms;
  const guint n_old_mortals = self->n_mortals;
  guint first;

  look_at_mortals (self);
  self->n_atoms = intern_store_count_atoms (self->store);
  move_numbered (self, n_old_atoms, self->n_atoms);
  /* The removed rows can still be read. */
  emit_changed (self, n_old_atoms, 0, self->n_atoms - n_old_atoms);

  first = intern_mortals_commit (self->mortals);
  first = MIN (first, n_old_mortals);
  self->n_mortals = intern_mortals_count (self->mortals);
  emit_changed (self, self->n_atoms + first, n_old_mortals - first, self->n_mortals - first);
}

static void
update (InternPoolModel *self)
{
  InternStore *store = intern_model_source_look (self->pool);
  const guint n_old = self->n_atoms + self->n_mortals;

  if (store != self->store)
    update_cleared (self, store);
  else
    {
      intern_store_unref (store);
      update_rows (self);
    }

  if (self->n_atoms + self->n_mortals != n_old)
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

/**
 * intern_pool_model_new:
 * @pool: a pool
 *
 * Creates a list of the strings of @pool, and gives each permanent one an atom. May be called from any
 * thread. The model belongs to the thread-default main context of the caller and emits changes there.
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
  InternPoolModel *self = INTERN_POOL_MODEL (list);

  return self->n_atoms + self->n_mortals;
}

static InternPoolItem *
get_mortal (InternPoolModel *self,
            guint            position)
{
  const InternMortalRow *row = intern_mortals_get (self->mortals, position);

  return intern_item_table_get (self->items, row->id, INTERN_ATOM_NONE, row->data, row->length);
}

static gpointer
intern_pool_model_get_item (GListModel *list,
                            guint       position)
{
  InternPoolModel *self = INTERN_POOL_MODEL (list);
  const char *string;
  InternAtom atom;

  if (position >= self->n_atoms + self->n_mortals)
    return NULL;
  if (position >= self->n_atoms)
    return get_mortal (self, position - self->n_atoms);

  atom = intern_store_get_nth_atom (self->store, position);
  string = intern_store_atom_to_string (self->store, atom);
  /* A trusted snapshot may be damaged. */
  if (string == NULL)
    return intern_item_table_get (self->items, atom, atom, "", 0);

  return intern_item_table_get (self->items, atom, atom, string, intern_store_length (self->store, string));
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
      g_value_set_uint (value, self->n_atoms + self->n_mortals);
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
    {
      self->source = intern_model_source_new (object, woken_cb);
      intern_model_source_join (self->source, self->pool);
      self->store = intern_model_source_look (self->pool);
      list_store (self);
    }
}

/* Not in dispose(): the rows of a disposed model can still be read. */
static void
intern_pool_model_finalize (GObject *object)
{
  InternPoolModel *self = INTERN_POOL_MODEL (object);

  if (self->source != NULL)
    intern_model_source_leave (self->source, self->pool);
  g_clear_pointer (&self->store, intern_store_unref);
  g_clear_pointer (&self->mortals, intern_mortals_free);
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
  self->mortals = intern_mortals_new ();
}
