/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same strings by g_strdup() and in a pool: planted-glib copies|pool N. Prints how much of the heap they take.
 * planted-glib interners N asks GLib's own for them. */

#include <malloc.h>
#include <stdlib.h>

#include <intern-glib.h>

#define N_DISTINCT 1000

void ask_interners (int n);

int
main (int    argc,
      char **argv)
{
  const gboolean interned = g_str_equal (argv[1], "pool");
  const guint n = (guint) atoi (argv[2]);
  const char **strings = g_new0 (const char *, n);
  const struct mallinfo2 before = mallinfo2 ();
  struct mallinfo2 after;
  InternPool *pool = interned ? intern_pool_new () : NULL;

  if (g_str_equal (argv[1], "interners"))
    ask_interners ((int) n);
  for (guint i = 0; i < n; i++)
    {
      char text[64];

      g_snprintf (text, sizeof text, "the planted string number %u", i % N_DISTINCT);
      strings[i] = interned ? intern_pool_intern (pool, text) : g_strdup (text);
    }
  after = mallinfo2 ();
  g_print ("%zu\n", after.uordblks + after.hblkhd - before.uordblks - before.hblkhd);

  return 0;
}
