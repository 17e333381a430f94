/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counters of what callers do, striped so that threads do not fight over a cache line.
 *
 * Each thread has a slot in the process, and in each set of counters the stripe of that slot is
 * its own: it counts with a plain load and store. Threads beyond the slots share the last stripe
 * and count with an atomic addition, so that no count is ever lost. Stripes are made when their
 * thread first counts. All orders are relaxed: counts are exact once the callers are quiet.
 */

#pragma once

#include <glib.h>

#include "intern-heap-private.h"
#include "intern-macros-private.h"

typedef struct
{
  guint64 n_hits;
  guint64 n_misses;
  guint64 bytes_requested; /* bytes of the strings handed out */
  guint64 bytes_copied;    /* heap that a copy of each would have taken */
} InternTally;

typedef struct
{
  _Alignas (INTERN_CACHE_LINE) InternTally tally;
} InternStripe;

typedef struct
{
  InternStripe *stripes[INTERN_STRIPES]; /* (owned) each published once, with release */
} InternCounters;

/* The slot of this thread, or -1 before its first call. Initial-exec, since the general model
 * costs a function call for each access; one word fits into what the C library keeps free for
 * libraries that come by dlopen(). */
extern _Thread_local int intern_counters_slot __attribute__ ((tls_model ("initial-exec"),
                                                              visibility ("hidden")));

void           intern_counters_clear      (InternCounters       *counters);
InternStripe * intern_counters_new_stripe (InternCounters       *counters);
InternTally    intern_counters_sum        (const InternCounters *counters);
guint64        intern_counters_get_memory (const InternCounters *counters);

#define INTERN_SHARED_SLOT (INTERN_STRIPES - 1)

static inline InternStripe *
intern_counters_get_stripe (InternCounters *counters)
{
  const int slot = intern_counters_slot;
  InternStripe *stripe;

  if (G_UNLIKELY (slot < 0))
    return intern_counters_new_stripe (counters);

  /* Acquire: pairs with the release that published the zeroed stripe. */
  stripe = __atomic_load_n (&counters->stripes[slot], __ATOMIC_ACQUIRE);
  if (G_UNLIKELY (stripe == NULL))
    return intern_counters_new_stripe (counters);

  return stripe;
}

static inline void
intern_counter_add (guint64 *counter,
                    guint64  n)
{
  if (G_LIKELY (intern_counters_slot != INTERN_SHARED_SLOT))
    __atomic_store_n (counter, __atomic_load_n (counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
  else
    __atomic_fetch_add (counter, n, __ATOMIC_RELAXED);
}

static inline void
intern_counters_add (InternCounters    *counters,
                     const InternTally *more)
{
  InternTally *tally = &intern_counters_get_stripe (counters)->tally;

  intern_counter_add (&tally->n_hits, more->n_hits);
  intern_counter_add (&tally->n_misses, more->n_misses);
  intern_counter_add (&tally->bytes_requested, more->bytes_requested);
  intern_counter_add (&tally->bytes_copied, more->bytes_copied);
}

/* A search that found a string of @length bytes and handed it out. */
static inline void
intern_counters_add_hit (InternCounters *counters,
                         gsize           length)
{
  InternTally *tally = &intern_counters_get_stripe (counters)->tally;

  intern_counter_add (&tally->n_hits, 1);
  intern_counter_add (&tally->bytes_requested, length);
  intern_counter_add (&tally->bytes_copied, intern_heap_size (length + 1));
}
