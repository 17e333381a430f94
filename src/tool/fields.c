/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "fields.h"

#include <string.h>

#include "text.h"

typedef enum
{
  STATE_START, /* nothing of the field has been seen */
  STATE_PLAIN,
  STATE_QUOTED,
  STATE_QUOTE, /* one quote within quotes: the end of them, or half of a quote that is data */
} State;

struct _Fields
{
  FieldFunc   field;
  RecordFunc  record;
  gpointer    user_data;
  gboolean    csv;
  guint8      ends[256];   /* which bytes end a field that is not quoted */
  guint64     delimiters;  /* the delimiter, eight times */

  guint64     selected;    /* the only column that @field gets, or 0 */
  GString    *partial;     /* (owned) the beginning of such a field whose end has not come yet */
  guint64     column;      /* where we are, from 1 */
  guint64     line;        /* from 1 */
  guint64     record_line; /* where the record begins */
  guint64     quote_line;  /* where the quote of the field is */
  State       state;
  gboolean    carriage;    /* the piece before has ended with a carriage return, perhaps half of a CRLF */
};

static gboolean
is_wanted (const Fields *self)
{
  return self->selected == 0 || self->selected == self->column;
}

static void
keep (Fields     *self,
      const char *data,
      const char *end)
{
  if (is_wanted (self))
    g_string_append_len (self->partial, data, end - data);
}

/* Hands out a field whose last bytes are those from @data to @end. */
static void
give (Fields     *self,
      const char *data,
      const char *end)
{
  if (self->partial->len == 0)
    {
      self->field (self->column, data, (gsize) (end - data), self->user_data);
      return;
    }

  keep (self, data, end);
  self->field (self->column, self->partial->str, self->partial->len, self->user_data);
  text_empty (&self->partial);
}

static void
begin_record (Fields *self)
{
  self->column = 1;
  self->state = STATE_START;
  self->line++;
  self->record_line = self->line;
}

/* Ends the field whose last bytes are those from @data to @end. @stop is the delimiter or the newline after it. Returns
 * what follows. */
static const char *
end_field (Fields     *self,
           const char *data,
           const char *end,
           const char *stop)
{
  const gboolean blank = self->csv && self->column == 1 && self->state == STATE_START;

  if (*stop != '\n' || !blank)
    {
      if (is_wanted (self))
        give (self, data, end);
      self->column++;
      self->state = STATE_START;
    }
  if (*stop == '\n')
    {
      if (!blank)
        self->record (self->column - 1, self->record_line, self->user_data);
      begin_record (self);
    }

  return stop + 1;
}

#define EIGHT_TIMES(byte) ((guint64) (byte) * G_GUINT64_CONSTANT (0x0101010101010101))

/* The high bit of the first byte that is zero is set, and no bit of the bytes before it. */
static inline guint64
find_zero (guint64 bytes)
{
  return (bytes - EIGHT_TIMES (0x01)) & ~bytes & EIGHT_TIMES (0x80);
}

/* Skips bytes that do not end a field, eight at a time: as many as are not near @end. */
static inline const char *
skip_plain (const Fields *self,
            const char   *data,
            const char   *end)
{
  for (; end - data >= (gssize) sizeof (guint64); data += sizeof (guint64))
    {
      guint64 bytes, found;

      memcpy (&bytes, data, sizeof bytes);
      bytes = GUINT64_FROM_LE (bytes);
      found = find_zero (bytes ^ self->delimiters) | find_zero (bytes ^ EIGHT_TIMES ('\n'));
      if (found != 0)
        return data + __builtin_ctzll (found) / 8;
    }

  return data;
}

/* Returns where the field that goes on at @data ends, or @end. */
static const char *
find_end (Fields     *self,
          const char *data,
          const char *end)
{
  /* The rest of a line after the column that is wanted */
  if (!self->csv && self->selected != 0 && self->column > self->selected)
    {
      const char *stop = memchr (data, '\n', (gsize) (end - data));

      return stop != NULL ? stop : end;
    }

  data = skip_plain (self, data, end);
  while (data < end && !self->ends[(guchar) *data])
    data++;

  return data;
}

static const char *
push_plain (Fields     *self,
            const char *data,
            const char *end)
{
  const char *stop = find_end (self, data, end);
  const char *last = stop;

  if (stop > data && stop[-1] == '\r' && (stop == end || *stop == '\n'))
    last--;
  if (last > data)
    self->state = STATE_PLAIN;
  if (stop < end)
    return end_field (self, data, last, stop);

  self->carriage = last < stop;
  keep (self, data, last);

  return end;
}

static void
count_lines (Fields     *self,
             const char *data,
             const char *end)
{
  while ((data = memchr (data, '\n', (gsize) (end - data))) != NULL)
    {
      self->line++;
      data++;
    }
}

static const char *
push_quoted (Fields     *self,
             const char *data,
             const char *end)
{
  const char *quote = memchr (data, '"', (gsize) (end - data));
  const char *last = quote != NULL ? quote : end;

  count_lines (self, data, last);
  /* Most fields end with their second quote. */
  if (quote != NULL && quote + 1 < end && self->ends[(guchar) quote[1]])
    return end_field (self, data, last, quote + 1);

  keep (self, data, last);
  if (quote == NULL)
    return end;
  self->state = STATE_QUOTE;

  return quote + 1;
}

static const char *
push_some (Fields     *self,
           const char *data,
           const char *end)
{
  if (self->state == STATE_QUOTED)
    return push_quoted (self, data, end);

  if (self->csv && *data == '"' && self->state != STATE_PLAIN)
    {
      if (self->state == STATE_QUOTE)
        keep (self, data, data + 1);
      else
        self->quote_line = self->line;
      self->state = STATE_QUOTED;
      return data + 1;
    }

  return push_plain (self, data, end);
}

Fields *
fields_new (gboolean    csv,
            char        delimiter,
            FieldFunc   field,
            RecordFunc  record,
            gpointer    user_data)
{
  Fields *self = g_new0 (Fields, 1);

  self->csv = csv;
  self->field = field;
  self->record = record;
  self->user_data = user_data;
  self->ends['\n'] = TRUE;
  self->ends[(guchar) delimiter] = TRUE;
  self->delimiters = EIGHT_TIMES ((guchar) delimiter);
  self->partial = g_string_new (NULL);
  begin_record (self);

  return self;
}

/* From the next field on, only those of @column are handed out, or all of them if it is 0. */
void
fields_select (Fields  *self,
               guint64  column)
{
  self->selected = column;
}

void
fields_push (Fields     *self,
             const char *data,
             gsize       length)
{
  static const char carriage[] = "\r";
  const char *end = data + length;

  if (self->carriage && length > 0)
    {
      self->carriage = FALSE;
      if (*data != '\n')
        {
          self->state = STATE_PLAIN;
          keep (self, carriage, carriage + 1);
        }
    }
  while (data < end)
    data = push_some (self, data, end);
}

/* Returns the line of the quote that is open after what has been pushed, or 0. */
guint64
fields_get_open_quote (Fields *self)
{
  return self->state == STATE_QUOTED ? self->quote_line : 0;
}

/* The end of the input: the last record needs no newline. */
void
fields_finish (Fields *self)
{
  static const char newline[] = "\n";

  self->carriage = FALSE;
  if (self->column > 1 || self->state != STATE_START)
    end_field (self, newline, newline, newline);
}

void
fields_free (Fields *self)
{
  g_string_free (self->partial, TRUE);
  g_free (self);
}
