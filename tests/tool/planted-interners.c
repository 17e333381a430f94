/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Asks GLib's own interners for strings: a part of planted-glib, and a plugin of planted. */

#include <glib.h>

#define N_DISTINCT 1000

void ask_interners (int n);

void
ask_interners (int n)
{
  for (int i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("the planted string %03d", i % N_DISTINCT);

      g_intern_string (text);
      text[0] = 'T';
      g_quark_from_string (text);
      g_ref_string_new_intern (text);
    }
}
