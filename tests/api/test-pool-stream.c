/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <stdio.h>
#include <string.h>

#include "sanitizers.h"

/* Every test runs twice: blocking and asynchronously. */
#define BLOCKING NULL
#define ASYNC GINT_TO_POINTER (TRUE)

/* A stream with short reads, errors, cancellation and no end. */
typedef struct
{
  GInputStream  parent_instance;
  GBytes       *bytes;       /* (owned) (nullable) if NULL, the stream is endless */
  gsize         position;
  guint         n_threaded;  /* reads in a thread */
  gsize         step;        /* the most bytes of a read, or 0 for random lengths */
  gsize         fail_at;     /* position of an error, or 0 */
  gsize         cancel_at;   /* position at which it is cancelled, or 0 */
  GCancellable *cancellable; /* (nullable) */
} TestStream;

typedef GInputStreamClass TestStreamClass;

static GType test_stream_get_type (void);
G_DEFINE_TYPE (TestStream, test_stream, G_TYPE_INPUT_STREAM)

static gssize
test_stream_read (GInputStream  *stream,
                  void          *buffer,
                  gsize          count,
                  GCancellable  *cancellable,
                  GError       **error)
{
  TestStream *self = (TestStream *) stream;
  const gsize step = self->step != 0 ? self->step : (gsize) g_random_int_range (1, 50);
  gsize size = G_MAXSSIZE;
  const char *data = self->bytes == NULL ? NULL : g_bytes_get_data (self->bytes, &size);
  const gsize n_read = MIN (MIN (count, step), size - self->position);

  if (self->cancel_at != 0 && self->position >= self->cancel_at)
    g_cancellable_cancel (self->cancellable);
  if (self->fail_at != 0 && self->position >= self->fail_at)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The line is dead");
      return -1;
    }

  if (data == NULL)
    memset (buffer, 'x', n_read);
  else
    memcpy (buffer, data + self->position, n_read);
  self->position += n_read;

  return (gssize) n_read;
}

typedef struct
{
  void  *buffer;
  gsize  count;
} Read;

static void
read_in_task (GTask        *task,
              gpointer      stream,
              gpointer      data,
              GCancellable *cancellable)
{
  const Read *wanted = data;
  GError *error = NULL;
  const gssize n_read = test_stream_read (stream, wanted->buffer, wanted->count, cancellable, &error);

  if (n_read < 0)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, n_read);
}

/* The first reads run in a thread, as GIO does it, the others in the main loop, which is faster. With ThreadSanitizer
 * all run in the main loop, since it does not see the locks of GIO. */
static void
test_stream_read_async (GInputStream        *stream,
                        void                *buffer,
                        gsize                count,
                        int                  io_priority,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  const Read wanted = { buffer, count };
  const guint n_threaded = ON_TSAN ? 0 : 20;
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_task_data (task, g_memdup2 (&wanted, sizeof wanted), g_free);
  if (((TestStream *) stream)->n_threaded++ < n_threaded)
    g_task_run_in_thread (task, read_in_task);
  else
    read_in_task (task, stream, g_task_get_task_data (task), cancellable);
}

static void
test_stream_finalize (GObject *object)
{
  g_clear_pointer (&((TestStream *) object)->bytes, g_bytes_unref);

  G_OBJECT_CLASS (test_stream_parent_class)->finalize (object);
}

static void
test_stream_class_init (TestStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_stream_finalize;
  klass->read_fn = test_stream_read;
  klass->read_async = test_stream_read_async;
}

static void
test_stream_init (TestStream *self)
{
}

static TestStream *
stream_new (GBytes *bytes)
{
  TestStream *stream = g_object_new (test_stream_get_type (), NULL);

  stream->bytes = bytes == NULL ? NULL : g_bytes_ref (bytes);

  return stream;
}

/* One call, blocking or asynchronous. */
typedef struct
{
  InternPool   *pool;
  TestStream   *stream;      /* (owned) */
  GCancellable *cancellable; /* (nullable) */
  GThread      *thread;
  guint8        delimiter;
  gboolean      progress_dropped;
  gboolean      done;
  gboolean      ok;
  guint64       n_reports;   /* calls of progress */
  guint64       last_bytes;  /* in the last one */
  guint64       last_strings;
  guint64       n_strings;
  GError       *error;       /* (owned) */
} Run;

static void
progress_cb (guint64  n_bytes,
             guint64  n_strings,
             gpointer user_data)
{
  Run *run = user_data;

  g_assert_true (g_thread_self () == run->thread);
  g_assert_false (run->progress_dropped || run->done);
  g_assert_cmpuint (n_bytes, >=, run->last_bytes);
  g_assert_cmpuint (n_strings, >=, run->last_strings);
  run->last_bytes = n_bytes;
  run->last_strings = n_strings;
  run->n_reports++;
}

static void
progress_destroy_cb (gpointer user_data)
{
  Run *run = user_data;

  g_assert_true (g_thread_self () == run->thread);
  g_assert_false (run->progress_dropped || run->done);
  run->progress_dropped = TRUE;
}

static void
done_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Run *run = user_data;

  g_assert_true (g_thread_self () == run->thread);
  g_assert_true (run->progress_dropped);
  run->ok = intern_pool_load_stream_finish (INTERN_POOL (source), result, &run->n_strings, &run->error);
  run->done = TRUE;
}

static void
run_start (Run *run)
{
  run->thread = g_thread_self ();
  intern_pool_load_stream_async (run->pool, G_INPUT_STREAM (run->stream), run->delimiter, G_PRIORITY_DEFAULT,
                                 run->cancellable, progress_cb, run, progress_destroy_cb, done_cb, run);
}

static void
run_load (Run           *run,
          gconstpointer  async)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  run->thread = g_thread_self ();
  if (async == BLOCKING)
    {
      run->ok = intern_pool_load_stream (run->pool, G_INPUT_STREAM (run->stream), run->delimiter, progress_cb, run,
                                         run->cancellable, &run->n_strings, &run->error);
      g_assert_cmpint (run->ok, ==, run->error == NULL);
      return;
    }

  g_main_context_push_thread_default (context);
  run_start (run);
  g_assert_cmpuint (run->n_reports, ==, 0);
  while (!run->done)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  g_assert_cmpint (run->ok, ==, run->error == NULL);
}

static void
run_clear (Run *run)
{
  g_clear_object (&run->stream);
  g_clear_error (&run->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Checks that the pool has the strings and atoms that encode() of the text gives, and their number. */
static void
check_same (const Run *run,
            GBytes    *text)
{
  g_autoptr (InternPool) other = intern_pool_new ();
  g_autoptr (GBytes) atoms = intern_pool_encode_delimited (other, text, run->delimiter, NULL);
  g_auto (GStrv) strings = intern_pool_dup_strings (other);

  g_assert_no_error (run->error);
  g_assert_cmpuint (run->n_strings, ==, g_bytes_get_size (atoms) / sizeof (guint32));
  g_assert_cmpuint (run->last_strings, ==, run->n_strings);
  g_assert_cmpuint (run->last_bytes, ==, g_bytes_get_size (text));
  g_assert_cmpuint (run->n_reports, >, 0);
  g_assert_cmpuint (intern_pool_get_n_strings (run->pool), ==, intern_pool_get_n_strings (other));
  for (guint i = 0; strings[i] != NULL; i++)
    g_assert_true (intern_pool_contains (run->pool, strings[i]));
}

static void
load_and_compare (GBytes        *text,
                  guint8         delimiter,
                  gsize          step,
                  gconstpointer  async)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = delimiter };

  run.stream->step = step;
  run_load (&run, async);
  check_same (&run, text);
}

static GBytes *
make_text (guint n_strings,
           guint n_long)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_strings; i++)
    {
      g_string_append_printf (text, "%u,%*s", i % 700, (int) (i % 90), "");
      if (n_long > 0 && i % (n_strings / n_long) == 0)
        g_string_append_printf (text, "%*u", 1 + (int) (i * 977 % 300000), i);
      g_string_append_c (text, '\n');
    }
  g_string_append (text, "the last one");

  return g_string_free_to_bytes (text);
}

static void
test_short_reads (gconstpointer async)
{
  const gsize steps[] = { 0, 1, 2, 3, 7, 8, 9, 64, 4096 };
  g_autoptr (GBytes) text = make_text (300, 0);

  g_test_summary ("The strings do not depend on the lengths of the reads");
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    load_and_compare (text, '\n', steps[i], async);
  load_and_compare (text, ',', 0, async);
}

static void
test_long_strings (gconstpointer async)
{
  /* More than two batches; a race detector is a hundred times slower. */
  g_autoptr (GBytes) text = make_text (ON_TSAN ? 100 : 3000, 5);

  g_test_summary ("Strings may be longer than a chunk, or fill many batches");
  load_and_compare (text, '\n', 1000, async);
  load_and_compare (text, '\n', G_MAXSSIZE, async);
  load_and_compare (text, 'x', G_MAXSSIZE, async);
}

static void
test_edges (gconstpointer async)
{
  static const struct
  {
    const char *text;
    gsize       length;
    guint8      delimiter;
  } edges[] = {
    { "", 0, '\n' },
    { "\n", 1, '\n' },
    { "\n\n", 2, '\n' },
    { "a", 1, '\n' },
    { "a\n", 2, '\n' },
    { "\na", 2, '\n' },
    { "a\n\nb\n", 5, '\n' },
    { "a\0b\0", 4, '\0' },
    { "a\377b", 3, 0xff },
    { "1234567\n", 8, '\n' },
    { "12345678\n", 9, '\n' },
    { "1234567812345678\n", 17, '\n' },
  };

  g_test_summary ("A stream may be empty, have empty strings, and end with or without any delimiter");
  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    {
      g_autoptr (GBytes) text = g_bytes_new_static (edges[i].text, edges[i].length);

      load_and_compare (text, edges[i].delimiter, 0, async);
      load_and_compare (text, edges[i].delimiter, 1, async);
      load_and_compare (text, edges[i].delimiter, G_MAXSSIZE, async);
    }
}

static void
test_nul_is_kept (gconstpointer async)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("a\0b\na\0c\n", 8);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };

  g_test_summary ("A NUL that is not the delimiter is an ordinary byte");
  run_load (&run, async);
  g_assert_cmpuint (run.n_strings, ==, 2);
  g_assert_nonnull (intern_pool_lookup_len (pool, "a\0b", 3));
  g_assert_nonnull (intern_pool_lookup_len (pool, "a\0c", 3));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 2);
}

/* Loads the rest of the stream from the byte in the error message, and checks that the pool has all strings. */
static void
check_can_go_on (Run           *run,
                 GBytes        *text,
                 gconstpointer  async)
{
  guint64 n_strings, n_bytes;
  g_autoptr (GBytes) rest = NULL;
  g_auto (Run) more = { .pool = run->pool, .delimiter = run->delimiter };

  g_assert_cmpint (sscanf (run->error->message,
                           "After %" G_GUINT64_FORMAT " strings in %" G_GUINT64_FORMAT " bytes: ",
                           &n_strings, &n_bytes), ==, 2);
  g_assert_cmpuint (n_strings, ==, run->n_strings);
  g_assert_cmpuint (n_strings, >=, run->last_strings);
  g_assert_cmpuint (n_bytes, >=, run->last_bytes);

  rest = g_bytes_new_from_bytes (text, n_bytes, g_bytes_get_size (text) - n_bytes);
  more.stream = stream_new (rest);
  more.stream->step = 100;
  run_load (&more, async);
  g_assert_no_error (more.error);
  more.n_strings += n_strings;
  more.last_strings += n_strings;
  more.last_bytes += n_bytes;
  check_same (&more, text);
}

static void
test_error_in_the_middle (gconstpointer async)
{
  g_autoptr (GBytes) text = make_text (2000, 0);

  g_test_summary ("The error of a stream is reported with its position, and the rest can be loaded later");
  for (gsize fail_at = 1; fail_at < 50000; fail_at = fail_at * 3 + 1)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();
      g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };

      run.stream->step = 500;
      run.stream->fail_at = fail_at;
      run_load (&run, async);
      g_assert_error (run.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_true (g_str_has_suffix (run.error->message, ": The line is dead"));
      check_can_go_on (&run, text, async);
    }
}

static void
test_cancelled (gconstpointer async)
{
  const gsize cancel_at[] = { 0, 1, 1000, 40000 };
  g_autoptr (GBytes) text = make_text (2000, 0);

  g_test_summary ("A load that is cancelled reports its position and keeps the strings before it");
  for (guint i = 0; i < G_N_ELEMENTS (cancel_at); i++)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n', .cancellable = cancellable };

      run.stream->step = 500;
      run.stream->cancel_at = cancel_at[i];
      run.stream->cancellable = cancellable;
      if (cancel_at[i] == 0)
        g_cancellable_cancel (cancellable);
      run_load (&run, async);
      g_assert_error (run.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (cancel_at[i] < 1000 || run.n_strings > 0);
      check_can_go_on (&run, text, async);
    }
}

static void
test_endless_string (gconstpointer async)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-bytes", G_GUINT64_CONSTANT (300000), NULL);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (NULL), .delimiter = '\n' };

  g_test_summary ("An endless string is an error soon after it exceeds what the pool may hold");
  run.stream->step = 5000;
  run_load (&run, async);
  g_assert_error (run.error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
  g_assert_true (g_str_has_prefix (run.error->message, "After 0 strings in 0 bytes: "));
  g_assert_cmpuint (run.n_strings, ==, 0);
  g_assert_cmpuint (run.stream->position, >, 300000);
  g_assert_cmpuint (run.stream->position, <, 1000000);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
test_long_one_is_found_above_the_limit (gconstpointer async)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree char *string = g_strnfill (500000, 'x');
  g_autoptr (GBytes) text = g_bytes_new_static (string, 500000);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };

  g_test_summary ("A full pool finds a string that is longer than the limit");
  intern_pool_intern (pool, string);
  intern_pool_set_max_bytes (pool, 10);
  run.stream->step = G_MAXSSIZE;
  run_load (&run, async);
  g_assert_no_error (run.error);
  g_assert_cmpuint (run.n_strings, ==, 1);
}

static void
count_cb (InternPool *pool,
          guint      *n_calls)
{
  ++*n_calls;
}

static void
test_refused (gconstpointer async)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 3, NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("a\nbb\na\nccc\nd\na\n", 15);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };
  guint n_calls = 0;

  g_test_summary ("The first refused string ends the load, is emitted once, and is where a later load begins");
  g_signal_connect (pool, "limit-reached", G_CALLBACK (count_cb), &n_calls);
  run_load (&run, async);
  g_assert_error (run.error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (g_str_has_prefix (run.error->message, "After 4 strings in 11 bytes: "));
  g_assert_cmpuint (run.n_strings, ==, 4);
  g_assert_cmpuint (n_calls, ==, 1);
  intern_pool_set_max_strings (pool, 0);
  check_can_go_on (&run, text, async);
}

/* Handlers */

typedef struct
{
  GThread     *thread;
  guint        n_added;
  InternPool **to_drop;  /* (nullable) */
  gboolean     to_clear;
} Listener;

static void
added_cb (InternPool *pool,
          const char *string,
          Listener   *listener)
{
  g_assert_true (g_thread_self () == listener->thread);
  listener->n_added++;
  if (listener->to_drop != NULL)
    g_clear_object (listener->to_drop);
  /* Not near the end, since what comes in one batch is cleared together. */
  if (listener->to_clear && listener->n_added <= 1000 && listener->n_added % 100 == 0)
    intern_pool_clear (pool);
}

static void
test_signals_come_here (gconstpointer async)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = make_text (2000, 3);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };
  Listener listener = { .thread = g_thread_self () };

  g_test_summary ("Each new string is emitted once, in the thread of the caller");
  g_signal_connect (pool, "string-added", G_CALLBACK (added_cb), &listener);
  run_load (&run, async);
  check_same (&run, text);
  g_assert_cmpuint (listener.n_added, ==, intern_pool_get_n_strings (pool));
}

static void
test_handler_drops_the_pool (gconstpointer async)
{
  InternPool *pool = intern_pool_new ();
  InternPool *held = pool;
  g_autoptr (GBytes) text = make_text (2000, 0);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };
  Listener listener = { .thread = g_thread_self (), .to_drop = &held };

  g_test_summary ("A handler may drop the last reference to the pool during the call");
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  g_signal_connect (pool, "string-added", G_CALLBACK (added_cb), &listener);
  run_load (&run, async);
  g_assert_no_error (run.error);
  g_assert_cmpuint (run.n_strings, ==, 2001);
  g_assert_null (pool);
}

static void
test_handler_clears_the_pool (gconstpointer async)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = make_text (2000, 0);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };
  Listener listener = { .thread = g_thread_self (), .to_clear = TRUE };

  g_test_summary ("A handler may clear the pool: later strings are added to the empty pool");
  run.stream->step = 500;
  g_signal_connect (pool, "string-added", G_CALLBACK (added_cb), &listener);
  run_load (&run, async);
  g_assert_no_error (run.error);
  g_assert_cmpuint (run.n_strings, ==, 2001);
  g_assert_true (intern_pool_contains (pool, "the last one"));
}

/* Only asynchronous */

static void
test_two_at_once (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = make_text (3000, 3);
  g_auto (Run) one = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };
  g_auto (Run) two = { .pool = pool, .stream = stream_new (text), .delimiter = ',' };
  g_auto (Run) late = { .pool = pool, .stream = g_object_ref (one.stream), .delimiter = '\n' };

  g_test_summary ("Two streams may be loaded at once; one stream cannot be loaded twice at once");
  run_start (&one);
  run_start (&two);
  run_start (&late);
  while (!one.done || !two.done || !late.done)
    {
      g_main_context_iteration (NULL, TRUE);
      if (one.n_reports == 1 && two.n_reports == 1)
        intern_pool_clear (pool);
    }
  g_assert_no_error (one.error);
  g_assert_no_error (two.error);
  g_assert_error (late.error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_cmpuint (one.n_strings, ==, 3001);
  g_assert_true (intern_pool_contains (pool, "the last one"));
}

static void
test_pool_is_kept (void)
{
  InternPool *pool = intern_pool_new ();
  InternPool *seen = pool;
  g_autoptr (GBytes) text = make_text (3000, 0);
  g_auto (Run) run = { .pool = pool, .stream = stream_new (text), .delimiter = '\n' };

  g_test_summary ("An asynchronous load keeps the pool and the stream alive until the callback");
  g_object_add_weak_pointer (G_OBJECT (seen), (gpointer *) &seen);
  run_start (&run);
  g_clear_object (&run.stream);
  g_clear_object (&pool);
  while (!run.done)
    {
      g_assert_nonnull (seen);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_no_error (run.error);
  g_assert_cmpuint (run.n_strings, ==, 3001);
  while (seen != NULL)
    g_main_context_iteration (NULL, FALSE);
}

static void
test_nothing_but_the_strings (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("a\nb\n", 4, NULL);

  g_test_summary ("Progress, count and error may be NULL");
  g_assert_true (intern_pool_load_stream (pool, stream, '\n', NULL, NULL, NULL, NULL, NULL));
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 2);
  g_assert_false (g_input_stream_is_closed (stream));

  g_input_stream_close (stream, NULL, NULL);
  g_assert_false (intern_pool_load_stream (pool, stream, '\n', NULL, NULL, NULL, NULL, NULL));
}

static void
add_both (const char    *name,
          GTestDataFunc  function)
{
  g_autofree char *blocking = g_strconcat ("/stream/blocking/", name, NULL);
  g_autofree char *async = g_strconcat ("/stream/async/", name, NULL);

  g_test_add_data_func (blocking, BLOCKING, function);
  g_test_add_data_func (async, ASYNC, function);
}

/* Loads the same @n_words strings again and again. */
static void
load_repeats (guint n_words)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  const guint n_rounds = 6;
  InternPoolStats stats;

  for (guint i = 0; i < n_words; i++)
    g_string_append_printf (text, "word %u\n", i);
  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data (text->str, (gssize) text->len, NULL);
      g_autoptr (GError) error = NULL;
      guint64 n_strings;

      g_assert_true (intern_pool_load_stream (pool, stream, '\n', NULL, NULL, NULL, &n_strings, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (n_strings, ==, n_words);
    }

  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, n_words);
  g_assert_cmpuint (stats.n_misses, ==, n_words);
  g_assert_cmpuint (stats.n_hits, ==, (n_rounds - 1) * n_words);
  g_assert_cmpuint (stats.bytes_requested, ==, n_rounds * (text->len - n_words));
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "word 0"), ==, INTERN_ATOM_NONE);
}

static void
test_repeats (void)
{
  g_test_summary ("Strings that a stream repeats are found, whether few or many, and get no atoms");
  load_repeats (3);
  load_repeats (300);
  load_repeats (30000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_both ("short-reads", test_short_reads);
  add_both ("long-strings", test_long_strings);
  add_both ("edges", test_edges);
  add_both ("nul-is-kept", test_nul_is_kept);
  add_both ("error-in-the-middle", test_error_in_the_middle);
  add_both ("cancelled", test_cancelled);
  add_both ("endless-string", test_endless_string);
  add_both ("long-one-is-found-above-the-limit", test_long_one_is_found_above_the_limit);
  add_both ("refused", test_refused);
  add_both ("signals-come-here", test_signals_come_here);
  add_both ("handler-drops-the-pool", test_handler_drops_the_pool);
  add_both ("handler-clears-the-pool", test_handler_clears_the_pool);
  g_test_add_func ("/stream/two-at-once", test_two_at_once);
  g_test_add_func ("/stream/repeats-are-found", test_repeats);
  g_test_add_func ("/stream/pool-is-kept", test_pool_is_kept);
  g_test_add_func ("/stream/nothing-but-the-strings", test_nothing_but_the_strings);

  return g_test_run ();
}
