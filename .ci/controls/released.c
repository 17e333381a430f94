/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A string that is read after its last release, which a checker of memory must see although the
 * pool keeps the memory; with CONTROL_HELD it is read before. */

#include <intern-glib.h>

/* Volatile, so that no compiler sees through what is done here. */
static volatile int sink;

int
main (void)
{
  InternPool *pool = intern_pool_new ();
  const volatile char *string = intern_pool_acquire (pool, "a string that comes and goes");

#ifdef CONTROL_HELD
  sink = string[10];
#endif
  intern_pool_release (pool, (const char *) string);
#ifndef CONTROL_HELD
  sink = string[10];
#endif
  g_object_unref (pool);

  return 0;
}
