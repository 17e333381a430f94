/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When a test should end that finds faults only by chance: after a second, or as a slow test after INTERN_SOAK_SECONDS,
 * by default half a minute. */

#pragma once

#include <glib.h>

static inline gint64
soak_end_time (void)
{
  const char *seconds = g_getenv ("INTERN_SOAK_SECONDS");
  const gint64 n_seconds = !g_test_slow () ? 1 : seconds != NULL ? g_ascii_strtoll (seconds, NULL, 10) : 30;

  return g_get_monotonic_time () + n_seconds * G_USEC_PER_SEC;
}
