/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Strings that flood other hash tables, and those of one who knows the secret of the process.
 *
 * Time says little on a busy machine, so test-flood-time.c only tells it. What makes a search slow is counted here:
 * hits that are not the first candidate of a bucket, and tables that take a secret of their own. */

#include "flood-sets.h"

#include "base/sizes.h"
#include "store/batch.h"

/* Using a store as a pool does */

static const char *
acquire (InternStore *store,
         const char  *data,
         gsize        length)
{
  return search_store (store, data, length, INTERN_TO_REF);
}

/* Interns the strings of @set, then all again some times: then those that are asked for are in the cache. */
static InternStore *
new_store (const Set  *set,
           const char *strings[N_STRINGS])
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  char data[MAX_LENGTH];

  for (guint i = 0; i < N_STRINGS; i++)
    {
      set->make (i, data);
      strings[i] = intern (store, data, set->length);
    }
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < N_STRINGS; i++)
      {
        set->make (i, data);
        g_assert_true (intern (store, data, set->length) == strings[i]);
      }

  return store;
}

static guint
count_secrets (InternStore *store)
{
  guint n_secrets = store->first.index.secret != NULL;

  for (guint i = 0; store->shards != NULL && i < INTERN_SHARDS; i++)
    n_secrets += store->shards[i].shard.index.secret != NULL;

  return n_secrets;
}

#ifndef INTERN_NO_CACHE

/* Hits that cost one comparison and no lock. */
static guint
count_quick (InternStore *store,
             const Set   *set)
{
  guint n_quick = 0;
  char data[MAX_LENGTH];
  guint64 hash;

  for (guint i = 0; i < N_STRINGS; i++)
    {
      set->make (i, data);
      n_quick += intern_store_peek (store, data, set->length, INTERN_TO_KEEP, &hash) != NULL;
    }

  return n_quick;
}

static void
check_quick (InternStore *store,
             const Set   *set)
{
  const guint n_quick = count_quick (store, set);

  g_test_message ("%.1f %% of the hits are the first candidate: %s", 100.0 * n_quick / N_STRINGS, g_test_get_path ());
  /* Those of other buckets and of full ones are not: a tenth of them at most. */
  g_assert_cmpuint (n_quick, >, N_STRINGS / 10 * 9);
}

#else

static void
check_quick (InternStore *store,
             const Set   *set)
{
}

#endif

/* The set is what it says: otherwise it would prove nothing. */
static void
check_set (const Set *set)
{
  g_autoptr (GHashTable) hashes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  char data[MAX_LENGTH];

  if (set->hash == NULL)
    return;
  for (guint i = 0; i < N_STRINGS; i++)
    {
      guint64 hash;

      set->make (i, data);
      hash = set->hash (data, set->length);
      g_hash_table_add (hashes, g_memdup2 (&hash, sizeof hash));
    }
  g_assert_cmpuint (g_hash_table_size (hashes), ==, set->n_hashes);
}

static void
test_set (gconstpointer data)
{
  const Set *set = data;
  g_autofree const char **strings = g_new (const char *, N_STRINGS);
  InternStore *store;

  g_test_summary ("Strings that flood another hash are strings as others");
  check_set (set);
  store = new_store (set, strings);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, N_STRINGS);
  g_assert_cmpuint (count_secrets (store), ==, 0);
  g_assert_false (intern_store_has_cache_secret (store));
  check_quick (store, set);
  intern_store_unref (store);
}

static void
check_batch (InternStore *store,
             const Set   *set,
             const char  *string)
{
  InternBatch batch;
  InternBatchItem items[INTERN_BATCH];
  char data[MAX_LENGTH];
  InternKey key;

  set->make (0, data);
  key = intern_key (data, set->length, intern_secret_get ());
  intern_batch_begin (&batch, store, items, NULL);
  intern_batch_add (&batch, data, set->length);
  g_assert_cmpuint (intern_batch_end (&batch), ==, 1);
  if (batch.n_items == 0)
    return;
  g_assert_true (items[0].string == string);
  /* What it looked for in the cache. */
  g_assert_cmpuint (items[0].hash, ==, intern_store_cache_hash (store, data, set->length, key.hash));
}

static void
test_known_secret (void)
{
  g_autofree const char **strings = g_new (const char *, N_STRINGS);
  InternStore *store;

  g_test_summary ("Strings by one who knows the secret of the process are hits as others, also in a batch");
  check_set (&known);
  store = new_store (&known, strings);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, N_STRINGS);
  g_assert_cmpuint (count_secrets (store), ==, 1);
  g_assert_cmpint (intern_store_has_cache_secret (store), ==, INTERN_HAS_CACHE);
  check_quick (store, &known);
  check_batch (store, &known, strings[0]);
  intern_store_unref (store);
}

static void
test_known_secret_others (void)
{
  g_autofree const char **strings = g_new (const char *, N_STRINGS);
  const Set *others = &sets[G_N_ELEMENTS (sets) - 1];
  InternStore *store;
  char data[MAX_LENGTH];

  g_test_summary ("Where such strings are, others are found as before, also long ones");
  store = new_store (others, strings);
  for (guint i = 0; i < N_STRINGS; i++)
    {
      known.make (i, data);
      intern (store, data, known.length);
    }
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < N_STRINGS; i++)
      {
        g_autofree char *text = g_strdup_printf ("%0*u", 1000, i % 10);

        others->make (i, data);
        g_assert_true (intern (store, data, others->length) == strings[i]);
        g_assert_true (intern (store, text, 1000) == intern (store, text, 1000));
        g_assert_true (intern_store_contains (store, text, 1000));
      }
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, 2 * N_STRINGS + 10);
  check_quick (store, others);
  intern_store_unref (store);
}

static void
test_known_secret_mortal (void)
{
  g_autofree const char **strings = g_new (const char *, N_STRINGS);
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  char data[MAX_LENGTH];

  g_test_summary ("Such strings come and go, and the cache forgets them");
  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < N_STRINGS; i++)
        {
          known.make (i, data);
          strings[i] = acquire (store, data, known.length);
        }
      for (guint i = 0; i < 3 * N_STRINGS; i++)
        {
          known.make (i % N_STRINGS, data);
          g_assert_true (acquire (store, data, known.length) == strings[i % N_STRINGS]);
          g_assert_cmpint (intern_store_lower (store, strings[i % N_STRINGS]), ==, INTERN_LIFE_MORTAL);
        }
      for (guint i = 0; i < N_STRINGS; i++)
        {
          const InternKey key = intern_store_key (store, strings[i]);
          const guint64 hash = intern_store_cache_hash (store, key.data, key.length, key.hash);

          g_assert_cmpint (intern_store_lower (store, strings[i]), ==, INTERN_LIFE_ENDED);
          g_assert_false (intern_bucket_has (intern_cache_bucket (store->cache.level, hash), hash, strings[i]));
          g_assert_false (intern_bucket_has (intern_cache_second_bucket (store->cache.level, hash), hash, strings[i]));
        }
      g_assert_cmpuint (intern_store_get_n_strings (store), ==, 0);
    }
  intern_store_unref (store);
}

/* Threads */

#define N_THREADS 4
#define N_RACING 2000

typedef struct
{
  InternStore *store;
  gint        *n_ready;
  guint        number;
  const char  *strings[N_RACING];
} Racer;

/* From @start to the end of a batch. */
static void
intern_batch (Racer *racer,
              guint  start)
{
  InternBatch batch;
  InternBatchItem items[INTERN_BATCH];
  char data[INTERN_BATCH][MAX_LENGTH];
  guint n_strings = 0;

  intern_batch_begin (&batch, racer->store, items, NULL);
  for (; n_strings < INTERN_BATCH && start + n_strings < N_RACING && n_strings < batch.n_until; n_strings++)
    {
      known.make (start + n_strings, data[n_strings]);
      intern_batch_add (&batch, data[n_strings], known.length);
    }
  g_assert_cmpuint (intern_batch_end (&batch), ==, n_strings);
}

static gpointer
race (gpointer data)
{
  /* None shares a factor with N_RACING. */
  static const guint steps[N_THREADS] = { 1, 3, 7, 1999 };
  Racer *racer = data;
  char text[MAX_LENGTH];

  g_atomic_int_inc (racer->n_ready);
  while (g_atomic_int_get (racer->n_ready) < N_THREADS)
    g_thread_yield ();
  for (guint i = 0; i < N_RACING; i++)
    {
      /* Each in an order of its own, so that some find what others add. */
      const guint number = (i * steps[racer->number]) % N_RACING;

      if (i % 97 == 0)
        intern_batch (racer, number);
      known.make (number, text);
      racer->strings[number] = intern (racer->store, text, known.length);
    }

  return NULL;
}

static void
test_known_secret_threads (void)
{
  Racer *racers = g_new (Racer, N_THREADS);
  GThread *threads[N_THREADS];

  g_test_summary ("Threads agree on such strings while the cache takes a secret of its own");
  for (guint round = 0; round < 20; round++)
    {
      InternStore *store = intern_store_new (intern_secret_get (), 0);
      gint n_ready = 0;

      for (guint i = 0; i < N_THREADS; i++)
        {
          racers[i].store = store;
          racers[i].n_ready = &n_ready;
          racers[i].number = i;
          threads[i] = g_thread_new ("race", race, &racers[i]);
        }
      for (guint i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);
      for (guint i = 1; i < N_THREADS; i++)
        for (guint j = 0; j < N_RACING; j++)
          g_assert_true (racers[i].strings[j] == racers[0].strings[j]);
      g_assert_cmpuint (intern_store_get_n_strings (store), ==, N_RACING);
      g_assert_cmpint (intern_store_has_cache_secret (store), ==, INTERN_HAS_CACHE);
      intern_store_unref (store);
    }
  g_free (racers);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      g_autofree char *path = g_strconcat ("/flood/public/", sets[i].name, NULL);

      g_test_add_data_func (path, &sets[i], test_set);
    }
  g_test_add_func ("/flood/known-secret", test_known_secret);
  g_test_add_func ("/flood/known-secret/others", test_known_secret_others);
  g_test_add_func ("/flood/known-secret/mortal", test_known_secret_mortal);
  g_test_add_func ("/flood/known-secret/threads", test_known_secret_threads);

  return g_test_run ();
}
