/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "chart.h"

#include <math.h>

#include <gio/gio.h>
#include <string.h>

#ifdef HAVE_CAIRO
# include <cairo-pdf.h>
# include <cairo-svg.h>
#endif

/* Returns whether there can be a chart of the format that @name ends in. */
gboolean
chart_check_name (const char  *name,
                  GError     **error)
{
#ifdef HAVE_CAIRO
  static const char *const endings[] = { ".svg", ".png", ".pdf" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;

  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "--chart takes a file whose name ends in .svg, .png or .pdf");
#else
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "This intern-pool was built without Cairo, which --chart needs");
#endif

  return FALSE;
}

#ifdef HAVE_CAIRO

#define WIDTH 960.0
#define MARGIN 32.0
#define GAP 40.0 /* between panels */
#define TITLE_HEIGHT 52.0
#define HEAD_HEIGHT 48.0 /* of a panel: its title and its key */
#define PLOT_HEIGHT 190.0
#define FOOT_HEIGHT 44.0 /* below a plot */
#define BAR_HEIGHT 30.0
#define BAR_THICKNESS 16.0
#define PAD 8.0
#define SMALL 12.0
#define LARGE 18.0
#define MAX_TICKS 16
#define N_STEPS 6 /* between ticks, at most */
#define PNG_SCALE 2.0

typedef struct
{
  double red, green, blue;
} Colour;

static const Colour ground = { 0.988, 0.988, 0.984 }, ink = { 0.12, 0.12, 0.12 }, faint = { 0.40, 0.40, 0.38 },
                    rule = { 0.88, 0.88, 0.86 };
static const Colour line_colours[] = { { 0.16, 0.47, 0.84 }, { 0.85, 0.37, 0.13 }, { 0.10, 0.58, 0.42 } };

typedef struct
{
  double x, y, width, height;
} Box;

/* One axis: where its numbers go. */
typedef struct
{
  FigureKind kind;
  gboolean   logarithmic;
  double     low, high;   /* numbers */
  double     start, end;  /* places */
  double     ticks[MAX_TICKS];
  gsize      n_ticks;
} Axis;

/* Text */

static void
set_colour (cairo_t      *cr,
            const Colour *colour)
{
  cairo_set_source_rgb (cr, colour->red, colour->green, colour->blue);
}

static double
text_width (cairo_t    *cr,
            const char *text)
{
  cairo_text_extents_t extents;

  cairo_text_extents (cr, text, &extents);

  return extents.x_advance;
}

/* @align is 0 if @x is where the text begins, 1 if it ends there. */
static void
draw_text (cairo_t      *cr,
           const Colour *colour,
           const char   *text,
           double        x,
           double        y,
           double        align)
{
  set_colour (cr, colour);
  cairo_move_to (cr, x - align * text_width (cr, text), y);
  cairo_show_text (cr, text);
}

/* Returns @text with as much left out in its middle as does not fit. */
static char *
fit_text (cairo_t    *cr,
          const char *text,
          double      width)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  const glong length = g_utf8_strlen (valid, -1);
  char *fitting = g_strdup (valid);

  for (glong kept = length - 1; kept > 1 && text_width (cr, fitting) > width; kept--)
    {
      g_autofree char *start = g_utf8_substring (valid, 0, kept / 2);
      g_autofree char *end = g_utf8_substring (valid, length - (kept - kept / 2), length);

      g_free (fitting);
      fitting = g_strconcat (start, "…", end, NULL);
    }

  return fitting;
}

static void
set_font (cairo_t            *cr,
          double              size,
          cairo_font_weight_t weight)
{
  cairo_select_font_face (cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight);
  cairo_set_font_size (cr, size);
}

static char *
dup_tick (FigureKind kind,
          double     value)
{
  return kind == FIGURE_SECONDS ? g_strdup_printf ("%g s", value) : figures_dup_value (kind, value);
}

/* Axes */

/* Returns the smallest of 1, 2 and 5 with zeros that makes at most N_STEPS of @range. */
static double
find_step (double range)
{
  const double power = pow (10, floor (log10 (range / N_STEPS)));

  for (int i = 1; i < 5; i = 2 * i + i / 2)
    if (i * power * N_STEPS >= range)
      return i * power;

  return 5 * power * N_STEPS >= range ? 5 * power : 10 * power;
}

static void
find_ticks (Axis *self)
{
  const double step = self->logarithmic ? 10 : find_step (self->high - self->low);

  for (double tick = self->low; tick <= self->high * (1 + 1e-9) && self->n_ticks < MAX_TICKS;)
    {
      self->ticks[self->n_ticks++] = tick;
      tick = self->logarithmic ? tick * step : tick + step;
    }
}

static double
place_of (const Axis *self,
          double      value)
{
  const double share = self->logarithmic ? log (value / self->low) / log (self->high / self->low)
                                         : (value - self->low) / (self->high - self->low);

  return self->start + share * (self->end - self->start);
}

static double
tick_width (cairo_t    *cr,
            const Axis *self)
{
  double widest = 0;

  for (gsize i = 0; i < self->n_ticks; i++)
    {
      g_autofree char *label = dup_tick (self->kind, self->ticks[i]);

      widest = MAX (widest, text_width (cr, label));
    }

  return widest;
}

/* Both axes from what all lines have. */
static void
find_axes (const ChartPanel *panel,
           Axis             *x,
           Axis             *y)
{
  const double least = panel->logarithmic ? 1 : 0;

  *x = (Axis) { panel->x_kind, panel->logarithmic, least, least, 0, 0, { 0 }, 0 };
  *y = (Axis) { panel->y_kind, panel->logarithmic, least, least, 0, 0, { 0 }, 0 };
  for (gsize i = 0; i < panel->n_lines; i++)
    for (guint j = 0; j < panel->lines[i].points->len; j++)
      {
        const ChartPoint *point = &g_array_index (panel->lines[i].points, ChartPoint, j);

        x->high = MAX (x->high, point->x);
        y->high = MAX (y->high, point->y);
      }
  if (x->high <= least)
    x->high = least + (panel->logarithmic ? 9 : 1);
  if (y->high <= least)
    y->high = least + (panel->logarithmic ? 9 : 1);
  find_ticks (x);
  find_ticks (y);
}

static void
draw_axes (cairo_t          *cr,
           const ChartPanel *panel,
           const Axis       *x,
           const Axis       *y)
{
  const double room = tick_width (cr, x) + PAD;
  double free_from = -room;

  cairo_set_line_width (cr, 1);
  for (gsize i = 0; i < y->n_ticks; i++)
    {
      const double place = floor (place_of (y, y->ticks[i])) + 0.5;
      g_autofree char *label = dup_tick (y->kind, y->ticks[i]);

      set_colour (cr, i == 0 ? &faint : &rule);
      cairo_move_to (cr, x->start, place);
      cairo_line_to (cr, x->end, place);
      cairo_stroke (cr);
      draw_text (cr, &faint, label, x->start - PAD, place + SMALL / 3, 1);
    }
  for (gsize i = 0; i < x->n_ticks; i++)
    {
      const double place = place_of (x, x->ticks[i]);
      g_autofree char *label = dup_tick (x->kind, x->ticks[i]);

      if (place < free_from)
        continue;
      free_from = place + room;
      draw_text (cr, &faint, label, place, y->start + PAD + SMALL, 0.5);
    }
  draw_text (cr, &faint, panel->x_title, (x->start + x->end) / 2, y->start + 2 * (PAD + SMALL), 0.5);
}

/* Panels */

static void
draw_key (cairo_t          *cr,
          const ChartPanel *panel,
          const Box        *box)
{
  double x = box->x;

  for (gsize i = 0; i < panel->n_lines && panel->lines[i].name != NULL; i++)
    {
      set_colour (cr, &line_colours[i % G_N_ELEMENTS (line_colours)]);
      cairo_rectangle (cr, x, box->y + HEAD_HEIGHT - 18, 14, 4);
      cairo_fill (cr);
      draw_text (cr, &ink, panel->lines[i].name, x + 20, box->y + HEAD_HEIGHT - 12, 0);
      x += 20 + text_width (cr, panel->lines[i].name) + 3 * PAD;
    }
}

static void
draw_line (cairo_t      *cr,
           const GArray *points,
           const Colour *colour,
           const Axis   *x,
           const Axis   *y)
{
  set_colour (cr, colour);
  cairo_set_line_width (cr, 2);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_new_path (cr);
  for (guint i = 0; i < points->len; i++)
    {
      const ChartPoint *point = &g_array_index (points, ChartPoint, i);

      cairo_line_to (cr, place_of (x, point->x), place_of (y, point->y));
    }
  cairo_stroke (cr);
  for (guint i = 0; i < points->len && points->len <= 40; i++)
    {
      const ChartPoint *point = &g_array_index (points, ChartPoint, i);

      cairo_arc (cr, place_of (x, point->x), place_of (y, point->y), 3, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
draw_lines (cairo_t          *cr,
            const ChartPanel *panel,
            const Box        *box)
{
  Axis x, y;

  find_axes (panel, &x, &y);
  x.start = box->x + tick_width (cr, &y) + PAD;
  x.end = box->x + box->width - tick_width (cr, &x) / 2;
  y.start = box->y + HEAD_HEIGHT + PLOT_HEIGHT;
  y.end = box->y + HEAD_HEIGHT;
  draw_axes (cr, panel, &x, &y);
  draw_key (cr, panel, box);
  for (gsize i = 0; i < panel->n_lines; i++)
    {
      /* The last one lets a line be seen that it covers. */
      cairo_set_dash (cr, (const double[]) { 7, 5 }, i > 0 && i + 1 == panel->n_lines ? 2 : 0, 0);
      draw_line (cr, panel->lines[i].points, &line_colours[i % G_N_ELEMENTS (line_colours)], &x, &y);
    }
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_bars (cairo_t          *cr,
           const ChartPanel *panel,
           const Box        *box)
{
  double names = 0, values = 0, largest = 0, room;

  for (gsize i = 0; i < panel->n_bars; i++)
    {
      g_autofree char *value = dup_tick (panel->y_kind, panel->bars[i].value);

      names = MAX (names, text_width (cr, panel->bars[i].name));
      values = MAX (values, text_width (cr, value));
      largest = MAX (largest, panel->bars[i].value);
    }
  names = MIN (names, box->width / 2);
  room = box->width - names - values - 2 * PAD;
  for (gsize i = 0; i < panel->n_bars; i++)
    {
      const double y = box->y + HEAD_HEIGHT + (double) i * BAR_HEIGHT;
      const double length = largest > 0 ? MAX (panel->bars[i].value / largest * room, 1) : 1;
      g_autofree char *name = fit_text (cr, panel->bars[i].name, names);
      g_autofree char *value = dup_tick (panel->y_kind, panel->bars[i].value);

      draw_text (cr, &ink, name, box->x + names, y + BAR_THICKNESS - 4, 1);
      set_colour (cr, &line_colours[0]);
      cairo_rectangle (cr, box->x + names + PAD, y, length, BAR_THICKNESS);
      cairo_fill (cr);
      draw_text (cr, &faint, value, box->x + names + 2 * PAD + length, y + BAR_THICKNESS - 4, 0);
    }
  if (panel->n_bars == 0)
    draw_text (cr, &faint, "None", box->x, box->y + HEAD_HEIGHT + BAR_THICKNESS, 0);
}

static double
panel_height (const ChartPanel *panel)
{
  return HEAD_HEIGHT + (panel->n_lines > 0 ? PLOT_HEIGHT + FOOT_HEIGHT
                                           : (double) MAX (panel->n_bars, 1) * BAR_HEIGHT);
}

/* Draws each panel beside or below the one before, and returns the height of all. With NULL it only adds up. */
static double
draw_panels (cairo_t          *cr,
             const ChartPanel *panels,
             gsize             n_panels)
{
  double y = MARGIN + TITLE_HEIGHT, row = 0;
  gboolean right = FALSE;

  for (gsize i = 0; i < n_panels; i++)
    {
      const double half = (WIDTH - 2 * MARGIN - GAP) / 2;
      Box box = { MARGIN, 0, panels[i].wide ? WIDTH - 2 * MARGIN : half, panel_height (&panels[i]) };

      if (i > 0 && (panels[i].wide || !right))
        {
          y += row + GAP;
          row = 0;
        }
      box.x += right && !panels[i].wide ? half + GAP : 0;
      box.y = y;
      row = MAX (row, box.height);
      right = !right && !panels[i].wide;
      if (cr == NULL)
        continue;

      set_font (cr, SMALL + 2, CAIRO_FONT_WEIGHT_BOLD);
      draw_text (cr, &ink, panels[i].title, box.x, box.y + SMALL, 0);
      set_font (cr, SMALL, CAIRO_FONT_WEIGHT_NORMAL);
      if (panels[i].n_lines > 0)
        draw_lines (cr, &panels[i], &box);
      else
        draw_bars (cr, &panels[i], &box);
    }

  return y + row + MARGIN;
}

/* Writing */

static cairo_status_t
write_cb (void                *closure,
          const unsigned char *data,
          unsigned int         length)
{
  output_write (closure, data, length);

  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_surface (Output     *output,
                const char *name,
                double      height)
{
  cairo_surface_t *surface;

  if (g_str_has_suffix (name, ".svg"))
    return cairo_svg_surface_create_for_stream (write_cb, output, WIDTH, height);
  if (g_str_has_suffix (name, ".pdf"))
    return cairo_pdf_surface_create_for_stream (write_cb, output, WIDTH, height);

  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) (PNG_SCALE * WIDTH), (int) (PNG_SCALE * height));
  cairo_surface_set_device_scale (surface, PNG_SCALE, PNG_SCALE);

  return surface;
}

/* Writes a chart, in the format that @name ends in. The caller finishes @output. */
gboolean
chart_write (Output            *output,
             const char        *name,
             const char        *title,
             const ChartPanel  *panels,
             gsize              n_panels,
             GError           **error)
{
  cairo_surface_t *surface = create_surface (output, name, ceil (draw_panels (NULL, panels, n_panels)));
  cairo_t *cr = cairo_create (surface);
  g_autofree char *fitting = NULL;
  cairo_status_t status;

  set_colour (cr, &ground);
  cairo_paint (cr);
  set_font (cr, LARGE, CAIRO_FONT_WEIGHT_BOLD);
  fitting = fit_text (cr, title, WIDTH - 2 * MARGIN);
  draw_text (cr, &ink, fitting, MARGIN, MARGIN + LARGE, 0);
  draw_panels (cr, panels, n_panels);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && g_str_has_suffix (name, ".png"))
    status = cairo_surface_write_to_png_stream (surface, write_cb, output);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", name, cairo_status_to_string (status));

  return FALSE;
}

#else

gboolean
chart_write (Output            *output,
             const char        *name,
             const char        *title,
             const ChartPanel  *panels,
             gsize              n_panels,
             GError           **error)
{
  return chart_check_name (name, error);
}

#endif
