/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Atoms: the numbers of those strings of a store that somebody has asked a number for.
 *
 * From a string to its atom is one load, from the entry's header. From an atom to its string is
 * one load from a position of segments, which never move, so it takes no lock while others assign.
 * Numbers go up by one and are never used twice: the store that follows a cleared one begins
 * where that has stopped, so an old atom finds nothing.
 */

#pragma once

#include "base/atomic.h"
#include "base/lock.h"
#include "base/sizes.h"
#include "storage/entry.h"

/* Each segment is twice as long as the one before: with these all atoms have a place. */
#define INTERN_ATOM_SEGMENTS (32 - INTERN_FIRST_ATOMS_LOG2)

typedef struct
{
  InternLock     lock;     /* held to assign */
  guint32        first;    /* the atom of position 0 */
  guint32        n_atoms;  /* positions; written under lock, with release, after what is in them */
  const char  ***segments; /* (owned) (nullable) made with the first atom; written before n_atoms */
} InternAtoms;

void    intern_atoms_init       (InternAtoms       *atoms,
                                 guint32            first);
void    intern_atoms_clear      (InternAtoms       *atoms);
guint32 intern_atoms_assign     (InternAtoms       *atoms,
                                 const char        *string);
guint32 intern_atoms_append_locked (InternAtoms    *atoms,
                                 const char        *string);
guint32 intern_atoms_assign_locked (InternAtoms    *atoms,
                                 const char        *string);
guint32 intern_atoms_get_next   (const InternAtoms *atoms);
guint64 intern_atoms_get_memory (const InternAtoms *atoms);

/* Where @position is, in which segment. */
static inline guint
intern_atoms_segment (guint32  position,
                      guint32 *in_segment)
{
  /* Rows are fewer than 2^31. */
  const guint32 shifted = position + (1u << INTERN_FIRST_ATOMS_LOG2);
  const guint log2 = 31 ^ (guint) __builtin_clz (shifted);

  *in_segment = shifted & ~(1u << log2);

  return log2 - INTERN_FIRST_ATOMS_LOG2;
}

/* Returns the string of @atom, or NULL if this store has given nobody that number. */
static inline const char *
intern_atoms_string (const InternAtoms *atoms,
                     guint32            atom)
{
  /* What is below the first, 0 among it, comes out as larger than any count. */
  const guint32 position = atom - atoms->first;
  guint32 in_segment;
  guint segment;

  /* Acquire: pairs with the release in intern_atoms_assign(), so that the position is filled, and the
   * string behind it complete. */
  if (G_UNLIKELY (position >= intern_atomic_load_acquire (&atoms->n_atoms)))
    return NULL;

  segment = intern_atoms_segment (position, &in_segment);

  return atoms->segments[segment][in_segment];
}
