/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is particular to a terminal: colour, text that cannot do harm, and a progress bar. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  COLOUR_AUTO,
  COLOUR_ALWAYS,
  COLOUR_NEVER,
} Colour;

gboolean terminal_has_colour    (Colour       colour,
                                 int          fd);
void     terminal_append_quoted (GString     *text,
                                 const char  *data,
                                 gsize        length,
                                 guint        max_columns);

typedef struct _Progress Progress;

Progress * progress_new  (guint64   total) G_GNUC_WARN_UNUSED_RESULT;
void       progress_tell (Progress *self,
                          guint64   done);
void       progress_hide (Progress *self);
void       progress_free (Progress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Progress, progress_free)

G_END_DECLS
