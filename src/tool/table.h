/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A table of which one column is wanted, or every one.
 *
 * One column has a value for each record, or is told to miss it, so that values and records agree. Where records do not
 * agree with each other, or a quote is left open, that is told.
 */

#pragma once

#include <glib.h>

typedef struct
{
  gboolean    csv;
  char        delimiter;
  gboolean    header;         /* the first record names the columns */
  guint64     column;         /* from 1, or 0: every one, or the one of @name */
  const char *name;           /* (nullable) bytes */
  const char *null;           /* (nullable) bytes that stand for a missing value */
  gboolean    refuse_missing;
  gboolean    strict;         /* the first fault is an error */
} TableFormat;

/* What has been found in the inputs so far */
typedef struct
{
  guint64    column;    /* from 1: of the value that is given, and of the one column that is wanted */
  guint64    n_columns; /* of the longest record, also if that is a header */
  guint64    n_records; /* without headers */
  guint64    n_missing; /* values of the one column that is wanted */
  guint64    n_faults;  /* of tables, which have been told */
  gboolean   cut;       /* the last line has no newline */
  GPtrArray *names;     /* (owned) (nullable) (element-type utf8) of a header */
} Reading;

/* @data is valid during the call only. It is NULL for a missing value of the one column that is wanted; other missing
 * values are not told. */
typedef void (*ValueFunc) (const char *data,
                           gsize       length,
                           gpointer    user_data);

/* Takes @message. After an error nothing that comes is good. */
typedef void (*FaultFunc) (char       *message,
                           gboolean    is_error,
                           gpointer    user_data);

typedef struct _Table Table;

Table * table_new     (const TableFormat *format,
                       Reading           *reading,
                       ValueFunc          value,
                       FaultFunc          fault,
                       gpointer           user_data) G_GNUC_WARN_UNUSED_RESULT;
void    table_push    (Table             *self,
                       const char        *data,
                       gsize              length);
void    table_finish  (Table             *self);
void    table_free    (Table             *self);

void    reading_clear (Reading           *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Table, table_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)
