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

typedef struct
{
  GMutex mutex;
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
