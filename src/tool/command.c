/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "command.h"

#include <errno.h>
#include <stdio.h>

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

/* Returns 0, or the code of what went wrong. */
static int
write_and_close (const char *text,
                 gsize       length)
{
  const gboolean written = fwrite (text, 1, length, stdout) == length && fflush (stdout) == 0;
  const int code = written ? 0 : errno;

  return fclose (stdout) == 0 || code != 0 ? code : errno;
}

/* Writes all of the output of a command and closes standard output: a full disk may show only
 * then. To be called once. A reader that has gone away is no news to anybody, so where SIGPIPE is
 * ignored the program ends as quietly as the signal would end it. */
Status
command_write (const char *text,
               gsize       length)
{
  const int code = write_and_close (text, length);

  if (code != 0 && code != EPIPE)
    command_complain ("The output could not be written: %s", g_strerror (code));

  return code == 0 ? STATUS_SUCCESS : STATUS_FAILURE;
}
