/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "split-options.h"

#include <string.h>

#include "command.h"

void
split_options_add (SplitOptions   *self,
                   GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "words", 'w', 0, G_OPTION_ARG_NONE, &self->words, "Strings are words, between white space", NULL },
    { "identifiers", 'i', 0, G_OPTION_ARG_NONE, &self->identifiers, "Strings are identifiers as in C", NULL },
    { "column", 'c', 0, G_OPTION_ARG_INT, &self->column, "Strings are column N of each line, from 1", "N" },
    { "delimiter", 'd', 0, G_OPTION_ARG_FILENAME, &self->delimiter, "What is between columns (a tab)", "CHAR" },
    { "csv", 0, 0, G_OPTION_ARG_NONE, &self->csv, "Columns are between commas and may be quoted", NULL },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static gboolean
choose_delimiter (const SplitOptions  *self,
                  SplitFormat         *format,
                  GError             **error)
{
  const char *delimiter = self->delimiter;

  if (delimiter == NULL)
    delimiter = self->csv ? "," : "\t";
  else if (g_str_equal (delimiter, "\\t"))
    delimiter = "\t";

  if (strlen (delimiter) != 1 || *delimiter == '\n')
    return command_refuse (error, "The delimiter must be one byte other than a newline");
  if (self->csv && strchr ("\"\r", *delimiter) != NULL)
    return command_refuse (error, "The delimiter of CSV cannot be a quote or a carriage return");

  format->delimiter = *delimiter;

  return TRUE;
}

/* Fails where the options contradict each other. */
gboolean
split_options_choose (const SplitOptions  *self,
                      SplitFormat         *format,
                      GError             **error)
{
  const gboolean has_column = self->column != SPLIT_COLUMN_NOT_GIVEN;

  if (self->words + self->identifiers + has_column > 1)
    return command_refuse (error, "Only one of --words, --identifiers and --column can be given");
  if (!has_column && (self->csv || self->delimiter != NULL))
    return command_refuse (error, "--csv and --delimiter need --column");
  if (has_column && self->column < 1)
    return command_refuse (error, "Columns are counted from 1");

  format->column = has_column ? (guint) self->column : 0;
  format->mode = self->words ? SPLIT_WORDS
                 : self->identifiers ? SPLIT_IDENTIFIERS
                 : self->csv ? SPLIT_CSV
                 : has_column ? SPLIT_COLUMN
                 : SPLIT_LINES;

  return choose_delimiter (self, format, error);
}

void
split_options_clear (SplitOptions *self)
{
  g_clear_pointer (&self->delimiter, g_free);
}
