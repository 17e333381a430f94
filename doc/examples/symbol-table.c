/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Resolves the names of a small language: symbol-table FILE
 *
 * The keywords are in a frozen pool, and each file has a child of it: a keyword has one atom in all
 * files, and the names of a file are freed with it. "let" declares, any other word is a use. */

#include <stdlib.h>
#include <intern-glib.h>

/* In the order of the atoms, which begin at 1. */
enum { KEYWORD_LET = 1, KEYWORD_PRINT, KEYWORD_OPEN, KEYWORD_CLOSE };

static const char * const keywords[] = { "let", "print", "{", "}" };

typedef struct
{
  const char *name; /* of the pool of the file */
  guint       line, depth;
} Declaration;

typedef struct
{
  InternPool *pool;         /* a child of the keywords */
  GArray     *declarations; /* (element-type Declaration) the innermost last */
  guint       depth;
  gboolean    declares;     /* the next name is declared */
} Scanner;

static void
resolve (Scanner    *scanner,
         const char *name,
         guint       line)
{
  GArray *all = scanner->declarations;
  guint i = all->len;

  while (i > 0 && g_array_index (all, Declaration, i - 1).name != name) /* compares two addresses */
    i--;

  if (i > 0)
    g_print ("line %u: %s is from line %u\n", line, name, g_array_index (all, Declaration, i - 1).line);
  else
    g_print ("line %u: %s is not declared\n", line, name);
}

static void
close_scope (Scanner *scanner)
{
  GArray *all = scanner->declarations;

  while (all->len > 0 && g_array_index (all, Declaration, all->len - 1).depth == scanner->depth)
    g_array_set_size (all, all->len - 1);
  scanner->depth--;
}

static void
read_word (Scanner    *scanner,
           const char *word,
           guint       line)
{
  const char *name = intern_pool_intern (scanner->pool, word);
  Declaration declaration = { name, line, scanner->depth };

  switch (intern_pool_lookup_atom (scanner->pool, name))
    {
    case KEYWORD_LET:
      scanner->declares = TRUE;
      break;
    case KEYWORD_PRINT:
      break;
    case KEYWORD_OPEN:
      scanner->depth++;
      break;
    case KEYWORD_CLOSE:
      close_scope (scanner);
      break;
    default:
      if (scanner->declares)
        g_array_append_val (scanner->declarations, declaration);
      else
        resolve (scanner, name, line);
      scanner->declares = FALSE;
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (InternPool) reserved = intern_pool_new ();
  g_autoptr (InternPool) pool = NULL;
  g_autoptr (GArray) declarations = g_array_new (FALSE, FALSE, sizeof (Declaration));
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  Scanner scanner = { NULL, declarations, 0, FALSE };

  if (argc != 2 || !g_file_get_contents (argv[1], &text, NULL, NULL))
    {
      g_printerr ("Usage: symbol-table FILE\n");
      return EXIT_FAILURE;
    }

  for (guint i = 0; i < G_N_ELEMENTS (keywords); i++)
    intern_pool_atom_from_string (reserved, keywords[i]);
  intern_pool_freeze (reserved);
  scanner.pool = pool = intern_pool_new_child (reserved, NULL);

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (lines[i]), " ", -1);

      for (guint j = 0; words[j] != NULL; j++)
        read_word (&scanner, words[j], i + 1);
    }
  g_print ("%u words, %u of them keywords\n", intern_pool_get_n_strings (pool), intern_pool_get_n_strings (reserved));

  return EXIT_SUCCESS;
}
