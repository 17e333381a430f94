/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pools over a snapshot that was trusted, and is damaged. */

#include "config.h"

#include "pool/pool.h"

#include <glib/gstdio.h>
#include <string.h>

#include "intern-pool-item.h"
#include "intern-pool-model.h"
#include "intern-pool-snapshot.h"
#include "snapshot/format.h"

/* Returns a pool over the mapped snapshot of "elm" and "oak", with atoms 1 and 2. The start of the second string is
 * wrong. */
static InternPool *
open_damaged (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFileIOStream) stream = NULL;
  g_autofree guint8 *data = NULL;
  const InternSnapshotSection *sections;
  InternSnapshotSection starts;
  InternPool *opened;
  gsize size;

  intern_pool_atom_from_string (pool, "elm");
  intern_pool_atom_from_string (pool, "oak");
  bytes = intern_pool_to_bytes (pool, &error);
  g_assert_no_error (error);
  size = g_bytes_get_size (bytes);
  data = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
  sections = (const InternSnapshotSection *) (gconstpointer) (data + sizeof (InternSnapshotHeader));
  starts = intern_snapshot_convert_section (&sections[INTERN_SNAPSHOT_STARTS - 1]);
  g_assert_cmpuint (starts.id, ==, INTERN_SNAPSHOT_STARTS);
  memset (data + starts.start + sizeof (guint32), 0x7f, sizeof (guint32));

  file = g_file_new_tmp ("intern-damage-XXXXXX", &stream, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (g_file_peek_path (file), (const char *) data, (gssize) size, NULL));
  g_assert_null (intern_pool_new_from_file (file, INTERN_SNAPSHOT_NONE, NULL, NULL));
  opened = intern_pool_new_from_file (file, INTERN_SNAPSHOT_TRUSTED, NULL, &error);
  g_assert_no_error (error);
  g_unlink (g_file_peek_path (file));

  return opened;
}

static void
test_rows (void)
{
  g_autoptr (InternPool) pool = open_damaged ();
  g_autoptr (InternPoolModel) model = intern_pool_model_new (pool);

  g_test_summary ("The rows of a snapshot that was trusted and is damaged can be read: a string that is lost is empty");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (InternPoolItem) item = g_list_model_get_item (G_LIST_MODEL (model), i);

      g_assert_cmpstr (intern_pool_item_get_string (item), ==, "");
      g_assert_cmpuint (intern_pool_item_get_atom (item), ==, i + 1);
      g_assert_null (intern_pool_atom_to_string (pool, i + 1));
    }
  g_assert_cmpstr (intern_pool_intern (pool, "oak"), ==, "oak");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/damage/rows", test_rows);

  return g_test_run ();
}
