/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "report.h"

#include <string.h>

#include "terminal.h"
#include "text.h"

#define LABEL_COLUMNS 18
#define NUMBER_COLUMNS 14
#define STRING_COLUMNS 48 /* with the rest of its row less than 80 */

#define BOLD "1"
#define FAINT "2"
#define RED "31"
#define GREEN "32"

static double
ratio (double part,
       double whole)
{
  return whole > 0 ? part / whole : 0;
}

static gint64
get_bytes_saved (const Report *self)
{
  return (gint64) self->memory_copied - (gint64) self->memory_interned;
}

/* For people */

typedef struct
{
  GString  *text;
  gboolean  colour;
} Table;

/* Formats so that nothing but the bytes of the style is added: columns stay as they are. */
static void G_GNUC_PRINTF (3, 4)
add (const Table *table,
     const char  *style,
     const char  *format,
     ...)
{
  const gboolean styled = table->colour && style != NULL;
  va_list args;

  if (styled)
    g_string_append_printf (table->text, "\033[%sm", style);
  va_start (args, format);
  g_string_append_vprintf (table->text, format, args);
  va_end (args);
  if (styled)
    g_string_append (table->text, "\033[0m");
}

static void
add_row (const Table *table,
         const char  *label,
         const char  *style,
         const char  *number,
         const char  *unit)
{
  add (table, NULL, "%-*s", LABEL_COLUMNS, label);
  add (table, style, "%*s", NUMBER_COLUMNS, number);
  if (*unit != '\0')
    add (table, FAINT, " %s", unit);
  add (table, NULL, "\n");
}

/* Not the grouping of the locale, which may well be none. */
static char *
group_digits (guint64 number)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, number);
  for (gssize i = (gssize) text->len - 3; i > 0; i -= 3)
    g_string_insert_c (text, i, ',');

  return g_string_free (text, FALSE);
}

static void
add_count (const Table *table,
           const char  *label,
           guint64      count,
           const char  *unit)
{
  g_autofree char *number = group_digits (count);

  add_row (table, label, BOLD, number, unit);
}

static char *
format_size (guint64 bytes)
{
  g_autofree char *size = g_format_size (bytes);
  GString *text = g_string_new (size);

  /* It does not let a line break there, which is of no use here and no ASCII. */
  g_string_replace (text, "\302\240", " ", 0);

  return g_string_free (text, FALSE);
}

/* Cuts "12.3 kB" in two. */
static const char *
cut_unit (char *size)
{
  char *space = strchr (size, ' ');

  if (space == NULL)
    return "";

  *space = '\0';

  return space + 1;
}

static void
add_size (const Table *table,
          const char  *label,
          guint64      bytes)
{
  g_autofree char *size = format_size (bytes);
  const char *unit = cut_unit (size);

  add_row (table, label, BOLD, size, unit);
}

static void
add_saving (const Table  *table,
            const Report *report)
{
  const gint64 saved = get_bytes_saved (report);
  const double share = ratio ((double) saved, (double) report->memory_copied);
  g_autofree char *size = format_size ((guint64) ABS (saved));
  g_autofree char *number = NULL, *note = NULL;
  const char *unit = cut_unit (size);

  number = g_strconcat (saved < 0 ? "-" : "", size, NULL);
  note = saved < 0 ? g_strdup_printf ("%s  interning costs more than copies here", unit)
                   : g_strdup_printf ("%s  %.1f %% less memory", unit, 100 * share);
  add_row (table, "Net saving", saved < 0 ? RED : GREEN, number, note);
}

static void
add_repeated (const Table          *table,
              const RepeatedString *repeated)
{
  g_autofree char *count = group_digits (repeated->count);
  g_autofree char *saved = format_size (repeated->bytes_saved);

  add (table, NULL, "%12s %12s  ", count, saved);
  terminal_append_quoted (table->text, repeated->string, repeated->length, STRING_COLUMNS);
  add (table, NULL, "\n");
}

static void
add_top (const Table *table,
         GArray      *top)
{
  add (table, NULL, "\n");
  add (table, BOLD, "%12s %12s  %s", "Count", "Saved", "Most repeated");
  add (table, NULL, "\n");
  for (guint i = 0; i < top->len; i++)
    add_repeated (table, &g_array_index (top, RepeatedString, i));
}

static void
add_hit_ratio (const Table  *table,
               const Report *report)
{
  char number[32];

  g_snprintf (number, sizeof number, "%.1f", 100 * ratio ((double) report->n_hits, (double) report->n_strings));
  add_row (table, "Hit ratio", BOLD, number, "%");
}

static void
add_speed (const Table  *table,
           const Report *report)
{
  char number[32];

  g_snprintf (number, sizeof number, "%.3f", report->seconds);
  add_row (table, "Time", BOLD, number, "s");
  add_count (table, "Speed", (guint64) ratio ((double) report->n_strings, report->seconds), "strings/s");
}

void
report_append_table (const Report *self,
                     GString      *text,
                     gboolean      colour)
{
  const Table table = { text, colour };

  add_count (&table, "Strings", self->n_strings, "");
  add_count (&table, "Distinct", self->n_distinct, "");
  add_hit_ratio (&table, self);
  if (self->n_refused > 0)
    add_count (&table, "Refused", self->n_refused, self->refusal);
  add_size (&table, "Bytes asked for", self->bytes_requested);
  add_size (&table, "Bytes stored", self->bytes_stored);
  add_size (&table, "Memory as copies", self->memory_copied);
  add_size (&table, "Memory interned", self->memory_interned);
  add_saving (&table, self);
  add_speed (&table, self);
  if (self->top->len > 0)
    add_top (&table, self->top);
}

/* For programs */

static void
append_json_string (GString    *text,
                    const char *data,
                    gsize       length)
{
  g_string_append_c (text, '"');
  for (gsize i = 0; i < length; i++)
    {
      const guchar c = (guchar) data[i];

      if (c == '"' || c == '\\')
        g_string_append_printf (text, "\\%c", c);
      else if (c < 0x20 || c == 0x7f)
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_c (text, (char) c);
    }
  g_string_append_c (text, '"');
}

static void
append_json_base64 (GString    *text,
                    const char *data,
                    gsize       length)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) data, length);

  g_string_append_printf (text, "\"%s\"", base64);
}

static void
append_json_repeated (GString              *text,
                      const RepeatedString *repeated)
{
  const gboolean is_text = text_is_utf8 (repeated->string, repeated->length);

  g_string_append_printf (text, "{ \"%s\": ", is_text ? "string" : "base64");
  if (is_text)
    append_json_string (text, repeated->string, repeated->length);
  else
    append_json_base64 (text, repeated->string, repeated->length);
  g_string_append_printf (text, ", \"count\": %" G_GUINT64_FORMAT ", \"bytes_saved\": %" G_GUINT64_FORMAT " }",
                          repeated->count, repeated->bytes_saved);
}

static void
append_json_integer (GString    *text,
                     const char *name,
                     gint64      value)
{
  g_string_append_printf (text, "  \"%s\": %" G_GINT64_FORMAT ",\n", name, value);
}

/* All digits, and a point whatever the locale. It is never infinite. */
static void
append_json_double (GString    *text,
                    const char *name,
                    double      value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (number, sizeof number, value);
  g_string_append_printf (text, "  \"%s\": %s,\n", name, number);
}

static void
append_json_top (GString *text,
                 GArray  *top)
{
  g_string_append (text, "  \"top\": [");
  for (guint i = 0; i < top->len; i++)
    {
      g_string_append (text, i == 0 ? "\n    " : ",\n    ");
      append_json_repeated (text, &g_array_index (top, RepeatedString, i));
    }
  g_string_append (text, top->len > 0 ? "\n  ]\n" : "]\n");
}

void
report_append_json (const Report *self,
                    GString      *text)
{
  g_string_append (text, "{\n");
  append_json_integer (text, "strings", (gint64) self->n_strings);
  append_json_integer (text, "distinct", (gint64) self->n_distinct);
  append_json_integer (text, "refused", (gint64) self->n_refused);
  append_json_double (text, "hit_ratio", ratio ((double) self->n_hits, (double) self->n_strings));
  append_json_integer (text, "bytes_requested", (gint64) self->bytes_requested);
  append_json_integer (text, "bytes_stored", (gint64) self->bytes_stored);
  append_json_integer (text, "memory_copied", (gint64) self->memory_copied);
  append_json_integer (text, "memory_interned", (gint64) self->memory_interned);
  append_json_integer (text, "bytes_saved", get_bytes_saved (self));
  append_json_double (text, "seconds", self->seconds);
  append_json_double (text, "strings_per_second", ratio ((double) self->n_strings, self->seconds));
  append_json_top (text, self->top);
  g_string_append (text, "}\n");
}
