/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input.h"
#include "target.h"

#define BUFFER_SIZE (64 * 1024)

struct _Output
{
  char      *shown;      /* (owned) */
  Target     target;
  gboolean   force;
  FILE      *file;       /* (owned) (nullable) */
  int        code;       /* errno of the first failure, 0 as long as there is none */
  guint64    size;
  char       buffer[BUFFER_SIZE];
};

/* (element-type Output) All outputs that are open, in the order in which they were opened. */
static GSList *outputs;

/* Errors. Each returns FALSE, for the caller to return. */

static gboolean
refuse (const char  *shown,
        const char  *message,
        GError     **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", shown, message);

  return FALSE;
}

static gboolean
refuse_to_replace (const char  *shown,
                   GError     **error)
{
  return refuse (shown, "The file exists: use --force to replace it", error);
}

static gboolean
set_error (const char  *shown,
           int          code,
           GError     **error)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), "%s: %s", shown, g_strerror (code));

  return FALSE;
}

/* Opening */

static gboolean
find_target (Output      *self,
             const char  *name,
             GError     **error)
{
  const int code = target_find (&self->target, name);

  if (code == EBADF)
    return refuse (self->shown, "It is closed, or open for reading only: open it for writing", error);
  if (code != 0)
    return set_error (self->shown, code, error);

  for (GSList *node = outputs; node != NULL; node = node->next)
    {
      Output *other = node->data;
      g_autofree char *message = NULL;

      if (!target_equals (&self->target, &other->target))
        continue;

      message = g_strdup_printf ("This is the same file as %s: give each output a file of its own", other->shown);

      return refuse (self->shown, message, error);
    }

  return TRUE;
}

static void
open_stream (Output *self,
             int     fd)
{
  self->file = fdopen (fd, "w");
  if (self->file == NULL)
    {
      self->code = errno;
      close (fd);
      return;
    }

  setvbuf (self->file, self->buffer, _IOFBF, BUFFER_SIZE);
}

static gboolean
open_target (Output  *self,
             GError **error)
{
  int fd;

  if (target_is_file (&self->target) && self->target.exists && !self->force)
    return refuse_to_replace (self->shown, error);

  fd = target_open (&self->target, &self->code);
  if (fd >= 0)
    open_stream (self, fd);

  return self->code == 0 || set_error (self->shown, self->code, error);
}

/* @name is "-" for standard output. A file that is there is replaced with @force only. */
Output *
output_new (const char  *name,
            gboolean     force,
            GError     **error)
{
  g_autoptr (Output) self = g_new0 (Output, 1);

  self->shown = g_str_equal (name, "-") ? g_strdup ("standard output") : g_filename_display_name (name);
  self->force = force;
  if (!find_target (self, name, error) || !open_target (self, error))
    return NULL;

  outputs = g_slist_append (outputs, self);

  return g_steal_pointer (&self);
}

/* Refuses the input @name, "-" for standard input, if it is written while it is read: it would have no end. */
gboolean
output_check_input (const char  *name,
                    GError     **error)
{
  g_autofree char *shown = input_dup_name (name);
  struct stat status;

  if (!input_stat (name, &status) || !S_ISREG (status.st_mode))
    return TRUE;

  for (GSList *node = outputs; node != NULL; node = node->next)
    {
      const Target *target = &((Output *) node->data)->target;

      if (!target_is_file (target) && status.st_dev == target->status.st_dev && status.st_ino == target->status.st_ino)
        return refuse (shown, "This is an output too, and would be written while it is read: name another output",
                       error);
    }

  return TRUE;
}

/* Refuses an output for which output_write_at() cannot be called. A pipe has been opened by now, so its reader does not
 * wait for bytes that do not come. */
gboolean
output_check_rewriting (Output  *self,
                        GError **error)
{
  if (target_is_file (&self->target))
    return TRUE;

  return refuse (self->shown,
                 "This is not a regular file, and the beginning of an Arrow file is written last: name a regular file",
                 error);
}

/* Writing, by one thread. Only ^C interrupts a write: a pipe that takes no more bytes has failed then. */

void
output_write (Output     *self,
              const void *data,
              gsize       length)
{
  self->size += length;
  if (self->code == 0 && length > 0 && fwrite_unlocked (data, 1, length, self->file) != length)
    self->code = errno;
}

/* Writes @width bytes of @number, little endian. */
void
output_write_number (Output  *self,
                     guint64  number,
                     guint    width)
{
  const guint64 bytes = GUINT64_TO_LE (number);

  output_write (self, &bytes, width);
}

/* Writes once more what has been written. */
void
output_write_at (Output     *self,
                 guint64     offset,
                 const void *data,
                 gsize       length)
{
  const guint64 size = self->size;

  if (self->code == 0 && fseeko (self->file, (off_t) offset, SEEK_SET) != 0)
    self->code = errno;
  output_write (self, data, length);
  if (self->code == 0 && fseeko (self->file, 0, SEEK_END) != 0)
    self->code = errno;
  self->size = size;
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

/* Finishing */

/* What is still in the buffer is not written: something has failed. */
static void
close_file (Output *self)
{
  FILE *file = g_steal_pointer (&self->file);

  if (file == NULL)
    return;
  __fpurge (file);
  if (fclose (file) != 0 && self->code == 0)
    self->code = errno;
}

/* Writes the rest of an output. A file does not have its name yet. */
static gboolean
complete (Output  *self,
          GError **error)
{
  if (self->code == 0 && fflush (self->file) != 0)
    self->code = errno;
  /* The name must not come to the disk before the data does. */
  if (target_is_file (&self->target) && self->code == 0 && fsync (fileno (self->file)) != 0)
    self->code = errno;
  close_file (self);

  return self->code == 0 || set_error (self->shown, self->code, error);
}

static gboolean
publish (Output  *self,
         GError **error)
{
  if (target_publish (&self->target, self->force))
    return TRUE;

  return errno == EEXIST && !self->force ? refuse_to_replace (self->shown, error)
                                         : set_error (self->shown, errno, error);
}

/* Either all files get their names, or none. */
static gboolean
publish_all (GError **error)
{
  for (GSList *node = outputs; node != NULL; node = node->next)
    if (!publish (node->data, error))
      {
        for (GSList *done = outputs; done != node; done = done->next)
          target_withdraw (&((Output *) done->data)->target);
        return FALSE;
      }

  return TRUE;
}

/* Completes all outputs, and then gives the files among them their names. Returns FALSE, and leaves no new file, if
 * anything has failed since the beginning. */
gboolean
output_finish_all (GError **error)
{
  gboolean success;
  sigset_t before;

  for (GSList *node = outputs; node != NULL; node = node->next)
    if (!complete (node->data, error))
      return FALSE;

  target_hold_signals (&before);
  success = publish_all (error);
  sigprocmask (SIG_SETMASK, &before, NULL);

  return success;
}

/* Removes a file that is not finished. */
void
output_free (Output *self)
{
  outputs = g_slist_remove (outputs, self);
  close_file (self);
  target_clear (&self->target);
  g_free (self->shown);
  g_free (self);
}
