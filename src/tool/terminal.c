/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST_SHOWN (1 * G_USEC_PER_SEC) /* a shorter wait needs no bar */
#define SHOWN_EVERY (G_USEC_PER_SEC / 10)
#define BAR_COLUMNS 30
#define MAX_BLOCKS 24

#define CUT "..."
#define ERASE_LINE "\r\033[K"

static gboolean
is_smart (int fd)
{
  const char *term = g_getenv ("TERM");

  return isatty (fd) && term != NULL && !g_str_equal (term, "dumb");
}

/* See https://no-color.org: any value but the empty one. @option, "always" or "never", is stronger. */
gboolean
terminal_has_colour (const char *option,
                     int         fd)
{
  const char *no_color = g_getenv ("NO_COLOR");

  if (option != NULL && !g_str_equal (option, "auto"))
    return g_str_equal (option, "always");

  return is_smart (fd) && (no_color == NULL || *no_color == '\0');
}

/* Returns how many columns the terminal has, or 0 if it does not say, or is none. */
guint
terminal_get_width (int fd)
{
  struct winsize size = { 0 };

  return ioctl (fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Returns a chart of numbers from 0 on, in one line of at most MAX_BLOCKS characters; NULL if @fd cannot show it.
 * @values is an array of double. */
char *
terminal_draw (int     fd,
               GArray *values)
{
  static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  const guint n = MIN (values->len, MAX_BLOCKS);
  GString *text;
  double largest = 0;

  if (isatty (fd) == 0 || !g_get_charset (NULL))
    return NULL;

  text = g_string_new (NULL);
  for (guint i = 0; i < values->len; i++)
    largest = MAX (largest, g_array_index (values, double, i));
  for (guint i = 0; i < n; i++)
    {
      /* The last of those that share a block */
      const double value = g_array_index (values, double, (i + 1) * values->len / n - 1);
      const double share = largest > 0 ? value / largest : 0;

      g_string_append (text, blocks[MIN ((gsize) (share * G_N_ELEMENTS (blocks)), G_N_ELEMENTS (blocks) - 1)]);
    }

  return g_string_free (text, FALSE);
}

/* Text */

/* How one character, or one byte that is not part of one, is shown */
typedef struct
{
  char  text[16];
  guint n_columns;
  gsize n_bytes; /* of the original */
} Form;

static void
show_byte (Form   *form,
           guchar  byte)
{
  static const char letters[] = "abtnvfr";

  if (byte == '"' || byte == '\\')
    g_snprintf (form->text, sizeof form->text, "\\%c", byte);
  else if (byte >= '\a' && byte <= '\r')
    g_snprintf (form->text, sizeof form->text, "\\%c", letters[byte - '\a']);
  else
    g_snprintf (form->text, sizeof form->text, g_ascii_isprint (byte) ? "%c" : "\\x%02X", byte);
  form->n_bytes = 1;
}

static void
show_next (Form       *form,
           const char *data,
           gsize       length)
{
  /* It says -1 or -2 for what is not a character, and a NUL is one byte. */
  const gunichar c = *data == '\0' ? 0 : g_utf8_get_char_validated (data, (gssize) length);

  if (c < 0x80 || c >= (gunichar) -2)
    show_byte (form, (guchar) *data);
  else
    {
      form->n_bytes = (gsize) g_unichar_to_utf8 (c, form->text);
      form->text[form->n_bytes] = '\0';
      if (g_unichar_isprint (c) && g_get_charset (NULL))
        {
          form->n_columns = g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
          return;
        }
      g_snprintf (form->text, sizeof form->text, "\\u{%X}", c);
    }
  form->n_columns = (guint) strlen (form->text);
}

/* Appends any bytes between quotes, so that a terminal does not take them for commands and every space is seen. A
 * string that does not fit is cut and ends in three points; the rest of it is not read. Combining accents take bytes
 * but no columns, so the bytes are limited too. */
void
terminal_append_quoted (GString    *text,
                        const char *data,
                        gsize       length,
                        guint       max_columns)
{
  const char *end = data + length;
  const gsize max_len = text->len + 4 * (gsize) max_columns;
  guint left = max_columns;
  gsize fits = 0; /* the length of @text after which the points have room */

  g_string_append_c (text, '"');
  while (data < end)
    {
      Form form;

      show_next (&form, data, (gsize) (end - data));
      if (left >= strlen (CUT))
        fits = text->len;
      if (form.n_columns > left || text->len > max_len)
        {
          g_string_truncate (text, fits);
          g_string_append (text, CUT);
          break;
        }

      g_string_append (text, form.text);
      left -= form.n_columns;
      data += form.n_bytes;
    }
  g_string_append_c (text, '"');
}

/* Returns a copy of a name or a message with its control characters, and the bytes that are not UTF-8, escaped. */
char *
terminal_dup_safe (const char *text)
{
  GString *safe = g_string_new (NULL);
  const char *end = text + strlen (text);

  while (text < end)
    {
      const gsize left = (gsize) (end - text);
      const gunichar c = g_utf8_get_char_validated (text, (gssize) left);
      Form form;

      show_next (&form, text, left);
      if (c >= (gunichar) -2 || g_unichar_iscntrl (c))
        g_string_append (safe, form.text);
      else
        g_string_append_len (safe, text, (gssize) form.n_bytes);
      text += form.n_bytes;
    }

  return g_string_free (safe, FALSE);
}

/* Progress */

static struct
{
  guint64  total; /* 0: unknown */
  guint64  done;
  gint64   start; /* 0: nothing is to be shown */
  gint64   next;  /* when to show it again */
  gboolean shown;
} progress;

/* @total is 0 if it is not known. */
void
progress_begin (guint64 total)
{
  if (!is_smart (STDERR_FILENO))
    return;

  progress.total = total;
  progress.done = 0;
  progress.start = g_get_monotonic_time ();
  progress.next = progress.start + FIRST_SHOWN;
}

static void
append_bar (GString *text,
            double   share)
{
  const int n_full = (int) (share * BAR_COLUMNS);

  g_string_append_c (text, '[');
  for (int i = 0; i < BAR_COLUMNS; i++)
    g_string_append_c (text, i < n_full ? '#' : '.');
  g_string_append_printf (text, "] %3d %%  ", (int) (share * 100));
}

void
progress_add (gsize n_bytes)
{
  const double megabytes = (double) (progress.done + n_bytes) / 1e6;
  const gint64 now = progress.start != 0 ? g_get_monotonic_time () : 0;
  g_autoptr (GString) text = NULL;

  progress.done += n_bytes;
  if (now == 0 || now < progress.next)
    return;

  text = g_string_new (ERASE_LINE);
  /* A file that grows meanwhile is not more than complete. */
  if (progress.total > 0)
    append_bar (text, (double) MIN (progress.done, progress.total) / (double) progress.total);
  g_string_append_printf (text, "%.1f MB, %.1f MB/s", megabytes,
                          megabytes * G_USEC_PER_SEC / (double) (now - progress.start));
  fputs (text->str, stderr);
  fflush (stderr);
  progress.shown = TRUE;
  progress.next = now + SHOWN_EVERY;
}

/* Makes room for a message. The next progress_add() that is due shows it again. */
void
progress_hide (void)
{
  if (!progress.shown)
    return;

  fputs (ERASE_LINE, stderr);
  fflush (stderr);
  progress.shown = FALSE;
}

void
complain (const char *format,
          ...)
{
  g_autofree char *message = NULL, *safe = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  safe = terminal_dup_safe (message);

  progress_hide ();
  fprintf (stderr, "%s: %s\n", g_get_prgname (), safe);
}
