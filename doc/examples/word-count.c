/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counts the words of a text. The pool keeps one copy of each word, so its address can be the key: no
 * string is hashed or compared a second time. */

#include <stdlib.h>

#include <intern-glib.h>

static int
compare_counts (gconstpointer a,
                gconstpointer b,
                gpointer      counts)
{
  const char *word_a = *(const char * const *) a;
  const char *word_b = *(const char * const *) b;
  guint count_a = GPOINTER_TO_UINT (g_hash_table_lookup (counts, word_a));
  guint count_b = GPOINTER_TO_UINT (g_hash_table_lookup (counts, word_b));

  return count_a != count_b ? (count_a < count_b) - (count_a > count_b)
                            : g_strcmp0 (word_a, word_b);
}

static void
count_words (InternPool *pool,
             const char *text,
             GHashTable *counts)
{
  while (*text != '\0')
    {
      gsize length = 0;

      while (g_ascii_isalpha (text[length]))
        length++;
      if (length > 0)
        {
          const char *word = intern_pool_intern_len (pool, text, (gssize) length);
          guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, word));

          g_hash_table_insert (counts, (gpointer) word, GUINT_TO_POINTER (count + 1));
        }
      text += length > 0 ? length : 1;
    }
}

static GPtrArray *
sorted_words (GHashTable *counts)
{
  GPtrArray *words = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer word;

  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &word, NULL))
    g_ptr_array_add (words, word);
  g_ptr_array_sort_with_data (words, compare_counts, counts);

  return words;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) words = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  InternPoolStats stats;

  if (argc != 2 || !g_file_get_contents (argv[1], &text, NULL, &error))
    {
      g_printerr ("%s\n", argc != 2 ? "Usage: word-count FILE" : error->message);
      return EXIT_FAILURE;
    }

  count_words (pool, text, counts);

  words = sorted_words (counts);
  for (guint i = 0; i < MIN (words->len, 10); i++)
    g_print ("%6u %s\n",
             GPOINTER_TO_UINT (g_hash_table_lookup (counts, words->pdata[i])),
             (const char *) words->pdata[i]);

  intern_pool_get_stats (pool, &stats);
  g_print ("%" G_GUINT64_FORMAT " words, %u distinct, %.1f %% hits\n",
           stats.n_lookups, stats.n_strings, 100 * stats.hit_ratio);

  return EXIT_SUCCESS;
}
