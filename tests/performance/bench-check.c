/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Does the peer intern at all, and does the harness show it every string? A peer that answered
 * faster by answering wrongly would make the figures worthless. */

#include "bench-modes.h"

#include "bench-peer.h"

#define N_STRINGS 3000
#define N_ROUNDS 3

typedef struct
{
  GString       *records;
  gconstpointer  handles[N_STRINGS];
  gpointer       pool;
} Fixture;

static void
fixture_set_up (Fixture       *fixture,
                gconstpointer  data)
{
  fixture->records = g_string_new (NULL);
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = g_strdup_printf ("%0*u", 4 + (int) (i % 60), i);
      const guint16 length = (guint16) strlen (string);

      g_string_append_len (fixture->records, (const char *) &length, sizeof length);
      g_string_append_len (fixture->records, string, length + 1);
    }
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

  g_test_summary ("Equal strings give equal answers, wherever they lie");

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

  g_test_summary ("The loop over a stream asks for each string once");

  intern_each (fixture->pool, fixture->records->str, fixture->handles);
  for (guint i = 0; i < N_STRINGS; i++)
    sum += (guintptr) fixture->handles[i];
  g_assert_cmpuint (bench_peer.intern_all (fixture->pool, begin, end), ==, sum);
}

typedef struct
{
  const Fixture *fixture;
  gconstpointer  handles[N_STRINGS];
} Answers;

static gpointer
intern_each_cb (gpointer data)
{
  Answers *answers = data;

  intern_each (answers->fixture->pool, answers->fixture->records->str, answers->handles);

  return NULL;
}

static void
test_threads (Fixture       *fixture,
              gconstpointer  data)
{
  Answers answers[2] = { { fixture, { NULL } }, { fixture, { NULL } } };
  GThread *threads[2];

  g_test_summary ("Two threads get equal answers");

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("check", intern_each_cb, &answers[i]);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  assert_same (answers[0].handles, answers[1].handles);
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
  if (bench_peer.flags & BENCH_PEER_THREAD_SAFE)
    add ("threads", test_threads);

  return g_test_run ();
}
