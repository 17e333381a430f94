/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Charts of figures, as SVG, PNG or PDF: lines over numbers, and bars with names. They have a ground of their own, so
 * that they can be read on a light page and on a dark one. */

#pragma once

#include <glib.h>

#include "figures.h"
#include "output.h"

typedef struct
{
  double x;
  double y;
} ChartPoint;

typedef struct
{
  const char *name;   /* in the key; NULL if the panel has only this line */
  GArray     *points; /* (unowned) (element-type ChartPoint) in the order of x */
} ChartLine;

typedef struct
{
  const char *name;
  double      value;
} ChartBar;

/* Either lines or bars. */
typedef struct
{
  const char      *title;
  FigureKind       x_kind;      /* of lines; counts if not given */
  FigureKind       y_kind;      /* also of bars */
  const char      *x_title;     /* of lines */
  gboolean         logarithmic; /* both axes of lines: no number is 0 */
  gboolean         wide;        /* as wide as two others */
  const ChartLine *lines;
  gsize            n_lines;
  const ChartBar  *bars;
  gsize            n_bars;
} ChartPanel;

gboolean chart_check_name (const char       *name,
                           GError          **error);
gboolean chart_write      (Output           *output,
                           const char       *name,
                           const char       *title,
                           const ChartPanel *panels,
                           gsize             n_panels,
                           GError          **error);
