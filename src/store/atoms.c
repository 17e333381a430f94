/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The atoms of a store and of its layers.
 *
 * A string of a layer that has no atom there gets one from the store that a caller asks, in a table of that
 * store: another child of the layer may give it another atom.
 */

#include "config.h"

#include "store/store.h"

/* Of a layer */

/* HOLDS: the lock of the atoms */
static guint32
find_lent_locked (InternStore *store,
                  const char  *string)
{
  return store->lent_atoms == NULL ? 0 : GPOINTER_TO_UINT (g_hash_table_lookup (store->lent_atoms, string));
}

/* The atoms that a frozen parent has lent are valid in its children too. */
static guint32
find_lent (InternStore *store,
           const char  *string)
{
  guint32 atom = 0;

  for (; store != NULL && atom == 0; store = store->parent)
    {
      intern_lock (&store->atoms.lock);
      atom = find_lent_locked (store, string);
      intern_unlock (&store->atoms.lock);
    }

  return atom;
}

/* Returns the atom of a string of a layer, assigned by @store, or 0 if there are no more. */
static guint32
lend (InternStore *store,
      const char  *string)
{
  guint32 atom;

  intern_lock (&store->atoms.lock);

  atom = find_lent_locked (store, string);
  if (atom == 0 && (atom = intern_atoms_append_locked (&store->atoms, string)) != 0)
    {
      if (store->lent_atoms == NULL)
        store->lent_atoms = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (store->lent_atoms, (gpointer) string, GUINT_TO_POINTER (atom));
    }

  intern_unlock (&store->atoms.lock);

  return atom;
}

guint32
intern_store_find_layered_atom (InternStore *store,
                                const char  *string)
{
  gsize ignored;
  guint32 atom;

  if (!intern_store_is_headerless (store, string, &ignored, &atom))
    atom = intern_entry_atom (string);

  return atom != 0 ? atom : find_lent (store, string);
}

const char *
intern_store_atom_in_layers (InternStore *store,
                             guint32      atom)
{
  const InternSnapshot *snapshot = store->snapshot;
  gsize ignored;

  if (store->parent != NULL)
    return intern_store_atom_to_string (store->parent, atom);
  if (snapshot == NULL || atom - snapshot->first_atom >= snapshot->n_atoms)
    return NULL;

  return intern_snapshot_get (snapshot, atom - snapshot->first_atom, &ignored);
}

/* Assigning */

/* See intern_store_atom(). */
guint32
intern_store_assign_atom (InternStore *store,
                          const char  *string)
{
  guint32 atom;

  if (store->n_layers > 0 && !intern_store_has_added (store, string))
    return lend (store, string);

  if (G_UNLIKELY (intern_entry_is_mortal (string)))
    intern_store_make_permanent (store, string);
  intern_lock (&store->atoms.lock);
  atom = intern_atoms_assign_locked (&store->atoms, string);
  intern_unlock (&store->atoms.lock);

  return atom;
}

/* Returns why intern_store_atom() returned 0. */
InternResult
intern_store_get_atom_refusal (InternStore *store)
{
  gboolean stopped;

  if (intern_store_is_frozen (store))
    return INTERN_RESULT_FROZEN;

  intern_lock (&store->atoms.lock);
  stopped = store->atoms.stopped;
  intern_unlock (&store->atoms.lock);

  return stopped ? INTERN_RESULT_REPLACED : INTERN_RESULT_FULL_ATOMS;
}

/* Counting: the atoms of all layers, without the gap that a cleared pool leaves between them. */

/* Returns the lowest atom that the store or a layer may have. */
guint32
intern_store_get_first_atom (InternStore *store)
{
  while (store->parent != NULL)
    store = store->parent;

  return store->snapshot != NULL ? store->snapshot->first_atom : store->atoms.first;
}

static guint
count_in_layers (InternStore *store)
{
  if (store->parent != NULL)
    return intern_store_count_atoms (store->parent);

  return store->snapshot == NULL ? 0 : store->snapshot->n_atoms;
}

guint
intern_store_count_atoms (InternStore *store)
{
  return count_in_layers (store) + intern_store_get_next_atom (store) - store->atoms.first;
}

/* @n is below intern_store_count_atoms(). */
guint32
intern_store_get_nth_atom (InternStore *store,
                           guint        n)
{
  const guint n_in_layers = count_in_layers (store);

  if (n >= n_in_layers)
    return store->atoms.first + (n - n_in_layers);

  return store->parent != NULL ? intern_store_get_nth_atom (store->parent, n)
                               : store->snapshot->first_atom + n;
}
