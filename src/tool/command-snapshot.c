/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool snapshot: makes the files that intern_pool_new_from_file() opens, and looks into them. */

#include "config.h"

#include "command.h"

#include <string.h>

#include <intern-glib.h>

#include "input.h"
#include "output.h"
#include "snapshot-header.h"
#include "split-options.h"
#include "splitter.h"
#include "terminal.h"
#include "text.h"

typedef struct
{
  gboolean     help;
  SplitOptions split;
  char        *output;       /* (owned) (nullable) */
  gboolean     no_atoms;
  gboolean     force;
  gboolean     json;
  gboolean     null;
  gboolean     atoms;
  gboolean     ignore_atoms;
  char       **files;        /* (owned) */

  /* What follows from them */
  SplitFormat  format;
} Options;

static void
options_clear (Options *options)
{
  split_options_clear (&options->split);
  g_free (options->output);
  g_strfreev (options->files);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Tells @error, which it takes, of the file @name. */
static Status
fail_with (const char *name,
           GError     *error)
{
  g_autofree char *shown = input_dup_name (name);
  g_autoptr (GError) owned = error;

  g_prefix_error (&owned, "%s: ", shown);

  return command_fail (owned);
}

/* build */

typedef struct
{
  InternPool *pool;      /* (owned) */
  Splitter   *splitter;  /* (owned) */
  Progress   *progress;  /* (owned) (nullable) */
  GError     *failure;   /* (owned) (nullable) */
  guint64     n_read;    /* bytes */
  gboolean    no_atoms;
} Builder;

static void
builder_clear (Builder *self)
{
  g_clear_pointer (&self->progress, progress_free);
  g_clear_pointer (&self->splitter, splitter_free);
  g_clear_object (&self->pool);
  g_clear_error (&self->failure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Builder, builder_clear)

/* There is no call for the atom of one string that holds a NUL. */
static void
add_string (const char *data,
            gsize       length,
            gpointer    user_data)
{
  Builder *self = user_data;
  const char *interned;

  if (self->failure != NULL)
    return;

  interned = intern_pool_try_intern_len (self->pool, data, (gssize) length, &self->failure);
  if (interned != NULL && !self->no_atoms && strlen (interned) == length)
    intern_pool_try_atom_from_string (self->pool, interned, &self->failure);
}

static gboolean
build_cb (const char *data,
          gsize       length,
          gpointer    user_data)
{
  Builder *self = user_data;

  self->n_read += length;
  splitter_push (self->splitter, data, length);
  progress_tell (self->progress, self->n_read);

  return self->failure == NULL;
}

static gboolean
read_text (Builder     *self,
           const char  *name,
           GError     **error)
{
  g_autofree char *shown = input_dup_name (name);
  gboolean success = input_read (name, build_cb, self, error);

  if (success && !input_was_interrupted ())
    splitter_finish (self->splitter);
  if (self->failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      success = FALSE;
    }
  if (!success)
    g_prefix_error (error, "%s: ", shown);

  return success && (!input_was_interrupted () || command_interrupted (error));
}

static gboolean
build (Builder        *self,
       const Options  *options,
       GError        **error)
{
  g_autoptr (Output) output = output_new (options->output, options->force, error);
  g_autoptr (GBytes) bytes = NULL;

  if (output == NULL)
    return FALSE;
  for (char **name = options->files; *name != NULL; name++)
    if (!read_text (self, *name, error))
      return FALSE;

  bytes = intern_pool_to_bytes (self->pool, error);
  if (bytes == NULL)
    return FALSE;
  output_write (output, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  return output_finish_all (error);
}

static Status
run_build (const Options *options)
{
  g_auto (Builder) self = { .no_atoms = options->no_atoms };
  g_autoptr (GError) error = NULL;
  gboolean success;

  self.pool = intern_pool_new ();
  intern_pool_set_emit_added (self.pool, FALSE);
  self.splitter = splitter_new (&options->format, add_string, &self);
  self.progress = progress_new (input_get_size (options->files));

  input_catch_interrupt ();
  success = build (&self, options, &error);
  progress_hide (self.progress);

  return success ? STATUS_SUCCESS : command_fail (error);
}

/* info */

/* For the table and for JSON; each figure is documented in the man page. */
typedef struct
{
  const char *label;
  const char *name;
  guint       n_decimals;
  double      value;
} Figure;

static double
ratio (guint64 part,
       guint64 whole)
{
  return whole == 0 ? 0 : (double) part / (double) whole;
}

static void
append_figures (GString      *text,
                const Figure *figures,
                gsize         n_figures,
                gboolean      json)
{
  for (gsize i = 0; i < n_figures; i++)
    {
      const Figure *figure = &figures[i];

      if (json)
        g_string_append_printf (text, "%s  \"%s\": %.*f", i == 0 ? "{\n" : ",\n", figure->name,
                                (int) figure->n_decimals, figure->value);
      else
        g_string_append_printf (text, "%-18s %14.*f\n", figure->label, (int) figure->n_decimals, figure->value);
    }
  g_string_append (text, json ? "\n}\n" : "");
}

static void
append_header (GString              *text,
               const SnapshotHeader *header,
               gboolean              json)
{
  const Figure figures[] = {
    { "Format version", "version", 0, header->version },
    { "Strings", "strings", 0, header->n_strings },
    { "With atoms", "atoms", 0, header->n_atoms },
    { "First atom", "first_atom", 0, header->first_atom },
    { "Bytes of strings", "string_bytes", 0, (double) header->text_bytes },
    { "Bytes of the file", "file_bytes", 0, (double) header->file_bytes },
    { "Overhead a string", "overhead", 2, ratio (header->file_bytes - header->text_bytes, header->n_strings) },
    { "Buckets", "buckets", 0, header->n_buckets },
    { "Load of the index", "load", 2, ratio (header->n_strings, (guint64) header->n_buckets * SNAPSHOT_SLOTS) },
    { "Longest search", "max_probe", 0, header->max_probe },
  };

  append_figures (text, figures, G_N_ELEMENTS (figures), json);
}

static Status
run_info (const Options *options)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GError *error = NULL;
  SnapshotHeader header = { 0 };

  if (!snapshot_header_read (&header, options->files[0], &error))
    return fail_with (options->files[0], error);

  append_header (text, &header, options->json);

  return command_write (text->str, text->len);
}

/* A snapshot that has been read and checked */

typedef struct
{
  InternPool     *pool;   /* (owned) */
  SnapshotHeader  header;
} Snapshot;

static void
snapshot_clear (Snapshot *self)
{
  g_clear_object (&self->pool);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Snapshot, snapshot_clear)

/* What is no snapshot at all the library refuses by its first bytes. */
static GBytes *
read_bytes (const char  *name,
            GError     **error)
{
  gsize length;
  g_autofree char *content = input_load (name, snapshot_header_tell_size, &length, error);
  guint64 size;

  if (content == NULL)
    return NULL;

  size = snapshot_header_tell_size (content, length);
  if (size > 0 && length > size)
    {
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_CORRUPT, "The snapshot is longer than its header says");
      return NULL;
    }

  return g_bytes_new_take (g_steal_pointer (&content), length);
}

/* Into an empty @self. The file is read once, so what is checked is what is shown. */
static gboolean
snapshot_open (Snapshot    *self,
               const char  *name,
               GError     **error)
{
  g_autoptr (GBytes) bytes = read_bytes (name, error);

  if (bytes == NULL || (input_was_interrupted () && !command_interrupted (error)))
    return FALSE;

  self->pool = intern_pool_new_from_bytes (bytes, error);

  return self->pool != NULL &&
         snapshot_header_parse (&self->header, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

/* @atom is 0 if the string has none. Returns whether to go on. */
typedef gboolean (*SnapshotFunc) (const char *string,
                                  gsize       length,
                                  InternAtom  atom,
                                  gpointer    user_data);

typedef struct
{
  const Snapshot *snapshot;
  guint32         row;
  SnapshotFunc    func;
  gpointer        user_data;
} Walk;

static gboolean
walk_cb (const char *string,
         gsize       length,
         gpointer    user_data)
{
  Walk *walk = user_data;
  const SnapshotHeader *header = &walk->snapshot->header;
  const InternAtom atom = walk->row < header->n_atoms ? header->first_atom + walk->row : INTERN_ATOM_NONE;

  walk->row++;

  return walk->func (string, length, atom, walk->user_data);
}

/* In the order of the file: those with atoms by atom, then the others by their bytes. */
static void
snapshot_foreach (const Snapshot *self,
                  SnapshotFunc    func,
                  gpointer        user_data)
{
  Walk walk = { self, 0, func, user_data };

  intern_pool_foreach (self->pool, walk_cb, &walk);
}

/* verify */

static void
append_verdict (GString    *text,
                const char *shown,
                guint       n_strings)
{
  g_autofree char *count = text_dup_count (n_strings, "string");

  g_string_append_printf (text, "%s: whole, %s\n", shown, count);
}

static Status
run_verify (const Options *options)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Status status = STATUS_SUCCESS;
  Status written;

  input_catch_interrupt ();
  for (char **name = options->files; *name != NULL && status != STATUS_INTERRUPTED; name++)
    {
      g_auto (Snapshot) snapshot = { .pool = NULL };
      g_autofree char *shown = input_dup_name (*name);
      GError *error = NULL;

      if (snapshot_open (&snapshot, *name, &error))
        append_verdict (text, shown, intern_pool_get_n_strings (snapshot.pool));
      else
        status = fail_with (*name, error);
    }
  written = command_write (text->str, text->len);

  return status != STATUS_SUCCESS ? status : written;
}

/* list */

typedef struct
{
  Output   *output;     /* (owned) */
  gboolean  atoms;
  char      terminator;
} Lister;

static gboolean
list_cb (const char *string,
         gsize       length,
         InternAtom  atom,
         gpointer    user_data)
{
  Lister *self = user_data;
  char number[16];

  if (self->atoms)
    output_write (self->output, number, (gsize) g_snprintf (number, sizeof number, "%u\t", atom));
  output_write (self->output, string, length);
  output_write (self->output, &self->terminator, 1);

  return !output_has_failed (self->output);
}

static Status
run_list (const Options *options)
{
  g_auto (Snapshot) snapshot = { .pool = NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Output) output = output_new ("-", FALSE, &error);
  Lister lister = { output, options->atoms, options->null ? '\0' : '\n' };

  if (output == NULL)
    return command_fail (error);
  input_catch_interrupt ();
  if (!snapshot_open (&snapshot, options->files[0], &error))
    return fail_with (options->files[0], g_steal_pointer (&error));

  snapshot_foreach (&snapshot, list_cb, &lister);

  return output_finish_all (&error) ? STATUS_SUCCESS : command_fail (error);
}

/* diff */

typedef struct
{
  const Snapshot *other;
  GHashTable     *atoms;      /* (owned) (nullable) those of @other, by address */
  Output         *output;
  char            sign;       /* before what @other does not have */
  char            terminator;
  gboolean        different;
} Differ;

static gboolean
note_atom_cb (const char *string,
              gsize       length,
              InternAtom  atom,
              gpointer    user_data)
{
  if (atom != INTERN_ATOM_NONE)
    g_hash_table_insert (user_data, (gpointer) string, GUINT_TO_POINTER (atom));

  return TRUE;
}

static void
tell_difference (Differ     *self,
                 const char *before,
                 const char *string,
                 gsize       length)
{
  output_write (self->output, before, strlen (before));
  output_write (self->output, string, length);
  output_write (self->output, &self->terminator, 1);
  self->different = TRUE;
}

static gboolean
diff_cb (const char *string,
         gsize       length,
         InternAtom  atom,
         gpointer    user_data)
{
  Differ *self = user_data;
  const char *there = intern_pool_lookup_len (self->other->pool, string, (gssize) length);
  const InternAtom other_atom =
    self->atoms == NULL ? atom : GPOINTER_TO_UINT (g_hash_table_lookup (self->atoms, there));
  char before[32] = { self->sign, ' ', '\0' };

  if (there == NULL)
    tell_difference (self, before, string, length);
  else if (other_atom != atom)
    {
      g_snprintf (before, sizeof before, "~ %u %u ", atom, other_atom);
      tell_difference (self, before, string, length);
    }

  return !output_has_failed (self->output);
}

/* What is gone and what has another atom, then what is new. */
static gboolean
diff (const Snapshot *snapshots,
      const Options  *options,
      Output         *output)
{
  const char terminator = options->null ? '\0' : '\n';
  g_autoptr (GHashTable) atoms = options->ignore_atoms ? NULL : g_hash_table_new (NULL, NULL);
  Differ gone = { &snapshots[1], atoms, output, '-', terminator, FALSE };
  Differ come = { &snapshots[0], NULL, output, '+', terminator, FALSE };

  if (atoms != NULL)
    snapshot_foreach (&snapshots[1], note_atom_cb, atoms);
  snapshot_foreach (&snapshots[0], diff_cb, &gone);
  snapshot_foreach (&snapshots[1], diff_cb, &come);

  return gone.different || come.different;
}

static Status
run_diff (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Output) output = output_new ("-", FALSE, &error);
  Snapshot snapshots[2] = { { .pool = NULL }, { .pool = NULL } };
  Status status = STATUS_SUCCESS;

  if (output == NULL)
    return command_fail (error);
  input_catch_interrupt ();
  for (guint i = 0; i < 2 && status == STATUS_SUCCESS; i++)
    if (!snapshot_open (&snapshots[i], options->files[i], &error))
      status = fail_with (options->files[i], g_steal_pointer (&error));
  if (status == STATUS_SUCCESS && diff (snapshots, options, output))
    status = STATUS_DIFFERENT;
  if (!output_finish_all (&error))
    status = command_fail (error);
  snapshot_clear (&snapshots[0]);
  snapshot_clear (&snapshots[1]);

  return status;
}

/* Options */

typedef struct
{
  const char *name;
  const char *summary;
  const char *synopsis;
  guint       min_files;
  guint       max_files;
  Status    (*run) (const Options *options);
} Action;

static const Action actions[] = {
  { "build", "Make a snapshot of the strings of some files", "[FILE...]", 0, G_MAXUINT, run_build },
  { "info", "Tell what a snapshot says of itself, whatever its size", "[FILE]", 0, 1, run_info },
  { "verify", "Check every byte of some snapshots", "[FILE...]", 0, G_MAXUINT, run_verify },
  { "list", "Write the strings of a snapshot", "[FILE]", 0, 1, run_list },
  { "diff", "Tell how the strings of two snapshots differ", "OLD NEW", 2, 2, run_diff },
};

static const Action *
find_action (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      return &actions[i];

  return NULL;
}

/* @options must be the same for all of the life of the context. */
static void
add_options (GOptionContext *context,
             const Action   *action,
             Options        *options)
{
  const GOptionEntry build[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output, "Write the snapshot to FILE", "FILE" },
    { "no-atoms", 'n', 0, G_OPTION_ARG_NONE, &options->no_atoms, "Give the strings no atoms", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options->force, "Replace a file that is there already", NULL },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };
  const GOptionEntry json = { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json, "Write JSON, for programs", NULL };
  const GOptionEntry null = { "null", '0', 0, G_OPTION_ARG_NONE, &options->null, "A NUL after each, no newline", NULL };
  const GOptionEntry atoms = { "atoms", 'A', 0, G_OPTION_ARG_NONE, &options->atoms, "The atom before each", NULL };
  const GOptionEntry ignore = { "ignore-atoms", 0, 0, G_OPTION_ARG_NONE, &options->ignore_atoms,
                                "Compare the strings alone", NULL };
  const GOptionEntry end = { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL };

  if (action->run == run_build)
    {
      split_options_add (&options->split, context);
      g_option_context_add_main_entries (context, build, NULL);
    }
  if (action->run == run_info)
    g_option_context_add_main_entries (context, (GOptionEntry[]) { json, end }, NULL);
  if (action->run == run_list)
    g_option_context_add_main_entries (context, (GOptionEntry[]) { null, atoms, end }, NULL);
  if (action->run == run_diff)
    g_option_context_add_main_entries (context, (GOptionEntry[]) { null, ignore, end }, NULL);
}

static GOptionContext *
make_context (const Action *action,
              Options      *options)
{
  GOptionContext *context = command_context_new (&options->help);
  g_autofree char *summary = g_strdup_printf ("%s.", action->summary);
  const GOptionEntry files[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL, action->synopsis },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_set_summary (context, summary);
  add_options (context, action, options);
  g_option_context_add_main_entries (context, files, NULL);

  return context;
}

static gboolean
parse (GOptionContext  *context,
       const Action    *action,
       int              argc,
       char           **argv,
       Options         *options,
       GError         **error)
{
  static const char *standard_input[] = { "-", NULL };
  guint n_files;

  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (options->help)
    return TRUE;

  n_files = options->files == NULL ? 0 : g_strv_length (options->files);
  if (n_files < action->min_files)
    return command_refuse (error, "Two snapshots are needed");
  if (n_files > action->max_files)
    return command_refuse (error, action->max_files == 1 ? "Only one file can be given" : "Two snapshots are needed");
  if (n_files == 2 && action->run == run_diff && g_str_equal (options->files[0], "-") &&
      g_str_equal (options->files[1], "-"))
    return command_refuse (error, "Two snapshots cannot both come from standard input");
  if (n_files == 0)
    options->files = g_strdupv ((char **) standard_input);
  if (action->run == run_build && options->output == NULL)
    return command_refuse (error, "--output must say where the snapshot goes");

  return split_options_choose (&options->split, &options->format, error);
}

static Status
run (const Action *action,
     int           argc,
     char        **argv)
{
  g_auto (Options) options = { .split.column = SPLIT_COLUMN_NOT_GIVEN };
  g_autoptr (GOptionContext) context = make_context (action, &options);
  g_autofree char *command = g_strdup_printf ("snapshot %s", action->name);
  g_autoptr (GError) error = NULL;

  if (!parse (context, action, argc, argv, &options, &error))
    return command_wrong_usage (command, error->message);

  return options.help ? command_print_help (command, context) : action->run (&options);
}

static Status
print_help (void)
{
  g_autoptr (GString) text = g_string_new ("Usage:\n  intern-pool snapshot ACTION [OPTION...] [FILE...]\n\n"
                                           "Files of strings that open at once, with their atoms.\n\nActions:\n");

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    g_string_append_printf (text, "  %-18s %s\n", actions[i].name, actions[i].summary);
  g_string_append (text, "\nOptions:\n  -h, --help         Show this help, or that of an action\n\n"
                         "Examples:\n"
                         "  intern-pool snapshot build --output=words.isn /usr/share/dict/words\n"
                         "  intern-pool snapshot info words.isn\n"
                         "  intern-pool snapshot list --null words.isn | sort --zero-terminated\n");

  return command_write (text->str, text->len);
}

Status
command_snapshot (int    argc,
                  char **argv)
{
  const Action *action;
  g_autofree char *message = NULL;

  if (argc < 2)
    return command_wrong_usage ("snapshot", "An action is missing");
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    return print_help ();

  action = find_action (argv[1]);
  if (action != NULL)
    return run (action, argc - 1, argv + 1);

  message = g_strdup_printf ("There is no action \"%s\"", argv[1]);

  return command_wrong_usage ("snapshot", message);
}
