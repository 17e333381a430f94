/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/sizes.h"
#include "snapshot/memory.h"
#include "snapshot/reader.h"
#include "intern-error.h"

/* As many symbolic links as the kernel follows. */
#define MAX_LINKS 40
/* Bytes to write between two checks of the cancellable. */
#define WRITTEN_AT_ONCE (1024 * 1024)

static gboolean
set_error (const char  *path,
           const char  *what,
           int          code,
           GError     **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code), "%s cannot be %s: %s",
               name, what, g_strerror (code));

  return FALSE;
}

static void
set_no_memory (guint64   size,
               GError  **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
               "There is no memory for a snapshot of %" G_GUINT64_FORMAT " bytes", size);
}

/* Reading */

/* The first bytes of a file, enough to know its length. */
typedef struct
{
  InternSnapshotHeader header;
  guint8               rest[INTERN_SNAPSHOT_CHECKSUM_SIZE];
} Start;

/* Bytes that have been read, in private memory. */
typedef struct
{
  char    *data; /* (owned) */
  guint64  n_allocated;
  guint64  n_read;
} Buffer;

static void
buffer_clear (Buffer *buffer)
{
  free (buffer->data);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Buffer, buffer_clear)

static gboolean
buffer_reserve (Buffer   *buffer,
                guint64   size,
                GError  **error)
{
  char *data = intern_snapshot_allocate (size);

  if (data == NULL)
    {
      set_no_memory (size, error);
      return FALSE;
    }

  if (buffer->n_read > 0)
    memcpy (data, buffer->data, (gsize) buffer->n_read);
  free (buffer->data);
  buffer->data = data;
  buffer->n_allocated = size;

  return TRUE;
}

/* Reads until the buffer is full or the stream ends. */
static gboolean
buffer_fill (Buffer        *buffer,
             GInputStream  *stream,
             GCancellable  *cancellable,
             GError       **error)
{
  gsize n_read = 0;

  if (!g_input_stream_read_all (stream, buffer->data + buffer->n_read, (gsize) (buffer->n_allocated - buffer->n_read),
                                &n_read, cancellable, error))
    return FALSE;

  buffer->n_read += n_read;

  return TRUE;
}

/* The size of a file in its metadata: 0 for a pipe, and for a file that the kernel generates when it is read. */
static guint64
get_said_size (GFileInputStream *stream,
               GCancellable     *cancellable)
{
  g_autoptr (GFileInfo) info =
    g_file_input_stream_query_info (stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, cancellable, NULL);

  if (info == NULL || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE))
    return 0;

  return (guint64) g_file_info_get_size (info);
}

/* Reads as many bytes as the header says, and one more, so that the check of the length rejects a stream that goes
 * on. An endless stream is not read for ever. */
static gboolean
buffer_read (Buffer            *buffer,
             GFileInputStream  *file_stream,
             GCancellable      *cancellable,
             GError           **error)
{
  const guint64 said_size = get_said_size (file_stream, cancellable);
  GInputStream *stream = G_INPUT_STREAM (file_stream);
  Start start;
  gsize n_read = 0;
  guint64 size;

  if (!g_input_stream_read_all (stream, &start, sizeof start, &n_read, cancellable, error) ||
      !intern_snapshot_peek_size (&start.header, n_read, &size, error))
    return FALSE;
  /* The header may lie: without the size of the file as a second source the buffer grows with the bytes read. */
  if (!buffer_reserve (buffer, said_size == size ? size + 1 : sizeof start + INTERN_READ_SIZE, error))
    return FALSE;

  memcpy (buffer->data, &start, sizeof start);
  buffer->n_read = sizeof start;
  while (buffer_fill (buffer, stream, cancellable, error))
    {
      if (buffer->n_read < buffer->n_allocated || buffer->n_read > size)
        return TRUE;
      if (!buffer_reserve (buffer, MIN (2 * buffer->n_allocated, size + 1), error))
        return FALSE;
    }

  return FALSE;
}

GBytes *
intern_file_read (GFile         *file,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_auto (Buffer) buffer = { NULL, 0, 0 };
  char *data;

  if (stream == NULL || !buffer_read (&buffer, stream, cancellable, error))
    return NULL;
  data = g_steal_pointer (&buffer.data);

  return g_bytes_new_with_free_func (data, (gsize) buffer.n_read, free, data);
}

/* Reads up to @n_bytes from the start of a file and sets @n_bytes to their number. Sets @size to the length of the
 * file, or 0 if it is unknown, as for a long pipe. */
gboolean
intern_file_peek (GFile         *file,
                  void          *start,
                  gsize         *n_bytes,
                  guint64       *size,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  const gsize wanted = *n_bytes;
  GSeekable *seekable = (GSeekable *) stream;

  if (stream == NULL ||
      !g_input_stream_read_all (G_INPUT_STREAM (stream), start, wanted, n_bytes, cancellable, error))
    return FALSE;

  if (*n_bytes < wanted)
    *size = *n_bytes;
  else if (g_seekable_can_seek (seekable) && g_seekable_seek (seekable, 0, G_SEEK_END, cancellable, NULL))
    *size = (guint64) g_seekable_tell (seekable);
  else
    *size = 0;

  return TRUE;
}

/* Mapping */

static GBytes *
cannot_be_mapped (const char  *why,
                  GError     **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
               "%s, so it cannot be mapped: open it with INTERN_SNAPSHOT_NONE, which reads it", why);

  return NULL;
}

static GBytes *
map_descriptor (int          fd,
                const char  *path,
                GError     **error)
{
  g_autoptr (GMappedFile) mapped = NULL;
  g_autoptr (GError) local_error = NULL;
  struct stat status;
  const int code = fstat (fd, &status) != 0 ? errno : S_ISDIR (status.st_mode) ? EISDIR : 0;
  char byte;

  if (code != 0)
    {
      set_error (path, "mapped", code, error);
      return NULL;
    }
  if (!S_ISREG (status.st_mode))
    return cannot_be_mapped ("This is not a regular file", error);
  if (status.st_size == 0 && read (fd, &byte, 1) > 0)
    return cannot_be_mapped ("This file is generated when it is read", error);

  mapped = g_mapped_file_new_from_fd (fd, FALSE, &local_error);
  if (mapped != NULL)
    return g_mapped_file_get_bytes (mapped);
  if (!g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOMEM))
    return cannot_be_mapped ("The file system does not support it", error);

  set_no_memory ((guint64) status.st_size, error);

  return NULL;
}

GBytes *
intern_file_map (GFile   *file,
                 GError **error)
{
  g_autofree char *path = g_file_get_path (file);
  GBytes *bytes;
  int fd;

  if (path == NULL)
    return cannot_be_mapped ("This is not a local file", error);

  /* Not blocking: opening a pipe would wait for a writer. */
  fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
  if (fd < 0)
    {
      set_error (path, "opened", errno, error);
      return NULL;
    }
  bytes = map_descriptor (fd, path, error);
  close (fd);

  return bytes;
}

/* Writing */

/* Returns EPIPE for a pipe without a reader, and raises no SIGPIPE: blocks the signal and takes a pending one. */
static gssize
write_without_signal (int         fd,
                      const char *data,
                      gsize       size)
{
  sigset_t sigpipe, before, pending;
  gboolean was_pending;
  gssize n_written;
  int code, number;

  sigemptyset (&sigpipe);
  sigaddset (&sigpipe, SIGPIPE);
  was_pending = sigpending (&pending) == 0 && sigismember (&pending, SIGPIPE) == 1;
  pthread_sigmask (SIG_BLOCK, &sigpipe, &before);
  n_written = write (fd, data, size);
  code = errno;
  if (n_written < 0 && code == EPIPE && !was_pending &&
      sigpending (&pending) == 0 && sigismember (&pending, SIGPIPE) == 1)
    sigwait (&sigpipe, &number);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  errno = code;

  return n_written;
}

static void
wait_until_writable (int           fd,
                     GCancellable *cancellable)
{
  GPollFD fds[2] = { { fd, G_IO_OUT, 0 }, { 0, 0, 0 } };
  const gboolean can_be_cancelled = g_cancellable_make_pollfd (cancellable, &fds[1]);

  g_poll (fds, can_be_cancelled ? 2 : 1, -1);
  if (can_be_cancelled)
    g_cancellable_release_fd (cancellable);
}

/* Returns 0 or an errno. */
static int
write_all (int           fd,
           GBytes       *bytes,
           GCancellable *cancellable)
{
  gsize left;
  const char *data = g_bytes_get_data (bytes, &left);

  while (left > 0)
    {
      gssize n_written;

      if (g_cancellable_is_cancelled (cancellable))
        return ECANCELED;
      n_written = write_without_signal (fd, data, MIN (left, WRITTEN_AT_ONCE));
      if (n_written < 0 && errno == EAGAIN)
        wait_until_writable (fd, cancellable);
      else if (n_written < 0 && errno != EINTR)
        return errno;
      if (n_written > 0)
        {
          data += n_written;
          left -= (gsize) n_written;
        }
    }

  return 0;
}

/* Returns the descriptor of this process that @path names, as /dev/stdout does through links, or -1. A file that is
 * open there is not replaced, since other writers may share the descriptor. */
static int
get_own_descriptor (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  char *real = realpath (folder, NULL);
  char *own = realpath ("/proc/self/fd", NULL);
  guint64 number;
  int fd = -1;

  if (real != NULL && own != NULL && strcmp (real, own) == 0 &&
      g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &number, NULL))
    fd = (int) number;
  free (real);
  free (own);

  return fd;
}

/* Returns the name that @path links to, also if no such file exists, or NULL if the links form a loop. Sets @fd to
 * the descriptor of this process that it names, or -1. */
static char *
follow_links (const char *path,
              int        *fd)
{
  g_autofree char *name = g_strdup (path);

  for (guint i = 0; i < MAX_LINKS; i++)
    {
      g_autofree char *link = g_steal_pointer (&name);
      g_autofree char *folder = g_path_get_dirname (link);
      g_autofree char *target = g_file_read_link (link, NULL);

      *fd = target != NULL ? get_own_descriptor (link) : -1;
      if (target == NULL || *fd >= 0)
        return g_steal_pointer (&link);
      name = g_path_is_absolute (target) ? g_steal_pointer (&target) : g_build_filename (folder, target, NULL);
    }

  return NULL;
}

/* Gives a new file the owner, the group and the mode of the old one, as far as the process may. If the group
 * differs, it gets no more permissions than others. Returns 0 or an errno. */
static int
keep_owner_and_mode (int             fd,
                     const GStatBuf *old)
{
  mode_t mode = old->st_mode & 07777;
  struct stat now;

  if (fchown (fd, old->st_uid, old->st_gid) != 0)
    (void) !fchown (fd, (uid_t) -1, old->st_gid);
  if (fstat (fd, &now) != 0)
    return errno;
  if (now.st_uid != old->st_uid || now.st_gid != old->st_gid)
    mode &= 0777;
  if (now.st_gid != old->st_gid)
    mode &= ~(mode_t) 070 | (mode & 07) << 3;

  return fchmod (fd, mode) != 0 ? errno : 0;
}

/* Writes a rename to the disk, on file systems that can. */
static void
sync_folder (const char *path)
{
  const int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  (void) g_fsync (fd);
  close (fd);
}

/* Writes a temporary file in the same folder, syncs and renames it. @old is NULL if there is no file yet. Neither call
 * of GLib does this: g_file_set_contents_full() replaces links, loses the owner, in older versions the mode as well,
 * and its temporary name is longer than @path; g_file_replace() writes in place to a file that is new or that has
 * several names, and does not sync a new one. */
static gboolean
replace (const char      *path,
         const GStatBuf  *old,
         GBytes          *bytes,
         GCancellable    *cancellable,
         GError         **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *temporary = g_build_filename (folder, ".intern-XXXXXX", NULL);
  const int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, old != NULL ? 0600 : 0666);
  int code;

  if (fd < 0)
    return set_error (path, "written", errno, error);

  code = write_all (fd, bytes, cancellable);
  if (code == 0 && old != NULL)
    code = keep_owner_and_mode (fd, old);
  if (code == 0 && g_fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0 && g_rename (temporary, path) != 0)
    code = errno;
  if (code != 0)
    {
      g_unlink (temporary);
      return set_error (path, "written", code, error);
    }
  sync_folder (folder);

  return TRUE;
}

/* Closes @fd; if it is -1, reports errno. */
static gboolean
write_as_it_comes (const char    *path,
                   int            fd,
                   GBytes        *bytes,
                   GCancellable  *cancellable,
                   GError       **error)
{
  int code = fd < 0 ? errno : write_all (fd, bytes, cancellable);

  if (fd >= 0 && close (fd) != 0 && code == 0)
    code = errno;

  return code == 0 || set_error (path, "written", code, error);
}

/* Writes to a pipe or a device. Does not wait for a pipe to get a reader. */
static gboolean
write_special (const char      *path,
               const GStatBuf  *status,
               GBytes          *bytes,
               GCancellable    *cancellable,
               GError         **error)
{
  g_autofree char *name = g_filename_display_name (path);
  int fd;

  if (S_ISDIR (status->st_mode))
    return set_error (path, "written", EISDIR, error);
  if (!S_ISFIFO (status->st_mode) && !S_ISCHR (status->st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s cannot be written: It is neither a file nor a pipe nor a character device", name);
      return FALSE;
    }

  fd = g_open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
  if (fd < 0 && errno == ENXIO && S_ISFIFO (status->st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "%s cannot be written: It is a pipe without a reader; open it for reading first", name);
      return FALSE;
    }

  return write_as_it_comes (path, fd, bytes, cancellable, error);
}

static gboolean
write_local (const char    *path,
             GBytes        *bytes,
             GCancellable  *cancellable,
             GError       **error)
{
  g_autofree char *target = NULL;
  GStatBuf status;
  /* The kernel refuses loops, and in a sticky folder such as /tmp links of other users. */
  const gboolean exists = g_stat (path, &status) == 0;
  int fd;

  if (!exists && errno != ENOENT)
    return set_error (path, "written", errno, error);
  target = follow_links (path, &fd);
  if (target == NULL)
    return set_error (path, "written", ELOOP, error);

  if (fd >= 0)
    return write_as_it_comes (path, fcntl (fd, F_DUPFD_CLOEXEC, 0), bytes, cancellable, error);
  if (exists && !S_ISREG (status.st_mode))
    return write_special (path, &status, bytes, cancellable, error);

  return replace (target, exists ? &status : NULL, bytes, cancellable, error);
}

gboolean
intern_file_write (GFile         *file,
                   GBytes        *bytes,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_autofree char *path = g_file_is_native (file) ? g_file_get_path (file) : NULL;

  if (path != NULL)
    return write_local (path, bytes, cancellable, error);

  return g_file_replace_contents (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, FALSE,
                                  G_FILE_CREATE_NONE, NULL, cancellable, error);
}
