/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Data beside strings: see intern_pool_ensure_data(). */

#include <intern-glib.h>
#include <string.h>

/* A pool whose data are counted. */
typedef struct
{
  InternPool *pool;
  guint       n_made;
  gboolean    nested;      /* the data has been made already */
  guint       n_destroyed; /* atomic */
} World;

static World world;

static gpointer
make_copy (InternPool *pool,
           const char *interned,
           gpointer    user_data)
{
  g_assert_true (pool == world.pool);
  world.n_made++;

  return g_strconcat (interned, user_data, NULL);
}

/* Calls the pool: a lock that were held would block. */
static void
destroy_copy (gpointer data)
{
  g_atomic_int_inc ((gint *) &world.n_destroyed);
  if (world.pool != NULL)
    {
      intern_pool_contains (world.pool, data);
      intern_pool_release (world.pool, intern_pool_acquire (world.pool, "a string of the function"));
    }
  g_free (data);
}

static void
count_destroyed (gpointer data)
{
  world.n_destroyed++;
}

static void
set_up (InternPool *pool,
        guint       n_data)
{
  world = (World) { .pool = pool };
  for (guint i = 0; i < n_data; i++)
    intern_pool_set_data_destroy (pool, i, destroy_copy);
}

static InternPool *
pool_with_data (guint n_data)
{
  return g_object_new (INTERN_TYPE_POOL, "n-data", n_data, NULL);
}

/* Gives a string data and checks it. */
static const char *
put (const char *interned,
     guint       index)
{
  g_autofree char *suffix = g_strdup_printf ("-%u", index);
  g_autofree char *expected = g_strconcat (interned, suffix, NULL);
  const char *data = intern_pool_ensure_data (world.pool, interned, index, make_copy, suffix);

  g_assert_cmpstr (data, ==, expected);
  g_assert_true (intern_pool_get_data (world.pool, interned, index) == data);

  return data;
}

static void
test_property (void)
{
  g_autoptr (InternPool) without = intern_pool_new ();
  g_autoptr (InternPool) pool = pool_with_data (4);
  guint n_data;

  g_test_summary ("n-data is set when the pool is made, and is 0 otherwise");
  g_assert_cmpuint (intern_pool_get_n_data (without), ==, 0);
  g_assert_cmpuint (intern_pool_get_n_data (pool), ==, 4);
  g_object_get (pool, "n-data", &n_data, NULL);
  g_assert_cmpuint (n_data, ==, 4);
}

static void
test_made_once (void)
{
  g_autoptr (InternPool) pool = pool_with_data (4);
  const char *a = intern_pool_intern (pool, "a");
  const char *b = intern_pool_acquire (pool, "b");
  const char *first;

  g_test_summary ("Each pointer of each string is made once and apart from the others, and NULL is none");
  set_up (pool, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_null (intern_pool_get_data (pool, a, i));
  first = put (a, 0);
  g_assert_true (put (a, 0) == first);
  g_assert_cmpuint (world.n_made, ==, 1);
  g_assert_null (intern_pool_get_data (pool, a, 1));
  put (a, 3);
  put (b, 3);
  put (b, 1);
  g_assert_cmpuint (world.n_made, ==, 4);
  g_assert_true (intern_pool_get_data (pool, a, 0) == first);
  g_assert_null (intern_pool_get_data (pool, NULL, 0));
  g_assert_null (intern_pool_ensure_data (pool, NULL, 0, make_copy, NULL));
  g_assert_cmpuint (world.n_destroyed, ==, 0);

  world.pool = NULL;
  g_clear_object (&pool);
  g_assert_cmpuint (world.n_destroyed, ==, 4);
}

static gpointer
make_none (InternPool *pool,
           const char *interned,
           gpointer    user_data)
{
  return NULL;
}

/* As a thread that was slower: meanwhile the string has got its data. */
static gpointer
make_late (InternPool *pool,
           const char *interned,
           gpointer    user_data)
{
  const char **winner = user_data;

  *winner = put (interned, 1);

  return make_copy (pool, interned, (gpointer) "-late");
}

static void
test_late_data_is_destroyed (void)
{
  g_autoptr (InternPool) pool = pool_with_data (2);
  const char *a = intern_pool_intern (pool, "a");
  const char *winner = NULL;

  g_test_summary ("What is made for a string that has got data meanwhile is destroyed, and the caller gets that");
  set_up (pool, 2);
  g_assert_cmpstr (intern_pool_ensure_data (pool, a, 1, make_late, &winner), ==, "a-1");
  g_assert_true (intern_pool_get_data (pool, a, 1) == winner);
  g_assert_null (intern_pool_get_data (pool, a, 0));
  g_assert_cmpuint (world.n_made, ==, 2);
  g_assert_cmpuint (world.n_destroyed, ==, 1);
  world.pool = NULL;
}

static void
test_none_is_made (void)
{
  g_autoptr (InternPool) pool = pool_with_data (1);
  const char *a = intern_pool_intern (pool, "a");

  g_test_summary ("A function that makes nothing is called again; without a destroy function nothing is destroyed");
  world = (World) { .pool = pool };
  g_assert_null (intern_pool_ensure_data (pool, a, 0, make_none, NULL));
  g_assert_null (intern_pool_get_data (pool, a, 0));
  g_free ((gpointer) put (a, 0));
}

/* As a thread that was slower, and that makes the same pointer as the faster one. */
static gpointer
make_same (InternPool *pool,
             const char *interned,
             gpointer    user_data)
{
  const gboolean slower = !world.nested;

  world.n_made++;
  world.nested = TRUE;
  if (slower)
    g_assert_true (intern_pool_ensure_data (pool, interned, 0, make_same, user_data) == user_data);

  return user_data;
}

static void
test_shared_data (void)
{
  g_autoptr (InternPool) pool = pool_with_data (1);
  g_autoptr (InternPool) owner = pool_with_data (1);
  int shared;

  g_test_summary ("Two threads may make the same: without a function nothing is destroyed, with one each reference");
  world = (World) { .pool = pool };
  g_assert_true (intern_pool_ensure_data (pool, intern_pool_intern (pool, "a"), 0, make_same, &shared) == &shared);
  g_assert_cmpuint (world.n_made, ==, 2);

  world = (World) { .pool = owner };
  intern_pool_set_data_destroy (owner, 0, count_destroyed);
  g_assert_true (intern_pool_ensure_data (owner, intern_pool_intern (owner, "a"), 0, make_same, &shared) == &shared);
  g_assert_cmpuint (world.n_made, ==, 2);
  g_assert_cmpuint (world.n_destroyed, ==, 1);
  world.pool = NULL;
  g_clear_object (&owner);
  g_assert_cmpuint (world.n_destroyed, ==, 2);
}

static void
test_dies_with_its_string (void)
{
  g_autoptr (InternPool) pool = pool_with_data (2);
  const char *string;

  g_test_summary ("The last release destroys the data, and a new string in the same room has none");
  set_up (pool, 2);
  for (guint i = 0; i < 1000; i++)
    {
      string = intern_pool_acquire (pool, i % 2 == 0 ? "some string" : "another one");
      g_assert_null (intern_pool_get_data (pool, string, 0));
      g_assert_null (intern_pool_get_data (pool, string, 1));
      put (string, 0);
      put (string, 1);
      intern_pool_acquire_interned (pool, string);
      intern_pool_release (pool, string);
      g_assert_cmpuint (world.n_destroyed, ==, 2 * i);
      intern_pool_release (pool, string);
      g_assert_cmpuint (world.n_destroyed, ==, 2 * i + 2);
    }

  string = intern_pool_acquire (pool, "some string");
  put (string, 0);
  g_assert_true (intern_pool_intern (pool, "some string") == string);
  intern_pool_release (pool, string);
  g_assert_cmpuint (world.n_destroyed, ==, 2000);
  put (string, 0);
  world.pool = NULL;
}

#define N_MANY 10000

static void
test_cleared (void)
{
  g_autoptr (InternPool) pool = pool_with_data (1);
  g_autoptr (GBytes) name_7 = g_bytes_new_static ("name 7", 6);
  g_autoptr (GBytes) view = NULL;

  g_test_summary ("clear() destroys the data of all strings, also if a view keeps the memory, and the pool goes on");
  set_up (pool, 1);
  for (guint round = 1; round <= 3; round++)
    {
      for (guint i = 0; i < N_MANY; i++)
        {
          g_autofree char *name = g_strdup_printf ("name %u", i);

          put (i % 2 == 0 ? intern_pool_intern (pool, name) : intern_pool_acquire (pool, name), 0);
        }
      g_clear_pointer (&view, g_bytes_unref);
      view = intern_pool_intern_bytes (pool, name_7, NULL);
      intern_pool_clear (pool);
      g_assert_cmpuint (world.n_made, ==, round * N_MANY);
      g_assert_cmpuint (world.n_destroyed, ==, round * N_MANY);
    }
}

static void
check_layered (InternPool *pool,
               const char *layered,
               const char *own)
{
  const char *mortal;

  set_up (pool, 4);
  g_assert_cmpuint (intern_pool_get_n_data (pool), ==, 4);
  g_assert_null (intern_pool_get_data (pool, layered, 0));
  put (layered, 0);
  put (layered, 3);
  put (own, 0);
  for (guint i = 0; i < 100; i++)
    {
      mortal = intern_pool_acquire (pool, "a mortal string");
      g_assert_null (intern_pool_get_data (pool, mortal, 2));
      put (mortal, 2);
      intern_pool_release (pool, mortal);
      g_assert_cmpuint (world.n_destroyed, ==, i + 1);
    }
}

static void
test_child (void)
{
  g_autoptr (InternPool) parent = pool_with_data (1);
  g_autoptr (InternPool) child = NULL;
  const char *string = intern_pool_intern (parent, "a string of the parent");
  const char *of_parent;

  g_test_summary ("A frozen parent gets data, and a child keeps data of its own beside the same strings");
  set_up (parent, 1);
  intern_pool_freeze (parent);
  of_parent = put (string, 0);
  child = intern_pool_new_child (parent, NULL);
  check_layered (child, string, intern_pool_intern (child, "a string of the child"));
  g_assert_true (intern_pool_get_data (parent, string, 0) == of_parent);

  intern_pool_clear (child);
  g_assert_cmpuint (world.n_destroyed, ==, 103);
  g_assert_null (intern_pool_get_data (child, string, 0));
  put (string, 0);
  world.pool = NULL;
  g_clear_object (&child);
  g_assert_cmpuint (world.n_destroyed, ==, 104);
  g_assert_true (intern_pool_get_data (parent, string, 0) == of_parent);
  g_clear_object (&parent);
  g_assert_cmpuint (world.n_destroyed, ==, 105);
}

static void
test_snapshot (void)
{
  g_autoptr (InternPool) saved = intern_pool_new ();
  g_autoptr (InternPool) pool = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *string;

  g_test_summary ("Strings of a snapshot have data, also after clear()");
  intern_pool_intern (saved, "a string of the snapshot");
  bytes = intern_pool_to_bytes (saved, NULL);
  pool = intern_pool_new_from_bytes (bytes, NULL);
  string = intern_pool_lookup (pool, "a string of the snapshot");
  check_layered (pool, string, intern_pool_intern (pool, "a new string"));
  intern_pool_clear (pool);
  g_assert_cmpuint (world.n_destroyed, ==, 103);
  string = intern_pool_intern (pool, "a string of the snapshot");
  check_layered (pool, string, intern_pool_intern (pool, "a new string"));
  world.pool = NULL;
}

static InternPool *
new_child (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();

  intern_pool_intern (parent, "a string of the parent");
  intern_pool_freeze (parent);

  return intern_pool_new_child (parent, NULL);
}

static void
test_unused (void)
{
  g_autoptr (InternPool) child = new_child ();
  const char *string = intern_pool_lookup (child, "a string of the parent");

  g_test_summary ("A child whose strings have no data finds none, and destroys none when it is cleared or freed");
  g_assert_null (intern_pool_get_data (child, string, 0));
  set_up (child, 1);
  g_assert_null (intern_pool_get_data (child, string, 0));
  intern_pool_clear (child);
  world.pool = NULL;
  g_clear_object (&child);
  g_assert_cmpuint (world.n_destroyed, ==, 0);
}

static guint64
memory_of (InternPool *pool)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);

  return stats.memory_usage;
}

static void
test_memory (void)
{
  g_autoptr (InternPool) child = new_child ();
  guint64 before;

  g_test_summary ("The data of a child counts as memory of the pool, until it is cleared");
  set_up (child, 1);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("string %u", i);

      intern_pool_intern (child, text);
    }
  before = memory_of (child);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("string %u", i);

      put (intern_pool_lookup (child, text), 0);
    }
  /* An array of four pointers each, and a table with as many addresses. */
  g_assert_cmpuint (memory_of (child), >=, before + 1000 * 6 * sizeof (gpointer));
  g_assert_cmpuint (memory_of (child), <=, before + 1000 * 16 * sizeof (gpointer));
  intern_pool_clear (child);
  g_assert_cmpuint (memory_of (child), <, before);
  world.pool = NULL;
}

static void
test_limits (void)
{
  g_autoptr (InternPool) pool = pool_with_data (1);
  g_autoptr (GError) error = NULL;
  const char *string;

  g_test_summary ("A pool whose strings have data may be limited");
  set_up (pool, 1);
  string = intern_pool_intern (pool, "oak");
  put (string, 0);
  intern_pool_set_max_strings (pool, 2);
  put (intern_pool_intern (pool, "elm"), 0);
  g_assert_null (intern_pool_try_intern (pool, "ash", &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  put (string, 0);
  g_assert_cmpuint (world.n_made, ==, 2);
  world.pool = NULL;
}

static void
test_misuse (void)
{
  g_autoptr (InternPool) pool = pool_with_data (1);
  const char *a = intern_pool_intern (pool, "a");

  g_test_summary ("An index that the pool has no room for is a critical");
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*index < self->n_data*");
  g_assert_null (intern_pool_get_data (pool, a, 1));
  g_test_assert_expected_messages ();
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*index < self->n_data*");
  g_assert_null (intern_pool_ensure_data (pool, a, 1, make_none, NULL));
  g_test_assert_expected_messages ();
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*index < self->n_data*");
  intern_pool_set_data_destroy (pool, 1, g_free);
  g_test_assert_expected_messages ();
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*make != NULL*");
  g_assert_null (intern_pool_ensure_data (pool, a, 0, NULL, NULL));
  g_test_assert_expected_messages ();
}

static void
test_foreign_strings (void)
{
  /* No pool has a string that begins at the end of zeros. */
  static const _Alignas (16) char zeros[64];
  g_autoptr (InternPool) pool = pool_with_data (1);

  g_test_summary ("A pointer that is not of a pool has no data, and is a critical");
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*intern_pool_get_data*is_foreign*");
  g_assert_null (intern_pool_get_data (pool, zeros + 48, 0));
  g_test_assert_expected_messages ();
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*intern_pool_ensure_data*is_foreign*");
  g_assert_null (intern_pool_ensure_data (pool, zeros + 48, 0, make_none, NULL));
  g_test_assert_expected_messages ();
}

/* Threads */

#define N_THREADS 6
#define N_NAMES 16
#define N_STEPS 20000

typedef struct
{
  InternPool *pool;
  guint       number;
  guint       n_made; /* by this thread */
} Worker;

static gint n_living; /* data: atomic */

static gpointer
make_shared (InternPool *pool,
             const char *interned,
             gpointer    user_data)
{
  Worker *worker = user_data;

  worker->n_made++;
  g_atomic_int_inc (&n_living);

  return g_strdup (interned);
}

static void
destroy_shared (gpointer data)
{
  /* No thread may read it any more: a memory checker sees it. */
  memset (data, '!', strlen (data));
  g_atomic_int_add (&n_living, -1);
  g_free (data);
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;

  for (guint i = 0; i < N_STEPS; i++)
    {
      char name[16];
      const char *string;

      g_snprintf (name, sizeof name, "name %u", (i * 7 + worker->number) % N_NAMES);
      string = intern_pool_acquire (worker->pool, name);
      g_assert_cmpstr (intern_pool_ensure_data (worker->pool, string, 0, make_shared, worker), ==, name);
      g_assert_cmpstr (intern_pool_get_data (worker->pool, string, 0), ==, name);
      if (i % 64 == 0)
        intern_pool_trim (worker->pool);
      intern_pool_release (worker->pool, string);
    }

  return NULL;
}

static void
run_threads (InternPool *pool)
{
  GThread *threads[N_THREADS];
  Worker workers[N_THREADS];
  guint n_made = 0;

  intern_pool_set_data_destroy (pool, 0, destroy_shared);
  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i] = (Worker) { pool, i, 0 };
      threads[i] = g_thread_new ("worker", work, &workers[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      n_made += workers[i].n_made;
    }
  g_assert_cmpuint (n_made, >=, N_NAMES);
  g_assert_cmpint (g_atomic_int_get (&n_living), ==, 0);
}

static void
test_threads (void)
{
  g_autoptr (InternPool) pool = pool_with_data (1);
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;

  g_test_summary ("Threads share the data of living strings, and the data of dead ones is destroyed once");
  run_threads (pool);
  intern_pool_freeze (parent);
  child = intern_pool_new_child (parent, NULL);
  run_threads (child);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/data/property", test_property);
  g_test_add_func ("/data/made-once", test_made_once);
  g_test_add_func ("/data/late-data-is-destroyed", test_late_data_is_destroyed);
  g_test_add_func ("/data/none-is-made", test_none_is_made);
  g_test_add_func ("/data/shared", test_shared_data);
  g_test_add_func ("/data/dies-with-its-string", test_dies_with_its_string);
  g_test_add_func ("/data/cleared", test_cleared);
  g_test_add_func ("/data/child", test_child);
  g_test_add_func ("/data/snapshot", test_snapshot);
  g_test_add_func ("/data/unused", test_unused);
  g_test_add_func ("/data/memory", test_memory);
  g_test_add_func ("/data/limits", test_limits);
  g_test_add_func ("/data/misuse", test_misuse);
  g_test_add_func ("/data/foreign-strings", test_foreign_strings);
  g_test_add_func ("/data/threads", test_threads);

  return g_test_run ();
}
