/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Polls the statistics of a pool and calls a function when they have changed.
 *
 * Polling costs the callers of the pool nothing; a flag that each of them sets would. The watch has a weak
 * reference to the pool and runs in one main context; it may be freed from any thread.
 */

#pragma once

#include "intern-pool.h"

typedef struct _InternWatch InternWatch;

/* @before has the statistics of the previous call. */
typedef void (*InternWatchFunc) (InternPool            *pool,
                                 const InternPoolStats *before,
                                 const InternPoolStats *now);

InternWatch * intern_watch_new  (InternPool      *pool,
                                 GMainContext    *context,
                                 guint            interval,
                                 InternWatchFunc  func);
void          intern_watch_free (InternWatch     *watch);
