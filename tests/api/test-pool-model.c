/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <stdlib.h>
#include <string.h>

/* Like a list widget, follows a model only by its signals. */
typedef struct
{
  GListModel *model;
  GPtrArray  *strings; /* (element-type utf8) */
  guint       n_changes;
  guint       n_notifies;
} Mirror;

static char *
dup_row (GListModel *model,
         guint       row)
{
  g_autoptr (InternPoolItem) item = g_list_model_get_item (model, row);

  g_assert_true (INTERN_IS_POOL_ITEM (item));

  return g_strdup (intern_pool_item_get_string (item));
}

static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  Mirror     *mirror)
{
  g_assert_true (model == mirror->model);
  g_assert_cmpuint (removed + added, >, 0);
  g_assert_cmpuint (position + removed, <=, mirror->strings->len);
  mirror->n_changes++;

  if (removed > 0)
    g_ptr_array_remove_range (mirror->strings, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror->strings, (int) (position + i), dup_row (model, position + i));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, mirror->strings->len);
}

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  ++*(guint *) user_data;
}

static void
mirror_init (Mirror          *mirror,
             InternPoolModel *model)
{
  *mirror = (Mirror) { G_LIST_MODEL (model), g_ptr_array_new_with_free_func (g_free), 0, 0 };
  for (guint i = 0; i < g_list_model_get_n_items (mirror->model); i++)
    g_ptr_array_add (mirror->strings, dup_row (mirror->model, i));
  g_signal_connect (model, "items-changed", G_CALLBACK (items_changed_cb), mirror);
  g_signal_connect (model, "notify::n-items", G_CALLBACK (count_notify), &mirror->n_notifies);
}

static void
mirror_clear (Mirror *mirror)
{
  g_signal_handlers_disconnect_by_data (mirror->model, mirror);
  g_signal_handlers_disconnect_by_data (mirror->model, &mirror->n_notifies);
  g_ptr_array_unref (mirror->strings);
}

static void
iterate (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
assert_row (InternPoolModel *model,
            guint            row,
            const char      *string,
            InternAtom       atom)
{
  g_autoptr (InternPoolItem) item = g_list_model_get_item (G_LIST_MODEL (model), row);

  g_assert_nonnull (item);
  g_assert_cmpstr (intern_pool_item_get_string (item), ==, string);
  g_assert_cmpuint (intern_pool_item_get_length (item), ==, strlen (string));
  g_assert_cmpuint (intern_pool_item_get_atom (item), ==, atom);
}

/* Checks that each row has the string of its atom, and that each string has a row. */
static void
assert_complete (InternPoolModel *model,
                 InternAtom       first)
{
  InternPool *pool = intern_pool_model_get_pool (model);
  const guint n_rows = g_list_model_get_n_items (G_LIST_MODEL (model));

  g_assert_cmpuint (n_rows, ==, intern_pool_get_n_strings (pool));
  for (guint i = 0; i < n_rows; i++)
    assert_row (model, i, intern_pool_atom_to_string (pool, first + i), first + i);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (model), n_rows));
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (model), G_MAXUINT));
}

static void
add_numbers (InternPool *pool,
             guint       first,
             guint       n_numbers)
{
  for (guint i = first; i < first + n_numbers; i++)
    {
      char text[32];

      g_snprintf (text, sizeof text, "number %u", i);
      g_assert_nonnull (intern_pool_intern (pool, text));
    }
}

static void
test_lists_what_is_there (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = NULL;
  guint n_items;

  g_test_summary ("A new model has a row for each string of the pool and keeps existing atoms");
  add_numbers (pool, 0, 5000);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "number 4321"), ==, 1);

  model = intern_pool_model_new (pool);
  g_assert_true (intern_pool_model_get_pool (model) == pool);
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (model)) == INTERN_TYPE_POOL_ITEM);
  g_object_get (model, "n-items", &n_items, NULL);
  g_assert_cmpuint (n_items, ==, 5000);
  assert_row (model, 0, "number 4321", 1);
  assert_complete (model, 1);
}

static void
test_tells_what_comes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  Mirror mirror;

  g_test_summary ("New strings are emitted together, in the order of atoms, when the main context is iterated");
  mirror_init (&mirror, model);
  add_numbers (pool, 0, 1000);
  add_numbers (pool, 0, 1000);
  g_assert_cmpuint (g_list_model_get_n_items (mirror.model), ==, 0);
  g_assert_null (g_list_model_get_item (mirror.model, 0));

  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 1);
  g_assert_cmpuint (mirror.n_notifies, ==, 1);
  g_assert_cmpuint (mirror.strings->len, ==, 1000);
  assert_row (model, 0, "number 0", 1);
  assert_row (model, 999, "number 999", 1000);

  add_numbers (pool, 1000, 1);
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 2);
  assert_complete (model, 1);

  add_numbers (pool, 0, 1001);
  g_assert_false (g_main_context_pending (NULL));
  mirror_clear (&mirror);
}

static void
test_hears_of_every_way_in (void)
{
  static const char * const column[] = { "column 1", "column 2", "column 1" };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  g_autoptr (GBytes) text = g_bytes_new_static ("line 1\nline 2\ncolumn 1\n", 23);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("bytes", 5);
  g_autoptr (GBytes) view = NULL, atoms = NULL;
  g_autofree guint32 *encoded = NULL;
  gsize n_atoms;
  Mirror mirror;

  g_test_summary ("Every call that adds a string adds a row, also if emit-added is FALSE");
  mirror_init (&mirror, model);
  intern_pool_set_emit_added (pool, FALSE);
  intern_pool_intern_len (pool, "length", -1);
  intern_pool_try_intern (pool, "try", NULL);
  view = intern_pool_intern_bytes (pool, bytes, NULL);
  intern_pool_atom_from_string (pool, "atom");
  encoded = intern_pool_encode (pool, column, G_N_ELEMENTS (column), &n_atoms, NULL);
  atoms = intern_pool_encode_delimited (pool, text, '\n', NULL);

  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 1);
  g_assert_cmpuint (mirror.strings->len, ==, 8);
  assert_complete (model, 1);
  mirror_clear (&mirror);
}

/* Mortal strings */

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

/* Checks that the rows are the strings of the pool, in any order. */
static void
assert_same_strings (const Mirror *mirror)
{
  InternPool *pool = intern_pool_model_get_pool (INTERN_POOL_MODEL (mirror->model));
  g_auto (GStrv) strings = intern_pool_dup_strings (pool);
  const guint n_strings = g_strv_length (strings);
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();

  for (guint i = 0; i < mirror->strings->len; i++)
    {
      g_autofree char *row = dup_row (mirror->model, i);

      g_assert_cmpstr (row, ==, g_ptr_array_index (mirror->strings, i));
      g_ptr_array_add (rows, g_ptr_array_index (mirror->strings, i));
    }
  g_ptr_array_sort (rows, compare_strings);
  qsort (strings, n_strings, sizeof *strings, compare_strings);
  g_assert_cmpuint (rows->len, ==, n_strings);
  for (guint i = 0; i < n_strings; i++)
    g_assert_cmpstr (g_ptr_array_index (rows, i), ==, strings[i]);
}

static void
test_mortals_stay_mortal (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = NULL;
  const char *before = intern_pool_acquire (pool, "before"), *after;
  InternPoolStats stats;
  Mirror mirror;

  g_test_summary ("A model takes no reference to a mortal string, gives it no atom and counts no search");
  model = intern_pool_model_new (pool);
  mirror_init (&mirror, model);
  after = intern_pool_acquire (pool, "after");
  intern_pool_intern (pool, "permanent");
  iterate ();

  g_assert_cmpuint (g_list_model_get_n_items (mirror.model), ==, 3);
  assert_row (model, 0, "permanent", 1);
  assert_row (model, 1, "before", INTERN_ATOM_NONE);
  assert_row (model, 2, "after", INTERN_ATOM_NONE);
  assert_same_strings (&mirror);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_lookups, ==, 3);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, before), ==, 1);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, after), ==, 1);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "before"), ==, INTERN_ATOM_NONE);

  intern_pool_release (pool, before);
  intern_pool_release (pool, after);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1);
  mirror_clear (&mirror);
}

static void
test_row_leaves (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  g_autoptr (InternPoolItem) item = NULL, again = NULL;
  const char *strings[3];
  Mirror mirror;

  g_test_summary ("The row of a string leaves after its death, can be read until then, and other items stay the same");
  mirror_init (&mirror, model);
  strings[0] = intern_pool_acquire (pool, "first");
  strings[1] = intern_pool_acquire (pool, "second");
  strings[2] = intern_pool_acquire (pool, "third");
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 1);
  item = g_list_model_get_item (mirror.model, 2);

  intern_pool_release (pool, strings[1]);
  strings[1] = intern_pool_acquire (pool, "2nd");
  assert_row (model, 1, "second", INTERN_ATOM_NONE);
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 2);
  assert_row (model, 0, "first", INTERN_ATOM_NONE);
  assert_row (model, 1, "third", INTERN_ATOM_NONE);
  assert_row (model, 2, "2nd", INTERN_ATOM_NONE);
  again = g_list_model_get_item (mirror.model, 1);
  g_assert_true (again == item);

  for (guint i = 0; i < 3; i++)
    intern_pool_release (pool, strings[i]);
  iterate ();
  g_assert_cmpuint (mirror.strings->len, ==, 0);
  g_assert_cmpuint (mirror.n_notifies, ==, 2);
  g_assert_cmpstr (intern_pool_item_get_string (item), ==, "third");
  mirror_clear (&mirror);
}

static void
test_short_life (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  const char *string;
  Mirror mirror;

  g_test_summary ("A string that comes, goes and comes again between two emissions has one row");
  mirror_init (&mirror, model);
  intern_pool_release (pool, intern_pool_acquire (pool, "a word"));
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 0);

  for (guint i = 0; i < 3; i++)
    intern_pool_release (pool, intern_pool_acquire (pool, "a word"));
  string = intern_pool_acquire (pool, "a word");
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 1);
  assert_same_strings (&mirror);

  intern_pool_release (pool, string);
  string = intern_pool_acquire (pool, "a word");
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 1);
  assert_same_strings (&mirror);
  intern_pool_release (pool, string);
  mirror_clear (&mirror);
}

static void
test_becomes_permanent (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  Mirror mirror;

  g_autofree guint32 *atoms = NULL;
  gsize n_atoms;

  g_test_summary ("A mortal string that becomes permanent keeps one row, and moves when it has an atom");
  mirror_init (&mirror, model);
  g_assert_nonnull (intern_pool_acquire (pool, "one"));
  g_assert_nonnull (intern_pool_acquire (pool, "two"));
  iterate ();
  intern_pool_intern (pool, "one");
  iterate ();
  assert_row (model, 0, "one", INTERN_ATOM_NONE);
  assert_same_strings (&mirror);

  /* Each call that gives an atom is announced, although no string is added. */
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "two"), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (mirror.model), ==, 2);
  iterate ();
  assert_row (model, 0, "two", 1);
  assert_row (model, 1, "one", INTERN_ATOM_NONE);
  assert_same_strings (&mirror);
  g_assert_cmpuint (intern_pool_get_atom (pool, intern_pool_intern (pool, "one")), ==, 2);
  iterate ();
  assert_row (model, 1, "one", 2);
  assert_same_strings (&mirror);

  g_assert_nonnull (intern_pool_acquire (pool, "three"));
  g_assert_nonnull (intern_pool_acquire (pool, "four"));
  iterate ();
  atoms = intern_pool_encode (pool, (const char *[]) { "four" }, 1, &n_atoms, NULL);
  iterate ();
  assert_row (model, 2, "four", 3);
  assert_row (model, 3, "three", INTERN_ATOM_NONE);
  assert_same_strings (&mirror);
  mirror_clear (&mirror);
}

static void
test_clear_mortals (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  const char *string;
  Mirror mirror;

  g_test_summary ("The mortal rows of a cleared pool leave; those that come after are seen to die");
  mirror_init (&mirror, model);
  g_assert_nonnull (intern_pool_acquire (pool, "old"));
  intern_pool_intern (pool, "permanent");
  iterate ();
  intern_pool_clear (pool);
  string = intern_pool_acquire (pool, "new");
  assert_row (model, 1, "old", INTERN_ATOM_NONE);
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 3);
  assert_row (model, 0, "new", INTERN_ATOM_NONE);
  assert_same_strings (&mirror);

  intern_pool_release (pool, string);
  iterate ();
  g_assert_cmpuint (mirror.strings->len, ==, 0);
  mirror_clear (&mirror);
}

#define N_CHANGES 20000

static void
test_many_changes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  g_autofree const char **strings = g_new0 (const char *, N_CHANGES);
  Mirror mirror;

  g_test_summary ("Any number of strings may come and go between two emissions");
  mirror_init (&mirror, model);
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = round; i < N_CHANGES; i++)
        {
          char text[32];

          g_snprintf (text, sizeof text, "%u in round %u", i, round);
          if (strings[i] != NULL)
            intern_pool_release (pool, strings[i]);
          strings[i] = i % 3 == 0 ? intern_pool_acquire (pool, text) : NULL;
        }
      iterate ();
      g_assert_cmpuint (mirror.n_changes, ==, round + 1);
      assert_same_strings (&mirror);
    }
  mirror_clear (&mirror);
}

static gboolean
release_cb (const char *string,
            gsize       length,
            gpointer    user_data)
{
  gpointer *args = user_data;

  g_assert_true (string == args[1]);
  intern_pool_release (args[0], string);

  return TRUE;
}

static void
test_death_in_other_calls (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolModel *models[2];
  const char *string = intern_pool_acquire (pool, "held");
  Mirror mirrors[2];

  g_test_summary ("All models hear of a death, also in a call that only held the string for a moment");
  for (guint i = 0; i < 2; i++)
    {
      models[i] = intern_pool_model_new (pool);
      mirror_init (&mirrors[i], models[i]);
    }
  intern_pool_foreach (pool, release_cb, (gpointer[]) { pool, (gpointer) string });
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
  iterate ();
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (mirrors[i].strings->len, ==, 0);
      mirror_clear (&mirrors[i]);
    }

  g_clear_object (&models[0]);
  string = intern_pool_acquire (pool, "again");
  iterate ();
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (models[1])), ==, 1);
  g_clear_object (&models[1]);
  intern_pool_release (pool, string);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

typedef struct
{
  InternPool      *pool;
  InternPoolModel *model;
  const char      *string;
} Iterated;

static gboolean
drop_all_cb (const char *string,
             gsize       length,
             gpointer    user_data)
{
  Iterated *iterated = user_data;

  intern_pool_release (iterated->pool, iterated->string);
  intern_pool_clear (iterated->pool);
  g_clear_object (&iterated->model);
  g_clear_object (&iterated->pool);

  return TRUE;
}

static void
test_iteration_may_drop_all (void)
{
  Iterated iterated = { .pool = intern_pool_new () };
  gpointer gone = iterated.pool;

  g_test_summary ("What an iteration calls may release the string, clear the pool, and drop model and pool");
  iterated.string = intern_pool_acquire (iterated.pool, "held");
  iterated.model = intern_pool_model_new (iterated.pool);
  g_object_add_weak_pointer (G_OBJECT (iterated.pool), &gone);
  intern_pool_foreach (iterated.pool, drop_all_cb, &iterated);
  g_assert_null (gone);
}

#define N_CHURN_THREADS 4
#define N_CHURN_WORDS 200

typedef struct
{
  InternPool *pool;
  guint       seed;
  gint       *n_running; /* atomic */
} Churn;

static gpointer
churn (gpointer data)
{
  const Churn *self = data;
  const guint n_steps = g_test_slow () ? 2000000 : 50000;
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seed);
  const char *held[N_CHURN_WORDS] = { NULL };

  for (guint i = 0; i < n_steps; i++)
    {
      const guint number = (guint) g_rand_int_range (rand, 0, N_CHURN_WORDS);
      char text[32];

      g_snprintf (text, sizeof text, "word %u", number);
      if (held[number] != NULL)
        intern_pool_release (self->pool, g_steal_pointer (&held[number]));
      else
        held[number] = intern_pool_acquire (self->pool, text);
      if (i % 5000 == 0)
        intern_pool_intern (self->pool, text);
      if (i % 7001 == 0)
        intern_pool_atom_from_string (self->pool, text);
    }
  g_atomic_int_add (self->n_running, -1);

  return NULL;
}

static void
test_threads_churn (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = NULL;
  gint n_running = N_CHURN_THREADS;
  GThread *threads[N_CHURN_THREADS];
  Churn churns[N_CHURN_THREADS];
  Mirror mirror;

  g_test_summary ("While threads acquire and release, each signal fits the rows, which are the strings in the end");
  for (guint i = 0; i < N_CHURN_THREADS; i++)
    {
      churns[i] = (Churn) { pool, (guint) g_test_rand_int (), &n_running };
      threads[i] = g_thread_new ("churn", churn, &churns[i]);
    }
  model = intern_pool_model_new (pool);
  mirror_init (&mirror, model);
  while (g_atomic_int_get (&n_running) > 0)
    g_main_context_iteration (NULL, FALSE);
  for (guint i = 0; i < N_CHURN_THREADS; i++)
    g_thread_join (threads[i]);
  iterate ();
  /* An atom that a thread has asked for wakes no model. */
  intern_pool_intern (pool, "the last");
  iterate ();
  assert_same_strings (&mirror);
  mirror_clear (&mirror);
}

static void
test_clear (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  Mirror mirror;

  g_test_summary ("The rows of a cleared pool can be read until their removal is emitted; then the next atom is row 0");
  mirror_init (&mirror, model);
  add_numbers (pool, 0, 300);
  iterate ();

  intern_pool_clear (pool);
  add_numbers (pool, 1000, 20);
  g_assert_cmpuint (g_list_model_get_n_items (mirror.model), ==, 300);
  assert_row (model, 299, "number 299", 300);

  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 2);
  g_assert_cmpuint (mirror.strings->len, ==, 20);
  assert_row (model, 0, "number 1000", 301);
  assert_complete (model, 301);

  intern_pool_clear (pool);
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 3);
  g_assert_cmpuint (mirror.strings->len, ==, 0);
  intern_pool_clear (pool);
  iterate ();
  g_assert_cmpuint (mirror.n_changes, ==, 3);
  g_assert_cmpuint (mirror.n_notifies, ==, 3);
  mirror_clear (&mirror);
}

static void
test_items_are_the_same_while_held (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = NULL;
  g_autoptr (InternPoolItem) item = NULL, again = NULL;
  gpointer gone;

  g_test_summary ("A model returns a live item again, and keeps none that has no reference");
  add_numbers (pool, 0, 3);
  model = intern_pool_model_new (pool);
  item = g_list_model_get_item (G_LIST_MODEL (model), 1);
  again = g_list_model_get_item (G_LIST_MODEL (model), 1);
  g_assert_true (item == again);

  gone = g_list_model_get_item (G_LIST_MODEL (model), 2);
  g_object_add_weak_pointer (gone, &gone);
  g_assert_true (gone != item);
  g_object_unref (gone);
  g_assert_null (gone);

  g_object_run_dispose (G_OBJECT (item));
  g_object_unref (again);
  again = g_list_model_get_item (G_LIST_MODEL (model), 1);
  g_assert_true (item != again);
  g_assert_cmpstr (intern_pool_item_get_string (item), ==, intern_pool_item_get_string (again));
}

static void
test_items_outlive_all (void)
{
  InternPool *pool = intern_pool_new ();
  InternPoolModel *model;
  g_autoptr (InternPoolItem) item = NULL;
  g_autofree char *string = NULL;
  guint64 length;
  guint atom;

  g_test_summary ("A model keeps its pool alive; an item outlives both");
  add_numbers (pool, 7, 1);
  model = intern_pool_model_new (pool);
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  g_object_unref (pool);
  g_assert_nonnull (pool);
  item = g_list_model_get_item (G_LIST_MODEL (model), 0);
  g_object_unref (model);
  g_assert_null (pool);

  g_object_get (item, "string", &string, "length", &length, "atom", &atom, NULL);
  g_assert_cmpstr (string, ==, "number 7");
  g_assert_cmpuint (length, ==, 8);
  g_assert_cmpuint (atom, ==, 1);
}

static void
test_what_is_not_text (void)
{
  static const struct { const char *data; gsize length; const char *shown; } cases[] = {
    { "", 0, "" },
    { "\xc3\xa4", 2, "\xc3\xa4" },
    { "a\0b", 3, "a\xef\xbf\xbd" "b" },
    { "\xff" "a\xfe", 3, "\xef\xbf\xbd" "a\xef\xbf\xbd" },
    { "\xc3", 1, "\xef\xbf\xbd" },
  };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);

  g_test_summary ("A string that is not UTF-8 has a UTF-8 text, its own length and its exact bytes");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    intern_pool_intern_len (pool, cases[i].data, (gssize) cases[i].length);
  iterate ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (InternPoolItem) item = g_list_model_get_item (G_LIST_MODEL (model), i);
      g_autoptr (GBytes) bytes = intern_pool_item_dup_bytes (item);

      g_assert_cmpstr (intern_pool_item_get_string (item), ==, cases[i].shown);
      g_assert_cmpuint (intern_pool_item_get_length (item), ==, cases[i].length);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), cases[i].data, cases[i].length);
    }
}

static void
test_two_models (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) first = intern_pool_model_new (pool), second = NULL;
  Mirror mirrors[2];

  g_test_summary ("All models of a pool have the same rows and emit their own signals");
  add_numbers (pool, 0, 10);
  second = intern_pool_model_new (pool);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (first)), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (second)), ==, 10);
  mirror_init (&mirrors[0], first);
  mirror_init (&mirrors[1], second);
  add_numbers (pool, 10, 10);
  iterate ();
  g_assert_cmpuint (mirrors[0].n_changes, ==, 1);
  g_assert_cmpuint (mirrors[1].n_changes, ==, 1);
  assert_complete (first, 1);
  assert_complete (second, 1);

  mirror_clear (&mirrors[0]);
  g_clear_object (&first);
  add_numbers (pool, 20, 10);
  iterate ();
  g_assert_cmpuint (mirrors[1].n_changes, ==, 2);
  assert_complete (second, 1);
  mirror_clear (&mirrors[1]);
}

static void
drop_cb (GListModel *list,
         guint       position,
         guint       removed,
         guint       added,
         gpointer    user_data)
{
  g_clear_object ((GObject **) user_data);
}

static void
test_end (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolModel *model = intern_pool_model_new (pool);

  g_test_summary ("A model may be finalized with changes pending or while it emits them");
  add_numbers (pool, 0, 1);
  g_clear_object (&model);
  g_assert_false (g_main_context_pending (NULL));

  model = intern_pool_model_new (pool);
  g_signal_connect (model, "items-changed", G_CALLBACK (drop_cb), &model);
  add_numbers (pool, 1, 1);
  iterate ();
  g_assert_null (model);

  add_numbers (pool, 2, 1);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "number 1"), ==, 2);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "number 2"), ==, INTERN_ATOM_NONE);
  g_assert_false (g_main_context_pending (NULL));
}

static void
test_without_pool (void)
{
  g_autoptr (GListModel) model = g_object_new (INTERN_TYPE_POOL_MODEL, NULL);
  g_autoptr (InternPoolItem) item = g_object_new (INTERN_TYPE_POOL_ITEM, NULL);
  g_autoptr (GBytes) bytes = intern_pool_item_dup_bytes (item);
  g_autoptr (InternPool) pool = NULL;

  g_test_summary ("A model without a pool is an empty list, an item from g_object_new() an empty string");
  g_object_get (model, "pool", &pool, NULL);
  g_assert_null (pool);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
  g_assert_null (g_list_model_get_item (model, 0));
  g_assert_cmpstr (intern_pool_item_get_string (item), ==, "");
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 0);
}

static void
note_thread_cb (GListModel *list,
                guint       position,
                guint       removed,
                guint       added,
                gpointer    user_data)
{
  *(GThread **) user_data = g_thread_self ();
}

typedef struct
{
  InternPool *pool;
  gboolean    has_model; /* atomic */
} Elsewhere;

static gpointer
list_elsewhere (gpointer data)
{
  Elsewhere *elsewhere = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (InternPoolModel) model = NULL;
  GThread *emitted = NULL;

  g_main_context_push_thread_default (context);
  model = intern_pool_model_new (elsewhere->pool);
  g_main_context_pop_thread_default (context);
  g_signal_connect (model, "items-changed", G_CALLBACK (note_thread_cb), &emitted);
  __atomic_store_n (&elsewhere->has_model, TRUE, __ATOMIC_RELEASE);

  while (g_list_model_get_n_items (G_LIST_MODEL (model)) == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_true (emitted == g_thread_self ());

  return NULL;
}

static void
test_tells_in_its_context (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Elsewhere elsewhere = { pool, FALSE };
  GThread *thread = g_thread_new ("list", list_elsewhere, &elsewhere);

  g_test_summary ("A model emits in the context of its creator, whichever thread adds");
  while (!__atomic_load_n (&elsewhere.has_model, __ATOMIC_ACQUIRE))
    g_thread_yield ();
  add_numbers (pool, 0, 1);
  g_thread_join (thread);
}

#define N_THREADS 8
#define N_NUMBERS 4000

typedef struct
{
  InternPool *pool;
  guint       number;
  guint      *n_left; /* atomic: running threads */
} Adder;

static gpointer
add_in_thread (gpointer data)
{
  const Adder *adder = data;

  /* Threads share half of their numbers with the next one, so that one adds what the other finds. */
  for (guint i = 0; i < N_NUMBERS; i += 100)
    add_numbers (adder->pool, adder->number * N_NUMBERS / 2 + i, 100);
  __atomic_fetch_sub (adder->n_left, 1, __ATOMIC_RELEASE);

  return NULL;
}

static void
start_threads (InternPool *pool,
               GThread   **threads,
               Adder      *adders,
               guint      *n_left)
{
  *n_left = N_THREADS;
  for (guint i = 0; i < N_THREADS; i++)
    {
      adders[i] = (Adder) { pool, i, n_left };
      threads[i] = g_thread_new ("adder", add_in_thread, &adders[i]);
    }
}

static void
test_threads (void)
{
  const guint n_numbers = (N_THREADS + 1) * N_NUMBERS / 2;
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GThread *threads[N_THREADS];
  Adder adders[N_THREADS];
  Mirror mirror;
  guint n_left;

  g_test_summary ("While eight threads add, the signals are consistent, and in the end no string is missing");
  start_threads (pool, threads, adders, &n_left);
  /* Created while they add. */
  model = intern_pool_model_new (pool);
  mirror_init (&mirror, model);
  while (__atomic_load_n (&n_left, __ATOMIC_ACQUIRE) > 0)
    g_main_context_iteration (NULL, FALSE);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  iterate ();

  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, n_numbers);
  assert_complete (model, 1);
  for (guint i = 0; i < mirror.strings->len; i++)
    {
      g_assert_cmpstr (g_ptr_array_index (mirror.strings, i), ==, intern_pool_atom_to_string (pool, i + 1));
      g_assert_true (g_hash_table_add (seen, g_ptr_array_index (mirror.strings, i)));
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, n_numbers);
  mirror_clear (&mirror);
}

static void
test_threads_make_one_source (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  GThread *threads[N_THREADS];
  Adder adders[N_THREADS];
  Mirror mirror;
  guint n_left;

  g_test_summary ("All strings that threads add before the main context runs are one change");
  mirror_init (&mirror, model);
  start_threads (pool, threads, adders, &n_left);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (mirror.n_changes, ==, 0);

  g_assert_true (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpuint (mirror.n_changes, ==, 1);
  g_assert_false (g_main_context_pending (NULL));
  assert_complete (model, 1);
  mirror_clear (&mirror);
}

static gpointer
clear_in_thread (gpointer data)
{
  const Adder *adder = data;

  for (guint i = 0; i < 200; i++)
    {
      add_numbers (adder->pool, 0, 50);
      intern_pool_clear (adder->pool);
    }
  add_numbers (adder->pool, 0, 50);
  __atomic_fetch_sub (adder->n_left, 1, __ATOMIC_RELEASE);

  return NULL;
}

static void
test_clear_in_thread (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  guint n_left = 1;
  Adder adder = { pool, 0, &n_left };
  GThread *thread;
  Mirror mirror;

  g_test_summary ("A thread may clear the pool while another reads the rows");
  mirror_init (&mirror, model);
  thread = g_thread_new ("clear", clear_in_thread, &adder);
  while (__atomic_load_n (&n_left, __ATOMIC_ACQUIRE) > 0)
    {
      for (guint i = 0; i < mirror.strings->len; i++)
        {
          g_autofree char *row = dup_row (mirror.model, i);

          g_assert_cmpstr (row, ==, g_ptr_array_index (mirror.strings, i));
        }
      g_main_context_iteration (NULL, FALSE);
    }
  g_thread_join (thread);
  iterate ();
  assert_complete (model, 200 * 50 + 1);
  mirror_clear (&mirror);
}

typedef struct
{
  InternPool *pool;
  guint       n_ready; /* atomic: threads that are about to begin */
} Meeting;

static gpointer
join_and_leave (gpointer data)
{
  Meeting *meeting = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  __atomic_fetch_add (&meeting->n_ready, 1, __ATOMIC_RELAXED);
  while (__atomic_load_n (&meeting->n_ready, __ATOMIC_RELAXED) < N_THREADS)
    g_thread_yield ();
  for (guint i = 0; i < 300; i++)
    {
      InternPoolModel *model = intern_pool_model_new (meeting->pool);

      add_numbers (meeting->pool, i, 2);
      g_object_unref (model);
    }
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_join_and_leave (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  Meeting meeting = { pool, 0 };
  GThread *threads[N_THREADS];
  Mirror mirror;

  g_test_summary ("Threads may make and drop models of one pool at the same time; each of them is woken");
  mirror_init (&mirror, model);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("model", join_and_leave, &meeting);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  iterate ();
  g_assert_cmpuint (mirror.strings->len, ==, intern_pool_get_n_strings (pool));
  mirror_clear (&mirror);
}

/* Unrefs the objects in the slot until the slot contains itself. */
static gpointer
unref_items (gpointer data)
{
  gpointer *slot = data;
  gpointer item;

  while ((item = __atomic_exchange_n (slot, NULL, __ATOMIC_ACQ_REL)) != slot)
    g_clear_object (&item);

  return NULL;
}

static void
give (gpointer *slot,
      gpointer  item)
{
  while (__atomic_load_n (slot, __ATOMIC_ACQUIRE) != NULL)
    g_thread_yield ();
  __atomic_store_n (slot, item, __ATOMIC_RELEASE);
}

static void
test_items_end_anywhere (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = NULL;
  /* Ends by time, since on a busy machine a turn may take long. */
  const gint64 end_time = g_get_monotonic_time () + G_USEC_PER_SEC / 4;
  gpointer slot = NULL;
  GThread *thread;

  g_test_summary ("While threads get and drop an item, the model returns the same one as long as it is alive");
  add_numbers (pool, 0, 2);
  model = intern_pool_model_new (pool);
  thread = g_thread_new ("unref", unref_items, &slot);
  for (guint i = 0; g_get_monotonic_time () < end_time; i++)
    {
      InternPoolItem *item = g_list_model_get_item (G_LIST_MODEL (model), i % 2);
      InternPoolItem *again;

      g_assert_cmpuint (intern_pool_item_get_atom (item), ==, i % 2 + 1);
      give (&slot, item);
      /* The other thread may have dropped the last reference: then this is another item. */
      item = g_list_model_get_item (G_LIST_MODEL (model), i % 2);
      while (i % 4 < 2 && __atomic_load_n (&slot, __ATOMIC_RELAXED) != NULL)
        continue;
      again = g_list_model_get_item (G_LIST_MODEL (model), i % 2);
      g_assert_true (again == item);
      g_object_unref (again);
      g_object_unref (item);
    }
  give (&slot, &slot);
  g_thread_join (thread);
}

static void
test_item_of_a_cleared_row (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  g_autoptr (InternPoolItem) old = NULL;
  g_autoptr (InternPoolItem) new = NULL;

  g_test_summary ("An item of a row that was cleared is never that of another string");
  g_assert_nonnull (intern_pool_acquire (pool, "old"));
  iterate ();
  old = g_list_model_get_item (G_LIST_MODEL (model), 0);
  intern_pool_clear (pool);
  g_assert_nonnull (intern_pool_acquire (pool, "new"));
  iterate ();
  new = g_list_model_get_item (G_LIST_MODEL (model), 0);
  g_assert_true (new != old);
  g_assert_cmpstr (intern_pool_item_get_string (new), ==, "new");
  g_assert_cmpstr (intern_pool_item_get_string (old), ==, "old");
}

static void
test_atoms_by_another_model (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
  g_autoptr (InternPoolModel) other = NULL;
  Mirror mirror;

  g_test_summary ("A model is told of the atoms that another one gives when it is made");
  mirror_init (&mirror, model);
  g_assert_nonnull (intern_pool_acquire (pool, "one"));
  iterate ();
  intern_pool_intern (pool, "one");
  other = intern_pool_model_new (pool);
  iterate ();
  assert_row (model, 0, "one", 1);
  assert_same_strings (&mirror);
  mirror_clear (&mirror);
}

static void
test_frozen_rows (void)
{
  g_test_summary ("However much has changed before, the rows of strings without atoms stay in a frozen pool");
  for (guint n_changes = 0; n_changes <= N_CHANGES; n_changes += N_CHANGES)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();
      g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);
      Mirror mirror;

      mirror_init (&mirror, model);
      g_assert_nonnull (intern_pool_acquire (pool, "before"));
      iterate ();
      for (guint i = 0; i < n_changes; i++)
        intern_pool_release (pool, intern_pool_acquire (pool, "short"));
      intern_pool_freeze (pool);
      iterate ();
      assert_row (model, 0, "before", INTERN_ATOM_NONE);
      assert_same_strings (&mirror);
      mirror_clear (&mirror);
    }
}

static void
test_layers (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPoolModel) frozen_model = NULL;
  g_autoptr (InternPoolModel) child_model = NULL;
  g_autoptr (InternPoolModel) opened_model = NULL;
  g_autoptr (GBytes) bytes = NULL;
  Mirror mirror;

  g_test_summary ("The rows of the layers come first; a cleared child keeps only them");
  intern_pool_atom_from_string (parent, "one");
  intern_pool_intern (parent, "no atom");
  bytes = intern_pool_to_bytes (parent, NULL);
  intern_pool_freeze (parent);
  frozen_model = intern_pool_model_new (parent);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (frozen_model)), ==, 1);

  child = intern_pool_new_child (parent, NULL);
  child_model = intern_pool_model_new (child);
  mirror_init (&mirror, child_model);
  intern_pool_intern (child, "new");
  iterate ();
  g_assert_cmpuint (mirror.strings->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 0), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 1), ==, "no atom");
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 2), ==, "new");

  intern_pool_clear (child);
  intern_pool_intern (child, "newer");
  iterate ();
  g_assert_cmpuint (mirror.strings->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 0), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 1), ==, "newer");
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 2), ==, "no atom");
  mirror_clear (&mirror);

  opened = intern_pool_new_from_bytes (bytes, NULL);
  opened_model = intern_pool_model_new (opened);
  mirror_init (&mirror, opened_model);
  g_assert_cmpuint (mirror.strings->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (mirror.strings, 1), ==, "no atom");
  mirror_clear (&mirror);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pool-model/lists-existing-strings", test_lists_what_is_there);
  g_test_add_func ("/pool-model/emits-new-strings", test_tells_what_comes);
  g_test_add_func ("/pool-model/every-call-that-adds-adds-a-row", test_hears_of_every_way_in);
  g_test_add_func ("/pool-model/mortal-strings-stay-mortal", test_mortals_stay_mortal);
  g_test_add_func ("/pool-model/row-leaves-after-the-death-of-its-string", test_row_leaves);
  g_test_add_func ("/pool-model/short-lives-have-one-row-or-none", test_short_life);
  g_test_add_func ("/pool-model/mortal-string-may-become-permanent", test_becomes_permanent);
  g_test_add_func ("/pool-model/clear-removes-mortal-rows", test_clear_mortals);
  g_test_add_func ("/pool-model/any-number-of-strings-may-come-and-go", test_many_changes);
  g_test_add_func ("/pool-model/hears-of-a-death-in-any-call", test_death_in_other_calls);
  g_test_add_func ("/pool-model/iteration-may-drop-all", test_iteration_may_drop_all);
  g_test_add_func ("/pool-model/clear-removes-rows", test_clear);
  g_test_add_func ("/pool-model/two-models-have-the-same-rows", test_two_models);
  g_test_add_func ("/pool-model/may-be-finalized-at-any-time", test_end);
  g_test_add_func ("/pool-model/without-pool-is-empty", test_without_pool);
  g_test_add_func ("/pool-model/emits-in-its-context", test_tells_in_its_context);
  g_test_add_func ("/pool-model/item/is-the-same-while-alive", test_items_are_the_same_while_held);
  g_test_add_func ("/pool-model/item/outlives-pool-and-model", test_items_outlive_all);
  g_test_add_func ("/pool-model/item/need-not-be-utf-8", test_what_is_not_text);
  g_test_add_func ("/pool-model/item/may-end-in-any-thread", test_items_end_anywhere);
  g_test_add_func ("/pool-model/item/is-not-of-another-string-after-clear", test_item_of_a_cleared_row);
  g_test_add_func ("/pool-model/hears-of-the-atoms-of-another-model", test_atoms_by_another_model);
  g_test_add_func ("/pool-model/frozen-rows-stay", test_frozen_rows);
  g_test_add_func ("/pool-model/lists-layers-first", test_layers);
  g_test_add_func ("/pool-model/threads/no-string-is-missing", test_threads);
  g_test_add_func ("/pool-model/threads/may-acquire-and-release", test_threads_churn);
  g_test_add_func ("/pool-model/threads/make-one-change", test_threads_make_one_source);
  g_test_add_func ("/pool-model/threads/may-clear-the-pool", test_clear_in_thread);
  g_test_add_func ("/pool-model/threads/may-join-and-leave", test_join_and_leave);

  return g_test_run ();
}
