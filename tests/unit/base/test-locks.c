/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A fork takes every initialised lock of the library, not only those of a list in a test. */

#include "config.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "intern-glib.h"
#include "base/lock.h"
#include "sanitizers.h"

#define N_STRINGS 100 /* more than the first shard holds with tiny sizes */

static guint n_locks, n_free; /* at the last fork */

static void
count_lock (InternLock *lock,
            gpointer    user_data)
{
  n_locks++;
  if (!intern_trylock (lock))
    return;

  n_free++;
  intern_unlock (lock);
}

/* Runs after the handlers of the library: it is registered before them. */
static void
look_before_fork (void)
{
  n_locks = n_free = 0;
  intern_lock_foreach (count_lock, NULL);
}

static void
fork_once (void)
{
  const pid_t pid = fork ();
  int status;

  if (pid == 0)
    _exit (0);

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
}

static void
fill (InternPool *pool,
      const char *prefix)
{
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = g_strdup_printf ("%s %u", prefix, i);

      intern_pool_atom_from_string (pool, string);
      intern_pool_release (pool, intern_pool_acquire (pool, string));
    }
}

static gboolean
cannot_follow_forks (void)
{
  if (ON_TSAN)
    g_test_skip ("ThreadSanitizer cannot follow as many locks as a fork takes");

  return ON_TSAN;
}

static void
test_fork_takes_every_lock (void)
{
  g_autoptr (InternPool) pool = NULL;
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPool) child = NULL;
  g_autoptr (InternPoolModel) model = NULL;
  g_autoptr (GListModel) item = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_test_summary ("A fork takes every lock of pools, stores, models and debug notes");
  if (cannot_follow_forks ())
    return;

  pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 10 * N_STRINGS, "stats-interval", 1000, NULL);
  fill (pool, "pool");
  bytes = intern_pool_to_bytes (pool, NULL);
  opened = intern_pool_new_from_bytes (bytes, NULL);
  fill (opened, "opened");
  intern_pool_freeze (opened);
  child = intern_pool_new_child (opened, NULL);
  fill (child, "child");
  model = intern_pool_model_new (child);
  item = g_list_model_get_item (G_LIST_MODEL (model), 0);
  fill (intern_pool_get_default (), "default");

  fork_once ();
  g_assert_cmpuint (n_locks, >, 40);
  g_assert_cmpuint (n_free, ==, 0);

  /* They were released. */
  fill (child, "more");
  g_assert_true (intern_pool_contains (pool, "pool 7"));
}

static void
test_forgotten_lock_is_seen (void)
{
  InternLock forgotten;

  g_test_summary ("The test sees a lock that a fork does not take");
  if (cannot_follow_forks ())
    return;

  intern_lock_init (&forgotten);
  fork_once ();
  g_assert_cmpuint (n_free, ==, 1);
  intern_lock_clear (&forgotten);
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("INTERN_DEBUG", "references", TRUE);
  pthread_atfork (look_before_fork, NULL, NULL);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/locks/fork-takes-every-lock", test_fork_takes_every_lock);
  g_test_add_func ("/locks/forgotten-lock-is-seen", test_forgotten_lock_is_seen);

  return g_test_run ();
}
