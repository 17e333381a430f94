/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshots when processes are killed, disks are full and files are damaged. */

#ifndef _GNU_SOURCE
# define _GNU_SOURCE /* unshare() */
#endif

#include <intern-glib.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

typedef struct
{
  char  *folder; /* (owned) */
  char  *path;   /* (owned) */
  GFile *file;   /* (owned) */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("intern-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "strings.isn", NULL);
  fixture->file = g_file_new_for_path (fixture->path);
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_files = 0;

  while (g_dir_read_name (dir) != NULL)
    n_files++;

  return n_files;
}

static void
remove_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  remove_files (fixture->folder);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_object_unref (fixture->file);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static InternPool *
new_pool (guint n_strings)
{
  InternPool *pool = intern_pool_new ();

  for (guint i = 0; i < n_strings; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      if (i % 2 == 0)
        intern_pool_atom_from_string (pool, string);
      else
        intern_pool_intern (pool, string);
    }

  return pool;
}

static void
save (InternPool *pool,
      GFile      *file)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (intern_pool_save (pool, file, NULL, &error));
  g_assert_no_error (error);
}

static InternPool *
open_file (GFile               *file,
           InternSnapshotFlags  flags)
{
  g_autoptr (GError) error = NULL;
  InternPool *pool = intern_pool_new_from_file (file, flags, NULL, &error);

  g_assert_no_error (error);

  return pool;
}

/* Like fork(), but flushes first, so that output is printed once. */
static pid_t
start_process (void)
{
  pid_t child;

  fflush (stdout);
  child = fork ();
  g_assert_cmpint (child, >=, 0);

  return child;
}

/* Killed */

#define FEW 300
#define MANY 20000

/* Saves two pools in turn until it is killed. */
static G_NORETURN void
save_for_ever (GFile *file)
{
  g_autoptr (InternPool) few = new_pool (FEW);
  g_autoptr (InternPool) many = new_pool (MANY);

  for (guint i = 0; ; i++)
    if (!intern_pool_save (i % 2 == 0 ? few : many, file, NULL, NULL))
      _exit (EXIT_FAILURE);
}

static void
kill_while_it_saves (GFile *file,
                     gulong microseconds)
{
  const pid_t child = start_process ();
  int status;

  if (child == 0)
    save_for_ever (file);

  g_usleep (microseconds);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
}

static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  const guint n_rounds = g_test_slow () ? 1000 : 50;
  g_autoptr (InternPool) few = new_pool (FEW);
  guint n_cut_short = 0;

  g_test_summary ("After a process is killed while it saves, the old or the new file exists, complete");
  save (few, fixture->file);
  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (InternPool) pool = NULL;
      guint n_strings;

      kill_while_it_saves (fixture->file, (gulong) g_test_rand_int_range (0, 60000));
      pool = open_file (fixture->file, INTERN_SNAPSHOT_NONE);
      n_strings = intern_pool_get_n_strings (pool);
      g_assert_true (n_strings == FEW || n_strings == MANY);
      n_cut_short += count_files (fixture->folder) > 1;
      remove_files (fixture->folder);
      save (few, fixture->file);
    }
  g_test_message ("%u of %u were in the middle of a file", n_cut_short, n_rounds);
}

/* No room */

/* Checks that saving fails and the old file stays. */
static void
assert_not_saved (InternPool *pool,
                  GFile      *file,
                  int         code)
{
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autoptr (GBytes) before = g_file_load_bytes (file, NULL, NULL, NULL);
  g_autoptr (GBytes) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (intern_pool_save (pool, file, NULL, &error));
  g_assert_error (error, G_IO_ERROR, code);
  after = g_file_load_bytes (file, NULL, NULL, NULL);
  g_assert_true (g_bytes_equal (before, after));
  g_assert_cmpuint (count_files (g_file_peek_path (folder)), ==, 1);
}

static void
test_file_size_limit (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (InternPool) few = new_pool (FEW);
  g_autoptr (InternPool) many = new_pool (MANY);
  struct rlimit before, limit;

  g_test_summary ("Exceeding the limit for the size of a file is an error, and the old file stays");
  save (few, fixture->file);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 64 * 1024;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  assert_not_saved (many, fixture->file, G_IO_ERROR_FAILED);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_DFL);
  save (many, fixture->file);
}

#define NOT_PERMITTED 77

static G_NORETURN void
fill_a_small_disk (const char *folder,
                   GFile      *file)
{
  g_autoptr (InternPool) few = new_pool (FEW);
  g_autoptr (InternPool) many = new_pool (MANY);

  if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount ("tmpfs", folder, "tmpfs", 0, "size=64k") != 0)
    _exit (NOT_PERMITTED);

  save (few, file);
  assert_not_saved (many, file, G_IO_ERROR_NO_SPACE);
  _exit (EXIT_SUCCESS);
}

static void
test_full_disk (Fixture       *fixture,
                gconstpointer  data)
{
  const pid_t child = start_process ();
  int status;

  g_test_summary ("A full disk is an error, and the old file stays");
  if (child == 0)
    fill_a_small_disk (fixture->folder, fixture->file);

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) == NOT_PERMITTED)
    g_test_skip ("only root may mount a small disk");
  else
    g_assert_cmpint (WEXITSTATUS (status), ==, EXIT_SUCCESS);
}

/* Not even root can create a file there. */
static void
test_no_folder_to_write_to (void)
{
  g_autoptr (InternPool) pool = new_pool (FEW);
  g_autoptr (GFile) file = g_file_new_for_path ("/proc/self/strings.isn");
  g_autoptr (GFile) folder = g_file_new_for_path ("/proc");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A folder in which no file can be created is an error, and so is a folder as the file");
  g_assert_false (intern_pool_save (pool, file, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_IO_ERROR);
  g_clear_error (&error);
  g_assert_false (intern_pool_save (pool, folder, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_IO_ERROR);
}

/* Damaged */

static void
use (InternPool *pool)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  intern_pool_intern (pool, "string 1");
  intern_pool_intern (pool, "something else");
  intern_pool_atom_from_string (pool, "string 2");
  for (InternAtom atom = 0; atom < 20; atom++)
    {
      g_auto (GStrv) strings = intern_pool_decode (pool, &atom, 1, NULL);

      /* Atom 0 is a missing value. */
      g_assert_true (strings == NULL || g_strv_length (strings) == (atom != INTERN_ATOM_NONE));
    }
  bytes = intern_pool_to_bytes (pool, &error);
  g_assert_true ((bytes == NULL) == (error != NULL));
}

/* Checks that opening fails, or, if the file is trusted, that it fails or does no harm. */
static void
assert_refused (Fixture    *fixture,
                const char *data,
                gsize       size,
                gboolean    from_file)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (InternPool) trusted = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (intern_pool_new_from_bytes (bytes, &error));
  g_assert_true (g_error_matches (error, INTERN_ERROR, INTERN_ERROR_CORRUPT) ||
                 g_error_matches (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED));
  if (!from_file)
    return;

  g_clear_error (&error);
  g_assert_true (g_file_set_contents_full (fixture->path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_null (intern_pool_new_from_file (fixture->file, INTERN_SNAPSHOT_NONE, NULL, &error));
  g_assert_true (error->domain == INTERN_ERROR);
  trusted = intern_pool_new_from_file (fixture->file, INTERN_SNAPSHOT_TRUSTED, NULL, NULL);
  if (trusted != NULL)
    use (trusted);
}

static void
test_every_bit (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (InternPool) pool = new_pool (8);
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (pool, NULL);
  const gsize size = g_bytes_get_size (bytes);
  g_autofree char *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);

  g_test_summary ("A snapshot with one wrong bit is refused, and does no harm if it is trusted");
  for (gsize bit = 0; bit < 8 * size; bit++)
    {
      copy[bit / 8] ^= (char) (1 << bit % 8);
      assert_refused (fixture, copy, size, bit % 8 == bit / 8 % 8);
      copy[bit / 8] ^= (char) (1 << bit % 8);
    }
}

static void
test_every_length (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (InternPool) pool = new_pool (8);
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (pool, NULL);
  const gsize size = g_bytes_get_size (bytes);
  g_autofree char *longer = g_malloc0 (size + 1);

  g_test_summary ("A snapshot that is truncated anywhere, or has an extra byte, is refused");
  memcpy (longer, g_bytes_get_data (bytes, NULL), size);
  for (gsize length = 0; length < size; length++)
    assert_refused (fixture, longer, length, TRUE);
  assert_refused (fixture, longer, size + 1, TRUE);
}

/* Files of old versions */

static void
test_golden_files (void)
{
  const char *names[] = { "snapshot-1-empty", "snapshot-1-numbers", "snapshot-1-bytes" };
  const guint first_atoms[] = { 1, 1, 7 };

  g_test_summary ("Files of each version of the format open with their atoms and are saved unchanged");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GFile) file = g_file_new_build_filename (g_test_get_dir (G_TEST_DIST), "data", names[i], NULL);
      g_autoptr (GBytes) bytes = g_file_load_bytes (file, NULL, NULL, NULL);
      g_autoptr (InternPool) pool = open_file (file, INTERN_SNAPSHOT_NONE);
      g_autoptr (InternPool) again = NULL;
      g_autoptr (GBytes) saved = intern_pool_to_bytes (pool, NULL);

      g_assert_cmpuint (g_bytes_get_size (bytes), >, 0);
      for (InternAtom atom = first_atoms[i]; atom < first_atoms[i] + 3 * i; atom++)
        g_assert_nonnull (intern_pool_atom_to_string (pool, atom));
#ifndef INTERN_TEST_SIZES
      g_assert_true (g_bytes_equal (bytes, saved));
#endif
      again = intern_pool_new_from_bytes (saved, NULL);
      g_assert_cmpuint (intern_pool_get_n_strings (again), ==, intern_pool_get_n_strings (pool));
      g_assert_cmpuint (intern_pool_atom_from_string (again, "something new"), ==, first_atoms[i] + 3 * i);
    }
}

/* Shared */

/* A field of /proc/self/smaps for the mapping of a file, in kilobytes. */
static guint
get_mapped (const char *path,
            const char *field)
{
  g_autofree char *smaps = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean inside = FALSE;
  guint sum = 0;

  g_assert_true (g_file_get_contents ("/proc/self/smaps", &smaps, NULL, NULL));
  lines = g_strsplit (smaps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      /* A mapping begins with its addresses, in hexadecimal and in lower case. */
      if (!g_ascii_isupper (lines[i][0]))
        inside = g_str_has_suffix (lines[i], path);
      else if (inside && g_str_has_prefix (lines[i], field))
        sum += (guint) g_ascii_strtoull (lines[i] + strlen (field) + 1, NULL, 10);
    }

  return sum;
}

static InternPool *
open_and_touch (GFile *file)
{
  InternPool *pool = open_file (file, INTERN_SNAPSHOT_TRUSTED);

  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      g_assert_cmpstr (intern_pool_lookup (pool, string), ==, string);
    }

  return pool;
}

static G_NORETURN void
keep_open (GFile *file,
           int    ready,
           int    done)
{
  g_autoptr (InternPool) pool = open_and_touch (file);
  char byte = 0;

  g_assert_nonnull (pool);
  if (write (ready, &byte, 1) != 1 || read (done, &byte, 1) < 0)
    _exit (EXIT_FAILURE);
  _exit (EXIT_SUCCESS);
}

static void
test_shared (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (InternPool) many = new_pool (MANY);
  g_autoptr (InternPool) pool = NULL;
  g_autofree char *path = NULL;
  int ready[2], done[2], status;
  char byte;
  pid_t child;
  guint n_mapped;

  g_test_summary ("Two processes that trust a snapshot share all of its memory");
  save (many, fixture->file);
  path = realpath (fixture->path, NULL);
  g_assert_cmpint (pipe (ready), ==, 0);
  g_assert_cmpint (pipe (done), ==, 0);
  child = start_process ();
  if (child == 0)
    {
      close (done[1]);
      keep_open (fixture->file, ready[1], done[0]);
    }

  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  pool = open_and_touch (fixture->file);
  n_mapped = get_mapped (path, "Rss:");
  g_assert_cmpuint (n_mapped, >, 64);
  /* Dirty pages have not been written to the disk yet, or never are on a file system in memory. */
  g_assert_cmpuint (get_mapped (path, "Shared_Clean:") + get_mapped (path, "Shared_Dirty:"), ==, n_mapped);
  g_assert_cmpuint (get_mapped (path, "Private_Clean:") + get_mapped (path, "Private_Dirty:"), ==, 0);
  g_test_message ("%u kB are mapped and shared", n_mapped);

  close (done[1]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_SUCCESS);
  close (done[0]);
  close (ready[0]);
  close (ready[1]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/save/killed-process-leaves-a-complete-file", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/save/file-size-limit-is-an-error", Fixture, NULL, set_up, test_file_size_limit, tear_down);
  g_test_add ("/save/full-disk-is-an-error", Fixture, NULL, set_up, test_full_disk, tear_down);
  g_test_add_func ("/save/unwritable-folder-is-an-error", test_no_folder_to_write_to);
  g_test_add ("/save/every-wrong-bit-is-refused", Fixture, NULL, set_up, test_every_bit, tear_down);
  g_test_add ("/save/every-wrong-length-is-refused", Fixture, NULL, set_up, test_every_length, tear_down);
  g_test_add_func ("/save/golden-files-open", test_golden_files);
  g_test_add ("/save/trusted-file-is-shared", Fixture, NULL, set_up, test_shared, tear_down);

  return g_test_run ();
}
