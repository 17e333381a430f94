/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The header of a snapshot, also a wrong one: the result must agree with the call that opens the file. */

#include <intern-glib.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "odd-file.h"
#include "sent-bytes.h"

/* The header, and a table of four sections. */
#define HEADER_BYTES (96 + 4 * 24)
/* In the header: the first atom and the next one. */
#define OFFSET_OF_ATOMS 28
/* Longer than any header with its table; not much more of a file is read. */
#define MOST_READ 2048
#define N_STRINGS 1000
/* So many bytes may be the beginning of a longer snapshot. */
#define BEGINNING_BYTES 4096

typedef struct
{
  char       *folder; /* (owned) */
  char       *path;   /* (owned) of a file that does not exist yet */
  GFile      *file;   /* (owned) the same */
  InternPool *pool;   /* (owned) */
  GBytes     *bytes;  /* (owned) its snapshot */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("intern-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "strings.isn", NULL);
  fixture->file = g_file_new_for_path (fixture->path);
  fixture->pool = intern_pool_new ();
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      intern_pool_intern (fixture->pool, string);
      if (i % 2 == 0)
        intern_pool_atom_from_string (fixture->pool, string);
    }
  fixture->bytes = intern_pool_to_bytes (fixture->pool, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_object_unref (fixture->file);
  g_object_unref (fixture->pool);
  g_bytes_unref (fixture->bytes);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
assert_refused (GFile  *file,
                GQuark  domain,
                int     code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (intern_snapshot_query_info (file, NULL, &error));
  g_assert_error (error, domain, code);
}

static void
assert_path_refused (const char *path,
                     GQuark      domain,
                     int         code)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  assert_refused (file, domain, code);
}

static void
assert_figures (Fixture  *fixture,
                GVariant *info)
{
  guint32 version, n_strings, n_atoms, first, next, n_buckets, max_probe;
  guint64 text, index, size;
  double load;
  InternPoolStats stats;

  g_assert_nonnull (info);
  g_assert_false (g_variant_is_floating (info));
  g_assert_true (g_variant_is_of_type (info, G_VARIANT_TYPE_VARDICT));
  g_assert_true (g_variant_lookup (info, "format-version", "u", &version));
  g_assert_true (g_variant_lookup (info, "n-strings", "u", &n_strings));
  g_assert_true (g_variant_lookup (info, "n-atoms", "u", &n_atoms));
  g_assert_true (g_variant_lookup (info, "first-atom", "u", &first));
  g_assert_true (g_variant_lookup (info, "next-atom", "u", &next));
  g_assert_true (g_variant_lookup (info, "text-bytes", "t", &text));
  g_assert_true (g_variant_lookup (info, "index-bytes", "t", &index));
  g_assert_true (g_variant_lookup (info, "file-size", "t", &size));
  g_assert_true (g_variant_lookup (info, "n-buckets", "u", &n_buckets));
  g_assert_true (g_variant_lookup (info, "load", "d", &load));
  g_assert_true (g_variant_lookup (info, "max-probe", "u", &max_probe));

  intern_pool_get_stats (fixture->pool, &stats);
  g_assert_cmpuint (version, ==, 1);
  g_assert_cmpuint (n_strings, ==, N_STRINGS);
  g_assert_cmpuint (n_atoms, ==, N_STRINGS / 2);
  g_assert_cmpuint (first, ==, 1);
  g_assert_cmpuint (next, ==, first + n_atoms);
  g_assert_cmpuint (text, ==, stats.bytes_stored);
  g_assert_cmpuint (size, ==, g_bytes_get_size (fixture->bytes));
  g_assert_cmpuint (index, ==, 64 * (guint64) n_buckets);
  g_assert_cmpfloat_with_epsilon (load, 4.0 * N_STRINGS / (double) index, 1e-12);
  g_assert_cmpuint (max_probe, >=, 1);
}

static void
test_figures (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GVariant) info = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The header has the figures of the pool that was saved");
  g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, NULL));
  info = intern_snapshot_query_info (fixture->file, NULL, &error);
  g_assert_no_error (error);
  assert_figures (fixture, info);
}

static void
test_empty_pool (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GVariant) info = NULL;
  guint64 text;
  double load;

  g_test_summary ("A snapshot without strings has a header");
  g_assert_true (intern_pool_save (pool, fixture->file, NULL, NULL));
  info = intern_snapshot_query_info (fixture->file, NULL, NULL);
  g_assert_nonnull (info);
  g_assert_true (g_variant_lookup (info, "text-bytes", "t", &text) && text == 0);
  g_assert_true (g_variant_lookup (info, "load", "d", &load));
  g_assert_cmpfloat (load, ==, 0);
}

/* Compares the call with opening the file as trusted, which checks only the header. */
static void
assert_same_verdict (Fixture *fixture)
{
  g_autoptr (GError) error = NULL, expected = NULL;
  g_autoptr (GVariant) info = intern_snapshot_query_info (fixture->file, NULL, &error);
  g_autoptr (InternPool) pool =
    intern_pool_new_from_file (fixture->file, INTERN_SNAPSHOT_TRUSTED, NULL, &expected);

  g_assert_true ((info != NULL) == (pool != NULL));
  if (info != NULL)
    return;
  g_assert_error (error, expected->domain, expected->code);
  g_assert_cmpstr (error->message, ==, expected->message);
}

static void
write_file (Fixture    *fixture,
            const void *data,
            gsize       size)
{
  g_assert_true (g_file_set_contents_full (fixture->path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
test_every_byte (Fixture       *fixture,
                 gconstpointer  data)
{
  const guint8 values[] = { 0, 1, 0x7f, 0x80, 0xff };
  gsize size;
  gconstpointer good = g_bytes_get_data (fixture->bytes, &size);
  g_autofree guint8 *bad = g_memdup2 (good, size);

  g_test_summary ("A header with any wrong byte gives the same error as opening the file");
  for (gsize i = 0; i < HEADER_BYTES; i++)
    for (guint j = 0; j < G_N_ELEMENTS (values); j++)
      {
        const guint8 right = bad[i];

        bad[i] = values[j];
        write_file (fixture, bad, size);
        assert_same_verdict (fixture);
        bad[i] = right;
      }
}

static void
test_high_atoms (Fixture       *fixture,
                 gconstpointer  data)
{
  gsize size;
  gconstpointer good = g_bytes_get_data (fixture->bytes, &size);
  g_autofree guint8 *bad = g_memdup2 (good, size);
  const guint32 atoms[] = { GUINT32_TO_LE (G_MAXUINT32 - N_STRINGS), GUINT32_TO_LE (G_MAXUINT32 - N_STRINGS / 2) };

  g_test_summary ("Atoms that no pool can have are refused");
  memcpy (bad + OFFSET_OF_ATOMS, atoms, sizeof atoms);
  write_file (fixture, bad, size);
  assert_same_verdict (fixture);
  assert_refused (fixture->file, INTERN_ERROR, INTERN_ERROR_CORRUPT);
}

static void
test_every_length (Fixture       *fixture,
                   gconstpointer  data)
{
  gsize size;
  const char *good = g_bytes_get_data (fixture->bytes, &size);

  g_test_summary ("A file that is too short or too long is refused");
  for (gsize length = 0; length < size; length += length < MOST_READ ? 7 : 997)
    {
      write_file (fixture, good, length);
      assert_same_verdict (fixture);
      assert_refused (fixture->file, INTERN_ERROR, INTERN_ERROR_CORRUPT);
    }
  {
    g_autofree char *longer = g_malloc0 (size + 1);

    memcpy (longer, good, size);
    write_file (fixture, longer, size + 1);
    assert_same_verdict (fixture);
    assert_refused (fixture->file, INTERN_ERROR, INTERN_ERROR_CORRUPT);
  }
}

static GVariant *
query_pipe (Fixture  *fixture,
            GBytes   *bytes,
            GError  **error)
{
  SentBytes sent = { fixture->path, bytes };
  GThread *thread = sent_bytes_begin (&sent);
  GVariant *info = intern_snapshot_query_info (fixture->file, NULL, error);

  g_thread_join (thread);

  return info;
}

static void
test_pipe (Fixture       *fixture,
           gconstpointer  data)
{
  const gsize lengths[] = { 0, 1, 95, 96, HEADER_BYTES - 1, HEADER_BYTES + 15, 1000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) info = NULL;

  g_test_summary ("The header is read from a pipe; one that ends early is damaged");
  signal (SIGPIPE, SIG_IGN);
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  info = query_pipe (fixture, fixture->bytes, &error);
  g_assert_no_error (error);
  assert_figures (fixture, info);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (fixture->bytes, 0, lengths[i]);

      g_assert_null (query_pipe (fixture, cut, &error));
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);
      g_clear_error (&error);
    }
}

static void
test_what_is_none (Fixture       *fixture,
                   gconstpointer  data)
{
  g_test_summary ("A missing file, a folder and a device are errors");
  assert_path_refused (fixture->path, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_path_refused (fixture->folder, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  assert_path_refused ("/dev/zero", INTERN_ERROR, INTERN_ERROR_CORRUPT);
  assert_path_refused ("/dev/null", INTERN_ERROR, INTERN_ERROR_CORRUPT);
  assert_path_refused ("/proc/self/maps", INTERN_ERROR, INTERN_ERROR_CORRUPT);
}

static void
test_no_more_is_read (Fixture       *fixture,
                      gconstpointer  data)
{
  const gint64 said_sizes[] = { -2, -1, 0, 1, G_MAXINT64 };

  g_test_summary ("No more is read than the longest header, whatever the size of the file");
  for (guint i = 0; i < G_N_ELEMENTS (said_sizes); i++)
    {
      g_autoptr (OddFile) file = odd_file_new (fixture->bytes, said_sizes[i]);
      g_autoptr (GVariant) info = intern_snapshot_query_info (G_FILE (file), NULL, NULL);

      assert_figures (fixture, info);
      g_assert_cmpuint (file->n_read, <=, MOST_READ);
    }
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("The call can be cancelled");
  g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_null (intern_snapshot_query_info (fixture->file, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(name, function) g_test_add ("/snapshot-info/" name, Fixture, NULL, set_up, function, tear_down)

static void
test_bytes (Fixture       *fixture,
            gconstpointer  data)
{
  const gsize size = g_bytes_get_size (fixture->bytes);
  g_autoptr (GBytes) beginning = g_bytes_new_from_bytes (fixture->bytes, 0, BEGINNING_BYTES);
  g_autoptr (GVariant) of_file = NULL, of_all = NULL, of_beginning = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (size, >, BEGINNING_BYTES);
  g_assert_true (intern_pool_save (fixture->pool, fixture->file, NULL, &error));
  of_file = intern_snapshot_query_info (fixture->file, NULL, &error);
  g_assert_no_error (error);
  of_all = intern_snapshot_query_info_bytes (fixture->bytes, &error);
  g_assert_no_error (error);
  of_beginning = intern_snapshot_query_info_bytes (beginning, &error);
  g_assert_no_error (error);
  g_assert_cmpvariant (of_all, of_file);
  g_assert_cmpvariant (of_beginning, of_file);
}

static void
test_bytes_cut (Fixture       *fixture,
                gconstpointer  data)
{
  const gsize size = g_bytes_get_size (fixture->bytes);
  const gsize lengths[] = { 0, 1, HEADER_BYTES, BEGINNING_BYTES - 1, BEGINNING_BYTES + 1, size - 1 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (fixture->bytes, 0, lengths[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (intern_snapshot_query_info_bytes (cut, &error));
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("figures", test_figures);
  ADD ("empty-pool", test_empty_pool);
  ADD ("every-byte", test_every_byte);
  ADD ("high-atoms", test_high_atoms);
  ADD ("every-length", test_every_length);
  ADD ("pipe", test_pipe);
  ADD ("what-is-none", test_what_is_none);
  ADD ("no-more-is-read", test_no_more_is_read);
  ADD ("cancelled", test_cancelled);
  ADD ("bytes-and-their-beginning-say-what-the-file-says", test_bytes);
  ADD ("bytes-of-another-length-are-refused", test_bytes_cut);

  return g_test_run ();
}
