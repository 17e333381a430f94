/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the commands of the tool share: their options, how they end, and how they write messages. */

#pragma once

#include <glib.h>

#include "input.h"

/* Exit statuses; they are documented in the man page. */
typedef enum
{
  STATUS_SUCCESS = 0,
  STATUS_FAILURE = 1,       /* an input could not be read, or an output could not be written */
  STATUS_USAGE = 2,
  STATUS_DIFFERENT = 3,     /* two snapshots are not the same */
  STATUS_PROFILER = 125,    /* the profiler has failed, not its command; this and the next as env has them */
  STATUS_NOT_RUN = 126,     /* the command is there, but cannot be run with it */
  STATUS_NOT_FOUND = 127,
  STATUS_INTERRUPTED = 130, /* as a shell reports a program that SIGINT has ended */
} Status;

/* The bits say which commands have an option. */
typedef enum
{
  COMMAND_STAT = 1 << 0,
  COMMAND_ENCODE = 1 << 1,
  COMMAND_DECODE = 1 << 2,
  COMMAND_BUILD = 1 << 3,
  COMMAND_INFO = 1 << 4,
  COMMAND_VERIFY = 1 << 5,
  COMMAND_LIST = 1 << 6,
  COMMAND_DIFF = 1 << 7,
  COMMAND_PROFILE = 1 << 8,
} CommandId;

/* What the command line says, checked. An option that the command does not have is not given. */
typedef struct
{
  gboolean    help;

  /* Where the input is cut */
  gboolean    words;
  gboolean    identifiers;
  gboolean    csv;
  char       *column;     /* (nullable) a number, or the bytes of a name */
  char       *delimiter;  /* (nullable) a byte, which need not be a character */
  gboolean    header;
  char       *missing;    /* (nullable) "keep" or "error" */
  gboolean    strict;
  TextFormat  format;     /* follows from them */

  /* What is read and written */
  char       *dictionary; /* (nullable) */
  char       *null;       /* (nullable) what stands for a missing value, in the table or in the text */
  char       *output;     /* (nullable) */
  gboolean    text;
  gboolean    arrow;
  gboolean    force;
  gboolean    atoms;
  gboolean    no_atoms;
  gboolean    ignore_atoms;
  gboolean    zero;
  gboolean    json;
  int         top;
  gint64      max_strings;
  char       *color;      /* (nullable) "auto", "always" or "never" */
  double      every;      /* seconds, or 0 */
  gboolean    follow;
  char       *chart;      /* (nullable) */
  char      **files;      /* at least one; "-" is standard input. Or a command and its arguments */
} Options;

typedef struct
{
  CommandId   id;
  const char *name;     /* one word, or two */
  const char *brief;    /* for the list of commands */
  const char *files;    /* which it takes, for its help */
  guint       max_files;
  const char *summary;  /* (nullable) if it is longer than @brief */
  const char *examples; /* (nullable) */
  Status    (*run) (const Options *options);
} Command;

Status           run_stat            (const Options   *options);
Status           run_encode          (const Options   *options);
Status           run_decode          (const Options   *options);
Status           run_build           (const Options   *options);
Status           run_info            (const Options   *options);
Status           run_verify          (const Options   *options);
Status           run_list            (const Options   *options);
Status           run_diff            (const Options   *options);
Status           run_profile         (const Options   *options);

GOptionContext * options_new_context (const Command   *command) G_GNUC_WARN_UNUSED_RESULT;
const Options *  options_parse       (const Command   *command,
                                      GOptionContext  *context,
                                      int              argc,
                                      char           **argv,
                                      GError         **error);

Status           fail                (const GError    *error);
Status           write_text          (const char      *text,
                                      gsize            length);
