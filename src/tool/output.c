/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input.h"

#define BUFFER_SIZE (64 * 1024)

struct _Output
{
  char    *name;       /* (owned) */
  char    *shown;      /* (owned) */
  char    *temporary;  /* (owned) (nullable) what becomes @name at the end */
  gboolean force;
  int      fd;         /* -1 when closed */
  int      code;       /* errno of the first failure, 0 as long as there is none */
  guint64  size;
  gsize    n_buffered;
  char     buffer[BUFFER_SIZE];
};

static gboolean
set_error (const char  *shown,
           int          code,
           GError     **error)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), "%s: %s", shown, g_strerror (code));

  return FALSE;
}

static gboolean
refuse_to_replace (const char  *shown,
                   GError     **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "%s: There is such a file; --force replaces it", shown);

  return FALSE;
}

/* A file beside the one that it becomes: a rename works within a file system only. */
static void
open_temporary (Output *self,
                int     mode)
{
  self->temporary = g_strconcat (self->name, ".XXXXXX", NULL);
  self->fd = g_mkstemp_full (self->temporary, O_WRONLY | O_CLOEXEC, mode);
  if (self->fd < 0)
    {
      self->code = errno;
      g_clear_pointer (&self->temporary, g_free);
    }
}

/* A link stays what it is, and the file behind it is replaced. */
static void
follow_links (Output *self)
{
  char *target = realpath (self->name, NULL);

  if (target == NULL)
    return;

  g_free (self->name);
  self->name = g_strdup (target);
  free (target);
}

static gboolean
open_file (Output  *self,
           GError **error)
{
  GStatBuf status;
  const gboolean exists = g_stat (self->name, &status) == 0;

  if (exists && S_ISREG (status.st_mode) && !self->force)
    return refuse_to_replace (self->shown, error);

  if (exists && !S_ISREG (status.st_mode))
    {
      self->fd = g_open (self->name, O_WRONLY | O_CLOEXEC, 0);
      self->code = self->fd < 0 ? errno : 0;
    }
  else
    {
      follow_links (self);
      open_temporary (self, 0666);
      if (exists && self->fd >= 0 && fchmod (self->fd, status.st_mode & 0777) != 0)
        self->code = errno;
    }

  return self->code == 0 || set_error (self->shown, self->code, error);
}

/* @name is "-" for standard output. A file that is there is replaced with @force only; what is no
 * regular file, as a pipe or a terminal, is written as it comes. */
Output *
output_new (const char  *name,
            gboolean     force,
            GError     **error)
{
  const gboolean is_standard_output = g_str_equal (name, "-");
  g_autoptr (Output) self = g_new0 (Output, 1);

  self->name = g_strdup (name);
  self->shown = is_standard_output ? g_strdup ("standard output") : g_filename_display_name (name);
  self->force = force;
  self->fd = is_standard_output ? STDOUT_FILENO : -1;

  if (!is_standard_output && !open_file (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

static void
write_all (Output     *self,
           const char *data,
           gsize       length)
{
  while (length > 0 && self->code == 0)
    {
      const gssize n_written = write (self->fd, data, length);

      /* After ^C nobody waits for a pipe that takes no more. */
      if (n_written < 0 && (errno != EINTR || input_was_interrupted ()))
        self->code = errno;
      else if (n_written > 0)
        {
          data += n_written;
          length -= (gsize) n_written;
        }
    }
}

static void
flush (Output *self)
{
  write_all (self, self->buffer, self->n_buffered);
  self->n_buffered = 0;
}

void
output_write (Output     *self,
              const void *data,
              gsize       length)
{
  self->size += length;
  if (length > BUFFER_SIZE - self->n_buffered)
    flush (self);

  if (length > BUFFER_SIZE)
    {
      write_all (self, data, length);
      return;
    }

  if (length > 0)
    memcpy (self->buffer + self->n_buffered, data, length);
  self->n_buffered += length;
}

/* Writes once more what has been written. Not for what is no regular file. */
void
output_write_at (Output     *self,
                 guint64     offset,
                 const void *data,
                 gsize       length)
{
  flush (self);
  if (self->code == 0 && pwrite (self->fd, data, length, (off_t) offset) != (gssize) length)
    self->code = errno;
}

/* Returns how many bytes were written. */
guint64
output_get_size (Output *self)
{
  return self->size;
}

gboolean
output_has_failed (Output *self)
{
  return self->code != 0;
}

static void
close_file (Output *self)
{
  const int fd = self->fd;

  self->fd = -1;
  if (fd >= 0 && close (fd) != 0 && self->code == 0)
    self->code = errno;
}

/* Brings all of it to the disk, but not yet under its name: of two files, neither should get its
 * name before both are there. Returns %FALSE if anything has failed since the beginning. */
gboolean
output_close (Output  *self,
              GError **error)
{
  flush (self);
  /* The name must not come to the disk before the data does. */
  if (self->temporary != NULL && self->code == 0 && fsync (self->fd) != 0)
    self->code = errno;
  close_file (self);

  return self->code == 0 || set_error (self->shown, self->code, error);
}

/* Gives the file its name. Returns %FALSE, and leaves no new file, if anything has failed. */
gboolean
output_finish (Output  *self,
               GError **error)
{
  if (self->fd >= 0 && !output_close (self, error))
    return FALSE;

  if (self->temporary == NULL)
    return TRUE;
  if (!self->force && g_access (self->name, F_OK) == 0)
    return refuse_to_replace (self->shown, error);
  if (g_rename (self->temporary, self->name) != 0)
    return set_error (self->shown, errno, error);
  g_clear_pointer (&self->temporary, g_free);

  return TRUE;
}

/* What has not been finished is removed. */
void
output_free (Output *self)
{
  close_file (self);
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  g_free (self->temporary);
  g_free (self->shown);
  g_free (self->name);
  g_free (self);
}
