/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The time that strings take which flood other hash tables, beside random strings of the same length. Messages say the
 * medians of the ratios. None of them is asserted, since a busy machine must not make a test fail: see test-flood.c. */

#include "flood-sets.h"

#include <time.h>

/* Over the strings, to find them: in the first they are not yet in the cache. */
#define N_PASSES 8
#define N_ROUNDS 1
#define N_ROUNDS_SLOW 101

typedef struct
{
  const char *data; /* the strings, one after another */
  gsize       length;
} Strings;

/* In ns. */
typedef struct
{
  double inserts;
  double hits;
} Times;

static double
now (void)
{
  struct timespec time;

  g_assert_no_errno (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time));

  return 1e9 * time.tv_sec + time.tv_nsec;
}

static void
intern_all (InternStore   *store,
            const Strings *strings,
            const char   **found)
{
  for (guint i = 0; i < N_STRINGS; i++)
    found[i] = intern (store, strings->data + i * strings->length, strings->length);
}

static Times
time_store (const Strings *strings)
{
  g_autofree const char **first = g_new0 (const char *, N_STRINGS);
  g_autofree const char **again = g_new0 (const char *, N_STRINGS);
  InternStore *store = intern_store_new (intern_secret_get (), 0);
  const double start = now ();
  double inserted;
  Times times;

  intern_all (store, strings, first);
  inserted = now ();
  for (guint pass = 0; pass < N_PASSES; pass++)
    intern_all (store, strings, again);
  times = (Times) { .inserts = inserted - start, .hits = now () - inserted };

  g_assert_cmpmem (first, N_STRINGS * sizeof *first, again, N_STRINGS * sizeof *again);
  g_assert_cmpuint (intern_store_get_n_strings (store), ==, N_STRINGS);
  intern_store_unref (store);

  return times;
}

static char *
make_strings (const Set *set)
{
  /* A set may write more than the length. */
  char *data = g_malloc (N_STRINGS * set->length + MAX_LENGTH);

  for (guint i = 0; i < N_STRINGS; i++)
    set->make (i, data + i * set->length);

  return data;
}

static char *
make_random_strings (gsize length)
{
  char *data = g_malloc (N_STRINGS * length);

  for (gsize i = 0; i < N_STRINGS * length; i++)
    data[i] = (char) g_test_rand_int_range ('a', 'z' + 1);

  return data;
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  const double x = *(const double *) a;
  const double y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (double *ratios,
        gsize   n_ratios)
{
  qsort (ratios, n_ratios, sizeof *ratios, compare);

  return ratios[n_ratios / 2];
}

static void
test_set (gconstpointer data)
{
  const Set *set = data;
  const guint n_rounds = g_test_slow () ? N_ROUNDS_SLOW : N_ROUNDS;
  g_autofree char *chosen = make_strings (set);
  g_autofree char *random = make_random_strings (set->length);
  const Strings strings[] = { { chosen, set->length }, { random, set->length } };
  double inserts[N_ROUNDS_SLOW];
  double hits[N_ROUNDS_SLOW];

  g_test_summary ("Strings that flood other tables are interned and found; a message tells the time");
  for (guint i = 0; i < n_rounds; i++)
    {
      Times times[2];

      /* Neither is always the one that finds the heap as the other has left it. */
      times[i % 2] = time_store (&strings[i % 2]);
      times[1 - i % 2] = time_store (&strings[1 - i % 2]);
      inserts[i] = times[0].inserts / times[1].inserts;
      hits[i] = times[0].hits / times[1].hits;
    }
  g_test_message ("%.2f of the time of random strings to insert, %.2f to find: %s", median (inserts, n_rounds),
                  median (hits, n_rounds), set->name);
}

/* Returns the time that a GHashTable takes to add copies of the strings. */
static double
time_table (const Strings *strings)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const double start = now ();

  for (guint i = 0; i < N_STRINGS; i++)
    g_hash_table_add (table, g_strndup (strings->data + i * strings->length, strings->length));
  g_assert_cmpuint (g_hash_table_size (table), ==, N_STRINGS);

  return now () - start;
}

/* Here the clock has to see a flood, which no load hides: otherwise the ratios would say nothing. */
static void
test_table (void)
{
  const Set *set = &sets[0];
  g_autofree char *chosen = make_strings (set);
  g_autofree char *random = make_random_strings (set->length);
  double ratio;

  g_test_summary ("A GHashTable with g_str_hash() compares each such string with all that it has");
  ratio = time_table (&(Strings) { chosen, set->length }) / time_table (&(Strings) { random, set->length });
  g_test_message ("%.1f times that of random strings: %s in a GHashTable with g_str_hash()", ratio, set->name);
  g_assert_cmpfloat (ratio, >, 10);
}

static void
add (const Set *set)
{
  g_autofree char *path = g_strconcat ("/flood/time/", set->name, NULL);

  g_test_add_data_func (path, set, test_set);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    add (&sets[i]);
  add (&known);
  if (g_test_slow ())
    g_test_add_func ("/flood/time/table", test_table);

  return g_test_run ();
}
