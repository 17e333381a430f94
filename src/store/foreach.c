/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls a function for each string of a store and of its layers. */

#include "config.h"

#include "store/store.h"

/* A mortal string of the list may have died, and its room may hold a string that was added since. */
static gboolean
call_with_reference (InternStore     *store,
                     const char      *string,
                     InternStoreFunc  func,
                     gpointer         user_data)
{
  gboolean more;

  if (intern_header_raise (intern_entry_header (string)) == INTERN_LIFE_DEAD)
    return TRUE;

  more = func (string, intern_entry_length (string), user_data);
  intern_store_lower (store, string);

  return more;
}

/* Calls @func for each string that @shard has now, without its lock. Returns FALSE if @func stops. */
static gboolean
foreach_in_shard (InternStore     *store,
                  InternShard     *shard,
                  InternStoreFunc  func,
                  gpointer         user_data,
                  gboolean        *moved)
{
  g_autofree char **strings = NULL;
  guint n_strings;

  intern_lock (&shard->lock);
  *moved = shard->moved;
  strings = intern_shard_list_locked (shard, &n_strings);
  intern_unlock (&shard->lock);

  for (guint i = 0; i < n_strings; i++)
    if (!call_with_reference (store, strings[i], func, user_data))
      return FALSE;

  return TRUE;
}

/* Holds the store, so that @func may clear the pool. Returns FALSE if @func stops. */
gboolean
intern_store_foreach (InternStore     *store,
                      InternStoreFunc  func,
                      gpointer         user_data)
{
  InternStore *held = intern_store_ref (store);
  gboolean moved = FALSE;
  gboolean more = held->n_layers == 0 || intern_store_foreach_in_layers (held, func, user_data);

  if (more)
    more = foreach_in_shard (held, &held->first, func, user_data, &moved);
  for (guint i = 0; moved && more && i < INTERN_SHARDS; i++)
    {
      gboolean ignored;

      more = foreach_in_shard (held, &intern_store_get_shards (held)[i].shard, func, user_data, &ignored);
    }
  intern_store_unref (held);

  return more;
}
