/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a command writes: files that are there whole or not at all; standard output, pipes and devices, which are
 * written as the output comes.
 *
 * The outputs of a program belong together: no two of them are the same file, and they get their names together.
 * The first failure is kept until output_finish_all() reports it, so that the callers need not look
 * before; output_has_failed() is for a caller that can stop early.
 *
 * Not g_file_replace(): if there is no file yet, it writes into the final one from the start.
 */

#pragma once

#include <glib.h>

typedef struct _Output Output;

Output * output_new             (const char  *name,
                                 gboolean     force,
                                 GError     **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean output_check_input     (const char  *name,
                                 GError     **error);
gboolean output_check_rewriting (Output      *self,
                                 GError     **error);
void     output_write           (Output      *self,
                                 const void  *data,
                                 gsize        length);
void     output_write_number    (Output      *self,
                                 guint64      number,
                                 guint        width);
void     output_write_at        (Output      *self,
                                 guint64      offset,
                                 const void  *data,
                                 gsize        length);
guint64  output_get_size        (Output      *self);
gboolean output_has_failed      (Output      *self);
gboolean output_finish_all      (GError     **error);
void     output_free            (Output      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Output, output_free)
