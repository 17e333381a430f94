/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tests that the peer interns correctly and that the harness passes it every string: figures of a
 * peer that returns wrong answers are worthless. */

#include "bench-modes.h"

#include "bench-peer.h"

#define N_STRINGS 3000
#define N_ROUNDS 3
#define N_RACES 30

typedef struct
{
  GString       *records;
  gconstpointer  handles[N_STRINGS];
  gpointer       pool;
} Fixture;

/* Strings of many lengths; different in each @series. */
static GString *
records_new (guint series)
{
  GString *records = g_string_new (NULL);

  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = g_strdup_printf ("%u-%0*u", series, 4 + (int) (i % 60), i);
      const guint16 length = (guint16) strlen (string);

      g_string_append_len (records, (const char *) &length, sizeof length);
      g_string_append_len (records, string, length + 1);
    }

  return records;
}

static void
fixture_set_up (Fixture       *fixture,
                gconstpointer  data)
{
  fixture->records = records_new (0);
  fixture->pool = bench_peer.pool_new (N_STRINGS);
}

static void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  data)
{
  if (bench_peer.pool_free != NULL)
    bench_peer.pool_free (fixture->pool);
  g_string_free (fixture->records, TRUE);
}

static void
intern_each (gpointer       pool,
             const char    *record,
             gconstpointer *handles)
{
  for (guint i = 0; i < N_STRINGS; i++)
    {
      gsize length;
      const char *data = bench_record_read (record, &length);

      handles[i] = bench_peer.intern (pool, data, length);
      record = data + length + 1;
    }
}

static void
assert_same (const gconstpointer *a,
             const gconstpointer *b)
{
  for (guint i = 0; i < N_STRINGS; i++)
    g_assert_true (a[i] == b[i]);
}

static void
test_equal (Fixture       *fixture,
            gconstpointer  data)
{
  gconstpointer again[N_STRINGS];

  g_test_summary ("Equal strings at different addresses give equal answers");

  intern_each (fixture->pool, fixture->records->str, fixture->handles);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      g_autofree char *copy = g_memdup2 (fixture->records->str, fixture->records->len);

      intern_each (fixture->pool, copy, again);
      assert_same (again, fixture->handles);
    }
}

static void
test_distinct (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  g_test_summary ("Distinct strings give distinct answers");

  intern_each (fixture->pool, fixture->records->str, fixture->handles);
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_assert_nonnull (fixture->handles[i]);
      g_assert_true (g_hash_table_add (seen, (gpointer) fixture->handles[i]));
    }
}

static void
test_loop (Fixture       *fixture,
           gconstpointer  data)
{
  const char *begin = fixture->records->str;
  const char *end = begin + fixture->records->len;
  guintptr sum = 0;

  g_test_summary ("The loop over a stream interns each string once");

  intern_each (fixture->pool, fixture->records->str, fixture->handles);
  for (guint i = 0; i < N_STRINGS; i++)
    sum += (guintptr) fixture->handles[i];
  g_assert_cmpuint (bench_peer.intern_all (fixture->pool, begin, end), ==, sum);
}

static void
test_hold (Fixture       *fixture,
           gconstpointer  data)
{
  const char *begin = fixture->records->str;
  const char *end = begin + fixture->records->len;
  gconstpointer again[N_STRINGS];
  guintptr sum = 0;

  g_test_summary ("Strings with another reference survive a release");

  intern_each (fixture->pool, fixture->records->str, fixture->handles);
  for (guint i = 0; i < N_STRINGS; i++)
    sum += (guintptr) fixture->handles[i];
  g_assert_cmpuint (bench_peer.hold_all (fixture->pool, begin, end), ==, sum);
  g_assert_cmpuint (bench_peer.hold_all (fixture->pool, begin, end), ==, sum);
  intern_each (fixture->pool, fixture->records->str, again);
  assert_same (again, fixture->handles);
}

static void
test_names (Fixture       *fixture,
            gconstpointer  data)
{
  const char *record = fixture->records->str;
  guint32 numbers[N_STRINGS];
  guintptr sum = 0;

  g_test_summary ("A number converts back to its string");

  intern_each (fixture->pool, fixture->records->str, fixture->handles);
  for (guint i = 0; i < N_STRINGS; i++)
    {
      gsize length;
      const char *string = bench_record_read (record, &length);
      const char *name;

      numbers[i] = GPOINTER_TO_UINT (fixture->handles[i]);
      name = (const char *) bench_peer.name_all (fixture->pool, &numbers[i], 1);
      g_assert_cmpstr (name, ==, string);
      sum += (guintptr) name;
      record = string + length + 1;
    }
  g_assert_cmpuint (bench_peer.name_all (fixture->pool, numbers, N_STRINGS), ==, sum);
}

typedef struct
{
  gpointer       pool;
  const char    *records;
  guint         *n_waiting; /* atomic */
  gconstpointer  handles[N_STRINGS];
} Racer;

/* Both threads start at the same moment, or they would rarely race. */
static gpointer
race_cb (gpointer data)
{
  Racer *racer = data;

  __atomic_sub_fetch (racer->n_waiting, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n (racer->n_waiting, __ATOMIC_ACQUIRE) > 0)
    g_thread_yield ();
  intern_each (racer->pool, racer->records, racer->handles);

  return NULL;
}

static void
race (gpointer pool,
      guint    series)
{
  GString *records = records_new (series);
  guint n_waiting = 2;
  Racer racers[2] = {
    { .pool = pool, .records = records->str, .n_waiting = &n_waiting },
    { .pool = pool, .records = records->str, .n_waiting = &n_waiting },
  };
  GThread *thread = g_thread_new ("race", race_cb, &racers[0]);

  race_cb (&racers[1]);
  g_thread_join (thread);
  assert_same (racers[0].handles, racers[1].handles);
  g_string_free (records, TRUE);
}

static void
test_threads (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("Two threads that intern the same new strings get equal answers");

  for (guint i = 1; i <= N_RACES; i++)
    race (fixture->pool, i);
}

static void
add (const char *name,
     void      (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strdup_printf ("/%s/%s", bench_peer.name, name);

  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
bench_mode_check (int    *argc,
                  char ***argv)
{
  g_test_init (argc, argv, NULL);

  add ("equal", test_equal);
  add ("distinct", test_distinct);
  add ("loop", test_loop);
  if (bench_peer.hold_all != NULL)
    add ("hold", test_hold);
  if (bench_peer.name_all != NULL)
    add ("names", test_names);
  if (bench_peer.flags & BENCH_PEER_THREAD_SAFE)
    add ("threads", test_threads);

  return g_test_run ();
}
