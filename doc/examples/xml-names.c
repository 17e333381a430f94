/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counts the elements of an XML file: xml-names FILE [MAX-NAMES]
 *
 * A document repeats a few names thousands of times, and a parser compares them all the time. The pool
 * is made for one document and limited, since the document may come from a stranger: one with a million
 * different names is refused, not kept. */

#include <stdlib.h>

#include <intern-glib.h>

typedef struct
{
  InternPool *names;  /* (owned) */
  GHashTable *counts; /* (owned) from a name of the pool to how often it occurs */
  const char *photo;  /* of the pool */
  const char *id;     /* of the pool */
  gsize       n_ids;
} Document;

static void
start_element (GMarkupParseContext  *context,
               const char           *element,
               const char          **attributes,
               const char          **values,
               gpointer              user_data,
               GError              **error)
{
  Document *document = user_data;
  const char *name = intern_pool_try_intern (document->names, element, error);

  if (name == NULL)
    return;

  /* GHashTable compares addresses without functions of its own. */
  g_hash_table_insert (document->counts, (gpointer) name,
                       GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (document->counts, name)) + 1));

  for (guint i = 0; attributes[i] != NULL; i++)
    {
      const char *attribute = intern_pool_try_intern (document->names, attributes[i], error);

      if (attribute == NULL)
        return;
      if (name == document->photo && attribute == document->id)
        document->n_ids++;
    }
}

static gboolean
parse (Document    *document,
       const char  *path,
       GError     **error)
{
  static const GMarkupParser parser = { .start_element = start_element };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, document, NULL);
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (path, &text, &length, error) &&
         g_markup_parse_context_parse (context, text, (gssize) length, error) &&
         g_markup_parse_context_end_parse (context, error);
}

static void
print_counts (Document *document)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (document->counts), (GCompareFunc) g_strcmp0);

  for (GList *l = names; l != NULL; l = l->next)
    g_print ("%4u %s\n", GPOINTER_TO_UINT (g_hash_table_lookup (document->counts, l->data)), (char *) l->data);
  g_print ("%" G_GSIZE_FORMAT " photos have an id\n", document->n_ids);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (InternPool) names = intern_pool_new ();
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  Document document = { names, counts, intern_pool_intern (names, "photo"), intern_pool_intern (names, "id"), 0 };

  intern_pool_set_max_strings (names, argc > 2 ? (guint) atoi (argv[2]) : 1000);
  if (argc < 2 || !parse (&document, argv[1], &error))
    {
      g_print ("%s\n", argc < 2 ? "Usage: xml-names FILE [MAX-NAMES]" : error->message);
      return EXIT_FAILURE;
    }

  print_counts (&document);
  g_print ("%u names\n", intern_pool_get_n_strings (names));

  return EXIT_SUCCESS;
}
