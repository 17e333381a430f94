/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The nodes have atoms, and an array leads from an atom to the offset of its string in the table. */

#pragma once

#include <intern-glib.h>

typedef InternAtom NodeString;

static InternPool *strings; /* (owned) */
static GArray *offsets;     /* (owned) (element-type guint32) by atom: the offset + 1, or 0 */

static inline void
node_strings_init (void)
{
  strings = intern_pool_new ();
  intern_pool_set_emit_added (strings, FALSE);
  offsets = g_array_new (FALSE, TRUE, sizeof (guint32));
}

static inline void
node_strings_free (void)
{
  g_array_unref (offsets);
  g_object_unref (strings);
}

static inline NodeString
node_string_new (const char *text,
                 gssize      length)
{
  return intern_pool_atom_from_string_len (strings, text, length);
}

static inline void
node_string_free (NodeString string)
{
}

static inline gboolean
node_string_is_null (NodeString string)
{
  return string == INTERN_ATOM_NONE;
}

/* Returns the offset of @string in @table, and appends it if it is not there. */
static guint32
node_string_offset (NodeString  string,
                    GString    *table)
{
  guint32 *offset;

  if (string >= offsets->len)
    g_array_set_size (offsets, MAX (string + 1, intern_pool_get_n_strings (strings) + 1));
  offset = &g_array_index (offsets, guint32, string);
  if (*offset == 0)
    {
      const char *text = intern_pool_atom_to_string (strings, string);

      *offset = (guint32) table->len + 1;
      g_string_append_len (table, text, (gssize) intern_pool_get_length (strings, text) + 1);
    }

  return *offset - 1;
}
