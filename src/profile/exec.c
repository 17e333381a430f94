/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/exec.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profile/look.h"
#include "profile/table.h"

#define EXPORT __attribute__ ((visibility ("default")))
#define PRELOAD "LD_PRELOAD="
#define FOLDER PROFILE_ENVIRONMENT "="
#define SLICE "G_SLICE="
#define MAX_ARGUMENTS 1024 /* of execl() */

typedef char * const *Strings;

/* What was hidden, or NULL */
static const char *preload; /* only this library */
static const char *folder;
static const char *slice;

static bool
has_prefix (const char *string,
            const char *prefix)
{
  return strncmp (string, prefix, strlen (prefix)) == 0;
}

/* Hiding */

/* Returns what stays of LD_PRELOAD, or NULL. The tool has put the library first. */
static char *
split_preload (char *entry)
{
  static char first[4096];
  const size_t length = strcspn (entry, ":");

  if (length >= sizeof first)
    return entry;
  memcpy (first, entry, length);
  preload = first;
  if (entry[length] == '\0')
    return NULL;

  /* In place: what follows the name moves to the place of the library. */
  memmove (entry + strlen (PRELOAD), entry + length + 1, strlen (entry + length));

  return entry;
}

/* A GLib with a slice allocator reads G_SLICE at its first use: this is one, before G_SLICE is hidden. */
static void
use_slices (void)
{
  void * (*slice_alloc) (size_t) = (__typeof__ (slice_alloc)) dlsym (RTLD_DEFAULT, "g_slice_alloc");
  void (*slice_free) (size_t, void *) = (__typeof__ (slice_free)) dlsym (RTLD_DEFAULT, "g_slice_free1");

  if (slice_alloc != NULL && slice_free != NULL)
    slice_free (sizeof (void *), slice_alloc (sizeof (void *)));
}

/* Takes what the tool has added out of the environment, unless child processes need it. */
void
exec_hide_environment (void)
{
  const ProfileShared *shared = look_get_shared ();
  char **kept = environ;

  if (shared == NULL)
    return;
  if (shared->sets_slice)
    use_slices ();
  if (shared->follow)
    return;

  for (char **entry = environ; *entry != NULL; entry++)
    {
      char *value = *entry;

      if (has_prefix (value, PRELOAD))
        value = split_preload (value);
      else if (has_prefix (value, FOLDER))
        folder = value, value = NULL;
      else if (has_prefix (value, SLICE) && shared->sets_slice)
        slice = value, value = NULL;
      if (value != NULL)
        *kept++ = value;
    }
  *kept = NULL;
}

/* Becoming another program */

static const char *
find_entry (Strings     strings,
            const char *prefix)
{
  for (; *strings != NULL; strings++)
    if (has_prefix (*strings, prefix))
      return *strings;

  return NULL;
}

/* Returns a copy of @envp with what was hidden, and sets @size to its size; NULL if there is no memory. */
static char **
add_hidden (Strings  envp,
            size_t  *size)
{
  const char *other = find_entry (envp, PRELOAD);
  size_t n = 0, n_kept = 0, length;
  char **added, *joined;

  while (envp[n] != NULL)
    n++;
  length = strlen (preload) + (other != NULL ? strlen (other) : 0) + 1;
  *size = (n + 4) * sizeof (char *) + length;
  added = table_map (*size);
  if (added == NULL)
    return NULL;

  joined = (char *) (added + n + 4);
  strcpy (joined, preload);
  if (other != NULL)
    strcat (strcat (joined, ":"), other + strlen (PRELOAD));
  for (size_t i = 0; i < n; i++)
    if (envp[i] != other)
      added[n_kept++] = envp[i];
  added[n_kept++] = joined;
  added[n_kept++] = (char *) folder;
  if (slice != NULL && find_entry (envp, SLICE) == NULL)
    added[n_kept++] = (char *) slice;

  return added;
}

typedef int (*ExecFunc) (const char *, Strings, Strings);

static int
become (const char *function,
        const char *file,
        Strings     argv,
        Strings     envp)
{
  ExecFunc next = (ExecFunc) dlsym (RTLD_NEXT, function);
  const bool hidden = preload != NULL && folder != NULL && envp != NULL && look_goes_on ();
  size_t size = 0;
  char **added = hidden ? add_hidden (envp, &size) : NULL;
  const int result = next (file, argv, added != NULL ? added : envp);
  const int code = errno;

  if (added != NULL)
    munmap (added, size);
  errno = code;

  return result;
}

EXPORT int
execve (const char *file,
        Strings     argv,
        Strings     envp)
{
  return become ("execve", file, argv, envp);
}

EXPORT int
execvpe (const char *file,
         Strings     argv,
         Strings     envp)
{
  return become ("execvpe", file, argv, envp);
}

EXPORT int
execv (const char *file,
       Strings     argv)
{
  return become ("execve", file, argv, environ);
}

EXPORT int
execvp (const char *file,
        Strings     argv)
{
  return become ("execvpe", file, argv, environ);
}

/* Returns false if there are too many. */
static bool
collect (const char  *first,
         va_list     *args,
         const char **argv)
{
  size_t n = 0;

  for (const char *argument = first; argument != NULL; argument = va_arg (*args, const char *))
    {
      if (n == MAX_ARGUMENTS)
        {
          errno = E2BIG;
          return false;
        }
      argv[n++] = argument;
    }
  argv[n] = NULL;

  return true;
}

static int
become_list (const char *function,
             const char *file,
             const char *first,
             va_list    *args,
             bool        with_environment)
{
  const char *argv[MAX_ARGUMENTS + 1];

  if (!collect (first, args, argv))
    return -1;

  return become (function, file, (Strings) argv, with_environment ? va_arg (*args, Strings) : environ);
}

#define LIST(name, function, with_environment) \
  EXPORT int \
  name (const char *file, const char *first, ...) \
  { \
    va_list args; \
    int result; \
    va_start (args, first); \
    result = become_list (function, file, first, &args, with_environment); \
    va_end (args); \
    return result; \
  }

LIST (execl, "execve", false)
LIST (execlp, "execvpe", false)
LIST (execle, "execve", true)
