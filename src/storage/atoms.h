/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Atoms: the numbers that a store assigns to strings when a caller asks for them.
 *
 * The atom of a string is in its header. The string of an atom is in a segment; segments never move, so a reader takes
 * no lock. Atoms go up by one and are never used twice: the successor of a cleared store continues them, and the store
 * itself, which a call may still use, assigns no more. So an old atom finds nothing.
 */

#pragma once

#include "base/atomic.h"
#include "base/lock.h"
#include "base/sizes.h"
#include "storage/entry.h"

/* Enough for all atoms: each segment is twice as long as the previous one. */
#define INTERN_ATOM_SEGMENTS (32 - INTERN_FIRST_ATOMS_LOG2)

typedef struct
{
  InternLock     lock;     /* held to assign */
  guint32        first;    /* the atom of position 0 */
  guint32        n_atoms;  /* positions; written under lock, with release, after their strings */
  gboolean       stopped;  /* no more are assigned; guarded by lock */
  const char  ***segments; /* (owned) (nullable) made for the first atom; written before n_atoms */
} InternAtoms;

void    intern_atoms_init          (InternAtoms       *atoms,
                                    guint32            first);
void    intern_atoms_clear         (InternAtoms       *atoms);
guint32 intern_atoms_append_locked (InternAtoms       *atoms,
                                    const char        *string);
guint32 intern_atoms_assign_locked (InternAtoms       *atoms,
                                    const char        *string);
guint32 intern_atoms_get_next      (const InternAtoms *atoms);
guint64 intern_atoms_get_memory    (const InternAtoms *atoms);

/* Returns the segment of @position. */
static inline guint
intern_atoms_segment (guint32  position,
                      guint   *in_segment)
{
  const guint32 shifted = position + (1u << INTERN_FIRST_ATOMS_LOG2);
  const guint log2 = 31 ^ (guint) __builtin_clz (shifted);

  *in_segment = shifted & ~(1u << log2);

  return log2 - INTERN_FIRST_ATOMS_LOG2;
}

/* Returns the string of @atom, or NULL if this store has not assigned it. */
static inline const char *
intern_atoms_string (const InternAtoms *atoms,
                     guint32            atom)
{
  /* An atom below the first, as 0, wraps to more than any count. */
  const guint32 position = atom - atoms->first;
  guint in_segment, segment;

  /* Acquire: pairs with the release in intern_atoms_append_locked(), so that the position is filled and
   * its string complete. */
  if (G_UNLIKELY (position >= intern_atomic_load_acquire (&atoms->n_atoms)))
    return NULL;

  segment = intern_atoms_segment (position, &in_segment);

  return atoms->segments[segment][in_segment];
}
