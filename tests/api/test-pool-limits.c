/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <string.h>

static void
test_full_pool_still_finds (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 2, NULL);
  g_autoptr (GError) error = NULL;
  const char *a = intern_pool_intern (pool, "a");

  g_test_summary ("A full pool refuses new strings and finds old ones");
  intern_pool_intern (pool, "b");
  g_assert_null (intern_pool_intern (pool, "c"));
  g_assert_null (intern_pool_intern_len (pool, "c", 1));
  g_assert_null (intern_pool_try_intern (pool, "c", &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (intern_pool_intern (pool, "a") == a);
  g_assert_true (intern_pool_try_intern (pool, "a", NULL) == a);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 2);
}

static void
test_bytes_are_limited (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-bytes", (guint64) 10, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("seven b", 7);
  g_autoptr (GBytes) view = NULL;
  g_autoptr (GError) full = NULL, too_long = NULL;

  g_test_summary ("max-bytes counts bytes without NULs; a string above it is too long");
  g_assert_nonnull (intern_pool_intern (pool, "four"));
  view = intern_pool_intern_bytes (pool, bytes, &full);
  g_assert_null (view);
  g_assert_error (full, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_null (intern_pool_try_intern (pool, "eleven byte", &too_long));
  g_assert_error (too_long, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
  g_assert_nonnull (intern_pool_intern (pool, "six by"));
  g_assert_nonnull (intern_pool_intern (pool, ""));
  g_assert_null (intern_pool_intern (pool, "x"));
}

static void
test_too_long_for_any_pool (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A length that no pool can hold is refused before a byte is read");
  g_assert_null (intern_pool_try_intern_len (pool, "x", G_MAXSSIZE, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
  g_assert_null (intern_pool_intern_len (pool, "x", G_MAXSSIZE));
  g_assert_null (intern_pool_lookup_len (pool, "x", G_MAXSSIZE));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
test_limits_can_be_moved (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("A limit may be set below the current contents; raising it allows new strings");
  for (guint i = 0; i < 100; i++)
    intern_pool_intern_len (pool, (const char *) &i, sizeof i);

  intern_pool_set_max_strings (pool, 10);
  g_assert_cmpuint (intern_pool_get_max_strings (pool), ==, 10);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 100);
  g_assert_null (intern_pool_intern (pool, "new"));

  intern_pool_set_max_strings (pool, 101);
  g_assert_nonnull (intern_pool_intern (pool, "new"));
  g_assert_null (intern_pool_intern (pool, "newer"));

  intern_pool_set_max_strings (pool, 0);
  intern_pool_set_max_bytes (pool, 408);
  g_assert_cmpuint (intern_pool_get_max_bytes (pool), ==, 408);
  g_assert_nonnull (intern_pool_intern (pool, "newer"));
  g_assert_null (intern_pool_intern (pool, "newest"));

  intern_pool_set_max_bytes (pool, 0);
  g_assert_nonnull (intern_pool_intern (pool, "newest"));
}

static void
test_clear_makes_room (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);

  g_test_summary ("Clearing a pool keeps its limits and restarts their counts");
  g_assert_nonnull (intern_pool_intern (pool, "a"));
  g_assert_null (intern_pool_intern (pool, "b"));
  intern_pool_clear (pool);
  g_assert_nonnull (intern_pool_intern (pool, "b"));
  g_assert_null (intern_pool_intern (pool, "a"));
}

static void
count (gpointer object,
       gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  ++*(guint *) user_data;
}

static void
test_signal_comes_once (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  guint n_signals = 0;

  g_test_summary ("limit-reached is emitted at the first refusal, and again after there was room");
  g_signal_connect (pool, "limit-reached", G_CALLBACK (count), &n_signals);
  intern_pool_intern (pool, "a");
  g_assert_cmpuint (n_signals, ==, 0);
  for (guint i = 0; i < 3; i++)
    intern_pool_intern (pool, "b");
  g_assert_cmpuint (n_signals, ==, 1);

  intern_pool_set_max_strings (pool, 2);
  g_assert_nonnull (intern_pool_intern (pool, "b"));
  g_assert_cmpuint (n_signals, ==, 1);
  intern_pool_intern (pool, "c");
  intern_pool_intern (pool, "c");
  g_assert_cmpuint (n_signals, ==, 2);

  intern_pool_clear (pool);
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "b");
  g_assert_cmpuint (n_signals, ==, 2);
  intern_pool_intern (pool, "c");
  g_assert_cmpuint (n_signals, ==, 3);
}

static void
test_properties_notify_changes_only (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  guint n_strings = 0, n_bytes = 0;

  g_test_summary ("Setting a property to its value notifies nothing");
  g_signal_connect (pool, "notify::max-strings", G_CALLBACK (count_notify), &n_strings);
  g_signal_connect (pool, "notify::max-bytes", G_CALLBACK (count_notify), &n_bytes);
  intern_pool_set_max_strings (pool, 0);
  intern_pool_set_max_bytes (pool, 0);
  g_assert_cmpuint (n_strings + n_bytes, ==, 0);
  g_object_set (pool, "max-strings", 5, "max-bytes", (guint64) 6, NULL);
  intern_pool_set_max_strings (pool, 5);
  intern_pool_set_max_bytes (pool, 6);
  g_assert_cmpuint (n_strings, ==, 1);
  g_assert_cmpuint (n_bytes, ==, 1);
}

static void
test_settings_are_properties (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  guint max_strings, stats_interval;
  guint64 max_bytes;
  gboolean emit_added;

  g_test_summary ("Each setting can be set and read as a property, and by its function");
  for (guint i = 0; i < 2; i++)
    {
      g_object_set (pool, "max-strings", 3 + i, "max-bytes", (guint64) 40 + i, "emit-added", (gboolean) i,
                    "stats-interval", 500 + i, NULL);
      g_object_get (pool, "max-strings", &max_strings, "max-bytes", &max_bytes, "emit-added", &emit_added,
                    "stats-interval", &stats_interval, NULL);
      g_assert_cmpuint (max_strings, ==, 3 + i);
      g_assert_cmpuint (max_bytes, ==, 40 + i);
      g_assert_cmpint (emit_added, ==, i);
      g_assert_cmpuint (stats_interval, ==, 500 + i);
      g_assert_cmpuint (intern_pool_get_max_strings (pool), ==, max_strings);
      g_assert_cmpuint (intern_pool_get_max_bytes (pool), ==, max_bytes);
      g_assert_cmpint (intern_pool_get_emit_added (pool), ==, emit_added);
      g_assert_cmpuint (intern_pool_get_stats_interval (pool), ==, stats_interval);
    }
}

typedef struct
{
  InternPool *pool;
  guint       number;
  guint       n_added;
} Adder;

static gpointer
add_own_strings (gpointer data)
{
  Adder *adder = data;

  for (guint i = 0; i < 5000; i++)
    {
      const guint own[2] = { adder->number, i };

      adder->n_added += intern_pool_intern_len (adder->pool, (const char *) own, sizeof own) != NULL;
    }

  return NULL;
}

static void
test_exact_with_threads (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 12345, NULL);
  Adder adders[8];
  GThread *threads[8];
  guint n_added = 0;

  g_test_summary ("Eight threads fill a pool exactly to its limit");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      adders[i] = (Adder) { pool, i, 0 };
      threads[i] = g_thread_new ("add", add_own_strings, &adders[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_thread_join (threads[i]);
      n_added += adders[i].n_added;
    }
  g_assert_cmpuint (n_added, ==, 12345);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 12345);
}

static void
test_child_keeps_its_limit (void)
{
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;

  g_test_summary ("The strings of the parent count for the limit of a child, also after clear()");
  for (guint i = 0; i < 10; i++)
    {
      const char string[] = { (char) ('a' + i), '\0' };

      intern_pool_intern (parent, string);
    }
  intern_pool_freeze (parent);
  child = intern_pool_new_child (parent, NULL);
  intern_pool_set_max_strings (child, 12);

  for (guint round = 0; round < 3; round++)
    {
      g_assert_nonnull (intern_pool_intern (child, "one"));
      g_assert_nonnull (intern_pool_intern (child, "two"));
      g_assert_null (intern_pool_intern (child, "one too many"));
      g_assert_cmpuint (intern_pool_get_n_strings (child), ==, 12);
      intern_pool_clear (child);
      g_assert_cmpuint (intern_pool_get_n_strings (child), ==, 10);
    }

  intern_pool_set_max_strings (child, 0);
  intern_pool_set_max_bytes (child, 13);
  intern_pool_clear (child);
  g_assert_nonnull (intern_pool_intern (child, "one"));
  g_assert_null (intern_pool_intern (child, "x"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/limits/full-pool-still-finds", test_full_pool_still_finds);
  g_test_add_func ("/limits/bytes-are-limited", test_bytes_are_limited);
  g_test_add_func ("/limits/too-long-for-any-pool", test_too_long_for_any_pool);
  g_test_add_func ("/limits/can-be-changed", test_limits_can_be_moved);
  g_test_add_func ("/limits/clear-makes-room", test_clear_makes_room);
  g_test_add_func ("/limits/child-keeps-its-limit", test_child_keeps_its_limit);
  g_test_add_func ("/limits/signal-is-emitted-once", test_signal_comes_once);
  g_test_add_func ("/limits/properties-notify-changes-only", test_properties_notify_changes_only);
  g_test_add_func ("/limits/settings-are-properties", test_settings_are_properties);
  g_test_add_func ("/limits/exact-with-threads", test_exact_with_threads);

  return g_test_run ();
}
