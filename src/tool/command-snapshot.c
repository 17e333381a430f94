/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool snapshot: makes the files that intern_pool_new_from_file() opens, and looks into them. */

#include "config.h"

#include "command.h"

#include <string.h>

#include <intern-glib.h>

#include "figures.h"
#include "input.h"
#include "output.h"
#include "terminal.h"
#include "text.h"

/* Ends a string that has been written. */
static void
write_terminator (Output        *output,
                  const Options *options)
{
  output_write (output, options->zero ? "" : "\n", 1);
}

typedef struct
{
  const Options *options;
  InternPool    *pool;
  Output        *output;
  guint64        n_faults; /* of the inputs */
} Job;

/* build */

static gboolean
add_string_cb (const char  *data,
               gsize        length,
               gpointer     user_data,
               GError     **error)
{
  Job *self = user_data;

  if (data == NULL)
    return TRUE;
  if (self->options->no_atoms)
    return intern_pool_try_intern_len (self->pool, data, (gssize) length, error) != NULL;

  return intern_pool_try_atom_from_string_len (self->pool, data, (gssize) length, error) != INTERN_ATOM_NONE;
}

static gboolean
read_strings (Job         *self,
              const char  *name,
              GError     **error)
{
  g_auto (Reading) reading = { 0 };
  const gboolean success = input_read_text (name, &self->options->format, &reading, add_string_cb, self, error);

  self->n_faults += reading.n_faults;
  if (success)
    input_tell_missing (name, &reading);

  return success;
}

static gboolean
build (Job     *self,
       GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  for (char **name = self->options->files; *name != NULL; name++)
    if (!read_strings (self, *name, error))
      return FALSE;

  bytes = intern_pool_to_bytes (self->pool, error);
  if (bytes == NULL)
    return FALSE;
  output_write (self->output, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  return output_finish_all (error);
}

Status
run_build (const Options *options)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Output) output = output_new (options->output, options->force, &error);
  Job self = { options, pool, output, 0 };

  intern_pool_set_emit_added (pool, FALSE);
  progress_begin (input_get_size (options->files));
  if (output == NULL || !build (&self, &error))
    return fail (error);

  return self.n_faults > 0 ? STATUS_FAILURE : STATUS_SUCCESS;
}

/* Headers */

/* No header of a snapshot is longer. */
#define START_BYTES 4096

/* Returns what the header says of the snapshot that begins with @data. */
static GVariant *
query_start (const char  *data,
             gsize        length,
             GError     **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, MIN (length, START_BYTES));

  return intern_snapshot_query_info_bytes (bytes, error);
}

static double
get_figure (GVariant   *info,
            const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (info, name, NULL);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_variant_get_uint32 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return (double) g_variant_get_uint64 (value);

  return g_variant_get_double (value);
}

/* An InputSizeFunc. */
static guint64
tell_size (const char *data,
           gsize       length)
{
  g_autoptr (GVariant) info = NULL;

  if (length < START_BYTES)
    return G_MAXUINT64;

  info = query_start (data, length, NULL);

  return info != NULL ? (guint64) get_figure (info, "file-size") : 0;
}

/* info */

static Status
show_info (GVariant *info,
           gboolean  json)
{
  const double n_strings = get_figure (info, "n-strings");
  const double text_bytes = get_figure (info, "text-bytes"), file_size = get_figure (info, "file-size");
  const Figure figures[] = {
    { FIGURE_COUNT, "Format version", "version", get_figure (info, "format-version"), NULL },
    { FIGURE_COUNT, "Strings", "strings", n_strings, NULL },
    { FIGURE_COUNT, "With atoms", "atoms", get_figure (info, "n-atoms"), NULL },
    { FIGURE_COUNT, "First atom", "first_atom", get_figure (info, "first-atom"), NULL },
    { FIGURE_COUNT, "Bytes of strings", "string_bytes", text_bytes, NULL },
    { FIGURE_COUNT, "Bytes of the file", "file_bytes", file_size, NULL },
    { FIGURE_RATIO, "Overhead a string", "overhead", figures_divide (file_size - text_bytes, n_strings), NULL },
    { FIGURE_COUNT, "Buckets", "buckets", get_figure (info, "n-buckets"), NULL },
    { FIGURE_RATIO, "Load of the index", "load", get_figure (info, "load"), NULL },
    { FIGURE_COUNT, "Longest search", "max_probe", get_figure (info, "max-probe"), NULL },
  };

  return figures_write (figures, G_N_ELEMENTS (figures), NULL, json, FALSE);
}

static gboolean
start_cb (const char  *data,
          gsize        length,
          gpointer     user_data,
          GError     **error)
{
  GString *start = user_data;

  g_string_append_len (start, data, (gssize) length);

  return start->len < START_BYTES;
}

/* The length of a pipe is not known, and not checked. */
static GVariant *
query_files (char   **files,
             GError **error)
{
  g_autoptr (GString) start = g_string_new (NULL);
  g_autoptr (GVariant) info = NULL;
  const guint64 size = input_get_size (files);

  if (!input_read (files[0], start_cb, start, error))
    return NULL;

  info = query_start (start->str, start->len, error);
  if (info != NULL && (size == 0 || size == (guint64) get_figure (info, "file-size")))
    return g_steal_pointer (&info);

  if (info != NULL)
    g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_CORRUPT,
                         "The snapshot is damaged: its length is not what the header says");
  input_prefix_error (files[0], error);

  return NULL;
}

Status
run_info (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) info = query_files (options->files, &error);

  return info != NULL ? show_info (info, options->json) : fail (error);
}

/* Returns a pool with the strings and the atoms of a snapshot, which is read once, so that what is checked is what is
 * shown. It is frozen, so that strings without an atom do not get one. */
static InternPool *
open_snapshot (const char  *name,
               GError     **error)
{
  gsize length;
  char *content = input_load (name, tell_size, &length, error);
  g_autoptr (GBytes) bytes = NULL;
  InternPool *pool;

  if (content == NULL)
    return NULL;

  bytes = g_bytes_new_take (content, length);
  pool = intern_pool_new_from_bytes (bytes, error);
  if (pool != NULL)
    intern_pool_freeze (pool);
  else
    input_prefix_error (name, error);

  return pool;
}

/* verify */

Status
run_verify (const Options *options)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Status status = STATUS_SUCCESS;
  Status written;

  for (char **name = options->files; *name != NULL && status != STATUS_INTERRUPTED; name++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (InternPool) pool = open_snapshot (*name, &error);

      if (pool != NULL)
        {
          g_autofree char *shown = input_dup_name (*name);
          g_autofree char *count = text_dup_count (intern_pool_get_n_strings (pool), "string");

          g_string_append_printf (text, "%s: whole, %s\n", shown, count);
        }
      else
        status = fail (error);
    }
  written = write_text (text->str, text->len);

  return status != STATUS_SUCCESS ? status : written;
}

/* list */

static gboolean
list_cb (const char *string,
         gsize       length,
         gpointer    user_data)
{
  Job *self = user_data;
  char number[16];

  if (self->options->atoms)
    output_write (self->output, number, (gsize) g_snprintf (number, sizeof number, "%u\t",
                                                           intern_pool_get_atom (self->pool, string)));
  output_write (self->output, string, length);
  write_terminator (self->output, self->options);

  return !output_has_failed (self->output);
}

Status
run_list (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Output) output = output_new ("-", FALSE, &error);
  g_autoptr (InternPool) pool = output != NULL ? open_snapshot (options->files[0], &error) : NULL;
  Job self = { options, pool, output, 0 };

  if (pool == NULL)
    return fail (error);

  intern_pool_foreach (pool, list_cb, &self);

  return output_finish_all (&error) ? STATUS_SUCCESS : fail (error);
}

/* diff */

typedef struct
{
  const Options *options;
  InternPool    *pool;
  InternPool    *other;
  Output        *output;
  char           sign;      /* before what @other does not have */
  gboolean       different;
} Differ;

/* A string whose atom is another is listed once, from the old snapshot. */
static gboolean
diff_cb (const char *string,
         gsize       length,
         gpointer    user_data)
{
  Differ *self = user_data;
  const char *there = intern_pool_lookup_len (self->other, string, (gssize) length);
  const InternAtom atom = intern_pool_get_atom (self->pool, string);
  const InternAtom other_atom = intern_pool_get_atom (self->other, there);
  char before[32] = { self->sign, ' ', '\0' };

  if (there != NULL && (self->sign == '+' || self->options->ignore_atoms || other_atom == atom))
    return TRUE;

  if (there != NULL)
    g_snprintf (before, sizeof before, "~ %u %u ", atom, other_atom);
  output_write (self->output, before, strlen (before));
  output_write (self->output, string, length);
  write_terminator (self->output, self->options);
  self->different = TRUE;

  return !output_has_failed (self->output);
}

Status
run_diff (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Output) output = output_new ("-", FALSE, &error);
  g_autoptr (InternPool) old = output != NULL ? open_snapshot (options->files[0], &error) : NULL;
  g_autoptr (InternPool) new = old != NULL ? open_snapshot (options->files[1], &error) : NULL;
  Differ gone = { options, old, new, output, '-', FALSE };
  Differ come = { options, new, old, output, '+', FALSE };

  if (new == NULL)
    return fail (error);

  intern_pool_foreach (old, diff_cb, &gone);
  intern_pool_foreach (new, diff_cb, &come);
  if (!output_finish_all (&error))
    return fail (error);

  return gone.different || come.different ? STATUS_DIFFERENT : STATUS_SUCCESS;
}
