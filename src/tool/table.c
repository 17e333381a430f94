/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "table.h"

#include <string.h>

#include "fields.h"
#include "terminal.h"
#include "text.h"

#define SHOWN_COLUMNS 200 /* of a header in a message */

struct _Table
{
  TableFormat format;
  gsize       null_length;
  Reading    *reading;     /* (unowned) */
  ValueFunc   value;
  FaultFunc   fault;
  gpointer    user_data;

  Fields     *fields;      /* (owned) */
  GPtrArray  *names;       /* (owned) (nullable) the header, as long as it is read */
  guint64     column;      /* the one that is wanted, or 0 */
  guint       n_named;     /* columns that have its name */
  guint64     n_records;   /* with the header */
  guint64     n_expected;  /* fields of the first record */
  guint64     n_most;      /* fields of the longest one */
  gboolean    present;     /* the wanted value of the record has been given */
};

static char *
dup_fields (guint64 count)
{
  return text_dup_count (count, "field");
}

/* The header */

static void
add_name (Table      *self,
          const char *data,
          gsize       length)
{
  const char *name = self->format.name;

  g_ptr_array_add (self->names, g_utf8_make_valid (data, (gssize) length));
  if (name == NULL || strlen (name) != length || memcmp (name, data, length) != 0)
    return;

  self->n_named++;
  self->column = self->names->len;
}

static void
append_header (const Table *self,
               GString     *text)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < self->names->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? "," : "", (const char *) g_ptr_array_index (self->names, i));
  g_string_append (text, ": the header is ");
  terminal_append_quoted (text, names->str, names->len, SHOWN_COLUMNS);
}

/* Returns NULL if the wanted column is in the header, or else why not. */
static char *
explain_header (const Table *self)
{
  const char *name = self->format.name;
  GString *text;

  if (self->column > 0 && self->column <= self->names->len && self->n_named <= 1)
    return NULL;
  if (self->column == 0 && name == NULL)
    return NULL;

  text = g_string_new (NULL);
  if (name == NULL)
    g_string_printf (text, "There is no column %" G_GUINT64_FORMAT, self->column);
  else
    {
      g_string_append (text, self->n_named > 1 ? "Several columns, which --column can name by number, are called "
                                               : "There is no column ");
      terminal_append_quoted (text, name, strlen (name), SHOWN_COLUMNS);
    }
  append_header (self, text);

  return g_string_free (text, FALSE);
}

static gboolean
have_same_names (const GPtrArray *one,
                 const GPtrArray *other)
{
  gboolean same = one->len == other->len;

  for (guint i = 0; same && i < one->len; i++)
    same = g_str_equal (g_ptr_array_index (one, i), g_ptr_array_index (other, i));

  return same;
}

static void
end_header (Table *self)
{
  char *message = explain_header (self);
  GPtrArray *before = g_steal_pointer (&self->reading->names);

  if (message == NULL && before != NULL && self->column == 0 && !have_same_names (self->names, before))
    message = g_strdup ("The header is not the one of the first file: the columns cannot be counted together");
  g_clear_pointer (&before, g_ptr_array_unref);
  if (message != NULL)
    self->fault (message, TRUE, self->user_data);

  self->reading->names = g_steal_pointer (&self->names);
  self->reading->column = self->column;
  fields_select (self->fields, self->column);
}

/* Records */

static gboolean
is_null (const Table *self,
         const char  *data,
         gsize        length)
{
  return self->format.null != NULL && length == self->null_length && memcmp (data, self->format.null, length) == 0;
}

static void
field_cb (guint64     column,
          const char *data,
          gsize       length,
          gpointer    user_data)
{
  Table *self = user_data;

  if (self->names != NULL)
    {
      add_name (self, data, length);
      return;
    }
  if (is_null (self, data, length))
    return;

  self->present = TRUE;
  self->reading->column = column;
  self->value (data, length, self->user_data);
}

static void
give_missing (Table   *self,
              guint64  line)
{
  self->reading->n_missing++;
  if (self->format.refuse_missing)
    self->fault (g_strdup_printf ("The value of column %" G_GUINT64_FORMAT " is missing in line %" G_GUINT64_FORMAT,
                                  self->column, line), TRUE, self->user_data);
  else
    self->value (NULL, 0, self->user_data);
}

static void
tell_ragged (Table   *self,
             guint64  n_fields,
             guint64  line)
{
  g_autofree char *count = dup_fields (n_fields), *expected = dup_fields (self->n_expected);

  self->fault (g_strdup_printf ("The record in line %" G_GUINT64_FORMAT " has %s, and the first one has %s",
                                line, count, expected), self->format.strict, self->user_data);
}

static void
record_cb (guint64  n_fields,
           guint64  line,
           gpointer user_data)
{
  Table *self = user_data;

  self->n_records++;
  self->n_most = MAX (self->n_most, n_fields);
  self->reading->n_columns = MAX (self->reading->n_columns, n_fields);
  if (self->n_records == 1)
    self->n_expected = n_fields;
  if (self->names != NULL)
    {
      end_header (self);
      return;
    }

  self->reading->n_records++;
  if (self->column > 0 && !self->present)
    give_missing (self, line);
  self->present = FALSE;
  /* Lines that are not CSV, as those of a log, need not have the same number of fields. */
  if (self->format.csv && n_fields != self->n_expected)
    tell_ragged (self, n_fields, line);
}

Table *
table_new (const TableFormat *format,
           Reading           *reading,
           ValueFunc          value,
           FaultFunc          fault,
           gpointer           user_data)
{
  Table *self = g_new0 (Table, 1);

  self->format = *format;
  self->null_length = format->null != NULL ? strlen (format->null) : 0;
  self->reading = reading;
  self->value = value;
  self->fault = fault;
  self->user_data = user_data;
  self->column = format->column;
  self->reading->column = format->column;
  self->fields = fields_new (format->csv, format->delimiter, field_cb, record_cb, self);
  if (format->header)
    self->names = g_ptr_array_new_with_free_func (g_free);
  else
    fields_select (self->fields, self->column);

  return self;
}

void
table_push (Table      *self,
            const char *data,
            gsize       length)
{
  fields_push (self->fields, data, length);
}

/* The end of the input, which may have been cut off within a record. */
void
table_finish (Table *self)
{
  const guint64 line = fields_get_open_quote (self->fields);
  g_autofree char *most = NULL;

  if (line > 0)
    self->fault (g_strdup_printf ("The quote in line %" G_GUINT64_FORMAT " is not closed: all that follows is in it",
                                  line), self->format.strict, self->user_data);
  fields_finish (self->fields);
  most = dup_fields (self->n_most);
  if (self->names != NULL)
    self->fault (g_strdup ("There is no header: the table is empty"), TRUE, self->user_data);
  else if (self->n_records > 0 && self->column > self->n_most)
    self->fault (g_strdup_printf ("There is no column %" G_GUINT64_FORMAT ": no record has more than %s",
                                  self->column, most), TRUE, self->user_data);
}

void
table_free (Table *self)
{
  fields_free (self->fields);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_free (self);
}

void
reading_clear (Reading *self)
{
  g_clear_pointer (&self->names, g_ptr_array_unref);
}
