/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "cache/cache.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/heap.h"

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

  if (intern_cache_put (&fixture->cache, key.hash, string) == INTERN_PUT_MANY)
    intern_cache_grow (&fixture->cache, fixture->entries->len);
}

static const char *
find_key (Fixture         *fixture,
          const InternKey *key)
{
  return intern_cache_find (&fixture->cache, key, intern_match_permanent, NULL);
}

static const char *
find (Fixture    *fixture,
      const char *text)
{
  const InternKey key = key_of (text);

  return find_key (fixture, &key);
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
  intern_cache_put (&fixture->cache, key_a.hash, a);
  g_assert_null (find_key (fixture, &key_b));
  intern_cache_put (&fixture->cache, key_b.hash, b);
  g_assert_true (find_key (fixture, &key_a) == a);
  g_assert_true (find_key (fixture, &key_b) == b);
  g_assert_null (find_key (fixture, &(InternKey) { "abc", 2, 42 }));
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

      intern_cache_put (&fixture->cache, key.hash, string);
      /* The last one is always found. */
      g_assert_true (find_key (fixture, &key) == string);
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
      g_assert_true (intern_slot_is_marked (slot, hashes[i]));
      g_assert_true (intern_slot_is_marked (slot | INTERN_SLOT_SECOND, hashes[i]));
      g_assert_false (intern_slot_is_marked (slot, hashes[i] ^ G_GUINT64_CONSTANT (1) << INTERN_CACHE_LOW_BITS));
      g_assert_cmphex (intern_tag_of (hashes[i]), !=, 0);
      g_assert_cmphex (intern_tag_of (hashes[i]), <=, 0xff);
    }
  g_assert_true (intern_slot_fits ("a string"));
  g_assert_false (intern_slot_fits ((const char *) (guintptr) (G_GUINT64_CONSTANT (1) << 48)));
  g_assert_false (intern_slot_fits ((const char *) (guintptr) G_MAXSIZE));
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
  /* Nearly nine tenths of the slots are used. */
  g_assert_cmpuint (n_found, >, n_strings / 1000 * 995);

  fill (fixture, n_strings);
  memory = intern_cache_get_memory_locked (&fixture->cache);
  /* A slot takes 9.1 bytes; between half and nine tenths of them are used. */
  g_assert_cmpuint (memory, <, n_strings * 9.2 / 0.45 * 1.1);
  for (guint i = 0; i < 20; i++)
    fill (fixture, n_strings);
  g_assert_cmpuint (intern_cache_get_memory_locked (&fixture->cache), <=, memory);
}

static void
test_slot_has_the_hash (void)
{
  const guint64 used = G_GUINT64_CONSTANT (0x7f) << INTERN_TAG_SHIFT |
                       ((G_GUINT64_CONSTANT (1) << (INTERN_CACHE_LOW_BITS + INTERN_MARK_BITS)) - 1);

  g_test_summary ("Slot, tag and bucket give all bits of the hash that the cache uses, in either bucket");
  for (guint i = 0; i < 1000; i++)
    {
      const guint64 hash = (guint64) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      const guint64 slot = intern_slot_make ("a string", hash);
      const guint64 tag = intern_tag_of (hash);
      const guint64 first = hash & INTERN_CACHE_LOW_MASK;
      const guint64 second = intern_bucket_other (hash, tag) & INTERN_CACHE_LOW_MASK;

      g_assert_cmpuint (first, !=, second);
      g_assert_cmphex (intern_slot_hash (slot, tag, first), ==, hash & used);
      g_assert_cmphex (intern_slot_hash (slot | INTERN_SLOT_SECOND, tag, second), ==, hash & used);
    }
}

/* Room for the strings of a level that is copied. */
#define N_COPIED (5u << INTERN_CACHE_LOW_BITS)

static void
test_larger_level_has_all (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autofree gboolean *known = NULL;
  guint n_known = 0;

  g_test_summary ("What the cache knows it still knows after it has grown");
  fill (fixture, N_COPIED);
  known = g_new (gboolean, N_COPIED);
  for (guint i = 0; i < N_COPIED; i++)
    n_known += known[i] = find (fixture, entry_at (fixture, i)) != NULL;
  g_assert_cmpuint (n_known, >, N_COPIED / 4 * 3);

  for (guint64 n_strings = 4 * N_COPIED; n_strings <= 64 * N_COPIED; n_strings *= 4)
    {
      const guint64 memory = intern_cache_get_memory_locked (&fixture->cache);

      intern_cache_reserve (&fixture->cache, n_strings);
      g_assert_cmpuint (intern_cache_get_memory_locked (&fixture->cache), >, memory);
      for (guint i = 0; i < N_COPIED; i++)
        if (known[i])
          g_assert_true (find (fixture, entry_at (fixture, i)) == entry_at (fixture, i));
    }
}

/* Enough for a level with pages of its own. */
#define N_MANY 100000

static void
test_shrinks_and_grows_again (Fixture       *fixture,
                              gconstpointer  data)
{
  InternCache *cache = &fixture->cache;
  guint64 large, small;
  gsize n_bytes;

  g_test_summary ("A cache that is too large shrinks and keeps what fits, and grows again into its former levels");
  intern_cache_reserve (cache, N_MANY);
  fill (fixture, 100);
  g_assert_cmpuint (intern_cache_shrink (cache, N_MANY / 2), ==, 0);
  large = intern_cache_get_memory_locked (cache);
  n_bytes = intern_cache_shrink (cache, 100);
  small = intern_cache_get_memory_locked (cache);
  g_assert_cmpuint (n_bytes, >, 0);
  g_assert_cmpuint (small + n_bytes, ==, large);
  for (guint i = 0, n_lost = 0; i < 100; i++)
    {
      n_lost += find (fixture, entry_at (fixture, i)) == NULL ? 1 : 0;
      g_assert_cmpuint (n_lost, <=, 5);
    }

  for (guint round = 0; round < 10; round++)
    {
      intern_cache_reserve (cache, N_MANY);
      /* Small levels keep their memory. */
      g_assert_cmpuint (intern_cache_get_memory_locked (cache), >=, large);
      g_assert_cmpuint (intern_cache_get_memory_locked (cache), <=, large + small);
      intern_cache_shrink (cache, 100);
      g_assert_cmpuint (intern_cache_get_memory_locked (cache), ==, small);
    }
  put (fixture, entry_at (fixture, 0));
  g_assert_true (find (fixture, entry_at (fixture, 0)) == entry_at (fixture, 0));
}

static void
test_forgotten_strings_are_gone (Fixture       *fixture,
                                 gconstpointer  data)
{
  const InternCacheLevel *level;

  g_test_summary ("A string that is forgotten leaves its slot, in either of its buckets");
  fill (fixture, N_COPIED);
  for (guint i = 0; i < N_COPIED; i++)
    intern_cache_forget (&fixture->cache, key_of (entry_at (fixture, i)).hash, entry_at (fixture, i));
  level = fixture->cache.level;
  for (guint64 number = 0; number <= level->mask; number++)
    for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++)
      g_assert_null (intern_slot_string (level->buckets[number].slots[i]));
}

static void
test_strings_are_in_their_buckets (Fixture       *fixture,
                                   gconstpointer  data)
{
  g_test_summary ("However the cache grows, each string is in one of its two buckets");
  for (guint n_strings = 1; n_strings <= 4 * N_COPIED; n_strings = n_strings * 2 + 1)
    {
      const InternCacheLevel *level;

      fill (fixture, n_strings);
      level = fixture->cache.level;
      for (guint64 number = 0; number <= level->mask; number++)
        for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++)
          {
            const char *string = intern_slot_string (level->buckets[number].slots[i]);
            const guint64 hash = string == NULL ? 0 : key_of (string).hash;

            g_assert_true (string == NULL || (hash & level->mask) == number ||
                           (intern_bucket_other (hash, intern_tag_of (hash)) & level->mask) == number);
          }
    }
}

/* Returns the pages of a level that are in memory. */
static guint
count_pages (const InternCacheLevel *level)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  const gsize n_pages = (level->mapped + page - 1) / page;
  g_autofree unsigned char *pages = g_new0 (unsigned char, n_pages);
  guint n = 0;

  g_assert_cmpint (mincore (level->buckets, level->mapped, pages), ==, 0);
  for (gsize i = 0; i < n_pages; i++)
    n += pages[i] & 1;

  return n;
}

/* Returns what the levels of a cache take. */
static guint64
count_memory (const InternCache *cache)
{
  guint64 memory = 0;

  for (const InternCacheLevel *level = cache->level; level->buckets != NULL && level->mask > 0; level = level->previous)
    {
      const gsize size = (gsize) (level->mask + 1) * sizeof (InternBucket);

      memory += intern_heap_size (sizeof *level);
      if (level->mapped == 0)
        memory += intern_heap_size (size + INTERN_CACHE_LINE);
      else if (level == cache->level)
        memory += level->mapped;
      else
        g_assert_cmpuint (count_pages (level), ==, 0);
    }

  return memory;
}

static void
test_memory_is_that_of_its_levels (Fixture       *fixture,
                                   gconstpointer  data)
{
  InternCache *cache = &fixture->cache;

  g_test_summary ("What a cache says to take is what its levels take: the pages of former ones are gone");
  for (guint round = 0; round < 3; round++)
    {
      for (guint64 n_strings = 10; n_strings <= N_MANY; n_strings *= 10)
        {
          intern_cache_reserve (cache, n_strings);
          fill (fixture, (guint) MIN (n_strings, 1000));
          g_assert_cmpuint (intern_cache_get_memory_locked (cache), ==, count_memory (cache));
        }
      g_assert_cmpuint (intern_cache_shrink (cache, 100), >, 0);
      g_assert_cmpuint (intern_cache_get_memory_locked (cache), ==, count_memory (cache));
    }
}

static void
test_growing_waits_for_no_thread (Fixture       *fixture,
                                  gconstpointer  data)
{
  InternCache *cache = &fixture->cache;
  const InternCacheLevel *level = cache->level;

  g_test_summary ("A thread that finds the cache growing leaves it alone");
  intern_lock (&cache->lock);
  intern_cache_grow (cache, N_MANY);
  intern_cache_reserve (cache, N_MANY);
  g_assert_true (cache->level == level);
  g_assert_false (intern_trylock (&cache->lock));
  intern_unlock (&cache->lock);
  intern_cache_grow (cache, N_MANY);
  g_assert_true (cache->level != level);
}

static void
test_no_string_is_read (Fixture       *fixture,
                        gconstpointer  data)
{
  InternHeader *header;
  InternKey key;
  const char *mortal, *ended = NULL;

  g_test_summary ("The cache grows without reading its strings: one that is dead meanwhile is not lost");
  fill (fixture, N_COPIED);
  mortal = new_entry (fixture, "mortal");
  key = key_of ("mortal");
  header = intern_entry_header (mortal);
  intern_cache_put (&fixture->cache, key.hash, mortal);
  intern_header_prepare (header, 1);
  intern_atomic_store_relaxed (&header->state, 0);

  intern_cache_reserve (&fixture->cache, 8 * N_COPIED);
  g_assert_null (find (fixture, "mortal"));
  intern_header_prepare (header, 6);
  intern_header_publish (header, 6, FALSE);
  g_assert_null (find (fixture, "mortal"));
  g_assert_true (intern_cache_find (&fixture->cache, &key, intern_match_ref, &ended) == mortal);
  g_assert_cmpint (intern_header_lower (header), ==, INTERN_LIFE_MORTAL);
}

static void
test_string_is_put_once (Fixture       *fixture,
                         gconstpointer  data)
{
  guint n_found = 0;

  g_test_summary ("Strings that are put again and again take one slot each, also in their second buckets");
  fill (fixture, N_COPIED);
  for (guint round = 0; round < 20; round++)
    for (guint i = 0; i < N_COPIED; i++)
      {
        const gboolean is_there = find (fixture, entry_at (fixture, i)) != NULL;
        const InternPut put = intern_cache_put (&fixture->cache, key_of (entry_at (fixture, i)).hash,
                                                entry_at (fixture, i));

        g_assert_true (is_there == (put == INTERN_PUT_THERE));
      }
  for (guint i = 0; i < N_COPIED; i++)
    n_found += find (fixture, entry_at (fixture, i)) != NULL;
  g_assert_cmpuint (n_found, >, N_COPIED / 100 * 95);
}

static void
test_largest_level_has_an_end (Fixture       *fixture,
                               gconstpointer  data)
{
  guint64 memory;

  g_test_summary ("The cache does not grow beyond the buckets that its slots can distinguish");
  intern_cache_reserve (&fixture->cache, G_MAXUINT32);
  memory = intern_cache_get_memory_locked (&fixture->cache);
  if (memory == 0)
    {
      g_test_skip ("no room for so large a mapping");
      return;
    }
  intern_cache_reserve (&fixture->cache, G_MAXUINT64 / 2);
  g_assert_cmpuint (intern_cache_get_memory_locked (&fixture->cache), ==, memory);
  new_entry (fixture, "x");
  put (fixture, entry_at (fixture, 0));
  g_assert_true (find (fixture, "x") == entry_at (fixture, 0));
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
    g_thread_join (threads[i]);
  /* A thread finds nothing if another one sleeps before it lets the cache grow. */
  find_and_put (&workers[0]);
  g_assert_cmpuint (workers[0].n_found, >, 0);
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
  g_test_add_func ("/cache/slot-has-the-hash", test_slot_has_the_hash);
  ADD ("/cache/shrinks-and-grows-again", test_shrinks_and_grows_again);
  ADD ("/cache/larger-level-has-all", test_larger_level_has_all);
  ADD ("/cache/forgotten-strings-are-gone", test_forgotten_strings_are_gone);
  ADD ("/cache/strings-are-in-their-buckets", test_strings_are_in_their_buckets);
  ADD ("/cache/memory-is-that-of-its-levels", test_memory_is_that_of_its_levels);
  ADD ("/cache/growing-waits-for-no-thread", test_growing_waits_for_no_thread);
  ADD ("/cache/no-string-is-read", test_no_string_is_read);
  ADD ("/cache/string-is-put-once", test_string_is_put_once);
  ADD ("/cache/largest-level-has-an-end", test_largest_level_has_an_end);
  ADD ("/cache/threads-never-see-another-string", test_threads_never_see_another_string);
#undef ADD

  return g_test_run ();
}

#endif
