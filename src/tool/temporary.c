/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* renameat2() */

#include "config.h"

#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Short, since the name that it stands for may be as long as the file system allows. */
#define TEMPLATE ".intern-pool-XXXXXX"

#define MAX_TEMPORARIES 2

/* The tests do without what some file systems lack. */
#ifdef INTERN_TEST_NO_LINKS
# define CAN_LINK 0
#else
# define CAN_LINK 1
#endif

struct _Temporary
{
  char     *name;      /* (owned) what it is to be */
  char     *path;      /* (owned) what it is until then */
  gboolean  exchanged; /* @path is what was there before */
};

/* Signals */

/* What a signal removes. It is changed while signals wait, so the handler finds each file that is there. */
static const char *volatile paths[MAX_TEMPORARIES];

/* They end a program that does not ask for them; some come from a fault of its own, or for want of memory. */
static const int deadly_signals[] = {
  SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM,
  SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGSYS,
};

/* Ends the program as the signal would have done. May be called in a handler. */
void
temporary_end_program (int signal_number)
{
  for (guint i = 0; i < MAX_TEMPORARIES; i++)
    {
      const char *path = paths[i];

      if (path != NULL)
        unlink (path);
    }

  /* In its handler the signal waits for the return. */
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

/* Until @before is set again. */
void
temporary_hold_signals (sigset_t *before)
{
  sigset_t all;

  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, before);
}

/* Ignored signals stay ignored, and a handler stays a handler. */
static void
catch_signals (void)
{
  struct sigaction action = { .sa_handler = temporary_end_program };
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

/* The file */

/* Makes a file for writing, which is to become @name, and is in the same folder: a link works within a file system
 * only. If there can be none it returns NULL, and an errno in @code. */
Temporary *
temporary_new (const char *name,
               int         mode,
               int        *fd,
               int        *code)
{
  g_autofree char *folder = g_path_get_dirname (name);
  g_autofree char *path = g_build_filename (folder, TEMPLATE, NULL);
  Temporary *self = NULL;
  sigset_t before;

  catch_signals ();
  temporary_hold_signals (&before);
  *fd = g_mkstemp_full (path, O_WRONLY | O_CLOEXEC, mode);
  *code = *fd < 0 ? errno : 0;
  if (*fd >= 0)
    {
      self = g_new0 (Temporary, 1);
      self->name = g_strdup (name);
      self->path = g_steal_pointer (&path);
      exchange_path (NULL, self->path);
    }
  sigprocmask (SIG_SETMASK, &before, NULL);

  return self;
}

/* Of all programs that try at the same time, one gets it. */
static gboolean
take_free_name (Temporary *self)
{
  int fd, code;

  if (CAN_LINK && link (self->path, self->name) == 0)
    return TRUE;
  if (CAN_LINK && errno == EEXIST)
    return FALSE;

  /* A file system without hard links: an empty file takes the name first. */
  fd = g_open (self->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  g_close (fd, NULL);
  if (g_rename (self->path, self->name) == 0)
    return TRUE;

  code = errno;
  g_unlink (self->name);
  errno = code;

  return FALSE;
}

static gboolean
exchange (Temporary *self)
{
#ifdef RENAME_EXCHANGE
  return CAN_LINK && renameat2 (AT_FDCWD, self->path, AT_FDCWD, self->name, RENAME_EXCHANGE) == 0;
#else
  return FALSE;
#endif
}

/* Where the file system can, what was there is kept until the end, so that it can come back. */
static gboolean
take_used_name (Temporary *self)
{
  if (!exchange (self))
    return g_rename (self->path, self->name) == 0;

  /* A folder can be exchanged, but it is not meant to be. */
  if (g_file_test (self->path, G_FILE_TEST_IS_DIR) && exchange (self))
    {
      errno = EISDIR;
      return FALSE;
    }
  self->exchanged = TRUE;

  return TRUE;
}

/* Gives the file its name. Returns FALSE and sets errno if that fails: to EEXIST if there is such a file and not
 * @replace. */
gboolean
temporary_publish (Temporary *self,
                   gboolean   replace)
{
  return take_free_name (self) || (errno == EEXIST && replace && take_used_name (self));
}

/* Takes the name away from the file again, and gives it back to what had it before. */
void
temporary_withdraw (Temporary *self)
{
  if (!self->exchanged || !exchange (self))
    g_unlink (self->name);
  self->exchanged = FALSE;
}

/* Leaves the file only if it has its name. */
void
temporary_free (Temporary *self)
{
  sigset_t before;

  temporary_hold_signals (&before);
  g_unlink (self->path);
  exchange_path (self->path, NULL);
  sigprocmask (SIG_SETMASK, &before, NULL);

  g_free (self->path);
  g_free (self->name);
  g_free (self);
}
