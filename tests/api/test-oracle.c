/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compares a pool with a simple model, a GHashTable of GBytes. Takes random steps and compares every result. GLib
 * prints the seed; --seed repeats a run.
 *
 * A string is permanent, or has as many references as the model counts: the array `held` has one element for each
 * reference. Some strings have data, which is destroyed when they die. */

#include <intern-glib.h>
#include <string.h>

#include "oracle-steps.h"

#define N_DATA 2

typedef struct
{
  InternPool *pool;
  GHashTable *model; /* (element-type GBytes Known) the state of each string */
  GPtrArray  *held;  /* (element-type GBytes) keys of model, one for each reference */
  guint       n_mortal;
  guint       max_strings;
  guint64     max_bytes;
  guint64     bytes;
  guint64     n_hits;
  guint64     n_misses;
  guint64     bytes_requested;
  guint       n_destroyed; /* data of strings that have died */
} Oracle;

typedef struct
{
  const char *string;
  guint       n_references; /* 0: it is permanent */
  InternAtom  atom;         /* or none */
  gpointer    data[N_DATA]; /* (nullable) */
} Known;

/* Data that were destroyed, in all. */
static guint n_destroyed;

static guint
random_below (guint n)
{
  return (guint) g_test_rand_int_range (0, (gint32) n);
}

/* Few letters, NUL among them, and mostly short, so that strings repeat and differ little. */
static GBytes *
random_string (void)
{
  static const char letters[] = { 'a', 'b', '\0', '\xff' };
  const guint length = random_below (20) == 0 ? random_below (3000) : random_below (9);
  char *data = g_malloc (length + 1);

  for (guint i = 0; i < length; i++)
    data[i] = letters[random_below (G_N_ELEMENTS (letters))];

  return g_bytes_new_take (data, length);
}

static gboolean
model_has_room (Oracle *oracle,
                gsize   length)
{
  return (oracle->max_strings == 0 || g_hash_table_size (oracle->model) < oracle->max_strings) &&
         (oracle->max_bytes == 0 || oracle->bytes + length <= oracle->max_bytes);
}

static void
check_refusal (Oracle       *oracle,
               gsize         length,
               const GError *error)
{
  if (oracle->max_bytes != 0 && length > oracle->max_bytes)
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
  else
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
}

/* Checks the result of a call that may add. Returns the new state of the string, or NULL if it was refused. */
static Known *
check_added (Oracle     *oracle,
             GBytes     *bytes,
             const char *interned)
{
  const gsize length = g_bytes_get_size (bytes);
  Known *known = g_hash_table_lookup (oracle->model, bytes);

  if (known != NULL)
    {
      g_assert_true (interned == known->string);
      oracle->n_hits++;
    }
  else
    oracle->n_misses++;

  if (known == NULL && !model_has_room (oracle, length))
    {
      g_assert_null (interned);
      return NULL;
    }

  g_assert_cmpmem (interned, length, g_bytes_get_data (bytes, NULL), length);
  g_assert_cmpint (interned[length], ==, 0);
  g_assert_cmpuint (intern_pool_get_length (oracle->pool, interned), ==, length);
  oracle->bytes_requested += length;
  if (known == NULL)
    {
      known = g_new0 (Known, 1);
      known->string = interned;
      oracle->bytes += length;
      g_hash_table_insert (oracle->model, g_bytes_ref (bytes), known);
    }

  return known;
}

/* From now on the string is permanent; references to it may still be released. */
static void
keep (Oracle *oracle,
      Known  *known)
{
  if (known->n_references > 0)
    oracle->n_mortal--;
  known->n_references = 0;
  g_assert_cmpuint (intern_pool_get_ref_count (oracle->pool, known->string), ==, G_MAXUINT);
}

static void
step_intern (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  const char *interned = intern_pool_try_intern_len (oracle->pool, length == 0 ? "" : data,
                                                     (gssize) length, &error);
  Known *known = check_added (oracle, bytes, interned);

  if (known == NULL)
    {
      check_refusal (oracle, length, error);
      return;
    }

  g_assert_no_error (error);
  keep (oracle, known);
}

static void
step_atom (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  const char *data = g_bytes_get_data (bytes, NULL);
  g_autofree char *text = data == NULL ? g_strdup ("") : g_strndup (data, g_bytes_get_size (bytes));
  g_autoptr (GBytes) whole = g_bytes_new (text, strlen (text));
  const InternAtom atom = intern_pool_atom_from_string (oracle->pool, text);
  Known *known = check_added (oracle, whole, intern_pool_atom_to_string (oracle->pool, atom));

  if (known == NULL)
    {
      g_assert_cmpuint (atom, ==, INTERN_ATOM_NONE);
      return;
    }

  keep (oracle, known);
  g_assert_true (known->atom == INTERN_ATOM_NONE || known->atom == atom);
  known->atom = atom;
  /* A lookup by atom does not count as a search. */
  g_assert_true (intern_pool_atom_to_string (oracle->pool, atom) == known->string);
}

static void
step_acquire (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  const gboolean is_new = !g_hash_table_contains (oracle->model, bytes);
  const char *interned = intern_pool_acquire_len (oracle->pool, length == 0 ? "" : data, (gssize) length);
  Known *known = check_added (oracle, bytes, interned);

  if (known == NULL)
    return;

  if (is_new)
    oracle->n_mortal++;
  if (is_new || known->n_references > 0)
    known->n_references++;
  g_ptr_array_add (oracle->held, g_bytes_ref (bytes));

  if (random_below (8) == 0)
    {
      g_assert_true (intern_pool_acquire_interned (oracle->pool, interned) == interned);
      known->n_references += known->n_references > 0 ? 1 : 0;
      g_ptr_array_add (oracle->held, g_bytes_ref (bytes));
    }
  g_assert_cmpuint (intern_pool_get_ref_count (oracle->pool, interned), ==,
                    known->n_references > 0 ? known->n_references : G_MAXUINT);
}

static void
count_destroyed (Oracle      *oracle,
                 const Known *known)
{
  for (guint i = 0; i < N_DATA; i++)
    oracle->n_destroyed += known->data[i] != NULL;
}

static void
destroy_data (gpointer data)
{
  n_destroyed++;
  g_free (data);
}

static void
step_release (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = NULL;
  Known *known;

  if (oracle->held->len == 0)
    return;

  bytes = g_ptr_array_steal_index_fast (oracle->held, random_below (oracle->held->len));
  known = g_hash_table_lookup (oracle->model, bytes);
  g_assert_cmpmem (known->string, g_bytes_get_size (bytes),
                   g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  intern_pool_release (oracle->pool, known->string);
  if (known->n_references > 0 && --known->n_references == 0)
    {
      oracle->n_mortal--;
      oracle->bytes -= g_bytes_get_size (bytes);
      count_destroyed (oracle, known);
      g_hash_table_remove (oracle->model, bytes);
    }
  g_assert_cmpuint (n_destroyed, ==, oracle->n_destroyed);
}

static gpointer
make_data (InternPool *pool,
           const char *interned,
           gpointer    made)
{
  *(gboolean *) made = TRUE;

  return g_strdup (interned);
}

static void
step_data (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  const guint index = random_below (N_DATA);
  Known *known = g_hash_table_lookup (oracle->model, bytes);
  gboolean made = FALSE;
  gpointer data;

  if (known == NULL)
    return;

  g_assert_true (intern_pool_get_data (oracle->pool, known->string, index) == known->data[index]);
  if (random_below (2) == 0)
    return;

  data = intern_pool_ensure_data (oracle->pool, known->string, index, make_data, &made);
  g_assert_cmpint (made, ==, known->data[index] == NULL);
  g_assert_true (made || data == known->data[index]);
  g_assert_cmpstr (data, ==, known->string);
  known->data[index] = data;
}

static void
step_lookup (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  Known *known = g_hash_table_lookup (oracle->model, bytes);

  if (random_below (2) == 0)
    g_assert_cmpint (intern_pool_contains_bytes (oracle->pool, bytes), ==, known != NULL);
  else
    {
      const gboolean acquires = random_below (4) == 0;
      const char *found = acquires ? intern_pool_lookup_acquire_len (oracle->pool, length == 0 ? "" : data,
                                                                     (gssize) length)
                                   : intern_pool_lookup_len (oracle->pool, length == 0 ? "" : data, (gssize) length);

      g_assert_true (found == (known != NULL ? known->string : NULL));
      oracle->bytes_requested += known != NULL ? length : 0;
      if (acquires && known != NULL)
        {
          known->n_references += known->n_references > 0 ? 1 : 0;
          g_ptr_array_add (oracle->held, g_bytes_ref (bytes));
        }
    }

  if (known != NULL)
    oracle->n_hits++;
  else
    oracle->n_misses++;
}

static void
step_limits (Oracle *oracle)
{
  oracle->max_strings = random_below (3) == 0 ? g_hash_table_size (oracle->model) + random_below (500) : 0;
  oracle->max_bytes = random_below (3) == 0 ? oracle->bytes + random_below (5000) : 0;
  intern_pool_set_max_strings (oracle->pool, oracle->max_strings);
  intern_pool_set_max_bytes (oracle->pool, oracle->max_bytes);
}

static void
step_clear (Oracle *oracle)
{
  GHashTableIter iter;
  gpointer known;

  g_hash_table_iter_init (&iter, oracle->model);
  while (g_hash_table_iter_next (&iter, NULL, &known))
    count_destroyed (oracle, known);
  intern_pool_clear (oracle->pool);
  g_assert_cmpuint (n_destroyed, ==, oracle->n_destroyed);
  g_hash_table_remove_all (oracle->model);
  g_ptr_array_set_size (oracle->held, 0);
  oracle->n_mortal = 0;
  oracle->bytes = 0;
}

static gboolean
check_string (const char *string,
              gsize       length,
              gpointer    user_data)
{
  GHashTable *left = user_data;
  g_autoptr (GBytes) bytes = g_bytes_new (string, length);

  g_assert_true (g_hash_table_lookup (left, bytes) == string);
  g_assert_true (g_hash_table_remove (left, bytes));

  return TRUE;
}

static void
step_compare_all (Oracle *oracle)
{
  g_autoptr (GHashTable) left = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                       (GDestroyNotify) g_bytes_unref, NULL);
  GHashTableIter iter;
  gpointer bytes, known;
  InternPoolStats stats;

  g_hash_table_iter_init (&iter, oracle->model);
  while (g_hash_table_iter_next (&iter, &bytes, &known))
    g_hash_table_insert (left, g_bytes_ref (bytes), (gpointer) ((Known *) known)->string);
  intern_pool_foreach (oracle->pool, check_string, left);
  g_assert_cmpuint (g_hash_table_size (left), ==, 0);

  intern_pool_get_stats (oracle->pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, g_hash_table_size (oracle->model));
  g_assert_cmpuint (stats.n_mortal, ==, oracle->n_mortal);
  g_assert_cmpuint (stats.n_hits, ==, oracle->n_hits);
  g_assert_cmpuint (stats.n_misses, ==, oracle->n_misses);
  g_assert_cmpuint (stats.bytes_stored, ==, oracle->bytes);
  g_assert_cmpuint (stats.bytes_requested, ==, oracle->bytes_requested);
}

static void
step (Oracle *oracle)
{
  const guint dice = random_below (100000);

  if (dice < 25000)
    step_acquire (oracle);
  else if (dice < 50000)
    step_release (oracle);
  else if (dice < 70000)
    step_intern (oracle);
  else if (dice < 70100)
    step_atom (oracle);
  else if (dice < 98900)
    step_lookup (oracle);
  else if (dice < 99890)
    step_data (oracle);
  else if (dice < 99900)
    intern_pool_trim (oracle->pool);
  else if (dice < 99990)
    step_limits (oracle);
  else if (dice < 99998)
    step_compare_all (oracle);
  else
    step_clear (oracle);
}

static void
test_random_steps (void)
{
  const guint n_steps = count_steps (1000000);
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "n-data", N_DATA, NULL);
  g_autoptr (GHashTable) model = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                        (GDestroyNotify) g_bytes_unref, g_free);
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  Oracle oracle = { .pool = pool, .model = model, .held = held };

  g_test_summary ("A million random steps return what the model returns");
  for (guint i = 0; i < N_DATA; i++)
    intern_pool_set_data_destroy (pool, i, destroy_data);
  for (guint i = 0; i < n_steps; i++)
    step (&oracle);
  step_compare_all (&oracle);
  step_clear (&oracle);
  g_assert_cmpuint (n_destroyed, >, 0);
  g_test_message ("%u steps, %" G_GUINT64_FORMAT " hits, %" G_GUINT64_FORMAT " misses",
                  n_steps, oracle.n_hits, oracle.n_misses);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/oracle/random-steps", test_random_steps);

  return g_test_run ();
}
