/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "command.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "output.h"
#include "terminal.h"

static const Command commands[] = {
  {
    COMMAND_STAT, "stat", "Show what interning does for some data", "[FILE...]", G_MAXUINT,
    "Shows what interning does for the lines of some files, or of standard input\n"
    "where there is no FILE or FILE is \"-\"; with --csv or --delimiter and without\n"
    "--column, for every column of a table.",
    "Examples:\n"
    "  intern-pool stat access.log\n"
    "  intern-pool stat --identifiers *.c *.h\n"
    "  intern-pool stat --csv --header customers.csv\n"
    "  intern-pool stat --csv --column=3 --top=20 customers.csv\n"
    "  ps -eo user= | intern-pool stat --json\n",
    run_stat,
  },
  {
    COMMAND_ENCODE, "encode", "Turn a text into a dictionary and ids", "[FILE]", 1,
    "Turns the lines of a file, or of standard input where there is no FILE or FILE is\n"
    "\"-\", into a dictionary and an id for each line.",
    "Examples:\n"
    "  intern-pool encode --dictionary=log.dict --output=log.ids access.log\n"
    "  intern-pool encode --csv --column=3 --text --dictionary=city.dict customers.csv\n"
    "  intern-pool encode --csv --header --column=city --null=NA --arrow --output=city.arrow customers.csv\n",
    run_encode,
  },
  {
    COMMAND_DECODE, "decode", "Turn a dictionary and ids back into the text", "[FILE]", 1,
    "Turns ids, from a file or from standard input where there is no FILE or FILE is\n"
    "\"-\", back into the text that \"intern-pool encode\" has read.",
    "Examples:\n"
    "  intern-pool decode --dictionary=log.dict --output=access.log log.ids\n"
    "  intern-pool decode --dictionary=log.dict log.ids | sort | uniq --count\n",
    run_decode,
  },
#ifdef HAVE_PROFILE
  {
    COMMAND_PROFILE, "profile", "Run a command and show what interning would do for it", "COMMAND [ARG...]", G_MAXUINT,
    "Runs a command, looks at the strings in its memory, and reports how many of them are\n"
    "copies, which calls made them, and what a pool would save. The report goes to\n"
    "standard error after the command has ended, or to --output.",
    "Examples:\n"
    "  intern-pool profile -- xmllint --noout menu.xml\n"
    "  intern-pool profile --every=10 --json --output=heap.json -- my-service --verbose\n",
    run_profile,
  },
#endif
  {
    COMMAND_BUILD, "snapshot build", "Make a snapshot of the strings of some files", "[FILE...]", G_MAXUINT,
    NULL,
    "Example:\n"
    "  intern-pool snapshot build --output=words.isn /usr/share/dict/words\n",
    run_build,
  },
  {
    COMMAND_INFO, "snapshot info", "Show what the header of a snapshot says", "[FILE]", 1,
    NULL, NULL, run_info,
  },
  {
    COMMAND_VERIFY, "snapshot verify", "Check every byte of some snapshots", "[FILE...]", G_MAXUINT,
    NULL, NULL, run_verify,
  },
  {
    COMMAND_LIST, "snapshot list", "Write the strings of a snapshot", "[FILE]", 1,
    NULL,
    "Example:\n"
    "  intern-pool snapshot list --zero words.isn | sort --zero-terminated\n",
    run_list,
  },
  {
    COMMAND_DIFF, "snapshot diff", "Show how the strings of two snapshots differ", "OLD NEW", 2,
    NULL, NULL, run_diff,
  },
};

/* Results */

/* Writes @error. If the reader of the output has gone away, there is no message: where SIGPIPE is ignored, the program
 * ends as quietly as the signal would end it. */
Status
fail (const GError *error)
{
  if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_PIPE))
    complain ("%s", error->message);

  return input_was_interrupted () ? STATUS_INTERRUPTED : STATUS_FAILURE;
}

/* Writes all of the output of a command that has no other. */
Status
write_text (const char *text,
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

  return fail (error);
}

/* @command is "" if it is not known. */
static Status
wrong_usage (const char *command,
             const char *message)
{
  complain ("%s", message);
  fprintf (stderr, "Try \"%s%s%s --help\".\n", g_get_prgname (), *command != '\0' ? " " : "", command);

  return STATUS_USAGE;
}

/* Help */

/* @group is "", or the word with which the names of some commands begin. */
static Status
print_help (const char *group)
{
  g_autoptr (GString) text = g_string_new ("Usage:\n  intern-pool ");
  const gboolean all = *group == '\0';

  g_string_append_printf (text, "%s%sCOMMAND [OPTION...] [FILE...]\n\n%s\n\nCommands:\n", group, all ? "" : " ",
                          all ? "One copy of every distinct string." :
                          "Files of strings that open at once, with their atoms.");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_has_prefix (commands[i].name, group))
      g_string_append_printf (text, "  %-18s %s\n", commands[i].name + (all ? 0 : strlen (group) + 1),
                              commands[i].brief);
  if (all)
    g_string_append (text, "  help [COMMAND]     Show this help, or that of a command\n");
  g_string_append (text, "\nOptions:\n  -h, --help         Show this help, or that of a command\n");
  if (all)
    g_string_append (text, "  --version          Show the version\n");

  return write_text (text->str, text->len);
}

static Status
print_command_help (const Command  *command,
                    GOptionContext *context)
{
  g_autofree char *name = g_strdup_printf ("intern-pool %s", command->name);
  g_autofree char *text = NULL;

  /* The context takes this name for the synopsis. */
  g_set_prgname (name);
  text = g_option_context_get_help (context, TRUE, NULL);

  return write_text (text, strlen (text));
}

/* Running */

static Status
run_command (const Command  *command,
             int             argc,
             char          **argv)
{
  g_autoptr (GOptionContext) context = options_new_context (command);
  g_autoptr (GError) error = NULL;
  const Options *options = options_parse (command, context, argc, argv, &error);
  Status status;

  if (options == NULL)
    return wrong_usage (command->name, error->message);
  if (options->help)
    return print_command_help (command, context);

  input_catch_interrupt ();
  status = command->run (options);
  progress_hide ();

  return status;
}

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];

  return NULL;
}

static Status run (int    argc,
                   char **argv);

/* "help stat" means "stat --help". */
static Status
run_help (int    argc,
          char **argv)
{
  const int n_words = argc > 2 && g_str_equal (argv[1], "snapshot") ? 2 : MIN (argc - 1, 1);
  g_autofree char *message = NULL;

  if (argc - 1 > n_words)
    {
      message = g_strdup_printf ("\"help\" takes the name of one command, and here \"%s\" comes after it",
                                 argv[n_words + 1]);
      return wrong_usage ("", message);
    }
  memmove (argv, argv + 1, (gsize) n_words * sizeof *argv);
  argv[n_words] = (char *) "--help";

  return run (n_words + 1, argv);
}

static Status
run (int    argc,
     char **argv)
{
  static const char version[] = "intern-pool " PACKAGE_VERSION "\n";
  /* The names of some commands have two words. */
  const gboolean grouped = g_str_equal (argv[0], "snapshot");
  const char *group = grouped ? argv[0] : "";
  const char *last = grouped && argc > 1 ? argv[1] : argv[0];
  g_autofree char *name = last != argv[0] ? g_strdup_printf ("%s %s", argv[0], last) : g_strdup (last);
  g_autofree char *message = NULL;
  const Command *command = find_command (name);

  if (command != NULL)
    return run_command (command, argc - grouped, argv + grouped);
  if (g_str_equal (last, "--help") || g_str_equal (last, "-h"))
    return print_help (group);
  if (g_str_equal (name, "--version"))
    return write_text (version, sizeof version - 1);
  if (g_str_equal (name, "help"))
    return run_help (argc, argv);

  message = grouped && argc == 1 ? g_strdup_printf ("A word is missing after \"%s\"", name)
                                 : g_strdup_printf ("\"%s\" is not a command", name);

  return wrong_usage (group, message);
}

/* If standard output is closed, the next file that is opened would become standard output. /dev/null takes its place,
 * opened the wrong way round: to use it fails, as to use a closed descriptor does. */
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
      complain ("Standard input, output or error is closed, and /dev/null cannot be opened in its place");
      return STATUS_FAILURE;
    }
  if (argc < 2)
    return (int) wrong_usage ("", "A command is missing");

  return (int) run (argc - 1, argv + 1);
}
