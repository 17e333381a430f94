/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files and standard input as a stream of bytes, which ^C ends early.
 *
 * Plain read(), not a GInputStream: the read of a pipe on which nothing comes must end when a signal arrives, and the
 * streams of GIO take it up again. Errors begin with the name of the file, but for the error that ^C gives.
 */

#pragma once

#include <sys/stat.h>

#include <glib.h>

#include "splitter.h"
#include "table.h"

/* How a text is cut into strings */
typedef struct
{
  gboolean    is_table;
  SplitMode   mode;     /* if it is none */
  TableFormat table;
} TextFormat;

/* Gets some bytes of the input, or one string; or NULL, for a value that is missing in a table. Returns FALSE if it
 * wants no more: because of an error if it sets one, else because it has enough. */
typedef gboolean (*InputFunc)     (const char  *data,
                                   gsize        length,
                                   gpointer     user_data,
                                   GError     **error);

/* Returns how long a file is of which @data are the first @length bytes: G_MAXUINT64 while these do not say it, and 0
 * if they are not those of such a file. */
typedef guint64  (*InputSizeFunc) (const char  *data,
                                   gsize        length);

void     input_catch_interrupt (void);
gboolean input_was_interrupted (void);

gboolean input_stat            (const char         *name,
                                struct stat        *status);
guint64  input_get_size        (char              **names);
char *   input_dup_name        (const char         *name) G_GNUC_WARN_UNUSED_RESULT;
gboolean input_prefix_error    (const char         *name,
                                GError            **error);
gboolean input_read            (const char         *name,
                                InputFunc           func,
                                gpointer            user_data,
                                GError            **error);
gboolean input_read_text       (const char         *name,
                                const TextFormat   *format,
                                Reading            *reading,
                                InputFunc           func,
                                gpointer            user_data,
                                GError            **error);
void     input_tell_missing    (const char         *name,
                                const Reading      *reading);
char *   input_load            (const char         *name,
                                InputSizeFunc       get_size,
                                gsize              *length,
                                GError            **error) G_GNUC_WARN_UNUSED_RESULT;
