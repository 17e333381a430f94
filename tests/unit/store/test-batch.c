/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store/batch.h"

#define N_BATCHES 40
#define N_WORDS (N_BATCHES * INTERN_BATCH)

typedef struct
{
  InternStore     *store;
  char             words[INTERN_BATCH][24];
  gsize            lengths[INTERN_BATCH];
  const char      *data[INTERN_BATCH];
  InternBatchItem  items[INTERN_BATCH];
  guint32          atoms[INTERN_BATCH];
  /* What became of each string, whether it was an item or not. */
  const char      *strings[INTERN_BATCH];
  InternResult     results[INTERN_BATCH];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->store = intern_store_new (intern_secret_get (), 0);
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
  fixture->data[i] = fixture->words[i];
  fixture->lengths[i] = (gsize) g_snprintf (fixture->words[i], sizeof fixture->words[i], "word %u", number);
}

/* Returns what intern_batch_end() does. */
static guint
intern_words (Fixture *fixture,
              guint    n_words,
              guint32 *atoms)
{
  InternBatch batch;
  guint n_done;

  /* A field that the batch does not set shows. */
  memset (fixture->items, 0xab, sizeof fixture->items);
  memset (fixture->atoms, 0xab, sizeof fixture->atoms);

  intern_batch_begin (&batch, fixture->store, fixture->items, atoms);
  for (guint i = 0; i < n_words; i++)
    {
      g_assert_true (batch.n_strings < batch.n_until || intern_batch_go_on (&batch));
      intern_batch_add (&batch, fixture->data[i], fixture->lengths[i]);
    }
  g_assert_cmpuint (batch.n_strings, ==, n_words);
  n_done = intern_batch_end (&batch);
  g_assert_true ((batch.refused == NULL) == (n_done == n_words));
  g_assert_true (batch.refused == NULL || batch.refused->position == n_done);

  for (guint i = 0; i < n_words && atoms != NULL; i++)
    {
      fixture->strings[i] = intern_store_atom_to_string (fixture->store, atoms[i]);
      fixture->results[i] = INTERN_RESULT_FOUND;
    }
  for (guint i = 0; i < batch.n_items; i++)
    {
      const InternBatchItem *item = &fixture->items[i];

      g_assert_true (item->data == fixture->data[item->position]);
      g_assert_cmpuint (item->length, ==, fixture->lengths[item->position]);
      if (atoms != NULL && item->position < n_done)
        g_assert_true (fixture->strings[item->position] == item->string);
      fixture->strings[item->position] = item->string;
      fixture->results[item->position] = item->result;
    }

  return n_done;
}

static const char *
intern_alone (Fixture *fixture,
              guint    i)
{
  const guint64 hash = intern_hash_call (fixture->data[i], fixture->lengths[i], intern_secret_get ());
  InternResult result;

  return intern_store_search (fixture->store, fixture->data[i], fixture->lengths[i], hash, INTERN_TO_KEEP, &result);
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
      g_assert_cmpuint (intern_words (fixture, INTERN_BATCH, fixture->atoms), ==, INTERN_BATCH);
      for (guint i = 0; i < INTERN_BATCH; i++)
        {
          g_assert_cmpstr (fixture->strings[i], ==, fixture->words[i]);
          g_assert_cmpint (fixture->results[i], ==, was_known[i] ? INTERN_RESULT_FOUND : INTERN_RESULT_ADDED);
          g_assert_true (!was_known[i] || fixture->strings[i] == known[numbers[i]]);
          g_assert_true (intern_alone (fixture, i) == fixture->strings[i]);
          known[numbers[i]] = fixture->strings[i];
        }
    }
  g_assert_cmpuint (intern_store_get_n_strings (fixture->store), ==, N_WORDS);
  g_assert_cmpuint (intern_store_get_next_atom (fixture->store), ==, N_WORDS + 1);
}

static void
test_repeats_within (Fixture       *fixture,
                     gconstpointer  data)
{
  InternStoreStats stats;

  g_test_summary ("Of equal strings in one batch the first is added and the others are found");
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i % 2);
  intern_words (fixture, INTERN_BATCH, fixture->atoms);
  for (guint i = 0; i < INTERN_BATCH; i++)
    {
      g_assert_cmpint (fixture->results[i], ==, i < 2 ? INTERN_RESULT_ADDED : INTERN_RESULT_FOUND);
      g_assert_true (fixture->strings[i] == fixture->strings[i % 2]);
      g_assert_cmpuint (fixture->atoms[i], ==, 1 + i % 2);
    }

  stats = intern_store_get_stats (fixture->store);
  g_assert_cmpuint (stats.n_strings, ==, 2);
  g_assert_cmpuint (stats.n_misses, ==, 2);
  g_assert_cmpuint (stats.n_hits, ==, INTERN_BATCH - 2);
  g_assert_cmpuint (stats.bytes_requested, ==, INTERN_BATCH * strlen ("word 0"));
}

static void
test_without_atoms (Fixture       *fixture,
                    gconstpointer  data)
{
  const guint n_rounds = 20;
  InternStoreStats stats;

  g_test_summary ("A batch that is asked for no atoms gives none, and counts the same");
  for (guint round = 0; round < n_rounds; round++)
    {
      for (guint i = 0; i < INTERN_BATCH; i++)
        set_word (fixture, i, i);
      g_assert_cmpuint (intern_words (fixture, INTERN_BATCH, NULL), ==, INTERN_BATCH);
    }

  stats = intern_store_get_stats (fixture->store);
  g_assert_cmpuint (stats.n_misses, ==, INTERN_BATCH);
  g_assert_cmpuint (stats.n_hits, ==, (n_rounds - 1) * INTERN_BATCH);
  g_assert_cmpuint (intern_store_get_next_atom (fixture->store), ==, 1);
}

static void
test_atoms_in_order (Fixture       *fixture,
                     gconstpointer  data)
{
  g_test_summary ("Atoms go up in the order of the batch, found strings that have none yet among new ones");
  for (guint round = 0; round < 20; round++)
    for (guint i = 0; i < INTERN_BATCH; i += 2)
      {
        set_word (fixture, i, i);
        intern_alone (fixture, i);
      }
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i);
  intern_words (fixture, INTERN_BATCH, fixture->atoms);
  for (guint i = 0; i < INTERN_BATCH; i++)
    {
      g_assert_cmpuint (fixture->atoms[i], ==, i + 1);
      g_assert_cmpint (fixture->results[i], ==, i % 2 == 0 ? INTERN_RESULT_FOUND : INTERN_RESULT_ADDED);
    }
}

static void
test_too_long_in_between (Fixture       *fixture,
                          gconstpointer  data)
{
  InternStoreStats stats;

  g_test_summary ("A string above the maximum length is refused unread, and the others are interned");
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i);
  fixture->lengths[2] = INTERN_MAX_LENGTH + 1;
  g_assert_cmpuint (intern_words (fixture, INTERN_BATCH, fixture->atoms), ==, 2);
  for (guint i = 0; i < INTERN_BATCH; i++)
    if (i != 2)
      g_assert_cmpstr (fixture->strings[i], ==, fixture->words[i]);
  g_assert_null (fixture->strings[2]);
  g_assert_cmpint (fixture->results[2], ==, INTERN_RESULT_TOO_LONG);
  g_assert_cmpuint (intern_store_get_next_atom (fixture->store), ==, 3);

  stats = intern_store_get_stats (fixture->store);
  g_assert_cmpuint (stats.n_misses, ==, INTERN_BATCH);
  g_assert_cmpuint (stats.n_strings, ==, INTERN_BATCH - 1);
}

static void
test_a_limit_ends_it (Fixture       *fixture,
                      gconstpointer  data)
{
  g_test_summary ("With a limit, strings are interned in order up to the first refusal");
  intern_store_set_max_strings (fixture->store, 2);
  for (guint i = 0; i < INTERN_BATCH; i++)
    set_word (fixture, i, i == 4 ? 0 : i);
  g_assert_cmpuint (intern_words (fixture, INTERN_BATCH, fixture->atoms), ==, 2);
  g_assert_cmpint (fixture->results[1], ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (fixture->results[2], ==, INTERN_RESULT_FULL_STRINGS);
  for (guint i = 2; i < INTERN_BATCH; i++)
    g_assert_null (fixture->strings[i]);
  for (guint i = 3; i < INTERN_BATCH; i++)
    g_assert_cmpint (fixture->results[i], ==, INTERN_RESULT_ABSENT);
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
  fixture->lengths[2] = 1;
  g_assert_cmpuint (intern_words (fixture, 3, NULL), ==, 1);
  g_assert_cmpint (fixture->results[0], ==, INTERN_RESULT_ADDED);
  g_assert_cmpint (fixture->results[1], ==, INTERN_RESULT_FULL_BYTES);
  g_assert_null (fixture->strings[2]);
  g_assert_cmpuint (intern_store_get_n_strings (fixture->store), ==, 1);
}

static void
test_empty_and_long (Fixture       *fixture,
                     gconstpointer  data)
{
  const gsize length = 5000;
  g_autofree char *text = g_malloc (length);

  g_test_summary ("A batch takes no strings, the empty string and strings of every length");
  g_assert_cmpuint (intern_words (fixture, 0, fixture->atoms), ==, 0);
  g_assert_cmpuint (intern_store_get_n_strings (fixture->store), ==, 0);

  memset (text, 'x', length);
  for (gsize first = 0; first + 3 <= length; first += 3)
    {
      for (guint i = 0; i < 3; i++)
        {
          fixture->data[i] = text;
          fixture->lengths[i] = first + i;
        }
      g_assert_cmpuint (intern_words (fixture, 3, fixture->atoms), ==, 3);
      for (guint i = 0; i < 3; i++)
        {
          const char *string = fixture->strings[i];

          g_assert_cmpmem (string, intern_entry_length (string), text, first + i);
          g_assert_cmpint (string[first + i], ==, 0);
        }
    }
}

/* Adds three words to a batch, of which the first may have its atom, and replaces the store as another thread would. */
static void
begin_and_replace (Fixture     *fixture,
                   InternBatch *batch,
                   InternStore *successor)
{
  intern_batch_begin (batch, fixture->store, fixture->items, fixture->atoms);
  for (guint i = 0; i < 3; i++)
    {
      set_word (fixture, i, i);
      intern_batch_add (batch, fixture->data[i], fixture->lengths[i]);
    }
  g_assert_true (intern_store_hand_over (fixture->store, successor));
}

static void
test_replaced_store (Fixture       *fixture,
                     gconstpointer  data)
{
  InternStore *successor = intern_store_new_successor (fixture->store);
  InternBatch batch;
  guint32 first;

  g_test_summary ("A store that was replaced gives no more atoms; the batch goes on in its successor");
  set_word (fixture, 0, 0);
  g_assert_cmpuint (intern_words (fixture, 1, fixture->atoms), ==, 1);
  first = fixture->atoms[0];
  begin_and_replace (fixture, &batch, successor);
  g_assert_cmpuint (intern_batch_end (&batch), ==, 1);
  g_assert_cmpint (batch.refused->result, ==, INTERN_RESULT_REPLACED);
  g_assert_cmpuint (fixture->atoms[0], ==, first);

  intern_batch_resume (&batch, successor);
  g_assert_cmpuint (intern_batch_end (&batch), ==, 3);
  g_assert_null (batch.refused);
  g_assert_null (intern_store_atom_to_string (successor, first));
  g_assert_cmpuint (intern_store_get_n_strings (successor), ==, 2);
  for (guint i = 1; i < 3; i++)
    {
      g_assert_cmpuint (fixture->atoms[i], ==, first + i);
      g_assert_null (intern_store_atom_to_string (fixture->store, first + i));
      g_assert_cmpmem (intern_store_atom_to_string (successor, first + i), fixture->lengths[i],
                       fixture->data[i], fixture->lengths[i]);
    }
  intern_store_unref (successor);
}

static void
test_replaced_by_limited (Fixture       *fixture,
                          gconstpointer  data)
{
  InternStore *successor = intern_store_new_successor (fixture->store);
  InternBatch batch;

  g_test_summary ("A batch that goes on in a store with limits is refused as any other, at the right string");
  intern_store_set_max_strings (fixture->store, 2);
  begin_and_replace (fixture, &batch, successor);
  g_assert_cmpuint (intern_batch_end (&batch), ==, 0);
  intern_batch_resume (&batch, successor);
  g_assert_cmpuint (intern_batch_end (&batch), ==, 2);
  g_assert_cmpint (batch.refused->result, ==, INTERN_RESULT_FULL_STRINGS);
  g_assert_true (batch.refused->data == fixture->data[2]);
  intern_store_unref (successor);
}

static void
test_frozen_store_stays (Fixture       *fixture,
                         gconstpointer  data)
{
  InternStore *successor = intern_store_new_successor (fixture->store);

  g_test_summary ("A frozen store hands nothing over");
  intern_store_freeze (fixture->store);
  g_assert_false (intern_store_hand_over (fixture->store, successor));
  intern_store_unref (successor);
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
  ADD ("without-atoms", test_without_atoms);
  ADD ("atoms-in-order", test_atoms_in_order);
  ADD ("too-long-in-between", test_too_long_in_between);
  ADD ("a-limit-ends-it", test_a_limit_ends_it);
  ADD ("room-ends-it", test_room_ends_it);
  ADD ("empty-and-long", test_empty_and_long);
  ADD ("replaced-store", test_replaced_store);
  ADD ("replaced-by-limited", test_replaced_by_limited);
  ADD ("frozen-store-stays", test_frozen_store_stays);

  return g_test_run ();
}
