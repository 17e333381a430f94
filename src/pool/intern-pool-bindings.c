/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What only bindings call, through the typelib.
 *
 * A typelib cannot ask for an override. Without the override a binding works, but not as documented, and nothing
 * fails. So intern() and lookup(), the usual first calls, have a form for bindings, which warns.
 */

#include "config.h"

#include "pool/pool.h"

typedef struct
{
  const char *wrapper;  /* the quark of the data that the binding attaches to an object that a script uses */
  const char *override; /* the quark that the override makes when it is loaded */
  const char *warning;
} Binding;

static const Binding bindings[] = {
  {
    "PyGObject::wrapper", "intern-glib-python-override",
    "Python has not found the override of Intern-GLib, gi/overrides/Intern.py. Without it a pool returns a new str "
    "each time, so that \"is\" does not tell whether strings are equal, and cuts a str at its first NUL. Add the "
    "folder that holds gi/overrides/Intern.py to PYTHONPATH, or install Intern-GLib under the same prefix as "
    "PyGObject.",
  },
  {
    "gjs::private", "intern-glib-gjs-override",
    "gjs has not found the override of Intern-GLib, gjs-1.0/overrides/Intern.js. Without it a pool has no size, and "
    "cuts a string at its first NUL. Add the folder that holds gjs-1.0 to XDG_DATA_DIRS, or install Intern-GLib under "
    "the same prefix as gjs.",
  },
};

/* A quark is known to the whole process, so an override announces itself by making one. */
static void
check_overrides (InternPool *self)
{
  /* Atomic: whether the binding of this process is known. Relaxed: it orders nothing. */
  static gboolean known;

  if (G_LIKELY (__atomic_load_n (&known, __ATOMIC_RELAXED)))
    return;

  for (guint i = 0; i < G_N_ELEMENTS (bindings); i++)
    {
      const Binding *binding = &bindings[i];
      const GQuark wrapper = g_quark_try_string (binding->wrapper);

      if (wrapper != 0 && g_object_get_qdata (G_OBJECT (self), wrapper) != NULL &&
          !__atomic_exchange_n (&known, TRUE, __ATOMIC_RELAXED) && g_quark_try_string (binding->override) == 0)
        g_warning ("%s", binding->warning);
    }
}

/**
 * intern_pool_intern_for_bindings: (rename-to intern_pool_intern)
 * @self: a pool
 * @string: (nullable): a string
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_try_intern(). Bindings see it as intern_pool_intern(). It warns, once per process, if Python or gjs
 * has not found the override of this library, without which a pool does not behave as documented.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL with @error set; %NULL
 *   without an error if @string is %NULL
 *
 * Since: 0.1
 */
const char *
intern_pool_intern_for_bindings (InternPool  *self,
                                 const char  *string,
                                 GError     **error)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  check_overrides (self);

  return intern_pool_try_intern (self, string, error);
}

/**
 * intern_pool_lookup_for_bindings: (rename-to intern_pool_lookup)
 * @self: a pool
 * @string: (nullable): a string
 *
 * Like intern_pool_lookup(). Bindings see it by that name. It warns as intern_pool_intern_for_bindings() does.
 *
 * Returns: (transfer none) (nullable): the interned string, or %NULL if the pool does not hold
 *   it or @string is %NULL
 *
 * Since: 0.1
 */
const char *
intern_pool_lookup_for_bindings (InternPool *self,
                                 const char *string)
{
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);

  check_overrides (self);

  return intern_pool_lookup (self, string);
}
