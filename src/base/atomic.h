/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Atomic access to the words of the lock-free parts, each with its memory order spelled out.
 *
 * They are macros so that a model checker can replace them and compile the code that the library
 * runs: see tests/models.
 */

#pragma once

#include <glib.h>

#define INTERN_ATOMIC(type) type

#define intern_atomic_load_relaxed(word) __atomic_load_n ((word), __ATOMIC_RELAXED)
#define intern_atomic_load_acquire(word) __atomic_load_n ((word), __ATOMIC_ACQUIRE)
#define intern_atomic_store_relaxed(word, value) __atomic_store_n ((word), (value), __ATOMIC_RELAXED)
#define intern_atomic_store_release(word, value) __atomic_store_n ((word), (value), __ATOMIC_RELEASE)
/* Compare and exchange. A failure is relaxed: the caller loads again. */
#define intern_atomic_swap_relaxed(word, old, new) intern_atomic_swap_word ((word), (old), (new), __ATOMIC_RELAXED)
#define intern_atomic_swap_acquire(word, old, new) intern_atomic_swap_word ((word), (old), (new), __ATOMIC_ACQUIRE)
#define intern_atomic_swap_release(word, old, new) intern_atomic_swap_word ((word), (old), (new), __ATOMIC_RELEASE)
#define intern_atomic_swap_acq_rel(word, old, new) intern_atomic_swap_word ((word), (old), (new), __ATOMIC_ACQ_REL)

G_ALWAYS_INLINE static inline gboolean
intern_atomic_swap_word (guint32 *word,
                         guint32  old,
                         guint32  new_word,
                         int      order)
{
  return __atomic_compare_exchange_n (word, &old, new_word, FALSE, order, __ATOMIC_RELAXED);
}
