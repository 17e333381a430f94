/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is particular to a terminal: colour, small charts, text that cannot do harm, a progress bar, and messages. */

#pragma once

#include <glib.h>

gboolean terminal_has_colour    (const char  *option,
                                 int          fd);
guint    terminal_get_width     (int          fd);
/* (nullable) */
char *   terminal_draw          (int          fd,
                                 GArray      *values) G_GNUC_WARN_UNUSED_RESULT;
void     terminal_append_quoted (GString     *text,
                                 const char  *data,
                                 gsize        length,
                                 guint        max_columns);
char *   terminal_dup_safe      (const char  *text) G_GNUC_WARN_UNUSED_RESULT;

/* How much of the input has been read, on standard error. Nothing is shown if that is not a terminal, or before
 * progress_begin(). */

void     progress_begin         (guint64       total);
void     progress_add           (gsize         n_bytes);
void     progress_hide          (void);

/* Messages, in one line on standard error after the name of the program */

void     complain               (const char   *format,
                                 ...) G_GNUC_PRINTF (1, 2);
