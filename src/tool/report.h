/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The figures of "intern-pool stat", for people and for programs. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *string; /* (unowned) of the pool */
  gsize       length;
  guint64     count;
  guint64     bytes_saved;
} RepeatedString;

/* Each figure is documented in the man page. */
typedef struct
{
  guint64     n_strings;
  guint64     n_distinct;
  guint64     n_hits;
  guint64     n_refused;
  const char *refusal;          /* (unowned) (nullable) why the first one was refused */
  guint64     bytes_requested;
  guint64     bytes_stored;
  guint64     memory_copied;
  guint64     memory_interned;
  double      seconds;
  GArray     *top;              /* (unowned) (element-type RepeatedString) most repeated first */
} Report;

void report_append_table (const Report *self,
                          GString      *text,
                          gboolean      colour);
void report_append_json  (const Report *self,
                          GString      *text);

G_END_DECLS
