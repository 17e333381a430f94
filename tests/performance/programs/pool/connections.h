/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names on a pool: a name is its text. */

#pragma once

#include <string.h>

#include <intern-glib.h>

typedef const char NameString;

static InternPool *names; /* (owned) */

static inline void
names_init (void)
{
  names = intern_pool_new ();
  intern_pool_set_emit_added (names, FALSE);
}

static inline NameString *
name_string_new (const char *text)
{
  return intern_pool_acquire (names, text);
}

static inline NameString *
name_string_ref (NameString *string)
{
  return intern_pool_acquire_interned (names, string);
}

static inline void
name_string_unref (NameString *string)
{
  intern_pool_release (names, string);
}

/* Names have no NULs. */
static inline gboolean
name_string_equal (NameString *string,
                   const char *text)
{
  return strcmp (string, text) == 0;
}

static inline guint
names_count (void)
{
  return intern_pool_get_n_strings (names);
}

static inline void
names_trim (void)
{
  intern_pool_trim (names);
}
