/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A report on the looks at a heap, and its two forms. */

#pragma once

#include "figures.h"
#include "places.h"
#include "profile.h"

typedef struct
{
  const Options *options;
  Look          *look;   /* the largest */
  GPtrArray     *looks;  /* (element-type Look) */
  guint          n_missing;
  gboolean       colour;
  GPtrArray     *places; /* (element-type Place) */
  GPtrArray     *advice; /* (element-type utf8) */
} Report;

void   report_append_totals (const Report *self,
                             GString      *text);
double report_per_second    (const Look   *look,
                             guint64       n_samples);
void   report_append_table  (const Report *self,
                             GString      *text);
void   report_append_json   (const Report *self,
                             GString      *text);
