/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Locks that are held for some nanoseconds, except during a look. */

#pragma once

#include <sched.h>
#include <stdbool.h>

typedef unsigned char Lock;

#define LOCK_SPINS 64

static inline bool
trylock (Lock *self)
{
  return !__atomic_test_and_set (self, __ATOMIC_ACQUIRE);
}

static inline void
lock (Lock *self)
{
  unsigned spins = 0;

  while (!trylock (self))
    if (++spins > LOCK_SPINS)
      sched_yield ();
}

static inline void
unlock (Lock *self)
{
  __atomic_clear (self, __ATOMIC_RELEASE);
}
