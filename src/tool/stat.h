/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the two reports of intern-pool stat share: one of strings, one of the columns of a table. */

#pragma once

#include <glib.h>

#include <intern-glib.h>

#include "command.h"
#include "input.h"
#include "output.h"

/* How many distinct strings there are after how many */
typedef struct _StatCurve StatCurve;

Status stat_read_files  (const Options *options,
                         Reading       *reading,
                         InputFunc      func,
                         gpointer       user_data,
                         guint         *n_read);
Status stat_run_columns (const Options *options);

StatCurve * stat_curve_new   (void) G_GNUC_WARN_UNUSED_RESULT;
void        stat_curve_add   (StatCurve      *self,
                              guint64         n_seen,
                              guint64         n_distinct);
char *      stat_curve_draw  (StatCurve      *self) G_GNUC_WARN_UNUSED_RESULT;
void        stat_curve_free  (StatCurve      *self);
gboolean    stat_write_chart (Output         *output,
                              const Options  *options,
                              StatCurve      *curve,
                              GHashTable     *counts,
                              InternPool     *pool,
                              GError        **error);
