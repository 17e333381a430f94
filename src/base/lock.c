/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/lock.h"

#ifdef INTERN_DEBUG

static InternLock list_lock; /* static and zero: needs no init, and is in no list */
static InternLock *first;    /* guarded by list_lock, as the links of all locks */

void
intern_lock_note (InternLock *lock)
{
  intern_lock (&list_lock);
  lock->previous = NULL;
  lock->next = first;
  if (first != NULL)
    first->previous = lock;
  first = lock;
  intern_unlock (&list_lock);
}

void
intern_lock_forget (InternLock *lock)
{
  intern_lock (&list_lock);
  if (lock->previous != NULL)
    lock->previous->next = lock->next;
  else
    first = lock->next;
  if (lock->next != NULL)
    lock->next->previous = lock->previous;
  intern_unlock (&list_lock);
}

/* Calls @func for each initialised lock. */
void
intern_lock_foreach (InternLockFunc func,
                     gpointer       user_data)
{
  intern_lock (&list_lock);
  for (InternLock *lock = first; lock != NULL; lock = lock->next)
    func (lock, user_data);
  intern_unlock (&list_lock);
}

#endif
