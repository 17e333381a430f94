/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>
#include <pthread.h>
#include <string.h>

#define N_THREADS 8
#define N_STRINGS 4001 /* a prime, so that each thread's stride meets every string */
#define N_TOGETHER 50  /* strings in one call */

typedef struct
{
  InternPool       *pool;
  pthread_barrier_t start;
  gint              atoms[N_STRINGS]; /* atomic: of each string, once a thread has got it */
} Round;

typedef struct
{
  Round *round;
  guint  number;
} Worker;

/* Work on these strings: */
typedef struct
{
  Worker *worker;
  guint   numbers[N_TOGETHER];
} Task;

static char *
text_of (guint number)
{
  return g_strdup_printf ("string %u%*s", number, (int) (number % 24), "");
}

/* The first thread to get the atom of a string stores it; all others must get the same. */
static void
check_atom (Round   *round,
            guint    number,
            guint32  atom)
{
  g_assert_cmpuint (atom, !=, INTERN_ATOM_NONE);
  if (!g_atomic_int_compare_and_exchange (&round->atoms[number], 0, (gint) atom))
    g_assert_cmpuint ((guint32) g_atomic_int_get (&round->atoms[number]), ==, atom);
}

static GBytes *
make_text (const Task *task)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < N_TOGETHER; i++)
    {
      g_autofree char *string = text_of (task->numbers[i]);

      g_string_append_printf (text, "%s\n", string);
    }

  return g_string_free_to_bytes (text);
}

static void
encode_text (Task *task)
{
  Round *round = task->worker->round;
  g_autoptr (GBytes) text = make_text (task);
  g_autoptr (GBytes) atoms = intern_pool_encode_delimited (round->pool, text, '\n', NULL);
  g_autoptr (GBytes) decoded = intern_pool_decode_delimited (round->pool, atoms, '\n', NULL);
  const guint32 *numbers = g_bytes_get_data (atoms, NULL);

  g_assert_true (g_bytes_equal (decoded, text));
  for (guint i = 0; i < N_TOGETHER; i++)
    check_atom (round, task->numbers[i], numbers[i]);
}

static void
encode_strings (Task *task)
{
  Round *round = task->worker->round;
  g_auto (GStrv) strings = g_new0 (char *, N_TOGETHER + 1);
  g_auto (GStrv) decoded = NULL;
  g_autofree guint32 *atoms = NULL;
  gsize n_atoms;

  for (guint i = 0; i < N_TOGETHER; i++)
    strings[i] = text_of (task->numbers[i]);

  atoms = intern_pool_encode (round->pool, (const char * const *) strings, -1, &n_atoms, NULL);
  g_assert_cmpuint (n_atoms, ==, N_TOGETHER);
  decoded = intern_pool_decode (round->pool, atoms, n_atoms, NULL);
  g_assert_cmpstrv (decoded, strings);
  for (guint i = 0; i < N_TOGETHER; i++)
    check_atom (round, task->numbers[i], atoms[i]);
}

static void
ask_for_atoms (Task *task)
{
  Round *round = task->worker->round;

  for (guint i = 0; i < N_TOGETHER; i++)
    {
      g_autofree char *string = text_of (task->numbers[i]);

      check_atom (round, task->numbers[i], intern_pool_atom_from_string (round->pool, string));
    }
}

/* The atoms that other threads got are valid here. */
static void
look_up (Task *task)
{
  Round *round = task->worker->round;

  for (guint i = 0; i < N_TOGETHER; i++)
    {
      const guint32 atom = (guint32) g_atomic_int_get (&round->atoms[task->numbers[i]]);
      g_autofree char *string = text_of (task->numbers[i]);

      if (atom == INTERN_ATOM_NONE)
        {
          intern_pool_lookup (round->pool, string);
          continue;
        }
      g_assert_cmpstr (intern_pool_atom_to_string (round->pool, atom), ==, string);
      g_assert_cmpuint (intern_pool_lookup_atom (round->pool, string), ==, atom);
      g_assert_true (intern_pool_lookup (round->pool, string) == intern_pool_atom_to_string (round->pool, atom));
    }
}

static gpointer
work (gpointer data)
{
  static void (*const ways[]) (Task *task) = { encode_text, encode_strings, ask_for_atoms, look_up };
  Worker *worker = data;
  /* Two threads use the same stride at once, all others different ones. */
  const guint stride = 2 * (worker->number / 2) + 1;
  guint number = worker->number / 2;
  Task task = { worker, { 0 } };

  pthread_barrier_wait (&worker->round->start);
  for (guint done = 0, way = worker->number; done < N_STRINGS; done += N_TOGETHER, way++)
    {
      for (guint i = 0; i < N_TOGETHER; i++)
        {
          task.numbers[i] = number;
          number = (number + stride) % N_STRINGS;
        }
      ways[way % G_N_ELEMENTS (ways)](&task);
    }

  return NULL;
}

/* Every string has one atom, and the atoms are 1 to the number of strings. */
static void
check_dense (Round *round)
{
  g_autofree gboolean *seen = g_new0 (gboolean, N_STRINGS + 1);
  guint n_atoms = 0;

  for (guint i = 0; i < N_STRINGS; i++)
    {
      const guint32 atom = (guint32) round->atoms[i];
      g_autofree char *string = text_of (i);

      g_assert_cmpuint (intern_pool_lookup_atom (round->pool, string), ==, atom);
      if (atom == INTERN_ATOM_NONE)
        continue;
      g_assert_cmpstr (intern_pool_atom_to_string (round->pool, atom), ==, string);
      g_assert_cmpuint (atom, <=, N_STRINGS);
      g_assert_false (seen[atom]);
      seen[atom] = TRUE;
      n_atoms++;
    }

  g_assert_cmpuint (intern_pool_get_n_strings (round->pool), ==, n_atoms);
  for (guint i = 1; i <= n_atoms; i++)
    g_assert_true (seen[i]);
  g_assert_cmpuint (intern_pool_atom_from_string (round->pool, "the next"), ==, n_atoms + 1);
}

static void
run_round (void)
{
  Round round = { .pool = intern_pool_new () };
  Worker workers[N_THREADS];
  GThread *threads[N_THREADS];

  pthread_barrier_init (&round.start, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i] = (Worker) { &round, i };
      threads[i] = g_thread_new ("encode", work, &workers[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  check_dense (&round);
  pthread_barrier_destroy (&round.start);
  g_object_unref (round.pool);
}

static void
test_one_atom_for_each_string (void)
{
  const gint64 seconds = g_test_slow () ? 60 : 1;
  const gint64 end_time = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  guint n_rounds = 0;

  g_test_summary ("Threads that encode, decode and look up at once, starting with an empty pool, agree on every atom");
  do
    {
      run_round ();
      n_rounds++;
    }
  while (g_get_monotonic_time () < end_time);
  g_test_message ("%u pools", n_rounds);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/encode-threads/one-atom-for-each-string", test_one_atom_for_each_string);

  return g_test_run ();
}
