/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sessions in which one call of the C library fails: each in turn, in a process of its own. A session goes on after a
 * refusal, and checks all that it knows: a failure is a GError or, for memory, GLib's own message before it aborts.
 * It is run twice with the same failure: the second run may leave no memory behind.
 */

#ifndef _GNU_SOURCE
# define _GNU_SOURCE /* F_SETPIPE_SZ */
#endif

#include <intern-glib.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "faults.h"

/* Exit statuses of a child. */
#define FAILED_CLEANLY 0
#define NOTHING_FAILED 3

typedef struct
{
  const char *path;
  void        (*run) (guint scale);
  gboolean    has_files;
} Session;

static char *folder;       /* (owned) */
static GFile *file;        /* (owned) a snapshot in it */
static GBytes *old_bytes;  /* (owned) its content before a session */
static guint n_refused;    /* calls of the session */
static gboolean may_refuse; /* the failure is one that a caller hears of */

/* What a call returns that may fail. Returns whether it has succeeded. */
static gboolean
fine (gboolean   ok,
      GError   **error)
{
  g_assert_true (ok == (*error == NULL));
  if (ok)
    return TRUE;

  if (!may_refuse || !((*error)->domain == G_IO_ERROR ||
                       g_error_matches (*error, INTERN_ERROR, INTERN_ERROR_TOO_LONG)))
    g_error ("This is not the error for it: %s", (*error)->message);
  g_assert_cmpuint (strlen ((*error)->message), >, 10);
  g_clear_error (error);
  n_refused++;

  return FALSE;
}

static const char *
number (guint i)
{
  static char text[32];

  g_snprintf (text, sizeof text, "string number %u", i);

  return text;
}

/* Strings */

static void
intern_strings (guint scale)
{
  static const gsize lengths[] = { 0, 1, 7, 8, 40, 200, 300, 1000, 5000, 20000, 70000, 300000 };
  static char text[300000];
  const guint n_strings = G_N_ELEMENTS (lengths);
  g_autoptr (InternPool) pool = NULL;
  InternPoolStats stats;
  guint64 n_bytes = 0;
  guint n_known = 0;

  memset (text, 'x', sizeof text);
  for (guint i = 0; i < n_strings; i++)
    n_bytes += lengths[i];
  /* Exactly what fits: a refusal may not count. */
  pool = g_object_new (INTERN_TYPE_POOL, "max-bytes", n_bytes, "max-strings", n_strings, NULL);
  for (guint i = 0; i < n_strings; i++)
    for (guint try = 0; try < 2; try++)
      {
        g_autoptr (GError) error = NULL;
        const char *string = intern_pool_try_intern_len (pool, text, (gssize) lengths[i], &error);

        if (!fine (string != NULL, &error))
          {
            g_assert_null (intern_pool_lookup_len (pool, text, (gssize) lengths[i]));
            continue;
          }
        g_assert_cmpmem (string, intern_pool_get_length (pool, string), text, lengths[i]);
        g_assert_true (intern_pool_lookup_len (pool, text, (gssize) lengths[i]) == string);
        n_known += n_known == i;
      }
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, <=, n_strings);
  /* One failure, and the second try of the string has succeeded. */
  if (intern_faults_get ()->function != FAULT_LARGE)
    {
      g_assert_cmpuint (n_known, ==, n_strings);
      g_assert_cmpuint (stats.bytes_stored, ==, n_bytes);
    }
}

/* Columns */

static void
code_columns (guint scale)
{
  const guint n_strings = 100 * scale;
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) other = intern_pool_new ();
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree guint32 *atoms = NULL, *table = NULL;
  g_autoptr (GBytes) text = NULL, coded = NULL;
  char **decoded;
  gsize n_atoms = 0, n_rows = 0;

  for (guint i = 0; i < n_strings; i++)
    g_ptr_array_add (strings, i % 7 == 3 ? NULL : g_strdup (number (i % 50)));

  atoms = intern_pool_encode (pool, (const char * const *) strings->pdata, n_strings, &n_atoms, &error);
  if (fine (atoms != NULL, &error))
    {
      g_assert_cmpuint (n_atoms, ==, n_strings);
      decoded = intern_pool_decode (pool, atoms, n_atoms, &error);
      if (fine (decoded != NULL, &error))
        for (guint i = 0; i < n_strings; i++)
          {
            g_assert_cmpstr (decoded[i], ==, strings->pdata[i]);
            g_free (decoded[i]);
          }
      g_free (decoded);
    }
  table = intern_pool_translate (other, pool, &n_rows, &error);
  if (fine (table != NULL, &error))
    for (guint32 atom = 1; atom < n_rows; atom++)
      g_assert_cmpstr (intern_pool_atom_to_string (other, table[atom]), ==, intern_pool_atom_to_string (pool, atom));

  text = g_bytes_new_static ("one\ntwo\none\nthree\n", 18);
  coded = intern_pool_encode_delimited (pool, text, '\n', &error);
  if (fine (coded != NULL, &error))
    {
      g_autoptr (GBytes) again = intern_pool_decode_delimited (pool, coded, '\n', &error);

      if (fine (again != NULL, &error))
        g_assert_true (g_bytes_equal (again, text));
    }
}

/* References */

static void
count_references (guint scale)
{
  const guint n_strings = 100 * scale;
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree const char **strings = g_new0 (const char *, n_strings);
  InternPoolStats stats;

  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < n_strings; i++)
        strings[i] = intern_pool_acquire (pool, number (i + round));
      intern_pool_get_stats (pool, &stats);
      g_assert_cmpuint (stats.n_mortal, ==, n_strings);
      for (guint i = 0; i < n_strings; i++)
        {
          g_assert_cmpstr (strings[i], ==, number (i + round));
          intern_pool_release (pool, strings[i]);
        }
      intern_pool_trim (pool);
      intern_pool_get_stats (pool, &stats);
      g_assert_cmpuint (stats.n_strings, ==, 0);
    }
}

/* Data */

static guint n_made, n_destroyed;

static gpointer
make_data (InternPool *pool,
           const char *interned,
           gpointer    user_data)
{
  n_made++;

  return GSIZE_TO_POINTER (1);
}

static void
destroy_data (gpointer data)
{
  n_destroyed++;
}

static void
keep_data (guint scale)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "n-data", 2, NULL);

  n_made = n_destroyed = 0;
  intern_pool_set_data_destroy (pool, 0, destroy_data);
  intern_pool_set_data_destroy (pool, 1, destroy_data);
  for (guint i = 0; i < 20 * scale; i++)
    {
      const char *string = i % 2 == 0 ? intern_pool_intern (pool, number (i)) : intern_pool_acquire (pool, number (i));

      g_assert_true (intern_pool_ensure_data (pool, string, i % 2, make_data, NULL) == GSIZE_TO_POINTER (1));
      if (i % 4 == 1)
        intern_pool_release (pool, string);
    }
  intern_pool_trim (pool);
  intern_pool_clear (pool);
  g_assert_cmpuint (n_destroyed, ==, n_made);
  g_assert_cmpuint (n_made, ==, 20 * scale);
}

/* Snapshots */

static InternPool *
fill_pool (guint n_strings)
{
  InternPool *pool = intern_pool_new ();

  for (guint i = 0; i < n_strings; i++)
    if (i % 3 == 0)
      intern_pool_atom_from_string (pool, number (i));
    else if (i % 3 == 1)
      intern_pool_intern (pool, number (i));
    else
      g_assert_nonnull (intern_pool_acquire (pool, number (i)));

  return pool;
}

static void
check_pool (InternPool *pool,
            guint       n_strings)
{
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, n_strings);
  for (guint i = 0; i < n_strings; i++)
    {
      g_assert_cmpstr (intern_pool_lookup (pool, number (i)), ==, number (i));
      if (i % 3 == 0)
        g_assert_cmpuint (intern_pool_lookup_atom (pool, number (i)), ==, i / 3 + 1);
    }
}

/* A snapshot that could not be made has left no reference. */
static void
check_references (InternPool *pool,
                  guint       n_strings)
{
  for (guint i = 2; i < n_strings; i += 3)
    g_assert_cmpuint (intern_pool_get_ref_count (pool, intern_pool_lookup (pool, number (i))), ==, 1);
}

/* Bytes that are not aligned are copied. */
static void
open_anywhere (GBytes *bytes,
               guint   n_strings)
{
  const gsize size = g_bytes_get_size (bytes);
  g_autofree char *copy = g_malloc (size + 1);
  g_autoptr (GBytes) moved = g_bytes_new_static (copy + 1, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (InternPool) opened = NULL;

  memcpy (copy + 1, g_bytes_get_data (bytes, NULL), size);
  opened = intern_pool_new_from_bytes (moved, &error);
  if (fine (opened != NULL, &error))
    check_pool (opened, n_strings);
}

static void
open_snapshots (guint scale)
{
  const guint n_strings = 60 * scale;
  g_autoptr (InternPool) pool = fill_pool (n_strings);
  g_autoptr (InternPool) opened = NULL, child = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (pool, &error);

  check_references (pool, n_strings);
  if (!fine (bytes != NULL, &error))
    return;

  opened = intern_pool_new_from_bytes (bytes, &error);
  if (!fine (opened != NULL, &error))
    return;
  check_pool (opened, n_strings);

  open_anywhere (bytes, n_strings);

  intern_pool_freeze (opened);
  child = intern_pool_new_child (opened, &error);
  if (!fine (child != NULL, &error))
    return;
  for (guint i = 0; i < n_strings; i++)
    g_assert_cmpuint (intern_pool_atom_from_string (child, number (i)), !=, 0);
  g_assert_cmpuint (intern_pool_get_n_strings (child), ==, n_strings);
}

/* Files */

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_files = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n_files++;

  return n_files;
}

/* Whether the disk has what was written before the file gets its name, and the name before the call returns. */
static void
check_events (const char *events)
{
  const char *renamed = strrchr (events, 'r');
  const char *written = strrchr (events, 'w');
  const char *synced = NULL;

  g_assert_nonnull (renamed);
  g_assert_nonnull (written);
  for (const char *event = written; event < renamed; event++)
    if (*event == 'f')
      synced = event;
  g_assert_nonnull (synced);
  /* A folder that cannot be opened is not synced. */
  if (intern_faults_get ()->function != FAULT_OPEN)
    g_assert_nonnull (strchr (renamed, 'f'));
}

/* Saves over the old snapshot. */
static void
save_over (InternPool *pool)
{
  Faults *faults = intern_faults_get ();
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  const char *path = g_file_peek_path (file);
  const guint n_before = faults->n_events;
  gboolean saved, armed;
  gsize size;

  saved = fine (intern_pool_save (pool, file, NULL, &error), &error);
  armed = faults->armed;
  faults->armed = FALSE;
  g_assert_cmpuint (count_files (), ==, 1);
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  if (!saved)
    g_assert_cmpmem (data, size, g_bytes_get_data (old_bytes, NULL), g_bytes_get_size (old_bytes));
  else if (armed)
    check_events (faults->events + n_before);
  faults->armed = armed;
}

static void
use_files (guint scale)
{
  const guint n_strings = 60 * scale;
  g_autoptr (InternPool) pool = fill_pool (n_strings);
  g_autoptr (InternPool) loaded = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) stream = NULL;
  guint64 n_loaded = 0;

  /* A session begins with the old file. */
  g_assert_true (g_file_set_contents (g_file_peek_path (file), g_bytes_get_data (old_bytes, NULL),
                                      (gssize) g_bytes_get_size (old_bytes), NULL));
  intern_faults_get ()->armed = intern_faults_get ()->at > 0;
  save_over (pool);
  check_references (pool, n_strings);
  for (guint trusted = 0; trusted < 2; trusted++)
    {
      g_autoptr (InternPool) opened = intern_pool_new_from_file (
        file, trusted ? INTERN_SNAPSHOT_TRUSTED : INTERN_SNAPSHOT_NONE, NULL, &error);

      if (fine (opened != NULL, &error) && n_refused == 0)
        check_pool (opened, n_strings);
    }

  stream = g_file_read (file, NULL, &error);
  if (!fine (stream != NULL, &error))
    return;
  if (fine (intern_pool_load_stream (loaded, G_INPUT_STREAM (stream), '\n', NULL, NULL, NULL, &n_loaded, &error),
            &error))
    g_assert_cmpuint (n_loaded, >, 0);
}

static const Session sessions[] = {
  { "strings", intern_strings, FALSE },
  { "columns", code_columns, FALSE },
  { "references", count_references, FALSE },
  { "data", keep_data, FALSE },
  { "snapshots", open_snapshots, FALSE },
  { "files", use_files, TRUE },
};

/* One failure */

typedef struct
{
  const Session *session;
  FaultFunction  function;
  int            code;
  gboolean       may_refuse;
} Plan;

/* How large the pools are. */
static guint
get_scale (void)
{
  return g_test_slow () ? 20 : 1;
}

static void
arm (const Plan *plan,
     gulong      at)
{
  Faults *faults = intern_faults_get ();

  faults->function = plan->function;
  faults->at = at;
  faults->code = plan->code;
  faults->n_calls = faults->n_failed = 0;
  faults->n_events = 0;
  memset (faults->events, 0, sizeof faults->events);
  n_refused = 0;
  /* A session of files arms it when its files are ready. */
  faults->armed = !plan->session->has_files;
}

static void
run_with_fault (const Plan *plan,
                gulong      at)
{
  arm (plan, at);
  plan->session->run (get_scale ());
  intern_faults_get ()->armed = FALSE;
}

static G_NORETURN void
be_child (const Plan *plan,
          gulong      at,
          int         output)
{
  Faults *faults = intern_faults_get ();
  long n_living;

  dup2 (output, STDERR_FILENO);
  dup2 (output, STDOUT_FILENO);
  /* The first time GLib makes what stays. */
  run_with_fault (plan, at);
  n_living = faults->n_living;
  run_with_fault (plan, at);
  if (faults->n_living != n_living)
    g_error ("%ld blocks of memory are left", faults->n_living - n_living);
  _exit (faults->n_failed > 0 ? FAILED_CLEANLY : NOTHING_FAILED);
}

/* Whether a process that has ended so has run out of memory as GLib says it. */
static gboolean
is_abort_of_glib (const Plan *plan,
                  int         status,
                  const char *output)
{
  return (plan->function == FAULT_MEMORY || plan->function == FAULT_LARGE) && WIFSIGNALED (status) &&
         (WTERMSIG (status) == SIGTRAP || WTERMSIG (status) == SIGABRT) &&
         (strstr (output, "failed to allocate") != NULL || strstr (output, "error allocating") != NULL ||
          strstr (output, "from C library during 'malloc'") != NULL);
}

/* Returns the exit status of a child with one failure, or -1 if it was aborted. */
static int
try_fault (const Plan *plan,
           gulong      at)
{
  g_autofree char *path = g_strconcat (folder, ".output", NULL);
  g_autofree char *output = NULL;
  const int fd = g_open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  pid_t child;
  int status;

  fflush (stdout);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    be_child (plan, at, fd);

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  close (fd);
  g_assert_true (g_file_get_contents (path, &output, NULL, NULL));
  g_unlink (path);
  if (WIFEXITED (status) && (WEXITSTATUS (status) == FAILED_CLEANLY || WEXITSTATUS (status) == NOTHING_FAILED))
    return WEXITSTATUS (status);
  if (!is_abort_of_glib (plan, status, output))
    g_error ("Failure %lu of function %d with code %d ended in status 0x%x:\n%s", at, plan->function, plan->code,
             status, output);

  return -1;
}

/* Lets each call of the function fail in turn. */
static void
try_each (const Plan *plan)
{
  guint n_clean = 0, n_aborts = 0;
  int status;

  for (gulong at = 1; (status = try_fault (plan, at)) != NOTHING_FAILED; at++)
    {
      n_clean += status == FAILED_CLEANLY;
      n_aborts += status == -1;
    }
  g_test_message ("%u failures: %u were reported or did no harm, %u were messages of GLib", n_clean + n_aborts, n_clean,
                  n_aborts);
  g_assert_cmpuint (n_clean + n_aborts, >, 0);
}

/* The tests */

static void
test_memory (gconstpointer data)
{
  const Plan plan = { data, FAULT_MEMORY, ENOMEM, TRUE };

  g_test_summary ("Whichever allocation fails, there is an error or GLib's own message, and nothing is damaged");
  try_each (&plan);
}

static void
test_long_strings (void)
{
  const Plan plan = { &sessions[0], FAULT_LARGE, ENOMEM, TRUE };
  static const gulong sizes[] = { 80000, 100000, 135000, 200000, 310000, 400000, 530000 };

  g_test_summary ("A string for which there is no memory is refused: it never ends the program");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_cmpint (try_fault (&plan, sizes[i]), ==, FAILED_CLEANLY);
}

static void
test_files (void)
{
  static const struct
  {
    FaultFunction function;
    int           code;
    gboolean      may_refuse;
  } faults[] = {
    { FAULT_OPEN, EMFILE, TRUE },
    { FAULT_OPEN, EIO, TRUE },
    { FAULT_READ, EIO, TRUE },
    { FAULT_READ, EINTR, FALSE },
    { FAULT_READ, FAULT_SHORT, FALSE },
    { FAULT_WRITE, ENOSPC, TRUE },
    { FAULT_WRITE, EIO, TRUE },
    { FAULT_WRITE, EINTR, FALSE },
    { FAULT_WRITE, FAULT_SHORT, FALSE },
    { FAULT_FSYNC, EIO, TRUE },
    { FAULT_FSYNC, ENOSPC, TRUE },
    { FAULT_CLOSE, EIO, TRUE },
    { FAULT_RENAME, EIO, TRUE },
    { FAULT_RENAME, ENOSPC, TRUE },
  };

  g_test_summary ("Whichever call on a file fails, there is an error, and the old file is whole; interrupted and short "
                  "calls are no errors");
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      const Plan plan = {
        &sessions[G_N_ELEMENTS (sessions) - 1], faults[i].function, faults[i].code, faults[i].may_refuse,
      };

      may_refuse = plan.may_refuse;
      try_each (&plan);
    }
  may_refuse = TRUE;
}

/* Failures of a save that have to be reported: the new file may not be on the disk. */
static void
test_save_reports (void)
{
  static const FaultFunction functions[] = { FAULT_WRITE, FAULT_FSYNC, FAULT_CLOSE, FAULT_RENAME };

  g_test_summary ("A save that fails to write, to sync, to close or to rename says so");
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      const Plan plan = { &sessions[G_N_ELEMENTS (sessions) - 1], functions[i], EIO, TRUE };
      g_autoptr (InternPool) pool = fill_pool (10);
      g_autoptr (GError) error = NULL;

      arm (&plan, 1);
      intern_faults_get ()->armed = TRUE;
      g_assert_false (intern_pool_save (pool, file, NULL, &error));
      intern_faults_get ()->armed = FALSE;
      g_assert_cmpuint (intern_faults_get ()->n_failed, ==, 1);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_cmpuint (count_files (), ==, 1);
    }
}

/* Opens the snapshot while files cannot be mapped. */
static void
check_map (int    code,
           GQuark domain,
           int    expected)
{
  const Plan plan = { &sessions[G_N_ELEMENTS (sessions) - 1], FAULT_MAP, code, TRUE };
  g_autoptr (InternPool) opened = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (g_file_peek_path (file), g_bytes_get_data (old_bytes, NULL),
                                      (gssize) g_bytes_get_size (old_bytes), NULL));
  arm (&plan, 1);
  intern_faults_get ()->armed = TRUE;
  opened = intern_pool_new_from_file (file, INTERN_SNAPSHOT_TRUSTED, NULL, &error);
  intern_faults_get ()->armed = FALSE;
  g_assert_cmpuint (intern_faults_get ()->n_failed, ==, 1);
  g_assert_null (opened);
  g_assert_error (error, domain, expected);
}

static void
test_map (void)
{
  g_test_summary ("A file that its file system cannot map, or for which there is no room, is an error of its own");
  check_map (ENODEV, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  check_map (ENOMEM, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
}

static void
test_close_of_a_device (void)
{
  const Plan plan = { &sessions[G_N_ELEMENTS (sessions) - 1], FAULT_CLOSE, EIO, TRUE };
  g_autoptr (InternPool) pool = fill_pool (10);
  g_autoptr (GFile) device = g_file_new_for_path ("/dev/null");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A device that fails when it is closed has not got the snapshot");
  arm (&plan, 1);
  intern_faults_get ()->armed = TRUE;
  g_assert_false (intern_pool_save (pool, device, NULL, &error));
  intern_faults_get ()->armed = FALSE;
  g_assert_cmpuint (intern_faults_get ()->n_failed, ==, 1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

#ifndef INTERN_NO_CACHE
/* The read cache of so many strings is mapped; no other block of theirs is as large. */
#define N_CACHED 4000
#define MAPPED 65536

static void
test_cache (void)
{
  const Plan plan = { &sessions[0], FAULT_LARGE, ENOMEM, TRUE };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree const char **strings = g_new (const char *, N_CACHED);

  g_test_summary ("Without memory for a larger read cache a pool finds its strings as before");
  arm (&plan, MAPPED);
  for (guint i = 0; i < N_CACHED; i++)
    strings[i] = intern_pool_intern (pool, number (i));
  for (guint round = 0; round < 4; round++)
    for (guint i = 0; i < N_CACHED; i++)
      g_assert_true (intern_pool_lookup (pool, number (i)) == strings[i]);
  intern_faults_get ()->armed = FALSE;
  g_assert_cmpuint (intern_faults_get ()->n_failed, >, 0);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_CACHED);
}
#endif

/* A column of repeats, so that its atoms are what needs most memory. */
#define N_ROWS 30000
#define LARGE_COLUMN 80000

static void
test_column (void)
{
  const Plan plan = { &sessions[1], FAULT_LARGE, ENOMEM, TRUE };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree const char **strings = g_new (const char *, N_ROWS);
  g_autoptr (GError) error = NULL;
  gsize n_atoms = 1;

  g_test_summary ("A column for whose atoms there is no memory is refused, and its strings stay in the pool");
  for (guint i = 0; i < N_ROWS; i++)
    strings[i] = i % 2 == 0 ? "oak" : "elm";
  arm (&plan, LARGE_COLUMN);
  g_assert_null (intern_pool_encode (pool, strings, N_ROWS, &n_atoms, &error));
  intern_faults_get ()->armed = FALSE;
  /* Once for all rows, and once when the array had grown. */
  g_assert_cmpuint (intern_faults_get ()->n_failed, ==, 2);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
  g_assert_cmpuint (n_atoms, ==, 0);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "elm"), ==, 2);
}

/* Sends the snapshot through a pipe with room for it, and opens it there. */
static InternPool *
open_pipe (GBytes  *bytes,
           GError **error)
{
  const gsize size = g_bytes_get_size (bytes);
  g_autofree char *path = NULL;
  g_autoptr (GFile) reader = NULL;
  InternPool *opened;
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_cmpint (fcntl (fds[1], F_SETPIPE_SZ, 1 << 20), >=, (int) size);
  g_assert_cmpint (write (fds[1], g_bytes_get_data (bytes, NULL), size), ==, (gssize) size);
  close (fds[1]);
  path = g_strdup_printf ("/proc/self/fd/%d", fds[0]);
  reader = g_file_new_for_path (path);
  intern_faults_get ()->armed = TRUE;
  opened = intern_pool_new_from_file (reader, INTERN_SNAPSHOT_NONE, NULL, error);
  intern_faults_get ()->armed = FALSE;
  close (fds[0]);

  return opened;
}

static void
test_pipe (void)
{
  const Plan plan = { &sessions[G_N_ELEMENTS (sessions) - 1], FAULT_LARGE, ENOMEM, TRUE };
  g_autoptr (InternPool) pool = fill_pool (12000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (pool, &error);
  g_autoptr (InternPool) opened = NULL;

  g_test_summary ("A snapshot from a pipe for which there is no memory after its beginning is refused");
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 300000);
  arm (&plan, 200000);
  g_assert_null (open_pipe (bytes, &error));
  g_assert_cmpuint (intern_faults_get ()->n_failed, ==, 1);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
  g_clear_error (&error);

  arm (&plan, 2 * g_bytes_get_size (bytes));
  opened = open_pipe (bytes, &error);
  g_assert_no_error (error);
  check_pool (opened, 12000);
}

static void
prepare (void)
{
  g_autoptr (InternPool) pool = fill_pool (5);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  folder = g_dir_make_tmp ("intern-faults-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (folder, "pool", NULL);
  file = g_file_new_for_path (path);
  old_bytes = intern_pool_to_bytes (pool, &error);
  g_assert_no_error (error);
  may_refuse = TRUE;
  /* What GLib and the library make once, and each child inherits. */
  intern_faults_get ()->at = 0;
  for (guint i = 0; i < G_N_ELEMENTS (sessions); i++)
    sessions[i].run (1);
  intern_faults_get ()->armed = FALSE;
  g_assert_cmpuint (n_refused, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  /* Many children abort. */
  setrlimit (RLIMIT_CORE, &(struct rlimit) { 0, 0 });
  prepare ();

  for (guint i = 0; i < G_N_ELEMENTS (sessions); i++)
    {
      g_autofree char *path = g_strconcat ("/faults/memory/", sessions[i].path, NULL);

      g_test_add_data_func (path, &sessions[i], test_memory);
    }
  g_test_add_func ("/faults/long-strings", test_long_strings);
  g_test_add_func ("/faults/files", test_files);
  g_test_add_func ("/faults/save-reports", test_save_reports);
  g_test_add_func ("/faults/map", test_map);
  g_test_add_func ("/faults/close-of-a-device", test_close_of_a_device);
#ifndef INTERN_NO_CACHE
  g_test_add_func ("/faults/cache", test_cache);
#endif
  g_test_add_func ("/faults/column", test_column);
  g_test_add_func ("/faults/pipe", test_pipe);

  status = g_test_run ();
  g_unlink (g_file_peek_path (file));
  g_rmdir (folder);

  return status;
}
