/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "command.h"

#include <stdio.h>
#include <string.h>

#include "input.h"
#include "output.h"

/* One line on standard error. */
void
command_complain (const char *format,
                  ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  fprintf (stderr, "%s: %s\n", g_get_prgname (), message);
}

/* @command is NULL when it is not clear which is meant. */
Status
command_wrong_usage (const char *command,
                     const char *message)
{
  command_complain ("%s", message);
  fprintf (stderr, "Try \"%s%s%s --help\".\n", g_get_prgname (),
           command != NULL ? " " : "", command != NULL ? command : "");

  return STATUS_USAGE;
}

/* Writes all of the output of a command that has no other. */
Status
command_write (const char *text,
               gsize       length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Output) output = output_new ("-", FALSE, &error);

  if (output != NULL)
    {
      output_write (output, text, length);
      if (output_finish_all (&error))
        return STATUS_SUCCESS;
    }

  return command_fail (error);
}

/* Options */

/* A context that knows --help, which sets @help. */
GOptionContext *
command_context_new (gboolean *help)
{
  GOptionContext *context = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, help, "Show this help", NULL },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  /* GOption would write its help without looking whether that succeeds. */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, NULL);

  return context;
}

Status
command_print_help (const char     *command,
                    GOptionContext *context)
{
  g_autofree char *name = g_strdup_printf ("intern-pool %s", command);
  g_autofree char *text = NULL;

  /* The context takes this name for the synopsis. */
  g_set_prgname (name);
  text = g_option_context_get_help (context, TRUE, NULL);

  return command_write (text, strlen (text));
}

/* For options that parse but cannot be. Returns FALSE, for the caller to return. */
gboolean
command_refuse (GError     **error,
                const char  *message)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);

  return FALSE;
}

/* For commands that take one file, or none for standard input. */
gboolean
command_choose_file (char   ***files,
                     GError  **error)
{
  static const char *standard_input[] = { "-", NULL };

  if (*files == NULL)
    *files = g_strdupv ((char **) standard_input);

  return g_strv_length (*files) == 1 || command_refuse (error, "Only one file can be given");
}

/* Failures */

/* Returns FALSE, for the caller to return. */
gboolean
command_interrupted (GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INTR, "Interrupted");

  return FALSE;
}

/* Tells @error. A reader that has gone away wants to hear nothing: where SIGPIPE is ignored, the program ends as
 * quietly as the signal would end it. */
Status
command_fail (const GError *error)
{
  if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_PIPE))
    command_complain ("%s", error->message);

  return input_was_interrupted () ? STATUS_INTERRUPTED : STATUS_FAILURE;
}
