/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counts the values in one column of a table: column FILE DELIMITER NUMBER */

#include <stdlib.h>

#include <intern-glib.h>

typedef struct
{
  InternPool *pool;
  guint      *counts; /* by atom */
} Groups;

static GStrv
read_column (const char  *path,
             const char  *delimiter,
             guint        number,
             GError     **error)
{
  g_autoptr (GStrvBuilder) column = g_strv_builder_new ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], delimiter, -1);

      if (g_strv_length (fields) >= number)
        g_strv_builder_add (column, fields[number - 1]);
    }

  return g_strv_builder_end (column);
}

static int
compare_groups (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  const Groups *groups = data;
  InternAtom atom_a = *(const InternAtom *) a;
  InternAtom atom_b = *(const InternAtom *) b;
  guint count_a = groups->counts[atom_a];
  guint count_b = groups->counts[atom_b];

  return count_a != count_b ? (count_a < count_b) - (count_a > count_b)
                            : g_strcmp0 (intern_pool_atom_to_string (groups->pool, atom_a),
                                         intern_pool_atom_to_string (groups->pool, atom_b));
}

static void
print_groups (Groups *groups)
{
  g_autoptr (GArray) atoms = g_array_new (FALSE, FALSE, sizeof (InternAtom));

  for (InternAtom atom = 1; atom <= intern_pool_get_n_strings (groups->pool); atom++)
    g_array_append_val (atoms, atom);
  g_array_sort_with_data (atoms, compare_groups, groups);

  for (guint i = 0; i < MIN (atoms->len, 10); i++)
    {
      InternAtom atom = g_array_index (atoms, InternAtom, i);

      g_print ("%6u %s\n", groups->counts[atom], intern_pool_atom_to_string (groups->pool, atom));
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) column = NULL;
  g_autofree guint32 *atoms = NULL;
  g_autofree guint *counts = NULL;
  gsize n_atoms = 0;

  if (argc == 4)
    column = read_column (argv[1], argv[2], (guint) MAX (atoi (argv[3]), 1), &error);
  if (column != NULL)
    atoms = intern_pool_encode (pool, (const char * const *) column, -1, &n_atoms, &error);
  if (atoms == NULL)
    {
      g_printerr ("%s\n", error == NULL ? "Usage: column FILE DELIMITER NUMBER" : error->message);
      return EXIT_FAILURE;
    }

  /* In a new pool the atoms are 1, 2, 3…: use them as indexes of an array. */
  counts = g_new0 (guint, intern_pool_get_n_strings (pool) + 1);
  for (gsize i = 0; i < n_atoms; i++)
    counts[atoms[i]]++;

  print_groups (&(Groups) { pool, counts });
  g_print ("%" G_GSIZE_FORMAT " rows, %u values\n", n_atoms, intern_pool_get_n_strings (pool));

  return EXIT_SUCCESS;
}
