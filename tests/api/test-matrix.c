/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every public call, from one thread and from several, while another thread clears the pool, freezes it, saves it,
 * forks, cancels, or leaves the process. The calls come from the description of the library for bindings: see
 * matrix.py.
 *
 * Nothing here knows what a call returns, other than a string that can be read. What is wrong is a crash, a critical, a
 * thread that waits for ever, memory that is read after it is freed, and a race that ThreadSanitizer sees. */

#include <glib/gstdio.h>
#include <intern-glib.h>
#include <pthread.h> /* ThreadSanitizer sees its locks, not those of GLib */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitizers.h"

#define N_DATA 2
#define N_WORDS 200

typedef struct
{
  InternPool      *pool;        /* of all threads */
  InternPool      *frozen;      /* of all threads */
  InternPool      *own;         /* (owned) of this one */
  InternPool      *own_frozen;  /* (nullable) the same as own, once */
  GBytes          *text;
  GBytes          *atoms;
  GBytes          *snapshot;
  GFile           *file;        /* (owned) */
  GCancellable    *cancellable; /* (owned) */
  InternPoolStats  stats;
  GRand           *rand;        /* (owned) */
  gboolean         waits;
} World;

typedef struct
{
  const char *name;
  void      (*call) (World *world);
  gboolean    beside_clear; /* it may run while the pool is cleared */
  gboolean    in_child;     /* a child of a process with threads may call it */
  gboolean    is_async;
} Call;

/* Values */

static const char *words[N_WORDS + 1];
static const guint32 some_atoms[] = { 1, 2, 0, 3 };

static guint
random_below (World *world,
              guint  n)
{
  return (guint) g_rand_int_range (world->rand, 0, (gint32) n);
}

static const char *
random_word (World *world)
{
  return words[random_below (world, N_WORDS)];
}

static const char *
interned_word (World *world)
{
  return intern_pool_intern (world->pool, random_word (world));
}

static const char *
acquired_word (World *world)
{
  return intern_pool_acquire (world->pool, random_word (world));
}

/* Or none, if the pool is frozen. */
static InternAtom
random_atom (World *world)
{
  return intern_pool_atom_from_string (world->pool, random_word (world));
}

static InternPoolItem *
new_item (World *world)
{
  g_autoptr (InternPoolModel) model = intern_pool_model_new (world->frozen);

  return g_list_model_get_item (G_LIST_MODEL (model), random_below (world, N_WORDS));
}

static void
see (const char *string)
{
  g_assert_true (string == NULL || strlen (string) < 100);
}

static gboolean
see_string (const char *string,
            gsize       length,
            gpointer    user_data)
{
  g_assert_cmpuint (strlen (string), ==, length);

  return TRUE;
}

static gboolean
see_bytes (const guint8 *data,
           gsize         length,
           gpointer      user_data)
{
  g_assert_cmpuint (strlen ((const char *) data), ==, length);

  return TRUE;
}

static void
see_progress (guint64  n_bytes,
              guint64  n_strings,
              gpointer user_data)
{
  g_assert_cmpuint (n_bytes, >=, n_strings);
}

static gpointer
make_data (InternPool *pool,
           const char *interned,
           gpointer    user_data)
{
  return g_strdup (interned);
}

/* A missing value is a NULL between the others. */
static void
free_decoded (char **strings)
{
  for (guint i = 0; strings != NULL && i < G_N_ELEMENTS (some_atoms); i++)
    g_free (strings[i]);
  g_free (strings);
}

/* Refused, cancelled, or there is no such file yet. */
static void
check_error (const GError *error)
{
  g_assert_true (error == NULL || error->domain == INTERN_ERROR || error->domain == G_IO_ERROR);
}

static void
wait_for_result (World *world)
{
  world->waits = TRUE;
  while (world->waits)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}

#include "matrix-calls.h"

/* What happens meanwhile */

typedef enum
{
  EVENT_NOTHING,
  EVENT_CLEAR,
  EVENT_FREEZE,
  EVENT_SAVE,
  EVENT_FORK,
  EVENT_CANCEL,
  N_EVENTS
} Event;

static const char *event_names[N_EVENTS] = { "nothing", "clear", "freeze", "save", "fork", "cancel" };

typedef struct
{
  Event             event;
  guint             n_steps;
  char             *folder;
  World             shared;
  pthread_rwlock_t  searching;   /* read by calls that may not run beside clear() */
  pthread_mutex_t   lock;
  GCancellable     *cancellable; /* (owned) guarded by lock: the threads take it for each call */
  gint              n_running;   /* atomic */
  gint              n_calls[G_N_ELEMENTS (calls)]; /* atomic */
} Matrix;

static __attribute__ ((noreturn)) void
run_child (Matrix *matrix,
           World  *world)
{
  /* A child that hangs is killed, and fails the test. */
  alarm (60);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (calls[i].in_child)
      calls[i].call (world);
  /* Not exit(): the threads of the parent are not here. */
  _exit (0);
}

static void
fork_once (Matrix *matrix,
           World  *world)
{
  const pid_t pid = fork ();
  int status;

  if (pid == 0)
    run_child (matrix, world);
  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
cancel_once (Matrix *matrix)
{
  g_autoptr (GCancellable) former = NULL;

  pthread_mutex_lock (&matrix->lock);
  former = g_steal_pointer (&matrix->cancellable);
  matrix->cancellable = g_cancellable_new ();
  pthread_mutex_unlock (&matrix->lock);
  g_cancellable_cancel (former);
}

static void
happen (Matrix *matrix,
        World  *world,
        guint   round)
{
  g_autoptr (GBytes) bytes = NULL;

  switch (matrix->event)
    {
    case EVENT_CLEAR:
      pthread_rwlock_wrlock (&matrix->searching);
      intern_pool_clear (world->pool);
      pthread_rwlock_unlock (&matrix->searching);
      break;
    case EVENT_FREEZE:
      if (round > 20)
        intern_pool_freeze (world->pool);
      break;
    case EVENT_SAVE:
      bytes = intern_pool_to_bytes (world->pool, NULL);
      g_assert_nonnull (bytes);
      break;
    case EVENT_FORK:
      fork_once (matrix, world);
      break;
    case EVENT_CANCEL:
      cancel_once (matrix);
      break;
    case EVENT_NOTHING:
    case N_EVENTS:
    default:
      break;
    }
}

/* Threads */

static InternPool *
new_pool (void)
{
  InternPool *pool = g_object_new (INTERN_TYPE_POOL, "n-data", N_DATA, NULL);

  for (guint i = 0; i < N_DATA; i++)
    intern_pool_set_data_destroy (pool, i, g_free);
  for (guint i = 0; i < N_WORDS; i += 2)
    intern_pool_intern (pool, words[i]);

  return pool;
}

static World *
new_world (Matrix *matrix)
{
  static gint number;
  World *world = g_memdup2 (&matrix->shared, sizeof matrix->shared);
  g_autofree char *name = g_strdup_printf ("%d", g_atomic_int_add (&number, 1));

  world->file = g_file_new_build_filename (matrix->folder, name, NULL);
  world->rand = g_rand_new_with_seed ((guint32) g_random_int ());
  world->own = new_pool ();
  intern_pool_get_stats (world->frozen, &world->stats);

  return world;
}

static void
free_world (World *world)
{
  g_file_delete (world->file, NULL, NULL);
  g_object_unref (world->file);
  g_object_unref (world->own);
  g_rand_free (world->rand);
  g_free (world);
}

static void
step (Matrix *matrix,
      World  *world)
{
  const Call *call = &calls[random_below (world, G_N_ELEMENTS (calls))];
  const gboolean excludes = matrix->event == EVENT_CLEAR && !call->beside_clear;

  if (call->is_async && TASKS_ARE_HIDDEN)
    return;

  pthread_mutex_lock (&matrix->lock);
  world->cancellable = g_object_ref (matrix->cancellable);
  pthread_mutex_unlock (&matrix->lock);
  world->own_frozen = world->own;
  if (excludes)
    pthread_rwlock_rdlock (&matrix->searching);
  call->call (world);
  g_atomic_int_inc (&matrix->n_calls[call - calls]);
  if (excludes)
    pthread_rwlock_unlock (&matrix->searching);
  /* It was frozen. */
  if (world->own_frozen == NULL)
    {
      g_object_unref (world->own);
      world->own = new_pool ();
    }
  g_clear_object (&world->cancellable);
}

static gpointer
run_thread (gpointer data)
{
  Matrix *matrix = data;
  World *world = new_world (matrix);
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < matrix->n_steps; i++)
    step (matrix, world);
  while (g_main_context_iteration (context, FALSE))
    continue;
  g_main_context_pop_thread_default (context);
  free_world (world);
  g_atomic_int_add (&matrix->n_running, -1);

  return NULL;
}

static void
set_up (Matrix *matrix,
        Event   event,
        guint   n_steps)
{
  g_autofree guint32 *atoms = NULL;
  gsize n_atoms;

  *matrix = (Matrix) { .event = event, .n_steps = n_steps };
  /* A process that leaves removes nothing: the test does. */
  matrix->folder = g_strdup (g_getenv ("INTERN_MATRIX_FOLDER"));
  if (matrix->folder == NULL)
    matrix->folder = g_dir_make_tmp ("intern-matrix-XXXXXX", NULL);
  g_assert_nonnull (matrix->folder);
  pthread_rwlock_init (&matrix->searching, NULL);
  pthread_mutex_init (&matrix->lock, NULL);
  matrix->cancellable = g_cancellable_new ();
  matrix->shared.pool = new_pool ();
  matrix->shared.frozen = new_pool ();
  atoms = intern_pool_encode (matrix->shared.frozen, words, -1, &n_atoms, NULL);
  matrix->shared.atoms = g_bytes_new (atoms, n_atoms * sizeof *atoms);
  matrix->shared.snapshot = intern_pool_to_bytes (matrix->shared.frozen, NULL);
  intern_pool_freeze (matrix->shared.frozen);
  matrix->shared.text = g_bytes_new_static ("a\nword 1\nword 2\n\nword 1\nnew", 27);
}

static void
tear_down (Matrix *matrix)
{
  g_clear_object (&matrix->shared.pool);
  g_clear_object (&matrix->shared.frozen);
  g_clear_pointer (&matrix->shared.atoms, g_bytes_unref);
  g_clear_pointer (&matrix->shared.snapshot, g_bytes_unref);
  g_clear_pointer (&matrix->shared.text, g_bytes_unref);
  g_clear_object (&matrix->cancellable);
  g_assert_cmpint (g_rmdir (matrix->folder), ==, 0);
  g_free (matrix->folder);
  pthread_rwlock_destroy (&matrix->searching);
  pthread_mutex_destroy (&matrix->lock);
}

/* Threads end and others begin, until all have taken their steps. */
static void
run (Event event,
     guint n_threads)
{
  Matrix matrix;
  GThread *threads[8];
  World *world;
  guint n_rounds = 0;

  set_up (&matrix, event, (g_test_slow () ? 100000 : 2000) / n_threads);
  world = new_world (&matrix);
  g_atomic_int_set (&matrix.n_running, (gint) n_threads);
  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("calls", run_thread, &matrix);
  while (g_atomic_int_get (&matrix.n_running) > 0)
    {
      happen (&matrix, world, n_rounds++);
      g_usleep (1000);
    }
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (n_rounds, >, 0);
  g_test_message ("%s: %u threads, %u times", event_names[event], n_threads, n_rounds);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (!calls[i].is_async || !TASKS_ARE_HIDDEN)
      g_assert_cmpint (g_atomic_int_get (&matrix.n_calls[i]), >, 0);
  free_world (world);
  tear_down (&matrix);
}

static void
test_event (gconstpointer data)
{
  const Event event = (Event) GPOINTER_TO_UINT (data);

  g_test_summary ("Every call, from one thread and from many, survives what happens beside it");
  if (event == EVENT_FORK && ON_TSAN)
    {
      g_test_skip ("ThreadSanitizer does not follow a fork of a threaded process");
      return;
    }
  if (event == EVENT_CANCEL && TASKS_ARE_HIDDEN)
    {
      g_test_skip ("ThreadSanitizer does not see who frees a GCancellable");
      return;
    }
  run (event, 1);
  run (event, 4);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_exit (void)
{
  g_autofree char *folder = NULL;

  g_test_summary ("A process leaves while its threads are in any call");
  if (g_test_subprocess ())
    {
      Matrix *matrix = g_new (Matrix, 1);

      set_up (matrix, EVENT_NOTHING, G_MAXUINT);
      for (guint i = 0; i < 4; i++)
        g_thread_unref (g_thread_new ("calls", run_thread, matrix));
      g_usleep (20000);
      exit (0);
    }
  if (ON_TSAN || ON_ASAN)
    {
      g_test_skip ("A sanitizer reports what threads hold when the process leaves");
      return;
    }

  folder = g_dir_make_tmp ("intern-matrix-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_setenv ("INTERN_MATRIX_FOLDER", folder, TRUE);
  for (guint i = 0; i < (g_test_slow () ? 200 : 10); i++)
    {
      g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
      g_test_trap_assert_passed ();
    }
  g_unsetenv ("INTERN_MATRIX_FOLDER");
  remove_folder (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < N_WORDS; i++)
    words[i] = g_strdup_printf ("word %u", i);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      g_autofree char *path = g_strconcat ("/matrix/", event_names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_event);
    }
  g_test_add_func ("/matrix/exit", test_exit);

  return g_test_run ();
}
