/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Static probes for bpftrace, perf, SystemTap and gdb, with the build option usdt: a probe is one instruction that does
 * nothing, and a note of where its arguments are. No probe is on the path of a hit. Without the option they compile to
 * nothing.
 *
 *   intern_glib:add    store, address of the string, its length
 *   intern_glib:clear  store before, store after
 *   intern_glib:grow   read cache, buckets before, buckets after
 *   intern_glib:split  store, strings that move
 */

#pragma once

#ifdef HAVE_USDT
# include <sys/sdt.h>
# define INTERN_PROBE2(name, a, b) DTRACE_PROBE2 (intern_glib, name, a, b)
# define INTERN_PROBE3(name, a, b, c) DTRACE_PROBE3 (intern_glib, name, a, b, c)
#else
# define INTERN_PROBE2(name, a, b) ((void) 0)
# define INTERN_PROBE3(name, a, b, c) ((void) 0)
#endif
