/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* renameat2() */

#include "config.h"

#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define MAX_LINKS 40 /* as many as Linux follows */
#define MAX_TARGETS 2

/* Short, since the name that it stands for may be as long as the file system allows. */
#define TEMPLATE ".intern-pool-XXXXXX"

/* The tests do without what some file systems lack. */
#ifdef INTERN_TEST_NO_LINKS
# define CAN_LINK 0
#else
# define CAN_LINK 1
#endif

/* Signals */

/* The files that a signal removes. The list is changed while signals wait, so the handler finds each file. */
static const char *volatile paths[MAX_TARGETS];

/* They end a program that has no handler for them. Some come from a fault of the program, or from a lack of memory. */
static const int deadly_signals[] = {
  SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM,
  SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGSYS,
};

/* Ends the program as the signal would have done. May be called in a handler. */
void
target_end_program (int signal_number)
{
  for (guint i = 0; i < MAX_TARGETS; i++)
    {
      const char *path = paths[i];

      if (path != NULL)
        unlink (path);
    }

  /* While its handler runs, the signal is held back. */
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

/* Until @before is set again. */
void
target_hold_signals (sigset_t *before)
{
  sigset_t all;

  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, before);
}

/* Ignored signals stay ignored, and a handler stays a handler. */
static void
catch_signals (void)
{
  struct sigaction action = { .sa_handler = target_end_program };
  struct sigaction before;

  sigfillset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (deadly_signals); i++)
    if (sigaction (deadly_signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
      sigaction (deadly_signals[i], &action, NULL);
}

static void
exchange_path (const char *old,
               const char *new)
{
  guint i = 0;

  while (paths[i] != old)
    i++;
  paths[i] = new;
}

/* What a name leads to */

/* Returns the descriptor of this process that @name stands for, or -1. */
static int
find_descriptor (const char *name)
{
  g_autofree char *folder = g_path_get_dirname (name);
  g_autofree char *base = g_path_get_basename (name);
  struct stat status, descriptors;
  guint64 number;

  return stat (folder, &status) == 0 && stat ("/proc/self/fd", &descriptors) == 0 &&
         status.st_dev == descriptors.st_dev && status.st_ino == descriptors.st_ino &&
         g_ascii_string_to_unsigned (base, 10, 0, G_MAXINT, &number, NULL) ? (int) number : -1;
}

/* Returns NULL if @name is not a symbolic link. */
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

/* /dev/stdout is a link to /proc/self/fd/1. That is a link too, but the shell has opened the file that it leads to. */
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

  /* A descriptor that closes on exec() was opened by the tool itself, perhaps in place of a closed one. */
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
      /* The kernel knows where links of /proc lead; their text does not say it. */
      g_free (self->name);
      self->name = g_strdup (name);
    }

  return code == ENOENT && *name != '\0' ? look_at_folder (self) : code;
}

/* Fills an empty @self, which may be cleared also if this fails. @name is "-" for standard output. Returns 0, or an
 * errno if the output cannot be written. */
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

gboolean
target_equals (const Target *self,
               const Target *other)
{
  g_autofree char *base = g_path_get_basename (self->name);
  g_autofree char *other_base = g_path_get_basename (other->name);

  return self->exists == other->exists && self->status.st_dev == other->status.st_dev &&
         self->status.st_ino == other->status.st_ino && (self->exists || g_str_equal (base, other_base));
}

/* Whether the output is a new file, which gets its name at the end. Any other output is written as it comes. */
gboolean
target_is_file (const Target *self)
{
  return self->descriptor < 0 && (!self->exists || S_ISREG (self->status.st_mode));
}

/* Opening */

/* The new file belongs to the owner of the old one, if the caller may give files away, with the same permissions. */
static int
keep_owner (const Target *self,
            int           fd)
{
  if (fchown (fd, self->status.st_uid, self->status.st_gid) != 0 && errno != EPERM && errno != EINVAL)
    return errno;

  return fchmod (fd, self->status.st_mode & 0777) != 0 ? errno : 0;
}

/* Makes the file in the folder of the target: a link works within a file system only. */
static int
open_temporary (Target *self,
                int    *code)
{
  g_autofree char *folder = g_path_get_dirname (self->name);
  g_autofree char *path = g_build_filename (folder, TEMPLATE, NULL);
  sigset_t before;
  int fd;

  catch_signals ();
  target_hold_signals (&before);
  fd = g_mkstemp_full (path, O_WRONLY | O_CLOEXEC, self->exists ? (int) (self->status.st_mode & 0777) : 0666);
  *code = fd < 0 ? errno : self->exists ? keep_owner (self, fd) : 0;
  if (fd >= 0)
    {
      self->temporary = g_steal_pointer (&path);
      exchange_path (NULL, self->temporary);
    }
  sigprocmask (SIG_SETMASK, &before, NULL);

  return fd;
}

/* Returns a descriptor to be closed, or -1. Sets @code to 0, or to the errno of what has failed. */
int
target_open (Target *self,
             int    *code)
{
  int fd;

  if (target_is_file (self))
    return open_temporary (self, code);

  fd = self->descriptor >= 0 ? fcntl (self->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                             : g_open (self->name, O_WRONLY | O_CLOEXEC, 0);
  *code = fd < 0 ? errno : 0;

  return fd;
}

/* The name */

/* If several programs try at the same time, one of them gets the name. */
static gboolean
take_free_name (Target *self)
{
  int fd, code;

  if (CAN_LINK && link (self->temporary, self->name) == 0)
    return TRUE;
  if (CAN_LINK && errno == EEXIST)
    return FALSE;

  /* A file system without hard links: an empty file takes the name first. */
  fd = g_open (self->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  g_close (fd, NULL);
  if (g_rename (self->temporary, self->name) == 0)
    return TRUE;

  code = errno;
  g_unlink (self->name);
  errno = code;

  return FALSE;
}

static gboolean
exchange (Target *self)
{
#ifdef RENAME_EXCHANGE
  return CAN_LINK && renameat2 (AT_FDCWD, self->temporary, AT_FDCWD, self->name, RENAME_EXCHANGE) == 0;
#else
  return FALSE;
#endif
}

/* If the file system can exchange two files, the old file is kept until the end, so that it can come back. */
static gboolean
take_used_name (Target *self)
{
  if (!exchange (self))
    return g_rename (self->temporary, self->name) == 0;

  /* A folder can be exchanged, but it is not meant to be. */
  if (g_file_test (self->temporary, G_FILE_TEST_IS_DIR) && exchange (self))
    {
      errno = EISDIR;
      return FALSE;
    }
  self->exchanged = TRUE;

  return TRUE;
}

/* Gives a file its name. Returns FALSE and sets errno if that fails: to EEXIST if there is such a file and not
 * @replace. */
gboolean
target_publish (Target   *self,
                gboolean  replace)
{
  return self->temporary == NULL || take_free_name (self) ||
         (errno == EEXIST && replace && take_used_name (self));
}

/* Takes the name away from the file again, and gives it back to what had it before. */
void
target_withdraw (Target *self)
{
  if (self->temporary != NULL && (!self->exchanged || !exchange (self)))
    g_unlink (self->name);
  self->exchanged = FALSE;
}

/* Leaves a file only if it has its name. */
void
target_clear (Target *self)
{
  sigset_t before;

  if (self->temporary != NULL)
    {
      target_hold_signals (&before);
      g_unlink (self->temporary);
      exchange_path (self->temporary, NULL);
      sigprocmask (SIG_SETMASK, &before, NULL);
    }
  g_clear_pointer (&self->temporary, g_free);
  g_clear_pointer (&self->name, g_free);
}
