/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/atoms.h"

#include "base/heap.h"

/* Expects zeroed memory. */
void
intern_atoms_init (InternAtoms *atoms,
                   guint32      first)
{
  intern_lock_init (&atoms->lock);
  atoms->first = first;
}

void
intern_atoms_clear (InternAtoms *atoms)
{
  for (guint i = 0; atoms->segments != NULL && i < INTERN_ATOM_SEGMENTS; i++)
    g_free (atoms->segments[i]);
  g_clear_pointer (&atoms->segments, g_free);
  intern_lock_clear (&atoms->lock);
}

/* HOLDS: atoms->lock */
static void
fill_position_locked (InternAtoms *atoms,
                 guint32      position,
                 const char  *string)
{
  guint32 in_segment;
  const guint segment = intern_atoms_segment (position, &in_segment);

  if (atoms->segments == NULL)
    atoms->segments = g_new0 (const char **, INTERN_ATOM_SEGMENTS);
  if (in_segment == 0)
    atoms->segments[segment] = g_new (const char *, (gsize) 1 << (INTERN_FIRST_ATOMS_LOG2 + segment));
  atoms->segments[segment][in_segment] = string;
}

/* Returns the next atom, which from now on leads to @string, or 0 when there are no more.
 * HOLDS: atoms->lock */
guint32
intern_atoms_append_locked (InternAtoms *atoms,
                            const char  *string)
{
  const guint32 position = atoms->n_atoms;

  /* The first may be one past the last, when its predecessor has given out all. */
  if (position >= INTERN_MAX_ATOM + 1 - atoms->first)
    return 0;

  fill_position_locked (atoms, position, string);
  /* Release: whoever finds the position counted finds it filled. */
  intern_atomic_store_release (&atoms->n_atoms, position + 1);

  return atoms->first + position;
}

/* Returns the atom of @string, which is permanent: the one that it has, or the next one. Returns
 * 0 when there are no more. HOLDS: atoms->lock */
guint32
intern_atoms_assign_locked (InternAtoms *atoms,
                            const char  *string)
{
  guint32 atom = intern_entry_atom (string);

  if (atom != 0)
    return atom;

  atom = intern_atoms_append_locked (atoms, string);
  /* After that, so that whoever reads the atom of a string gets the string of the atom. */
  if (atom != 0)
    intern_entry_set_atom (string, atom);

  return atom;
}

guint32
intern_atoms_assign (InternAtoms *atoms,
                     const char  *string)
{
  guint32 atom;

  intern_lock (&atoms->lock);
  atom = intern_atoms_assign_locked (atoms, string);
  intern_unlock (&atoms->lock);

  return atom;
}

/* The number that the next string to ask will get. */
guint32
intern_atoms_get_next (const InternAtoms *atoms)
{
  return atoms->first + intern_atomic_load_acquire (&atoms->n_atoms);
}

/* The caller keeps others from assigning. */
guint64
intern_atoms_get_memory (const InternAtoms *atoms)
{
  guint64 memory = 0;

  if (atoms->segments == NULL)
    return 0;

  memory += intern_heap_size (INTERN_ATOM_SEGMENTS * sizeof *atoms->segments);
  for (guint i = 0; i < INTERN_ATOM_SEGMENTS && atoms->segments[i] != NULL; i++)
    memory += intern_heap_size (sizeof (char *) << (INTERN_FIRST_ATOMS_LOG2 + i));

  return memory;
}
