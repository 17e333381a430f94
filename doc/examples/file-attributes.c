/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shows what is in a folder and the folders below it: file-attributes FOLDER [TYPE]
 *
 * A file manager keeps the type, owner and group of each file that it shows, and a folder of ten
 * thousand photos has one of each. A window has a pool, which goes with the window. */

#include <stdlib.h>

#include <intern-glib.h>

#define ATTRIBUTES "standard::name,standard::type,standard::fast-content-type,owner::user,owner::group"

typedef struct
{
  const char *type;  /* of the pool of the window, as the next two */
  const char *user;  /* (nullable) */
  const char *group; /* (nullable) */
} File;

typedef struct
{
  InternPool *pool;  /* (owned) outlives the files */
  GArray     *files; /* (owned) (element-type File) */
} Window;

static gboolean
add_folder (Window  *window,
            GFile   *folder,
            GError **error)
{
  g_autoptr (GFileEnumerator) children =
    g_file_enumerate_children (folder, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, error);
  GFileInfo *info;
  GFile *child;

  if (children == NULL)
    return FALSE;

  while (g_file_enumerator_iterate (children, &info, &child, NULL, error) && info != NULL)
    {
      File file = {
        intern_pool_intern (window->pool, g_file_info_get_attribute_string (info, "standard::fast-content-type")),
        intern_pool_intern (window->pool, g_file_info_get_attribute_string (info, "owner::user")),
        intern_pool_intern (window->pool, g_file_info_get_attribute_string (info, "owner::group")),
      };

      if (g_file_info_get_file_type (info) != G_FILE_TYPE_DIRECTORY)
        g_array_append_val (window->files, file);
      else if (!add_folder (window, child, error))
        return FALSE;
    }

  return error == NULL || *error == NULL;
}

/* A type that the pool does not have is the type of no file: no file is looked at. */
static guint
count_type (Window     *window,
            const char *name)
{
  const char *type = intern_pool_lookup (window->pool, name);
  guint count = 0;

  for (guint i = 0; type != NULL && i < window->files->len; i++)
    count += g_array_index (window->files, File, i).type == type;

  return count;
}

int
main (int    argc,
      char **argv)
{
  Window window = { intern_pool_new (), g_array_new (FALSE, FALSE, sizeof (File)) };
  g_autoptr (GFile) folder = g_file_new_for_path (argc > 1 ? argv[1] : ".");
  g_autoptr (GError) error = NULL;

  if (!add_folder (&window, folder, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  g_print ("%u files\n", window.files->len);
  for (int i = 2; i < argc; i++)
    g_print ("%u of type %s\n", count_type (&window, argv[i]), argv[i]);
  g_printerr ("%u attributes are %u strings\n", 3 * window.files->len, intern_pool_get_n_strings (window.pool));

  g_array_unref (window.files);
  g_object_unref (window.pool);

  return EXIT_SUCCESS;
}
