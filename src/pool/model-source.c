/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/model-source.h"

#include "base/fork.h"

/* Above this number of noted strings the model lists the pool again. */
#define MAX_CHANGED 4096

struct _InternModelSource
{
  GSource    source;
  GPtrArray *changed;  /* (owned) (element-type GBytes) guarded by the lock of the pool */
  gboolean   overflow; /* there were too many; guarded by the lock of the pool */
};

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

/* Each source has its own copy: once the model has taken it, no other thread may still look at it. */
static void
note_changed (InternModelSource *source,
              const char        *data,
              gsize              length)
{
  if (source->changed->len == MAX_CHANGED)
    {
      g_ptr_array_set_size (source->changed, 0);
      source->overflow = TRUE;
    }
  if (!source->overflow)
    g_ptr_array_add (source->changed, g_bytes_new (data, length));
}

/* The pool may have got or lost this mortal string. */
static void
announce_changed (InternPool *self,
                  const char *data,
                  gsize       length)
{
  intern_lock (intern_pool_get_lock (self));
  for (GSList *l = self->sources; l != NULL; l = l->next)
    note_changed (l->data, data, length);
  intern_unlock (intern_pool_get_lock (self));

  intern_pool_wake_models (self);
}

static void
buried_cb (InternObserver *observer,
           InternStore    *store,
           const char     *data,
           gsize           length)
{
  InternPool *self = (InternPool *) (void *) ((char *) observer - G_STRUCT_OFFSET (InternPool, observer));

  if (intern_pool_has_models (self))
    announce_changed (self, data, length);
}

gboolean
intern_model_source_is_mortal (InternStore *store,
                               const char  *string)
{
  gsize length;
  guint32 atom;

  return !(intern_store_is_layered (store) && intern_store_is_headerless (store, string, &length, &atom)) &&
         intern_entry_is_mortal (string);
}

/* Announces a new string to the models, and gives a permanent one its atom. The caller has a reference to a mortal
 * one. */
void
intern_pool_add_row (InternPool  *self,
                     InternStore *store,
                     const char  *string)
{
  if (intern_model_source_is_mortal (store, string))
    {
      announce_changed (self, string, intern_store_length (store, string));
      return;
    }

  intern_store_atom (store, string);
  intern_pool_wake_models (self);
}

/* The side of the model */

/* Returns the store of @pool, for a model that is about to read it. */
InternStore *
intern_model_source_look (InternPool *pool)
{
  /* Before the model reads the pool: later changes wake it again. */
  __atomic_exchange_n (&pool->wake_pending, FALSE, __ATOMIC_ACQ_REL);

  return intern_pool_ref_store (pool);
}

/* Sets @changed to the mortal strings that may have come or gone, as GBytes. Returns FALSE if there were too many: then
 * the model lists the pool. */
gboolean
intern_model_source_take_changed (InternModelSource *self,
                                  InternPool        *pool,
                                  GPtrArray        **changed)
{
  GPtrArray *empty = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gboolean overflow;

  intern_lock (intern_pool_get_lock (pool));
  overflow = self->overflow;
  self->overflow = FALSE;
  *changed = self->changed;
  self->changed = empty;
  intern_unlock (intern_pool_get_lock (pool));

  return !overflow;
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

static void
source_finalize (GSource *source)
{
  g_ptr_array_unref (((InternModelSource *) source)->changed);
}

/* Returns a source in the main context that is the thread default. It calls @woken with a GWeakRef to @model. */
InternModelSource *
intern_model_source_new (GObject     *model,
                         GSourceFunc  woken)
{
  static GSourceFuncs funcs = { .dispatch = dispatch, .finalize = source_finalize };
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  GSource *source = g_source_new (&funcs, sizeof (InternModelSource));
  GWeakRef *weak = g_new (GWeakRef, 1);

  ((InternModelSource *) source)->changed = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_weak_ref_init (weak, model);
  g_source_set_static_name (source, "InternPoolModel");
  g_source_set_callback (source, woken, weak, free_weak_ref);
  /* Below the priority at which GTK draws: a pool that is filled without a pause must not stop drawing. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT_IDLE);
  g_source_attach (source, context);

  return (InternModelSource *) source;
}

/* From now on @pool wakes the model. */
void
intern_model_source_join (InternModelSource *self,
                          InternPool        *pool)
{
  intern_lock (intern_pool_get_lock (pool));
  if (pool->observer.buried == NULL)
    pool->observer.buried = buried_cb;
  /* Relaxed: a thread that adds a string and does not see this has released the lock of its shard before
   * intern_store_foreach() takes it, which then finds the string. */
  __atomic_store_n (&pool->sources, g_slist_prepend (pool->sources, self), __ATOMIC_RELAXED);
  intern_unlock (intern_pool_get_lock (pool));
}

/* Ends what intern_model_source_join() has begun, and frees @self. */
void
intern_model_source_leave (InternModelSource *self,
                           InternPool        *pool)
{
  g_autoptr (InternStore) store = intern_pool_ref_store (pool);

  intern_lock (intern_pool_get_lock (pool));
  /* Relaxed: see intern_model_source_join(). */
  __atomic_store_n (&pool->sources, g_slist_remove (pool->sources, self), __ATOMIC_RELAXED);
  /* Under the lock: another model may join. */
  if (pool->sources == NULL)
    intern_store_observe (store, NULL);
  intern_unlock (intern_pool_get_lock (pool));

  g_source_destroy ((GSource *) self);
  g_source_unref ((GSource *) self);
}
