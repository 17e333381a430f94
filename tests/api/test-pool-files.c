/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshots in links, pipes, devices, files of any owner, mode and name, and streams that report a wrong length. */

#ifndef _GNU_SOURCE
# define _GNU_SOURCE /* F_GETPIPE_SZ */
#endif

#include <intern-glib.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "odd-file.h"
#include "sanitizers.h"
#include "sent-bytes.h"

/* More bytes than fit into a pipe. */
#define N_STRINGS 20000
/* The offset of a field of the header of a snapshot. */
#define OFFSET_OF_SIZE 16
#define SHORTEST 112

typedef struct
{
  char       *folder; /* (owned) */
  char       *path;   /* (owned) of a file that does not exist yet */
  InternPool *pool;   /* (owned) */
  GBytes     *bytes;  /* (owned) its snapshot */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("intern-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "strings.isn", NULL);
  fixture->pool = intern_pool_new ();
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      intern_pool_atom_from_string (fixture->pool, string);
    }
  fixture->bytes = intern_pool_to_bytes (fixture->pool, NULL);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) != 0)
        remove_folder (child);
    }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_object_unref (fixture->pool);
  g_bytes_unref (fixture->bytes);
}

static char *
in_folder (Fixture    *fixture,
           const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static gboolean
try_save (Fixture     *fixture,
          const char  *path,
          GError     **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return intern_pool_save (fixture->pool, file, NULL, error);
}

static void
save (Fixture    *fixture,
      const char *path)
{
  g_autoptr (GError) error = NULL;

  try_save (fixture, path, &error);
  g_assert_no_error (error);
}

static void
assert_not_saved (Fixture    *fixture,
                  const char *path,
                  int         code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (try_save (fixture, path, &error));
  g_assert_error (error, G_IO_ERROR, code);
}

static void
assert_content (Fixture    *fixture,
                const char *path)
{
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpmem (data, size, g_bytes_get_data (fixture->bytes, NULL), g_bytes_get_size (fixture->bytes));
}

static guint
count_files (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  guint n_files = 0;

  while (g_dir_read_name (dir) != NULL)
    n_files++;

  return n_files;
}

static struct stat
get_status (const char *path)
{
  struct stat status;

  g_assert_cmpint (lstat (path, &status), ==, 0);

  return status;
}

static pid_t
start_process (void)
{
  pid_t child;

  fflush (stdout);
  child = fork ();
  g_assert_cmpint (child, >=, 0);

  return child;
}

static int
wait_for (pid_t child)
{
  int status;

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));

  return WEXITSTATUS (status);
}

/* Saving: links */

static void
test_links (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *sub = in_folder (fixture, "sub");
  g_autofree char *target = g_build_filename (sub, "target", NULL);
  g_autofree char *far = g_build_filename (sub, "far", NULL);

  g_test_summary ("Saving follows a chain of links and keeps the links");
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  g_assert_true (g_file_set_contents (target, "old", 3, NULL));
  /* The target is relative to the folder of the link. */
  g_assert_cmpint (symlink ("../sub/target", far), ==, 0);
  g_assert_cmpint (symlink (far, fixture->path), ==, 0);
  save (fixture, fixture->path);
  g_assert_true (S_ISLNK (get_status (fixture->path).st_mode));
  g_assert_true (S_ISLNK (get_status (far).st_mode));
  g_assert_true (S_ISREG (get_status (target).st_mode));
  assert_content (fixture, target);
}

static void
test_link_to_nothing (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *target = in_folder (fixture, "target");

  g_test_summary ("Saving creates the missing target of a link");
  g_assert_cmpint (symlink ("target", fixture->path), ==, 0);
  save (fixture, fixture->path);
  g_assert_true (S_ISLNK (get_status (fixture->path).st_mode));
  g_assert_true (S_ISREG (get_status (target).st_mode));
  assert_content (fixture, target);
  g_assert_cmpuint (count_files (fixture), ==, 2);
}

static void
test_links_in_a_circle (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autofree char *other = in_folder (fixture, "other");

  g_test_summary ("A loop of links is an error, and the links stay");
  g_assert_cmpint (symlink ("other", fixture->path), ==, 0);
  g_assert_cmpint (symlink (fixture->path, other), ==, 0);
  assert_not_saved (fixture, fixture->path, G_IO_ERROR_TOO_MANY_LINKS);
  g_assert_cmpuint (count_files (fixture), ==, 2);
}

/* Saving: names, modes, owners */

static void
test_long_names (Fixture       *fixture,
                 gconstpointer  data)
{
  g_test_summary ("A file may have any name that the file system allows");
  for (gsize length = 240; length <= 255; length++)
    {
      g_autofree char *name = g_strnfill (length, 'n');
      g_autofree char *path = in_folder (fixture, name);

      for (guint i = 0; i < 2; i++)
        {
          save (fixture, path);
          assert_content (fixture, path);
        }
      g_assert_cmpuint (count_files (fixture), ==, 1);
      g_unlink (path);
    }
}

static void
test_modes (Fixture       *fixture,
            gconstpointer  data)
{
  const mode_t modes[] = { 0600, 0640, 0644, 0666, 0755, 0400 };
  const mode_t before = umask (027);

  g_test_summary ("A new file gets the mode from the umask, an old one keeps its own");
  save (fixture, fixture->path);
  g_assert_cmpint (get_status (fixture->path).st_mode & 07777, ==, 0640);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_assert_cmpint (g_chmod (fixture->path, modes[i]), ==, 0);
      save (fixture, fixture->path);
      g_assert_cmpint (get_status (fixture->path).st_mode & 07777, ==, modes[i]);
    }
  umask (before);
}

#define OTHER_USER 12345
#define OTHER_GROUP 54321

static void
test_owner (Fixture       *fixture,
            gconstpointer  data)
{
  struct stat status;

  g_test_summary ("A file keeps its owner and group if the process may set them");
  if (geteuid () != 0)
    {
      g_test_skip ("only root may change the owner of a file");
      return;
    }
  save (fixture, fixture->path);
  g_assert_cmpint (chown (fixture->path, OTHER_USER, OTHER_GROUP), ==, 0);
  g_assert_cmpint (g_chmod (fixture->path, 04660), ==, 0);
  save (fixture, fixture->path);
  status = get_status (fixture->path);
  g_assert_cmpint (status.st_uid, ==, OTHER_USER);
  g_assert_cmpint (status.st_gid, ==, OTHER_GROUP);
  g_assert_cmpint (status.st_mode & 07777, ==, 04660);
}

static void
test_owner_that_goes (Fixture       *fixture,
                      gconstpointer  data)
{
  struct stat status;
  pid_t child;

  g_test_summary ("If the group cannot be kept, the new one gets no more permissions than others");
  if (geteuid () != 0)
    {
      g_test_skip ("only root can become another user");
      return;
    }
  save (fixture, fixture->path);
  g_assert_cmpint (g_chmod (fixture->path, 06664), ==, 0);
  g_assert_cmpint (chown (fixture->folder, OTHER_USER, 0), ==, 0);
  child = start_process ();
  if (child == 0)
    {
      if (setgroups (0, NULL) != 0 || setgid (OTHER_GROUP) != 0 || setuid (OTHER_USER) != 0)
        _exit (EXIT_FAILURE);
      save (fixture, fixture->path);
      _exit (EXIT_SUCCESS);
    }
  g_assert_cmpint (wait_for (child), ==, EXIT_SUCCESS);
  status = get_status (fixture->path);
  g_assert_cmpint (status.st_uid, ==, OTHER_USER);
  g_assert_cmpint (status.st_gid, ==, OTHER_GROUP);
  g_assert_cmpint (status.st_mode & 07777, ==, 0644);
}

/* Saving: pipes, devices, folders and sockets */

static gpointer
read_all (gpointer path)
{
  char *data;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));

  return g_bytes_new_take (data, size);
}

/* Returns a descriptor that reads from the pipe, so that the pipe has a reader. */
static int
make_pipe (const char *path)
{
  int fd;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);

  return fd;
}

static void
test_pipe (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GThread) reader = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const int fd = make_pipe (fixture->path);

  g_test_summary ("A pipe gets the whole snapshot and stays a pipe");
  reader = g_thread_new ("reader", read_all, fixture->path);
  save (fixture, fixture->path);
  bytes = g_thread_join (g_steal_pointer (&reader));
  close (fd);
  g_assert_true (g_bytes_equal (bytes, fixture->bytes));
  g_assert_true (S_ISFIFO (get_status (fixture->path).st_mode));
  g_assert_cmpuint (count_files (fixture), ==, 1);
}

static void
test_pipe_without_reader (Fixture       *fixture,
                          gconstpointer  data)
{
  g_test_summary ("A pipe without a reader is an error without waiting");
  close (make_pipe (fixture->path));
  assert_not_saved (fixture, fixture->path, G_IO_ERROR_FAILED);
  g_assert_true (S_ISFIFO (get_status (fixture->path).st_mode));
}

/* Waits until a pipe is full. */
static void
wait_until_full (int fd)
{
  int n_bytes = 0;

  while (n_bytes < fcntl (fd, F_GETPIPE_SZ))
    {
      g_usleep (1000);
      g_assert_cmpint (ioctl (fd, FIONREAD, &n_bytes), ==, 0);
    }
}

static gpointer
leave_full_pipe (gpointer data)
{
  const int fd = GPOINTER_TO_INT (data);

  wait_until_full (fd);
  close (fd);

  return NULL;
}

static void
test_pipe_that_loses_its_reader (Fixture       *fixture,
                                 gconstpointer  data)
{
  g_autoptr (GThread) reader = NULL;
  const int fd = make_pipe (fixture->path);

  g_test_summary ("A pipe that loses its reader is an error and raises no SIGPIPE");
  signal (SIGPIPE, SIG_DFL);
  reader = g_thread_new ("reader", leave_full_pipe, GINT_TO_POINTER (fd));
  assert_not_saved (fixture, fixture->path, G_IO_ERROR_BROKEN_PIPE);
  g_thread_join (g_steal_pointer (&reader));
}

typedef struct
{
  int           fd;
  GCancellable *cancellable;
} Cancelling;

static gpointer
cancel_at_full_pipe (gpointer data)
{
  Cancelling *cancelling = data;

  wait_until_full (cancelling->fd);
  g_cancellable_cancel (cancelling->cancellable);

  return NULL;
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GFile) file = g_file_new_for_path (fixture->path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Cancelling cancelling = { 0, cancellable };
  GThread *thread;

  g_test_summary ("Saving can be cancelled while it waits for the reader of a pipe");
  if (TASKS_ARE_HIDDEN)
    {
      g_test_skip ("ThreadSanitizer does not see how GLib wakes a waiting thread");
      return;
    }

  cancelling.fd = make_pipe (fixture->path);
  thread = g_thread_new ("cancels", cancel_at_full_pipe, &cancelling);
  g_assert_false (intern_pool_save (fixture->pool, file, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  close (cancelling.fd);
}

/* A library that fails here would replace the device. So root creates one for the test; other users cannot replace the
 * one of the system. */
static gboolean
get_device (const char *path,
            const char *name,
            guint       minor_number)
{
  if (geteuid () != 0)
    return symlink (name, path) == 0;

  return mknod (path, S_IFCHR | 0666, makedev (1, minor_number)) == 0;
}

static void
test_devices (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *full = in_folder (fixture, "full");
  struct stat status;

  g_test_summary ("Writing to a device succeeds or fails, and it stays a device");
  if (!get_device (fixture->path, "/dev/null", 3) || !get_device (full, "/dev/full", 7))
    {
      g_test_skip ("root may not make devices here");
      return;
    }
  save (fixture, fixture->path);
  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_true (S_ISCHR (status.st_mode));
  assert_not_saved (fixture, full, G_IO_ERROR_NO_SPACE);
  g_assert_cmpint (stat (full, &status), ==, 0);
  g_assert_true (S_ISCHR (status.st_mode));
  g_assert_cmpuint (count_files (fixture), ==, 2);
}

static void
test_no_place_for_a_file (Fixture       *fixture,
                          gconstpointer  data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_test_summary ("A folder or a socket is an error, and stays");
  assert_not_saved (fixture, fixture->folder, G_IO_ERROR_IS_DIRECTORY);
  g_strlcpy (address.sun_path, fixture->path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  assert_not_saved (fixture, fixture->path, G_IO_ERROR_NOT_REGULAR_FILE);
  g_assert_true (S_ISSOCK (get_status (fixture->path).st_mode));
  g_assert_cmpuint (count_files (fixture), ==, 1);
  close (fd);
}

/* Saving: files that this process has open */

/* A link like /dev/stdout, since a library that fails here would replace it. */
static G_NORETURN void
print_all (Fixture    *fixture,
           const char *standard_output)
{
  const int fd = open (fixture->path, O_WRONLY | O_APPEND);
  gboolean ok = fd >= 0 && dup2 (fd, STDOUT_FILENO) >= 0 && write (STDOUT_FILENO, "first\n", 6) == 6;

  ok = ok && try_save (fixture, standard_output, NULL) && write (STDOUT_FILENO, "last\n", 5) == 5;
  _exit (ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void
test_standard_output (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (GString) expected = g_string_new ("before\nfirst\n");
  g_autofree char *link = in_folder (fixture, "stdout");
  g_autofree char *log = NULL;
  gsize size;
  pid_t child;

  g_test_summary ("A snapshot is appended to standard output, also if that is a file");
  if (symlink ("/proc/self/fd/1", link) != 0 || g_access (link, F_OK) != 0)
    {
      g_test_skip ("there is no /proc");
      return;
    }
  g_assert_true (g_file_set_contents (fixture->path, "before\n", -1, NULL));
  child = start_process ();
  if (child == 0)
    print_all (fixture, link);
  g_assert_cmpint (wait_for (child), ==, EXIT_SUCCESS);
  g_string_append_len (expected, g_bytes_get_data (fixture->bytes, NULL), (gssize) g_bytes_get_size (fixture->bytes));
  g_string_append (expected, "last\n");
  g_assert_true (g_file_get_contents (fixture->path, &log, &size, NULL));
  g_assert_cmpmem (log, size, expected->str, expected->len);
}

/* Opening: pipes and devices */

static InternPool *
try_open (const char           *path,
          InternSnapshotFlags   flags,
          GError              **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return intern_pool_new_from_file (file, flags, NULL, error);
}

static void
assert_not_opened (const char          *path,
                   InternSnapshotFlags  flags,
                   GQuark               domain,
                   int                  code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (try_open (path, flags, &error));
  g_assert_error (error, domain, code);
}

static InternPool *
open_sent (Fixture  *fixture,
           GBytes   *bytes,
           GError  **error)
{
  SentBytes sent = { fixture->path, bytes };
  GThread *thread = sent_bytes_begin (&sent);
  InternPool *pool = try_open (fixture->path, INTERN_SNAPSHOT_NONE, error);

  g_thread_join (thread);

  return pool;
}

static void
test_open_pipe (Fixture       *fixture,
                gconstpointer  data)
{
  const gsize size = g_bytes_get_size (fixture->bytes);
  const gsize lengths[] = { 0, 1, SHORTEST - 1, SHORTEST, SHORTEST + 1, size / 2, size - 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (InternPool) pool = NULL;

  g_test_summary ("A snapshot is read from a pipe; one that ends early is damaged");
  signal (SIGPIPE, SIG_IGN);
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  pool = open_sent (fixture, fixture->bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_STRINGS);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "string 7"), ==, 8);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (fixture->bytes, 0, lengths[i]);

      g_assert_null (open_sent (fixture, cut, &error));
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);
      g_clear_error (&error);
    }
  signal (SIGPIPE, SIG_DFL);
}

static void
test_open_what_is_none (Fixture       *fixture,
                        gconstpointer  data)
{
  g_test_summary ("An endless device and a file of the kernel are read no farther than they may be snapshots");
  assert_not_opened ("/dev/zero", INTERN_SNAPSHOT_NONE, INTERN_ERROR, INTERN_ERROR_CORRUPT);
  assert_not_opened ("/dev/null", INTERN_SNAPSHOT_NONE, INTERN_ERROR, INTERN_ERROR_CORRUPT);
  assert_not_opened ("/proc/self/maps", INTERN_SNAPSHOT_NONE, INTERN_ERROR, INTERN_ERROR_CORRUPT);
  assert_not_opened (fixture->folder, INTERN_SNAPSHOT_NONE, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
}

static void
test_trust_what_cannot_be_mapped (Fixture       *fixture,
                                  gconstpointer  data)
{
  g_autofree char *empty = in_folder (fixture, "empty");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that cannot be mapped is an error that says what to do; a pipe does not block");
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  assert_not_opened (fixture->path, INTERN_SNAPSHOT_TRUSTED, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  assert_not_opened ("/dev/zero", INTERN_SNAPSHOT_TRUSTED, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  assert_not_opened ("/proc/self/status", INTERN_SNAPSHOT_TRUSTED, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  assert_not_opened (fixture->folder, INTERN_SNAPSHOT_TRUSTED, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  assert_not_opened (empty, INTERN_SNAPSHOT_TRUSTED, INTERN_ERROR, INTERN_ERROR_CORRUPT);

  g_assert_null (try_open (fixture->path, INTERN_SNAPSHOT_TRUSTED, &error));
  g_assert_nonnull (strstr (error->message, "INTERN_SNAPSHOT_NONE"));
}

/* Opening: files that change */

static G_NORETURN void
change_for_ever (Fixture *fixture)
{
  const gsize size = g_bytes_get_size (fixture->bytes);
  const int fd = open (fixture->path, O_WRONLY);

  for (guint i = 0; ; i++)
    {
      if (ftruncate (fd, (off_t) (i % 3 == 0 ? size / 2 : i % 3 == 1 ? size + 5000 : 0)) != 0 ||
          pwrite (fd, g_bytes_get_data (fixture->bytes, NULL), size, 0) != (gssize) size ||
          ftruncate (fd, (off_t) size) != 0)
        _exit (EXIT_FAILURE);
    }
}

static void
test_open_while_it_changes (Fixture       *fixture,
                            gconstpointer  data)
{
  guint n_opened = 0;
  pid_t child;

  g_test_summary ("A file whose length changes while it is read opens or is damaged");
  save (fixture, fixture->path);
  child = start_process ();
  if (child == 0)
    change_for_ever (fixture);
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (InternPool) pool = try_open (fixture->path, INTERN_SNAPSHOT_NONE, &error);

      n_opened += pool != NULL;
      if (pool == NULL)
        g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);
      else
        g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_STRINGS);
    }
  g_test_message ("%u of 300 were complete", n_opened);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

/* Opening: files with a wrong size */

static gboolean
odd_file_opens (OddFile *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InternPool) pool = intern_pool_new_from_file (G_FILE (file), INTERN_SNAPSHOT_NONE, NULL, &error);

  if (pool != NULL)
    g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_STRINGS);
  else
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);

  return pool != NULL;
}

static void
test_said_size (Fixture       *fixture,
                gconstpointer  data)
{
  const gint64 size = (gint64) g_bytes_get_size (fixture->bytes);
  const gint64 sizes[] = { size, -2, -1, 0, 1, 4096, size - 1, size + 1, 100 * size, G_MAXINT64 };
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (fixture->bytes, 0, (gsize) size - 1);

  g_test_summary ("The size in the metadata of a file need not be right");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (OddFile) file = odd_file_new (fixture->bytes, sizes[i]);
      g_autoptr (OddFile) shrunk = odd_file_new (cut, sizes[i]);
      g_autoptr (OddFile) grown = odd_file_new (fixture->bytes, sizes[i]);

      g_assert_true (odd_file_opens (file));
      g_assert_false (odd_file_opens (shrunk));
      grown->endless = TRUE;
      g_assert_false (odd_file_opens (grown));
      g_assert_cmpuint (grown->n_read, <=, (gsize) size + 2 * 65536);
    }
}

static void
test_lying_header (Fixture       *fixture,
                   gconstpointer  data)
{
  const guint64 lies[] = { 0, 1, SHORTEST - 1, SHORTEST, G_MAXINT64 - 1, G_MAXINT64, G_MAXUINT64 - 1, G_MAXUINT64 };
  const gsize size = g_bytes_get_size (fixture->bytes);

  g_test_summary ("A wrong size in a header takes no more memory than the file has bytes");
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      const guint64 lie = GUINT64_TO_LE (lies[i]);
      char *copy = g_memdup2 (g_bytes_get_data (fixture->bytes, NULL), size);
      g_autoptr (GBytes) bytes = g_bytes_new_take (copy, size);

      memcpy (copy + OFFSET_OF_SIZE, &lie, sizeof lie);
      for (gint64 said_size = -2; said_size <= 0; said_size++)
        {
          g_autoptr (OddFile) file = odd_file_new (bytes, said_size);

          g_assert_false (odd_file_opens (file));
        }
      g_assert_true (g_file_set_contents (fixture->path, copy, (gssize) size, NULL));
      assert_not_opened (fixture->path, INTERN_SNAPSHOT_NONE, INTERN_ERROR, INTERN_ERROR_CORRUPT);
    }
}

static void
test_not_local (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (OddFile) file = odd_file_new (fixture->bytes, 0);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that is not local is not mapped; it is replaced with its mode and through its links");
  g_assert_null (intern_pool_new_from_file (G_FILE (file), INTERN_SNAPSHOT_TRUSTED, NULL, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  file->create_flags = G_FILE_CREATE_REPLACE_DESTINATION;
  g_assert_false (intern_pool_save (fixture->pool, G_FILE (file), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
  g_assert_cmpint (file->create_flags, ==, G_FILE_CREATE_NONE);
}

#define ADD(name, function) g_test_add ("/files/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("save/links", test_links);
  ADD ("save/link-to-nothing", test_link_to_nothing);
  ADD ("save/links-in-a-circle", test_links_in_a_circle);
  ADD ("save/long-names", test_long_names);
  ADD ("save/modes", test_modes);
  ADD ("save/owner", test_owner);
  ADD ("save/owner-that-goes", test_owner_that_goes);
  ADD ("save/pipe", test_pipe);
  ADD ("save/pipe-without-reader", test_pipe_without_reader);
  ADD ("save/pipe-that-loses-its-reader", test_pipe_that_loses_its_reader);
  ADD ("save/cancelled", test_cancelled);
  ADD ("save/devices", test_devices);
  ADD ("save/no-place-for-a-file", test_no_place_for_a_file);
  ADD ("save/standard-output", test_standard_output);
  ADD ("open/pipe", test_open_pipe);
  ADD ("open/what-is-none", test_open_what_is_none);
  ADD ("open/trust-what-cannot-be-mapped", test_trust_what_cannot_be_mapped);
  ADD ("open/while-it-changes", test_open_while_it_changes);
  ADD ("open/said-size", test_said_size);
  ADD ("open/lying-header", test_lying_header);
  ADD ("not-local", test_not_local);

  return g_test_run ();
}
