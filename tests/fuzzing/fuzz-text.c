/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is a format, the size of a piece, and a text. The target cuts the text into strings, or reads it as a
 * table, at once and in pieces, and both must give the same: the strings, what is told, and the counts. Fields that
 * are written again as CSV must be read as the same. */

#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "fields.h"
#include "splitter.h"
#include "table.h"
#include "text.h"

#define N_OPTIONS 4

typedef struct
{
  gboolean    is_table;
  SplitMode   mode;
  TableFormat table;
  gsize       piece;
} Format;

/* What comes out, as one text: what is said of each string, of its length and of its bytes. */
static void
tell (GString    *result,
      const char *word,
      const char *data,
      gsize       length)
{
  g_string_append_printf (result, "%s %" G_GSIZE_FORMAT " ", word, length);
  g_string_append_len (result, data, (gssize) length);
  g_string_append_c (result, '\n');
}

static void
string_cb (const char *data,
           gsize       length,
           gpointer    user_data)
{
  if (data == NULL)
    tell (user_data, "missing", "", 0);
  else
    tell (user_data, "string", data, length);
}

static void
fault_cb (char     *message,
          gboolean  is_error,
          gpointer  user_data)
{
  tell (user_data, is_error ? "error" : "fault", message, strlen (message));
  g_free (message);
}

/* Three bytes, before the text. */
static Format
take_format (const uint8_t *data)
{
  static const char *const nulls[N_OPTIONS] = { NULL, "", "NA", "\xff" };
  static const char *const names[N_OPTIONS] = { NULL, NULL, "a", "" };
  static const char delimiters[N_OPTIONS] = { ',', '\t', ';', 'a' };
  const guint flags = data[1];
  Format format = { .piece = 1 + data[2] % 16 };

  format.is_table = data[0] % 4 != 0;
  format.mode = data[0] / 4 % 3;
  format.table.csv = data[0] % 2 != 0;
  format.table.delimiter = format.table.csv ? ',' : delimiters[data[0] / 4 % N_OPTIONS];
  format.table.column = data[0] / 16 % 4;
  format.table.null = nulls[flags % N_OPTIONS];
  format.table.header = (flags & 0x10) != 0;
  format.table.strict = (flags & 0x20) != 0;
  format.table.refuse_missing = (flags & 0x40) != 0;
  /* As the options of the tool: a column has a name only in a header. */
  if (format.table.header && format.table.column == 0)
    format.table.name = names[flags / N_OPTIONS % N_OPTIONS];

  return format;
}

/* Each piece is memory of its own, so that a sanitizer sees a read past its end. */
static void
push (gpointer       self,
      void         (*func) (gpointer self, const char *piece, gsize length),
      const uint8_t *data,
      gsize          size,
      gsize          piece)
{
  for (gsize done = 0; done < size;)
    {
      const gsize length = MIN (piece, size - done);
      g_autofree char *copy = g_memdup2 (data + done, length);

      func (self, copy, length);
      done += length;
    }
}

static void
push_table (gpointer    self,
            const char *piece,
            gsize       length)
{
  table_push (self, piece, length);
}

static void
push_splitter (gpointer    self,
               const char *piece,
               gsize       length)
{
  splitter_push (self, piece, length);
}

static void
push_fields (gpointer    self,
             const char *piece,
             gsize       length)
{
  fields_push (self, piece, length);
}

static void
read_table (const Format  *format,
            const uint8_t *data,
            gsize          size,
            gsize          piece,
            GString       *result)
{
  g_auto (Reading) reading = { 0 };
  g_autoptr (Table) table = table_new (&format->table, &reading, string_cb, fault_cb, result);

  push (table, push_table, data, size, piece);
  table_finish (table);
  g_string_append_printf (result, "%" G_GUINT64_FORMAT " columns, %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT
                          " missing%s", reading.n_columns, reading.n_records, reading.n_missing,
                          reading.cut ? ", cut" : "");
  for (guint i = 0; reading.names != NULL && i < reading.names->len; i++)
    {
      const char *name = reading.names->pdata[i];

      tell (result, "name", name != NULL ? name : "", name != NULL ? strlen (name) : 0);
    }
}

static void
split (const Format  *format,
       const uint8_t *data,
       gsize          size,
       gsize          piece,
       GString       *result)
{
  g_autoptr (Splitter) splitter = splitter_new (format->mode, string_cb, result);

  push (splitter, push_splitter, data, size, piece);
  g_string_append (result, splitter_finish (splitter) ? "cut" : "");
}

static GString *
read_text (const Format  *format,
           const uint8_t *data,
           gsize          size,
           gsize          piece)
{
  GString *result = g_string_new (NULL);

  if (format->is_table)
    read_table (format, data, size, piece, result);
  else
    split (format, data, size, piece, result);

  return result;
}

/* CSV, written again */

static void
field_cb (guint64     column,
          const char *data,
          gsize       length,
          gpointer    user_data)
{
  GString *text = user_data;

  if (column > 1)
    g_string_append_c (text, ',');
  text_append_csv (text, data, length);
}

static void
record_cb (guint64  n_fields,
           guint64  line,
           gpointer user_data)
{
  g_assert_true (n_fields > 0 && line > 0);
  g_string_append_c (user_data, '\n');
}

static GString *
rewrite (const char *data,
         gsize       length)
{
  GString *text = g_string_new (NULL);
  g_autoptr (Fields) fields = fields_new (TRUE, ',', field_cb, record_cb, text);

  push_fields (fields, data, length);
  fields_finish (fields);

  return text;
}

static void
check_rewriting (const uint8_t *data,
                 gsize          size)
{
  GString *once = rewrite ((const char *) data, size);
  GString *twice = rewrite (once->str, once->len);

  g_assert_true (g_string_equal (once, twice));
  g_string_free (once, TRUE);
  g_string_free (twice, TRUE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  Format format;
  GString *whole, *pieces;

  if (size < 3)
    return 0;

  format = take_format (data);
  whole = read_text (&format, data + 3, size - 3, size);
  pieces = read_text (&format, data + 3, size - 3, format.piece);
  g_assert_true (g_string_equal (whole, pieces));
  g_string_free (whole, TRUE);
  g_string_free (pieces, TRUE);
  check_rewriting (data + 3, size - 3);

  return 0;
}
