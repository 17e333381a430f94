/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>

#include <string.h>

#include "sanitizers.h"

#define N_MANY 6000

static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
add_many (InternPool *pool,
          const char *prefix,
          gboolean    with_atoms)
{
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *string = g_strdup_printf ("%s %u", prefix, i);

      if (with_atoms && i % 2 == 0)
        g_assert_cmpuint (intern_pool_atom_from_string (pool, string), !=, INTERN_ATOM_NONE);
      else
        g_assert_nonnull (intern_pool_intern (pool, string));
    }
}

static InternPool *
reopen (InternPool *pool)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (pool, &error);
  InternPool *opened;

  g_assert_no_error (error);
  opened = intern_pool_new_from_bytes (bytes, &error);
  g_assert_no_error (error);

  return opened;
}

static InternPool *
new_child (InternPool *parent)
{
  g_autoptr (GError) error = NULL;
  InternPool *child = intern_pool_new_child (parent, &error);

  g_assert_no_error (error);

  return child;
}

/* Counting */

static void
check_counts (InternPool *pool,
              guint       n_strings,
              guint       n_bytes)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, n_strings);
  g_assert_cmpuint (stats.bytes_stored, ==, n_bytes);
}

static void
test_layers_count (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPool) child = NULL;

  g_test_summary ("The strings and bytes of a pool are those that it finds, of all layers, without their NULs");
  intern_pool_intern (pool, "one");
  intern_pool_intern (pool, "");
  intern_pool_intern_len (pool, "a\0b", 3);
  check_counts (pool, 3, 6);

  opened = reopen (pool);
  check_counts (opened, 3, 6);
  intern_pool_intern (opened, "three");
  check_counts (opened, 4, 11);

  intern_pool_freeze (opened);
  child = new_child (opened);
  check_counts (child, 4, 11);
  intern_pool_intern (child, "one");
  intern_pool_intern (child, "of the child");
  check_counts (child, 5, 23);
  check_counts (opened, 4, 11);
}

/* Freezing */

static void
test_freeze (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  const char *a = intern_pool_intern (pool, "a");
  const char *mortal = intern_pool_acquire (pool, "mortal");

  intern_pool_atom_from_string (pool, "atom");
  intern_pool_release (pool, intern_pool_acquire (pool, "dead"));
  intern_pool_freeze (pool);
  intern_pool_freeze (pool);

  g_assert_true (intern_pool_intern (pool, "a") == a);
  g_assert_true (intern_pool_lookup (pool, "mortal") == mortal);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, mortal), ==, G_MAXUINT);
  intern_pool_release (pool, mortal);
  g_assert_true (intern_pool_acquire (pool, "mortal") == mortal);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "atom"), ==, 1);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 3);

  g_assert_null (intern_pool_intern (pool, "dead"));
  g_assert_null (intern_pool_acquire (pool, "new"));
  g_assert_null (intern_pool_try_intern (pool, "new", &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
  g_clear_error (&error);
  g_assert_cmpuint (intern_pool_try_atom_from_string (pool, "a", &error), ==, INTERN_ATOM_NONE);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
  g_assert_false (intern_pool_contains (pool, "new"));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 3);

  expect_critical ("*frozen pool cannot be cleared*");
  intern_pool_clear (pool);
  expect_critical ("*default pool cannot be frozen*");
  intern_pool_freeze (intern_pool_get_default ());
  g_test_assert_expected_messages ();
}

static void
test_freeze_many (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("many 1\nmany 2\nnew\n", 18);
  g_autoptr (GBytes) known = g_bytes_new_static ("many 2\nmany 4\n", 14);
  g_autoptr (GBytes) atoms = NULL;
  g_autoptr (GError) error = NULL;

  add_many (pool, "many", TRUE);
  intern_pool_freeze (pool);
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < N_MANY; i++)
      {
        g_autofree char *string = g_strdup_printf ("many %u", i);

        g_assert_cmpstr (intern_pool_intern (pool, string), ==, string);
      }

  atoms = intern_pool_encode_delimited (pool, known, '\n', &error);
  g_assert_no_error (error);
  g_assert_cmpuint (((const guint32 *) g_bytes_get_data (atoms, NULL))[1], ==, 3);
  g_assert_null (intern_pool_encode_delimited (pool, text, '\n', &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
}

/* Children */

static void
test_child (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;
  g_autoptr (InternPool) grandchild = NULL;
  g_autoptr (GError) error = NULL;
  const char *a = intern_pool_intern (parent, "a");

  g_assert_cmpuint (intern_pool_atom_from_string (parent, "one"), ==, 1);
  g_assert_null (intern_pool_new_child (parent, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "call intern_pool_freeze()"));

  intern_pool_freeze (parent);
  child = new_child (parent);
  g_assert_true (intern_pool_intern (child, "a") == a);
  g_assert_true (intern_pool_lookup (child, "a") == a);
  g_assert_true (intern_pool_acquire (child, "a") == a);
  intern_pool_release (child, a);
  g_assert_cmpuint (intern_pool_lookup_atom (child, "one"), ==, 1);
  g_assert_cmpuint (intern_pool_atom_from_string (child, "two"), ==, 2);
  g_assert_cmpuint (intern_pool_atom_from_string (child, "a"), ==, 3);
  g_assert_cmpuint (intern_pool_atom_from_string (child, "a"), ==, 3);
  g_assert_cmpuint (intern_pool_lookup_atom (parent, "a"), ==, INTERN_ATOM_NONE);
  g_assert_true (intern_pool_atom_to_string (child, 3) == a);
  g_assert_cmpstr (intern_pool_atom_to_string (child, 1), ==, "one");
  g_assert_false (intern_pool_contains (parent, "two"));
  g_assert_cmpuint (intern_pool_get_n_strings (child), ==, 3);

  intern_pool_freeze (child);
  grandchild = new_child (child);
  g_assert_cmpuint (intern_pool_lookup_atom (grandchild, "a"), ==, 3);
  g_assert_cmpuint (intern_pool_atom_from_string (grandchild, "three"), ==, 4);
  g_clear_object (&parent);
  g_clear_object (&child);
  g_assert_true (intern_pool_intern (grandchild, "a") == a);
  g_assert_cmpuint (intern_pool_get_n_strings (grandchild), ==, 4);
}

static void
test_child_clear (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  intern_pool_atom_from_string (parent, "one");
  intern_pool_freeze (parent);
  child = new_child (parent);
  intern_pool_atom_from_string (child, "two");
  intern_pool_clear (child);

  g_assert_true (intern_pool_contains (child, "one"));
  g_assert_false (intern_pool_contains (child, "two"));
  g_assert_null (intern_pool_atom_to_string (child, 2));
  g_assert_cmpuint (intern_pool_atom_from_string (child, "two"), ==, 3);

  bytes = intern_pool_to_bytes (child, &error);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  g_assert_null (bytes);
}

static gboolean
count_string (const char *string,
              gsize       length,
              gpointer    data)
{
  g_assert_cmpuint (strlen (string), ==, length);
  g_assert_true (g_hash_table_add (data, g_strdup (string)));

  return TRUE;
}

static void
check_layers (InternPool *pool)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  InternPoolStats stats;

  add_many (pool, "new", TRUE);
  intern_pool_foreach (pool, count_string, seen);
  g_assert_cmpuint (g_hash_table_size (seen), ==, 2 * N_MANY);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, 2 * N_MANY);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 2 * N_MANY);

  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *old = g_strdup_printf ("old %u", i);
      const char *string = intern_pool_intern (pool, old);

      g_assert_cmpstr (string, ==, old);
      g_assert_true (intern_pool_lookup (pool, old) == string);
      g_assert_cmpuint (intern_pool_get_length (pool, string), ==, strlen (old));
      g_assert_cmpuint (intern_pool_get_ref_count (pool, string), ==, G_MAXUINT);
      g_assert_true (intern_pool_acquire_interned (pool, string) == string);
      intern_pool_release (pool, string);
      if (i % 2 == 0)
        g_assert_cmpuint (intern_pool_lookup_atom (pool, old), ==, 1 + i / 2);
      else
        g_assert_cmpuint (intern_pool_lookup_atom (pool, old), ==, INTERN_ATOM_NONE);
    }

  for (guint i = 0; i < N_MANY / 2; i++)
    {
      g_autofree char *expected = g_strdup_printf ("new %u", 2 * i);

      g_assert_cmpstr (intern_pool_atom_to_string (pool, 1 + N_MANY / 2 + i), ==, expected);
    }
}

static void
test_child_many (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;

  add_many (parent, "old", TRUE);
  intern_pool_freeze (parent);
  child = new_child (parent);
  check_layers (child);
}

/* Snapshots */

static void
test_snapshot_many (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPool) child = NULL;

  add_many (pool, "old", TRUE);
  opened = reopen (pool);
  check_layers (opened);
  intern_pool_freeze (opened);
  child = new_child (opened);
  g_assert_cmpuint (intern_pool_get_n_strings (child), ==, 2 * N_MANY);
  g_assert_true (intern_pool_intern (child, "old 3") == intern_pool_intern (opened, "old 3"));
}

static void
test_snapshot_atoms (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPool) again = NULL;
  const guint32 atoms[] = { 4, 3, 2 };
  g_auto (GStrv) strings = NULL;
  g_autofree guint32 *table = NULL;
  g_autoptr (InternPool) other = intern_pool_new ();
  const guint32 expected[] = { 0, 0, 1, 2, 3 };
  gsize n_atoms;

  intern_pool_atom_from_string (pool, "gone");
  intern_pool_clear (pool);
  intern_pool_intern (pool, "no atom");
  intern_pool_atom_from_string (pool, "two");
  intern_pool_atom_from_string (pool, "");

  opened = reopen (pool);
  g_assert_null (intern_pool_atom_to_string (opened, 1));
  g_assert_cmpstr (intern_pool_atom_to_string (opened, 2), ==, "two");
  g_assert_cmpstr (intern_pool_atom_to_string (opened, 3), ==, "");
  g_assert_cmpuint (intern_pool_lookup_atom (opened, "no atom"), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_atom_from_string (opened, "no atom"), ==, 4);
  g_assert_cmpuint (intern_pool_atom_from_string (opened, "no atom"), ==, 4);
  strings = intern_pool_decode (opened, atoms, 3, NULL);
  g_assert_cmpstr (strings[0], ==, "no atom");
  g_assert_cmpstr (strings[1], ==, "");
  g_assert_cmpstr (strings[2], ==, "two");

  table = intern_pool_translate (other, opened, &n_atoms, NULL);
  g_assert_cmpmem (table, n_atoms * sizeof *table, expected, sizeof expected);

  again = reopen (opened);
  g_assert_cmpuint (intern_pool_lookup_atom (again, "no atom"), ==, 4);
  g_assert_cmpuint (intern_pool_atom_from_string (again, "five"), ==, 5);
}

static void
test_snapshot_bytes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (GBytes) with_nul = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) view = NULL;
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;

  intern_pool_intern_len (pool, "a\0b", 3);
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "\xff");
  (void) !intern_pool_acquire (pool, "mortal");
  opened = reopen (pool);
  g_assert_true (intern_pool_contains_bytes (opened, with_nul));
  g_assert_cmpuint (intern_pool_get_length (opened, intern_pool_lookup_len (opened, "a\0b", 3)), ==, 3);
  g_assert_cmpuint (intern_pool_get_length (opened, intern_pool_lookup (opened, "a")), ==, 1);
  g_assert_true (intern_pool_contains (opened, "mortal"));
  g_assert_cmpuint (intern_pool_get_n_strings (opened), ==, 4);

  first = intern_pool_to_bytes (pool, NULL);
  second = intern_pool_to_bytes (opened, NULL);
  g_assert_true (g_bytes_equal (first, second));

  view = intern_pool_intern_bytes (opened, with_nul, NULL);
  g_clear_object (&opened);
  g_assert_true (g_bytes_equal (view, with_nul));
}

static void
test_snapshot_clear (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;

  intern_pool_atom_from_string (pool, "one");
  opened = reopen (pool);
  intern_pool_clear (opened);
  g_assert_false (intern_pool_contains (opened, "one"));
  g_assert_null (intern_pool_atom_to_string (opened, 1));
  g_assert_cmpuint (intern_pool_atom_from_string (opened, "one"), ==, 2);
}

/* Longer than what a search inlines. */
#define LONG_LENGTH 500

static void
test_long_strings (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL, child = NULL, grandchild = NULL;
  g_autofree char *text = g_strnfill (LONG_LENGTH, 'x');
  const char *of_snapshot, *of_child;

  g_test_summary ("Long strings of a snapshot and of a parent are found by all children, and not added again");
  intern_pool_intern (pool, text);
  opened = reopen (pool);
  of_snapshot = intern_pool_lookup (opened, text);
  g_assert_cmpstr (of_snapshot, ==, text);
  intern_pool_freeze (opened);
  child = new_child (opened);
  text[0] = 'y';
  of_child = intern_pool_intern (child, text);
  intern_pool_freeze (child);
  grandchild = new_child (child);
  for (guint round = 0; round < 3; round++)
    {
      text[0] = 'y';
      g_assert_true (intern_pool_intern (grandchild, text) == of_child);
      g_assert_null (intern_pool_lookup (opened, text));
      text[0] = 'x';
      g_assert_true (intern_pool_intern (grandchild, text) == of_snapshot);
      g_assert_true (intern_pool_acquire (child, text) == of_snapshot);
      text[0] = 'z';
      g_assert_null (intern_pool_lookup (grandchild, text));
    }
  check_counts (grandchild, 2, 2 * LONG_LENGTH);
}

static gboolean
stop_later (const char *string,
            gsize       length,
            gpointer    n_left)
{
  return --*(guint *) n_left > 0;
}

static void
test_iteration_stops (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;

  g_test_summary ("An iteration may stop at a string of a snapshot, or at one that was added later");
  intern_pool_intern (pool, "one");
  intern_pool_intern (pool, "two");
  opened = reopen (pool);
  intern_pool_intern (opened, "three");
  for (guint wanted = 1; wanted <= 3; wanted++)
    {
      guint n_left = wanted;

      intern_pool_foreach (opened, stop_later, &n_left);
      g_assert_cmpuint (n_left, ==, 0);
    }
}

/* A string of the parent without an atom gets one from the child. */
static void
check_column (InternPool *child)
{
  static const char *const strings[] = { "none", "new", "atom", "none", "new", NULL };
  g_autoptr (InternPool) other = intern_pool_new ();
  g_autofree guint32 *atoms = NULL, *table = NULL;
  InternPoolStats before, after;
  gsize n_atoms, n_rows;

  intern_pool_get_stats (child, &before);
  atoms = intern_pool_encode (child, strings, -1, &n_atoms, NULL);
  g_assert_cmpuint (n_atoms, ==, 5);
  g_assert_cmpuint (atoms[2], ==, 1);
  g_assert_cmpuint (atoms[0], ==, 2);
  g_assert_cmpuint (atoms[1], ==, 3);
  g_assert_cmpuint (atoms[3], ==, atoms[0]);
  g_assert_cmpuint (atoms[4], ==, atoms[1]);
  intern_pool_get_stats (child, &after);
  /* At least the addresses of the two strings by their new atoms, and the table of the lent one. */
  g_assert_cmpuint (after.memory_usage, >=, before.memory_usage + 3 * sizeof (gpointer));

  table = intern_pool_translate (other, child, &n_rows, NULL);
  g_assert_cmpuint (n_rows, ==, 4);
  for (guint i = 0; i < n_atoms; i++)
    g_assert_cmpstr (intern_pool_atom_to_string (other, table[atoms[i]]), ==, strings[i]);
}

static void
test_column (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL, child = NULL;

  g_test_summary ("A column has the atoms of the layers, and new ones for strings of theirs that have none");
  intern_pool_atom_from_string (parent, "atom");
  intern_pool_intern (parent, "none");
  opened = reopen (parent);
  check_column (opened);
  intern_pool_freeze (parent);
  child = new_child (parent);
  check_column (child);
}

static void
test_snapshot_limits (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL;

  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "b");
  opened = reopen (pool);
  intern_pool_set_max_strings (opened, 3);
  g_assert_nonnull (intern_pool_intern (opened, "a"));
  g_assert_nonnull (intern_pool_intern (opened, "c"));
  g_assert_null (intern_pool_intern (opened, "d"));
}

static void
test_corrupt (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("this is no snapshot", 19);
  g_autoptr (GError) error = NULL;

  g_assert_null (intern_pool_new_from_bytes (bytes, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);
}

/* Files */

typedef struct
{
  char       *folder;
  GFile      *file;
  InternPool *pool;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *path = NULL;

  fixture->folder = g_dir_make_tmp ("intern-XXXXXX", NULL);
  path = g_build_filename (fixture->folder, "words.intern", NULL);
  fixture->file = g_file_new_for_path (path);
  fixture->pool = intern_pool_new ();
  add_many (fixture->pool, "old", TRUE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (fixture->folder);

  g_file_delete (fixture->file, NULL, NULL);
  g_assert_true (g_file_delete (folder, NULL, NULL));
  g_free (fixture->folder);
  g_object_unref (fixture->file);
  g_object_unref (fixture->pool);
}

static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
  static const InternSnapshotFlags flags[] = { INTERN_SNAPSHOT_NONE, INTERN_SNAPSHOT_TRUSTED };
  g_autoptr (GError) error = NULL;

  g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, &error));
  g_assert_no_error (error);

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (InternPool) opened = intern_pool_new_from_file (fixture->file, flags[i], NULL, &error);

      g_assert_no_error (error);
      /* Replaces the file that is mapped. */
      g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, &error));
      check_layers (opened);
    }
}

static void
test_file_errors (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GFile) nowhere = g_file_get_child (fixture->file, "below a file");
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GBytes) old = NULL;
  g_autoptr (GBytes) left = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (intern_pool_new_from_file (fixture->file, INTERN_SNAPSHOT_NONE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (intern_pool_new_from_file (fixture->file, INTERN_SNAPSHOT_TRUSTED, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, NULL));
  old = g_file_load_bytes (fixture->file, NULL, NULL, NULL);
  intern_pool_intern (fixture->pool, "one more");

  g_assert_false (intern_pool_save (fixture->pool, nowhere, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_clear_error (&error);

  g_cancellable_cancel (cancelled);
  g_assert_false (intern_pool_save (fixture->pool, fixture->file, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  for (guint trusted = 0; trusted < 2; trusted++)
    {
      g_clear_error (&error);
      g_assert_null (intern_pool_new_from_file (fixture->file, trusted ? INTERN_SNAPSHOT_TRUSTED : INTERN_SNAPSHOT_NONE,
                                                cancelled, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  left = g_file_load_bytes (fixture->file, NULL, NULL, NULL);
  g_assert_true (g_bytes_equal (old, left));
}

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return g_steal_pointer (result);
}

static void
test_results_of_others (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GTask) task = g_task_new (fixture->pool, NULL, NULL, NULL);
  g_autoptr (GTask) without_source = g_task_new (NULL, NULL, NULL, NULL);

  g_test_summary ("A finish function accepts only the result of its own call");
  g_task_return_boolean (task, TRUE);
  g_task_return_pointer (without_source, NULL, NULL);

  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*is_tagged*intern_pool_save_async*");
  g_assert_false (intern_pool_save_finish (fixture->pool, G_ASYNC_RESULT (task), NULL));
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*is_tagged*intern_pool_new_from_file_async*");
  g_assert_null (intern_pool_new_from_file_finish (G_ASYNC_RESULT (without_source), NULL));
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*is_tagged*intern_pool_load_stream_async*");
  g_assert_false (intern_pool_load_stream_finish (fixture->pool, G_ASYNC_RESULT (task), NULL, NULL));
  g_test_assert_expected_messages ();
}

static void
test_file_async (Fixture       *fixture,
                 gconstpointer  data)
{
  GAsyncResult *result = NULL;
  g_autoptr (GAsyncResult) saved = NULL;
  g_autoptr (GAsyncResult) loaded = NULL;
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (GError) error = NULL;

  if (TASKS_ARE_HIDDEN)
    {
      g_test_skip ("ThreadSanitizer does not see the locks of GTask");
      return;
    }

  intern_pool_save_async (fixture->pool, fixture->file, NULL, keep_result, &result);
  saved = wait_for (&result);
  g_assert_true (intern_pool_save_finish (fixture->pool, saved, &error));
  g_assert_no_error (error);

  intern_pool_new_from_file_async (fixture->file, INTERN_SNAPSHOT_NONE, NULL, keep_result, &result);
  loaded = wait_for (&result);
  opened = intern_pool_new_from_file_finish (loaded, &error);
  g_assert_no_error (error);
  check_layers (opened);
}

static void
test_late_cancel (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *result = NULL;
  g_autoptr (GAsyncResult) saved = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that has been replaced before the call is cancelled is reported as saved");
  if (TASKS_ARE_HIDDEN)
    {
      g_test_skip ("ThreadSanitizer does not see the locks of GTask");
      return;
    }

  intern_pool_save_async (fixture->pool, fixture->file, cancellable, keep_result, &result);
  /* The main loop does not run meanwhile. The file gets its name in the last step of a save. */
  while (!g_file_query_exists (fixture->file, NULL))
    g_usleep (1000);
  g_usleep (100000);
  g_cancellable_cancel (cancellable);
  saved = wait_for (&result);
  g_assert_true (intern_pool_save_finish (fixture->pool, saved, &error));
  g_assert_no_error (error);
}

static void
test_depth (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  guint n_layers = 0;

  g_test_summary ("There are at most 500 layers, and all of them are found, listed, counted and freed");
  for (;;)
    {
      g_autofree char *string = g_strdup_printf ("%u", n_layers);
      InternPool *child;

      g_assert_cmpuint (intern_pool_atom_from_string (pool, string), ==, n_layers + 1);
      intern_pool_freeze (pool);
      child = intern_pool_new_child (pool, &error);
      if (child == NULL)
        break;
      g_object_unref (pool);
      pool = child;
      n_layers++;
    }
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  g_assert_cmpuint (n_layers, ==, 500);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 501);
  g_assert_cmpstr (intern_pool_lookup (pool, "0"), ==, "0");
  g_assert_cmpstr (intern_pool_atom_to_string (pool, 1), ==, "0");
  g_assert_null (intern_pool_lookup (pool, "501"));
  g_strfreev (intern_pool_dup_strings (pool));
}

static void
test_file_async_errors (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GFile) nowhere = g_file_get_child (fixture->file, "below a file");
  GAsyncResult *result = NULL;
  g_autoptr (GAsyncResult) saved = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What fails in another thread is reported when the call is finished");
  if (TASKS_ARE_HIDDEN)
    {
      g_test_skip ("ThreadSanitizer does not see the locks of GTask");
      return;
    }

  for (guint trusted = 0; trusted < 2; trusted++)
    {
      g_autoptr (GAsyncResult) loaded = NULL;

      intern_pool_new_from_file_async (fixture->file, trusted ? INTERN_SNAPSHOT_TRUSTED : INTERN_SNAPSHOT_NONE, NULL,
                                       keep_result, &result);
      loaded = wait_for (&result);
      g_assert_null (intern_pool_new_from_file_finish (loaded, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      g_clear_error (&error);
    }

  g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, NULL));
  intern_pool_save_async (fixture->pool, nowhere, NULL, keep_result, &result);
  saved = wait_for (&result);
  g_assert_false (intern_pool_save_finish (fixture->pool, saved, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
}

/* Threads */

static gpointer
search (gpointer data)
{
  InternPool *pool = data;

  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < N_MANY; i++)
      {
        g_autofree char *old = g_strdup_printf ("old %u", i);
        const char *string = intern_pool_intern (pool, old);

        g_assert_true (string == NULL || strcmp (string, old) == 0);
        if (i % 8 == 0)
          intern_pool_release (pool, intern_pool_acquire (pool, old + 1));
        if (i % 2 == 0 && string != NULL)
          intern_pool_atom_from_string (pool, old);
      }

  return NULL;
}

static void
run_threads (InternPool *pool,
             gboolean    freeze)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("search", search, pool);
  if (freeze)
    {
      g_usleep (2000);
      intern_pool_freeze (pool);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_threads (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;
  g_autoptr (InternPool) opened = NULL;

  g_test_summary ("A pool may be frozen while threads use it; then they use its child and its snapshot");
  run_threads (pool, TRUE);
  run_threads (pool, FALSE);
  child = new_child (pool);
  run_threads (child, FALSE);
  opened = reopen (child);
  run_threads (opened, TRUE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/layers/pool-counts-what-it-finds", test_layers_count);
  g_test_add_func ("/layers/frozen-pool-adds-nothing", test_freeze);
  g_test_add_func ("/layers/frozen-pool-finds-many-strings", test_freeze_many);
  g_test_add_func ("/layers/child-finds-strings-of-its-parent", test_child);
  g_test_add_func ("/layers/cleared-child-keeps-its-parent", test_child_clear);
  g_test_add_func ("/layers/child-of-many-strings", test_child_many);
  g_test_add_func ("/layers/snapshot-of-many-strings", test_snapshot_many);
  g_test_add_func ("/layers/snapshot-keeps-atoms", test_snapshot_atoms);
  g_test_add_func ("/layers/snapshot-keeps-any-bytes", test_snapshot_bytes);
  g_test_add_func ("/layers/clear-drops-the-snapshot", test_snapshot_clear);
  g_test_add_func ("/layers/snapshot-counts-for-limits", test_snapshot_limits);
  g_test_add_func ("/layers/long-strings-are-found", test_long_strings);
  g_test_add_func ("/layers/iteration-stops-in-any-layer", test_iteration_stops);
  g_test_add_func ("/layers/column-has-atoms-of-all-layers", test_column);
  g_test_add_func ("/layers/damaged-snapshot-is-an-error", test_corrupt);
  g_test_add ("/layers/file-is-saved-and-opened", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/layers/file-errors-are-reported", Fixture, NULL, set_up, test_file_errors, tear_down);
  g_test_add ("/layers/finish-refuses-other-results", Fixture, NULL, set_up, test_results_of_others, tear_down);
  g_test_add ("/layers/file-is-saved-and-opened-async", Fixture, NULL, set_up, test_file_async, tear_down);
  g_test_add ("/layers/saved-although-cancelled-later", Fixture, NULL, set_up, test_late_cancel, tear_down);
  g_test_add_func ("/layers/no-deeper-than-500", test_depth);
  g_test_add ("/layers/file-errors-are-reported-async", Fixture, NULL, set_up, test_file_async_errors, tear_down);
  g_test_add_func ("/layers/threads-use-frozen-layers", test_threads);

  return g_test_run ();
}
