/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* fork() in a process with threads.
 *
 * A child has one thread and inherits all locks as they were: one that another thread held stays locked
 * for ever and guards a half-changed table. So each owner of locks registers them here. All are taken
 * before a fork, in the order of their registration, and released after it, in the parent and in the child.
 * No fork can deadlock, since threads keep to that order too: only intern_pool_clear() holds locks of two
 * members, first that of its pool, which was registered before any store, and then those of its store.
 */

#pragma once

#include <glib.h>

typedef struct _InternForkLink InternForkLink;
typedef void (*InternForkFunc) (InternForkLink *link);

struct _InternForkLink
{
  InternForkLink *previous; /* guarded by the lock of the registry, as the next two */
  InternForkLink *next;
  InternForkFunc  lock;
  InternForkFunc  unlock;
};

void     intern_fork_register          (InternForkLink *link,
                                        InternForkFunc  lock,
                                        InternForkFunc  unlock);
void     intern_fork_unregister        (InternForkLink *link);
gboolean intern_fork_is_threaded_child (void);
