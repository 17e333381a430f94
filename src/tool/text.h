/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes as text, and numbers with their noun. */

#pragma once

#include <glib.h>

gboolean text_is_utf8    (const char *data,
                          gsize       length);
void     text_append_csv (GString    *text,
                          const char *data,
                          gsize       length);
char *   text_dup_count  (guint64     count,
                          const char *noun) G_GNUC_WARN_UNUSED_RESULT;
