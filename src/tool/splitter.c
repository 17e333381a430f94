/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "splitter.h"

#include <string.h>

/* The memory of a longer string is given back, so that the splitter does not keep as much as the longest line takes. */
#define MAX_IDLE_BYTES (64 * 1024)

typedef enum
{
  CSV_START, /* of a field */
  CSV_PLAIN,
  CSV_QUOTED,
  CSV_QUOTE, /* one quote within quotes: the end of them, or half of a quote that is data */
} CsvState;

struct _Splitter
{
  SplitFormat format;
  SplitFunc   func;
  gpointer    user_data;

  GString    *partial;   /* (owned) the beginning of a string whose end has not come yet */
  guint64     column;    /* where we are, from 1 */
  CsvState    state;
  gboolean    quoted;    /* whether the field began with a quote */
  gboolean    part[256]; /* which bytes a word has */
};

static void
mark_parts (Splitter *self)
{
  for (guint c = 0; c < G_N_ELEMENTS (self->part); c++)
    {
      if (self->format.mode == SPLIT_IDENTIFIERS)
        self->part[c] = g_ascii_isalnum (c) || c == '_';
      else
        self->part[c] = c != ' ' && (c < '\t' || c > '\r');
    }
}

static void
drop_partial (Splitter *self)
{
  if (self->partial->allocated_len > MAX_IDLE_BYTES)
    {
      g_string_free (self->partial, TRUE);
      self->partial = g_string_new (NULL);
    }
  else
    g_string_truncate (self->partial, 0);
}

static void
hand_out (Splitter   *self,
          const char *data,
          gsize       length)
{
  /* A number is made of the same bytes as an identifier. */
  if (self->format.mode != SPLIT_IDENTIFIERS || !g_ascii_isdigit (data[0]))
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
  drop_partial (self);
}

static void
give_partial (Splitter *self)
{
  static const char nothing[] = "";

  give (self, nothing, nothing);
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

/* Returns where the column that begins at @data ends, or NULL. */
static const char *
find_end_of_column (Splitter   *self,
                    const char *data,
                    const char *end)
{
  /* A line, or the rest of it after the column that is wanted */
  if (self->format.delimiter == '\n' || self->column > self->format.column)
    return memchr (data, '\n', (gsize) (end - data));

  while (data < end && *data != '\n' && *data != self->format.delimiter)
    data++;

  return data < end ? data : NULL;
}

static void
push_columns (Splitter   *self,
              const char *data,
              const char *end)
{
  while (data < end)
    {
      const char *stop = find_end_of_column (self, data, end);
      const gboolean wanted = self->column == self->format.column;

      if (wanted && stop != NULL)
        give (self, data, stop);
      else if (wanted)
        keep (self, data, end);

      if (stop == NULL)
        return;

      self->column = *stop == '\n' ? 1 : self->column + 1;
      data = stop + 1;
    }
}

static void
add_to_field (Splitter *self,
              char      c)
{
  if (self->column == self->format.column)
    g_string_append_c (self->partial, c);
}

static void
end_field (Splitter *self)
{
  if (self->column == self->format.column)
    give_partial (self);

  self->column++;
  self->state = CSV_START;
  self->quoted = FALSE;
}

/* A record of nothing at all is an empty line, not an empty field. */
static gboolean
is_blank (Splitter *self)
{
  return self->column == 1 && self->partial->len == 0 && !self->quoted;
}

/* Drops the carriage return of a CRLF. Within quotes it is data. */
static void
drop_carriage_return (Splitter *self)
{
  GString *field = self->partial;

  if (self->state == CSV_PLAIN && field->len > 0 && field->str[field->len - 1] == '\r')
    g_string_truncate (field, field->len - 1);
}

static void
end_record (Splitter *self)
{
  drop_carriage_return (self);
  if (!is_blank (self))
    end_field (self);

  self->column = 1;
  self->state = CSV_START;
  self->quoted = FALSE;
}

static void
step_outside_quotes (Splitter *self,
                     char      c)
{
  if (c == '\n')
    end_record (self);
  else if (c == self->format.delimiter)
    end_field (self);
  else
    {
      self->state = CSV_PLAIN;
      add_to_field (self, c);
    }
}

static void
step_csv (Splitter *self,
          char      c)
{
  if (self->state == CSV_QUOTED && c == '"')
    self->state = CSV_QUOTE;
  else if (self->state == CSV_QUOTED)
    add_to_field (self, c);
  else if (self->state == CSV_START && c == '"')
    {
      self->state = CSV_QUOTED;
      self->quoted = TRUE;
    }
  else if (self->state == CSV_QUOTE && c == '"')
    {
      self->state = CSV_QUOTED;
      add_to_field (self, c);
    }
  else
    step_outside_quotes (self, c);
}

static void
push_csv (Splitter   *self,
          const char *data,
          const char *end)
{
  while (data < end)
    step_csv (self, *data++);
}

Splitter *
splitter_new (const SplitFormat *format,
              SplitFunc          func,
              gpointer           user_data)
{
  Splitter *self = g_new0 (Splitter, 1);

  self->format = *format;
  self->func = func;
  self->user_data = user_data;
  self->partial = g_string_new (NULL);
  self->column = 1;
  mark_parts (self);
  if (format->mode == SPLIT_LINES)
    {
      self->format.column = 1;
      self->format.delimiter = '\n';
    }

  return self;
}

void
splitter_push (Splitter   *self,
               const char *data,
               gsize       length)
{
  const char *end = data + length;

  switch (self->format.mode)
    {
    case SPLIT_WORDS:
    case SPLIT_IDENTIFIERS:
      push_words (self, data, end);
      break;

    case SPLIT_LINES:
    case SPLIT_COLUMN:
      push_columns (self, data, end);
      break;

    case SPLIT_CSV:
      push_csv (self, data, end);
      break;

    default:
      g_assert_not_reached ();
    }
}

/* The end of an input: the last string needs no end of its own. Returns whether it had none. What is pushed next begins
 * anew. */
gboolean
splitter_finish (Splitter *self)
{
  const gboolean cut = self->partial->len > 0;

  if (self->format.mode == SPLIT_CSV && (self->column > 1 || self->state != CSV_START))
    end_record (self);
  /* A line has begun if some of it has been seen. Its column may be empty. */
  else if (cut || (self->format.mode == SPLIT_COLUMN && self->column == self->format.column && self->column > 1))
    give_partial (self);

  self->column = 1;

  return cut;
}

void
splitter_free (Splitter *self)
{
  g_string_free (self->partial, TRUE);
  g_free (self);
}
