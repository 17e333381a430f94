/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two keys of a string of a song. */

#pragma once

#include <string.h>

#include <glib.h>

/* Lower case, and without accents. */
static inline char *
song_fold (const char *text)
{
  g_autofree char *lower = g_utf8_casefold (text, -1);
  char *folded = g_utf8_normalize (lower, -1, G_NORMALIZE_NFKD);
  char *to = folded;

  for (const char *from = folded; *from != '\0'; from = g_utf8_next_char (from))
    if (!g_unichar_ismark (g_utf8_get_char (from)))
      to += g_unichar_to_utf8 (g_utf8_get_char (from), to);
  *to = '\0';

  return folded;
}

static inline char *
song_sort_key (const char *text)
{
  g_autofree char *lower = g_utf8_casefold (text, -1);

  return g_utf8_collate_key_for_filename (lower, -1);
}
