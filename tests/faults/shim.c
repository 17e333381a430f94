/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loaded first, this library lets one call of a function of the C library fail. It counts the calls, so that a test can
 * let each fail in turn.
 *
 * A program that is linked with nothing of it sets INTERN_FAULT to FUNCTION:N:CODE, as in write:3:28, and
 * INTERN_FAULT_MARK to a file that is made when the call has failed. The test programs of this folder use faults.h.
 */

/* Both names of each function that has one for long files: this is for 64 bits, where they are the same. */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS

#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the GNU C library. */
void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *block, size_t size);
void *__libc_memalign (size_t alignment, size_t size);
void __libc_free (void *block);

static Faults faults;
static const char *mark; /* a path */

Faults *
intern_faults_get (void)
{
  return &faults;
}

/* GLib sets its log up with the first message, under a lock that it also holds when it allocates: if that allocation
 * failed, the message about it would wait for ever. So one message comes before any failure, and goes nowhere. It is in
 * the locale of the user, which the tool sets: with another one GLib keeps its name again, and where there is no memory
 * for that the message about it reads what was freed. */
static void
set_up_log (void)
{
  const int error = dup (STDERR_FILENO);
  const int nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  setlocale (LC_CTYPE, "");
  dup2 (nowhere, STDERR_FILENO);
  g_message ("The log is set up");
  dup2 (error, STDERR_FILENO);
  close (nowhere);
  close (error);
}

__attribute__ ((constructor)) static void
read_environment (void)
{
  static const char *const names[] = FAULT_NAMES;
  const char *wanted = getenv ("INTERN_FAULT");
  char name[16];

  mark = getenv ("INTERN_FAULT_MARK");
  if (wanted == NULL)
    return;
  if (sscanf (wanted, "%15[a-z]:%lu:%d", name, &faults.at, &faults.code) != 3)
    abort ();
  while (strcmp (names[faults.function], name) != 0)
    if (++faults.function == N_FAULTS)
      abort ();
  set_up_log ();
  faults.armed = 1;
}

static void
leave_mark (void)
{
  if (mark != NULL)
    syscall (SYS_close, syscall (SYS_openat, AT_FDCWD, mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

/* Counts a call of @function. Returns whether it fails, with errno set; it may be short instead. */
static int
fails (FaultFunction function)
{
  unsigned long number;

  if (!faults.armed || faults.function != function)
    return 0;

  number = __atomic_add_fetch (&faults.n_calls, 1, __ATOMIC_RELAXED);
  if (number != faults.at)
    return 0;

  __atomic_add_fetch (&faults.n_failed, 1, __ATOMIC_RELAXED);
  leave_mark ();
  errno = faults.code;

  return 1;
}

static void
note (char event)
{
  if (faults.armed && faults.n_events < FAULT_MAX_EVENTS)
    faults.events[faults.n_events++] = event;
}

/* Memory */

static int
memory_fails (size_t size)
{
  if (faults.armed && faults.function == FAULT_LARGE && size >= faults.at)
    {
      __atomic_add_fetch (&faults.n_failed, 1, __ATOMIC_RELAXED);
      leave_mark ();
      errno = ENOMEM;
      return 1;
    }

  return fails (FAULT_MEMORY);
}

static void *
count_block (void *block)
{
  if (block != NULL)
    __atomic_add_fetch (&faults.n_living, 1, __ATOMIC_RELAXED);

  return block;
}

void *
malloc (size_t size)
{
  return memory_fails (size) ? NULL : count_block (__libc_malloc (size));
}

void *
calloc (size_t n,
        size_t size)
{
  return memory_fails (n * size) ? NULL : count_block (__libc_calloc (n, size));
}

void *
realloc (void   *block,
         size_t  size)
{
  void *moved;

  if (memory_fails (size))
    return NULL;

  moved = __libc_realloc (block, size);
  if (block == NULL)
    return count_block (moved);
  if (size == 0)
    __atomic_sub_fetch (&faults.n_living, 1, __ATOMIC_RELAXED);

  return moved;
}

void *
aligned_alloc (size_t alignment,
               size_t size)
{
  return memory_fails (size) ? NULL : count_block (__libc_memalign (alignment, size));
}

int
posix_memalign (void   **block,
                size_t   alignment,
                size_t   size)
{
  void *memory = aligned_alloc (alignment, size);

  if (memory == NULL)
    return ENOMEM;
  *block = memory;

  return 0;
}

void
free (void *block)
{
  if (block != NULL)
    __atomic_sub_fetch (&faults.n_living, 1, __ATOMIC_RELAXED);
  __libc_free (block);
}

void *
mmap (void  *address,
      size_t size,
      int    protection,
      int    flags,
      int    fd,
      off_t  offset)
{
  if ((flags & MAP_ANONYMOUS) != 0 ? memory_fails (size) : fails (FAULT_MAP))
    return MAP_FAILED;

#ifdef __s390x__
  /* The kernel takes an array. */
  return (void *) syscall (SYS_mmap, (unsigned long[]) { (unsigned long) address, size, (unsigned long) protection,
                                                         (unsigned long) flags, (unsigned long) fd,
                                                         (unsigned long) offset });
#else
  return (void *) syscall (SYS_mmap, address, size, protection, flags, fd, offset);
#endif
}

void *
mmap64 (void   *address,
        size_t  size,
        int     protection,
        int     flags,
        int     fd,
        off64_t offset)
{
  return mmap (address, size, protection, flags, fd, offset);
}

/* Files */

static int
open_file (const char *path,
           int         flags,
           mode_t      mode)
{
  note ('o');

  return fails (FAULT_OPEN) ? -1 : (int) syscall (SYS_openat, AT_FDCWD, path, flags, mode);
}

/* Whether open() with @flags has a third argument. */
static int
has_mode (int flags)
{
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int
open (const char *path,
      int         flags,
      ...)
{
  va_list arguments;
  mode_t mode;

  va_start (arguments, flags);
  mode = has_mode (flags) ? va_arg (arguments, mode_t) : 0;
  va_end (arguments);

  return open_file (path, flags, mode);
}

int
open64 (const char *path,
        int         flags,
        ...)
{
  va_list arguments;
  mode_t mode;

  va_start (arguments, flags);
  mode = has_mode (flags) ? va_arg (arguments, mode_t) : 0;
  va_end (arguments);

  return open_file (path, flags, mode);
}

ssize_t
read (int     fd,
      void   *buffer,
      size_t  size)
{
  if (fails (FAULT_READ))
    {
      if (faults.code != FAULT_SHORT)
        return -1;
      size = size > 1 ? 1 : size;
    }

  return syscall (SYS_read, fd, buffer, size);
}

ssize_t
write (int         fd,
       const void *buffer,
       size_t      size)
{
  note ('w');
  if (fails (FAULT_WRITE))
    {
      if (faults.code != FAULT_SHORT)
        return -1;
      size = size > 1 ? 1 : size;
    }

  return syscall (SYS_write, fd, buffer, size);
}

int
fsync (int fd)
{
  note ('f');

  return fails (FAULT_FSYNC) ? -1 : (int) syscall (SYS_fsync, fd);
}

int
close (int fd)
{
  const int failed = fails (FAULT_CLOSE), code = errno;
  int result;

  note ('c');
  /* As Linux does: the descriptor is gone in any case. */
  result = (int) syscall (SYS_close, fd);
  if (failed)
    errno = code;

  return failed ? -1 : result;
}

int
renameat2 (int          old_folder,
           const char  *old_path,
           int          new_folder,
           const char  *new_path,
           unsigned int flags)
{
  note ('r');

  return fails (FAULT_RENAME) ? -1 : (int) syscall (SYS_renameat2, old_folder, old_path, new_folder, new_path, flags);
}

int
rename (const char *old_path,
        const char *new_path)
{
  return renameat2 (AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

int
linkat (int         old_folder,
        const char *old_path,
        int         new_folder,
        const char *new_path,
        int         flags)
{
  note ('r');

  return fails (FAULT_RENAME) ? -1 : (int) syscall (SYS_linkat, old_folder, old_path, new_folder, new_path, flags);
}

/* Streams of the C library, which writes and closes by itself, and goes on after a short or an interrupted write. */

#undef fwrite_unlocked

size_t
fwrite_unlocked (const void *data,
                 size_t      size,
                 size_t      n,
                 FILE       *stream)
{
  static size_t (*next) (const void *, size_t, size_t, FILE *);

  if (next == NULL)
    *(void **) &next = dlsym (RTLD_NEXT, "fwrite_unlocked");
  note ('w');

  return faults.code != FAULT_SHORT && faults.code != EINTR && fails (FAULT_WRITE) ? 0 : next (data, size, n, stream);
}

int
fclose (FILE *stream)
{
  static int (*next) (FILE *);
  const int failed = fails (FAULT_CLOSE), code = errno;
  int result;

  if (next == NULL)
    *(void **) &next = dlsym (RTLD_NEXT, "fclose");
  note ('c');
  result = next (stream);
  if (failed)
    errno = code;

  return failed ? EOF : result;
}
