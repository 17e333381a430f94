/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/counters.h"

_Thread_local guint intern_thread_stripe = INTERN_NO_STRIPE;

#define OWN_STRIPES INTERN_SHARED_STRIPE
G_STATIC_ASSERT (OWN_STRIPES >= 1 && OWN_STRIPES < 64);

/* One bit for each number that no thread has. A word instead of a lock: nothing can be held when
 * the process forks. */
static guint64 free_stripes = (G_GUINT64_CONSTANT (1) << OWN_STRIPES) - 1;

/* The last thing that a thread does. Should another destructor of the thread count after this
 * one, it shares the last stripe. */
static void
give_stripe_back (gpointer number_plus_one)
{
  const guint number = GPOINTER_TO_UINT (number_plus_one) - 1;

  intern_thread_stripe = INTERN_SHARED_STRIPE;
  /* Release: pairs with the acquire in take_stripe(), so that the next owner adds to what this
   * thread has counted. */
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

/* Returns the stripe of this thread, and makes it first if there is none. */
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
  /* Release: whoever finds the stripe finds it zeroed. Acquire: so do we, if another thread that
   * shares the number was faster. */
  if (__atomic_compare_exchange_n (published, &other, stripe, FALSE, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
    return stripe;

  g_aligned_free (stripe);

  return other;
}

/* What intern_counters_add() leaves: the first time of a thread, and threads that share. */
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

  /* Relaxed: they are summed some day, and order nothing. */
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

void
intern_counters_clear (InternCounters *counters)
{
  for (guint i = 0; i < OWN_STRIPES; i++)
    g_clear_pointer (&counters->stripes[i], g_aligned_free);
  g_clear_pointer (&counters->shared, g_aligned_free);
}

static void
add_stripe (InternTally         *sum,
            InternStripe *const *published)
{
  const InternStripe *stripe = __atomic_load_n (published, __ATOMIC_ACQUIRE);

  if (stripe == NULL)
    return;

  sum->n_hits += __atomic_load_n (&stripe->tally.n_hits, __ATOMIC_RELAXED);
  sum->n_misses += __atomic_load_n (&stripe->tally.n_misses, __ATOMIC_RELAXED);
  sum->bytes_requested += __atomic_load_n (&stripe->tally.bytes_requested, __ATOMIC_RELAXED);
  sum->bytes_copied += __atomic_load_n (&stripe->tally.bytes_copied, __ATOMIC_RELAXED);
}

InternTally
intern_counters_sum (const InternCounters *counters)
{
  InternTally sum = { 0 };

  for (guint i = 0; i < OWN_STRIPES; i++)
    add_stripe (&sum, &counters->stripes[i]);
  add_stripe (&sum, &counters->shared);

  return sum;
}

static guint64
stripe_memory (InternStripe *const *published)
{
  const InternStripe *stripe = __atomic_load_n (published, __ATOMIC_ACQUIRE);

  return stripe == NULL ? 0 : intern_heap_block_size (stripe, sizeof *stripe);
}

guint64
intern_counters_get_memory (const InternCounters *counters)
{
  guint64 memory = stripe_memory (&counters->shared);

  for (guint i = 0; i < OWN_STRIPES; i++)
    memory += stripe_memory (&counters->stripes[i]);

  return memory;
}
