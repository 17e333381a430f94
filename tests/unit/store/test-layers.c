/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The search of a snapshot through its cache. Keys here have the hash of another string, so that they meet it there: by
 * chance that happens once in millions of searches. */

#include "config.h"

#include "store/store.h"

#include <sys/mman.h>
#include <unistd.h>

#include "snapshot/writer.h"

#define LONG "0123456789abcdefghijklmnopqrstuvwxyz"

/* In byte order, as they lie in the snapshot. */
static const char *const words[] = { "a", "abcdefgh", "abcdefghi", "b", LONG, "z and the last one" };
#define LAST (G_N_ELEMENTS (words) - 1)

/* One more, after "abcdefghi". */
static const char with_nul[] = "abcdefgi\0and more";

typedef struct
{
  InternStore *store;
  char        *pages; /* that end with the snapshot; one more cannot be read */
  gsize        size;
} Fixture;

static int
compare_words (const void *a,
               const void *b)
{
  return strcmp (((const InternSnapshotString *) a)->data, ((const InternSnapshotString *) b)->data);
}

static GBytes *
write_snapshot (void)
{
  InternSnapshotString strings[G_N_ELEMENTS (words) + 1];
  const InternSnapshotContent content = { strings, G_N_ELEMENTS (strings), 1, 0 };
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    strings[i] = (InternSnapshotString) { .data = words[i], .length = strlen (words[i]) };
  strings[LAST + 1] = (InternSnapshotString) { .data = with_nul, .length = sizeof with_nul - 1 };
  qsort (strings, G_N_ELEMENTS (strings), sizeof *strings, compare_words);
  g_assert_cmpstr (strings[LAST + 1].data, ==, words[LAST]);
  bytes = intern_snapshot_to_bytes (&content, &error);
  g_assert_no_error (error);

  return bytes;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GBytes) written = write_snapshot ();
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  const gsize length = g_bytes_get_size (written);
  const gsize room = (length + page - 1) & ~(page - 1);
  /* Aligned, and as near to the end as that allows. */
  const gsize start = (room - length) & ~(gsize) (INTERN_SNAPSHOT_ALIGNMENT - 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (InternSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;

  fixture->size = room + page;
  fixture->pages = mmap (NULL, fixture->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (fixture->pages != MAP_FAILED);
  memcpy (fixture->pages + start, g_bytes_get_data (written, NULL), length);
  g_assert_cmpint (mprotect (fixture->pages + room, page, PROT_NONE), ==, 0);
  bytes = g_bytes_new_static (fixture->pages + start, length);
  snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);
  g_assert_no_error (error);
  fixture->store = intern_store_new_over (intern_secret_get (), snapshot);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  intern_store_unref (fixture->store);
  munmap (fixture->pages, fixture->size);
}

static const char *
find (InternStore *store,
      const char  *data,
      gsize        length,
      const char  *hashed)
{
  const InternKey key = { data, length, intern_hash_call (hashed, strlen (hashed), store->secret) };

  return intern_store_find_in_layers (store, &key);
}

/* Puts all words into the cache of the snapshot, and asks for them there. */
static void
fill_cache (InternStore *store)
{
  for (guint round = 0; round < 2 * INTERN_CACHE_PUTS_MIN; round++)
    for (guint i = 0; i < G_N_ELEMENTS (words); i++)
      g_assert_cmpstr (find (store, words[i], strlen (words[i]), words[i]), ==, words[i]);
#ifndef INTERN_NO_CACHE
  g_assert_cmpuint (store->snapshot_cache->level->mask, >, 0);
#endif
}

static gboolean
is_word (const char *data,
         gsize       length)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == length && memcmp (words[i], data, length) == 0)
      return TRUE;

  return FALSE;
}

static void
test_other_strings (Fixture       *fixture,
                    gconstpointer  data)
{
  g_test_summary ("Of strings that share a hash with one of a snapshot, each byte and the length count");
  fill_cache (fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const gsize length = strlen (words[i]);

      for (gsize at = 0; at < length; at++)
        {
          g_autofree char *other = g_strdup (words[i]);

          other[at] ^= 0x40;
          g_assert_null (find (fixture->store, other, length, words[i]));
          /* A NUL, as it follows a string that is shorter by the rest. */
          other[at] = '\0';
          g_assert_null (find (fixture->store, other, length, words[i]));
          if (!is_word (words[i], at))
            g_assert_null (find (fixture->store, words[i], at, words[i]));
        }
    }
}

static void
test_text_that_goes_on (Fixture       *fixture,
                        gconstpointer  data)
{
  const InternSnapshot *snapshot = fixture->store->snapshot;
  const char *end = snapshot->text + snapshot->text_size;

  g_test_summary ("A key that is the text of a snapshot with its NULs is no string of it");
  fill_cache (fixture->store);
  for (guint i = 0; i < LAST; i++)
    {
      const char *string = find (fixture->store, words[i], strlen (words[i]), words[i]);

      for (const char *other = string + strlen (string) + 1; other < end; other += strlen (other) + 1)
        {
          const gsize length = (gsize) (other - string) + strlen (other);

          g_assert_null (find (fixture->store, string, length, words[i]));
        }
    }
}

static void
test_strings_with_nul (Fixture       *fixture,
                       gconstpointer  data)
{
  InternStore *store = fixture->store;
  const gsize length = sizeof with_nul - 1;
  const guint64 hash = intern_hash_call (with_nul, length, store->secret);
  const InternKey key = { with_nul, length, hash };
  const InternKey start = { with_nul, strlen (with_nul), hash };

  g_test_summary ("A string with a NUL is found whole, and not by its start");
  fill_cache (store);
  for (guint round = 0; round < 3; round++)
    {
      const char *string = intern_store_find_in_layers (store, &key);

      g_assert_nonnull (string);
      g_assert_cmpmem (string, length, with_nul, length);
      g_assert_null (intern_store_find_in_layers (store, &start));
    }
}

static void
test_end_of_text (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *longer = g_strnfill (INTERN_INLINE_LENGTH, '\0');
  const gsize length = strlen (words[LAST]);

  g_test_summary ("A search for a key that is longer than the rest of the text reads nothing behind it");
  fill_cache (fixture->store);
  memcpy (longer, words[LAST], length);
  for (gsize n_bytes = length + 1; n_bytes <= INTERN_INLINE_LENGTH; n_bytes++)
    g_assert_null (find (fixture->store, longer, n_bytes, words[LAST]));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/layers/other-strings", Fixture, NULL, set_up, test_other_strings, tear_down);
  g_test_add ("/layers/text-that-goes-on", Fixture, NULL, set_up, test_text_that_goes_on, tear_down);
  g_test_add ("/layers/strings-with-nul", Fixture, NULL, set_up, test_strings_with_nul, tear_down);
  g_test_add ("/layers/end-of-text", Fixture, NULL, set_up, test_end_of_text, tear_down);

  return g_test_run ();
}
