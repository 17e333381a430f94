/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/counters.h"

#include <pthread.h>
#include <signal.h>

#include "sanitizers.h"

#define N_ROUNDS 20000

static gpointer
count (gpointer data)
{
  InternCounters *counters = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      intern_counters_add_hit (counters, "", 10);
      intern_counters_add (counters, &(InternTally) { .n_misses = 1, .bytes_requested = 2 });
    }

  return NULL;
}

static void
check_sum (const InternCounters *counters,
           guint                 n_threads)
{
  const InternTally sum = intern_counters_sum (counters);
  const guint64 n = (guint64) n_threads * N_ROUNDS;

  g_assert_cmpuint (sum.n_hits, ==, n);
  g_assert_cmpuint (sum.n_misses, ==, n);
  g_assert_cmpuint (sum.bytes_requested, ==, n * 12);
  g_assert_cmpuint (sum.bytes_copied, ==, n * intern_heap_size (11));
}

#define N_CROWD (2 * INTERN_STRIPES + 1)

typedef struct
{
  InternCounters    counters;
  pthread_barrier_t all_have_a_stripe;
} Crowd;

/* The barrier keeps all threads alive: one that ends would pass its stripe on. */
static gpointer
count_in_a_crowd (gpointer data)
{
  Crowd *crowd = data;

  intern_counters_add (&crowd->counters, &(InternTally) { 0 });
  pthread_barrier_wait (&crowd->all_have_a_stripe);
  count (&crowd->counters);

  return GUINT_TO_POINTER (intern_thread_stripe);
}

static void
test_exact_with_more_threads_than_stripes (void)
{
  Crowd crowd;
  GThread *threads[N_CROWD];
  guint n_sharing = 0;
  guint64 memory = 0;

  g_test_summary ("No count is lost, whether threads own their stripes or share one");
  intern_counters_init (&crowd.counters);
  pthread_barrier_init (&crowd.all_have_a_stripe, NULL, N_CROWD);
  for (guint i = 0; i < N_CROWD; i++)
    threads[i] = g_thread_new ("count", count_in_a_crowd, &crowd);
  for (guint i = 0; i < N_CROWD; i++)
    n_sharing += GPOINTER_TO_UINT (g_thread_join (threads[i])) == INTERN_SHARED_STRIPE;

  /* This thread may own a stripe too; all others were free. */
  g_assert_cmpuint (n_sharing, ==, N_CROWD - INTERN_SHARED_STRIPE + (intern_thread_stripe < INTERN_SHARED_STRIPE));
  check_sum (&crowd.counters, N_CROWD);

  /* The memory includes the array and each stripe, also the shared one. */
  memory = intern_heap_size (INTERN_STRIPE_POSITIONS * sizeof (InternStripe *));
  for (guint i = 0; i < INTERN_STRIPE_POSITIONS; i++)
    if (crowd.counters.stripes[i] != NULL)
      memory += intern_heap_size_of (crowd.counters.stripes[i], sizeof (InternStripe));
  g_assert_cmpuint (intern_counters_get_memory (&crowd.counters), ==, memory);
  g_assert_cmpuint (memory, >=, INTERN_SHARED_STRIPE * sizeof (InternStripe));

  pthread_barrier_destroy (&crowd.all_have_a_stripe);
  intern_counters_clear (&crowd.counters);
}

#define N_INTERRUPTIONS 1000

static InternCounters interrupted;
static guint n_interruptions; /* atomic */

/* As another thread that shares the stripe, at any instruction of this one. */
static void
count_in_handler (int signal)
{
  intern_counters_add (&interrupted, &(InternTally) { .n_hits = 1, .n_misses = 1 });
  __atomic_fetch_add (&n_interruptions, 1, __ATOMIC_RELEASE);
}

static gpointer
interrupt (gpointer data)
{
  const pthread_t *thread = data;

  for (guint i = 0; i < N_INTERRUPTIONS; i++)
    {
      pthread_kill (*thread, SIGUSR1);
      while (__atomic_load_n (&n_interruptions, __ATOMIC_ACQUIRE) == i)
        g_thread_yield ();
    }

  return NULL;
}

static void
test_shared_stripe_loses_no_count (void)
{
  const guint own = intern_thread_stripe;
  const struct sigaction action = { .sa_handler = count_in_handler };
  pthread_t self = pthread_self ();
  GThread *thread;
  guint64 n = 0;

  g_test_summary ("No count is lost when another thread counts in the same stripe at any moment of an addition");
  if (ON_TSAN)
    {
      g_test_skip ("ThreadSanitizer delays signals");
      return;
    }

  intern_counters_init (&interrupted);
  intern_thread_stripe = INTERN_SHARED_STRIPE;
  intern_counters_add (&interrupted, &(InternTally) { 0 });
  g_assert_cmpint (sigaction (SIGUSR1, &action, NULL), ==, 0);
  thread = g_thread_new ("interrupt", interrupt, &self);
  for (; __atomic_load_n (&n_interruptions, __ATOMIC_ACQUIRE) < N_INTERRUPTIONS; n++)
    intern_counters_add (&interrupted, &(InternTally) { .n_hits = 1, .n_misses = 1 });
  g_thread_join (thread);

  g_assert_cmpuint (intern_counters_sum (&interrupted).n_hits, ==, n + N_INTERRUPTIONS);
  g_assert_cmpuint (intern_counters_sum (&interrupted).n_misses, ==, n + N_INTERRUPTIONS);
  intern_thread_stripe = own;
  intern_counters_clear (&interrupted);
}

static gpointer
count_alone (gpointer data)
{
  count (data);

  return GUINT_TO_POINTER (intern_thread_stripe);
}

static void
test_stripes_are_reused (void)
{
  InternCounters counters;
  const guint n_threads = 4 * INTERN_STRIPES;
  guint n_stripes = 0;

  g_test_summary ("A thread that ends passes its stripe on to the next, with its counts");
  intern_counters_init (&counters);
  for (guint i = 0; i < n_threads; i++)
    {
      const guint stripe = GPOINTER_TO_UINT (g_thread_join (g_thread_new ("count", count_alone, &counters)));

      g_assert_cmpuint (stripe, <, INTERN_SHARED_STRIPE);
    }

  check_sum (&counters, n_threads);
  for (guint i = 0; i < INTERN_STRIPE_POSITIONS; i++)
    n_stripes += counters.stripes[i] != NULL;
  g_assert_cmpuint (n_stripes, ==, 1);
  intern_counters_clear (&counters);
}

static void
test_memory_counts_the_stripes (void)
{
  InternCounters counters;

  g_test_summary ("Unused counters hold no memory");
  intern_counters_init (&counters);
  g_assert_cmpuint (intern_counters_get_memory (&counters), ==, 0);
  intern_counters_add_hit (&counters, "", 1);
  g_assert_cmpuint (intern_counters_get_memory (&counters), >=, sizeof (InternStripe));
  g_assert_cmpuint (intern_counters_get_memory (&counters), <,
                    3 * sizeof (InternStripe) + intern_heap_size (INTERN_STRIPE_POSITIONS * sizeof (InternStripe *)));
  intern_counters_clear (&counters);
  g_assert_cmpuint (intern_counters_get_memory (&counters), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/counters/exact-with-more-threads-than-stripes",
                   test_exact_with_more_threads_than_stripes);
  g_test_add_func ("/counters/shared-stripe-loses-no-count", test_shared_stripe_loses_no_count);
  g_test_add_func ("/counters/stripes-are-reused", test_stripes_are_reused);
  g_test_add_func ("/counters/memory-counts-the-stripes", test_memory_counts_the_stripes);

  return g_test_run ();
}
