/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Numbers the words of a text. The first run reads the text and saves the pool; later runs open that
 * file, in constant time. */

#include <stdlib.h>

#include <intern-glib.h>

static InternPool *
read_words (const char  *path,
            GError     **error)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;

  words = g_strsplit (g_strcanon (text, G_CSET_A_2_Z G_CSET_a_2_z, ' '), " ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      intern_pool_atom_from_string (pool, words[i]);

  return g_steal_pointer (&pool);
}

/* Only this program writes the file, so it can trust it. */
static InternPool *
open_words (const char  *snapshot,
            const char  *path,
            GError     **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (snapshot);
  g_autoptr (InternPool) pool = intern_pool_new_from_file (file, INTERN_SNAPSHOT_TRUSTED, NULL, NULL);

  if (pool == NULL)
    {
      pool = read_words (path, error);
      if (pool == NULL || !intern_pool_save (pool, file, NULL, error))
        return NULL;
    }

  return g_steal_pointer (&pool);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (InternPool) pool = NULL;
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();

  if (argc < 3)
    {
      g_printerr ("Usage: dictionary SNAPSHOT TEXT [WORD...]\n");
      return EXIT_FAILURE;
    }

  pool = open_words (argv[1], argv[2], &error);
  if (pool == NULL)
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  g_printerr ("ready after %" G_GINT64_FORMAT " us\n", g_get_monotonic_time () - start);
  g_print ("%u words\n", intern_pool_get_n_strings (pool));
  for (int i = 3; i < argc; i++)
    g_print ("%6u %s\n", intern_pool_lookup_atom (pool, argv[i]), argv[i]);

  return EXIT_SUCCESS;
}
