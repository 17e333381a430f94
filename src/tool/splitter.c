/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "splitter.h"

#include <string.h>

#include "text.h"

struct _Splitter
{
  SplitMode mode;
  SplitFunc func;
  gpointer  user_data;

  GString  *partial;   /* (owned) the beginning of a string whose end has not come yet */
  gboolean  part[256]; /* which bytes a word has */
};

static void
mark_parts (Splitter *self)
{
  for (guint c = 0; c < G_N_ELEMENTS (self->part); c++)
    {
      if (self->mode == SPLIT_IDENTIFIERS)
        self->part[c] = g_ascii_isalnum (c) || c == '_';
      else
        self->part[c] = c != ' ' && (c < '\t' || c > '\r');
    }
}

static void
hand_out (Splitter   *self,
          const char *data,
          gsize       length)
{
  /* A number is made of the same bytes as an identifier. */
  if (self->mode != SPLIT_IDENTIFIERS || !g_ascii_isdigit (data[0]))
    self->func (data, length, self->user_data);
}

static void
keep (Splitter   *self,
      const char *data,
      const char *end)
{
  g_string_append_len (self->partial, data, end - data);
}

/* Hands out a string whose last bytes are those from @data to @end. */
static void
give (Splitter   *self,
      const char *data,
      const char *end)
{
  if (self->partial->len == 0)
    {
      hand_out (self, data, (gsize) (end - data));
      return;
    }

  keep (self, data, end);
  hand_out (self, self->partial->str, self->partial->len);
  text_empty (&self->partial);
}

static const char *
skip (Splitter   *self,
      const char *data,
      const char *end,
      gboolean    parts)
{
  while (data < end && self->part[(guchar) *data] == parts)
    data++;

  return data;
}

static void
push_words (Splitter   *self,
            const char *data,
            const char *end)
{
  const char *stop;

  /* A word that reached the end of the piece before may go on, or end here. */
  while ((stop = skip (self, data, end, TRUE)) < end)
    {
      if (stop > data || self->partial->len > 0)
        give (self, data, stop);
      data = skip (self, stop, end, FALSE);
    }

  keep (self, data, end);
}

static void
push_lines (Splitter   *self,
            const char *data,
            const char *end)
{
  const char *stop;

  while ((stop = memchr (data, '\n', (gsize) (end - data))) != NULL)
    {
      give (self, data, stop);
      data = stop + 1;
    }

  keep (self, data, end);
}

Splitter *
splitter_new (SplitMode mode,
              SplitFunc func,
              gpointer  user_data)
{
  Splitter *self = g_new0 (Splitter, 1);

  self->mode = mode;
  self->func = func;
  self->user_data = user_data;
  self->partial = g_string_new (NULL);
  mark_parts (self);

  return self;
}

void
splitter_push (Splitter   *self,
               const char *data,
               gsize       length)
{
  if (self->mode == SPLIT_LINES)
    push_lines (self, data, data + length);
  else
    push_words (self, data, data + length);
}

/* The end of the input: the last string needs no end of its own. Returns whether it had none. */
gboolean
splitter_finish (Splitter *self)
{
  static const char nothing[] = "";
  const gboolean cut = self->partial->len > 0;

  if (cut)
    give (self, nothing, nothing);

  return cut;
}

void
splitter_free (Splitter *self)
{
  g_string_free (self->partial, TRUE);
  g_free (self);
}
