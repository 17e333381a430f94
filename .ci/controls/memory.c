/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Faults that a checker of memory must see. CONTROL names the one to commit. */

#include <limits.h>

#include <glib.h>

/* Volatile, so that no compiler sees through what is done here. */
static volatile int sink;

static void
overflow (void)
{
  char *block = g_malloc (8);

  sink = ((volatile char *) block)[8];
  g_free (block);
}

static void
use_after_free (void)
{
  /* By g_slice: seen only with G_SLICE=always-malloc. */
  volatile char *block = g_slice_alloc (8);

  g_slice_free1 (8, (gpointer) block);
  sink = block[0];
}

static void
leak (void)
{
  char *volatile block = g_malloc (8);

  block[0] = 'x';
  block = NULL;
}

static void
undefined (void)
{
  sink = INT_MAX;
  sink = sink + 1;
}

int
main (void)
{
  const struct
  {
    const char *name;
    void      (*commit) (void);
  } faults[] = {
    { "overflow", overflow },
    { "use-after-free", use_after_free },
    { "leak", leak },
    { "undefined", undefined },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    if (g_str_equal (faults[i].name, CONTROL))
      faults[i].commit ();

  return 0;
}
