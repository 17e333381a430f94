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
  guint in_segment;
  const guint segment = intern_atoms_segment (position, &in_segment);

  if (atoms->segments == NULL)
    atoms->segments = g_new0 (const char **, INTERN_ATOM_SEGMENTS);
  if (in_segment == 0)
    atoms->segments[segment] = g_new (const char *, (gsize) 1 << (INTERN_FIRST_ATOMS_LOG2 + segment));
  atoms->segments[segment][in_segment] = string;
}

/* Returns the next atom, now that of @string, or 0 if there are no more. HOLDS: atoms->lock */
guint32
intern_atoms_append_locked (InternAtoms *atoms,
                            const char  *string)
{
  const guint32 position = atoms->n_atoms;

  /* If the predecessor has used all atoms, first is one past the last. */
  if (atoms->stopped || position >= INTERN_MAX_ATOM + 1 - atoms->first)
    return 0;

  fill_position_locked (atoms, position, string);
  /* Release: a reader that sees the count sees the position filled. */
  intern_atomic_store_release (&atoms->n_atoms, position + 1);

  return atoms->first + position;
}

/* Returns the atom of @string, which is permanent: its own or the next one, or 0 if there are no more.
 * HOLDS: atoms->lock */
guint32
intern_atoms_assign_locked (InternAtoms *atoms,
                            const char  *string)
{
  guint32 atom = intern_entry_atom (string);

  if (atom != 0)
    return atom;

  atom = intern_atoms_append_locked (atoms, string);
  /* Last: a thread that reads the atom of a string finds the string by the atom. */
  if (atom != 0)
    intern_entry_set_atom (string, atom);

  return atom;
}

/* Returns the next atom that will be assigned. */
guint32
intern_atoms_get_next (const InternAtoms *atoms)
{
  return atoms->first + intern_atomic_load_acquire (&atoms->n_atoms);
}

/* HOLDS: atoms->lock, or no other thread assigns */
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
