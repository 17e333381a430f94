/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cuts a stream of bytes into the fields of a table: of lines with a delimiter, or of CSV.
 *
 * As with a splitter, the fields do not depend on how the input is cut into pieces, and only a field that is not
 * complete is kept. The carriage return of a CRLF is no data. Empty lines of CSV are no records.
 */

#pragma once

#include <glib.h>

/* @column is from 1. @data is valid during the call only. */
typedef void (*FieldFunc)  (guint64     column,
                            const char *data,
                            gsize       length,
                            gpointer    user_data);

/* Is called after the fields of a record. @line is where it begins, from 1. */
typedef void (*RecordFunc) (guint64     n_fields,
                            guint64     line,
                            gpointer    user_data);

typedef struct _Fields Fields;

Fields * fields_new            (gboolean    csv,
                                char        delimiter,
                                FieldFunc   field,
                                RecordFunc  record,
                                gpointer    user_data) G_GNUC_WARN_UNUSED_RESULT;
void     fields_select         (Fields     *self,
                                guint64     column);
void     fields_push           (Fields     *self,
                                const char *data,
                                gsize       length);
guint64  fields_get_open_quote (Fields     *self);
void     fields_finish         (Fields     *self);
void     fields_free           (Fields     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fields, fields_free)
