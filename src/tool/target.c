/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define MAX_LINKS 40 /* as many as Linux follows */

/* Returns the descriptor of this process that @name stands for, or -1. */
static int
find_descriptor (const char *name)
{
  g_autofree char *folder = g_path_get_dirname (name);
  g_autofree char *base = g_path_get_basename (name);
  char *real = realpath (folder, NULL);
  char *descriptors = realpath ("/proc/self/fd", NULL);
  const gboolean is_there = real != NULL && g_strcmp0 (real, descriptors) == 0;
  guint64 number;

  free (real);
  free (descriptors);

  return is_there && g_ascii_string_to_unsigned (base, 10, 0, G_MAXINT, &number, NULL) ? (int) number : -1;
}

/* Returns NULL if @name is no symbolic link. */
static char *
follow_link (const char *name)
{
  g_autofree char *next = g_file_read_link (name, NULL);
  g_autofree char *folder = NULL;

  if (next == NULL || g_path_is_absolute (next))
    return g_steal_pointer (&next);

  folder = g_path_get_dirname (name);

  return g_build_filename (folder, next, NULL);
}

/* /dev/stdout is a link to /proc/self/fd/1. That one is a link as well, but the file behind it is
 * the shell's, and already open. */
static void
follow_links (Target *self)
{
  for (guint i = 0; i < MAX_LINKS; i++)
    {
      char *next;

      self->descriptor = find_descriptor (self->name);
      if (self->descriptor >= 0)
        return;
      next = follow_link (self->name);
      if (next == NULL)
        return;

      g_free (self->name);
      self->name = next;
    }
}

static int
look_at_descriptor (Target *self)
{
  const int flags = fcntl (self->descriptor, F_GETFD);
  const int mode = fcntl (self->descriptor, F_GETFL);

  /* What closes on exec() was opened here, perhaps to stand in for what is closed. */
  if (flags < 0 || (flags & FD_CLOEXEC) != 0 || (mode & O_ACCMODE) == O_RDONLY)
    return EBADF;

  self->exists = TRUE;

  return fstat (self->descriptor, &self->status) == 0 ? 0 : errno;
}

static int
look_at_folder (Target *self)
{
  g_autofree char *folder = g_path_get_dirname (self->name);

  return stat (folder, &self->status) == 0 ? 0 : errno;
}

static int
look_at_file (Target     *self,
              const char *name)
{
  const int code = stat (name, &self->status) == 0 ? 0 : errno;

  self->exists = code == 0;
  if (self->exists && !S_ISREG (self->status.st_mode))
    {
      /* The kernel knows where links of /proc lead, though their text does not say it. */
      g_free (self->name);
      self->name = g_strdup (name);
    }

  return code == ENOENT && *name != '\0' ? look_at_folder (self) : code;
}

/* Fills an empty @self, which may be cleared also when this fails. @name is "-" for standard
 * output. Returns 0, or an errno if nothing can be written there. */
int
target_find (Target     *self,
             const char *name)
{
  self->name = g_strdup (name);
  self->descriptor = STDOUT_FILENO;
  if (!g_str_equal (name, "-"))
    follow_links (self);

  return self->descriptor >= 0 ? look_at_descriptor (self) : look_at_file (self, name);
}

/* Whether it is written as it comes: it cannot be made anew, and get its name at the end. */
gboolean
target_is_written (const Target *self)
{
  return self->descriptor >= 0 || (self->exists && !S_ISREG (self->status.st_mode));
}

/* For what is written as it comes. Returns a descriptor to be closed, or -1 with an errno in @code. */
int
target_open (const Target *self,
             int          *code)
{
  const int fd = self->descriptor >= 0 ? fcntl (self->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                       : g_open (self->name, O_WRONLY | O_CLOEXEC, 0);

  *code = fd < 0 ? errno : 0;

  return fd;
}

gboolean
target_equals (const Target *self,
               const Target *other)
{
  g_autofree char *base = g_path_get_basename (self->name);
  g_autofree char *other_base = g_path_get_basename (other->name);

  return self->exists == other->exists && self->status.st_dev == other->status.st_dev &&
         self->status.st_ino == other->status.st_ino && (self->exists || g_str_equal (base, other_base));
}

void
target_clear (Target *self)
{
  g_clear_pointer (&self->name, g_free);
}
