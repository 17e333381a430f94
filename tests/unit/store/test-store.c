/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

#include "base/sizes.h"

/* As a pool does: the first-candidate peek, then the whole search. */
static const char *
intern_len (InternStore  *store,
            const char   *data,
            gsize         length,
            InternResult *result)
{
  guint64 hash;
  const char *string = intern_store_peek (store, data, length, INTERN_TO_KEEP, &hash);

  *result = INTERN_RESULT_FOUND;

  return string != NULL ? intern_store_count_hit (store, string, length)
                        : intern_store_search (store, data, length, hash, INTERN_TO_KEEP, result);
}

static const char *
lookup_len (InternStore *store,
            const char  *data,
            gsize        length)
{
  InternResult ignored;
  guint64 hash;
  const char *string = intern_store_peek (store, data, length, INTERN_TO_KEEP, &hash);

  return string != NULL ? intern_store_count_hit (store, string, length)
                        : intern_store_search (store, data, length, hash, INTERN_TO_SEE, &ignored);
}

static const char *
intern (InternStore *store,
        const char  *string)
{
  InternResult result;

  return intern_len (store, string, strlen (string), &result);
}

static InternResult
result_of (InternStore *store,
           const char  *string)
{
  InternResult result;

  intern_len (store, string, strlen (string), &result);

  return result;
}

static const char *
intern_number (InternStore *store,
               guint        number)
{
  char text[16];

  g_snprintf (text, sizeof text, "%u", number);

  return intern (store, text);
}

static gboolean
count_string (const char *string,
              gsize       length,
              gpointer    user_data)
{
  g_assert_cmpuint (strlen (string), ==, length);
  ++*(guint *) user_data;

  return TRUE;
}

static void
test_results (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);

  g_test_summary ("Each call returns the right result");
  g_assert_cmpint (result_of (store, "a"), ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (result_of (store, "a"), ==, INTERN_RESULT_FOUND);

  intern_store_set_max_strings (store, 1);
  g_assert_cmpint (result_of (store, "a"), ==, INTERN_RESULT_FOUND);
  g_assert_cmpint (result_of (store, "b"), ==, INTERN_RESULT_FULL_STRINGS);

  intern_store_set_max_strings (store, 0);
  intern_store_set_max_bytes (store, 3);
  g_assert_cmpint (result_of (store, "bcd"), ==, INTERN_RESULT_FULL_BYTES);
  g_assert_cmpint (result_of (store, "bcde"), ==, INTERN_RESULT_OVER_LIMIT);
  g_assert_cmpint (result_of (store, "bc"), ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (result_of (store, "d"), ==, INTERN_RESULT_FULL_BYTES);
  g_assert_cmpint (result_of (store, ""), ==, INTERN_RESULT_ADDED);
  intern_store_unref (store);
}

static void
test_too_long_is_not_read (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternResult result;

  g_test_summary ("A string above the maximum length is refused unread");
  g_assert_null (intern_len (store, "x", INTERN_MAX_LENGTH + 1, &result));
  g_assert_cmpint (result, ==, INTERN_RESULT_TOO_LONG);
  g_assert_null (lookup_len (store, "x", INTERN_MAX_LENGTH + 1));
  g_assert_false (intern_store_contains (store, "x", G_MAXSIZE));
  g_assert_cmpuint (intern_store_get_stats (store).n_misses, ==, 3);
  intern_store_unref (store);
}

static void
test_split_moves_no_string (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  const guint n = 3 * INTERN_SPLIT_AT + 100;
  g_autofree const char **strings = g_new (const char *, n);
  guint n_seen = 0;

  g_test_summary ("A store that is split keeps every address and every count");
  for (guint i = 0; i < n; i++)
    {
      strings[i] = intern_number (store, i);
      g_assert_cmpuint (intern_store_get_n_strings (store), ==, i + 1);
    }

  for (guint i = 0; i < n; i++)
    g_assert_true (intern_number (store, i) == strings[i]);
  intern_store_foreach (store, count_string, &n_seen);
  g_assert_cmpuint (n_seen, ==, n);
  g_assert_cmpuint (intern_store_get_stats (store).n_strings, ==, n);
  g_assert_cmpuint (intern_store_get_stats (store).n_hits, ==, n);
  g_assert_cmpuint (intern_store_get_stats (store).n_misses, ==, n);
  intern_store_unref (store);
}

typedef struct
{
  InternStore *store;
  guint        calls_left;
} Grower;

static gboolean
grow_while_iterating (const char *string,
                      gsize       length,
                      gpointer    user_data)
{
  Grower *grower = user_data;

  for (guint i = 0; i < INTERN_SPLIT_AT; i++)
    intern_number (grower->store, i);

  return --grower->calls_left > 0;
}

static void
test_foreach_survives_a_split (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  Grower grower = { store, 2 };

  g_test_summary ("An iteration may add strings, even split the store, and may stop");
  intern (store, "first");
  intern (store, "second");
  intern_store_foreach (store, grow_while_iterating, &grower);
  g_assert_cmpuint (grower.calls_left, ==, 0);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, INTERN_SPLIT_AT + 2);
  intern_store_unref (store);
}

static void
test_successor_continues (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternStore *successor;
  const char *old = intern (store, "old");

  g_test_summary ("A successor is empty and keeps limits and counts; old strings stay");
  intern (store, "old");
  intern_store_set_max_strings (store, 1);
  g_assert_cmpint (result_of (store, "refused"), ==, INTERN_RESULT_FULL_STRINGS);
  g_assert_true (intern_store_announce_limit (store));
  g_assert_false (intern_store_announce_limit (store));

  successor = intern_store_new_successor (store);
  g_assert_true (intern_store_hand_over (store, successor));
  g_assert_cmpuint (intern_store_get_n_strings (successor), ==, 0);
  g_assert_cmpuint (intern_store_get_stats (successor).bytes_stored, ==, 0);
  g_assert_cmpuint (intern_store_get_limits (successor).max_strings, ==, 1);
  g_assert_cmpuint (intern_store_get_stats (successor).n_hits, ==, 1);
  g_assert_cmpuint (intern_store_get_stats (successor).n_misses, ==, 2);
  g_assert_null (lookup_len (successor, "old", 3));
  g_assert_cmpint (result_of (successor, "new"), ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (result_of (successor, "newer"), ==, INTERN_RESULT_FULL_STRINGS);
  g_assert_true (intern_store_announce_limit (successor));

  g_assert_cmpstr (old, ==, "old");
  intern_store_unref (store);
  intern_store_unref (successor);
}

static void
test_reset_keeps_the_strings (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternStoreStats stats;

  g_test_summary ("A reset clears the counts and keeps the strings");
  intern (store, "a");
  intern (store, "a");
  intern_store_add_hits (store, 3, 30);
  stats = intern_store_get_stats (store);
  g_assert_cmpuint (stats.n_hits, ==, 4);
  g_assert_cmpuint (stats.bytes_requested, ==, 32);

  intern_store_reset_stats (store);
  stats = intern_store_get_stats (store);
  g_assert_cmpuint (stats.n_hits + stats.n_misses + stats.bytes_requested + stats.bytes_copied, ==, 0);
  g_assert_cmpuint (stats.n_strings, ==, 1);
  g_assert_cmpuint (stats.bytes_stored, ==, 1);
  intern_store_unref (store);
}

/* Threads */

#define N_THREADS 8
#define N_COMMON 5003 /* a prime: the stride of each thread reaches every string */

typedef struct
{
  InternStore *store;
  guint        number;
  guint        n_added;
  const char  *strings[N_COMMON];
} Worker;

static gpointer
intern_common (gpointer data)
{
  Worker *worker = data;

  for (guint i = 0; i < N_COMMON; i++)
    {
      char text[16];
      InternResult result;

      /* Each thread takes the strings in another order. */
      guint number = (i * (2 * worker->number + 1) + 13 * worker->number) % N_COMMON;

      g_snprintf (text, sizeof text, "%u", number);
      worker->strings[number] = intern_len (worker->store, text, strlen (text), &result);
      worker->n_added += result == INTERN_RESULT_ADDED;
      if (i % 1000 == 0)
        intern_store_get_stats (worker->store);
    }

  return NULL;
}

static Worker *
run_workers (InternStore *store)
{
  Worker *workers = g_new0 (Worker, N_THREADS);
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i].store = store;
      workers[i].number = i;
      threads[i] = g_thread_new ("worker", intern_common, &workers[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  return workers;
}

static void
test_threads_agree (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  g_autofree Worker *workers = run_workers (store);
  guint n_added = 0;

  g_test_summary ("Threads that add the same new strings get one address for each");
  for (guint i = 0; i < N_THREADS; i++)
    {
      n_added += workers[i].n_added;
      g_assert_cmpmem (workers[i].strings, sizeof workers[i].strings,
                       workers[0].strings, sizeof workers[0].strings);
    }
  g_assert_cmpuint (n_added, ==, N_COMMON);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, N_COMMON);
  g_assert_cmpuint (intern_store_get_stats (store).n_misses, ==, N_COMMON);
  g_assert_cmpuint (intern_store_get_stats (store).n_hits, ==, (N_THREADS - 1) * N_COMMON);
  intern_store_unref (store);
}

static void
test_limits_are_exact (void)
{
  g_test_summary ("With many threads a store takes exactly as many strings as its limit");
  for (guint limit = 1; limit < N_COMMON; limit = limit * 3 + 1)
    {
      InternStore *store = intern_store_new (intern_secret_get (), 0);
      g_autofree Worker *workers = NULL;
      guint n_added = 0;

      intern_store_set_max_strings (store, limit);
      workers = run_workers (store);
      for (guint i = 0; i < N_THREADS; i++)
        n_added += workers[i].n_added;
      g_assert_cmpuint (n_added, ==, limit);
      g_assert_cmpuint (intern_store_get_n_strings (store), ==, limit);
      intern_store_unref (store);
    }
}

static void
test_byte_limit_is_exact (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  g_autofree Worker *workers = NULL;
  InternStoreStats stats;

  g_test_summary ("A limit on bytes takes the last string that fits");
  /* The numbers have 4 digits at most: at most 3 bytes stay free. */
  intern_store_set_max_bytes (store, 4001);
  workers = run_workers (store);
  stats = intern_store_get_stats (store);
  g_assert_cmpuint (stats.bytes_stored, <=, 4001);
  g_assert_cmpuint (stats.bytes_stored, >, 4001 - 4);
  intern_store_unref (store);
}

static void
test_frozen_store_adds_nothing (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  const InternKey key = intern_key ("late", 4, store->secret);
  InternResult result;
  InternShard *shard;

  g_test_summary ("A thread that has got the lock of a shard after the store was frozen adds nothing");
  intern_number (store, 1);
  intern_store_freeze (store);
  shard = intern_store_lock_shard (store, key.hash);
  for (guint limited = 0; limited < 2; limited++)
    {
      store->limited = limited;
      g_assert_null (intern_store_find_or_add_locked (store, shard, &key, INTERN_TO_KEEP, &result));
      g_assert_cmpint (result, ==, INTERN_RESULT_FROZEN);
    }
  store->limited = FALSE;
  /* Nor is it split, for readers without a lock. */
  shard->n_waits = INTERN_SPLIT_AT_WAITS;
  intern_store_unlock_shard (store, shard);
  g_assert_null (store->shards);
  g_assert_cmpuint (intern_store_get_stats (store).n_strings, ==, 1);
  intern_store_unref (store);
}

static void
count_destroyed (gpointer data)
{
  ++*(guint *) data;
}

static gpointer
destroy_all_data (gpointer data)
{
  intern_store_destroy_all_data (data);

  return NULL;
}

static void
test_data_moves_to_other_shards (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 1);
  guint n_destroyed = 0;
  GThread *thread;

  g_test_summary ("Data is destroyed also if a thread that adds strings splits the store meanwhile");
  intern_store_set_data_destroy (store, 0, count_destroyed);
  for (guint i = 0; i < 2; i++)
    {
      gpointer data = &n_destroyed;

      g_assert_true (intern_store_put_data (store, intern_number (store, i), 0, &data));
    }
  g_assert_null (store->shards);

  intern_lock (&store->first.lock);
  thread = g_thread_new ("destroys", destroy_all_data, store);
  /* Until it waits for the lock. If it comes later, it meets shards. */
  g_usleep (50000);
  store->first.n_waits = INTERN_SPLIT_AT_WAITS;
  intern_store_unlock_shard (store, &store->first);
  g_thread_join (thread);
  g_assert_nonnull (store->shards);
  g_assert_cmpuint (n_destroyed, ==, 2);
  intern_store_unref (store);
}

static const char *
acquire (InternStore  *store,
         const char   *string,
         InternResult *result)
{
  const InternKey key = intern_key (string, strlen (string), store->secret);

  return intern_store_search (store, key.data, key.length, key.hash, INTERN_TO_REF, result);
}

/* Drops the last reference. Another thread would bury the string next. */
static void
let_die (const char *string)
{
  g_assert_cmpint (intern_header_lower (intern_entry_header (string)), ==, INTERN_LIFE_ENDED);
}

static void
test_replaced_string_counts_once (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternResult result;
  const char *dead, *living;

  g_test_summary ("A string that is added again before its burial counts once for the limits, and once as mortal");
  intern_store_set_max_strings (store, 1);
  dead = acquire (store, "a", &result);
  let_die (dead);
  living = acquire (store, "a", &result);
  g_assert_cmpint (result, ==, INTERN_RESULT_ADDED);
  g_assert_true (living != dead);
  g_assert_true (intern_store_bury (store, dead));
  g_assert_cmpuint (intern_store_get_stats (store).n_strings, ==, 1);
  g_assert_cmpuint (intern_store_get_stats (store).n_mortal, ==, 1);
  g_assert_cmpuint (intern_store_get_stats (store).bytes_stored, ==, 1);
  g_assert_cmpint (result_of (store, "b"), ==, INTERN_RESULT_FULL_STRINGS);

  intern_store_lower (store, living);
  g_assert_cmpuint (intern_store_get_stats (store).n_mortal, ==, 0);
  g_assert_cmpint (result_of (store, "b"), ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (result_of (store, "c"), ==, INTERN_RESULT_FULL_STRINGS);

  /* The same with a search of one step. */
  intern_store_set_max_strings (store, 0);
  let_die (acquire (store, "d", &result));
  acquire (store, "d", &result);
  g_assert_cmpint (result, ==, INTERN_RESULT_ADDED);
  g_assert_cmpuint (intern_store_get_stats (store).n_mortal, ==, 1);
  intern_store_unref (store);
}

static void
test_frozen_store_has_no_mortal_string (void)
{
  /* Its pages could be given back. */
  static char text_of_pages[64 * 1024];

  g_test_summary ("Freezing makes mortal strings permanent and drops those that wait for their burial");
  memset (text_of_pages, 'x', sizeof text_of_pages - 1);
  for (guint n = 1; n <= 3 * INTERN_SPLIT_AT; n += INTERN_SPLIT_AT - 1)
    {
      InternStore *store = intern_store_new (intern_secret_get (), 0);
      InternStoreStats stats;
      InternResult result;
      const char *dead;

      for (guint i = 0; i < n; i++)
        {
          char text[16];

          g_snprintf (text, sizeof text, "%u", i);
          acquire (store, text, &result);
        }
      intern_store_lower (store, acquire (store, text_of_pages, &result));
      dead = acquire (store, "dead", &result);
      let_die (dead);
      g_assert_cmpuint (intern_store_get_stats (store).n_mortal, ==, n + 1);

      intern_store_freeze (store);
      stats = intern_store_get_stats (store);
      g_assert_cmpuint (stats.n_strings, ==, n);
      g_assert_cmpuint (stats.n_mortal, ==, 0);
      g_assert_null (lookup_len (store, "dead", 4));
      g_assert_true (intern_store_bury (store, dead));
      g_assert_cmpuint (intern_store_trim (store), ==, 0);
      g_assert_nonnull (lookup_len (store, "0", 1));
      intern_store_unref (store);
    }
}

static void
test_every_shard_is_trimmed (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  g_autofree char *text = g_strnfill (64 * 1024, 'x');
  const guint n_strings = 8 * INTERN_SHARDS;
  g_autofree const char **strings = g_new (const char *, n_strings);
  InternResult result;

  g_test_summary ("Trimming leaves no shard out");
  for (guint i = 0; i < 2 * INTERN_SPLIT_AT; i++)
    intern_number (store, i);
  /* A shard without a living mortal string would be trimmed by itself. */
  for (guint i = 0; i < 4 * n_strings; i++)
    {
      char living[16];

      g_snprintf (living, sizeof living, "living %u", i);
      acquire (store, living, &result);
    }
  for (guint i = 0; i < n_strings; i++)
    {
      g_snprintf (text, 16, "%08u", i);
      text[8] = 'x';
      strings[i] = acquire (store, text, &result);
    }
  for (guint i = 0; i < n_strings; i++)
    intern_store_lower (store, strings[i]);
  g_assert_cmpuint (intern_store_trim (store), >, 0);
  for (guint i = 0; i < INTERN_SHARDS; i++)
    g_assert_cmpuint (intern_arena_trim (&store->shards[i].shard.arena), ==, 0);
  intern_store_unref (store);
}

#ifndef INTERN_NO_CACHE
/* Returns the number of used slots of the cache and sets that of different strings. */
static guint
count_slots (const InternCache *cache,
             guint             *n_distinct)
{
  g_autoptr (GHashTable) strings = g_hash_table_new (NULL, NULL);
  guint n_slots = 0;

  for (guint64 i = 0; i <= cache->level->mask; i++)
    for (guint j = 0; j < INTERN_BUCKET_SLOTS; j++)
      {
        const char *string = intern_slot_string (cache->level->buckets[i].slots[j]);

        if (string == NULL)
          continue;
        n_slots++;
        g_hash_table_add (strings, (gpointer) string);
      }
  *n_distinct = g_hash_table_size (strings);

  return n_slots;
}

static void
test_buried_strings_leave_the_cache (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  const guint n_strings = 4 * INTERN_CACHE_PUTS_MIN;
  guint n_slots, n_distinct;

  g_test_summary ("A search does not compare a buried string: it has left the cache");
  for (guint round = 0; round < 4; round++)
    for (guint i = 0; i < n_strings; i++)
      {
        char text[16];
        InternResult result;

        g_snprintf (text, sizeof text, "%u", i);
        if (round < 3)
          acquire (store, text, &result);
        else
          {
            const char *string = acquire (store, text, &result);

            for (guint n = 0; n < 4; n++)
              intern_store_lower (store, string);
          }
        if (round == 2 && i + 1 == n_strings)
          {
            n_slots = count_slots (&store->cache, &n_distinct);
            g_assert_cmpuint (n_slots, >, 0);
          }
      }
  n_slots = count_slots (&store->cache, &n_distinct);
  g_assert_cmpuint (n_slots, ==, 0);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, 0);
  intern_store_unref (store);
}

static void
check_no_string_is_cached_twice (InternStore *asked,
                                 InternStore *filled)
{
  guint n_slots, n_distinct;

  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < 1000; i++)
      {
        char text[32];

        g_assert_nonnull (lookup_len (asked, text, (gsize) g_snprintf (text, sizeof text, "string %u", i)));
      }
  n_slots = count_slots (&filled->cache, &n_distinct);
  g_assert_cmpuint (n_slots, >, 0);
  g_assert_cmpuint (n_slots, ==, n_distinct);
}
#endif

static void
test_frozen_is_cached_once (void)
{
#ifdef INTERN_NO_CACHE
  g_test_skip ("There is no cache");
#else
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternStore *child;

  g_test_summary ("A search in a frozen store puts a string into one slot of the cache");
  for (guint i = 0; i < 1000; i++)
    {
      char text[32];
      InternResult result;

      intern_len (store, text, (gsize) g_snprintf (text, sizeof text, "string %u", i), &result);
    }
  intern_store_freeze (store);
  check_no_string_is_cached_twice (store, store);
  intern_store_unref (store);

  store = intern_store_new (intern_secret_get (), 0);
  for (guint i = 0; i < 1000; i++)
    {
      char text[32];
      InternResult result;

      intern_len (store, text, (gsize) g_snprintf (text, sizeof text, "string %u", i), &result);
    }
  intern_store_freeze (store);
  child = intern_store_new_child (store);
  check_no_string_is_cached_twice (child, store);
  intern_store_unref (child);
  intern_store_unref (store);
#endif
}

static void
test_small_store_is_one_piece (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternStoreStats stats;

  g_test_summary ("A store with few strings takes no memory but its struct, whose size is limited");
#if !defined(INTERN_TEST_SIZES) && !defined(INTERN_DEBUG)
  g_assert_cmpuint (sizeof *store, <=, 840); /* 848 with the overhead of the heap */
#endif
  for (guint i = 0; i < INTERN_FEW; i++)
    {
      intern_number (store, i);
      g_assert_null (lookup_len (store, "absent", 6));
      g_assert_false (intern_store_contains (store, "absent", 6));
    }

  stats = intern_store_get_stats (store);
  g_assert_cmpuint (stats.n_strings, ==, INTERN_FEW);
  g_assert_cmpuint (stats.n_misses, ==, 3 * INTERN_FEW);
  g_assert_cmpuint (stats.memory, ==, intern_heap_size_of (store, sizeof *store));
  intern_store_unref (store);
}

static void
test_closed_store_stays_empty (void)
{
  InternStore *store = intern_store_new_closed (intern_secret_get ());
  const guint64 memory = intern_store_get_stats (store).memory;

  g_test_summary ("A closed store finds nothing, refuses every string and does not grow");
  g_assert_cmpuint (intern_store_short_end (store), ==, 0);
  for (guint i = 0; i < 2 * INTERN_FEW; i++)
    {
      g_assert_null (intern_number (store, i));
      g_assert_null (lookup_len (store, "0", 1));
    }
  g_assert_cmpint (result_of (store, "a"), ==, INTERN_RESULT_FULL_INDEX);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, 0);
  g_assert_cmpuint (intern_store_get_stats (store).memory, ==, memory);
  intern_store_unref (store);
}

static void
test_counts_survive_a_split (void)
{
  const guint n = 2 * INTERN_SPLIT_AT;
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  InternStoreStats stats;

  g_test_summary ("Searches count once each, with one shard, with many, and with a cache");
  for (guint round = 0; round < 4; round++)
    for (guint i = 0; i < n; i++)
      intern_number (store, i);

  g_assert_nonnull (intern_store_get_shards (store));
  stats = intern_store_get_stats (store);
  g_assert_cmpuint (stats.n_misses, ==, n);
  g_assert_cmpuint (stats.n_hits, ==, 3 * n);
  g_assert_cmpuint (stats.bytes_requested, ==, 4 * stats.bytes_stored);
  intern_store_unref (store);
}

static void
test_hits_read_lines_of_their_own (void)
{
  const gsize read_end = G_STRUCT_OFFSET (InternStore, frozen) + sizeof (gboolean);
  const gsize written[] = {
    G_STRUCT_OFFSET (InternStore, atoms),   G_STRUCT_OFFSET (InternStore, ref_count),
    G_STRUCT_OFFSET (InternStore, limited), G_STRUCT_OFFSET (InternStore, blocks),
    G_STRUCT_OFFSET (InternStore, first),   G_STRUCT_OFFSET (InternStore, starter),
  };

  g_test_summary ("What a hit reads is on no cache line with what other calls write, wherever malloc() puts it");
  if (!INTERN_HAS_CACHE)
    {
      g_test_skip ("without the read cache a hit takes a lock");
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (written); i++)
    g_assert_cmpuint (written[i], >=, read_end + INTERN_CACHE_LINE - 1);
  g_assert_cmpuint (G_STRUCT_OFFSET (InternCacheLevel, n_put), >=,
                    G_STRUCT_OFFSET (InternCacheLevel, previous) + INTERN_CACHE_LINE);

  /* Each thread writes one of the former, each shard is one of the latter. */
  g_assert_cmpuint (G_ALIGNOF (InternStripe) % INTERN_CACHE_LINE, ==, 0);
  g_assert_cmpuint (G_ALIGNOF (InternAlignedShard) % INTERN_CACHE_LINE, ==, 0);
  g_assert_cmpuint (sizeof (InternBucket), ==, INTERN_CACHE_LINE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/results", test_results);
  g_test_add_func ("/store/hits-read-lines-of-their-own", test_hits_read_lines_of_their_own);
  g_test_add_func ("/store/too-long-is-not-read", test_too_long_is_not_read);
  g_test_add_func ("/store/split-moves-no-string", test_split_moves_no_string);
  g_test_add_func ("/store/foreach-survives-a-split", test_foreach_survives_a_split);
  g_test_add_func ("/store/successor-continues", test_successor_continues);
  g_test_add_func ("/store/frozen-is-cached-once", test_frozen_is_cached_once);
  g_test_add_func ("/store/reset-keeps-the-strings", test_reset_keeps_the_strings);
  g_test_add_func ("/store/small-store-is-one-piece", test_small_store_is_one_piece);
  g_test_add_func ("/store/closed-store-stays-empty", test_closed_store_stays_empty);
  g_test_add_func ("/store/counts-survive-a-split", test_counts_survive_a_split);
  g_test_add_func ("/store/threads-agree", test_threads_agree);
  g_test_add_func ("/store/limits-are-exact", test_limits_are_exact);
  g_test_add_func ("/store/byte-limit-is-exact", test_byte_limit_is_exact);
  g_test_add_func ("/store/every-shard-is-trimmed", test_every_shard_is_trimmed);
  g_test_add_func ("/store/frozen-store-adds-nothing", test_frozen_store_adds_nothing);
  g_test_add_func ("/store/data-moves-to-other-shards", test_data_moves_to_other_shards);
#ifndef INTERN_NO_CACHE
  g_test_add_func ("/store/buried-strings-leave-the-cache", test_buried_strings_leave_the_cache);
#endif
  g_test_add_func ("/store/replaced-string-counts-once", test_replaced_string_counts_once);
  g_test_add_func ("/store/frozen-store-has-no-mortal-string", test_frozen_store_has_no_mortal_string);

  return g_test_run ();
}
