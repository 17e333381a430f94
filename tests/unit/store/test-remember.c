/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/store.h"

#include "base/sizes.h"

#ifdef INTERN_NO_CACHE

int
main (int    argc,
      char **argv)
{
  g_print ("1..0 # SKIP built without the cache\n");

  return 0;
}

#else

/* Enough for some stretches from every shard. */
#define N_STRINGS (INTERN_SHARDS * INTERN_STRETCH * 40u)

static const char *
search (InternStore   *store,
        guint          number,
        InternPurpose  purpose)
{
  InternResult ignored;
  InternKey key;
  char text[16];

  g_snprintf (text, sizeof text, "%u", number);
  key = intern_key (text, strlen (text), store->secret);

  return intern_store_search (store, key.data, key.length, key.hash, purpose, &ignored);
}

/* Mortal ones get a reference. */
static guint
count_cached (InternStore     *store,
              guint            n_strings,
              InternMatchFunc  match)
{
  const char *ended = NULL;
  guint n_cached = 0;

  for (guint i = 0; i < n_strings; i++)
    {
      char text[16];
      InternKey key;

      g_snprintf (text, sizeof text, "%u", i);
      key = intern_key (text, strlen (text), store->secret);
      n_cached += intern_cache_find (&store->cache, &key, match, &ended) != NULL;
    }

  return n_cached;
}

static void
test_neighbours_come_along (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  guint n_searched = 0;

  g_test_summary ("After many finds the other strings are in the cache too, those added later as well");
  for (guint i = 0; i < N_STRINGS; i++)
    search (store, i, INTERN_TO_KEEP);
  g_assert_cmpuint (count_cached (store, N_STRINGS, intern_match_permanent), ==, 0);

  while (count_cached (store, N_STRINGS, intern_match_permanent) < N_STRINGS / 100 * 95 && n_searched < N_STRINGS)
    for (guint i = 0; i < N_STRINGS / 40; i++)
      /* From the end: the storage is read from its start. */
      search (store, N_STRINGS - 1 - n_searched++, INTERN_TO_SEE);
  g_assert_cmpuint (n_searched, <, N_STRINGS / 2);

  for (guint i = N_STRINGS; i < 2 * N_STRINGS; i++)
    search (store, i, INTERN_TO_KEEP);
  for (guint i = 0; i < N_STRINGS / 2; i++)
    search (store, 2 * N_STRINGS - 1 - i, INTERN_TO_SEE);
  g_assert_cmpuint (count_cached (store, 2 * N_STRINGS, intern_match_permanent), >=, N_STRINGS / 100 * 190);
  intern_store_unref (store);
}

static void
test_mortal_neighbours_come_along (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  const guint n_searched = N_STRINGS / 4;

  g_test_summary ("After many finds of mortal strings the others are in the cache too");
  for (guint i = 0; i < N_STRINGS; i++)
    search (store, i, INTERN_TO_REF);
  g_assert_cmpuint (count_cached (store, N_STRINGS, intern_match_ref), ==, 0);

  for (guint i = 0; i < n_searched; i++)
    search (store, N_STRINGS - 1 - i, INTERN_TO_REF_FOUND);
  g_assert_cmpuint (count_cached (store, N_STRINGS - n_searched, intern_match_ref), >=, N_STRINGS / 2);
  intern_store_unref (store);
}

static void
test_few_finds_bring_no_mortal_others (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  /* Too few for any shard, even if all of the few of a small store are in one. */
  const guint n_searched = N_STRINGS / 64 - 2;

  g_test_summary ("A store that is asked for few of its mortal strings caches few");
  for (guint i = 0; i < N_STRINGS; i++)
    search (store, i, INTERN_TO_REF);
  for (guint i = 0; i < n_searched; i++)
    search (store, i * 64, INTERN_TO_REF_FOUND);
  g_assert_cmpuint (count_cached (store, N_STRINGS, intern_match_ref), <, N_STRINGS / 20);
  intern_store_unref (store);
}

static void
test_additions_keep_mortal_neighbours_out (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);

  g_test_summary ("While mortal strings are added, finds of some do not bring the others");
  for (guint i = 0; i < N_STRINGS; i++)
    {
      search (store, i, INTERN_TO_REF);
      if (i % 4 == 3)
        search (store, i - 1, INTERN_TO_REF_FOUND);
    }
  g_assert_cmpuint (count_cached (store, N_STRINGS, intern_match_ref), <, N_STRINGS / 4 + N_STRINGS / 20);
  intern_store_unref (store);
}

static void
test_few_finds_bring_no_others (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);

  g_test_summary ("A store that is asked for few of its strings caches few");
  for (guint i = 0; i < N_STRINGS; i++)
    search (store, i, INTERN_TO_KEEP);
  for (guint round = 0; round < 100; round++)
    for (guint i = 0; i < INTERN_STRETCH_AFTER / 2; i++)
      search (store, i, INTERN_TO_SEE);
  g_assert_cmpuint (count_cached (store, N_STRINGS, intern_match_permanent), <, N_STRINGS / 20);
  intern_store_unref (store);
}

static void
test_layers_are_not_counted (void)
{
  const guint n_own = 4 * INTERN_STRETCH;
  InternStore *parent = intern_store_new (intern_secret_get (), 0);
  InternStore *child;
  guint64 memory;

  g_test_summary ("The cache of a child has room for the strings of the child, not for those of its parent");
  for (guint i = 0; i < N_STRINGS; i++)
    search (parent, i, INTERN_TO_KEEP);
  intern_store_freeze (parent);
  child = intern_store_new_child (parent);

  for (guint round = 0; round < 20; round++)
    for (guint i = 0; i < n_own; i++)
      search (child, N_STRINGS + i, INTERN_TO_KEEP);
  memory = intern_cache_get_memory_locked (&child->cache);
  g_assert_cmpuint (memory, >, 0);
  /* Room for twice as many at least, and levels that were outgrown. */
  g_assert_cmpuint (memory, <, 16 * n_own * sizeof (guint64));
  intern_store_unref (child);
  intern_store_unref (parent);
}

static void
test_mortal_strings_stay_out (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  guint n_searched = 0;

  g_test_summary ("Strings that are released and added again meanwhile are found, and the others come along");
  for (guint i = 0; i < N_STRINGS; i++)
    search (store, i, i % 50 == 0 ? INTERN_TO_REF : INTERN_TO_KEEP);
  for (guint i = 0; i < N_STRINGS; i += 50)
    intern_store_lower (store, search (store, i, INTERN_TO_SEE));

  for (; n_searched < N_STRINGS; n_searched++)
    {
      const char *string = search (store, n_searched, INTERN_TO_SEE);

      if (n_searched % 50 == 0)
        g_assert_null (string);
      else
        g_assert_cmpuint (g_ascii_strtoull (string, NULL, 10), ==, n_searched);
    }
  for (guint i = 0; i < N_STRINGS; i += 50)
    g_assert_cmpuint (g_ascii_strtoull (search (store, i, INTERN_TO_REF), NULL, 10), ==, i);
  intern_store_unref (store);
}

typedef struct
{
  InternStore *store;
  guint        first;
  const char  *strings[N_STRINGS / 4];
} Worker;

/* Adds strings and finds them again, while other threads read the storage. */
static gpointer
add_and_find (gpointer data)
{
  Worker *worker = data;

  for (guint i = 0; i < G_N_ELEMENTS (worker->strings); i++)
    {
      const char *earlier = search (worker->store, (worker->first + i / 2) % N_STRINGS, INTERN_TO_SEE);

      worker->strings[i] = search (worker->store, (worker->first + i) % N_STRINGS, INTERN_TO_KEEP);
      g_assert_true (i == 0 || earlier == worker->strings[i / 2]);
    }

  return NULL;
}

static void
test_threads_read_while_others_add (void)
{
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  GThread *threads[4];
  Worker *workers = g_new0 (Worker, G_N_ELEMENTS (threads));

  g_test_summary ("Threads that add, find and read the storage at once agree on the strings");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      workers[i].store = store;
      workers[i].first = i * N_STRINGS / 8;
      threads[i] = g_thread_new ("remember", add_and_find, &workers[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    for (guint j = 0; j < G_N_ELEMENTS (workers->strings); j++)
      g_assert_true (search (store, (workers[i].first + j) % N_STRINGS, INTERN_TO_SEE) == workers[i].strings[j]);
  g_free (workers);
  intern_store_unref (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/remember/neighbours-come-along", test_neighbours_come_along);
  g_test_add_func ("/remember/mortal-neighbours-come-along", test_mortal_neighbours_come_along);
  g_test_add_func ("/remember/few-finds-bring-no-mortal-others", test_few_finds_bring_no_mortal_others);
  g_test_add_func ("/remember/additions-keep-mortal-neighbours-out", test_additions_keep_mortal_neighbours_out);
  g_test_add_func ("/remember/few-finds-bring-no-others", test_few_finds_bring_no_others);
  g_test_add_func ("/remember/layers-are-not-counted", test_layers_are_not_counted);
  g_test_add_func ("/remember/mortal-strings-stay-out", test_mortal_strings_stay_out);
  g_test_add_func ("/remember/threads-read-while-others-add", test_threads_read_while_others_add);

  return g_test_run ();
}

#endif
