/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the commands of the tool share: how they end, and how they speak. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Exit statuses; they are documented in the man page. */
typedef enum
{
  STATUS_SUCCESS = 0,
  STATUS_FAILURE = 1,       /* some input could not be read, or the output not be written */
  STATUS_USAGE = 2,
  STATUS_DIFFERENT = 3,     /* what was compared is not the same */
  STATUS_INTERRUPTED = 130, /* as a shell reports a program that SIGINT has ended */
} Status;

Status           command_stat        (int              argc,
                                      char           **argv);
Status           command_encode      (int              argc,
                                      char           **argv);
Status           command_decode      (int              argc,
                                      char           **argv);
Status           command_snapshot    (int              argc,
                                      char           **argv);

GOptionContext * command_context_new (gboolean        *help) G_GNUC_WARN_UNUSED_RESULT;
Status           command_print_help  (const char      *command,
                                      GOptionContext  *context);
gboolean         command_refuse      (GError         **error,
                                      const char      *message);
gboolean         command_choose_file (char          ***files,
                                      GError         **error);
gboolean         command_interrupted (GError         **error);
Status           command_fail        (const GError    *error);
void             command_complain    (const char      *format,
                                      ...) G_GNUC_PRINTF (1, 2);
Status           command_wrong_usage (const char      *command,
                                      const char      *message);
Status           command_write       (const char      *text,
                                      gsize            length);

G_END_DECLS
