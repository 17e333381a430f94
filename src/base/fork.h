/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* fork() in a process with threads.
 *
 * The child has one thread and all the locks as they were: one that another thread held is held
 * for ever, over a table that is half changed. So whoever has locks registers them here, and
 * they are all taken before a fork and released after it, in the parent and in the child.
 * Callers take the locks of one member at a time, so that the order in which a fork takes them
 * cannot deadlock.
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
