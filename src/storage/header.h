/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two words that stand before every string: how long it is, and how long it lives.
 *
 * A permanent string lives as long as its store. Its state is INTERN_PERMANENT and its atom. A
 * mortal one lives as long as somebody counts on it. Its state is the number of references, and
 * its length is marked, so that whoever asks for a permanent string of that length need not look
 * at the state.
 *
 * The room of a dead string is used again, for a string of the same size class, so that there is
 * always a header where one has been. A reader who comes late, with an address from before, finds
 * a count of zero there, or the header of another string. So the rule is: first raise the count,
 * from anything but zero, then compare the bytes, then give the count back if they are not what
 * was sought. Whoever takes the count to zero, and nobody else, buries the string.
 */

#pragma once

#ifndef INTERN_MODEL
# include "base/atomic.h"
#endif

typedef struct
{
  INTERN_ATOMIC (guint32) length; /* with INTERN_MORTAL above it, as long as references count */
  INTERN_ATOMIC (guint32) state;  /* INTERN_PERMANENT and the atom, or the number of references */
} InternHeader;

#define INTERN_MORTAL ((guint32) 1 << 31)
#define INTERN_PERMANENT ((guint32) 1 << 31)

typedef enum
{
  INTERN_LIFE_DEAD,      /* there was no reference */
  INTERN_LIFE_ENDED,     /* this was the last one: the caller buries the string */
  INTERN_LIFE_COUNTED,
  INTERN_LIFE_PERMANENT,
  INTERN_LIFE_FOREIGN,   /* it was the last one of a string of another store, which has it back */
} InternLife;

/* One reference more, if there is one. After 2^31 of them a string is permanent. */
static inline InternLife
intern_header_raise (InternHeader *header)
{
  for (;;)
    {
      /* Acquire: pairs with the release in intern_header_publish(), so that the bytes can be
       * compared when this says that they stay. */
      const guint32 state = intern_atomic_load_acquire (&header->state);

      if (state == 0)
        return INTERN_LIFE_DEAD;
      if ((state & INTERN_PERMANENT) != 0)
        return INTERN_LIFE_PERMANENT;
      /* Acquire: the same; the state may have gone through another life since it was loaded. */
      if (intern_atomic_swap_acquire (&header->state, state, state + 1))
        return INTERN_LIFE_COUNTED;
    }
}

/* One reference less. */
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
      /* Release: what this holder has read it has read before the bytes are used again. Acquire:
       * and so have all others, for whoever takes the last one. */
      if (intern_atomic_swap_acq_rel (&header->state, state, state - 1))
        return state == 1 ? INTERN_LIFE_ENDED : INTERN_LIFE_COUNTED;
    }
}

/* Makes a string that lives live for ever. Returns FALSE if it is dead. Who calls it holds the lock
 * of the string's shard, under which the bytes were written: nothing needs to be acquired. */
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
      /* Relaxed: who finds this state finds the release of intern_header_publish() through it. */
      if (intern_atomic_swap_relaxed (&header->state, state, INTERN_PERMANENT))
        break;
    }

  /* Release: whoever finds the length without the mark finds the bytes complete. */
  intern_atomic_store_release (&header->length, intern_atomic_load_relaxed (&header->length) & ~INTERN_MORTAL);

  return TRUE;
}

/* Before the bytes are written, of a string that nobody has yet. The mark keeps those away who do
 * not ask for the state, which is zero. */
static inline void
intern_header_prepare (InternHeader *header,
                       guint32       length)
{
  intern_atomic_store_relaxed (&header->length, length | INTERN_MORTAL);
}

/* After it: the string lives, with one reference or for ever. */
static inline void
intern_header_publish (InternHeader *header,
                       guint32       length,
                       gboolean      permanent)
{
  /* Release: whoever finds it alive finds its length and its bytes complete. */
  intern_atomic_store_release (&header->state, permanent ? INTERN_PERMANENT : 1);
  /* Release: the same for those who do not ask for the state. */
  if (permanent)
    intern_atomic_store_release (&header->length, length);
}
