/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/counters.h"

INTERN_THREAD_LOCAL guint intern_thread_stripe = INTERN_NO_STRIPE;

#define OWN_STRIPES INTERN_SHARED_STRIPE
G_STATIC_ASSERT (OWN_STRIPES >= 1 && OWN_STRIPES < 64);

/* One bit for each free position. A word instead of a lock, which a fork could find held. */
static guint64 free_stripes = (G_GUINT64_CONSTANT (1) << OWN_STRIPES) - 1;

/* Runs when a thread ends. A destructor of the thread that counts after it uses the shared stripe. */
static void
give_stripe_back (gpointer position_plus_one)
{
  const guint position = GPOINTER_TO_UINT (position_plus_one) - 1;

  intern_thread_stripe = INTERN_SHARED_STRIPE;
  /* Release: pairs with the acquire in take_stripe(). The next owner sees the counts of this thread. */
  __atomic_fetch_or (&free_stripes, G_GUINT64_CONSTANT (1) << position, __ATOMIC_RELEASE);
}

static GPrivate stripe_owner = G_PRIVATE_INIT (give_stripe_back);

static guint
take_stripe (void)
{
  guint64 stripes = __atomic_load_n (&free_stripes, __ATOMIC_RELAXED);

  while (stripes != 0)
    {
      const guint position = (guint) __builtin_ctzll (stripes);

      /* Acquire: see give_stripe_back(). */
      if (__atomic_compare_exchange_n (&free_stripes, &stripes, stripes & (stripes - 1), FALSE,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        {
          g_private_set (&stripe_owner, GUINT_TO_POINTER (position + 1));
          return position;
        }
    }

  return INTERN_SHARED_STRIPE;
}

/* All counters begin with this array, so that counting needs no check for NULL. It stays empty: no thread writes to
 * it. */
static InternStripe *no_stripes[INTERN_STRIPE_POSITIONS];

void
intern_counters_init (InternCounters *counters)
{
  counters->stripes = no_stripes;
}

static InternStripe **
load_stripes (const InternCounters *counters)
{
  /* Acquire: pairs with the release below. */
  return __atomic_load_n (&counters->stripes, __ATOMIC_ACQUIRE);
}

/* Returns the array of stripes; makes it if there is none. */
static InternStripe **
get_stripes (InternCounters *counters)
{
  InternStripe **stripes = load_stripes (counters);
  InternStripe **none = no_stripes;

  if (stripes != no_stripes)
    return stripes;

  stripes = g_new0 (InternStripe *, INTERN_STRIPE_POSITIONS);
  /* Release: other threads see the array zeroed. Acquire: so does this one, if another was faster. */
  if (__atomic_compare_exchange_n (&counters->stripes, &none, stripes, FALSE, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
    return stripes;

  g_free (stripes);

  return none;
}

/* Returns the stripe of this thread; makes it if there is none. */
static InternStripe *
get_stripe (InternCounters *counters)
{
  InternStripe **published;
  InternStripe *stripe, *other = NULL;

  if (intern_thread_stripe == INTERN_NO_STRIPE)
    intern_thread_stripe = take_stripe ();

  published = get_stripes (counters);
  published += intern_thread_stripe == INTERN_SHARED_STRIPE ? INTERN_STRIPE_OF_ALL : intern_thread_stripe;
  stripe = __atomic_load_n (published, __ATOMIC_ACQUIRE);
  if (stripe != NULL)
    return stripe;

  stripe = g_aligned_alloc0 (1, sizeof (InternStripe), INTERN_CACHE_LINE);
  /* Release: other threads see the stripe zeroed. Acquire: so does this one, if a thread that shares the
   * stripe was faster. */
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

void
intern_counters_clear (InternCounters *counters)
{
  InternStripe **stripes = counters->stripes;

  if (stripes == no_stripes)
    return;

  for (guint i = 0; i < INTERN_STRIPE_POSITIONS; i++)
    if (stripes[i] != NULL)
      g_aligned_free (stripes[i]);
  g_free (stripes);
  intern_counters_init (counters);
}

InternTally
intern_counters_sum (const InternCounters *counters)
{
  InternStripe **stripes = load_stripes (counters);
  InternTally sum = { 0 };

  for (guint i = 0; i < INTERN_STRIPE_POSITIONS; i++)
    {
      /* Acquire: pairs with the release in get_stripe(). */
      const InternStripe *stripe = __atomic_load_n (&stripes[i], __ATOMIC_ACQUIRE);

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
  InternStripe **stripes = load_stripes (counters);
  guint64 memory = stripes == no_stripes ? 0 : intern_heap_size (INTERN_STRIPE_POSITIONS * sizeof *stripes);

  for (guint i = 0; i < INTERN_STRIPE_POSITIONS; i++)
    {
      const InternStripe *stripe = __atomic_load_n (&stripes[i], __ATOMIC_ACQUIRE);

      memory += stripe == NULL ? 0 : intern_heap_size_of (stripe, sizeof *stripe);
    }

  return memory;
}
