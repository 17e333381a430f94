/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A GMutex that ThreadSanitizer understands.
 *
 * GLib is not instrumented, so ThreadSanitizer does not see that a GMutex orders anything and reports
 * races in correct code. A suppression by library would hide real races; these notes hide nothing. In
 * other builds this is a plain GMutex.
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
# define INTERN_TSAN_NOTE(call) call
#else
# define INTERN_TSAN_NOTE(call) ((void) 0)
#endif

typedef struct _InternLock InternLock;

struct _InternLock
{
  GMutex mutex;
#ifdef INTERN_DEBUG
  InternLock *previous; /* in the list of all initialised locks */
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
  INTERN_TSAN_NOTE (__tsan_mutex_create (lock, 0));
}

static inline void
intern_lock_clear (InternLock *lock)
{
  INTERN_TSAN_NOTE (__tsan_mutex_destroy (lock, 0));
#ifdef INTERN_DEBUG
  intern_lock_forget (lock);
#endif
  g_mutex_clear (&lock->mutex);
}

static inline void
intern_lock (InternLock *lock)
{
  INTERN_TSAN_NOTE (__tsan_mutex_pre_lock (lock, 0));
  g_mutex_lock (&lock->mutex);
  INTERN_TSAN_NOTE (__tsan_mutex_post_lock (lock, 0, 0));
}

static inline gboolean
intern_trylock (InternLock *lock)
{
  gboolean locked;

  INTERN_TSAN_NOTE (__tsan_mutex_pre_lock (lock, __tsan_mutex_try_lock));
  locked = g_mutex_trylock (&lock->mutex);
  INTERN_TSAN_NOTE (__tsan_mutex_post_lock (lock, __tsan_mutex_try_lock | (locked ? 0 : __tsan_mutex_try_lock_failed),
                                            0));

  return locked;
}

static inline void
intern_unlock (InternLock *lock)
{
  INTERN_TSAN_NOTE (__tsan_mutex_pre_unlock (lock, 0));
  g_mutex_unlock (&lock->mutex);
  INTERN_TSAN_NOTE (__tsan_mutex_post_unlock (lock, 0));
}

/* For data that one thread passes to another through GLib's tasks, whose order ThreadSanitizer does not
 * see: the first thread calls intern_hand_over() when it is done, the second intern_take_over() first. */
static inline void
intern_hand_over (void *what)
{
  INTERN_TSAN_NOTE (__tsan_release (what));
}

static inline void
intern_take_over (void *what)
{
  INTERN_TSAN_NOTE (__tsan_acquire (what));
}
