/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "command.h"

#include <string.h>

#include "chart.h"

#define NOT_GIVEN G_MININT
#define MAX_SECONDS 1e6

#define SPLITTING (COMMAND_STAT | COMMAND_ENCODE | COMMAND_BUILD)
#define WRITING (COMMAND_ENCODE | COMMAND_DECODE | COMMAND_BUILD)
#define EVERY (~0u)

/* A program has one command line. */
static Options options = { .top = NOT_GIVEN };

static const struct
{
  guint        commands; /* that have it */
  GOptionEntry entry;
} entries[] = {
  { EVERY, { "help", 'h', 0, G_OPTION_ARG_NONE, &options.help, "Show this help", NULL } },

  { SPLITTING, { "words", 'w', 0, G_OPTION_ARG_NONE, &options.words,
                 "Strings are words, between white space", NULL } },
  { SPLITTING, { "identifiers", 'i', 0, G_OPTION_ARG_NONE, &options.identifiers,
                 "Strings are identifiers as in C", NULL } },
  { SPLITTING, { "column", 'c', 0, G_OPTION_ARG_FILENAME, &options.column,
                 "Strings are a column: its number, or its name", "N" } },
  { SPLITTING, { "delimiter", 'd', 0, G_OPTION_ARG_FILENAME, &options.delimiter,
                 "What is between columns (a tab)", "CHAR" } },
  { SPLITTING, { "csv", 0, 0, G_OPTION_ARG_NONE, &options.csv,
                 "Columns are between commas and may be quoted", NULL } },
  { SPLITTING, { "header", 'H', 0, G_OPTION_ARG_NONE, &options.header,
                 "The first line names the columns", NULL } },
  { SPLITTING, { "null", 'N', 0, G_OPTION_ARG_FILENAME, &options.null,
                 "Fields that are TEXT are missing", "TEXT" } },
  { SPLITTING, { "missing", 0, 0, G_OPTION_ARG_STRING, &options.missing,
                 "Where a value is missing: keep, or error", "WHAT" } },
  { SPLITTING, { "strict", 's', 0, G_OPTION_ARG_NONE, &options.strict,
                 "Stop at the first fault of the table", NULL } },

  { COMMAND_ENCODE, { "dictionary", 'D', 0, G_OPTION_ARG_FILENAME, &options.dictionary,
                      "Write the dictionary to FILE", "FILE" } },
  { COMMAND_DECODE, { "dictionary", 'D', 0, G_OPTION_ARG_FILENAME, &options.dictionary,
                      "Read the dictionary from FILE", "FILE" } },
  { WRITING, { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
               "Write the ids, the text or the snapshot to FILE", "FILE" } },
  { COMMAND_ENCODE | COMMAND_DECODE, { "text", 't', 0, G_OPTION_ARG_NONE, &options.text,
                                       "Ids are decimal numbers, one in a line", NULL } },
  { COMMAND_ENCODE, { "arrow", 'a', 0, G_OPTION_ARG_NONE, &options.arrow,
                      "Write both to one file of Apache Arrow", NULL } },
  { COMMAND_DECODE, { "csv", 0, 0, G_OPTION_ARG_NONE, &options.csv, "Write CSV, whatever the text was", NULL } },
  { COMMAND_DECODE, { "null", 'N', 0, G_OPTION_ARG_FILENAME, &options.null,
                      "Write TEXT for a missing value (nothing)", "TEXT" } },
  { COMMAND_BUILD, { "no-atoms", 'n', 0, G_OPTION_ARG_NONE, &options.no_atoms, "Give the strings no atoms", NULL } },
  { WRITING, { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force, "Replace files that are there already", NULL } },

  { COMMAND_LIST | COMMAND_DIFF, { "zero", '0', 0, G_OPTION_ARG_NONE, &options.zero,
                                   "End each string with a NUL, not a newline", NULL } },
  { COMMAND_LIST, { "atoms", 'A', 0, G_OPTION_ARG_NONE, &options.atoms, "Write its atom before each string", NULL } },
  { COMMAND_DIFF, { "ignore-atoms", 0, 0, G_OPTION_ARG_NONE, &options.ignore_atoms,
                    "Compare the strings alone", NULL } },

  { COMMAND_STAT, { "max-strings", 'm', 0, G_OPTION_ARG_INT64, &options.max_strings,
                    "Refuse more distinct strings than N", "N" } },
  { COMMAND_STAT, { "top", 'T', 0, G_OPTION_ARG_INT, &options.top, "List the N most repeated strings (10)", "N" } },
  { COMMAND_PROFILE, { "top", 'T', 0, G_OPTION_ARG_INT, &options.top,
                       "List N call sites and N strings (10)", "N" } },
  { COMMAND_PROFILE, { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
                       "Write the report to FILE", "FILE" } },
  { COMMAND_PROFILE, { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force, "Replace a file that is there already",
                       NULL } },
  { COMMAND_PROFILE, { "every", 'e', 0, G_OPTION_ARG_DOUBLE, &options.every,
                       "Look at the heap every N seconds too", "N" } },
  { COMMAND_PROFILE, { "follow", 'F', 0, G_OPTION_ARG_NONE, &options.follow,
                       "Look at the children of the command too", NULL } },
  { COMMAND_STAT | COMMAND_PROFILE, { "chart", 0, 0, G_OPTION_ARG_FILENAME, &options.chart,
                                      "Draw charts in FILE: .svg, .png or .pdf", "FILE" } },
  { COMMAND_STAT, { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force,
                    "Replace a file of charts that is there already", NULL } },
  { COMMAND_STAT | COMMAND_INFO | COMMAND_PROFILE, { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json,
                                   "Write JSON, for programs", NULL } },
  { COMMAND_STAT | COMMAND_PROFILE, { "color", 0, 0, G_OPTION_ARG_STRING, &options.color,
                    "Use colour: auto, always or never", "WHEN" } },
};

GOptionContext *
options_new_context (const Command *command)
{
  GOptionContext *context = g_option_context_new (NULL);
  const GOptionEntry files[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, command->files },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };
  g_autofree char *brief = g_strdup_printf ("%s.", command->brief);

  /* GOption would write its help without checking that it can be written. */
  g_option_context_set_help_enabled (context, FALSE);
  /* What follows the command belongs to it. */
  g_option_context_set_strict_posix (context, command->id == COMMAND_PROFILE);
  g_option_context_set_summary (context, command->summary != NULL ? command->summary : brief);
  g_option_context_set_description (context, command->examples);
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    if ((entries[i].commands & command->id) != 0)
      g_option_context_add_main_entries (context, (GOptionEntry[]) { entries[i].entry, files[1] }, NULL);
  g_option_context_add_main_entries (context, files, NULL);

  return context;
}

/* The checks return FALSE, with an error, if the options contradict each other. */

static gboolean
refuse (GError     **error,
        const char  *message)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);

  return FALSE;
}

static gboolean
is_standard (const char *name)
{
  return g_strcmp0 (name, "-") == 0;
}

static gboolean
check_delimiter (GError **error)
{
  const char *delimiter = options.delimiter;

  if (delimiter == NULL)
    delimiter = options.csv ? "," : "\t";
  else if (g_str_equal (delimiter, "\\t"))
    delimiter = "\t";

  if (strlen (delimiter) != 1 || *delimiter == '\n')
    return refuse (error, "The delimiter must be one byte other than a newline");
  if (options.csv && strchr ("\"\r", *delimiter) != NULL)
    return refuse (error, "The delimiter of CSV cannot be a quote or a carriage return");

  options.format.table.delimiter = *delimiter;

  return TRUE;
}

/* A number is always a position, also of a column whose name it is. */
static gboolean
check_column (GError **error)
{
  TableFormat *table = &options.format.table;

  if (options.column == NULL || g_ascii_string_to_unsigned (options.column, 10, 1, G_MAXUINT, &table->column, NULL))
    return TRUE;
  if (!options.header || *options.column == '\0' || strspn (options.column, "0123456789") == strlen (options.column))
    return refuse (error, "--column takes a number from 1 on, or with --header a name");

  table->name = options.column;

  return TRUE;
}

static gboolean
check_null (GError **error)
{
  if (options.null != NULL && strchr (options.null, '\n') != NULL)
    return refuse (error, "--null takes a text without a newline");

  options.format.table.null = options.null;

  return TRUE;
}

static gboolean
check_table (GError **error)
{
  TableFormat *table = &options.format.table;
  const gboolean refused = g_strcmp0 (options.missing, "error") == 0;

  if (options.missing != NULL && !refused && !g_str_equal (options.missing, "keep"))
    return refuse (error, "--missing takes keep or error");

  table->csv = options.csv;
  table->header = options.header;
  table->refuse_missing = refused;
  table->strict = options.strict;

  return check_column (error) && check_null (error) && check_delimiter (error);
}

static gboolean
check_splitting (const Command  *command,
                 GError        **error)
{
  const gboolean has_column = options.column != NULL;
  const gboolean is_table = options.csv || options.delimiter != NULL;
  const gboolean is_refined = options.header || options.null != NULL || options.missing != NULL || options.strict;
  const gboolean every_column = command->id == COMMAND_STAT && is_table;

  if (options.words + options.identifiers + (has_column || every_column) > 1)
    return refuse (error, "Only one of --words, --identifiers and --column can be given");
  if (is_table && !has_column && !every_column)
    return refuse (error, "--csv and --delimiter need --column");
  if (is_refined && !has_column && !every_column)
    return refuse (error, "--header, --null, --missing and --strict need --column");
  if (options.missing != NULL && !has_column)
    return refuse (error, "--missing needs --column");

  options.format.is_table = has_column || is_table;
  options.format.mode = options.words ? SPLIT_WORDS : options.identifiers ? SPLIT_IDENTIFIERS : SPLIT_LINES;

  return check_table (error);
}

/* What the commands with a report have. */
static gboolean
check_report (GError **error)
{
  static const char *const colors[] = { "auto", "always", "never", NULL };

  if (options.top == NOT_GIVEN)
    options.top = 10;
  if (options.top < 0)
    return refuse (error, "--top takes a number from 0 on");
  if (options.color != NULL && !g_strv_contains (colors, options.color))
    return refuse (error, "--color takes auto, always or never");

  return options.chart == NULL || chart_check_name (options.chart, error);
}

static gboolean
check_stat (GError **error)
{
  const gboolean refined = options.top != NOT_GIVEN || options.max_strings != 0 || options.chart != NULL;

  if (options.format.is_table && options.column == NULL && refined)
    return refuse (error, "--top, --max-strings and --chart are for one column: say with --column for which");
  if (options.max_strings < 0 || options.max_strings > G_MAXUINT)
    return refuse (error, "--max-strings takes a number from 0 to 4294967295");

  return check_report (error);
}

static gboolean
check_profile (GError **error)
{
  if (options.files == NULL || **options.files == '\0')
    return refuse (error, "Say which command is to be run");
  if (!(options.every >= 0 && options.every <= MAX_SECONDS))
    return refuse (error, "--every takes a number of seconds from 0 to 1000000");

  return check_report (error);
}

static gboolean
check_encode (GError **error)
{
  if (options.arrow && (options.dictionary != NULL || options.text))
    return refuse (error, "--arrow writes the dictionary and the ids to one file: leave out --dictionary and --text");
  if (options.arrow && (options.output == NULL || is_standard (options.output)))
    return refuse (error, "--arrow needs a file that --output names: its beginning is written last");
  if (!options.arrow && options.dictionary == NULL)
    return refuse (error, "Say with --dictionary where the dictionary goes, or use --arrow");
  if (options.output != NULL && g_strcmp0 (options.dictionary, options.output) == 0)
    return refuse (error, "The dictionary and the ids need two files");
  if (is_standard (options.dictionary) && options.output == NULL)
    return refuse (error, "The dictionary goes to standard output: say with --output where the ids go");

  return TRUE;
}

static gboolean
check_decode (GError **error)
{
  if (options.dictionary == NULL)
    return refuse (error, "Say with --dictionary where the dictionary is");
  if (is_standard (options.dictionary) && is_standard (options.files[0]))
    return refuse (error, "The dictionary and the ids cannot both come from standard input");

  return check_null (error);
}

static gboolean
check_files (const Command  *command,
             GError        **error)
{
  static const char *standard_input[] = { "-", NULL };
  const guint n_files = options.files == NULL ? 0 : g_strv_length (options.files);

  if (command->id == COMMAND_DIFF && n_files != 2)
    return refuse (error, "Give the names of two snapshots");
  if (command->id == COMMAND_DIFF && is_standard (options.files[0]) && is_standard (options.files[1]))
    return refuse (error, "Two snapshots cannot both come from standard input");
  if (n_files > command->max_files)
    return refuse (error, "Only one file can be given");
  if (command->id == COMMAND_BUILD && options.output == NULL)
    return refuse (error, "Say with --output where the snapshot goes");
  if (n_files == 0 && command->id != COMMAND_PROFILE)
    options.files = g_strdupv ((char **) standard_input);

  return TRUE;
}

/* Returns NULL if the options are wrong. If they ask for help, they are not checked further. */
const Options *
options_parse (const Command   *command,
               GOptionContext  *context,
               int              argc,
               char           **argv,
               GError         **error)
{
  gboolean good = g_option_context_parse (context, &argc, &argv, error);

  if (good && !options.help)
    good = check_files (command, error) &&
           ((command->id & SPLITTING) == 0 || check_splitting (command, error)) &&
           (command->id != COMMAND_STAT || check_stat (error)) &&
           (command->id != COMMAND_PROFILE || check_profile (error)) &&
           (command->id != COMMAND_ENCODE || check_encode (error)) &&
           (command->id != COMMAND_DECODE || check_decode (error));

  return good ? &options : NULL;
}
