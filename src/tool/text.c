/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "text.h"

#include <string.h>

#include <intern-glib.h>

/* The memory of a longer text is given back when it is emptied, so that a buffer does not stay as long as the longest
 * string. */
#define MAX_IDLE_BYTES (64 * 1024)

/* A NUL is UTF-8, but not for g_utf8_validate(). */
gboolean
text_is_utf8 (const char *data,
              gsize       length)
{
  const char *end = data + length;

  while (!g_utf8_validate_len (data, (gsize) (end - data), &data))
    {
      if (*data != '\0')
        return FALSE;
      data++;
    }

  return TRUE;
}

/* Appends a field of CSV that stands alone in its line. An empty line would not be a record. */
void
text_append_csv (GString    *text,
                 const char *data,
                 gsize       length)
{
  static const char special[] = { '"', ',', '\n', '\r' };
  gboolean quoted = length == 0;

  for (gsize i = 0; i < length && !quoted; i++)
    quoted = memchr (special, data[i], sizeof special) != NULL;

  g_string_append (text, quoted ? "\"" : "");
  for (gsize i = 0; i < length; i++)
    {
      if (data[i] == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, data[i]);
    }
  g_string_append (text, quoted ? "\"" : "");
}

void
text_empty (GString **text)
{
  if ((*text)->allocated_len <= MAX_IDLE_BYTES)
    {
      g_string_truncate (*text, 0);
      return;
    }

  g_string_free (*text, TRUE);
  *text = g_string_new (NULL);
}

/* Returns "1 byte" or "2 bytes" for the noun "byte". */
char *
text_dup_count (guint64     count,
                const char *noun)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s%s", count, noun, count == 1 ? "" : "s");
}

/* Sets INTERN_ERROR_CORRUPT. Returns FALSE, for the caller to return. */
gboolean
text_refuse (GError    **error,
             const char *format,
             ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (INTERN_ERROR, INTERN_ERROR_CORRUPT, format, args));
  va_end (args);

  return FALSE;
}
