/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "program.h"

#include <stdlib.h>
#include <string.h>

static GString *rows;    /* (owned) members of an object in JSON */
static GString *answers; /* (owned) the same */
static guint64 started;

void
program_open (BenchStream *stream,
              const char  *folder,
              const char  *name)
{
  g_autofree char *file = g_strconcat (name, ".keys", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);

  bench_stream_open (stream, path);
}

/* The pages of the array are in RAM from the start, so that the memory of the strings does not include
 * them. */
gpointer *
program_array (gsize n_pointers)
{
  gpointer *array = g_new (gpointer, n_pointers);

  memset (array, 0xff, n_pointers * sizeof *array);

  return array;
}

void
program_start (void)
{
  started = bench_thread_time ();
}

/* Reports the CPU time since program_start(), for each of @n_calls. */
void
program_stop (const char *row,
              guint64     n_calls)
{
  const guint64 now = bench_thread_time ();

  program_value (row, (double) (now - started) / (double) n_calls);
}

void
program_value (const char *row,
               double      value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.3f", value);
  g_string_append_printf (rows, "%s\"%s\": %s", rows->len > 0 ? ", " : "", row, text);
}

/* Reports what the process has taken since it had @before bytes, for each of @n_items. */
void
program_memory (const char *row,
                guint64     before,
                guint64     n_items)
{
  program_value (row, ((double) bench_resident_size () - (double) before) / (double) n_items);
}

/* Reports a result, which must be the same with both interners. */
void
program_answer (const char *name,
                guint64     value)
{
  g_string_append_printf (answers, "%s\"%s\": \"%" G_GUINT64_FORMAT "\"", answers->len > 0 ? ", " : "", name,
                          value);
}

/* FNV-1a, continued from @hash over the bytes of @text and its NUL. */
guint64
program_hash (guint64     hash,
              const char *text)
{
  do
    hash = (hash ^ (guint8) *text) * G_GUINT64_CONSTANT (0x100000001b3);
  while (*text++ != '\0');

  return hash;
}

int
main (int    argc,
      char **argv)
{
  if (argc != 2)
    {
      g_printerr ("Usage: %s FOLDER\nFOLDER has the input, as data.py makes it\n", argv[0]);
      return EXIT_FAILURE;
    }

  rows = g_string_new (NULL);
  answers = g_string_new (NULL);
  program_run (argv[1]);
  g_print ("{\"version\": \"%s\", \"rows\": {%s}, \"answers\": {%s}}\n", PROGRAM_VERSION, rows->str, answers->str);
  g_string_free (rows, TRUE);
  g_string_free (answers, TRUE);

  return EXIT_SUCCESS;
}
