/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Marks and counters for sysprof, with the build option sysprof: what took long, and the statistics of pools that emit
 * stats-changed. Nothing is recorded unless sysprof started the process, nor in a forked child, nor on the path of a
 * hit; call these without a lock. Without the option they compile to nothing.
 */

#pragma once

#include "intern-pool.h"

#ifdef HAVE_SYSPROF

gboolean intern_sysprof_is_active (void);
gint64   intern_sysprof_begin     (void);
void     intern_sysprof_mark      (gint64                 begun,
                                   const char            *name,
                                   gboolean               done,
                                   guint64                n_strings);
void     intern_sysprof_count     (InternPool            *pool,
                                   const InternPoolStats *stats);

#else

# define intern_sysprof_is_active() FALSE
# define intern_sysprof_begin() 0
# define intern_sysprof_mark(begun, name, done, n_strings) ((void) (begun), (void) (n_strings))
# define intern_sysprof_count(pool, stats) ((void) 0)

#endif
