/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "figures.h"

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
      terminal_append_quoted (text, repeated->string, repeated->length, STRING_COLUMNS);
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

/* The tool does not set the locale of numbers, so they have a point. None of them is infinite. */
static void
append_json (GString      *text,
             const Figure *figures,
             gsize         n_figures,
             GArray       *top)
{
  for (gsize i = 0; i < n_figures; i++)
    {
      const Figure *figure = &figures[i];

      g_string_append_printf (text, "%s  \"%s\": ", i == 0 ? "{\n" : ",\n", figure->name);
      /* All digits, of whole numbers too. */
      g_string_append_printf (text, figure->kind == FIGURE_RATIO ? "%.2f" : "%.17g", figure->value);
    }
  if (top != NULL)
    append_json_top (text, top);
  g_string_append (text, "\n}\n");
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
