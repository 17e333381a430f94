/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* AppStream and its GRefString: a catalog in XML becomes components. Ids, licences, icons, the names of
 * packages and what they provide, and the locale of each text are interned; the texts are copied. */

#include <string.h>

#include "program.h"

/* Last, since on a pool it redefines the names of GLib. */
#include "catalog.h"

/* The texts of an element that occurs once in a component. */
enum
{
  ID,
  PACKAGE,
  METADATA_LICENSE,
  PROJECT_LICENSE,
  DEVELOPER,
  N_SINGLE,
};

/* Those of an element that may occur many times. */
enum
{
  CATEGORY,
  ICON,
  BINARY,
  MEDIA_TYPE,
  N_LISTS,
};

/* Those that have translations. */
enum
{
  NAME,
  SUMMARY,
  DESCRIPTION,
  N_TRANSLATED,
};

static const char * const single_elements[N_SINGLE] = {
  "id", "pkgname", "metadata_license", "project_license", "developer_name",
};
static const char * const list_elements[N_LISTS] = { "category", "icon", "binary", "mediatype" };
static const char * const translated_elements[N_TRANSLATED] = { "name", "summary", "p" };

typedef struct
{
  GRefString *single[N_SINGLE];         /* (owned) (nullable) */
  GPtrArray  *lists[N_LISTS];           /* (owned) (element-type GRefString) */
  GHashTable *translated[N_TRANSLATED]; /* (owned) (element-type GRefString utf8) by locale */
} Component;

typedef struct
{
  GMappedFile *file;       /* (owned) */
  GPtrArray   *components; /* (owned) (element-type Component) */
  GRefString  *locale;     /* (owned) (nullable) of the element that is open */
  guint64      before;     /* the memory of the process without components */
} Catalog;

static void
release_cb (gpointer string)
{
  g_ref_string_release (string);
}

static Component *
component_new (void)
{
  Component *self = g_new0 (Component, 1);

  for (guint i = 0; i < N_LISTS; i++)
    self->lists[i] = g_ptr_array_new_with_free_func (release_cb);
  for (guint i = 0; i < N_TRANSLATED; i++)
    self->translated[i] = g_hash_table_new_full (g_str_hash, g_str_equal, release_cb, g_free);

  return self;
}

static void
component_free (gpointer data)
{
  Component *self = data;

  for (guint i = 0; i < N_SINGLE; i++)
    g_clear_pointer (&self->single[i], release_cb);
  for (guint i = 0; i < N_LISTS; i++)
    g_ptr_array_unref (self->lists[i]);
  for (guint i = 0; i < N_TRANSLATED; i++)
    g_hash_table_unref (self->translated[i]);
  g_free (self);
}

/* The index of @name in @names, or @n_names. */
static guint
find_element (const char         *name,
              const char * const *names,
              guint               n_names)
{
  guint i = 0;

  while (i < n_names && strcmp (name, names[i]) != 0)
    i++;

  return i;
}

/* @text is (transfer full). */
static void
component_take (Component  *self,
                const char *element,
                char       *text,
                GRefString *locale)
{
  const guint single = find_element (element, single_elements, N_SINGLE);
  const guint list = find_element (element, list_elements, N_LISTS);
  const guint translated = find_element (element, translated_elements, N_TRANSLATED);

  if (translated < N_TRANSLATED)
    {
      g_hash_table_insert (self->translated[translated], g_ref_string_acquire (locale), text);
      return;
    }
  if (single < N_SINGLE)
    {
      g_clear_pointer (&self->single[single], release_cb);
      self->single[single] = g_ref_string_new_intern (text);
    }
  if (list < N_LISTS)
    g_ptr_array_add (self->lists[list], g_ref_string_new_intern (text));
  g_free (text);
}

static void
start_cb (GMarkupParseContext  *context,
          const char           *element,
          const char          **names,
          const char          **values,
          gpointer              user_data,
          GError              **error)
{
  Catalog *self = user_data;
  const char *locale = "C";

  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], "xml:lang") == 0)
      locale = values[i];
  g_clear_pointer (&self->locale, release_cb);
  self->locale = g_ref_string_new_intern (locale);
  if (strcmp (element, "component") == 0)
    g_ptr_array_add (self->components, component_new ());
}

static void
text_cb (GMarkupParseContext  *context,
         const char           *text,
         gsize                 length,
         gpointer              user_data,
         GError              **error)
{
  Catalog *self = user_data;

  if (self->components->len > 0)
    component_take (g_ptr_array_index (self->components, self->components->len - 1),
                    g_markup_parse_context_get_element (context), g_strndup (text, length), self->locale);
}

static void
parse (Catalog *self)
{
  const GMarkupParser parser = { .start_element = start_cb, .text = text_cb };
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GError) error = NULL;

  program_start ();
  context = g_markup_parse_context_new (&parser, 0, self, NULL);
  if (!g_markup_parse_context_parse (context, g_mapped_file_get_contents (self->file),
                                     (gssize) g_mapped_file_get_length (self->file), &error))
    g_error ("%s", error->message);
  program_stop ("parse", self->components->len);
  g_clear_pointer (&context, g_markup_parse_context_free);

  program_memory ("memory", self->before, self->components->len);
}

/* A client asks for the components of a category, and for their summaries in a language. */
static void
query (Catalog *self)
{
  GRefString *category = g_ref_string_new_intern ("Game");
  guint64 hash = 0;
  guint n_found = 0;

  program_start ();
  for (guint i = 0; i < self->components->len; i++)
    {
      const Component *component = g_ptr_array_index (self->components, i);
      const char *summary = g_hash_table_lookup (component->translated[SUMMARY], "de");

      if (!g_ptr_array_find (component->lists[CATEGORY], category, NULL) || summary == NULL)
        continue;
      hash = program_hash (program_hash (hash, component->single[ID]), summary);
      n_found++;
    }
  program_stop ("query", self->components->len);

  program_answer ("components", self->components->len);
  program_answer ("found", n_found);
  program_answer ("summaries", hash);
  g_ref_string_release (category);
}

void
program_run (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "catalog.xml", NULL);
  g_autoptr (GError) error = NULL;
  Catalog self = { 0 };
  guint n_components;

  self.file = g_mapped_file_new (path, FALSE, &error);
  if (self.file == NULL)
    g_error ("%s", error->message);
  strings_init ();
  self.before = bench_resident_size ();
  self.components = g_ptr_array_new_with_free_func (component_free);

  parse (&self);
  query (&self);

  n_components = self.components->len;
  program_start ();
  g_clear_pointer (&self.components, g_ptr_array_unref);
  g_clear_pointer (&self.locale, release_cb);
  program_stop ("free", n_components);
  g_mapped_file_unref (self.file);
}
