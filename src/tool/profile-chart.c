/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The charts of intern-pool profile: the heap over the looks at it, and the copies by call site. */

#include "config.h"

#include "profile.h"

typedef enum
{
  LINE_HEAP,
  LINE_STRINGS,
  LINE_COPIES,
  N_LINES,
} Line;

/* Those of one process. */
static void
find_lines (GPtrArray *looks,
            guint64    pid,
            GArray   **lines)
{
  for (guint i = 0; i < looks->len; i++)
    {
      const Look *look = looks->pdata[i];
      const ChartPoint points[N_LINES] = {
        { look->seconds, (double) look->begin.bytes },
        { look->seconds, (double) look->saving.bytes },
        { look->seconds, (double) look->saving.copy_bytes },
      };

      for (guint j = 0; j < N_LINES && look->begin.pid == pid; j++)
        g_array_append_val (lines[j], points[j]);
    }
}

/* @bars are the copies by call site at @look, the largest of @looks. */
gboolean
profile_write_chart (Output         *output,
                     const Options  *options,
                     GPtrArray      *looks,
                     const Look     *look,
                     const ChartBar *bars,
                     gsize           n_bars,
                     GError        **error)
{
  g_autofree char *name = g_filename_display_basename (options->files[0]);
  g_autofree char *title = g_strdup_printf ("Strings in the heap of %s", name);
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (ChartPoint));
  g_autoptr (GArray) strings = g_array_new (FALSE, FALSE, sizeof (ChartPoint));
  g_autoptr (GArray) copies = g_array_new (FALSE, FALSE, sizeof (ChartPoint));
  GArray *points[N_LINES] = { heap, strings, copies };
  const ChartLine lines[N_LINES] = { { "heap", heap }, { "strings in it", strings }, { "copies of others", copies } };
  const ChartPanel panels[] = {
    { .title = "The heap, at each look", .x_kind = FIGURE_SECONDS, .y_kind = FIGURE_SIZE, .x_title = "since the start",
      .wide = TRUE, .lines = lines, .n_lines = N_LINES },
    { .title = "Bytes in copies by call site, when the heap was largest", .y_kind = FIGURE_SIZE, .wide = TRUE,
      .bars = bars, .n_bars = n_bars },
  };

  find_lines (looks, look->begin.pid, points);

  return chart_write (output, options->chart, title, panels, G_N_ELEMENTS (panels), error);
}
