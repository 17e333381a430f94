/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include <intern-glib.h>

#include "command.h"

typedef struct
{
  const char *name;
  const char *summary;
  Status    (*run) (int    argc,
                    char **argv);
} Command;

static const Command commands[] = {
  { "stat", "Tell what interning does for some data", command_stat },
  { "encode", "Turn a text into a dictionary and ids", command_encode },
  { "decode", "Turn a dictionary and ids back into the text", command_decode },
  { "snapshot", "Make files of strings that open at once, and look into them", command_snapshot },
};

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (g_str_equal (commands[i].name, name))
        return &commands[i];
    }

  return NULL;
}

static void
append_commands (GString *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "  %-18s %s\n", commands[i].name, commands[i].summary);
}

static Status
print_help (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append (text,
                   "Usage:\n"
                   "  intern-pool COMMAND [OPTION...] [FILE...]\n"
                   "\n"
                   "One copy of every distinct string.\n"
                   "\n"
                   "Commands:\n");
  append_commands (text);
  g_string_append (text,
                   "  help [COMMAND]     Show this help, or that of a command\n"
                   "\n"
                   "Options:\n"
                   "  -h, --help         Show this help\n"
                   "  --version          Show the version\n");

  return command_write (text->str, text->len);
}

static Status
print_version (void)
{
  static const char text[] = "intern-pool " PACKAGE_VERSION "\n";

  return command_write (text, sizeof text - 1);
}

static Status
wrong_command (const char *name)
{
  g_autofree char *message = g_strdup_printf ("There is no command \"%s\"", name);

  return command_wrong_usage (NULL, message);
}

static Status
help (int    argc,
      char **argv)
{
  const Command *command;
  char *ask_for_help[] = { argv[0], (char *) "--help", NULL };

  if (argc < 2)
    return print_help ();

  command = find_command (argv[1]);

  return command != NULL ? command->run (2, ask_for_help) : wrong_command (argv[1]);
}

static Status
run (int    argc,
     char **argv)
{
  const char *name = argv[0];
  const Command *command = find_command (name);

  if (command != NULL)
    return command->run (argc, argv);
  if (g_str_equal (name, "help"))
    return help (argc, argv);
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h"))
    return print_help ();
  if (g_str_equal (name, "--version"))
    return print_version ();

  return wrong_command (name);
}

/* Where standard output is closed, the next file to be opened would become standard output. What stands in for it
 * can only be used the wrong way round, so that it fails as what is closed does. */
static gboolean
fill_standard_descriptors (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    {
      const int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

      if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", mode | O_CLOEXEC) != fd)
        return FALSE;
    }

  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  /* Which characters the terminal shows; figures are written the same way everywhere. */
  setlocale (LC_CTYPE, "");
  g_set_prgname ("intern-pool");

  if (!fill_standard_descriptors ())
    {
      command_complain ("Standard input, output or error is closed, and /dev/null cannot be opened instead");
      return STATUS_FAILURE;
    }
  if (argc < 2)
    return (int) command_wrong_usage (NULL, "A command is missing");

  return (int) run (argc - 1, argv + 1);
}
