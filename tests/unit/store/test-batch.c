/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/batch.h"

#define N_BATCHES 40
#define N_WORDS (N_BATCHES * INTERN_BATCH)

typedef struct
{
  InternStore     *store;
  InternBatchItem  items[INTERN_BATCH];
  char             words[INTERN_BATCH][24];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->store = intern_store_new (intern_secret_get ());
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  intern_store_unref (fixture->store);
}

static void
set_word (Fixture *fixture,
          guint    i,
          guint    number)
{
  InternBatchItem *item = &fixture->items[i];

  /* A field that the batch does not set shows. */
  memset (item, 0xab, sizeof *item);
  item->data = fixture->words[i];
  item->length = (gsize) g_snprintf (fixture->words[i], sizeof fixture->words[i], "word %u", number);
}

static const char *
intern_alone (Fixture *fixture,
              guint    i)
{
  const InternBatchItem *item = &fixture->items[i];
  const guint64 hash = intern_hash_call (item->data, item->length, intern_secret_get ());
  InternResult result;

  return intern_store_search (fixture->store, item->data, item->length, hash, INTERN_TO_KEEP, &result);
}

static void
test_as_one_by_one (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree const char **known = g_new0 (const char *, N_WORDS);
  guint number = 0;

  g_test_summary ("A batch gives the results of single calls, through all growth of the store");
  for (guint batch = 0; batch < 3 * N_BATCHES; batch++)
    {
      g_autofree gboolean *was_known = g_new0 (gboolean, INTERN_BATCH);
      g_autofree guint *numbers = g_new0 (guint, INTERN_BATCH);

      for (guint i = 0; i < INTERN_BATCH; i++, number += 7)
        {
          numbers[i] = number % N_WORDS;
          was_known[i] = known[numbers[i]] != NULL;
          set_word (fixture, i, numbers[i]);
        }
      intern_batch_intern (fixture->store, fixture->items, INTERN_BATCH);
      for (guint i = 0; i < INTERN_BATCH; i++)
        {
          const InternBatchItem *item = &fixture->items[i];

          g_assert_cmpstr (item->string, ==, fixture->words[i]);
          g_assert_cmpint (item->result, ==, was_known[i] ? INTERN_RESULT_FOUND : INTERN_RESULT_ADDED);
          g_assert_true (!was_known[i] || item->string == known[numbers[i]]);
          g_assert_true (intern_alone (fixture, i) == item->string);
          known[numbers[i]] = item->string;
        }
    }
  g_assert_cmpuint (intern_store_get_n_strings (fixture->store), ==, N_WORDS);
}

static void
test_repeats_within (Fixture       *fixture,
                     gconstpointer  data)
{
  InternStoreStats stats;

  g_test_summary ("Of equal strings in one batch the first is added and the others are found");
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i % 2);
  intern_batch_intern (fixture->store, fixture->items, INTERN_BATCH);
  for (guint i = 0; i < INTERN_BATCH; i++)
    {
      g_assert_cmpint (fixture->items[i].result, ==, i < 2 ? INTERN_RESULT_ADDED : INTERN_RESULT_FOUND);
      g_assert_true (fixture->items[i].string == fixture->items[i % 2].string);
    }

  stats = intern_store_get_stats (fixture->store);
  g_assert_cmpuint (stats.n_strings, ==, 2);
  g_assert_cmpuint (stats.n_misses, ==, 2);
  g_assert_cmpuint (stats.n_hits, ==, INTERN_BATCH - 2);
  g_assert_cmpuint (stats.bytes_requested, ==, INTERN_BATCH * strlen ("word 0"));
}

static void
test_too_long_in_between (Fixture       *fixture,
                          gconstpointer  data)
{
  guint32 atoms[INTERN_BATCH];
  InternStoreStats stats;

  g_test_summary ("A string above the maximum length is refused unread, and the others are interned");
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i);
  fixture->items[2].length = INTERN_MAX_LENGTH + 1;
  intern_batch_intern (fixture->store, fixture->items, INTERN_BATCH);
  for (guint i = 0; i < INTERN_BATCH; i++)
    if (i != 2)
      g_assert_cmpstr (fixture->items[i].string, ==, fixture->words[i]);
  g_assert_null (fixture->items[2].string);
  g_assert_cmpint (fixture->items[2].result, ==, INTERN_RESULT_TOO_LONG);
  g_assert_cmpuint (intern_batch_atoms (fixture->store, fixture->items, INTERN_BATCH, atoms), ==, 2);
  g_assert_cmpuint (intern_store_get_next_atom (fixture->store), ==, 3);

  stats = intern_store_get_stats (fixture->store);
  g_assert_cmpuint (stats.n_misses, ==, INTERN_BATCH);
  g_assert_cmpuint (stats.n_strings, ==, INTERN_BATCH - 1);
}

static void
test_a_limit_ends_it (Fixture       *fixture,
                      gconstpointer  data)
{
  guint32 atoms[INTERN_BATCH];

  g_test_summary ("With a limit, strings are interned in order up to the first refusal");
  intern_store_set_max_strings (fixture->store, 2);
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i == 4 ? 0 : i);
  intern_batch_intern (fixture->store, fixture->items, INTERN_BATCH);
  g_assert_cmpint (fixture->items[1].result, ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (fixture->items[2].result, ==, INTERN_RESULT_FULL_STRINGS);
  for (guint i = 2; i < INTERN_BATCH; i++)
    g_assert_null (fixture->items[i].string);
  for (guint i = 3; i < INTERN_BATCH; i++)
    g_assert_cmpint (fixture->items[i].result, ==, INTERN_RESULT_ABSENT);
  g_assert_cmpuint (intern_batch_atoms (fixture->store, fixture->items, INTERN_BATCH, atoms), ==, 2);
  g_assert_cmpuint (intern_store_get_stats (fixture->store).n_misses, ==, 3);
}

static void
test_room_ends_it (Fixture       *fixture,
                   gconstpointer  data)
{
  g_test_summary ("After a string is refused for its bytes, a shorter one is not added");
  intern_store_set_max_bytes (fixture->store, 8);
  for (guint i = 0; i < 3; i++)
    set_word (fixture, i, i);
  fixture->items[2].length = 1;
  intern_batch_intern (fixture->store, fixture->items, 3);
  g_assert_cmpint (fixture->items[0].result, ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (fixture->items[1].result, ==, INTERN_RESULT_FULL_BYTES);
  g_assert_null (fixture->items[2].string);
  g_assert_cmpuint (intern_store_get_n_strings (fixture->store), ==, 1);
}

static void
test_empty_and_long (Fixture       *fixture,
                     gconstpointer  data)
{
  const gsize length = 5000;
  g_autofree char *text = g_malloc (length);

  g_test_summary ("A batch takes no strings, the empty string and strings of every length");
  intern_batch_intern (fixture->store, fixture->items, 0);
  g_assert_cmpuint (intern_store_get_n_strings (fixture->store), ==, 0);

  memset (text, 'x', length);
  for (gsize first = 0; first + 3 <= length; first += 3)
    {
      for (guint i = 0; i < 3; i++)
        fixture->items[i] = (InternBatchItem) { .data = text, .length = first + i };
      intern_batch_intern (fixture->store, fixture->items, 3);
      for (guint i = 0; i < 3; i++)
        {
          const char *string = fixture->items[i].string;

          g_assert_cmpmem (string, intern_entry_length (string), text, first + i);
          g_assert_cmpint (string[first + i], ==, 0);
        }
    }
}

#define ADD(name, function) \
  g_test_add ("/batch/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("as-one-by-one", test_as_one_by_one);
  ADD ("repeats-within", test_repeats_within);
  ADD ("too-long-in-between", test_too_long_in_between);
  ADD ("a-limit-ends-it", test_a_limit_ends_it);
  ADD ("room-ends-it", test_room_ends_it);
  ADD ("empty-and-long", test_empty_and_long);

  return g_test_run ();
}
