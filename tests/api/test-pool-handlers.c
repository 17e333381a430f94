/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every public call with hostile handlers: each signal, callback and destroy function that a call runs drops the last
 * reference to the pool, clears it, freezes it, interns two hundred levels deep or forks. A memory checker detects
 * whether the call uses freed memory. */

#include <intern-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitizers.h"

#define DEPTH 200

typedef enum
{
  ACT_DROP,
  ACT_CLEAR,
  ACT_FREEZE,
  ACT_INTERN,
  ACT_FORK,
  N_ACTS
} Act;

static const char *act_names[N_ACTS] = { "drops", "clears", "freezes", "interns", "forks" };

/* The state of the handlers, with the only reference to the pool. */
static struct
{
  InternPool      *pool;   /* (owned) (nullable) */
  InternPoolModel *model;  /* (owned) (nullable) */
  Act              act;
  gboolean         acts;   /* the call under test is running */
  gboolean         frozen;
  guint            n_runs; /* of handlers */
  guint            depth;
} world;

/* Acting */

static void
intern_deeper (void)
{
  char string[32];

  if (world.depth == DEPTH)
    return;

  g_snprintf (string, sizeof string, "deeper %u", ++world.depth);
  intern_pool_intern (world.pool, string);
}

static void
fork_and_wait (void)
{
  const pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      alarm (60);
      world.acts = FALSE;
      intern_pool_intern (world.pool, "new in the child");
      intern_pool_get_stats_interval (world.pool);
      /* Not exit(): a leak checker would report the memory of the threads of the parent. */
      if (intern_pool_get_n_strings (world.pool) > 0)
        kill (getpid (), SIGKILL);
      _exit (1);
    }

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
}

/* The body of all handlers. Acts that would call them again run once. */
static void
act (void)
{
  const gboolean is_first = world.n_runs++ == 0;

  if (!world.acts || world.pool == NULL)
    return;

  if (world.act == ACT_INTERN)
    intern_deeper ();
  if (!is_first)
    return;

  if (world.act == ACT_DROP)
    {
      g_clear_object (&world.model);
      g_clear_object (&world.pool);
    }
  else if (world.act == ACT_CLEAR && !world.frozen)
    intern_pool_clear (world.pool);
  else if (world.act == ACT_FREEZE)
    {
      intern_pool_freeze (world.pool);
      world.frozen = TRUE;
    }
  else if (world.act == ACT_FORK)
    fork_and_wait ();
}

static gboolean
act_for_string (const char *string,
                gsize       length,
                gpointer    user_data)
{
  act ();

  return TRUE;
}

static gboolean
act_for_bytes (const guint8 *data,
               gsize         length,
               gpointer      user_data)
{
  act ();

  return TRUE;
}

static void
act_for_progress (guint64  n_bytes,
                  guint64  n_strings,
                  gpointer user_data)
{
  act ();
}

static void
act_for_destroy (gpointer data)
{
  act ();
}

/* A stream whose reads run a handler. */

typedef GMemoryInputStream ActStream;
typedef GMemoryInputStreamClass ActStreamClass;

static GType act_stream_get_type (void);
G_DEFINE_TYPE (ActStream, act_stream, G_TYPE_MEMORY_INPUT_STREAM)

static gssize
act_stream_read (GInputStream  *stream,
                 void          *buffer,
                 gsize          count,
                 GCancellable  *cancellable,
                 GError       **error)
{
  act ();

  return G_INPUT_STREAM_CLASS (act_stream_parent_class)->read_fn (stream, buffer, count, cancellable, error);
}

static void
act_stream_class_init (ActStreamClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = act_stream_read;
}

static void
act_stream_init (ActStream *self)
{
}

static GInputStream *
stream_new (void)
{
  GInputStream *stream = g_object_new (act_stream_get_type (), NULL);

  g_memory_input_stream_add_data (G_MEMORY_INPUT_STREAM (stream), "one\ntwo\none\nthree", -1, NULL);

  return stream;
}

/* Calls that find or add. Their result may be invalid at once and is not read. */

static void
run_intern (InternPool *pool)
{
  intern_pool_intern (pool, "fresh");
}

static void
run_intern_len (InternPool *pool)
{
  intern_pool_intern_len (pool, "fr\0sh", 5);
}

static void
run_try_intern (InternPool *pool)
{
  g_autoptr (GError) error = NULL;

  intern_pool_try_intern (pool, "fresh", &error);
}

static void
run_intern_for_bindings (InternPool *pool)
{
  g_autoptr (GError) error = NULL;

  intern_pool_intern_for_bindings (pool, "fresh", &error);
}

static void
run_try_intern_len (InternPool *pool)
{
  g_autoptr (GError) error = NULL;

  intern_pool_try_intern_len (pool, "fresh", -1, &error);
}

static void
run_intern_bytes (InternPool *pool)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("fr\0sh", 5);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) interned = intern_pool_intern_bytes (pool, bytes, &error);

  /* A view keeps its string alive whatever a handler has done. */
  g_assert_true (interned == NULL || g_bytes_equal (interned, bytes));
}

static void
run_atom_from_string (InternPool *pool)
{
  intern_pool_atom_from_string (pool, "fresh");
}

static void
run_try_atom_from_string (InternPool *pool)
{
  g_autoptr (GError) error = NULL;

  intern_pool_try_atom_from_string (pool, "fresh", &error);
}

/* The caller has a reference to the string, which is valid as long as the pool. */
static void
release_if_held (const char *string)
{
  if (world.pool != NULL && (world.act != ACT_CLEAR || world.n_runs == 0))
    intern_pool_release (world.pool, string);
}

static void
run_atom_from_string_len (InternPool *pool)
{
  intern_pool_atom_from_string_len (pool, "fr\0sh", 5);
}

static void
run_try_atom_from_string_len (InternPool *pool)
{
  g_autoptr (GError) error = NULL;

  intern_pool_try_atom_from_string_len (pool, "fresh", -1, &error);
}

static void
run_atom_from_bytes (InternPool *pool)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("fr\0sh", 5);
  g_autoptr (GError) error = NULL;

  intern_pool_atom_from_bytes (pool, bytes, &error);
}

static void
run_acquire (InternPool *pool)
{
  release_if_held (intern_pool_acquire (pool, "fresh"));
}

static void
run_acquire_len (InternPool *pool)
{
  release_if_held (intern_pool_acquire_len (pool, "fr\0sh", 5));
}

static void
run_encode (InternPool *pool)
{
  const char *strings[] = { "old", "fresh", "fresher", NULL };
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  g_free (intern_pool_encode (pool, strings, -1, &n_atoms, &error));
}

static void
run_encode_delimited (InternPool *pool)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("old\nfresh\nfr\0sh\n", 16);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) atoms = intern_pool_encode_delimited (pool, text, '\n', &error);

  g_assert_true ((atoms == NULL) == (error != NULL));
}

static void
run_translate (InternPool *pool)
{
  g_autoptr (InternPool) from = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  intern_pool_atom_from_string (from, "fresh");
  intern_pool_atom_from_string (from, "fresher");
  g_free (intern_pool_translate (pool, from, &n_atoms, &error));
}

static void
run_load_stream (InternPool *pool)
{
  g_autoptr (GInputStream) stream = stream_new ();
  g_autoptr (GError) error = NULL;
  guint64 n_strings;

  intern_pool_load_stream (pool, stream, '\n', act_for_progress, NULL, NULL, &n_strings, &error);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  act ();
  intern_pool_load_stream_finish (INTERN_POOL (source), result, NULL, &error);
  *(gboolean *) user_data = TRUE;
}

static void
iterate_until (const gboolean *done)
{
  while (!*done)
    g_main_context_iteration (NULL, TRUE);
}

static void
run_load_stream_async (InternPool *pool)
{
  g_autoptr (GInputStream) stream = stream_new ();
  gboolean done = FALSE;

  intern_pool_load_stream_async (pool, stream, '\n', G_PRIORITY_DEFAULT, NULL, act_for_progress, &done,
                                 act_for_destroy, loaded_cb, &done);
  iterate_until (&done);
}

/* Calls that read */

static void
run_lookups (InternPool *pool)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("old", 3);

  intern_pool_lookup (pool, "old");
  intern_pool_lookup_len (pool, "old", 3);
  intern_pool_lookup_for_bindings (pool, "old");
  intern_pool_lookup_atom (pool, "old");
  intern_pool_lookup_atom_bytes (pool, bytes);
  intern_pool_contains (pool, "old");
  intern_pool_contains_bytes (pool, bytes);
  release_if_held (intern_pool_lookup_acquire (pool, "old"));
  release_if_held (intern_pool_lookup_acquire_len (pool, "old", 3));
}

static void
run_interned (InternPool *pool)
{
  const char *string = intern_pool_lookup (pool, "mortal");

  intern_pool_get_length (pool, string);
  intern_pool_get_atom (pool, intern_pool_lookup (pool, "old"));
  intern_pool_get_ref_count (pool, string);
  intern_pool_acquire_interned (pool, string);
  intern_pool_release (pool, string);
}

static gpointer
act_for_data (InternPool *pool,
              const char *interned,
              gpointer    user_data)
{
  act ();

  /* In a pool that is dropped or cleared there is no string to put it beside. */
  return world.act == ACT_DROP || world.act == ACT_CLEAR ? NULL : user_data;
}

static void
run_data (InternPool *pool)
{
  static char data;
  const char *string = intern_pool_lookup (pool, "mortal");

  g_assert_cmpuint (intern_pool_get_n_data (pool), ==, 1);
  intern_pool_set_data_destroy (pool, 0, act_for_destroy);
  g_assert_null (intern_pool_get_data (pool, string, 0));
  intern_pool_ensure_data (pool, string, 0, act_for_data, &data);
}

static gpointer
return_data (InternPool *pool,
             const char *interned,
             gpointer    user_data)
{
  return user_data;
}

/* The last release destroys the data. */
static void
run_release_data (InternPool *pool)
{
  static char data;
  const char *string;

  world.acts = FALSE;
  string = intern_pool_acquire (pool, "with data");
  intern_pool_set_data_destroy (pool, 0, act_for_destroy);
  g_assert_true (intern_pool_ensure_data (pool, string, 0, return_data, &data) == &data);
  world.n_runs = 0;
  world.acts = TRUE;
  intern_pool_release (pool, string);
}

static void
run_trim (InternPool *pool)
{
  intern_pool_release (pool, intern_pool_lookup (pool, "mortal"));
  intern_pool_trim (pool);
}

static void
run_decode (InternPool *pool)
{
  const guint32 atom = intern_pool_lookup_atom (pool, "old");
  g_autoptr (GBytes) atoms = g_bytes_new (&atom, sizeof atom);
  g_autoptr (GBytes) text = intern_pool_decode_delimited (pool, atoms, '\n', NULL);
  g_auto (GStrv) strings = intern_pool_decode (pool, &atom, 1, NULL);
  g_autoptr (GBytes) bytes = intern_pool_atom_to_bytes (pool, atom);

  g_assert_cmpstr (strings[0], ==, intern_pool_atom_to_string (pool, atom));
  g_assert_cmpuint (g_bytes_get_size (text), ==, strlen (strings[0]) + 1);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, strlen (strings[0]));
}

static void
run_foreach (InternPool *pool)
{
  intern_pool_foreach (pool, act_for_string, NULL);
}

static void
run_foreach_bytes (InternPool *pool)
{
  intern_pool_foreach_bytes (pool, act_for_bytes, NULL);
}

static void
run_dup_strings (InternPool *pool)
{
  g_strfreev (intern_pool_dup_strings (pool));
}

/* Life, limits, statistics */

static void
run_clear (InternPool *pool)
{
  intern_pool_clear (pool);
}

static void
run_freeze (InternPool *pool)
{
  intern_pool_freeze (pool);
  world.frozen = TRUE;
}

static void
run_set_max_strings (InternPool *pool)
{
  intern_pool_set_max_strings (pool, intern_pool_get_max_strings (pool) + 1000);
}

static void
run_set_max_bytes (InternPool *pool)
{
  intern_pool_set_max_bytes (pool, intern_pool_get_max_bytes (pool) + 1000000);
}

static void
run_set_emit_added (InternPool *pool)
{
  world.acts = FALSE;
  intern_pool_set_emit_added (pool, FALSE);
  world.n_runs = 0;
  world.acts = TRUE;
  intern_pool_set_emit_added (pool, !intern_pool_get_emit_added (pool));
}

static void
run_set_stats_interval (InternPool *pool)
{
  world.acts = FALSE;
  intern_pool_set_stats_interval (pool, 1);
  g_assert_cmpuint (intern_pool_get_stats_interval (pool), ==, 1);
  intern_pool_lookup (pool, "old");
  /* The main loop runs the notifications of the statistics and stats-changed. */
  world.n_runs = 0;
  world.acts = TRUE;
  while (world.n_runs == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
run_stats (InternPool *pool)
{
  g_autofree char *text = NULL;
  g_autoptr (GVariant) variant = NULL;
  InternPoolStats *copy;
  InternPoolStats stats;

  intern_pool_add_hits (pool, 2, 6);
  intern_pool_get_n_strings (pool);
  intern_pool_get_stats (pool, &stats);
  copy = intern_pool_stats_copy (&stats);
  text = intern_pool_stats_to_string (copy);
  variant = g_variant_ref_sink (intern_pool_stats_to_variant (copy));
  intern_pool_stats_free (copy);
  intern_pool_reset_stats (pool);
}

/* Snapshots and layers */

static void
run_to_bytes (InternPool *pool)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (pool, &error);
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPool) child = NULL;
  g_autoptr (GVariant) info = NULL;

  g_assert_no_error (error);
  info = intern_snapshot_query_info_bytes (bytes, &error);
  g_assert_no_error (error);
  opened = intern_pool_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  intern_pool_freeze (opened);
  child = intern_pool_new_child (opened, &error);
  g_assert_no_error (error);
}

static GFile *
file_new (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "handlers-XXXXXX", NULL);
  const int fd = g_mkstemp (path);

  g_assert_cmpint (fd, >=, 0);
  close (fd);

  return g_file_new_for_path (path);
}

static void
run_save (InternPool *pool)
{
  g_autoptr (GFile) file = file_new ();
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (GVariant) info = NULL;

  g_assert_true (intern_pool_save (pool, file, NULL, NULL));
  opened = intern_pool_new_from_file (file, INTERN_SNAPSHOT_NONE, NULL, NULL);
  g_assert_nonnull (opened);
  info = intern_snapshot_query_info (file, NULL, NULL);
  g_assert_nonnull (info);
  g_file_delete (file, NULL, NULL);
}

static void
saved_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  act ();
  g_assert_true (intern_pool_save_finish (INTERN_POOL (source), result, NULL));
  *(gboolean *) user_data = TRUE;
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (InternPool) opened = NULL;

  act ();
  opened = intern_pool_new_from_file_finish (result, NULL);
  g_assert_nonnull (opened);
  *(gboolean *) user_data = TRUE;
}

static void
run_save_async (InternPool *pool)
{
  g_autoptr (GFile) file = file_new ();
  gboolean done = FALSE;

  intern_pool_save_async (pool, file, NULL, saved_cb, &done);
  iterate_until (&done);

  done = FALSE;
  intern_pool_new_from_file_async (file, INTERN_SNAPSHOT_NONE, NULL, opened_cb, &done);
  iterate_until (&done);
  g_file_delete (file, NULL, NULL);
}

/* Models */

static void
run_model (InternPool *pool)
{
  InternPoolItem *item;

  world.acts = FALSE;
  world.model = intern_pool_model_new (pool);
  g_assert_true (intern_pool_model_get_pool (world.model) == pool);
  item = g_list_model_get_item (G_LIST_MODEL (world.model), 0);
  g_assert_cmpuint (intern_pool_item_get_length (item), ==, strlen (intern_pool_item_get_string (item)));
  g_assert_cmpuint (intern_pool_item_get_atom (item), ==, 1);
  g_bytes_unref (intern_pool_item_dup_bytes (item));
  g_signal_connect (world.model, "items-changed", G_CALLBACK (act), NULL);
  g_signal_connect (world.model, "notify", G_CALLBACK (act), NULL);
  intern_pool_intern (pool, "fresh");

  world.n_runs = 0;
  world.acts = TRUE;
  while (world.n_runs == 0)
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (item);
  g_clear_object (&world.model);
}

/* Calls that need no pool */

static void
run_without_pool (InternPool *pool)
{
  g_autoptr (InternPool) new_pool = intern_pool_new ();
  const GType types[] = {
    intern_error_get_type (), intern_pool_get_type (), intern_pool_item_get_type (), intern_pool_model_get_type (),
    intern_pool_stats_get_type (), intern_snapshot_flags_get_type (),
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    g_assert_true (G_TYPE_IS_VALUE (types[i]));
  g_assert_cmpuint (intern_error_quark (), ==, INTERN_ERROR);
  g_assert_true (intern_get_major_version () + intern_get_minor_version () + intern_get_micro_version () > 0);
  g_assert_true (intern_pool_get_default () != new_pool);
}

/* The matrix */

typedef struct
{
  const char  *calls; /* the public calls of this row, without their prefix */
  void       (*run) (InternPool *pool);
  gboolean     acts;  /* it runs handlers */
  gboolean     full;  /* in a full pool */
  gboolean     tasks; /* it uses the threads of GTask */
} Row;

static const Row rows[] = {
  { "pool_intern", run_intern, TRUE, FALSE, FALSE },
  { "pool_intern", run_intern, TRUE, TRUE, FALSE },
  { "pool_intern_len", run_intern_len, TRUE, FALSE, FALSE },
  { "pool_intern_len", run_intern_len, TRUE, TRUE, FALSE },
  { "pool_try_intern", run_try_intern, TRUE, FALSE, FALSE },
  { "pool_try_intern", run_try_intern, TRUE, TRUE, FALSE },
  { "pool_try_intern_len", run_try_intern_len, TRUE, FALSE, FALSE },
  { "pool_try_intern_len", run_try_intern_len, TRUE, TRUE, FALSE },
  { "pool_intern_for_bindings", run_intern_for_bindings, TRUE, FALSE, FALSE },
  { "pool_intern_for_bindings", run_intern_for_bindings, TRUE, TRUE, FALSE },
  { "pool_intern_bytes", run_intern_bytes, TRUE, FALSE, FALSE },
  { "pool_intern_bytes", run_intern_bytes, TRUE, TRUE, FALSE },
  { "pool_atom_from_string", run_atom_from_string, TRUE, FALSE, FALSE },
  { "pool_atom_from_string", run_atom_from_string, TRUE, TRUE, FALSE },
  { "pool_try_atom_from_string", run_try_atom_from_string, TRUE, FALSE, FALSE },
  { "pool_try_atom_from_string", run_try_atom_from_string, TRUE, TRUE, FALSE },
  { "pool_atom_from_string_len", run_atom_from_string_len, TRUE, FALSE, FALSE },
  { "pool_atom_from_string_len", run_atom_from_string_len, TRUE, TRUE, FALSE },
  { "pool_try_atom_from_string_len", run_try_atom_from_string_len, TRUE, FALSE, FALSE },
  { "pool_try_atom_from_string_len", run_try_atom_from_string_len, TRUE, TRUE, FALSE },
  { "pool_atom_from_bytes", run_atom_from_bytes, TRUE, FALSE, FALSE },
  { "pool_atom_from_bytes", run_atom_from_bytes, TRUE, TRUE, FALSE },
  { "pool_acquire", run_acquire, TRUE, FALSE, FALSE },
  { "pool_acquire", run_acquire, TRUE, TRUE, FALSE },
  { "pool_acquire_len", run_acquire_len, TRUE, FALSE, FALSE },
  { "pool_acquire_len", run_acquire_len, TRUE, TRUE, FALSE },
  { "pool_encode", run_encode, TRUE, FALSE, FALSE },
  { "pool_encode", run_encode, TRUE, TRUE, FALSE },
  { "pool_encode_delimited", run_encode_delimited, TRUE, FALSE, FALSE },
  { "pool_encode_delimited", run_encode_delimited, TRUE, TRUE, FALSE },
  { "pool_translate", run_translate, TRUE, FALSE, FALSE },
  { "pool_translate", run_translate, TRUE, TRUE, FALSE },
  { "pool_load_stream", run_load_stream, TRUE, FALSE, FALSE },
  { "pool_load_stream", run_load_stream, TRUE, TRUE, FALSE },
  { "pool_load_stream_async pool_load_stream_finish", run_load_stream_async, TRUE, FALSE, FALSE },
  { "pool_load_stream_async pool_load_stream_finish", run_load_stream_async, TRUE, TRUE, FALSE },
  { "pool_lookup pool_lookup_len pool_lookup_for_bindings pool_lookup_atom pool_lookup_atom_bytes pool_contains "
    "pool_contains_bytes pool_lookup_acquire pool_lookup_acquire_len", run_lookups, FALSE, FALSE, FALSE },
  { "pool_get_length pool_get_atom pool_get_ref_count pool_acquire_interned pool_release", run_interned, FALSE, FALSE,
    FALSE },
  { "pool_get_data pool_ensure_data pool_get_n_data pool_set_data_destroy", run_data, TRUE, FALSE, FALSE },
  { "pool_release", run_release_data, TRUE, FALSE, FALSE },
  { "pool_trim", run_trim, FALSE, FALSE, FALSE },
  { "pool_decode pool_decode_delimited pool_atom_to_string pool_atom_to_bytes", run_decode, FALSE, FALSE, FALSE },
  { "pool_foreach", run_foreach, TRUE, FALSE, FALSE },
  { "pool_foreach_bytes", run_foreach_bytes, TRUE, FALSE, FALSE },
  { "pool_dup_strings", run_dup_strings, FALSE, FALSE, FALSE },
  { "pool_clear", run_clear, TRUE, FALSE, FALSE },
  { "pool_freeze", run_freeze, FALSE, FALSE, FALSE },
  { "pool_set_max_strings pool_get_max_strings", run_set_max_strings, TRUE, FALSE, FALSE },
  { "pool_set_max_bytes pool_get_max_bytes", run_set_max_bytes, TRUE, FALSE, FALSE },
  { "pool_set_emit_added pool_get_emit_added", run_set_emit_added, TRUE, FALSE, FALSE },
  { "pool_set_stats_interval pool_get_stats_interval", run_set_stats_interval, TRUE, FALSE, FALSE },
  { "pool_get_stats pool_get_n_strings pool_add_hits pool_reset_stats pool_stats_copy pool_stats_free "
    "pool_stats_to_string pool_stats_to_variant", run_stats, FALSE, FALSE, FALSE },
  { "pool_to_bytes pool_new_from_bytes snapshot_query_info_bytes pool_new_child", run_to_bytes, FALSE, FALSE, FALSE },
  { "pool_save pool_new_from_file snapshot_query_info", run_save, FALSE, FALSE, FALSE },
  { "pool_save_async pool_save_finish pool_new_from_file_async pool_new_from_file_finish", run_save_async, TRUE,
    FALSE, TRUE },
  { "pool_model_new pool_model_get_pool pool_item_get_string pool_item_get_length pool_item_get_atom "
    "pool_item_dup_bytes", run_model, TRUE, FALSE, FALSE },
  { "pool_new pool_get_default pool_get_type pool_item_get_type pool_model_get_type pool_stats_get_type "
    "error_get_type error_quark snapshot_flags_get_type get_major_version get_minor_version get_micro_version",
    run_without_pool, FALSE, FALSE, FALSE },
};

static void
set_up (Act      act_to_do,
        gboolean full)
{
  static const char *names[] = { "string-added", "bytes-added", "limit-reached", "cleared", "stats-changed", "notify" };

  memset (&world, 0, sizeof world);
  world.act = act_to_do;
  world.pool = g_object_new (INTERN_TYPE_POOL, "n-data", 1, NULL);
  intern_pool_atom_from_string (world.pool, "old");
  g_assert_nonnull (intern_pool_acquire (world.pool, "mortal"));
  if (full)
    intern_pool_set_max_strings (world.pool, intern_pool_get_n_strings (world.pool));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect (world.pool, names[i], G_CALLBACK (act), NULL);
}

static void
test_row (const Row *row,
          Act        act_to_do)
{
  gpointer there;

  set_up (act_to_do, row->full);
  there = world.pool;
  g_object_add_weak_pointer (G_OBJECT (world.pool), &there);
  world.acts = TRUE;
  row->run (world.pool);
  world.acts = FALSE;

  if (row->acts)
    g_assert_cmpuint (world.n_runs, >, 0);
  else
    g_assert_cmpuint (world.n_runs, ==, 0);
  if (act_to_do == ACT_DROP && row->acts)
    g_assert_null (world.pool);
  if (act_to_do == ACT_INTERN && row->acts && !row->full)
    g_assert_cmpuint (world.depth, ==, DEPTH);

  /* A thread of GTask may drop its reference late. */
  g_clear_object (&world.pool);
  for (guint i = 0; i < 10000 && g_atomic_pointer_get (&there) != NULL; i++)
    g_usleep (1000);
  g_assert_null (there);
}

static void
test_act (gconstpointer data)
{
  const Act act_to_do = (Act) GPOINTER_TO_UINT (data);

  g_test_summary ("Every call survives what its handlers do to the pool");
  if (ON_TSAN && act_to_do == ACT_FORK)
    {
      g_test_skip ("ThreadSanitizer does not follow a fork of a threaded process");
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (rows[i].tasks && TASKS_ARE_HIDDEN)
        continue;
      g_test_message ("%s%s", rows[i].calls, rows[i].full ? ", full" : "");
      test_row (&rows[i], act_to_do);
    }
}

static gboolean
is_in_a_row (const char *call)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) calls = g_strsplit (rows[i].calls, " ", -1);

      if (g_strv_contains ((const char * const *) calls, call))
        return TRUE;
    }

  return FALSE;
}

static void
test_every_call_has_a_row (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "abi", "exported-symbols.txt", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_calls = 0;

  g_test_summary ("Every exported function is in the matrix: a new one must get a row");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      if (!g_str_has_prefix (*line, "intern_"))
        continue;
      /* Behind the name stands its version. */
      (*line)[strcspn (*line, " ")] = '\0';
      if (!is_in_a_row (*line + strlen ("intern_")))
        g_error ("%s() has no row in %s", *line, __FILE__);
      n_calls++;
    }
  g_assert_cmpuint (n_calls, >, 50);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/handlers/every-call-has-a-row", test_every_call_has_a_row);
  for (guint i = 0; i < N_ACTS; i++)
    {
      g_autofree char *path = g_strconcat ("/handlers/handler-", act_names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_act);
    }

  return g_test_run ();
}
