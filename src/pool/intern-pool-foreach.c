/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

/**
 * intern_pool_foreach: (skip)
 * @self: a pool
 * @func: called for each string
 * @user_data: data for @func
 *
 * Calls @func for each string of the pool, in no particular order, until it returns %FALSE. No lock
 * is held: @func may use the pool. Strings that are added during the call may be missed. May be called
 * from any thread.
 *
 * Since: 0.1
 */
void
intern_pool_foreach (InternPool            *self,
                     InternPoolForeachFunc  func,
                     gpointer               user_data)
{
  g_autoptr (InternStore) store = NULL;

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (func != NULL);

  /* The function may drop the last other reference to the pool, whose observer hears of deaths in the iteration. */
  g_object_ref (self);
  store = intern_pool_ref_store (self);
  intern_store_foreach (store, func, user_data);
  g_clear_pointer (&store, intern_store_unref);
  g_object_unref (self);
}

typedef struct
{
  InternPoolForeachBytesFunc func;
  gpointer                   user_data;
} BytesCaller;

static gboolean
call_with_bytes (const char *string,
                 gsize       length,
                 gpointer    user_data)
{
  const BytesCaller *caller = user_data;

  return caller->func ((const guint8 *) string, length, caller->user_data);
}

/**
 * intern_pool_foreach_bytes:
 * @self: a pool
 * @func: (scope call): called for each string
 * @user_data: data for @func
 *
 * Like intern_pool_foreach(), with the bytes of each string as an array, so that bindings get
 * strings that are not UTF-8 or contain NULs.
 *
 * Since: 0.1
 */
void
intern_pool_foreach_bytes (InternPool                 *self,
                           InternPoolForeachBytesFunc  func,
                           gpointer                    user_data)
{
  BytesCaller caller = { func, user_data };

  g_return_if_fail (INTERN_IS_POOL (self));
  g_return_if_fail (func != NULL);

  intern_pool_foreach (self, call_with_bytes, &caller);
}

static gboolean
append_copy (const char *string,
             gsize       length,
             gpointer    user_data)
{
  /* Not g_strndup(), which stops at a NUL inside. */
  g_ptr_array_add (user_data, g_memdup2 (string, length + 1));

  return TRUE;
}

/**
 * intern_pool_dup_strings: (skip)
 * @self: a pool
 *
 * Copies all strings of the pool, in no particular order. A string with NULs is copied in full, but
 * the result does not contain its length: use intern_pool_foreach() if there may be such strings.
 * May be called from any thread.
 *
 * Returns: (transfer full) (array zero-terminated=1): the strings and a %NULL, to be freed with
 *   g_strfreev()
 *
 * Since: 0.1
 */
char **
intern_pool_dup_strings (InternPool *self)
{
  GPtrArray *strings;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  strings = g_ptr_array_new ();
  intern_pool_foreach (self, append_copy, strings);
  g_ptr_array_add (strings, NULL);

  return (char **) g_ptr_array_free (strings, FALSE);
}
