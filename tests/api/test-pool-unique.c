/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* While strings die and come back all the time, at no moment are there two with the same bytes, and none that a thread
 * holds is missing. Few strings and many threads; with tiny tables each way to grow is taken all the time. */

#include <intern-glib.h>
#include <pthread.h> /* ThreadSanitizer sees its locks, not those of GLib */
#include <string.h>

#include "soak-time.h"

#define N_THREADS 8
#define N_WORDS 64

/* One string, and those who hold it. While there are some, every thread must get the same address. */
typedef struct
{
  pthread_mutex_t lock;
  const char     *string; /* guarded by lock, as the next one */
  guint           n_holders;
  char            text[16];
} Word;

typedef struct
{
  InternPool *pool;
  Word        words[N_WORDS];
  guint       n_steps; /* of each thread; 0: until end */
  gint64      end;
  guint64     n_calls; /* atomic */
} Soak;

static void
hold (Word       *word,
      const char *string)
{
  pthread_mutex_lock (&word->lock);
  if (word->n_holders++ == 0)
    word->string = string;
  g_assert_true (string == word->string);
  pthread_mutex_unlock (&word->lock);
}

/* The caller still has its reference. */
static void
let_go (Word *word)
{
  pthread_mutex_lock (&word->lock);
  word->n_holders--;
  pthread_mutex_unlock (&word->lock);
}

static void
step (Soak  *soak,
      GRand *rand)
{
  Word *word = &soak->words[g_rand_int_range (rand, 0, N_WORDS)];
  const char *string = intern_pool_acquire (soak->pool, word->text);

  hold (word, string);
  g_assert_cmpstr (string, ==, word->text);
  g_assert_true (intern_pool_lookup (soak->pool, word->text) == string);
  g_assert_true (intern_pool_acquire_len (soak->pool, word->text, (gssize) strlen (word->text)) == string);
  intern_pool_release (soak->pool, string);
  g_assert_cmpstr (string, ==, word->text);
  let_go (word);
  intern_pool_release (soak->pool, string);
}

static gpointer
run (gpointer data)
{
  Soak *soak = data;
  g_autoptr (GRand) rand = g_rand_new ();
  guint64 n_steps = 0;

  do
    step (soak, rand);
  while (++n_steps < soak->n_steps ||
         (soak->n_steps == 0 && (n_steps % 1024 != 0 || g_get_monotonic_time () < soak->end)));
  __atomic_fetch_add (&soak->n_calls, 5 * n_steps, __ATOMIC_RELAXED);

  return NULL;
}

static void
test_unique (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Soak soak = { .pool = pool };
  GThread *threads[N_THREADS];

  g_test_summary ("While strings die and come back, there are never two with the same bytes");
  for (guint i = 0; i < N_WORDS; i++)
    {
      pthread_mutex_init (&soak.words[i].lock, NULL);
      g_snprintf (soak.words[i].text, sizeof soak.words[i].text, "word %u", i);
    }
  if (g_test_slow ())
    soak.end = soak_end_time ();
  else
    soak.n_steps = 10000;
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("soak", run, &soak);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
  g_assert_cmpuint (soak.n_calls, >=, 5 * N_THREADS);
  g_test_message ("%" G_GUINT64_FORMAT " calls", soak.n_calls);
  for (guint i = 0; i < N_WORDS; i++)
    pthread_mutex_destroy (&soak.words[i].lock);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/unique/soak", test_unique);

  return g_test_run ();
}
