/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compares pools over snapshots and over frozen parents with a simple model, a GHashTable of GBytes, in random steps:
 * strings and atoms, streams, saving and opening, freezing, clearing. And a pool with many threads: the strings of
 * each thread are its own, so that its model is exact, whatever the others do. GLib prints the seed; --seed repeats a
 * run. */

#include <intern-glib.h>
#include <string.h>

#include "oracle-steps.h"
#include "sanitizers.h"

#define MAX_LAYERS 6

typedef struct
{
  const char *string; /* or NULL until a call has returned it */
  guint32     atom;   /* or 0 */
  gboolean    own;    /* of the uppermost pool, not of a layer */
} Known;

typedef struct
{
  InternPool *pool;     /* (owned) the uppermost */
  GHashTable *model;    /* (owned) (element-type GBytes Known) */
  guint32     next;     /* the next atom */
  guint32     first;    /* the first one of this pool */
  guint       n_layers; /* frozen parents */
  gboolean    frozen;
  gboolean    gap;      /* atoms have been lost between those of layers */
  guint       n_saves;
  guint       n_streams;
} Oracle;

static guint
random_below (guint n)
{
  return (guint) g_test_rand_int_range (0, (gint32) n);
}

/* Few letters and mostly short, so that strings repeat and differ little. No newline: it ends those of a stream. */
static GBytes *
random_string (void)
{
  static const char letters[] = { 'a', 'b', 'c', '\0', '\xff' };
  const guint length = random_below (30) == 0 ? random_below (300) : random_below (7);
  char *data = g_malloc (length + 1);

  for (guint i = 0; i < length; i++)
    data[i] = letters[random_below (G_N_ELEMENTS (letters))];

  return g_bytes_new_take (data, length);
}

/* GBytes has NULL for no bytes. */
static const char *
get_data (GBytes *bytes,
          gsize  *length)
{
  const char *data = g_bytes_get_data (bytes, length);

  return data == NULL ? "" : data;
}

static void
check_string (Oracle     *oracle,
              Known      *known,
              GBytes     *bytes,
              const char *string)
{
  gsize length;
  const char *data = get_data (bytes, &length);

  g_assert_true (known->string == NULL || known->string == string);
  g_assert_cmpmem (string, length, data, length);
  g_assert_cmpint (string[length], ==, 0);
  g_assert_cmpuint (intern_pool_get_length (oracle->pool, string), ==, length);
  /* It gives out the number, if there is none. */
  if (known->atom != 0)
    g_assert_cmpuint (intern_pool_get_atom (oracle->pool, string), ==, known->atom);
  known->string = string;
}

/* Returns what the model knows of the string after it was interned, or NULL if it was refused. */
static Known *
intern_in_model (Oracle *oracle,
                 GBytes *bytes)
{
  Known *known = g_hash_table_lookup (oracle->model, bytes);

  if (known != NULL || oracle->frozen)
    return known;

  known = g_new0 (Known, 1);
  known->own = TRUE;
  g_hash_table_insert (oracle->model, g_bytes_ref (bytes), known);

  return known;
}

static void
step_intern (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  g_autoptr (GError) error = NULL;
  Known *known = intern_in_model (oracle, bytes);
  gsize length;
  const char *data = get_data (bytes, &length);
  const char *string = intern_pool_try_intern_len (oracle->pool, data, (gssize) length, &error);

  if (known == NULL)
    {
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
      g_assert_null (string);
      return;
    }

  g_assert_no_error (error);
  check_string (oracle, known, bytes, string);
}

static void
step_lookup (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  Known *known = g_hash_table_lookup (oracle->model, bytes);
  gsize length;
  const char *data = get_data (bytes, &length);
  const char *string = intern_pool_lookup_len (oracle->pool, data, (gssize) length);

  g_assert_cmpint (string != NULL, ==, known != NULL);
  if (known != NULL)
    check_string (oracle, known, bytes, string);
  g_assert_cmpint (intern_pool_contains_bytes (oracle->pool, bytes), ==, known != NULL);
  g_assert_cmpuint (intern_pool_lookup_atom_bytes (oracle->pool, bytes), ==, known != NULL ? known->atom : 0);
}

static void
step_atom (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  g_autoptr (GError) error = NULL;
  Known *known = intern_in_model (oracle, bytes);
  const guint32 atom = intern_pool_atom_from_bytes (oracle->pool, bytes, &error);

  if (known == NULL)
    {
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
      g_assert_cmpuint (atom, ==, INTERN_ATOM_NONE);
      return;
    }

  if (known->atom == 0 && oracle->frozen && atom == 0)
    {
      /* What a frozen pool holds gets no new number. */
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
      return;
    }
  g_assert_no_error (error);
  if (known->atom == 0)
    known->atom = oracle->next++;
  g_assert_cmpuint (atom, ==, known->atom);
  check_string (oracle, known, bytes, intern_pool_atom_to_string (oracle->pool, atom));
}

static void
step_stream (Oracle *oracle)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autoptr (GInputStream) stream = g_memory_input_stream_new ();
  g_autoptr (GError) error = NULL;
  const guint n_lines = random_below (40);
  guint64 n_strings = 0;
  guint n_known = 0;
  gboolean refused = FALSE;

  for (guint i = 0; i < n_lines; i++)
    {
      g_autoptr (GBytes) bytes = random_string ();
      gsize length;
      const char *data = get_data (bytes, &length);

      g_byte_array_append (text, (const guint8 *) data, (guint) length);
      g_byte_array_append (text, (const guint8 *) "\n", 1);
      refused = refused || intern_in_model (oracle, bytes) == NULL;
      n_known += !refused;
    }
  if (text->len > 0)
    g_memory_input_stream_add_data (G_MEMORY_INPUT_STREAM (stream), text->data, text->len, NULL);

  g_assert_cmpint (intern_pool_load_stream (oracle->pool, stream, '\n', NULL, NULL, NULL, &n_strings, &error), ==,
                   !refused);
  g_assert_cmpuint (n_strings, ==, n_known);
  if (refused)
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FROZEN);
  oracle->n_streams++;
}

/* Another pool has taken the place of the former one. */
static void
replace (Oracle     *oracle,
         InternPool *pool,
         gboolean    keeps_addresses)
{
  GHashTableIter iter;
  gpointer known;

  g_hash_table_iter_init (&iter, oracle->model);
  while (g_hash_table_iter_next (&iter, NULL, &known))
    {
      ((Known *) known)->own = FALSE;
      if (!keeps_addresses)
        ((Known *) known)->string = NULL;
    }
  g_object_unref (oracle->pool);
  oracle->pool = pool;
  oracle->first = oracle->next;
  oracle->frozen = FALSE;
}

static void
step_save (Oracle *oracle)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_pool_to_bytes (oracle->pool, &error);
  InternPool *pool;

  if (oracle->gap)
    {
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
      return;
    }

  g_assert_no_error (error);
  pool = intern_pool_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  replace (oracle, pool, FALSE);
  oracle->n_layers = 0;
  oracle->n_saves++;
}

static void
step_freeze (Oracle *oracle)
{
  InternPool *child;

  intern_pool_freeze (oracle->pool);
  oracle->frozen = TRUE;
  if (random_below (2) == 0 || oracle->n_layers == MAX_LAYERS)
    return;

  child = intern_pool_new_child (oracle->pool, NULL);
  g_assert_nonnull (child);
  replace (oracle, child, TRUE);
  oracle->n_layers++;
}

static gboolean
is_cleared (gpointer key,
            gpointer value,
            gpointer data)
{
  const Oracle *oracle = data;
  Known *known = value;

  if (known->atom >= oracle->first)
    known->atom = 0;

  return known->own || oracle->n_layers == 0;
}

static void
step_clear (Oracle *oracle)
{
  if (oracle->frozen)
    return;

  intern_pool_clear (oracle->pool);
  oracle->gap = oracle->n_layers > 0 && (oracle->gap || oracle->next > oracle->first);
  g_hash_table_foreach_remove (oracle->model, is_cleared, oracle);
}

static void
start_anew (Oracle *oracle)
{
  g_clear_object (&oracle->pool);
  oracle->pool = intern_pool_new ();
  g_hash_table_remove_all (oracle->model);
  oracle->next = oracle->first = 1;
  oracle->n_layers = 0;
  oracle->frozen = oracle->gap = FALSE;
}

static gboolean
check_one (const char *string,
           gsize       length,
           gpointer    user_data)
{
  GHashTable *left = user_data;
  g_autoptr (GBytes) bytes = g_bytes_new (string, length);

  g_assert_true (g_hash_table_remove (left, bytes));

  return TRUE;
}

static void
step_compare_all (Oracle *oracle)
{
  g_autoptr (GHashTable) left = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref,
                                                       NULL);
  GHashTableIter iter;
  gpointer bytes, value;

  g_hash_table_iter_init (&iter, oracle->model);
  while (g_hash_table_iter_next (&iter, &bytes, &value))
    {
      const Known *known = value;
      g_autoptr (GBytes) found = known->atom == 0 ? NULL : intern_pool_atom_to_bytes (oracle->pool, known->atom);

      g_assert_true (known->atom == 0 || g_bytes_equal (found, bytes));
      g_hash_table_add (left, g_bytes_ref (bytes));
    }
  g_assert_cmpuint (intern_pool_get_n_strings (oracle->pool), ==, g_hash_table_size (left));
  intern_pool_foreach (oracle->pool, check_one, left);
  g_assert_cmpuint (g_hash_table_size (left), ==, 0);
}

static void
step (Oracle *oracle)
{
  const guint dice = random_below (100000);

  if (dice < 35000)
    step_intern (oracle);
  else if (dice < 80000)
    step_lookup (oracle);
  else if (dice < 95000)
    step_atom (oracle);
  else if (dice < 99800)
    step_stream (oracle);
  else if (dice < 99860)
    step_save (oracle);
  else if (dice < 99960)
    step_freeze (oracle);
  else if (dice < 99980)
    step_clear (oracle);
  else if (dice < 99990)
    step_compare_all (oracle);
  else
    start_anew (oracle);
}

static void
test_random_steps (void)
{
  const guint n_steps = count_steps (ON_TSAN ? 30000 : 300000);
  Oracle oracle = { 0 };

  g_test_summary ("Random steps on layers of snapshots and frozen pools return what the model returns");
  oracle.model = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, g_free);
  start_anew (&oracle);
  for (guint i = 0; i < n_steps; i++)
    step (&oracle);
  step_compare_all (&oracle);
  g_assert_cmpuint (oracle.n_saves, >, 0);
  g_assert_cmpuint (oracle.n_streams, >, 0);
  g_test_message ("%u steps, %u saves, %u streams", n_steps, oracle.n_saves, oracle.n_streams);
  g_clear_object (&oracle.pool);
  g_hash_table_unref (oracle.model);
}

/* Threads */

#define N_THREADS 4
#define N_WORDS 300

typedef struct
{
  const char *string;       /* while it is there */
  guint       n_references; /* of a mortal string */
  gboolean    permanent;
} Word;

typedef struct
{
  InternPool *pool;
  guint       number;
  guint       n_steps;
  GRand      *rand;
  Word        words[N_WORDS];
} Worker;

/* Returns the position of a random word of the thread, and its text. */
static guint
random_word (Worker *worker,
             char    text[32])
{
  const guint position = (guint) g_rand_int_range (worker->rand, 0, N_WORDS);

  g_snprintf (text, 32, "%u of %u", position, worker->number);

  return position;
}

static void
check_word (Worker     *worker,
            Word       *word,
            const char *text,
            const char *string)
{
  g_assert_true (word->string == NULL || word->string == string);
  g_assert_cmpstr (string, ==, text);
  word->string = string;
  /* A call for all strings holds each for a moment. */
  g_assert_cmpuint (intern_pool_get_ref_count (worker->pool, string), >=,
                    word->permanent ? G_MAXUINT : word->n_references);
}

static void
step_worker (Worker *worker)
{
  const guint dice = (guint) g_rand_int_range (worker->rand, 0, 1000);
  char text[32];
  Word *word = &worker->words[random_word (worker, text)];
  const char *string;

  if (dice < 400)
    {
      string = intern_pool_acquire (worker->pool, text);
      word->n_references++;
      check_word (worker, word, text, string);
    }
  else if (dice < 800 && word->n_references > 0)
    {
      intern_pool_release (worker->pool, word->string);
      if (--word->n_references == 0 && !word->permanent)
        word->string = NULL;
    }
  else if (dice < 998)
    {
      string = intern_pool_lookup (worker->pool, text);
      /* One that the thread has released may live on while such a call holds it. */
      g_assert_true (string == word->string || word->string == NULL);
    }
  else if (dice < 999)
    {
      word->permanent = TRUE;
      check_word (worker, word, text, intern_pool_intern (worker->pool, text));
    }
  else
    {
      g_autofree char *shared = g_strdup_printf ("shared %d", g_rand_int_range (worker->rand, 0, 1000));

      g_assert_cmpstr (intern_pool_atom_to_string (worker->pool, intern_pool_atom_from_string (worker->pool, shared)),
                       ==, shared);
    }
}

static gpointer
run_worker (gpointer data)
{
  Worker *worker = data;

  for (guint i = 0; i < worker->n_steps; i++)
    step_worker (worker);

  return NULL;
}

/* Work on all strings while the threads take their steps. */
static void
disturb (InternPool *pool,
         guint       round)
{
  g_autoptr (GBytes) bytes = NULL;

  if (round % 3 == 0)
    intern_pool_trim (pool);
  else
    bytes = intern_pool_to_bytes (pool, NULL);
}

static void
test_threads (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Worker *workers = g_new0 (Worker, N_THREADS);
  GThread *threads[N_THREADS];
  guint n_strings = 0;

  g_test_summary ("Each of many threads finds its strings as its own model says");
  for (guint i = 0; i < N_THREADS; i++)
    {
      workers[i].pool = pool;
      workers[i].number = i;
      workers[i].n_steps = count_steps (300000) / N_THREADS;
      workers[i].rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
      threads[i] = g_thread_new ("worker", run_worker, &workers[i]);
    }
  for (guint round = 0; round < 100; round++)
    disturb (pool, round);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      for (guint j = 0; j < N_WORDS; j++)
        n_strings += workers[i].words[j].string != NULL;
      g_rand_free (workers[i].rand);
    }
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *shared = g_strdup_printf ("shared %u", i);

      n_strings += intern_pool_contains (pool, shared);
    }
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, n_strings);
  g_free (workers);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/oracle/layers", test_random_steps);
  g_test_add_func ("/oracle/threads", test_threads);

  return g_test_run ();
}
