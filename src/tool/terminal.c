/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SHOWN (1 * G_USEC_PER_SEC) /* who waits less than a second needs no bar */
#define SHOWN_EVERY (G_USEC_PER_SEC / 10)
#define BAR_COLUMNS 30

#define CUT "..."
#define ERASE_LINE "\r\033[K"

static gboolean
is_smart (int fd)
{
  const char *term = g_getenv ("TERM");

  return isatty (fd) && term != NULL && !g_str_equal (term, "dumb");
}

/* See https://no-color.org: any value but the empty one. An explicit option is stronger. */
gboolean
terminal_has_colour (Colour colour,
                     int    fd)
{
  const char *no_color = g_getenv ("NO_COLOR");

  if (colour != COLOUR_AUTO)
    return colour == COLOUR_ALWAYS;

  return is_smart (fd) && (no_color == NULL || *no_color == '\0');
}

/* Text */

static guint
count_columns (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

/* How one character, or one byte that is none, is shown */
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
  else if (g_ascii_isprint (byte))
    g_snprintf (form->text, sizeof form->text, "%c", byte);
  else
    g_snprintf (form->text, sizeof form->text, "\\x%02X", byte);

  form->n_columns = (guint) strlen (form->text);
  form->n_bytes = 1;
}

static void
show_character (Form     *form,
                gunichar  c)
{
  form->n_bytes = (gsize) g_unichar_to_utf8 (c, form->text);
  form->text[form->n_bytes] = '\0';
  form->n_columns = count_columns (c);

  if (g_unichar_isprint (c) && g_get_charset (NULL))
    return;

  g_snprintf (form->text, sizeof form->text, "\\u{%X}", c);
  form->n_columns = (guint) strlen (form->text);
}

static void
show_next (Form       *form,
           const char *data,
           gsize       length)
{
  const guchar byte = (guchar) data[0];
  const gunichar c = byte < 0x80 ? byte : g_utf8_get_char_validated (data, (gssize) length);

  /* It says -1 or -2 for what is no character. */
  if (byte < 0x80 || c >= (gunichar) -2)
    show_byte (form, byte);
  else
    show_character (form, c);
}

/* Appends any bytes between quotes, so that no terminal takes them for orders and every space is
 * seen. What does not fit is cut and ends in three points; nothing behind that is looked at.
 * Accents that combine take no columns but bytes, so these are limited, too. */
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

/* Progress */

struct _Progress
{
  guint64  total; /* 0: unknown */
  gint64   start;
  gint64   next;  /* when to show it again */
  gboolean shown;
};

/* Returns NULL, which the other functions take as well, when nobody would see it. */
Progress *
progress_new (guint64 total)
{
  Progress *self;

  if (!is_smart (STDERR_FILENO))
    return NULL;

  self = g_new0 (Progress, 1);
  self->total = total;
  self->start = g_get_monotonic_time ();
  self->next = self->start + FIRST_SHOWN;

  return self;
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

static void
show (Progress *self,
      guint64   done,
      gint64    now)
{
  const double seconds = (double) (now - self->start) / G_USEC_PER_SEC;
  g_autoptr (GString) text = g_string_new (ERASE_LINE);

  /* A file that grows meanwhile is not more than complete. */
  if (self->total > 0)
    append_bar (text, (double) MIN (done, self->total) / (double) self->total);
  g_string_append_printf (text, "%.1f MB, %.1f MB/s", (double) done / 1e6, (double) done / 1e6 / seconds);

  fputs (text->str, stderr);
  fflush (stderr);
}

void
progress_tell (Progress *self,
               guint64   done)
{
  gint64 now;

  if (self == NULL || (now = g_get_monotonic_time ()) < self->next)
    return;

  show (self, done, now);
  self->shown = TRUE;
  self->next = now + SHOWN_EVERY;
}

/* Makes room for a message; the next progress_tell() that is due shows it again. */
void
progress_hide (Progress *self)
{
  if (self == NULL || !self->shown)
    return;

  fputs (ERASE_LINE, stderr);
  fflush (stderr);
  self->shown = FALSE;
}

void
progress_free (Progress *self)
{
  progress_hide (self);
  g_free (self);
}
