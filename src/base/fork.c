/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/fork.h"

#include <pthread.h>
#ifdef HAVE_LIBC_SINGLE_THREADED
# include <sys/single_threaded.h>
#endif

#include "base/lock.h"

static InternLock registry_lock; /* static and zero: needs no init, and is never cleared */
static InternForkLink intern_fork_registry = { &intern_fork_registry, &intern_fork_registry, NULL, NULL };
static gboolean has_threads;    /* of the process that forks; guarded by registry_lock */
static gboolean threaded_child; /* written before the child goes on, read only after */

static void
before_fork (void)
{
  intern_lock (&registry_lock);
#ifdef HAVE_LIBC_SINGLE_THREADED
  /* Read before the fork: the child has one thread, and the C library may know it. */
  has_threads = !__libc_single_threaded;
#else
  has_threads = TRUE;
#endif
  for (InternForkLink *link = intern_fork_registry.next; link != &intern_fork_registry; link = link->next)
    link->lock (link);
}

static void
after_fork (void)
{
  for (InternForkLink *link = intern_fork_registry.previous; link != &intern_fork_registry; link = link->previous)
    link->unlock (link);
  intern_unlock (&registry_lock);
}

static void
after_fork_in_child (void)
{
  threaded_child = threaded_child || has_threads;
  after_fork ();
}

/* Calls @lock before each fork and @unlock after it, until intern_fork_unregister(). */
void
intern_fork_register (InternForkLink *link,
                      InternForkFunc  lock,
                      InternForkFunc  unlock)
{
  static gsize watching;

  if (g_once_init_enter (&watching))
    {
      pthread_atfork (before_fork, after_fork, after_fork_in_child);
      g_once_init_leave (&watching, 1);
    }

  link->lock = lock;
  link->unlock = unlock;

  intern_lock (&registry_lock);
  link->previous = intern_fork_registry.previous;
  link->next = &intern_fork_registry;
  intern_fork_registry.previous->next = link;
  intern_fork_registry.previous = link;
  intern_unlock (&registry_lock);
}

void
intern_fork_unregister (InternForkLink *link)
{
  intern_lock (&registry_lock);
  link->previous->next = link->next;
  link->next->previous = link->previous;
  intern_unlock (&registry_lock);
}

/* Whether this process was forked from one that had threads. Locks of other libraries, such as those of
 * GObject's signals, may then be held for ever. */
gboolean
intern_fork_is_threaded_child (void)
{
  return threaded_child;
}
