/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The strings of songs on a pool, which keeps the two keys beside each string. */

#pragma once

#include <intern-glib.h>

#include "fold.h"

typedef const char SongString;

enum
{
  FOLDED,
  SORT_KEY,
  N_DATA,
};

static InternPool *strings; /* (owned) */

static inline void
song_strings_init (void)
{
  strings = g_object_new (INTERN_TYPE_POOL, "n-data", N_DATA, "emit-added", FALSE, NULL);
  intern_pool_set_data_destroy (strings, FOLDED, g_free);
  intern_pool_set_data_destroy (strings, SORT_KEY, g_free);
}

static inline SongString *
song_string_new (const char *text)
{
  return intern_pool_acquire (strings, text);
}

static inline void
song_string_unref (SongString *string)
{
  intern_pool_release (strings, string);
}

static inline const char *
song_string_get_text (SongString *string)
{
  return string;
}

static gpointer
make_folded (InternPool *pool,
             const char *string,
             gpointer    user_data)
{
  return song_fold (string);
}

static gpointer
make_sort_key (InternPool *pool,
               const char *string,
               gpointer    user_data)
{
  return song_sort_key (string);
}

static G_NO_INLINE const char *
song_string_get_folded (SongString *string)
{
  const char *folded = intern_pool_get_data (strings, string, FOLDED);

  return folded != NULL ? folded : intern_pool_ensure_data (strings, string, FOLDED, make_folded, NULL);
}

static G_NO_INLINE const char *
song_string_get_sort_key (SongString *string)
{
  const char *sort_key = intern_pool_get_data (strings, string, SORT_KEY);

  return sort_key != NULL ? sort_key : intern_pool_ensure_data (strings, string, SORT_KEY, make_sort_key, NULL);
}

static inline guint
song_strings_count (void)
{
  return intern_pool_get_n_strings (strings);
}

static inline void
song_strings_trim (void)
{
  intern_pool_trim (strings);
}
