/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/item-table.h"

/**
 * SECTION:intern-pool-item
 * @title: InternPoolItem
 * @short_description: A row of a list of strings
 *
 * An item of an #InternPoolModel: a string, its length and its atom as properties, to which a list
 * widget can bind. An item never changes. It has its own copy of the string, and stays valid when the
 * pool is cleared or finalized.
 *
 * Since: 0.1
 */

/**
 * InternPoolItem:
 *
 * A string of a pool, as an object. The struct is opaque.
 *
 * Since: 0.1
 */
struct _InternPoolItem
{
  GObject parent_instance;

  InternItemTable *table;  /* (owned) */
  char            *data;   /* (owned) the bytes and a NUL */
  char            *string; /* (owned) valid UTF-8: @data itself, or made from it */
  gsize            length;
  guint32          id;     /* in @table */
  InternAtom       atom;
};

G_DEFINE_FINAL_TYPE (InternPoolItem, intern_pool_item, G_TYPE_OBJECT)

typedef enum
{
  ITEM_PROP_STRING = 1,
  ITEM_PROP_LENGTH,
  ITEM_PROP_ATOM,
  N_ITEM_PROPS
} InternPoolItemProperty;

static GParamSpec *item_properties[N_ITEM_PROPS];

/* The table */

/* An entry of a table. A lookup keeps it alive while it uses it. */
typedef struct
{
  gint                  ref_count; /* atomic */
  GWeakRef              weak;
  const InternPoolItem *item; /* identifies the item while it is finalized, when @weak is NULL */
} ItemRef;

static ItemRef *
item_ref_new (InternPoolItem *item)
{
  ItemRef *ref = g_new0 (ItemRef, 1);

  ref->ref_count = 1;
  g_weak_ref_init (&ref->weak, item);
  ref->item = item;

  return ref;
}

void
intern_item_ref_drop (gpointer data)
{
  ItemRef *ref = data;

  /* Release: this thread's accesses come before the memory is freed. Acquire: so do those of all others. */
  if (__atomic_fetch_sub (&ref->ref_count, 1, __ATOMIC_ACQ_REL) > 1)
    return;

  g_weak_ref_clear (&ref->weak);
  g_free (ref);
}

static InternItemTable *
table_of_link (InternForkLink *link)
{
  return (InternItemTable *) (void *) ((char *) link - G_STRUCT_OFFSET (InternItemTable, fork_link));
}

static void
lock_items (InternForkLink *link)
{
  intern_lock (&table_of_link (link)->lock);
}

static void
unlock_items (InternForkLink *link)
{
  intern_unlock (&table_of_link (link)->lock);
}

InternItemTable *
intern_item_table_new (void)
{
  InternItemTable *table = g_new0 (InternItemTable, 1);

  table->ref_count = 1;
  intern_lock_init (&table->lock);
  table->items = g_hash_table_new_full (NULL, NULL, NULL, intern_item_ref_drop);
  intern_fork_register (&table->fork_link, lock_items, unlock_items);

  return table;
}

static InternItemTable *
table_ref (InternItemTable *table)
{
  /* Relaxed: the caller has a reference already. */
  __atomic_fetch_add (&table->ref_count, 1, __ATOMIC_RELAXED);

  return table;
}

void
intern_item_table_unref (InternItemTable *table)
{
  /* Release: this thread's accesses come before the memory is freed. Acquire: so do those of all others. */
  if (__atomic_fetch_sub (&table->ref_count, 1, __ATOMIC_ACQ_REL) > 1)
    return;

  intern_fork_unregister (&table->fork_link);
  g_hash_table_unref (table->items);
  intern_lock_clear (&table->lock);
  g_free (table);
}

static InternPoolItem *
item_new (InternItemTable *table,
          guint32          id,
          InternAtom       atom,
          const char      *string,
          gsize            length)
{
  InternPoolItem *item = g_object_new (INTERN_TYPE_POOL_ITEM, NULL);

  item->table = table_ref (table);
  item->id = id;
  item->atom = atom;
  item->length = length;
  item->data = g_memdup2 (string, length + 1);
  item->string = g_utf8_validate_len (item->data, length, NULL) ? item->data
                                                               : g_utf8_make_valid (item->data, (gssize) length);

  return item;
}

/* Returns a reference to the live item with @id, or NULL. Holds no lock while it takes the reference: the second
 * reference to an object may make a language binding wait for its own lock, whose holder may wait for the table's. */
static InternPoolItem *
find_live (InternItemTable *table,
           guint32          id)
{
  InternPoolItem *item;
  ItemRef *ref;

  intern_lock (&table->lock);
  ref = g_hash_table_lookup (table->items, GUINT_TO_POINTER (id));
  /* Relaxed: the table has a reference. */
  if (ref != NULL)
    __atomic_fetch_add (&ref->ref_count, 1, __ATOMIC_RELAXED);
  intern_unlock (&table->lock);
  if (ref == NULL)
    return NULL;

  item = g_weak_ref_get (&ref->weak);
  intern_item_ref_drop (ref);

  return item;
}

/* Returns a reference to the live item with @id, or to a new one. Only one thread at a time may get items. */
InternPoolItem *
intern_item_table_get (InternItemTable *table,
                       guint32          id,
                       InternAtom       atom,
                       const char      *string,
                       gsize            length)
{
  InternPoolItem *item = find_live (table, id);
  gpointer former = NULL;
  ItemRef *ref;

  if (item != NULL)
    return item;

  item = item_new (table, id, atom, string, length);
  ref = item_ref_new (item);
  intern_lock (&table->lock);
  g_hash_table_steal_extended (table->items, GUINT_TO_POINTER (id), NULL, &former);
  g_hash_table_insert (table->items, GUINT_TO_POINTER (id), ref);
  intern_unlock (&table->lock);
  g_clear_pointer (&former, intern_item_ref_drop);

  return item;
}

/* The item */

/**
 * intern_pool_item_get_string:
 * @self: an item
 *
 * Gets the #InternPoolItem:string property: the string as valid UTF-8 for display. May be called
 * from any thread.
 *
 * Returns: (transfer none): the text, valid as long as @self
 *
 * Since: 0.1
 */
const char *
intern_pool_item_get_string (InternPoolItem *self)
{
  g_return_val_if_fail (INTERN_IS_POOL_ITEM (self), NULL);

  /* An item from g_object_new() is empty. */
  return self->string != NULL ? self->string : "";
}

/**
 * intern_pool_item_get_length:
 * @self: an item
 *
 * Gets the #InternPoolItem:length property. May be called from any thread.
 *
 * Returns: the length of the pool's string in bytes
 *
 * Since: 0.1
 */
gsize
intern_pool_item_get_length (InternPoolItem *self)
{
  g_return_val_if_fail (INTERN_IS_POOL_ITEM (self), 0);

  return self->length;
}

/**
 * intern_pool_item_get_atom:
 * @self: an item
 *
 * Gets the #InternPoolItem:atom property. May be called from any thread.
 *
 * Returns: the atom of the string in the pool of the model, or %INTERN_ATOM_NONE if it had none when
 *   the item was made
 *
 * Since: 0.1
 */
InternAtom
intern_pool_item_get_atom (InternPoolItem *self)
{
  g_return_val_if_fail (INTERN_IS_POOL_ITEM (self), INTERN_ATOM_NONE);

  return self->atom;
}

/**
 * intern_pool_item_dup_bytes:
 * @self: an item
 *
 * Copies the exact bytes of the pool's string, which #InternPoolItem:string shows with replacement
 * characters if they are not valid UTF-8. May be called from any thread.
 *
 * Returns: (transfer full): the bytes, to be freed with g_bytes_unref()
 *
 * Since: 0.1
 */
GBytes *
intern_pool_item_dup_bytes (InternPoolItem *self)
{
  g_return_val_if_fail (INTERN_IS_POOL_ITEM (self), NULL);

  return g_bytes_new (self->data, self->length);
}

static void
intern_pool_item_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  InternPoolItem *self = INTERN_POOL_ITEM (object);

  switch ((InternPoolItemProperty) property_id)
    {
    case ITEM_PROP_STRING:
      g_value_set_string (value, intern_pool_item_get_string (self));
      break;

    case ITEM_PROP_LENGTH:
      g_value_set_uint64 (value, self->length);
      break;

    case ITEM_PROP_ATOM:
      g_value_set_uint (value, self->atom);
      break;

    case N_ITEM_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

/* Removes the item from its table, unless another item has the same id by now. */
static void
leave_table (InternPoolItem *self)
{
  const gpointer id = GUINT_TO_POINTER (self->id);
  ItemRef *ref;

  intern_lock (&self->table->lock);
  ref = g_hash_table_lookup (self->table->items, id);
  if (ref != NULL && ref->item == self)
    g_hash_table_steal (self->table->items, id);
  else
    ref = NULL;
  intern_unlock (&self->table->lock);
  g_clear_pointer (&ref, intern_item_ref_drop);
}

static void
intern_pool_item_finalize (GObject *object)
{
  InternPoolItem *self = INTERN_POOL_ITEM (object);

  /* An item from g_object_new() has none. */
  if (self->table != NULL)
    leave_table (self);
  g_clear_pointer (&self->table, intern_item_table_unref);
  if (self->string != self->data)
    g_free (self->string);
  g_free (self->data);

  G_OBJECT_CLASS (intern_pool_item_parent_class)->finalize (object);
}

#define READABLE (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)

static void
intern_pool_item_class_init (InternPoolItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = intern_pool_item_get_property;
  object_class->finalize = intern_pool_item_finalize;

  /**
   * InternPoolItem:string:
   *
   * The string as valid UTF-8, for display. Each invalid byte, and each NUL, is replaced by U+FFFD,
   * the replacement character; intern_pool_item_dup_bytes() returns the exact bytes.
   *
   * Since: 0.1
   */
  item_properties[ITEM_PROP_STRING] =
    g_param_spec_string ("string", NULL, "The string, as valid UTF-8", NULL, (GParamFlags) READABLE);

  /**
   * InternPoolItem:length:
   *
   * The length of the pool's string in bytes, without the terminating NUL.
   *
   * Since: 0.1
   */
  item_properties[ITEM_PROP_LENGTH] =
    g_param_spec_uint64 ("length", NULL, "The length in bytes", 0, G_MAXUINT64, 0, (GParamFlags) READABLE);

  /**
   * InternPoolItem:atom:
   *
   * The atom of the string in the pool of the model, or %INTERN_ATOM_NONE if it had none when the
   * item was made: a mortal string has no atom.
   *
   * Since: 0.1
   */
  item_properties[ITEM_PROP_ATOM] =
    g_param_spec_uint ("atom", NULL, "The atom of the string", 0, G_MAXUINT, 0, (GParamFlags) READABLE);

  g_object_class_install_properties (object_class, N_ITEM_PROPS, item_properties);
}

static void
intern_pool_item_init (InternPoolItem *self)
{
}
