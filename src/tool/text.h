/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes as text, numbers with their noun, and what is wrong with an input. */

#pragma once

#include <glib.h>

gboolean text_is_utf8    (const char *data,
                          gsize       length);
void     text_append_csv (GString    *text,
                          const char *data,
                          gsize       length);
void     text_empty      (GString   **text);
char *   text_dup_count  (guint64     count,
                          const char *noun) G_GNUC_WARN_UNUSED_RESULT;
gboolean text_refuse     (GError    **error,
                          const char *format,
                          ...) G_GNUC_PRINTF (2, 3);
