/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <pthread.h>
#include <string.h>

#include "soak-time.h"

#define N_THREADS 8
#define N_STRINGS 20011 /* a prime, so that each thread's stride meets every string */
#define N_PASSES 10

typedef struct
{
  InternPool        *pool;
  pthread_barrier_t *start;
  gint              *n_working; /* (nullable) atomic: threads that still intern */
  guint              number;
  guint64            n_calls;
  guint64            n_bytes;
  const char       **strings; /* (array length=N_STRINGS) the results of this thread */
} Worker;

static char texts[N_STRINGS][64];

static void
make_texts (void)
{
  for (guint i = 0; i < N_STRINGS; i++)
    g_snprintf (texts[i], sizeof texts[i], "string %u%*s", i, (int) (i % 24), "");
}

static void
intern_one (Worker *worker,
            guint   number)
{
  const char *text = texts[number];
  const gsize length = strlen (text);
  const char *interned = intern_pool_intern_len (worker->pool, text, (gssize) length);

  g_assert_cmpmem (interned, length + 1, text, length + 1);
  if (worker->strings[number] == NULL)
    worker->strings[number] = interned;
  g_assert_true (worker->strings[number] == interned);
  worker->n_calls++;
  worker->n_bytes += length;
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  const guint stride = 2 * worker->number + 1;
  guint number = worker->number;

  pthread_barrier_wait (worker->start);
  for (guint i = 0; i < N_PASSES * N_STRINGS; i++)
    {
      intern_one (worker, number);
      number = (number + stride) % N_STRINGS;
    }
  if (worker->n_working != NULL)
    g_atomic_int_add (worker->n_working, -1);

  return NULL;
}

static void
check_worker (const Worker *worker,
              const Worker *other)
{
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_assert_nonnull (worker->strings[i]);
      g_assert_true (worker->strings[i] == other->strings[i]);
    }
}

static guint64
compare_addresses (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  pthread_barrier_t start;
  Worker workers[N_THREADS];
  GThread *threads[N_THREADS];
  guint64 n_calls = 0, n_bytes = 0;
  InternPoolStats stats;

  pthread_barrier_init (&start, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i] = (Worker) { pool, &start, NULL, i, 0, 0, g_new0 (const char *, N_STRINGS) };
      threads[i] = g_thread_new ("work", work, &workers[i]);
    }

  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      check_worker (&workers[i], &workers[0]);
      n_calls += workers[i].n_calls;
      n_bytes += workers[i].n_bytes;
    }

  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, N_STRINGS);
  g_assert_cmpuint (stats.n_misses, ==, N_STRINGS);
  g_assert_cmpuint (stats.n_lookups, ==, n_calls);
  g_assert_cmpuint (stats.bytes_requested, ==, n_bytes);

  for (guint i = 0; i < N_THREADS; i++)
    g_free (workers[i].strings);
  pthread_barrier_destroy (&start);

  return n_calls;
}

/* Each round has a new pool: threads contend most while a pool grows. */
static void
repeat (guint64 (*round) (void))
{
  const gint64 end_time = soak_end_time ();
  guint64 n_calls = 0;

  do
    n_calls += round ();
  while (g_get_monotonic_time () < end_time);
  g_test_message ("%" G_GUINT64_FORMAT " calls", n_calls);
}

static void
test_one_address_for_each_string (void)
{
  g_test_summary ("Eight threads that intern the same strings get the same addresses, and all calls are counted");
  repeat (compare_addresses);
}

static gboolean
check_walked (const char *string,
              gsize       length,
              gpointer    user_data)
{
  g_assert_cmpuint (strlen (string), ==, length);
  ++*(guint *) user_data;

  return TRUE;
}

/* All other calls that may run while threads intern. */
static gpointer
look_around (gpointer data)
{
  Worker *worker = data;
  guint n_last = 0;

  pthread_barrier_wait (worker->start);
  do
    {
      InternPoolStats stats;
      guint n_walked = 0;

      intern_pool_get_stats (worker->pool, &stats);
      g_assert_cmpuint (stats.n_strings, >=, n_last);
      g_assert_cmpuint (stats.n_lookups, ==, stats.n_hits + stats.n_misses);
      n_last = stats.n_strings;

      intern_pool_foreach (worker->pool, check_walked, &n_walked);
      g_assert_cmpuint (n_walked, >=, n_last);
      intern_pool_set_max_strings (worker->pool, n_last % 2 == 0 ? 10 * N_STRINGS : 0);
      intern_pool_set_emit_added (worker->pool, n_last % 2 == 0);
      g_assert_cmpuint (intern_pool_get_n_strings (worker->pool), >=, n_last);
    }
  while (g_atomic_int_get (worker->n_working) > 0);

  return NULL;
}

static guint64
look_around_meanwhile (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  pthread_barrier_t start;
  Worker workers[4];
  GThread *threads[4];
  gint n_working = G_N_ELEMENTS (threads) - 1;
  guint64 n_calls = 0;

  pthread_barrier_init (&start, NULL, G_N_ELEMENTS (threads));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      workers[i] = (Worker) { pool, &start, &n_working, i, 0, 0, g_new0 (const char *, N_STRINGS) };
      threads[i] = g_thread_new ("work", i == 0 ? look_around : work, &workers[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_thread_join (threads[i]);
      n_calls += workers[i].n_calls;
      g_free (workers[i].strings);
    }
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_STRINGS);
  pthread_barrier_destroy (&start);

  return n_calls;
}

static void
test_looking_around_meanwhile (void)
{
  g_test_summary ("Statistics, iterations and settings work while other threads intern");
  repeat (look_around_meanwhile);
}

static void
count_added_cb (InternPool *pool,
                const char *string,
                gint       *n_added)
{
  g_atomic_int_inc (n_added);
}

static gpointer
work_once (gpointer data)
{
  Worker *worker = data;

  pthread_barrier_wait (worker->start);
  for (guint i = 0; i < N_STRINGS; i++)
    intern_one (worker, i);

  return NULL;
}

static void
test_each_string_is_emitted_once (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  pthread_barrier_t start;
  Worker workers[N_THREADS];
  GThread *threads[N_THREADS];
  gint n_added = 0;

  g_test_summary ("If threads race to add a string, one of them adds it and emits one signal");
  g_signal_connect (pool, "string-added", G_CALLBACK (count_added_cb), &n_added);
  pthread_barrier_init (&start, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i] = (Worker) { pool, &start, NULL, i, 0, 0, g_new0 (const char *, N_STRINGS) };
      threads[i] = g_thread_new ("work", work_once, &workers[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      g_free (workers[i].strings);
    }
  g_assert_cmpint (g_atomic_int_get (&n_added), ==, N_STRINGS);
  pthread_barrier_destroy (&start);
}

static gpointer
get_default (gpointer data)
{
  pthread_barrier_wait (data);

  return intern_pool_get_default ();
}

static void
test_default_pool_is_made_once (void)
{
  pthread_barrier_t start;
  GThread *threads[N_THREADS];

  g_test_summary ("Threads that get the default pool at once get the same pool");
  pthread_barrier_init (&start, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("default", get_default, &start);
  for (guint i = 0; i < N_THREADS; i++)
    g_assert_true (g_thread_join (threads[i]) == (gpointer) intern_pool_get_default ());
  pthread_barrier_destroy (&start);
}

static gpointer
make_and_drop_pools (gpointer data)
{
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();

      for (guint j = 0; j < 10; j++)
        intern_pool_intern_len (pool, "0123456789", j);
      g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 10);
    }

  return NULL;
}

static void
test_pools_come_and_go (void)
{
  GThread *threads[N_THREADS];

  g_test_summary ("Many threads may create and drop pools at once");
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("pools", make_and_drop_pools, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

#define N_NEW_POOLS 20000

typedef struct
{
  InternPool        **pools; /* (array length=N_NEW_POOLS) all threads use them in this order */
  pthread_barrier_t  *start;
  guint               number;
  const char         *strings[N_NEW_POOLS];
} FirstUser;

static const char *
use (InternPool *pool,
     guint       number)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("same", 4);
  g_autoptr (GBytes) view = NULL;
  InternPoolStats stats;

  switch (number)
    {
    case 0:
      return intern_pool_intern (pool, "same");
    case 1:
      return intern_pool_intern_len (pool, "same", 4);
    case 2:
      return intern_pool_acquire (pool, "same");
    case 3:
      return intern_pool_atom_to_string (pool, intern_pool_atom_from_string (pool, "same"));
    case 4:
      view = intern_pool_intern_bytes (pool, bytes, NULL);
      return g_bytes_get_data (view, NULL);
    case 5:
      return intern_pool_lookup (pool, "same");
    case 6:
      intern_pool_set_max_strings (pool, 7);
      return NULL;
    default:
      intern_pool_get_stats (pool, &stats);
      g_assert_cmpuint (stats.n_strings, <=, 1);
      g_assert_false (intern_pool_contains (pool, "other"));
      return NULL;
    }
}

/* A thread that is behind runs through pools that have been used, and catches up with the first. */
static gpointer
use_first (gpointer data)
{
  FirstUser *user = data;

  pthread_barrier_wait (user->start);
  for (guint i = 0; i < N_NEW_POOLS; i++)
    user->strings[i] = use (user->pools[i], user->number);

  return NULL;
}

static void
check_first_use (FirstUser *users,
                 guint      n)
{
  InternPool *pool = users[0].pools[n];
  const char *string = users[0].strings[n];
  InternPoolStats stats;

  g_assert_cmpstr (string, ==, "same");
  for (guint i = 1; i < 5; i++)
    g_assert_true (users[i].strings[n] == string);
  g_assert_true (users[5].strings[n] == NULL || users[5].strings[n] == string);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, 1);
  g_assert_cmpuint (stats.n_lookups, ==, N_THREADS - 1);
  g_assert_cmpuint (intern_pool_get_max_strings (pool), ==, 7);
}

static void
test_first_use_by_many_threads (void)
{
  g_autoptr (GPtrArray) pools = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree FirstUser *users = g_new0 (FirstUser, N_THREADS);
  pthread_barrier_t start;
  GThread *threads[N_THREADS];

  g_test_summary ("Threads that use a new pool for the first time at once find, add, count and limit in one place");
  for (guint i = 0; i < N_NEW_POOLS; i++)
    g_ptr_array_add (pools, intern_pool_new ());
  pthread_barrier_init (&start, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    {
      users[i].pools = (InternPool **) pools->pdata;
      users[i].start = &start;
      users[i].number = i;
      threads[i] = g_thread_new ("first", use_first, &users[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_NEW_POOLS; i++)
    check_first_use (users, i);
  pthread_barrier_destroy (&start);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  make_texts ();

  g_test_add_func ("/threads/default-pool-is-made-once", test_default_pool_is_made_once);
  g_test_add_func ("/threads/one-address-for-each-string", test_one_address_for_each_string);
  g_test_add_func ("/threads/all-other-calls-work-meanwhile", test_looking_around_meanwhile);
  g_test_add_func ("/threads/each-string-is-emitted-once", test_each_string_is_emitted_once);
  g_test_add_func ("/threads/first-use-by-many-threads", test_first_use_by_many_threads);
  g_test_add_func ("/threads/pools-come-and-go", test_pools_come_and_go);

  return g_test_run ();
}
