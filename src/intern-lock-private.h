/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A GMutex that costs nothing while there is one thread, and that ThreadSanitizer understands.
 *
 * Each locked instruction waits for every memory access before it, so taking and releasing a free
 * lock around a cache miss costs as much as the miss. While the C library knows that the process
 * has no second thread, nobody can hold a lock or wait for it: it is left alone. Only the thread
 * that is inside could start another, and no code under a lock of this library does. What was
 * done then is seen by every thread that is started later.
 *
 * GLib is not instrumented, so ThreadSanitizer cannot see that a GMutex orders anything and
 * reports races in correct code. Suppressing by library would hide real races; telling it what
 * the lock does hides nothing. Outside such builds this is a GMutex and nothing else.
 */

#pragma once

#include <glib.h>

#if defined(__SANITIZE_THREAD__)
# define INTERN_TSAN 1
#elif defined(__has_feature)
# if __has_feature(thread_sanitizer)
#  define INTERN_TSAN 1
# endif
#endif

#ifdef INTERN_TSAN
# include <sanitizer/tsan_interface.h>
#endif

#if defined(HAVE_LIBC_SINGLE_THREADED) && !defined(INTERN_TSAN)
# include <sys/single_threaded.h>
# define INTERN_ALONE (__libc_single_threaded)
#else
# define INTERN_ALONE FALSE
#endif

typedef struct
{
  GMutex   mutex;
  gboolean taken; /* whether mutex really is; belongs to whoever is inside */
} InternLock;

static inline void
intern_lock_init (InternLock *lock)
{
  g_mutex_init (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_create (lock, 0);
#endif
}

static inline void
intern_lock_clear (InternLock *lock)
{
#ifdef INTERN_TSAN
  __tsan_mutex_destroy (lock, 0);
#endif
  g_mutex_clear (&lock->mutex);
}

static inline void
intern_lock (InternLock *lock)
{
  const gboolean alone = INTERN_ALONE;

#ifdef INTERN_TSAN
  __tsan_mutex_pre_lock (lock, 0);
#endif
  if (!alone)
    g_mutex_lock (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_post_lock (lock, 0, 0);
#endif
  lock->taken = !alone;
}

static inline gboolean
intern_trylock (InternLock *lock)
{
  const gboolean alone = INTERN_ALONE;
  gboolean locked;

#ifdef INTERN_TSAN
  __tsan_mutex_pre_lock (lock, __tsan_mutex_try_lock);
#endif
  locked = alone || g_mutex_trylock (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_post_lock (lock,
                          locked ? __tsan_mutex_try_lock
                                 : __tsan_mutex_try_lock | __tsan_mutex_try_lock_failed,
                          0);
#endif
  if (locked)
    lock->taken = !alone;

  return locked;
}

static inline void
intern_unlock (InternLock *lock)
{
#ifdef INTERN_TSAN
  __tsan_mutex_pre_unlock (lock, 0);
#endif
  /* Not asked again: the process may have lost its other threads meanwhile. */
  if (lock->taken)
    g_mutex_unlock (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_post_unlock (lock, 0);
#endif
}
