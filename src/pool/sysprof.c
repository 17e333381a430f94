/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/sysprof.h"

#ifdef HAVE_SYSPROF

#include <sysprof-capture.h>
#include <unistd.h>

#define GROUP "Intern-GLib"

/* The counters of a pool: properties, by name. */
static const char * const names[] = { "n-strings", "n-lookups", "n-hits", "memory-usage" };

#define N_COUNTERS G_N_ELEMENTS (names)

/* Every thread, and every library with its own copy of the collector, as GLib and GTK, numbers its counters from the
 * same start, but sysprof tells them apart by their numbers. So the library numbers its counters itself, behind those
 * that others have. A number has 24 bits, which one version of the collector forgets. */
#define FIRST_COUNTER 128
#define COUNTER_BITS 0xffffff

#define COUNTERS_KEY "intern-profile-counters"

/* Whether this process records. A forked child does not: it has the buffer of its parent, which has room for one
 * writer, and another thread may have held the lock of the collector. */
gboolean
intern_sysprof_is_active (void)
{
  static int recorder; /* atomic: the process that was the first to ask */
  const int self = getpid ();
  int expected = 0;

  /* Relaxed: it orders nothing. */
  if (!__atomic_compare_exchange_n (&recorder, &expected, self, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
      expected != self)
    return FALSE;

  return sysprof_collector_is_active ();
}

/* Returns the time at which an operation begins, for intern_sysprof_mark(). */
gint64
intern_sysprof_begin (void)
{
  return SYSPROF_CAPTURE_CURRENT_TIME;
}

/* Records that an operation ends, and whether it was done. */
void
intern_sysprof_mark (gint64      begun,
                     const char *name,
                     gboolean    done,
                     guint64     n_strings)
{
  if (intern_sysprof_is_active ())
    sysprof_collector_mark_printf (begun, SYSPROF_CAPTURE_CURRENT_TIME - begun, GROUP, name,
                                   "%" G_GUINT64_FORMAT " strings%s", n_strings, done ? "" : ", failed");
}

/* Returns the number of the first of N_COUNTERS new ones. */
static guint
define_counters (void)
{
  static gsize start;   /* written once */
  static guint n_pools; /* atomic, relaxed */
  SysprofCaptureCounter counters[N_COUNTERS] = { 0 };
  guint pool, first;

  if (g_once_init_enter (&start))
    g_once_init_leave (&start, (gsize) sysprof_collector_request_counters (1) + FIRST_COUNTER);
  pool = __atomic_fetch_add (&n_pools, 1, __ATOMIC_RELAXED);
  first = (guint) start + pool * (guint) N_COUNTERS;

  for (guint i = 0; i < N_COUNTERS; i++)
    {
      counters[i].id = (first + i) & COUNTER_BITS;
      counters[i].type = SYSPROF_CAPTURE_COUNTER_INT64;
      g_strlcpy (counters[i].category, GROUP, sizeof counters[i].category);
      g_snprintf (counters[i].name, sizeof counters[i].name, "Pool %u: %s", pool + 1, names[i]);
    }
  sysprof_collector_define_counters (counters, N_COUNTERS);

  return first;
}

/* Records @stats of @pool, in the context that emits their changes. */
void
intern_sysprof_count (InternPool            *pool,
                      const InternPoolStats *stats)
{
  const SysprofCaptureCounterValue values[N_COUNTERS] = {
    { .v64 = stats->n_strings },
    { .v64 = (gint64) stats->n_lookups },
    { .v64 = (gint64) stats->n_hits },
    { .v64 = (gint64) stats->memory_usage },
  };
  guint ids[N_COUNTERS];
  guint first;

  if (!intern_sysprof_is_active ())
    return;

  first = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (pool), COUNTERS_KEY));
  if (first == 0)
    {
      first = define_counters ();
      g_object_set_data (G_OBJECT (pool), COUNTERS_KEY, GUINT_TO_POINTER (first));
    }

  for (guint i = 0; i < N_COUNTERS; i++)
    ids[i] = (first + i) & COUNTER_BITS;
  sysprof_collector_set_counters (ids, values, N_COUNTERS);
}

#endif
