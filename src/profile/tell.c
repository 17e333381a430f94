/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/tell.h"

#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profile/freed.h"
#include "profile/sites.h"
#include "profile/table.h"
#include "profile/text.h"

#define BUFFER_SIZE (64 * 1024)

typedef struct
{
  int    fd;
  size_t used;
  char   buffer[BUFFER_SIZE];
} Stream;

static Stream stream;
static sigjmp_buf unreadable;

/* Not by _exit(): here that is the function of this library, which asks the dynamic linker for that of libc, and a
 * thread that this process does not have may hold the linker's lock. */
static __attribute__ ((noreturn)) void
leave (int status)
{
  for (;;)
    syscall (SYS_exit_group, status);
}

static void
flush_stream (void)
{
  for (size_t done = 0; done < stream.used;)
    {
      const ssize_t n = send (stream.fd, stream.buffer + done, stream.used - done, MSG_NOSIGNAL);

      if (n <= 0)
        leave (EXIT_FAILURE);
      done += (size_t) n;
    }
  stream.used = 0;
}

static void
write_bytes (const void *data,
             size_t      length)
{
  const char *rest = data;

  while (length > 0)
    {
      const size_t n = length < BUFFER_SIZE - stream.used ? length : BUFFER_SIZE - stream.used;

      memcpy (stream.buffer + stream.used, rest, n);
      stream.used += n;
      rest += n;
      length -= n;
      if (stream.used == BUFFER_SIZE)
        flush_stream ();
    }
}

static void
write_record (ProfileKind  kind,
              unsigned     id,
              uint64_t     number,
              const void  *data,
              size_t       length)
{
  const ProfileRecord record = { (uint16_t) kind, (uint16_t) id, (uint32_t) length, number };

  write_bytes (&record, sizeof record);
  write_bytes (data, length);
}

static void
write_module (unsigned id)
{
  char path[4096];
  const char *name = profile_sites.modules[id].name;
  ssize_t length = (ssize_t) strlen (name);

  /* The program itself has no name. */
  if (length == 0)
    {
      length = readlink ("/proc/self/exe", path, sizeof path);
      name = path;
    }
  write_record (PROFILE_MODULE, id, 0, name, length > 0 ? (size_t) length : 0);
}

static void
write_sites (void)
{
  for (unsigned i = 0; i < profile_sites.n_modules; i++)
    write_module (i);
  for (unsigned i = 1; i < SITES_MAX; i++)
    {
      const Frame *frame = &profile_sites.frames[i];

      if (frame->pc != 0)
        write_record (PROFILE_FRAME, i, frame->offset, &frame->module, sizeof frame->module);
    }
  for (unsigned i = 1; i < SITES_MAX; i++)
    {
      const Site *site = &profile_sites.sites[i];

      if (site->n_frames != 0)
        write_record (PROFILE_SITE, i, 0, site->frames, site->n_frames * sizeof *site->frames);
    }
}

static __attribute__ ((noreturn)) void
unreadable_cb (int signal_number)
{
  siglongjmp (unreadable, 1);
}

/* A block whose free() was not seen may have gone. */
static void
write_block_cb (const Block *block,
                void        *user_data)
{
  Block copy = *block;
  size_t length;

  if (sigsetjmp (unreadable, 0) != 0)
    return;
  copy.usable = malloc_usable_size (copy.address);
  length = text_get_length (&copy);
  if (length <= PROFILE_MAX_LENGTH)
    write_record (PROFILE_STRING, copy.site, BLOCK_BYTES (copy.usable), copy.address, length);
}

static bool
connect_stream (const struct sockaddr_un *to)
{
  struct sigaction action = { .sa_handler = unreadable_cb, .sa_flags = SA_NODEFER };
  sigset_t faults;

  /* This process must not keep a pipe of the program open, whose reader may wait for its end. */
  syscall (SYS_close_range, 0u, ~0u, 0u);
  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
  sigemptyset (&faults);
  sigaddset (&faults, SIGSEGV);
  sigaddset (&faults, SIGBUS);
  sigprocmask (SIG_UNBLOCK, &faults, NULL);

  stream.fd = socket (AF_UNIX, SOCK_STREAM, 0);

  return stream.fd >= 0 && connect (stream.fd, (const struct sockaddr *) to, sizeof *to) == 0;
}

/* Sends @begin, and then what is in the heap, to the tool that listens at @to. Adds 1 to @n_failed if it
 * cannot connect: the program may have given up its right to the socket, or see another file system. */
void
tell (const struct sockaddr_un *to,
      uint32_t                 *n_failed,
      ProfileReason             reason,
      uint64_t                  time,
      const ProfileBegin       *begin)
{
  const Freed *freed;

  if (!connect_stream (to))
    {
      __atomic_add_fetch (n_failed, 1, __ATOMIC_RELAXED);
      leave (EXIT_FAILURE);
    }
  write_record (PROFILE_BEGIN, reason, time, begin, sizeof *begin);
  write_sites ();
  table_foreach (write_block_cb, NULL);
  for (size_t i = 0; (freed = freed_get (i)) != NULL; i++)
    write_record (PROFILE_FREED, freed->site, freed->bytes, freed->data, freed->length);
  write_record (PROFILE_END, 0, 0, NULL, 0);
  flush_stream ();
  leave (EXIT_SUCCESS);
}
