/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <string.h>

typedef struct
{
  InternPool *pool;
  GPtrArray  *strings; /* (element-type utf8) the arguments of string-added */
  GThread    *thread;
  guint       n_bytes;
} Listener;

static void
string_added_cb (InternPool *pool,
                 const char *string,
                 Listener   *listener)
{
  g_assert_true (pool == listener->pool);
  listener->thread = g_thread_self ();
  g_ptr_array_add (listener->strings, (gpointer) string);
}

static void
bytes_added_cb (InternPool *pool,
                GBytes     *bytes,
                Listener   *listener)
{
  g_assert_true (intern_pool_contains_bytes (pool, bytes));
  listener->n_bytes++;
}

static void
listen (Listener   *listener,
        InternPool *pool)
{
  *listener = (Listener) { pool, g_ptr_array_new (), NULL, 0 };
  g_signal_connect (pool, "string-added", G_CALLBACK (string_added_cb), listener);
  g_signal_connect (pool, "bytes-added", G_CALLBACK (bytes_added_cb), listener);
}

static gpointer
intern_in_thread (gpointer pool)
{
  return (gpointer) intern_pool_intern (pool, "from another thread");
}

static void
test_added_tells_new_strings (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Listener listener;
  GThread *thread;
  gpointer interned;

  g_test_summary ("Each new string is emitted once, as the pool's own copy, in the thread that added it");
  listen (&listener, pool);
  interned = (gpointer) intern_pool_intern (pool, "a");
  g_assert_cmpuint (listener.strings->len, ==, 1);
  g_assert_true (g_ptr_array_index (listener.strings, 0) == interned);
  g_assert_true (listener.thread == g_thread_self ());

  intern_pool_intern (pool, "a");
  intern_pool_lookup (pool, "b");
  g_assert_cmpuint (listener.strings->len, ==, 1);

  thread = g_thread_new ("other", intern_in_thread, pool);
  interned = g_thread_join (thread);
  g_assert_cmpuint (listener.strings->len, ==, 2);
  g_assert_true (g_ptr_array_index (listener.strings, 1) == interned);
  g_assert_true (listener.thread == thread);
  g_ptr_array_unref (listener.strings);
}

static void
test_nuls_come_as_bytes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Listener listener;

  g_test_summary ("A string with a NUL is emitted as bytes");
  listen (&listener, pool);
  intern_pool_intern_len (pool, "a\0b", 3);
  intern_pool_intern_len (pool, "\0", 1);
  g_assert_cmpuint (listener.n_bytes, ==, 2);
  g_assert_cmpuint (listener.strings->len, ==, 0);
  intern_pool_intern_len (pool, "\xff\xfe", 2);
  g_assert_cmpuint (listener.n_bytes, ==, 2);
  g_assert_cmpuint (listener.strings->len, ==, 1);
  g_ptr_array_unref (listener.strings);
}

static void
test_only_bytes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("oak\na\0b\nelm\n\0\n", 14);
  g_autoptr (GBytes) atoms = NULL;
  Listener listener;

  g_test_summary ("A handler of bytes-added alone gets the strings with a NUL of a batch, and no other");
  listen (&listener, pool);
  g_assert_cmpuint (g_signal_handlers_disconnect_matched (pool, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA,
                                                          g_signal_lookup ("string-added", INTERN_TYPE_POOL), 0, NULL,
                                                          NULL, &listener), ==, 1);
  atoms = intern_pool_encode_delimited (pool, text, '\n', NULL);
  g_assert_nonnull (atoms);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 4);
  g_assert_cmpuint (listener.n_bytes, ==, 2);
  g_assert_cmpuint (listener.strings->len, ==, 0);
  g_ptr_array_unref (listener.strings);
}

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  ++*(guint *) user_data;
}

static void
test_added_can_be_switched_off (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Listener listener;
  guint n_notifies = 0;

  g_test_summary ("emit-added switches the signal off and on");
  listen (&listener, pool);
  g_signal_connect (pool, "notify::emit-added", G_CALLBACK (count_notify), &n_notifies);
  g_assert_true (intern_pool_get_emit_added (pool));
  intern_pool_set_emit_added (pool, TRUE);
  g_assert_cmpuint (n_notifies, ==, 0);
  g_object_set (pool, "emit-added", FALSE, NULL);
  g_assert_false (intern_pool_get_emit_added (pool));
  g_assert_cmpuint (n_notifies, ==, 1);
  intern_pool_intern (pool, "a");
  intern_pool_intern_len (pool, "a\0b", 3);
  g_assert_cmpuint (listener.strings->len + listener.n_bytes, ==, 0);
  intern_pool_set_emit_added (pool, TRUE);
  intern_pool_intern (pool, "b");
  g_assert_cmpuint (listener.strings->len, ==, 1);
  g_ptr_array_unref (listener.strings);
}

static void
intern_longer_cb (InternPool *pool,
                  const char *string,
                  guint      *n_calls)
{
  ++*n_calls;
  if (strlen (string) < 100)
    {
      g_autofree char *longer = g_strconcat (string, "x", NULL);

      g_assert_nonnull (intern_pool_intern (pool, longer));
    }
  g_assert_true (intern_pool_lookup (pool, string) == string);
}

static void
test_handler_may_intern (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  guint n_calls = 0;

  g_test_summary ("A handler may add to its pool, a hundred levels deep");
  g_signal_connect (pool, "string-added", G_CALLBACK (intern_longer_cb), &n_calls);
  g_assert_cmpstr (intern_pool_intern (pool, ""), ==, "");
  g_assert_cmpuint (n_calls, ==, 101);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 101);
}

static void
drop_cb (InternPool *pool)
{
  g_object_unref (pool);
}

static void
drop_on_added_cb (InternPool *pool,
                  const char *string,
                  gpointer    user_data)
{
  g_object_unref (pool);
  /* The emission holds a reference to the string. */
  g_assert_cmpstr (string, ==, "last");
}

static void
set_true (gpointer  data,
          GObject  *where)
{
  *(gboolean *) data = TRUE;
}

static void
test_handler_may_drop_the_last_reference (void)
{
  InternPool *pool;
  gboolean gone;

  g_test_summary ("A handler may drop the last reference; the pool is finalized after the emission");
  pool = intern_pool_new ();
  gone = FALSE;
  g_object_weak_ref (G_OBJECT (pool), set_true, &gone);
  g_signal_connect (pool, "string-added", G_CALLBACK (drop_on_added_cb), NULL);
  intern_pool_intern (pool, "last");
  g_assert_true (gone);

  pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  gone = FALSE;
  g_object_weak_ref (G_OBJECT (pool), set_true, &gone);
  g_signal_connect (pool, "limit-reached", G_CALLBACK (drop_cb), NULL);
  intern_pool_intern (pool, "a");
  g_assert_null (intern_pool_intern (pool, "b"));
  g_assert_true (gone);

  pool = intern_pool_new ();
  gone = FALSE;
  g_object_weak_ref (G_OBJECT (pool), set_true, &gone);
  g_signal_connect (pool, "cleared", G_CALLBACK (drop_cb), NULL);
  intern_pool_clear (pool);
  g_assert_true (gone);
}

static void
clear_cb (InternPool *pool,
          const char *string,
          gpointer    user_data)
{
  intern_pool_clear (pool);
}

static void
test_handler_may_clear (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("a", 1);
  g_autoptr (GBytes) view = NULL;

  g_test_summary ("A handler may clear the pool; a view of the new string stays valid");
  g_signal_connect (pool, "string-added", G_CALLBACK (clear_cb), NULL);
  view = intern_pool_intern_bytes (pool, bytes, NULL);
  g_assert_true (g_bytes_equal (view, bytes));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
refuse_cb (InternPool *pool,
           guint      *n_calls)
{
  ++*n_calls;
  intern_pool_set_max_strings (pool, intern_pool_get_max_strings (pool) + 1);
}

static void
test_handler_may_raise_the_limit (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  g_autoptr (GError) error = NULL;
  guint n_calls = 0;

  g_test_summary ("A handler of limit-reached may make room for the next call");
  g_signal_connect (pool, "limit-reached", G_CALLBACK (refuse_cb), &n_calls);
  intern_pool_intern (pool, "a");
  g_assert_null (intern_pool_try_intern (pool, "b", &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_nonnull (intern_pool_intern (pool, "b"));
  g_assert_cmpuint (n_calls, ==, 1);
}

/* Statistics */

static void
stats_changed_cb (InternPool *pool,
                  guint      *n_calls)
{
  ++*n_calls;
}

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

static void
run_for (GMainContext *context,
         guint         milliseconds)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  GSource *source = g_timeout_source_new (milliseconds);

  g_source_set_callback (source, quit_cb, loop, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_loop_run (loop);
}

static void
test_stats_are_emitted_at_intervals (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (InternPool) pool = NULL;
  guint n_changed = 0, n_strings = 0, n_hits = 0, n_dead = 0;

  g_test_summary ("Changed statistics are emitted together, in the context of the pool, only with an interval");
  g_main_context_push_thread_default (context);
  pool = intern_pool_new ();
  g_main_context_pop_thread_default (context);
  g_signal_connect (pool, "stats-changed", G_CALLBACK (stats_changed_cb), &n_changed);
  g_signal_connect (pool, "notify::n-strings", G_CALLBACK (count_notify), &n_strings);
  g_signal_connect (pool, "notify::n-hits", G_CALLBACK (count_notify), &n_hits);
  g_signal_connect (pool, "notify::n-dead", G_CALLBACK (count_notify), &n_dead);

  intern_pool_intern (pool, "before");
  run_for (context, 50);
  g_assert_cmpuint (n_changed, ==, 0);

  intern_pool_set_stats_interval (pool, 10);
  g_assert_cmpuint (intern_pool_get_stats_interval (pool), ==, 10);
  run_for (context, 50);
  g_assert_cmpuint (n_changed, ==, 0);

  for (guint i = 0; i < 1000; i++)
    intern_pool_intern (pool, "now");
  g_assert_cmpuint (n_changed, ==, 0);
  run_for (context, 50);
  g_assert_cmpuint (n_changed, ==, 1);
  g_assert_cmpuint (n_strings, ==, 1);
  g_assert_cmpuint (n_hits, ==, 1);
  g_assert_cmpuint (n_dead, ==, 0);

  intern_pool_intern (pool, "now");
  run_for (context, 50);
  g_assert_cmpuint (n_changed, ==, 2);
  g_assert_cmpuint (n_strings, ==, 1);
  g_assert_cmpuint (n_hits, ==, 2);

  intern_pool_set_stats_interval (pool, 0);
  intern_pool_intern (pool, "after");
  run_for (context, 50);
  g_assert_cmpuint (n_changed, ==, 2);
}

static void
test_watched_pool_can_go (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  InternPool *pool;
  gboolean gone = FALSE;

  g_test_summary ("An interval does not keep a pool alive");
  g_main_context_push_thread_default (context);
  pool = g_object_new (INTERN_TYPE_POOL, "stats-interval", 1, NULL);
  g_main_context_pop_thread_default (context);
  g_object_weak_ref (G_OBJECT (pool), set_true, &gone);
  intern_pool_intern (pool, "a");
  g_object_unref (pool);
  g_assert_true (gone);
  run_for (context, 20);
}

static void
test_watched_pool_can_be_dropped_by_handler (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  InternPool *pool;
  gboolean gone = FALSE;

  g_test_summary ("A handler of stats-changed may drop the last reference");
  g_main_context_push_thread_default (context);
  pool = g_object_new (INTERN_TYPE_POOL, "stats-interval", 1, NULL);
  g_main_context_pop_thread_default (context);
  g_object_weak_ref (G_OBJECT (pool), set_true, &gone);
  g_signal_connect (pool, "stats-changed", G_CALLBACK (drop_cb), NULL);
  intern_pool_intern (pool, "a");
  run_for (context, 50);
  g_assert_true (gone);
}

static void
clear_at_first_cb (InternPool *pool,
                   const char *string,
                   guint      *n_seen)
{
  /* It is the pool's own copy, whose atom may be asked for. */
  g_assert_true (intern_pool_lookup (pool, string) == string);
  g_assert_cmpuint (intern_pool_get_atom (pool, string), !=, INTERN_ATOM_NONE);
  ++*n_seen;
  intern_pool_clear (pool);
}

static void
test_cleared_strings (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("first\nsecond\n", 13);
  g_autoptr (GBytes) atoms = NULL;
  guint n_seen = 0;

  g_test_summary ("A string that is in the pool no more, since a handler has cleared it, is not announced");
  g_signal_connect (pool, "string-added", G_CALLBACK (clear_at_first_cb), &n_seen);
  atoms = intern_pool_encode_delimited (pool, text, '\n', NULL);
  g_assert_cmpuint (n_seen, ==, 1);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/signals/added/emits-new-strings", test_added_tells_new_strings);
  g_test_add_func ("/signals/added/strings-with-nuls-are-bytes", test_nuls_come_as_bytes);
  g_test_add_func ("/signals/added/bytes-alone", test_only_bytes);
  g_test_add_func ("/signals/added/can-be-switched-off", test_added_can_be_switched_off);
  g_test_add_func ("/signals/handler/may-intern", test_handler_may_intern);
  g_test_add_func ("/signals/handler/may-drop-the-last-reference", test_handler_may_drop_the_last_reference);
  g_test_add_func ("/signals/handler/may-clear", test_handler_may_clear);
  g_test_add_func ("/signals/handler/may-raise-the-limit", test_handler_may_raise_the_limit);
  g_test_add_func ("/signals/stats/are-emitted-at-intervals", test_stats_are_emitted_at_intervals);
  g_test_add_func ("/signals/stats/watched-pool-can-be-finalized", test_watched_pool_can_go);
  g_test_add_func ("/signals/stats/handler-may-drop-the-last-reference", test_watched_pool_can_be_dropped_by_handler);
  g_test_add_func ("/signals/cleared-strings-are-not-announced", test_cleared_strings);

  return g_test_run ();
}
