/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/counters.h"

INTERN_THREAD_LOCAL guint intern_thread_stripe = INTERN_NO_STRIPE;

#define OWN_STRIPES INTERN_SHARED_STRIPE
G_STATIC_ASSERT (OWN_STRIPES >= 1 && OWN_STRIPES < 64);

/* One bit for each free number. A word instead of a lock, which a fork could find held. */
static guint64 free_stripes = (G_GUINT64_CONSTANT (1) << OWN_STRIPES) - 1;

/* Runs when a thread ends. A destructor of the thread that counts after it uses the shared stripe. */
static void
give_stripe_back (gpointer number_plus_one)
{
  const guint number = GPOINTER_TO_UINT (number_plus_one) - 1;

  intern_thread_stripe = INTERN_SHARED_STRIPE;
  /* Release: pairs with the acquire in take_stripe(). The next owner sees the counts of this thread. */
  __atomic_fetch_or (&free_stripes, G_GUINT64_CONSTANT (1) << number, __ATOMIC_RELEASE);
}

static GPrivate stripe_owner = G_PRIVATE_INIT (give_stripe_back);

static guint
take_stripe (void)
{
  guint64 stripes = __atomic_load_n (&free_stripes, __ATOMIC_RELAXED);

  while (stripes != 0)
    {
      const guint number = (guint) __builtin_ctzll (stripes);

      /* Acquire: see give_stripe_back(). */
      if (__atomic_compare_exchange_n (&free_stripes, &stripes, stripes & (stripes - 1), FALSE,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        {
          g_private_set (&stripe_owner, GUINT_TO_POINTER (number + 1));
          return number;
        }
    }

  return INTERN_SHARED_STRIPE;
}

/* Returns the stripe of this thread; makes it if there is none. */
static InternStripe *
get_stripe (InternCounters *counters)
{
  InternStripe **published;
  InternStripe *stripe, *other = NULL;

  if (intern_thread_stripe == INTERN_NO_STRIPE)
    intern_thread_stripe = take_stripe ();

  published = intern_thread_stripe == INTERN_SHARED_STRIPE ? &counters->shared
                                                           : &counters->stripes[intern_thread_stripe];
  stripe = __atomic_load_n (published, __ATOMIC_ACQUIRE);
  if (stripe != NULL)
    return stripe;

  stripe = g_aligned_alloc0 (1, sizeof (InternStripe), INTERN_CACHE_LINE);
  /* Release: other threads see the stripe zeroed. Acquire: so does this one, if a thread that shares the
   * number was faster. */
  if (__atomic_compare_exchange_n (published, &other, stripe, FALSE, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
    return stripe;

  g_aligned_free (stripe);

  return other;
}

/* For the first call of a thread, and for threads that share a stripe. */
void
intern_counters_add_slowly (InternCounters    *counters,
                            const InternTally *more)
{
  InternTally *tally = &get_stripe (counters)->tally;

  if (intern_thread_stripe != INTERN_SHARED_STRIPE)
    {
      intern_tally_add_alone (tally, more);
      return;
    }

  /* Relaxed: counts order nothing. */
  __atomic_fetch_add (&tally->n_hits, more->n_hits, __ATOMIC_RELAXED);
  __atomic_fetch_add (&tally->n_misses, more->n_misses, __ATOMIC_RELAXED);
  __atomic_fetch_add (&tally->bytes_requested, more->bytes_requested, __ATOMIC_RELAXED);
  __atomic_fetch_add (&tally->bytes_copied, more->bytes_copied, __ATOMIC_RELAXED);
}

const char *
intern_counters_add_hit_slowly (InternCounters *counters,
                                const char     *string,
                                gsize           length)
{
  const InternTally hit = {
    .n_hits = 1,
    .bytes_requested = length,
    .bytes_copied = intern_heap_size (length + 1),
  };

  intern_counters_add_slowly (counters, &hit);

  return string;
}

static const InternStripe *
load_stripe (const InternCounters *counters,
             guint                 number)
{
  return __atomic_load_n (number == INTERN_SHARED_STRIPE ? &counters->shared : &counters->stripes[number],
                          __ATOMIC_ACQUIRE);
}

void
intern_counters_clear (InternCounters *counters)
{
  for (guint i = 0; i < OWN_STRIPES; i++)
    g_clear_pointer (&counters->stripes[i], g_aligned_free);
  g_clear_pointer (&counters->shared, g_aligned_free);
}

InternTally
intern_counters_sum (const InternCounters *counters)
{
  InternTally sum = { 0 };

  for (guint i = 0; i <= INTERN_SHARED_STRIPE; i++)
    {
      const InternStripe *stripe = load_stripe (counters, i);

      if (stripe == NULL)
        continue;
      sum.n_hits += __atomic_load_n (&stripe->tally.n_hits, __ATOMIC_RELAXED);
      sum.n_misses += __atomic_load_n (&stripe->tally.n_misses, __ATOMIC_RELAXED);
      sum.bytes_requested += __atomic_load_n (&stripe->tally.bytes_requested, __ATOMIC_RELAXED);
      sum.bytes_copied += __atomic_load_n (&stripe->tally.bytes_copied, __ATOMIC_RELAXED);
    }

  return sum;
}

guint64
intern_counters_get_memory (const InternCounters *counters)
{
  guint64 memory = 0;

  for (guint i = 0; i <= INTERN_SHARED_STRIPE; i++)
    {
      const InternStripe *stripe = load_stripe (counters, i);

      memory += stripe == NULL ? 0 : intern_heap_block_size (stripe, sizeof *stripe);
    }

  return memory;
}
