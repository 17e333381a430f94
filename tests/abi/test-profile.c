/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the library tells sysprof, with the build option sysprof. This program is also the profiler: a thread answers
 * each request on SYSPROF_CONTROL_FD with a ring buffer, as sysprof does. GLib may ask for buffers too. */

#ifndef _GNU_SOURCE
# define _GNU_SOURCE /* memfd_create() */
#endif

#include <intern-glib.h>

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sysprof-capture.h>

#define GROUP "Intern-GLib"

/* The header of a ring buffer is a page. No test fills the body, which so need not be mapped twice. */
#define BODY_SIZE (1 << 20)
#define MAX_RINGS 64

typedef struct
{
  guint32 head;
  guint32 tail; /* atomic: written by the thread that records */
  guint32 offset;
  guint32 size;
} Ring;

static Ring *rings[MAX_RINGS];
static guint n_rings; /* atomic */

static gint64 start; /* of the test */

/* What has been read from the rings. */
static GPtrArray *marks;         /* (element-type utf8) name and message, oldest first */
static GPtrArray *counter_names; /* (element-type utf8) as they were defined */
static GHashTable *names_of_ids;
static GHashTable *ids_of_others; /* counters of GLib */
static GHashTable *values;       /* the last of each counter, by its name */
static guint n_sets;

/* The profiler. No call of GLib, which would wait for this thread if it asked for a buffer. */

static void
send_descriptor (int socket,
                 int descriptor)
{
  char byte = 0;
  struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
  union
  {
    struct cmsghdr header;
    char           room[CMSG_SPACE (sizeof descriptor)];
  } control = { 0 };
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control.room,
  };

  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof descriptor);
  memcpy (CMSG_DATA (&control.header), &descriptor, sizeof descriptor);
  sendmsg (socket, &message, 0);
}

static void
give_ring (int socket)
{
  const guint32 page = (guint32) sysconf (_SC_PAGESIZE);
  const int descriptor = memfd_create ("ring", MFD_CLOEXEC);
  Ring *ring;

  if (descriptor < 0 || n_rings == MAX_RINGS || ftruncate (descriptor, page + BODY_SIZE) != 0)
    _exit (1);
  ring = mmap (NULL, page + BODY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (ring == MAP_FAILED)
    _exit (1);

  ring->offset = page;
  ring->size = BODY_SIZE;
  rings[n_rings] = ring;
  __atomic_store_n (&n_rings, n_rings + 1, __ATOMIC_RELEASE);
  send_descriptor (socket, descriptor);
  close (descriptor);
}

static void *
profile (void *data)
{
  const int socket = GPOINTER_TO_INT (data);
  char request[10];

  while (recv (socket, request, sizeof request, MSG_WAITALL) == (ssize_t) sizeof request)
    give_ring (socket);

  return NULL;
}

static void
start_profiler (void)
{
  g_autofree char *number = NULL;
  pthread_t thread;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  number = g_strdup_printf ("%d", ends[1]);
  g_setenv ("SYSPROF_CONTROL_FD", number, TRUE);
  g_assert_cmpint (pthread_create (&thread, NULL, profile, GINT_TO_POINTER (ends[0])), ==, 0);
  pthread_detach (thread);
}

/* Reading */

static void
read_definitions (const SysprofCaptureCounterDefine *frame)
{
  for (guint i = 0; i < frame->n_counters; i++)
    {
      const SysprofCaptureCounter *counter = &frame->counters[i];
      const guint id = counter->id;

      if (g_str_equal (counter->category, GROUP))
        {
          char *name = g_strdup (counter->name);

          g_assert_cmpuint (counter->type, ==, SYSPROF_CAPTURE_COUNTER_INT64);
          g_assert_false (g_hash_table_contains (names_of_ids, GUINT_TO_POINTER (id)));
          g_ptr_array_add (counter_names, name);
          g_hash_table_insert (names_of_ids, GUINT_TO_POINTER (id), name);
        }
      else
        g_hash_table_add (ids_of_others, GUINT_TO_POINTER (id));
    }
}

static void
read_values (const SysprofCaptureCounterSet *frame)
{
  gboolean ours = FALSE;

  for (guint i = 0; i < frame->n_values; i++)
    for (guint k = 0; k < G_N_ELEMENTS (frame->values[i].ids); k++)
      {
        const guint id = frame->values[i].ids[k];
        const gint64 value = frame->values[i].values[k].v64;
        const char *name = g_hash_table_lookup (names_of_ids, GUINT_TO_POINTER (id));

        if (name != NULL)
          g_hash_table_insert (values, (gpointer) name, g_memdup2 (&value, sizeof value));
        ours = ours || name != NULL;
      }
  n_sets += ours;
}

static void
read_mark (const SysprofCaptureMark *frame)
{
  const gint64 now = SYSPROF_CAPTURE_CURRENT_TIME;

  if (!g_str_equal (frame->group, GROUP))
    return;

  g_assert_cmpint (frame->frame.time, >=, start);
  g_assert_cmpint (frame->duration, >=, 0);
  g_assert_cmpint (frame->frame.time + frame->duration, <=, now);
  g_assert_cmpint (frame->frame.pid, ==, getpid ());
  g_ptr_array_add (marks, g_strdup_printf ("%s: %s", frame->name, frame->message));
}

static void
read_frame (const SysprofCaptureFrame *frame)
{
  if (frame->type == SYSPROF_CAPTURE_FRAME_MARK)
    read_mark ((const SysprofCaptureMark *) frame);
  else if (frame->type == SYSPROF_CAPTURE_FRAME_CTRDEF)
    read_definitions ((const SysprofCaptureCounterDefine *) frame);
  else if (frame->type == SYSPROF_CAPTURE_FRAME_CTRSET)
    read_values ((const SysprofCaptureCounterSet *) frame);
}

/* Reads what has been recorded since the last call. */
static void
read_rings (void)
{
  const guint n = __atomic_load_n (&n_rings, __ATOMIC_ACQUIRE);

  for (guint i = 0; i < n; i++)
    {
      Ring *ring = rings[i];
      const guint32 tail = __atomic_load_n (&ring->tail, __ATOMIC_ACQUIRE);

      g_assert_cmpuint (ring->head, <=, tail);
      while (ring->head < tail)
        {
          const SysprofCaptureFrame *frame = (const void *) ((const char *) ring + ring->offset + ring->head);

          g_assert_cmpuint (frame->len, >=, sizeof *frame);
          read_frame (frame);
          ring->head += frame->len;
        }
    }
}

/* Expects these marks since the last call, and no others. */
static void
expect_marks (const char *expected)
{
  g_autofree char *found = NULL;

  read_rings ();
  g_ptr_array_add (marks, NULL);
  found = g_strjoinv ("; ", (char **) marks->pdata);
  g_ptr_array_set_size (marks, 0);
  g_assert_cmpstr (found, ==, expected);
}

static gint64
value_of (const char *pool,
          const char *property)
{
  g_autofree char *name = g_strdup_printf ("%s: %s", pool, property);
  const gint64 *value = g_hash_table_lookup (values, name);

  g_assert_nonnull (value);

  return *value;
}

/* Marks */

static InternPool *
pool_with (guint n_strings)
{
  InternPool *pool = intern_pool_new ();

  for (guint i = 0; i < n_strings; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      intern_pool_atom_from_string (pool, string);
    }

  return pool;
}

static void
return_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  GAsyncResult **returned = data;

  *returned = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static GFile *
temporary_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("intern-XXXXXX", NULL);
  g_autofree char *path = NULL;

  g_assert_nonnull (folder);
  path = g_build_filename (folder, "strings.isn", NULL);

  return g_file_new_for_path (path);
}

static void
remove_file (GFile *file)
{
  g_autoptr (GFile) folder = g_file_get_parent (file);

  g_assert_true (g_file_delete (file, NULL, NULL));
  g_assert_true (g_file_delete (folder, NULL, NULL));
}

static void
test_files (void)
{
  g_autoptr (InternPool) pool = pool_with (3);
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (InternPool) mapped = NULL;
  g_autoptr (GFile) file = temporary_file ();

  g_test_summary ("Saving a file, opening it and mapping it are marked");
  expect_marks ("");

  g_assert_true (intern_pool_save (pool, file, NULL, NULL));
  expect_marks ("save: 3 strings");

  opened = intern_pool_new_from_file (file, INTERN_SNAPSHOT_NONE, NULL, NULL);
  g_assert_nonnull (opened);
  expect_marks ("open: 3 strings");

  mapped = intern_pool_new_from_file (file, INTERN_SNAPSHOT_TRUSTED, NULL, NULL);
  g_assert_nonnull (mapped);
  expect_marks ("map: 3 strings");

  remove_file (file);
}

static void
test_bytes (void)
{
  g_autoptr (InternPool) pool = pool_with (2);
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_test_summary ("Snapshots in memory are marked as those in files");
  bytes = intern_pool_to_bytes (pool, NULL);
  opened = intern_pool_new_from_bytes (bytes, NULL);
  g_assert_nonnull (opened);
  expect_marks ("save: 2 strings; open: 2 strings");
}

static void
test_load (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("a\nb\na\nc\n", -1, NULL);

  g_test_summary ("Loading a stream is marked");
  g_assert_true (intern_pool_load_stream (pool, stream, '\n', NULL, NULL, NULL, NULL, NULL));
  expect_marks ("load: 4 strings");
}

static void
test_clear (void)
{
  g_autoptr (InternPool) pool = pool_with (5);

  g_test_summary ("Clearing a pool is marked");
  intern_pool_clear (pool);
  expect_marks ("clear: 5 strings");
}

static void
test_async (void)
{
  g_autoptr (InternPool) pool = pool_with (3);
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (GFile) file = temporary_file ();
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("a\nb", -1, NULL);
  g_autoptr (GAsyncResult) saved = NULL;
  g_autoptr (GAsyncResult) opening = NULL;
  g_autoptr (GAsyncResult) loaded = NULL;

  g_test_summary ("What runs in another thread is marked there");
  intern_pool_save_async (pool, file, NULL, return_cb, &saved);
  g_assert_true (intern_pool_save_finish (pool, wait_for (&saved), NULL));
  expect_marks ("save: 3 strings");

  intern_pool_new_from_file_async (file, INTERN_SNAPSHOT_NONE, NULL, return_cb, &opening);
  opened = intern_pool_new_from_file_finish (wait_for (&opening), NULL);
  g_assert_nonnull (opened);
  expect_marks ("open: 3 strings");

  intern_pool_load_stream_async (pool, stream, '\n', G_PRIORITY_DEFAULT, NULL, NULL, NULL, NULL, return_cb, &loaded);
  g_assert_true (intern_pool_load_stream_finish (pool, wait_for (&loaded), NULL, NULL));
  expect_marks ("load: 2 strings");

  remove_file (file);
}

static void
test_failures (void)
{
  g_autoptr (InternPool) pool = pool_with (2);
  g_autoptr (GFile) nowhere = g_file_new_for_path ("/no-such-folder/strings.isn");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("damaged", 7);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("string 0\nc\nd\n", -1, NULL);

  g_test_summary ("An operation that fails is marked as such");
  g_assert_false (intern_pool_save (pool, nowhere, NULL, NULL));
  expect_marks ("save: 2 strings, failed");

  g_assert_null (intern_pool_new_from_file (nowhere, INTERN_SNAPSHOT_TRUSTED, NULL, NULL));
  expect_marks ("map: 0 strings, failed");

  g_assert_null (intern_pool_new_from_bytes (bytes, NULL));
  expect_marks ("open: 0 strings, failed");

  intern_pool_set_max_strings (pool, 3);
  g_assert_false (intern_pool_load_stream (pool, stream, '\n', NULL, NULL, NULL, NULL, NULL));
  expect_marks ("load: 2 strings, failed");
}

static void
test_fork (void)
{
  g_autoptr (InternPool) pool = pool_with (1);
  pid_t child;
  int status;

  g_test_summary ("A forked child leaves the buffers to its parent");
  intern_pool_clear (pool);
  expect_marks ("clear: 1 strings");

  child = fork ();
  if (child == 0)
    {
      intern_pool_clear (pool);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  expect_marks ("");
}

/* Counters */

static void
stats_changed_cb (InternPool *pool,
                  guint      *n_changes)
{
  ++*n_changes;
}

/* Iterates until stats-changed is emitted. */
static void
wait_for_change (InternPool   *pool,
                 GMainContext *context)
{
  guint n_changes = 0;
  const gulong handler = g_signal_connect (pool, "stats-changed", G_CALLBACK (stats_changed_cb), &n_changes);

  while (n_changes == 0)
    g_main_context_iteration (context, TRUE);
  g_signal_handler_disconnect (pool, handler);
}

static void
expect_values (InternPool *pool,
               const char *name)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);
  read_rings ();
  g_assert_cmpint (value_of (name, "n-strings"), ==, stats.n_strings);
  g_assert_cmpint (value_of (name, "n-lookups"), ==, stats.n_lookups);
  g_assert_cmpint (value_of (name, "n-hits"), ==, stats.n_hits);
  g_assert_cmpint (value_of (name, "memory-usage"), ==, stats.memory_usage);
}

static void
test_silent (void)
{
  g_autoptr (InternPool) pool = pool_with (100);

  g_test_summary ("A pool without an interval has no counters");
  for (guint i = 0; i < 1000; i++)
    intern_pool_intern (pool, "string 0");
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  read_rings ();
  g_assert_cmpuint (counter_names->len, ==, 0);
  g_assert_cmpuint (n_sets, ==, 0);
}

static void
test_counters (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_test_summary ("The counters are the statistics, set once for each stats-changed");
  intern_pool_set_stats_interval (pool, 1);
  intern_pool_intern (pool, "a");
  intern_pool_intern (pool, "b");
  intern_pool_intern (pool, "a");
  wait_for_change (pool, NULL);
  expect_values (pool, "Pool 1");
  g_assert_cmpint (value_of ("Pool 1", "n-strings"), ==, 2);
  g_assert_cmpint (value_of ("Pool 1", "n-lookups"), ==, 3);
  g_assert_cmpint (value_of ("Pool 1", "n-hits"), ==, 1);
  g_assert_cmpuint (n_sets, ==, 1);

  intern_pool_intern (pool, "c");
  wait_for_change (pool, NULL);
  expect_values (pool, "Pool 1");
  g_assert_cmpuint (n_sets, ==, 2);

  /* Of another interval, and so of another source. */
  intern_pool_set_stats_interval (pool, 2);
  intern_pool_intern (pool, "d");
  wait_for_change (pool, NULL);
  expect_values (pool, "Pool 1");
  g_assert_cmpuint (counter_names->len, ==, 4);
}

static gpointer
count_in_thread (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  InternPool *pool;

  g_main_context_push_thread_default (context);
  pool = intern_pool_new ();
  intern_pool_set_stats_interval (pool, 1);
  intern_pool_intern (pool, "of a thread");
  wait_for_change (pool, context);
  intern_pool_set_stats_interval (pool, 0);
  g_main_context_pop_thread_default (context);

  return pool;
}

static void
test_threads (void)
{
  g_test_summary ("Each pool has its own counters, whichever thread counts");
  for (guint i = 2; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("Pool %u", i);
      g_autoptr (InternPool) pool = g_thread_join (g_thread_new ("counts", count_in_thread, NULL));

      expect_values (pool, name);
      g_assert_cmpuint (counter_names->len, ==, i * 4);
    }
}

/* Where the numbers of a process start depends on the version of the collector, but for the last 8 bits. */
static void
test_numbers (void)
{
  GHashTableIter iter;
  gpointer id;

  g_test_summary ("The numbers of the counters are behind those that other libraries have");
  g_assert_cmpuint (g_hash_table_size (names_of_ids), ==, counter_names->len);
  g_hash_table_iter_init (&iter, names_of_ids);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      g_assert_cmpuint (GPOINTER_TO_UINT (id) % 256, >=, 128);
      g_assert_false (g_hash_table_contains (ids_of_others, id));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  marks = g_ptr_array_new_with_free_func (g_free);
  counter_names = g_ptr_array_new_with_free_func (g_free);
  names_of_ids = g_hash_table_new (NULL, NULL);
  ids_of_others = g_hash_table_new (NULL, NULL);
  values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  start = SYSPROF_CAPTURE_CURRENT_TIME;
  start_profiler ();

  g_test_add_func ("/profile/files-are-marked", test_files);
  g_test_add_func ("/profile/snapshots-in-memory-are-marked", test_bytes);
  g_test_add_func ("/profile/loading-a-stream-is-marked", test_load);
  g_test_add_func ("/profile/clearing-is-marked", test_clear);
  g_test_add_func ("/profile/other-threads-mark-too", test_async);
  g_test_add_func ("/profile/failures-are-marked-as-such", test_failures);
  g_test_add_func ("/profile/a-forked-child-records-nothing", test_fork);
  g_test_add_func ("/profile/a-pool-without-an-interval-has-no-counters", test_silent);
  g_test_add_func ("/profile/counters-are-the-statistics", test_counters);
  g_test_add_func ("/profile/each-pool-has-its-own-counters", test_threads);
  g_test_add_func ("/profile/the-numbers-of-counters-are-our-own", test_numbers);

  return g_test_run ();
}
