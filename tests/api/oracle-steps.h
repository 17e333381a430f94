/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* How many random steps a test takes: @quick of them, or with -m slow ten million, or INTERN_ORACLE_STEPS. */
static inline guint
count_steps (guint quick)
{
  const char *wanted = g_getenv ("INTERN_ORACLE_STEPS");

  if (!g_test_slow ())
    return quick;

  return wanted == NULL ? 10000000 : (guint) g_ascii_strtoull (wanted, NULL, 10);
}
