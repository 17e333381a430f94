/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitizers.h"

#define N_THREADS 4

typedef struct
{
  InternPool *pool;
  guint       number;
  gint        stop; /* atomic */
} Busy;

static gpointer
intern_until_stopped (gpointer data)
{
  Busy *busy = data;

  for (guint i = 0; !g_atomic_int_get (&busy->stop); i++)
    {
      const guint own[2] = { busy->number, i };

      /* A limit, so that the threads run all of the code: hits, misses, refusals. */
      intern_pool_intern_len (busy->pool, (const char *) own, sizeof own);
      intern_pool_lookup (busy->pool, "kept");
      intern_pool_release (busy->pool, intern_pool_acquire (busy->pool, "held for a moment"));
      intern_pool_get_stats_interval (busy->pool);
      if (i % 64 == 0)
        {
          InternPoolStats stats;

          intern_pool_get_stats (busy->pool, &stats);
        }
    }

  return NULL;
}

static gboolean
child_can_use (InternPool *pool,
               const char *kept)
{
  InternPoolStats stats;

  intern_pool_set_max_strings (pool, 0);
  intern_pool_get_stats_interval (pool);
  intern_pool_release (pool, intern_pool_acquire (pool, "held in the child"));
  for (guint i = 0; i < 2000; i++)
    {
      const guint own[2] = { G_MAXUINT, i };

      if (intern_pool_intern_len (pool, (const char *) own, sizeof own) == NULL)
        return FALSE;
    }
  intern_pool_get_stats (pool, &stats);

  return intern_pool_intern (pool, "kept") == kept && stats.n_strings >= 2000;
}

static void
fork_once (InternPool *pool,
           const char *kept)
{
  const pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      /* A child that hangs is killed, and fails the test. */
      alarm (20);
      _exit (child_can_use (pool, kept) ? 0 : 1);
    }

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
test_child_of_a_busy_process_works (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 100000, NULL);
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  const char *kept = intern_pool_intern (pool, "kept");
  const guint n_forks = g_test_slow () ? 2000 : 200;
  Busy busy[N_THREADS];
  GThread *threads[N_THREADS];

  g_test_summary ("A process that is forked while threads intern can intern");
  if (ON_TSAN)
    {
      g_test_skip ("ThreadSanitizer does not follow a fork of a threaded process");
      return;
    }

  /* The model has not been updated yet. */
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 0);
  for (guint i = 0; i < N_THREADS; i++)
    {
      busy[i] = (Busy) { pool, i, FALSE };
      threads[i] = g_thread_new ("busy", intern_until_stopped, &busy[i]);
    }

  for (guint i = 0; i < n_forks; i++)
    {
      fork_once (pool, kept);
      /* Updates the model, so that the next string wakes it again. */
      g_main_context_iteration (NULL, FALSE);
    }

  for (guint i = 0; i < N_THREADS; i++)
    {
      g_atomic_int_set (&busy[i].stop, TRUE);
      g_thread_join (threads[i]);
    }
}

static void
ignore_cb (InternPool *pool,
           const char *string,
           gpointer    user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
test_child_of_threads_is_silent (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  gboolean called = FALSE;
  Busy busy = { pool, 0, FALSE };
  GThread *thread;
  pid_t pid;
  int status;

  g_test_summary ("In the child of a threaded process a pool interns and emits nothing");
  if (ON_TSAN)
    {
      g_test_skip ("ThreadSanitizer does not follow a fork of a threaded process");
      return;
    }

  thread = g_thread_new ("busy", intern_until_stopped, &busy);
  g_signal_connect (pool, "string-added", G_CALLBACK (ignore_cb), &called);

  pid = fork ();
  if (pid == 0)
    {
      called = FALSE;
      intern_pool_intern (pool, "new in the child");
      _exit (called ? 1 : 0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);

  g_atomic_int_set (&busy.stop, TRUE);
  g_thread_join (thread);
  intern_pool_intern (pool, "new in the parent");
  g_assert_true (called);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fork/child-of-a-busy-process-works", test_child_of_a_busy_process_works);
  g_test_add_func ("/fork/child-of-threads-is-silent", test_child_of_threads_is_silent);

  return g_test_run ();
}
