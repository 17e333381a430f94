/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A GMutex that ThreadSanitizer understands.
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

typedef struct _InternLock InternLock;

struct _InternLock
{
  GMutex mutex;
#ifdef INTERN_DEBUG
  InternLock *previous; /* of all locks that have been initialised */
  InternLock *next;
#endif
};

#ifdef INTERN_DEBUG
/* For the test that a fork takes every lock. */
typedef void (*InternLockFunc) (InternLock *lock,
                                gpointer    user_data);

void intern_lock_note    (InternLock     *lock);
void intern_lock_forget  (InternLock     *lock);
void intern_lock_foreach (InternLockFunc  func,
                          gpointer        user_data);
#endif

static inline void
intern_lock_init (InternLock *lock)
{
  g_mutex_init (&lock->mutex);
#ifdef INTERN_DEBUG
  intern_lock_note (lock);
#endif
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
#ifdef INTERN_DEBUG
  intern_lock_forget (lock);
#endif
  g_mutex_clear (&lock->mutex);
}

static inline void
intern_lock (InternLock *lock)
{
#ifdef INTERN_TSAN
  __tsan_mutex_pre_lock (lock, 0);
#endif
  g_mutex_lock (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_post_lock (lock, 0, 0);
#endif
}

static inline gboolean
intern_trylock (InternLock *lock)
{
  gboolean locked;

#ifdef INTERN_TSAN
  __tsan_mutex_pre_lock (lock, __tsan_mutex_try_lock);
#endif
  locked = g_mutex_trylock (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_post_lock (lock,
                          locked ? __tsan_mutex_try_lock
                                 : __tsan_mutex_try_lock | __tsan_mutex_try_lock_failed,
                          0);
#endif

  return locked;
}

static inline void
intern_unlock (InternLock *lock)
{
#ifdef INTERN_TSAN
  __tsan_mutex_pre_unlock (lock, 0);
#endif
  g_mutex_unlock (&lock->mutex);
#ifdef INTERN_TSAN
  __tsan_mutex_post_unlock (lock, 0);
#endif
}

/* What one thread leaves to another by way of GLib's threads, as a task and its data. ThreadSanitizer
 * does not see how those wait for each other: the one says that it has done with it, the other that
 * it begins. */
static inline void
intern_hand_over (void *what)
{
#ifdef INTERN_TSAN
  __tsan_release (what);
#endif
}

static inline void
intern_take_over (void *what)
{
#ifdef INTERN_TSAN
  __tsan_acquire (what);
#endif
}
