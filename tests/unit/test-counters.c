/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-counters-private.h"

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

static void
test_exact_with_more_threads_than_stripes (void)
{
  InternCounters counters = { .shared = NULL };
  const guint n_threads = 2 * INTERN_STRIPES + 1;
  GThread *threads[2 * INTERN_STRIPES + 1];

  g_test_summary ("Nothing is lost, whether a thread has a stripe of its own or shares one");
  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("count", count, &counters);
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);

  check_sum (&counters, n_threads);
  intern_counters_clear (&counters);
}

static void
test_slots_are_used_again (void)
{
  InternCounters counters = { .shared = NULL };
  const guint n_threads = 4 * INTERN_STRIPES;
  guint n_stripes = 0;

  g_test_summary ("A thread that ends leaves its slot to the next, and its counts with it");
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (g_thread_new ("count", count, &counters));

  check_sum (&counters, n_threads);
  for (guint i = 0; i < INTERN_STRIPES; i++)
    n_stripes += counters.stripes[i] != NULL;
  g_assert_cmpuint (n_stripes, ==, 1);
  intern_counters_clear (&counters);
}

static void
test_memory_counts_the_stripes (void)
{
  InternCounters counters = { .shared = NULL };

  g_test_summary ("Counters that nobody has used hold no memory");
  g_assert_cmpuint (intern_counters_get_memory (&counters), ==, 0);
  intern_counters_add_hit (&counters, "", 1);
  g_assert_cmpuint (intern_counters_get_memory (&counters), >=, sizeof (InternStripe));
  g_assert_cmpuint (intern_counters_get_memory (&counters), <, 3 * sizeof (InternStripe));
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
  g_test_add_func ("/counters/slots-are-used-again", test_slots_are_used_again);
  g_test_add_func ("/counters/memory-counts-the-stripes", test_memory_counts_the_stripes);

  return g_test_run ();
}
