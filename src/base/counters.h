/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counters of what callers do, striped so that threads do not contend for a cache line.
 *
 * Each thread owns a position in the process, and with it one stripe of each set of counters: it counts with a plain
 * load and store. When all positions are taken, threads share the last stripe and count with an atomic addition, so no
 * count is lost. The first thread that counts makes the array of stripes, and each
 * thread its own stripe: counters that no thread has used take no memory. All orders are relaxed: counts are exact
 * once the callers are quiet.
 */

#pragma once

#include <glib.h>

#include "base/atomic.h"
#include "base/heap.h"
#include "base/sizes.h"
#include "base/tls.h"

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
  /* (owned) An array of INTERN_STRIPE_POSITIONS, published once, with release; at first one that stays empty. Each of
   * its elements, which is owned, is published once, with release. */
  InternStripe **stripes;
} InternCounters;

/* Positions of stripes. Not macros, so that debuggers know them. */
enum
{
  /* These two have no stripe: a thread that shares one, or has no position yet, takes the slow path. */
  INTERN_SHARED_STRIPE = INTERN_STRIPES - 1,
  INTERN_NO_STRIPE,
  /* The stripe that threads share. */
  INTERN_STRIPE_OF_ALL,
  INTERN_STRIPE_POSITIONS,
};

/* The position of this thread; INTERN_NO_STRIPE before its first call. */
extern INTERN_THREAD_LOCAL guint intern_thread_stripe __attribute__ ((visibility ("hidden")));

void        intern_counters_init           (InternCounters       *counters);
void        intern_counters_clear          (InternCounters       *counters);
void        intern_counters_add_slowly     (InternCounters       *counters,
                                            const InternTally    *more);
const char *intern_counters_add_hit_slowly (InternCounters       *counters,
                                            const char           *string,
                                            gsize                 length) __attribute__ ((returns_nonnull));
InternTally intern_counters_sum            (const InternCounters *counters);
guint64     intern_counters_get_memory     (const InternCounters *counters);

static inline InternTally
intern_tally_subtract (const InternTally *tally,
                       const InternTally *less)
{
  return (InternTally) {
    .n_hits = tally->n_hits - less->n_hits,
    .n_misses = tally->n_misses - less->n_misses,
    .bytes_requested = tally->bytes_requested - less->bytes_requested,
    .bytes_copied = tally->bytes_copied - less->bytes_copied,
  };
}

/* Only one thread writes to @tally at a time. */
static inline void
intern_tally_add_alone (InternTally       *tally,
                        const InternTally *more)
{
  intern_atomic_store_relaxed (&tally->n_hits, intern_atomic_load_relaxed (&tally->n_hits) + more->n_hits);
  intern_atomic_store_relaxed (&tally->n_misses, intern_atomic_load_relaxed (&tally->n_misses) + more->n_misses);
  intern_atomic_store_relaxed (&tally->bytes_requested,
                               intern_atomic_load_relaxed (&tally->bytes_requested) + more->bytes_requested);
  intern_atomic_store_relaxed (&tally->bytes_copied,
                               intern_atomic_load_relaxed (&tally->bytes_copied) + more->bytes_copied);
}

/* Returns the stripe of this thread, or NULL if it has none yet or shares one. */
static inline InternStripe *
intern_counters_stripe (InternCounters *counters)
{
  const guint position = intern_thread_stripe;
  /* Acquire, both: pairs with the release that published the zeroed array, or the zeroed stripe. */
  InternStripe **stripes = intern_atomic_load_acquire (&counters->stripes);

  return intern_atomic_load_acquire (&stripes[position]);
}

static inline void
intern_counters_add (InternCounters    *counters,
                     const InternTally *more)
{
  InternStripe *stripe = intern_counters_stripe (counters);

  if (G_LIKELY (stripe != NULL))
    intern_tally_add_alone (&stripe->tally, more);
  else
    intern_counters_add_slowly (counters, more);
}

/* Counts a hit on a string of @length bytes. On the fast path only the counts touch memory. It returns
 * @string so that the slow path is a tail call: a search without calls needs no stack. */
static inline const char *
intern_counters_add_hit (InternCounters *counters,
                         const char     *string,
                         gsize           length)
{
  const guint64 copied = intern_heap_size (length + 1);
  InternStripe *stripe = intern_counters_stripe (counters);
  InternTally *tally;

  if (G_UNLIKELY (stripe == NULL))
    return intern_counters_add_hit_slowly (counters, string, length);

  tally = &stripe->tally;
  intern_atomic_store_relaxed (&tally->n_hits, intern_atomic_load_relaxed (&tally->n_hits) + 1);
  intern_atomic_store_relaxed (&tally->bytes_requested, intern_atomic_load_relaxed (&tally->bytes_requested) + length);
  intern_atomic_store_relaxed (&tally->bytes_copied, intern_atomic_load_relaxed (&tally->bytes_copied) + copied);

  return string;
}
