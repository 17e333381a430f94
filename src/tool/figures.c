/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "figures.h"

#include <string.h>
#include <unistd.h>

#include "terminal.h"
#include "text.h"

#define LABEL_COLUMNS 18
#define NUMBER_COLUMNS 14
#define TOP_COLUMNS 30    /* of a row of the most repeated strings, without the string */
#define STRING_COLUMNS 48 /* together less than 80, if the terminal has no other width */

#define BOLD "1"
#define FAINT "2"
#define RED "31"
#define GREEN "32"

/* Returns 0 if @whole is 0. */
double
figures_divide (double part,
                double whole)
{
  return whole > 0 ? part / whole : 0;
}

/* For people */

/* Adds nothing but the bytes of the style to @string: columns stay as they are. */
static void
append_styled (GString    *text,
               const char *style,
               const char *string,
               gboolean    colour)
{
  if (colour && *string != '\0')
    g_string_append_printf (text, "\033[%sm%s\033[0m", style, string);
  else
    g_string_append (text, string);
}

/* Not the grouping of the locale, which may have none. */
static char *
group_digits (guint64 number)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, number);
  for (gssize i = (gssize) text->len - 3; i > 0; i -= 3)
    g_string_insert_c (text, i, ',');

  return g_string_free (text, FALSE);
}

static char *
format_size (double bytes)
{
  g_autofree char *size = g_format_size ((guint64) ABS (bytes));
  GString *text = g_string_new (bytes < 0 ? "-" : "");

  g_string_append (text, size);
  /* GLib writes a space that does not break, which is not ASCII. */
  g_string_replace (text, "\302\240", " ", 0);

  return g_string_free (text, FALSE);
}

/* Returns the number, and after a space its unit if it has one. */
static char *
format_value (const Figure *figure)
{
  switch (figure->kind)
    {
    case FIGURE_SIZE:
    case FIGURE_SAVING:
      return format_size (figure->value);

    case FIGURE_PERCENT:
      return g_strdup_printf ("%.1f %%", 100 * figure->value);

    case FIGURE_SECONDS:
      return g_strdup_printf ("%.3f s", figure->value);

    case FIGURE_RATIO:
      return g_strdup_printf ("%.2f", figure->value);

    case FIGURE_COUNT:
    case FIGURE_ANY:
    default:
      return group_digits ((guint64) figure->value);
    }
}

static void
append_figure (GString      *text,
               const Figure *figure,
               gboolean      colour)
{
  g_autofree char *value = format_value (figure);
  char *space = strchr (value, ' ');
  g_autofree char *number = NULL, *rest = NULL;
  const char *unit = space != NULL ? space : "";
  const char *style = figure->kind != FIGURE_SAVING ? BOLD : figure->value < 0 ? RED : GREEN;

  number = g_strdup_printf ("%*.*s", NUMBER_COLUMNS, (int) (strlen (value) - strlen (unit)), value);
  rest = g_strconcat (unit, figure->note != NULL ? *unit != '\0' ? "  " : " " : "", figure->note, NULL);
  g_string_append_printf (text, "%-*s", LABEL_COLUMNS, figure->label);
  append_styled (text, style, number, colour);
  append_styled (text, FAINT, rest, colour);
  g_string_append_c (text, '\n');
}

static void
append_top (GString  *text,
            GArray   *top,
            gboolean  colour)
{
  const guint width = terminal_get_width (STDOUT_FILENO);
  const guint max_columns = MAX (STRING_COLUMNS, width > TOP_COLUMNS ? width - TOP_COLUMNS : 0);
  g_autofree char *head = g_strdup_printf ("%12s %12s  %s", "Count", "Saved", "Most repeated");

  g_string_append_c (text, '\n');
  append_styled (text, BOLD, head, colour);
  g_string_append_c (text, '\n');
  for (guint i = 0; i < top->len; i++)
    {
      const RepeatedString *repeated = &g_array_index (top, RepeatedString, i);
      g_autofree char *count = group_digits (repeated->count);
      g_autofree char *saved = format_size ((double) repeated->bytes_saved);

      g_string_append_printf (text, "%12s %12s  ", count, saved);
      terminal_append_quoted (text, repeated->string, repeated->length, max_columns);
      g_string_append_c (text, '\n');
    }
}

static void
append_table (GString      *text,
              const Figure *figures,
              gsize         n_figures,
              GArray       *top,
              gboolean      colour)
{
  for (gsize i = 0; i < n_figures; i++)
    if (figures[i].kind != FIGURE_ANY || figures[i].value > 0)
      append_figure (text, &figures[i], colour);
  if (top != NULL && top->len > 0)
    append_top (text, top, colour);
}

/* For programs */

static void
append_json_string (GString    *text,
                    const char *data,
                    gsize       length)
{
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
}

/* All digits, of whole numbers too. The tool does not set the locale of numbers, so they have a point. None of them is
 * infinite. */
static void
append_json_figure (GString      *text,
                    const Figure *figure)
{
  g_string_append_printf (text, "\"%s\": ", figure->name);
  g_string_append_printf (text, figure->kind == FIGURE_RATIO ? "%.2f" : "%.17g", figure->value);
}

static void
append_json_repeated (GString              *text,
                      const RepeatedString *repeated)
{
  if (text_is_utf8 (repeated->string, repeated->length))
    {
      g_string_append (text, "{ \"string\": \"");
      append_json_string (text, repeated->string, repeated->length);
    }
  else
    {
      g_autofree char *base64 = g_base64_encode ((const guchar *) repeated->string, repeated->length);

      g_string_append_printf (text, "{ \"base64\": \"%s", base64);
    }
  g_string_append_printf (text, "\", \"count\": %" G_GUINT64_FORMAT ", \"bytes_saved\": %" G_GUINT64_FORMAT " }",
                          repeated->count, repeated->bytes_saved);
}

static void
append_json_top (GString *text,
                 GArray  *top)
{
  g_string_append (text, ",\n  \"top\": [");
  for (guint i = 0; i < top->len; i++)
    {
      g_string_append (text, i == 0 ? "\n    " : ",\n    ");
      append_json_repeated (text, &g_array_index (top, RepeatedString, i));
    }
  g_string_append (text, top->len > 0 ? "\n  ]" : "]");
}

static void
append_json (GString      *text,
             const Figure *figures,
             gsize         n_figures,
             GArray       *top)
{
  for (gsize i = 0; i < n_figures; i++)
    {
      g_string_append (text, i == 0 ? "{\n  " : ",\n  ");
      append_json_figure (text, &figures[i]);
    }
  if (top != NULL)
    append_json_top (text, top);
  g_string_append (text, "\n}\n");
}

void
figures_append (GString      *text,
                const Figure *figures,
                gsize         n_figures,
                gboolean      json,
                gboolean      colour)
{
  if (!json)
    append_table (text, figures, n_figures, NULL, colour);
  for (gsize i = 0; i < n_figures && json; i++)
    {
      g_string_append (text, i == 0 ? "" : ", ");
      append_json_figure (text, &figures[i]);
    }
}

/* A string in JSON: bytes that are no UTF-8 become base64, in an object. */
void
figures_append_json_string (GString    *text,
                            const char *data,
                            gsize       length)
{
  g_autofree char *base64 = NULL;

  if (text_is_utf8 (data, length))
    {
      g_string_append_c (text, '"');
      append_json_string (text, data, length);
      g_string_append_c (text, '"');
      return;
    }

  base64 = g_base64_encode ((const guchar *) data, length);
  g_string_append_printf (text, "{ \"base64\": \"%s\" }", base64);
}

void
figures_append_heading (GString    *text,
                        const char *heading,
                        gboolean    colour)
{
  g_string_append_c (text, '\n');
  append_styled (text, BOLD, heading, colour);
  g_string_append_c (text, '\n');
}

char *
figures_dup_value (FigureKind kind,
                   double     value)
{
  const Figure figure = { kind, NULL, NULL, value, NULL };

  return format_value (&figure);
}

/* Writes all of the output of a command. */
Status
figures_write (const Figure *figures,
               gsize         n_figures,
               GArray       *top,
               gboolean      json,
               gboolean      colour)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (json)
    append_json (text, figures, n_figures, top);
  else
    append_table (text, figures, n_figures, top, colour);

  return write_text (text->str, text->len);
}

/* Many rows */

#define COUNT_COLUMNS 11
#define PERCENT_COLUMNS 8
#define SIZE_COLUMNS 10
#define ADVICE_COLUMNS 13
#define NAME_COLUMNS 12 /* at least */

struct _FigureTable
{
  GString  *text;   /* (owned) */
  gboolean  json;
  gboolean  colour;
  guint     n_rows;
};

static int
get_columns (const Figure *figure)
{
  return figure->kind == FIGURE_PERCENT ? PERCENT_COLUMNS
         : figure->kind == FIGURE_SIZE ? SIZE_COLUMNS
         : COUNT_COLUMNS;
}

FigureTable *
figure_table_new (const Figure *head,
                  gboolean      json,
                  gboolean      colour)
{
  FigureTable *self = g_new0 (FigureTable, 1);

  self->text = g_string_new (json ? "{\n  " : NULL);
  self->json = json;
  self->colour = colour;
  if (json)
    {
      append_json_figure (self->text, head);
      g_string_append (self->text, ",\n  \"columns\": [");
    }
  else
    append_figure (self->text, head, colour);

  return self;
}

static void
append_json_row (FigureTable  *self,
                 const Figure *figures,
                 gsize         n_figures,
                 const char   *advice,
                 const char   *name)
{
  GString *text = self->text;

  g_string_append_printf (text, "%s\n    { \"column\": %u, \"name\": ", self->n_rows > 1 ? "," : "", self->n_rows);
  g_string_append (text, name != NULL ? "\"" : "null");
  if (name != NULL)
    append_json_string (text, name, strlen (name));
  g_string_append (text, name != NULL ? "\", " : ", ");
  for (gsize i = 0; i < n_figures; i++)
    {
      append_json_figure (text, &figures[i]);
      g_string_append (text, ", ");
    }
  g_string_append_printf (text, "\"advice\": \"%s\" }", advice);
}

static void
append_heading (FigureTable  *self,
                const Figure *figures,
                gsize         n_figures)
{
  g_autoptr (GString) heading = g_string_new (NULL);

  for (gsize i = 0; i < n_figures; i++)
    g_string_append_printf (heading, "%*s", get_columns (&figures[i]), figures[i].label);
  g_string_append_printf (heading, "  %-*s%s", ADVICE_COLUMNS, "Advice", "Column");
  g_string_append_c (self->text, '\n');
  append_styled (self->text, BOLD, heading->str, self->colour);
  g_string_append_c (self->text, '\n');
}

static void
append_row (FigureTable  *self,
            const Figure *figures,
            gsize         n_figures,
            const char   *advice,
            const char   *name)
{
  const gsize start = self->text->len;
  guint width = terminal_get_width (STDOUT_FILENO), used;

  for (gsize i = 0; i < n_figures; i++)
    {
      g_autofree char *value = format_value (&figures[i]);

      g_string_append_printf (self->text, "%*s", get_columns (&figures[i]), value);
    }
  g_string_append_printf (self->text, "  %-*s", ADVICE_COLUMNS, advice);
  used = (guint) (self->text->len - start) + 2;
  width = width == 0 ? STRING_COLUMNS : MAX (NAME_COLUMNS, width > used ? width - used : 0);
  if (name != NULL)
    terminal_append_quoted (self->text, name, strlen (name), width);
  else
    g_string_append_printf (self->text, "%u", self->n_rows);
  g_string_append_c (self->text, '\n');
}

void
figure_table_add (FigureTable  *self,
                  const Figure *figures,
                  gsize         n_figures,
                  const char   *advice,
                  const char   *name)
{
  self->n_rows++;
  if (self->n_rows == 1 && !self->json)
    append_heading (self, figures, n_figures);
  if (self->json)
    append_json_row (self, figures, n_figures, advice, name);
  else
    append_row (self, figures, n_figures, advice, name);
}

/* Writes all of the output of a command. */
Status
figure_table_write (FigureTable *self)
{
  if (self->json)
    g_string_append (self->text, self->n_rows > 0 ? "\n  ]\n}\n" : "]\n}\n");

  return write_text (self->text->str, self->text->len);
}

void
figure_table_free (FigureTable *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}
