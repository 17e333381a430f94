/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looks at the statistics of a pool from time to time and tells when they have changed.
 *
 * Asking now and then costs the pool's callers nothing; a flag that each of them sets would.
 * The watch holds the pool weakly and runs in one main context; it may be freed from any thread.
 */

#pragma once

#include "intern-pool.h"

typedef struct _InternWatch InternWatch;

/* @before is what the statistics were when it was last called. */
typedef void (*InternWatchFunc) (InternPool            *pool,
                                 const InternPoolStats *before,
                                 const InternPoolStats *now);

InternWatch * intern_watch_new  (InternPool      *pool,
                                 GMainContext    *context,
                                 guint            interval,
                                 InternWatchFunc  func);
void          intern_watch_free (InternWatch     *watch);
