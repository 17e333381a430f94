/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "cache/cache.h"

#ifdef INTERN_NO_CACHE

int
main (int    argc,
      char **argv)
{
  g_print ("1..0 # SKIP built without the cache\n");

  return 0;
}

#else

/* Entries as in an arena, without an arena. */
typedef struct
{
  InternCache cache;
  GPtrArray  *entries; /* (owned) (element-type InternEntry) */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  intern_cache_init (&fixture->cache);
  fixture->entries = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  intern_cache_clear (&fixture->cache);
  g_ptr_array_unref (fixture->entries);
}

static const char *
new_entry (Fixture    *fixture,
           const char *text)
{
  const gsize length = strlen (text);
  InternEntry *entry = g_malloc (sizeof (InternEntry) + length + 1);

  memcpy (entry->string, text, length + 1);
  intern_header_publish (&entry->header, (guint32) length, TRUE);
  g_ptr_array_add (fixture->entries, entry);

  return entry->string;
}

static InternKey
key_of (const char *text)
{
  return intern_key (text, strlen (text), intern_secret_get ());
}

/* As the store does when a shard has found a string. */
static void
put (Fixture    *fixture,
     const char *string)
{
  const InternKey key = key_of (string);

  if (intern_cache_put (&fixture->cache, &key, string))
    intern_cache_reconsider (&fixture->cache, fixture->entries->len);
  intern_cache_carry_over (&fixture->cache, intern_secret_get (), NULL);
}

static const char *
find (Fixture    *fixture,
      const char *text)
{
  const InternKey key = key_of (text);
  gboolean is_old;

  return intern_cache_find (&fixture->cache, &key, intern_match_permanent, NULL, &is_old);
}

static const char *
entry_at (Fixture *fixture,
          guint    i)
{
  return ((InternEntry *) g_ptr_array_index (fixture->entries, i))->string;
}

static void
fill (Fixture *fixture,
      guint    n_strings)
{
  for (guint i = fixture->entries->len; i < n_strings; i++)
    {
      char text[32];

      g_snprintf (text, sizeof text, "string %u", i);
      new_entry (fixture, text);
    }
  /* Twice: the cache grows in the first round and is large enough in the second. */
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < n_strings; i++)
      if (find (fixture, entry_at (fixture, i)) == NULL)
        put (fixture, entry_at (fixture, i));
}

/* Searching one level */

static const char *
find_current (Fixture         *fixture,
              const InternKey *key)
{
  gboolean is_old = FALSE;
  const char *string = intern_cache_find (&fixture->cache, key, intern_match_permanent, NULL, &is_old);

  return is_old ? NULL : string;
}

static const char *
find_previous (Fixture         *fixture,
               const InternKey *key)
{
  gboolean is_old = FALSE;
  const char *string = intern_cache_find (&fixture->cache, key, intern_match_permanent, NULL, &is_old);

  return is_old ? string : NULL;
}

static void
test_empty_cache_finds_nothing (Fixture       *fixture,
                                gconstpointer  data)
{
  g_test_summary ("An empty cache holds no memory and finds nothing");
  g_assert_null (find (fixture, "x"));
  g_assert_null (find (fixture, ""));
  g_assert_cmpuint (intern_cache_get_memory_locked (&fixture->cache), ==, 0);
}

static void
test_equal_hash_is_not_equal_string (Fixture       *fixture,
                                     gconstpointer  data)
{
  const char *a, *b;
  InternKey key_a, key_b;

  g_test_summary ("Strings with one hash are distinguished by bytes and length");
  fill (fixture, 50);
  a = new_entry (fixture, "abc");
  b = new_entry (fixture, "abd");
  key_a = (InternKey) { "abc", 3, 42 };
  key_b = (InternKey) { "abd", 3, 42 };
  intern_cache_put (&fixture->cache, &key_a, a);
  g_assert_null (find_current (fixture, &key_b));
  intern_cache_put (&fixture->cache, &key_b, b);
  g_assert_true (find_current (fixture, &key_a) == a);
  g_assert_true (find_current (fixture, &key_b) == b);
  g_assert_null (find_current (fixture, &(InternKey) { "abc", 2, 42 }));
}

static void
test_full_buckets_replace_in_turn (Fixture       *fixture,
                                   gconstpointer  data)
{
  g_test_summary ("Strings of a full bucket go to a second one, and then replace each other in turn");
  fill (fixture, 1000);
  for (guint i = 0; i < 3 * INTERN_BUCKET_SLOTS; i++)
    {
      const char *string = entry_at (fixture, i);
      const InternKey key = { string, strlen (string), 0 };

      intern_cache_put (&fixture->cache, &key, string);
      /* The last one is always found. */
      g_assert_true (find_current (fixture, &key) == string);
    }
}

static void
test_marks_leave_the_address (void)
{
  const guint64 hashes[] = { 0, G_MAXUINT64, G_GUINT64_CONSTANT (0x0123456789abcdef) };

  g_test_summary ("A slot keeps the address and the mark, tags are never 0, and large addresses are refused");
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      const guint64 slot = intern_slot_make ("a string", hashes[i]);

      g_assert_cmpstr (intern_slot_string (slot), ==, "a string");
      g_assert_cmphex (slot & G_MAXUINT16, ==, intern_slot_mark (hashes[i]));
      g_assert_cmphex (intern_tag_of (hashes[i]), !=, 0);
      g_assert_cmphex (intern_tag_of (hashes[i]), <=, 0xff);
    }
  g_assert_true (intern_slot_can_hold ("a string"));
  g_assert_false (intern_slot_can_hold ((const char *) (guintptr) (G_GUINT64_CONSTANT (1) << 48)));
  g_assert_false (intern_slot_can_hold ((const char *) (guintptr) G_MAXSIZE));
}

static void
test_zero_bytes_are_found (void)
{
  g_test_summary ("The lowest zero byte is found exactly, among any other bytes");
  for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++)
    for (guint byte = 1; byte < 256; byte++)
      {
        const guint64 word = INTERN_BYTES (byte) & ~((guint64) 0xff << (8 * i));

        g_assert_cmpuint (intern_first_byte (intern_zero_bytes (word)), ==, i);
        g_assert_cmphex (intern_zero_bytes (INTERN_BYTES (byte)), ==, 0);
      }
}

static void
test_glance_finds_the_first (void)
{
  const guint64 hash = G_GUINT64_CONSTANT (0x5a) << 57;
  const guint64 tag = intern_tag_of (hash);

  g_test_summary ("A glance finds the tag exactly if empty slots only follow it");
  for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++)
    for (guint64 other = 0x80; other < 0x100; other++)
      {
        const guint64 before = (G_GUINT64_CONSTANT (1) << 8 * i) - 1;
        const guint64 tags = (INTERN_BYTES (other) & before) | tag << 8 * i;

        if (other == tag)
          continue;
        g_assert_cmpuint (intern_first_byte (intern_bucket_glance (tags, hash)), ==, i);
        g_assert_cmphex (intern_bucket_glance (INTERN_BYTES (other) >> 8, hash), ==, 0);
      }
}

static void
test_grows_by_demand (Fixture       *fixture,
                      gconstpointer  data)
{
  const guint n_strings = 100000;
  guint n_found = 0;
  guint64 memory;

  g_test_summary ("The cache grows with its use until nearly all strings are found, and no further");
  fill (fixture, n_strings);
  for (guint i = 0; i < n_strings; i++)
    n_found += find (fixture, entry_at (fixture, i)) == entry_at (fixture, i);
  g_assert_cmpuint (n_found, >, n_strings / 100 * 95);

  fill (fixture, n_strings);
  memory = intern_cache_get_memory_locked (&fixture->cache);
  /* A slot takes 9.1 bytes; between half and nine tenths of them are used. */
  g_assert_cmpuint (memory, <, n_strings * 9.2 / 0.45 * 1.1);
  for (guint i = 0; i < 20; i++)
    fill (fixture, n_strings);
  g_assert_cmpuint (intern_cache_get_memory_locked (&fixture->cache), <=, memory);
}

static void
test_previous_level_is_dropped (Fixture       *fixture,
                                gconstpointer  data)
{
  g_test_summary ("The previous level is dropped after the new one has got its strings");
  fill (fixture, 20000);
  for (guint i = 0; i < 20; i++)
    for (guint j = 0; j < 20000; j++)
      put (fixture, entry_at (fixture, j));
  g_assert_null (fixture->cache.previous);
}

/* Fills the cache and makes it grow. */
static void
grow (Fixture *fixture,
      guint    n_strings)
{
  fill (fixture, n_strings);
  while (fixture->cache.previous != NULL)
    put (fixture, entry_at (fixture, 0));
  intern_cache_reconsider (&fixture->cache, 20 * n_strings);
  g_assert_nonnull (fixture->cache.previous);
}

static guint
count_known (Fixture *fixture)
{
  guint n_known = 0;

  for (guint i = 0; i < fixture->entries->len; i++)
    {
      const InternKey key = key_of (entry_at (fixture, i));

      n_known += find_current (fixture, &key) != NULL;
    }

  return n_known;
}

static void
test_all_is_carried_over (Fixture       *fixture,
                          gconstpointer  data)
{
  guint n_steps;

  g_test_summary ("Permanent strings are carried to the new level in steps, and the previous one is dropped");
  grow (fixture, 2000);
  g_assert_cmpuint (count_known (fixture), ==, 0);

  for (n_steps = 0; fixture->cache.previous != NULL; n_steps++)
    intern_cache_carry_over (&fixture->cache, intern_secret_get (), NULL);

  g_assert_cmpuint (n_steps, >, 2000 / INTERN_BUCKET_SLOTS);
  g_assert_cmpuint (count_known (fixture), >, 2000 / 100 * 95);
  /* One more step does nothing. */
  intern_cache_carry_over (&fixture->cache, intern_secret_get (), NULL);
}

static void
test_mortal_strings_are_not_carried_over (Fixture       *fixture,
                                          gconstpointer  data)
{
  const char *mortal;
  InternKey key;

  g_test_summary ("A mortal string is not carried over, and the previous level stays for it");
  fill (fixture, 2000);
  mortal = new_entry (fixture, "mortal");
  key = key_of ("mortal");
  grow (fixture, 2001);
  intern_header_prepare (intern_entry_header (mortal), 6);

  for (guint i = 0; i < 2001; i++)
    intern_cache_carry_over (&fixture->cache, intern_secret_get (), NULL);

  g_assert_nonnull (fixture->cache.previous);
  g_assert_null (find_current (fixture, &key));
  intern_header_publish (intern_entry_header (mortal), 6, TRUE);
  g_assert_null (find_current (fixture, &key));
  g_assert_true (find_previous (fixture, &key) == mortal);
}

typedef struct
{
  Fixture *fixture;
  guint    number;
  guint    n_found;
} Worker;

static gpointer
find_and_put (gpointer data)
{
  Worker *worker = data;
  const guint n_strings = worker->fixture->entries->len;

  for (guint i = 0; i < 4 * n_strings; i++)
    {
      const char *expected = entry_at (worker->fixture, (i * (worker->number + 1)) % n_strings);
      const char *string = find (worker->fixture, expected);

      if (string == NULL)
        put (worker->fixture, expected);
      else
        {
          g_assert_true (string == expected);
          worker->n_found++;
        }
    }

  return NULL;
}

static void
test_threads_never_see_another_string (Fixture       *fixture,
                                       gconstpointer  data)
{
  Worker workers[8];
  GThread *threads[8];

  g_test_summary ("While threads put and the cache grows, a search finds its string or none");
  for (guint i = 0; i < 20011; i++)
    {
      char text[32];

      g_snprintf (text, sizeof text, "%u", i);
      new_entry (fixture, text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      workers[i] = (Worker) { fixture, i, 0 };
      threads[i] = g_thread_new ("cache", find_and_put, &workers[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_thread_join (threads[i]);
      g_assert_cmpuint (workers[i].n_found, >, 0);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/cache/empty-cache-finds-nothing", test_empty_cache_finds_nothing);
  ADD ("/cache/equal-hash-is-not-equal-string", test_equal_hash_is_not_equal_string);
  ADD ("/cache/full-buckets-replace-in-turn", test_full_buckets_replace_in_turn);
  g_test_add_func ("/cache/marks-leave-the-address", test_marks_leave_the_address);
  g_test_add_func ("/cache/zero-bytes-are-found", test_zero_bytes_are_found);
  g_test_add_func ("/cache/glance-finds-the-first", test_glance_finds_the_first);
  ADD ("/cache/grows-by-demand", test_grows_by_demand);
  ADD ("/cache/previous-level-is-dropped", test_previous_level_is_dropped);
  ADD ("/cache/all-is-carried-over", test_all_is_carried_over);
  ADD ("/cache/mortal-strings-are-not-carried-over", test_mortal_strings_are_not_carried_over);
  ADD ("/cache/threads-never-see-another-string", test_threads_never_see_another_string);
#undef ADD

  return g_test_run ();
}

#endif
