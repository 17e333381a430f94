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

/* Entries as the storage would hold them, and nothing else of it. */
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

/* What the store does when a shard has found something. */
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
  /* Twice: the first round makes the cache grow, the second finds it large enough. */
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < n_strings; i++)
      if (find (fixture, entry_at (fixture, i)) == NULL)
        put (fixture, entry_at (fixture, i));
}

/* What the current level knows, and the previous one. */

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
test_empty_cache_knows_nothing (Fixture       *fixture,
                                gconstpointer  data)
{
  g_test_summary ("A cache that nothing was put into holds no memory and finds nothing");
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

  g_test_summary ("Strings of one hash are told apart by their bytes and their length");
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
test_crowd_goes_on_being_found (Fixture       *fixture,
                                gconstpointer  data)
{
  g_test_summary ("A crowd on one bucket fills a second one, and then takes turns");
  fill (fixture, 1000);
  for (guint i = 0; i < 3 * INTERN_BUCKET_SLOTS; i++)
    {
      const char *string = entry_at (fixture, i);
      const InternKey key = { string, strlen (string), 0 };

      intern_cache_put (&fixture->cache, &key, string);
      /* The one that came last is always there. */
      g_assert_true (find_current (fixture, &key) == string);
    }
}

static void
test_marks_leave_the_address (void)
{
  const guint64 hashes[] = { 0, G_MAXUINT64, G_GUINT64_CONSTANT (0x0123456789abcdef) };

  g_test_summary ("Marks stand below an address, tags are never 0, and large addresses stay out");
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
  g_test_summary ("The lowest byte that is 0 is found exactly, whatever stands around it");
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

  g_test_summary ("Among slots that are taken a glance finds the tag exactly; empty ones may stand behind it");
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

  g_test_summary ("It grows with what is asked for, until nearly all of it is found, and no further");
  fill (fixture, n_strings);
  for (guint i = 0; i < n_strings; i++)
    n_found += find (fixture, entry_at (fixture, i)) == entry_at (fixture, i);
  g_assert_cmpuint (n_found, >, n_strings / 100 * 95);

  fill (fixture, n_strings);
  memory = intern_cache_get_memory_locked (&fixture->cache);
  /* A slot is 9.1 bytes; between half and nine tenths of them are taken. */
  g_assert_cmpuint (memory, <, n_strings * 9.2 / 0.45 * 1.1);
  for (guint i = 0; i < 20; i++)
    fill (fixture, n_strings);
  g_assert_cmpuint (intern_cache_get_memory_locked (&fixture->cache), <=, memory);
}

static void
test_level_before_is_let_go (Fixture       *fixture,
                             gconstpointer  data)
{
  g_test_summary ("The level before teaches the new one, and then gives its memory back");
  fill (fixture, 20000);
  for (guint i = 0; i < 20; i++)
    for (guint j = 0; j < 20000; j++)
      put (fixture, entry_at (fixture, j));
  g_assert_null (fixture->cache.previous);
}

/* Fills the cache so that it is about to grow, and lets it. */
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

  g_test_summary ("What is permanent is carried to the new level in steps, and the level before is let go");
  grow (fixture, 2000);
  g_assert_cmpuint (count_known (fixture), ==, 0);

  for (n_steps = 0; fixture->cache.previous != NULL; n_steps++)
    intern_cache_carry_over (&fixture->cache, intern_secret_get (), NULL);

  g_assert_cmpuint (n_steps, >, 2000 / INTERN_BUCKET_SLOTS);
  g_assert_cmpuint (count_known (fixture), >, 2000 / 100 * 95);
  /* And no more comes of it. */
  intern_cache_carry_over (&fixture->cache, intern_secret_get (), NULL);
}

static void
test_mortals_are_left (Fixture       *fixture,
                       gconstpointer  data)
{
  const char *mortal;
  InternKey key;

  g_test_summary ("A string that may die is not read to be carried over; the level before stays for it");
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

  g_test_summary ("While threads put and the cache grows, what is found is what was looked for");
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
  ADD ("/cache/empty-knows-nothing", test_empty_cache_knows_nothing);
  ADD ("/cache/equal-hash-is-not-equal-string", test_equal_hash_is_not_equal_string);
  ADD ("/cache/crowd-goes-on-being-found", test_crowd_goes_on_being_found);
  g_test_add_func ("/cache/marks-leave-the-address", test_marks_leave_the_address);
  g_test_add_func ("/cache/zero-bytes-are-found", test_zero_bytes_are_found);
  g_test_add_func ("/cache/glance-finds-the-first", test_glance_finds_the_first);
  ADD ("/cache/grows-by-demand", test_grows_by_demand);
  ADD ("/cache/level-before-is-let-go", test_level_before_is_let_go);
  ADD ("/cache/all-is-carried-over", test_all_is_carried_over);
  ADD ("/cache/mortals-are-left", test_mortals_are_left);
  ADD ("/cache/threads-never-see-another-string", test_threads_never_see_another_string);
#undef ADD

  return g_test_run ();
}

#endif
