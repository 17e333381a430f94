/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GRefString on a pool, for existing programs: LD_PRELOAD replaces GLib's functions with these. At exit it prints the
 * counts of the pool, which prove that the program has used it. */

#include <stdio.h>

#include <intern-compat.h>

#define EXPORT __attribute__ ((visibility ("default")))

EXPORT char *
g_ref_string_new (const char *string)
{
  return intern_ref_string_new (string);
}

EXPORT char *
g_ref_string_new_len (const char *data,
                      gssize      length)
{
  return intern_ref_string_new_len (data, length);
}

EXPORT char *
g_ref_string_new_intern (const char *string)
{
  return intern_ref_string_new_intern (string);
}

EXPORT char *
g_ref_string_acquire (char *string)
{
  return intern_ref_string_acquire (string);
}

EXPORT void
g_ref_string_release (char *string)
{
  intern_ref_string_release (string);
}

EXPORT gsize
g_ref_string_length (char *string)
{
  return intern_ref_string_length (string);
}

EXPORT gboolean
g_ref_string_equal (const char *string1,
                    const char *string2)
{
  return intern_ref_string_equal (string1, string2);
}

static void __attribute__ ((destructor))
tell (void)
{
  InternPoolStats stats;

  intern_pool_get_stats (INTERN_COMPAT_POOL, &stats);
  printf ("# preloaded: %" G_GUINT64_FORMAT " lookups, %u strings left\n", stats.n_lookups, stats.n_mortal);
}
