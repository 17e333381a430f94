/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Faults that a checker of memory must see. CONTROL names the one to commit. */

#include <limits.h>

#include <glib.h>

/* Volatile, so that no compiler sees through what is done here. */
static volatile int sink;

int
main (void)
{
  const char *fault = CONTROL;
  char *volatile block = g_malloc (8);
  /* Seen only with G_SLICE=always-malloc. */
  volatile char *slice = g_slice_alloc (8);

  block[0] = 'x';
  if (g_str_equal (fault, "overflow"))
    sink = ((volatile char *) block)[8];

  g_slice_free1 (8, (gpointer) slice);
  if (g_str_equal (fault, "use-after-free"))
    sink = slice[0];

  sink = g_str_equal (fault, "undefined") ? INT_MAX : 0;
  sink = sink + 1;

  if (!g_str_equal (fault, "leak"))
    g_free (block);
  block = NULL;

  return 0;
}
