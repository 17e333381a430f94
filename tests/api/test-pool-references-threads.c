/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>

#include <string.h>

#include "soak-time.h"

#define N_THREADS 8
#define N_NAMES 64
#define N_HELD 4

/* Different strings of one size class, so that each may reuse the memory of any other. */
static char names[N_NAMES][24];

typedef struct
{
  InternPool *pool;
  gint64      end;
  guint       number;
  guint       keep_every; /* one in this many calls makes its string permanent; 0 for none */
  guint64     n_calls;    /* at least */
} Worker;

/* Every step acquires a string, checks the bytes of all strings that this thread holds, and releases one, so that
 * strings die and are added again all the time. */
static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (worker->number);
  const char *held[N_HELD] = { NULL };
  guint which[N_HELD] = { 0 };

  /* However late a thread begins, it takes some steps. */
  for (guint i = 0; i == 0 || i % 256 != 0 || g_get_monotonic_time () < worker->end; i++)
    {
      const guint slot = i % N_HELD;

      intern_pool_release (worker->pool, held[slot]);
      which[slot] = (guint) g_rand_int_range (rand, 0, N_NAMES);
      /* What another thread holds, or is just releasing, or nothing. */
      held[slot] = i % 4 == 0 ? intern_pool_lookup_acquire (worker->pool, names[which[slot]]) : NULL;
      if (held[slot] == NULL)
        held[slot] = intern_pool_acquire (worker->pool, names[which[slot]]);
      worker->n_calls += 2;
      if (i % 8 == 0)
        g_assert_true (intern_pool_acquire_interned (worker->pool, held[slot]) == held[slot]);
      for (guint j = 0; j < N_HELD; j++)
        if (held[j] != NULL)
          g_assert_cmpstr (held[j], ==, names[which[j]]);
      if (i % 8 == 0)
        intern_pool_release (worker->pool, held[slot]);
      if (worker->keep_every != 0 && i % worker->keep_every == 0)
        g_assert_cmpstr (intern_pool_intern (worker->pool, names[i / worker->keep_every % N_NAMES]), ==,
                         names[i / worker->keep_every % N_NAMES]);
      if (i % 64 == 0)
        intern_pool_contains (worker->pool, names[which[slot]]);
    }

  for (guint j = 0; j < N_HELD; j++)
    intern_pool_release (worker->pool, held[j]);

  return NULL;
}

static gboolean
check_shown (const char *string,
             gsize       length,
             gpointer    data)
{
  g_assert_cmpuint (strlen (string), ==, length);
  g_assert_true (g_str_has_prefix (string, "the name is "));

  return TRUE;
}

static InternPoolStats
run (InternPool *pool,
     gint64      end,
     guint       keep_every)
{
  GThread *threads[N_THREADS];
  Worker workers[N_THREADS];
  InternPoolStats stats;
  guint64 n_calls = 0;

  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i] = (Worker) { pool, end, i, keep_every, 0 };
      threads[i] = g_thread_new ("worker", work, &workers[i]);
    }
  while (g_get_monotonic_time () < end)
    intern_pool_foreach (pool, check_shown, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      n_calls += workers[i].n_calls;
    }

  intern_pool_get_stats (pool, &stats);
  g_test_message ("%" G_GUINT64_FORMAT " calls", n_calls);
  g_test_message ("%" G_GUINT64_FORMAT " strings added, %" G_GUINT64_FORMAT " bytes of them in the room of others",
                  stats.n_misses, stats.bytes_recycled);

  return stats;
}

static void
test_all_die (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolStats stats;

  g_test_summary ("With 8 threads on 64 strings every held pointer has its bytes, and no string is left");
  intern_pool_set_emit_added (pool, FALSE);
  stats = run (pool, soak_end_time (), 0);

  g_assert_cmpuint (stats.n_strings, ==, 0);
  g_assert_cmpuint (stats.n_mortal, ==, 0);
  g_assert_cmpuint (stats.bytes_stored, ==, 0);
  g_assert_cmpuint (stats.bytes_recycled, >, 0);
  /* As many as have lived in their part of the pool at one moment, those among them that each
   * thread was just burying; a pool has no more parts than this. */
  g_assert_cmpuint (stats.n_dead, <=, N_NAMES + 32 * N_THREADS);
}

static void
test_some_stay (void)
{
  g_autoptr (InternPool) pool = NULL;
  InternPoolStats stats;
  guint n_rounds = 0;
  const gint64 end = soak_end_time ();

  g_test_summary ("Strings become permanent while other threads acquire and release them");
  do
    {
      g_clear_object (&pool);
      pool = intern_pool_new ();
      stats = run (pool, g_get_monotonic_time () + G_USEC_PER_SEC, 1000);
      n_rounds++;
    }
  while (g_get_monotonic_time () < end);

  g_assert_cmpuint (n_rounds, >, 0);
  g_assert_cmpuint (stats.n_mortal, ==, 0);
  for (guint i = 0; i < N_NAMES; i++)
    {
      const char *string = intern_pool_lookup (pool, names[i]);

      if (string != NULL)
        g_assert_cmpuint (intern_pool_get_ref_count (pool, string), ==, G_MAXUINT);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < N_NAMES; i++)
    g_snprintf (names[i], sizeof names[i], "the name is %02u", i);

  g_test_add_func ("/references/threads/all-strings-die", test_all_die);
  g_test_add_func ("/references/threads/some-become-permanent", test_some_stay);

  return g_test_run ();
}
