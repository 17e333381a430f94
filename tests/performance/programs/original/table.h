/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model of the builder of libxmlb, written from its description: nodes have copies of their strings,
 * and a GHashTable of further copies leads from a string to its offset in the table. */

#pragma once

#include <string.h>

#include <glib.h>

typedef char *NodeString; /* (owned) */

static GHashTable *offsets; /* (owned) (element-type utf8 guint) */

static inline void
node_strings_init (void)
{
  offsets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static inline void
node_strings_free (void)
{
  g_hash_table_unref (offsets);
}

static inline NodeString
node_string_new (const char *text,
                 gssize      length)
{
  return length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
}

static inline void
node_string_free (NodeString string)
{
  g_free (string);
}

static inline gboolean
node_string_is_null (NodeString string)
{
  return string == NULL;
}

/* Returns the offset of @string in @table, and appends it if it is not there. */
static guint32
node_string_offset (NodeString  string,
                    GString    *table)
{
  gpointer found;
  guint32 offset;

  if (g_hash_table_lookup_extended (offsets, string, NULL, &found))
    return GPOINTER_TO_UINT (found);

  offset = (guint32) table->len;
  g_string_append_len (table, string, (gssize) strlen (string) + 1);
  g_hash_table_insert (offsets, g_strdup (string), GUINT_TO_POINTER (offset));

  return offset;
}
