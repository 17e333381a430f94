/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model of RBRefString, written from its description: a struct with a reference count, two keys that
 * are made when they are first asked for, and the text, in one GHashTable behind a mutex. */

#pragma once

#include <malloc.h>
#include <string.h>

#include <glib.h>

#include "fold.h"

typedef struct
{
  int   ref_count;
  char *folded;   /* (owned) (nullable) atomic */
  char *sort_key; /* (owned) (nullable) atomic */
  char  text[1];
} SongString;

static GMutex lock;
static GHashTable *strings; /* (owned) (element-type utf8 SongString) guarded by lock */

static void
song_string_free (gpointer data)
{
  SongString *string = data;

  g_free (string->folded);
  g_free (string->sort_key);
  g_free (string);
}

static inline void
song_strings_init (void)
{
  strings = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, song_string_free);
}

static G_NO_INLINE SongString *
song_string_new (const char *text)
{
  SongString *string;

  g_mutex_lock (&lock);
  string = g_hash_table_lookup (strings, text);
  if (string != NULL)
    {
      g_atomic_int_inc (&string->ref_count);
    }
  else
    {
      string = g_malloc (sizeof *string + strlen (text));
      string->ref_count = 1;
      string->folded = NULL;
      string->sort_key = NULL;
      memcpy (string->text, text, strlen (text) + 1);
      g_hash_table_insert (strings, string->text, string);
    }
  g_mutex_unlock (&lock);

  return string;
}

static G_NO_INLINE void
song_string_unref (SongString *string)
{
  if (!g_atomic_int_dec_and_test (&string->ref_count))
    return;

  g_mutex_lock (&lock);
  if (g_atomic_int_get (&string->ref_count) == 0)
    g_hash_table_remove (strings, string->text);
  g_mutex_unlock (&lock);
}

static inline const char *
song_string_get_text (SongString *string)
{
  return string->text;
}

static const char *
need_key (char **key,
          char  *made)
{
  if (!g_atomic_pointer_compare_and_exchange (key, NULL, made))
    g_free (made);

  return g_atomic_pointer_get (key);
}

static G_NO_INLINE const char *
song_string_get_folded (SongString *string)
{
  const char *folded = g_atomic_pointer_get (&string->folded);

  return folded != NULL ? folded : need_key (&string->folded, song_fold (string->text));
}

static G_NO_INLINE const char *
song_string_get_sort_key (SongString *string)
{
  const char *sort_key = g_atomic_pointer_get (&string->sort_key);

  return sort_key != NULL ? sort_key : need_key (&string->sort_key, song_sort_key (string->text));
}

static inline guint
song_strings_count (void)
{
  return g_hash_table_size (strings);
}

/* What a program can do; a pool does it too. */
static inline void
song_strings_trim (void)
{
  malloc_trim (0);
}
