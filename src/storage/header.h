/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two words before every string: its length and its life.
 *
 * A permanent string lives as long as its store. Its state is INTERN_PERMANENT and its atom. A mortal one lives as long
 * as it has references. Its state is their number, and its length has a flag: a reader that wants a permanent string of
 * that length need not read the state.
 *
 * The room of a dead string goes to a string of the same size class, so a header stays a header. A late
 * reader, with an address of the dead string, finds a count of zero or the header of another string. So a
 * reader first raises the count, from anything but zero, then compares the bytes, and lowers the count if
 * they differ. The thread that lowers the count to zero, and no other, buries the string.
 */

#pragma once

#ifndef INTERN_MODEL
# include "base/atomic.h"
#endif

typedef struct
{
  INTERN_ATOMIC (guint32) length; /* with INTERN_MORTAL, if references count */
  INTERN_ATOMIC (guint32) state;  /* INTERN_PERMANENT and the atom, or the number of references */
} InternHeader;

#define INTERN_MORTAL ((guint32) 1 << 31)
/* Beside INTERN_MORTAL: the room is in a free list. Only for strings that are too short to have the bit in their
 * length: see storage/free-list.h. */
#define INTERN_BURIED ((guint32) 1 << 30)
#define INTERN_PERMANENT ((guint32) 1 << 31)

typedef enum
{
  INTERN_LIFE_DEAD,      /* there was no reference */
  INTERN_LIFE_ENDED,     /* it was the last one: the caller buries the string */
  INTERN_LIFE_MORTAL,
  INTERN_LIFE_PERMANENT,
  INTERN_LIFE_FOREIGN,   /* it was the last one of a string of another store, and was restored */
} InternLife;

/* Whether this is certainly not the header of a string that the caller has a reference to: it is neither mortal nor
 * permanent. */
static inline gboolean
intern_header_is_foreign (InternHeader *header)
{
  /* Acquire: pairs with the release in intern_header_make_permanent(). A reader that sees the length without the flag
   * sees the state permanent; without the order it could see an older one. */
  return (intern_atomic_load_acquire (&header->length) & INTERN_MORTAL) == 0 &&
         (intern_atomic_load_relaxed (&header->state) & INTERN_PERMANENT) == 0;
}

/* Adds a reference if there is one. With 2^31 of them a string is permanent. */
static inline InternLife
intern_header_raise (InternHeader *header)
{
  for (;;)
    {
      /* Acquire: pairs with the release in intern_header_publish(), so that the bytes are complete. */
      const guint32 state = intern_atomic_load_acquire (&header->state);

      if (state == 0)
        return INTERN_LIFE_DEAD;
      if ((state & INTERN_PERMANENT) != 0)
        return INTERN_LIFE_PERMANENT;
      /* Acquire: the same; since the load another string may have taken the room. */
      if (intern_atomic_swap_acquire (&header->state, state, state + 1))
        return INTERN_LIFE_MORTAL;
    }
}

/* Drops a reference. */
static inline InternLife
intern_header_lower (InternHeader *header)
{
  for (;;)
    {
      const guint32 state = intern_atomic_load_relaxed (&header->state);

      if (state == 0)
        return INTERN_LIFE_DEAD;
      if ((state & INTERN_PERMANENT) != 0)
        return INTERN_LIFE_PERMANENT;
      /* Release: this thread has read the bytes before they are used again. Acquire: so have all others,
       * for the thread that drops the last reference. */
      if (intern_atomic_swap_acq_rel (&header->state, state, state - 1))
        return state == 1 ? INTERN_LIFE_ENDED : INTERN_LIFE_MORTAL;
    }
}

/* One attempt at each of the two above, for a string that the caller has a reference to. They return FALSE in the rare
 * cases, and the caller goes on with those. */

static inline gboolean
intern_header_try_raise (InternHeader *header)
{
  const guint32 state = intern_atomic_load_relaxed (&header->state);

  if ((intern_atomic_load_relaxed (&header->length) & INTERN_MORTAL) == 0)
    return (state & INTERN_PERMANENT) != 0;

  /* Relaxed: the caller has read the bytes. It continues the release sequence of intern_header_publish(). */
  return state != 0 && (state & INTERN_PERMANENT) == 0 && intern_atomic_swap_relaxed (&header->state, state, state + 1);
}

static inline gboolean
intern_header_try_lower (InternHeader *header)
{
  const guint32 state = intern_atomic_load_relaxed (&header->state);

  if ((intern_atomic_load_relaxed (&header->length) & INTERN_MORTAL) == 0)
    return (state & INTERN_PERMANENT) != 0;

  /* Not the last reference. Release: as in intern_header_lower(); this thread uses no memory again. */
  return state > 1 && (state & INTERN_PERMANENT) == 0 && intern_atomic_swap_release (&header->state, state, state - 1);
}

/* Makes a living string permanent. Returns FALSE if it is dead. The caller holds the lock of the shard,
 * under which the bytes were written: this acquires nothing. */
static inline gboolean
intern_header_make_permanent (InternHeader *header)
{
  for (;;)
    {
      const guint32 state = intern_atomic_load_relaxed (&header->state);

      if (state == 0)
        return FALSE;
      if ((state & INTERN_PERMANENT) != 0)
        break;
      /* Relaxed: it continues the release sequence of intern_header_publish(). */
      if (intern_atomic_swap_relaxed (&header->state, state, INTERN_PERMANENT))
        break;
    }

  /* Release: a reader that sees the length without the flag sees the bytes complete. */
  intern_atomic_store_release (&header->length, intern_atomic_load_relaxed (&header->length) & ~INTERN_MORTAL);

  return TRUE;
}

/* Called before the bytes of a new string are written. The state is zero, and the flag stops readers that do not read
 * the state. */
static inline void
intern_header_prepare (InternHeader *header,
                       guint32       length)
{
  intern_atomic_store_relaxed (&header->length, length | INTERN_MORTAL);
}

/* Called after they are written: the string now has one reference or is permanent. */
static inline void
intern_header_publish (InternHeader *header,
                       guint32       length,
                       gboolean      permanent)
{
  /* Release: a reader that sees it alive sees its length and its bytes complete. */
  intern_atomic_store_release (&header->state, permanent ? INTERN_PERMANENT : 1);
  /* Release: the same for readers of the length alone. */
  if (permanent)
    intern_atomic_store_release (&header->length, length);
}

/* Returns the atom of a permanent string, or 0 if it has none. */
static inline guint32
intern_header_get_atom (InternHeader *header)
{
  /* Acquire: pairs with the release below. A lookup by the atom, in any thread that gets it from the
   * caller, finds it assigned. */
  const guint32 state = intern_atomic_load_acquire (&header->state);

  return (state & INTERN_PERMANENT) != 0 ? state & ~INTERN_PERMANENT : 0;
}

/* The string is permanent, and the caller holds the lock of the atoms. */
static inline void
intern_header_set_atom (InternHeader *header,
                        guint32       atom)
{
  /* Release: the position of the atom has been filled before. */
  intern_atomic_store_release (&header->state, INTERN_PERMANENT | atom);
}
