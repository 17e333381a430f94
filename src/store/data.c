/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Data beside strings: pointers of the caller that live as long as their strings.
 *
 * A store that was made for data has it before the header of each entry: to read it is one load. Strings of layers have
 * no such room, and other stores share them. So a store with layers has a table of the data of all its strings.
 *
 * Each pointer is destroyed by the one thread that takes it out: the thread that buries the string, or the one that
 * clears or finalizes the pool. No lock is held then.
 */

#include "config.h"

#include "store/store.h"

#include "base/glib-memory.h"

/* The table */

/* HOLDS: every lock of the store, with that of a new table from now on, or no other thread knows it */
static InternDataTable *
need_table_locked (InternStore *store)
{
  InternDataTable *table = store->data;

  if (table != NULL)
    return table;

  table = g_new0 (InternDataTable, 1);
  intern_lock_init (&table->lock);
  intern_lock (&table->lock);
  /* Release: see intern_store_get_data_table(). */
  intern_atomic_store_release (&store->data, table);

  return table;
}

static InternDataTable *
need_table (InternStore *store)
{
  InternDataTable *table = intern_store_get_data_table (store);

  if (table != NULL)
    return table;

  intern_store_lock_all (store);
  table = need_table_locked (store);
  intern_store_unlock_all (store);

  return table;
}

void
intern_store_free_data_table (InternStore *store)
{
  InternDataTable *table = store->data;

  if (table == NULL)
    return;

  g_clear_pointer (&table->arrays, g_hash_table_unref);
  intern_lock_clear (&table->lock);
  g_free (table);
}

/* For a successor that no other thread knows. */
void
intern_store_copy_data_destroy (InternStore *store,
                                InternStore *successor)
{
  InternDataTable *table = intern_store_get_data_table (store);
  GDestroyNotify destroy[INTERN_MAX_DATA];

  if (table == NULL)
    return;

  /* One after the other: no thread holds locks of two stores. */
  intern_lock (&table->lock);
  memcpy (destroy, table->destroy, sizeof destroy);
  intern_unlock (&table->lock);

  table = need_table (successor);
  memcpy (table->destroy, destroy, sizeof destroy);
}

/* HOLDS: table->lock */
static gpointer *
find_array_locked (InternDataTable *table,
                   const char      *string)
{
  return table->arrays == NULL ? NULL : g_hash_table_lookup (table->arrays, string);
}

/* HOLDS: table->lock */
static gpointer *
need_array_locked (InternDataTable *table,
                   const char      *string)
{
  gpointer *array = find_array_locked (table, string);

  if (array != NULL)
    return array;

  if (table->arrays == NULL)
    table->arrays = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  array = g_new0 (gpointer, INTERN_MAX_DATA);
  g_hash_table_insert (table->arrays, (gpointer) string, array);

  return array;
}

/* Reading and setting */

/* See intern_store_get_data(). */
gpointer
intern_store_get_beside (InternStore *store,
                         const char  *string,
                         guint        position)
{
  InternDataTable *table = intern_store_get_data_table (store);
  gpointer *array;
  gpointer data;

  if (table == NULL)
    return NULL;

  intern_lock (&table->lock);
  array = find_array_locked (table, string);
  data = array == NULL ? NULL : array[position];
  intern_unlock (&table->lock);

  return data;
}

static gboolean
put_in_table (InternStore *store,
              const char  *string,
              guint        position,
              gpointer    *data)
{
  InternDataTable *table = need_table (store);
  gpointer *array;
  gboolean put;

  intern_lock (&table->lock);
  array = need_array_locked (table, string);
  put = array[position] == NULL;
  if (put)
    array[position] = *data;
  *data = array[position];
  intern_unlock (&table->lock);

  return put;
}

/* Sets the data of a string to @data if it has none, and returns TRUE. Otherwise sets @data to what another thread has
 * set meanwhile. */
gboolean
intern_store_put_data (InternStore *store,
                       const char  *string,
                       guint        position,
                       gpointer    *data)
{
  gpointer there = NULL;

  if (!intern_store_has_data_in_entries (store))
    return put_in_table (store, string, position, data);

  /* Release: a thread that sees the pointer sees what it points to. Acquire: so does this one, if another was
   * faster. */
  if (__atomic_compare_exchange_n (intern_entry_data (string, position), &there, *data, FALSE, __ATOMIC_RELEASE,
                                   __ATOMIC_ACQUIRE))
    return TRUE;

  *data = there;

  return FALSE;
}

void
intern_store_set_data_destroy (InternStore    *store,
                               guint           position,
                               GDestroyNotify  destroy)
{
  InternDataTable *table = need_table (store);

  intern_lock (&table->lock);
  table->destroy[position] = destroy;
  intern_unlock (&table->lock);
}

/* Destroying */

/* Sets the INTERN_MAX_DATA pointers at @data to what the entry of a string has, and takes it out there. Returns whether
 * there is any. */
static gboolean
take_from_entry (InternStore *store,
                 const char  *string,
                 gpointer    *data)
{
  gboolean any = FALSE;

  memset (data, 0, INTERN_MAX_DATA * sizeof *data);
  for (guint i = 0; i < store->blocks.data_size / sizeof (gpointer); i++)
    {
      /* Acquire: pairs with the release in intern_store_put_data(). */
      data[i] = __atomic_exchange_n (intern_entry_data (string, i), NULL, __ATOMIC_ACQUIRE);
      any |= data[i] != NULL;
    }

  return any;
}

static gboolean
take_from_table (InternDataTable *table,
                 const char      *string,
                 gpointer        *data)
{
  gpointer *array;

  intern_lock (&table->lock);
  array = find_array_locked (table, string);
  if (array != NULL)
    {
      memcpy (data, array, INTERN_MAX_DATA * sizeof *array);
      g_hash_table_remove (table->arrays, string);
    }
  intern_unlock (&table->lock);

  return array != NULL;
}

/* Takes the data of a string of @store that is dead, or whose pool is, out into the INTERN_MAX_DATA pointers at @data.
 * Returns whether there is any that a function is set for. HOLDS: the lock of its shard, or no thread adds strings */
gboolean
intern_store_take_data_locked (InternStore *store,
                               const char  *string,
                               gpointer    *data)
{
  InternDataTable *table = intern_store_get_data_table (store);

  if (G_LIKELY (table == NULL))
    return FALSE;

  return intern_store_has_data_in_entries (store) ? take_from_entry (store, string, data)
                                                  : take_from_table (table, string, data);
}

/* Destroys what intern_store_take_data_locked() has taken, or what intern_store_put_data() has not. The caller holds no
 * lock. */
void
intern_store_destroy_data (InternStore *store,
                           gpointer    *data)
{
  InternDataTable *table = intern_store_get_data_table (store);
  GDestroyNotify destroy[INTERN_MAX_DATA];

  /* No function was ever set. */
  if (table == NULL)
    return;

  intern_lock (&table->lock);
  memcpy (destroy, table->destroy, sizeof destroy);
  intern_unlock (&table->lock);

  for (guint i = 0; i < INTERN_MAX_DATA; i++)
    if (data[i] != NULL && destroy[i] != NULL)
      destroy[i] (data[i]);
}

static void
destroy_in_shard (InternStore *store,
                  InternShard *shard)
{
  g_autofree char **strings = NULL;
  guint n_strings;

  intern_lock (&shard->lock);
  strings = intern_shard_list_locked (shard, &n_strings);
  intern_unlock (&shard->lock);

  for (guint i = 0; i < n_strings; i++)
    {
      gpointer data[INTERN_MAX_DATA];

      if (take_from_entry (store, strings[i], data))
        intern_store_destroy_data (store, data);
    }
}

static void
destroy_arrays (InternStore     *store,
                InternDataTable *table)
{
  GHashTable *arrays;
  GHashTableIter iter;
  gpointer array;

  intern_lock (&table->lock);
  arrays = g_steal_pointer (&table->arrays);
  intern_unlock (&table->lock);
  if (arrays == NULL)
    return;

  g_hash_table_iter_init (&iter, arrays);
  while (g_hash_table_iter_next (&iter, NULL, &array))
    intern_store_destroy_data (store, array);
  g_hash_table_unref (arrays);
}

/* Destroys the data of all strings, for a pool that drops the store. No thread adds data, or takes or drops the last
 * reference to a string but for the duration of a call. A column that came before may still add strings. */
void
intern_store_destroy_all_data (InternStore *store)
{
  InternDataTable *table = intern_store_get_data_table (store);
  InternAlignedShard *shards;

  if (table == NULL)
    return;
  if (!intern_store_has_data_in_entries (store))
    {
      destroy_arrays (store, table);
      return;
    }

  destroy_in_shard (store, &store->first);
  /* Not before: while this thread waited for the lock of the first shard, its strings may have moved to the others. */
  shards = intern_store_get_shards (store);
  for (guint i = 0; shards != NULL && i < INTERN_SHARDS; i++)
    destroy_in_shard (store, &shards[i].shard);
}

/* The memory of the table. HOLDS: every lock of the store */
guint64
intern_store_get_data_memory_locked (InternStore *store)
{
  const InternDataTable *table = store->data;
  guint n_arrays;

  if (table == NULL)
    return 0;

  n_arrays = table->arrays == NULL ? 0 : g_hash_table_size (table->arrays);

  return intern_heap_size (sizeof *table) +
         (table->arrays == NULL ? 0 : intern_map_memory (n_arrays, sizeof (gpointer))) +
         n_arrays * intern_heap_size (INTERN_MAX_DATA * sizeof (gpointer));
}
