/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* clear() needs exclusive access, but these may run without its caller knowing: saving, the model of a list, a monitor
 * of the statistics, a stream in another main loop, an iteration. Each of them sees all strings of one moment. */

#include <glib/gstdio.h>
#include <intern-glib.h>
#include <stdio.h>
#include <string.h>

#include "sanitizers.h"
#include "soak-time.h"

#define N_STRINGS 300
#define MAX_SAVES 4 /* running at a time */

typedef struct
{
  InternPool *pool;
  gint        stop;     /* atomic */
  gint        n_rounds; /* atomic: of all threads but the owner's */
} Stress;

typedef void (*RoundFunc) (Stress *stress);

typedef struct
{
  Stress    *stress;
  RoundFunc  round;
} Worker;

/* Every string of the pool is one of these, so that torn ones are detected. */
static void
check_string (const char *string,
              gsize       length)
{
  char wanted[64];
  unsigned number;

  g_assert_cmpuint (strlen (string), ==, length);
  g_assert_cmpint (sscanf (string, "string %u of many", &number), ==, 1);
  g_snprintf (wanted, sizeof wanted, "string %u of many", number);
  g_assert_cmpstr (string, ==, wanted);
}

static char *
dup_string (guint number)
{
  return g_strdup_printf ("string %u of many", number);
}

static gboolean
check_each (const char *string,
            gsize       length,
            gpointer    user_data)
{
  check_string (string, length);

  return TRUE;
}

static guint
count_checked (InternPool *pool)
{
  intern_pool_foreach (pool, check_each, NULL);

  return intern_pool_get_n_strings (pool);
}

/* Rounds of threads that only read */

static void
round_of_foreach (Stress *stress)
{
  g_auto (GStrv) strings = intern_pool_dup_strings (stress->pool);

  for (char **string = strings; *string != NULL; string++)
    check_string (*string, strlen (*string));
  intern_pool_foreach (stress->pool, check_each, NULL);
}

static void
round_of_to_bytes (Stress *stress)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (stress->pool, &error);
  g_autoptr (InternPool) opened = NULL;

  g_assert_no_error (error);
  opened = intern_pool_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_checked (opened), <=, N_STRINGS);
}

static void
round_of_translate (Stress *stress)
{
  g_autoptr (InternPool) own = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  g_autofree guint32 *atoms = NULL;
  gsize n_atoms;

  atoms = intern_pool_translate (own, stress->pool, &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_checked (own), <=, N_STRINGS);
  for (gsize i = 0; i < n_atoms; i++)
    g_assert_true (atoms[i] == 0 || intern_pool_atom_to_string (own, atoms[i]) != NULL);
}

static void
round_of_stats (Stress *stress)
{
  InternPoolStats stats;

  intern_pool_get_stats (stress->pool, &stats);
  g_assert_cmpuint (stats.n_strings, <=, N_STRINGS);
  g_assert_cmpuint (stats.bytes_stored, >=, stats.n_strings * strlen ("string 1 of many"));
  g_assert_cmpuint (intern_pool_get_n_strings (stress->pool), <=, N_STRINGS);
  g_assert_cmpuint (intern_pool_get_max_strings (stress->pool), ==, 0);
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;

  do
    {
      worker->round (worker->stress);
      g_atomic_int_inc (&worker->stress->n_rounds);
    }
  while (!g_atomic_int_get (&worker->stress->stop));

  return NULL;
}

/* Threads with main loops */

static void
stats_changed_cb (InternPool *pool,
                  Stress     *stress)
{
  round_of_stats (stress);
  g_atomic_int_inc (&stress->n_rounds);
}

static void
iterate_to_the_end (Stress       *stress,
                    GMainContext *context)
{
  while (!g_atomic_int_get (&stress->stop))
    {
      g_main_context_iteration (context, FALSE);
      g_usleep (100);
    }
}

static gpointer
watch (gpointer data)
{
  Stress *stress = data;

  /* The source of the watch belongs to the context that was the thread default when the pool was created. */
  iterate_to_the_end (stress, NULL);

  return NULL;
}

static void
items_changed_cb (GListModel *list,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  Stress     *stress)
{
  const guint n_items = g_list_model_get_n_items (list);

  for (guint i = 0; i < n_items; i += 17)
    {
      g_autoptr (InternPoolItem) item = g_list_model_get_item (list, i);

      check_string (intern_pool_item_get_string (item), intern_pool_item_get_length (item));
    }
  g_atomic_int_inc (&stress->n_rounds);
}

static gpointer
list (gpointer data)
{
  Stress *stress = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  InternPoolModel *model;

  g_main_context_push_thread_default (context);
  model = intern_pool_model_new (stress->pool);
  g_signal_connect (model, "items-changed", G_CALLBACK (items_changed_cb), stress);
  iterate_to_the_end (stress, context);
  g_object_unref (model);
  g_main_context_pop_thread_default (context);

  return NULL;
}

/* A stream that does not use the threads of GLib. */
static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  intern_pool_load_stream_finish (INTERN_POOL (source), result, NULL, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static gpointer
load (gpointer data)
{
  Stress *stress = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < N_STRINGS; i++)
    g_string_append_printf (text, "string %u of many\n", i);
  g_main_context_push_thread_default (context);
  do
    {
      g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data (text->str, (gssize) text->len, NULL);
      gboolean done = FALSE;

      intern_pool_load_stream_async (stress->pool, stream, '\n', G_PRIORITY_DEFAULT, NULL, NULL, NULL, NULL,
                                     loaded_cb, &done);
      while (!done)
        g_main_context_iteration (context, TRUE);
      g_atomic_int_inc (&stress->n_rounds);
    }
  while (!g_atomic_int_get (&stress->stop));
  g_main_context_pop_thread_default (context);

  return NULL;
}

/* The owner fills and clears the pool. Only this thread may search for single strings. */

static void
fill (InternPool *pool)
{
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = dup_string (i);
      const InternAtom atom = i % 3 == 0 ? intern_pool_atom_from_string (pool, string) : 0;

      g_assert_cmpstr (intern_pool_intern (pool, string), ==, string);
      if (atom != 0)
        g_assert_cmpstr (intern_pool_atom_to_string (pool, atom), ==, string);
    }
}

static InternPool *
pool_for_watch (GMainContext *context)
{
  InternPool *pool;

  g_main_context_push_thread_default (context);
  pool = intern_pool_new ();
  g_main_context_pop_thread_default (context);

  return pool;
}

static void
test_what_looks_finds_all (void)
{
  static const RoundFunc rounds[] = { round_of_foreach, round_of_to_bytes, round_of_translate, round_of_stats };
  static const GThreadFunc loops[] = { watch, list, load };
  Stress stress = { .stop = FALSE };
  Worker workers[G_N_ELEMENTS (rounds)];
  GThread *threads[G_N_ELEMENTS (rounds) + G_N_ELEMENTS (loops)];
  const gint64 end = soak_end_time ();
  guint n_clears = 0;

  g_test_summary ("One thread may clear the pool while others iterate, save, translate, list, monitor and load");
  stress.pool = pool_for_watch (NULL);
  g_signal_connect (stress.pool, "stats-changed", G_CALLBACK (stats_changed_cb), &stress);
  intern_pool_set_stats_interval (stress.pool, 1);
  for (guint i = 0; i < G_N_ELEMENTS (loops); i++)
    threads[i] = g_thread_new ("loop", loops[i], &stress);
  for (guint i = 0; i < G_N_ELEMENTS (rounds); i++)
    {
      workers[i] = (Worker) { &stress, rounds[i] };
      threads[G_N_ELEMENTS (loops) + i] = g_thread_new ("round", work, &workers[i]);
    }

  for (; g_get_monotonic_time () < end; n_clears++)
    {
      fill (stress.pool);
      intern_pool_clear (stress.pool);
    }

  g_atomic_int_set (&stress.stop, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_test_message ("%u clears beside %d rounds", n_clears, stress.n_rounds);
  g_assert_cmpuint (n_clears, >, 0);
  g_assert_cmpint (stress.n_rounds, >=, G_N_ELEMENTS (threads));
  g_object_unref (stress.pool);
}

/* Columns */

#define N_VALUES 1000

typedef struct
{
  InternPool  *pool;
  char       **values;  /* (owned) (array length=N_VALUES) */
  guint32     *atoms;   /* (owned) (array length=N_VALUES) */
  gint         started; /* atomic */
} Column;

static void
encode_column (Column *column)
{
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  column->atoms = intern_pool_encode (column->pool, (const char * const *) column->values, N_VALUES, &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_atoms, ==, N_VALUES);
}

static gpointer
encode_in_thread (gpointer data)
{
  Column *column = data;

  g_atomic_int_set (&column->started, TRUE);
  encode_column (column);

  return NULL;
}

static char **
new_values (const char *prefix)
{
  char **values = g_new0 (char *, N_VALUES + 1);

  for (guint i = 0; i < N_VALUES; i++)
    values[i] = g_strdup_printf ("%s %u", prefix, i);

  return values;
}

static void
check_column (const Column *column,
              gboolean      may_be_stale)
{
  for (guint i = 0; i < N_VALUES; i++)
    {
      const char *string = intern_pool_atom_to_string (column->pool, column->atoms[i]);

      if (string != NULL || !may_be_stale)
        g_assert_cmpstr (string, ==, column->values[i]);
    }
}

static void
test_no_atom_has_another_string (void)
{
  g_auto (GStrv) before = new_values ("before"), after = new_values ("after");
  const gint64 end = soak_end_time ();
  guint n_rounds = 0;

  g_test_summary ("An atom of a column that was encoded during clear() has its string or none, whatever comes later");
  for (; n_rounds < 20 || g_get_monotonic_time () < end; n_rounds++)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();
      Column column = { pool, before, NULL, FALSE };
      Column later = { pool, after, NULL, FALSE };
      GThread *thread = g_thread_new ("encode", encode_in_thread, &column);

      while (!g_atomic_int_get (&column.started))
        continue;
      for (volatile guint i = 0; i < n_rounds * 997 % 60000; i++)
        continue;
      intern_pool_clear (pool);
      g_thread_join (thread);
      encode_column (&later);
      check_column (&column, TRUE);
      check_column (&later, FALSE);
      g_free (column.atoms);
      g_free (later.atoms);
    }
  g_test_message ("%u columns beside clears", 2 * n_rounds);
}

/* Settings */

static gpointer
clear_on_and_on (gpointer data)
{
  Stress *stress = data;

  while (!g_atomic_int_get (&stress->stop))
    {
      intern_pool_clear (stress->pool);
      g_atomic_int_inc (&stress->n_rounds);
    }

  return NULL;
}

static void
test_no_setting_is_lost (void)
{
  Stress stress = { .stop = FALSE };
  const gint64 end = soak_end_time ();
  GThread *thread;
  guint n = 0;

  g_test_summary ("What is set while another thread clears the pool stays set");
  stress.pool = g_object_new (INTERN_TYPE_POOL, "n-data", 1, NULL);
  thread = g_thread_new ("clear", clear_on_and_on, &stress);
  do
    {
      n++;
      intern_pool_set_max_strings (stress.pool, n);
      intern_pool_set_max_bytes (stress.pool, n);
      intern_pool_set_data_destroy (stress.pool, 0, n % 2 == 0 ? g_free : NULL);
      g_assert_cmpuint (intern_pool_get_max_strings (stress.pool), ==, n);
      g_assert_cmpuint (intern_pool_get_max_bytes (stress.pool), ==, n);
    }
  while (n < 100 || g_get_monotonic_time () < end || g_atomic_int_get (&stress.n_rounds) == 0);
  g_atomic_int_set (&stress.stop, TRUE);
  g_thread_join (thread);
  g_test_message ("%u settings beside %d clears", 3 * n, stress.n_rounds);
  g_assert_cmpint (stress.n_rounds, >, 0);
  g_object_unref (stress.pool);
}

/* Saving */

typedef struct
{
  GFile *file; /* (owned) */
  guint *n_under_way;
} Saving;

static GFile *
file_in (const char *folder,
         guint       number)
{
  g_autofree char *name = g_strdup_printf ("saved-%u", number);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_new_for_path (path);
}

static void
saved_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Saving *saving = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (InternPool) opened = NULL;

  g_assert_true (intern_pool_save_finish (INTERN_POOL (source), result, &error));
  g_assert_no_error (error);
  opened = intern_pool_new_from_file (saving->file, INTERN_SNAPSHOT_NONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_checked (opened), ==, N_STRINGS);

  g_file_delete (saving->file, NULL, NULL);
  g_object_unref (saving->file);
  --*saving->n_under_way;
  g_free (saving);
}

static void
test_saved_file_is_whole (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree char *folder = g_dir_make_tmp ("intern-clear-XXXXXX", NULL);
  const guint n_saves = g_test_slow () ? 1000 : 40;
  guint n_under_way = 0;

  g_test_summary ("save_async() writes the strings of the moment of the call, although the pool is cleared at once");
  if (TASKS_ARE_HIDDEN)
    {
      g_rmdir (folder);
      g_test_skip ("ThreadSanitizer does not see the locks of GTask");
      return;
    }

  for (guint i = 0; i < n_saves; i++)
    {
      Saving *saving = g_new (Saving, 1);

      fill (pool);
      *saving = (Saving) { file_in (folder, i), &n_under_way };
      n_under_way++;
      intern_pool_save_async (pool, saving->file, NULL, saved_cb, saving);
      intern_pool_clear (pool);
      while (n_under_way > (i + 1 < n_saves ? MAX_SAVES : 0))
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/clear-threads/readers-see-all-strings-of-one-moment", test_what_looks_finds_all);
  g_test_add_func ("/clear-threads/no-atom-has-another-string", test_no_atom_has_another_string);
  g_test_add_func ("/clear-threads/no-setting-is-lost", test_no_setting_is_lost);
  g_test_add_func ("/clear-threads/saved-file-is-complete", test_saved_file_is_whole);

  return g_test_run ();
}
