/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/look.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "profile/freed.h"
#include "profile/interners.h"
#include "profile/lock.h"
#include "profile/sites.h"
#include "profile/table.h"
#include "profile/tell.h"

#define FIRST_PEAK (1024 * 1024)
#define PEAK_GROWTH 4 /* a peak is higher than the one before by a quarter */
#define PEAK_FALL 16  /* it is over when the heap is smaller by a sixteenth */
#define MAX_COST 10   /* looks at peaks take a tenth of the time at most */
#define MICROSECONDS 1000000

bool profile_active;
__thread int profile_busy __attribute__ ((tls_model ("initial-exec")));
__thread unsigned profile_n_made __attribute__ ((tls_model ("initial-exec")));

static ProfileShared *shared;
static struct sockaddr_un socket_name = { .sun_family = AF_UNIX };
static pid_t own_pid;
static uint64_t start; /* microseconds */

/* What this process has done */
static Lock looking;        /* held while a look is begun; guards the next four */
static pid_t second;        /* the process of the last look, or 0 */
static uint64_t next_peak;  /* written under the lock, read without; as the next two */
static uint32_t n_answered;
static uint64_t last_time;
static uint64_t peak;       /* the largest heap seen since last_time; atomic */

static uint64_t
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return (uint64_t) now.tv_sec * MICROSECONDS + (uint64_t) now.tv_nsec / 1000;
}

/* Beginning */

static bool
map_shared (const char *folder)
{
  char path[sizeof socket_name.sun_path];
  int fd;

  if (strlen (folder) + sizeof "/" PROFILE_SHARED + sizeof "/" PROFILE_SOCKET > sizeof path)
    return false;

  strcpy (stpcpy (socket_name.sun_path, folder), "/" PROFILE_SOCKET);
  strcpy (stpcpy (path, folder), "/" PROFILE_SHARED);
  fd = open (path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return false;
  shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close (fd);
  if (shared == MAP_FAILED)
    shared = NULL;

  return shared != NULL;
}

/* Only one process is profiled, unless the tool wants its children too. */
static bool
is_wanted (void)
{
  int32_t expected = 0;

  own_pid = getpid ();

  return __atomic_compare_exchange_n (&shared->main_pid, &expected, own_pid, false, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED) || expected == own_pid || shared->follow;
}

/* Returns whether a program that takes the place of this one, by exec(), gets the library. */
bool
look_goes_on (void)
{
  return shared != NULL && (shared->follow || __atomic_load_n (&shared->main_pid, __ATOMIC_RELAXED) == getpid ());
}

const ProfileShared *
look_get_shared (void)
{
  return shared;
}

/* Returns whether this process is profiled from now on. @smallest is what a block takes in its heap at least. */
bool
look_begin (size_t smallest)
{
  const char *folder = getenv (PROFILE_ENVIRONMENT);

  if (folder == NULL || !map_shared (folder) || !is_wanted ())
    return false;

  next_peak = FIRST_PEAK;
  start = last_time = get_time ();
  profile_active = freed_begin () && table_begin (smallest) && sites_begin ();

  return profile_active;
}

/* In a new process, which has one thread. */
void
look_forked (void)
{
  table_unlock_all ();
  sites_unlock ();
  unlock (&looking);
  freed_unlock ();
  own_pid = getpid ();
  second = 0;
  profile_active = profile_active && shared->follow;
}

/* In the program */

/* Returns whether the process of the last look has ended, or there was none; waits for that if @wait is set. */
static bool
last_look_has_ended (bool wait)
{
  if (second > 0 && waitpid (second, NULL, (int) __WCLONE | (wait ? 0 : WNOHANG)) == 0)
    return false;

  second = 0;

  return true;
}

/* In the second process */
static __attribute__ ((noreturn)) void
tell_all (ProfileReason reason,
          uint64_t      time)
{
  const TableTotal total = table_get_total ();
  ProfileBegin begin = {
    .n_blocks = total.n_blocks,
    .bytes = total.bytes,
    .n_freed = freed_count (),
    .since = time - last_time,
    .pid = (uint64_t) own_pid,
  };

  interners_count (begin.interners);
  tell (&socket_name, &shared->n_failed, reason, time - start, &begin);
}

/* Takes the locks, unless the look @interrupts this thread, in a signal handler that ends the process: the thread may
 * hold one of them. The look may then miss the block that was being recorded. Returns whether it took them. */
static bool
lock_tables (bool interrupts)
{
  if (interrupts)
    return false;

  freed_lock ();
  sites_lock ();
  table_lock_all ();

  return true;
}

/* HOLDS: looking. Makes the second process, with all signals blocked. */
static void
split_locked (ProfileReason reason,
              bool          interrupts)
{
  const uint64_t time = get_time ();
  const bool locked = lock_tables (interrupts);

  __atomic_add_fetch (&shared->n_begun, 1, __ATOMIC_RELAXED);
  /* Like fork(), but the end of the process sends no signal. */
  second = (pid_t) syscall (SYS_clone, 0ul, 0ul, 0ul, 0ul, 0ul);
  if (second == 0)
    tell_all (reason, time);
  if (locked)
    {
      table_unlock_all ();
      sites_unlock ();
      freed_forget ();
      freed_unlock ();
    }
  __atomic_store_n (&last_time, time, __ATOMIC_RELAXED);
  __atomic_store_n (&peak, 0, __ATOMIC_RELAXED);
  if (second < 0)
    __atomic_add_fetch (&shared->n_failed, 1, __ATOMIC_RELAXED);
}

/* Takes a look, unless the previous one is still under way; the look at the end waits for it, and ends the recording.
 * Does nothing in a process that was made without fork(). */
void
look_take (ProfileReason reason)
{
  const int code = errno;
  const bool interrupts = reason == PROFILE_AT_END && profile_busy > 0;
  sigset_t all, before;

  if (!profile_active || getpid () != own_pid)
    return;

  profile_busy++;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, &before);
  /* If this thread holds a lock, another one that is looking may be waiting for it: do not wait for that thread. */
  if (!interrupts)
    lock (&looking);
  else if (!trylock (&looking))
    goto done;
  if (last_look_has_ended (reason == PROFILE_AT_END))
    {
      const uint64_t bytes = table_get_total ().bytes;

      __atomic_store_n (&n_answered, __atomic_load_n (&shared->n_requested, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
      if (bytes + bytes / PEAK_GROWTH > next_peak)
        __atomic_store_n (&next_peak, bytes + bytes / PEAK_GROWTH, __ATOMIC_RELAXED);
      split_locked (reason, interrupts);
    }
  profile_active = profile_active && reason != PROFILE_AT_END;
  unlock (&looking);

done:
  sigprocmask (SIG_SETMASK, &before, NULL);
  profile_busy--;
  errno = code;
}

/* Returns whether a look at a peak is due: at once if looks take little of the time, and otherwise when the heap gets
 * smaller again. */
static bool
is_peak (void)
{
  const uint64_t bytes = table_get_total ().bytes;
  const uint32_t n_done = __atomic_load_n (&shared->n_ended, __ATOMIC_ACQUIRE) +
                          __atomic_load_n (&shared->n_failed, __ATOMIC_RELAXED);
  uint64_t highest = __atomic_load_n (&peak, __ATOMIC_RELAXED), passed;

  if (bytes > highest)
    __atomic_store_n (&peak, highest = bytes, __ATOMIC_RELAXED);
  if (highest < __atomic_load_n (&next_peak, __ATOMIC_RELAXED) ||
      n_done < __atomic_load_n (&shared->n_begun, __ATOMIC_RELAXED))
    return false;

  passed = get_time () - __atomic_load_n (&last_time, __ATOMIC_RELAXED);

  return bytes < highest - highest / PEAK_FALL ||
         passed >= (uint64_t) MAX_COST * __atomic_load_n (&shared->last_took, __ATOMIC_RELAXED);
}

/* Takes a look if one is due. @changed: what table_add() returned. */
void
look_check (bool changed)
{
  if (__atomic_load_n (&shared->n_requested, __ATOMIC_RELAXED) != __atomic_load_n (&n_answered, __ATOMIC_RELAXED))
    look_take (PROFILE_ON_REQUEST);
  else if (changed && is_peak ())
    look_take (PROFILE_AT_PEAK);
}
