/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds the pages of a web server that fail most often: log-analysis ACCESS-LOG
 *
 * A log has millions of lines and few pages. Each page gets an atom, a small number, so the counts are
 * arrays, and no string is kept for a line. */

#include <stdlib.h>
#include <string.h>

#include <intern-glib.h>

typedef struct
{
  guint n_requests;
  guint n_failures;
} Page;

typedef struct
{
  InternPool *paths; /* (owned) */
  GArray     *pages; /* (owned) (element-type Page) by atom */
} Log;

/* Of: 192.0.2.1 - - [02/Nov/2026:10:00:00 +0000] "GET /index.html HTTP/1.1" 200 5120 */
static void
read_line (Log        *log,
           const char *line)
{
  const char *request = strchr (line, '"');
  const char *path = request == NULL ? NULL : strchr (request, ' ');
  const char *status = request == NULL ? NULL : strstr (request + 1, "\" ");
  InternAtom atom;
  Page *page;

  if (path == NULL || status == NULL)
    return;

  path++;
  atom = intern_pool_atom_from_string_len (log->paths, path, (gssize) strcspn (path, " ?\""));
  if (atom >= log->pages->len)
    g_array_set_size (log->pages, atom + 1);

  page = &g_array_index (log->pages, Page, atom);
  page->n_requests++;
  page->n_failures += atoi (status + 2) >= 400;
}

static int
compare_failures (gconstpointer a,
                  gconstpointer b,
                  gpointer      data)
{
  const Page *page_a = &g_array_index ((GArray *) data, Page, *(const InternAtom *) a);
  const Page *page_b = &g_array_index ((GArray *) data, Page, *(const InternAtom *) b);

  return (page_a->n_failures < page_b->n_failures) - (page_a->n_failures > page_b->n_failures);
}

static void
print_worst (Log *log)
{
  g_autoptr (GArray) atoms = g_array_new (FALSE, FALSE, sizeof (InternAtom));

  for (InternAtom atom = 1; atom < log->pages->len; atom++)
    g_array_append_val (atoms, atom);
  g_array_sort_with_data (atoms, compare_failures, log->pages);

  g_print ("failed    of  page\n");
  for (guint i = 0; i < MIN (atoms->len, 3); i++)
    {
      InternAtom atom = g_array_index (atoms, InternAtom, i);
      Page *page = &g_array_index (log->pages, Page, atom);

      g_print ("%6u %5u  %s\n", page->n_failures, page->n_requests,
               intern_pool_atom_to_string (log->paths, atom));
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (InternPool) paths = intern_pool_new ();
  g_autoptr (GArray) pages = g_array_new (FALSE, TRUE, sizeof (Page));
  g_autoptr (GIOChannel) channel = argc == 2 ? g_io_channel_new_file (argv[1], "r", NULL) : NULL;
  g_autoptr (GString) line = g_string_new (NULL);
  Log log = { paths, pages };

  if (channel == NULL)
    {
      g_printerr ("Usage: log-analysis ACCESS-LOG\n");
      return EXIT_FAILURE;
    }

  /* A log may hold any bytes. */
  g_io_channel_set_encoding (channel, NULL, NULL);
  while (g_io_channel_read_line_string (channel, line, NULL, NULL) == G_IO_STATUS_NORMAL)
    read_line (&log, line->str);

  print_worst (&log);
  g_print ("%u pages\n", intern_pool_get_n_strings (paths));

  return EXIT_SUCCESS;
}
