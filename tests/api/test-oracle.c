/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A pool against the simplest thing that could be right: a GHashTable of GBytes. Random steps,
 * every result compared. GLib prints the seed; --seed repeats a run. */

#include <intern-glib.h>
#include <string.h>

typedef struct
{
  InternPool *pool;
  GHashTable *model; /* (element-type GBytes utf8) each string and the address it was given */
  guint       max_strings;
  guint64     max_bytes;
  guint64     bytes;
  guint64     n_hits;
  guint64     n_misses;
  guint64     bytes_requested;
} Oracle;

static guint
random_below (guint n)
{
  return (guint) g_test_rand_int_range (0, (gint32) n);
}

/* Few letters, NUL among them, and mostly short: strings that meet again and differ by little. */
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

static void
step_intern (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  const char *known = g_hash_table_lookup (oracle->model, bytes);
  const char *interned = intern_pool_try_intern_len (oracle->pool, length == 0 ? "" : data,
                                                     (gssize) length, &error);

  if (known == NULL && !model_has_room (oracle, length))
    {
      g_assert_null (interned);
      check_refusal (oracle, length, error);
      oracle->n_misses++;
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpmem (interned, length, data, length);
  g_assert_cmpint (interned[length], ==, 0);
  g_assert_cmpuint (intern_pool_get_length (oracle->pool, interned), ==, length);
  oracle->bytes_requested += length;
  if (known != NULL)
    {
      g_assert_true (interned == known);
      oracle->n_hits++;
      return;
    }

  oracle->n_misses++;
  oracle->bytes += length;
  g_hash_table_insert (oracle->model, g_bytes_ref (bytes), (gpointer) interned);
}

static void
step_lookup (Oracle *oracle)
{
  g_autoptr (GBytes) bytes = random_string ();
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  const char *known = g_hash_table_lookup (oracle->model, bytes);

  if (random_below (2) == 0)
    g_assert_cmpint (intern_pool_contains_bytes (oracle->pool, bytes), ==, known != NULL);
  else
    {
      const char *found = intern_pool_lookup_len (oracle->pool, length == 0 ? "" : data, (gssize) length);

      g_assert_true (found == known);
      oracle->bytes_requested += known != NULL ? length : 0;
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
  intern_pool_clear (oracle->pool);
  g_hash_table_remove_all (oracle->model);
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
  gpointer bytes, interned;
  InternPoolStats stats;

  g_hash_table_iter_init (&iter, oracle->model);
  while (g_hash_table_iter_next (&iter, &bytes, &interned))
    g_hash_table_insert (left, g_bytes_ref (bytes), interned);
  intern_pool_foreach (oracle->pool, check_string, left);
  g_assert_cmpuint (g_hash_table_size (left), ==, 0);

  intern_pool_get_stats (oracle->pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, g_hash_table_size (oracle->model));
  g_assert_cmpuint (stats.n_hits, ==, oracle->n_hits);
  g_assert_cmpuint (stats.n_misses, ==, oracle->n_misses);
  g_assert_cmpuint (stats.bytes_stored, ==, oracle->bytes);
  g_assert_cmpuint (stats.bytes_requested, ==, oracle->bytes_requested);
}

static void
step (Oracle *oracle)
{
  const guint dice = random_below (100000);

  if (dice < 60000)
    step_intern (oracle);
  else if (dice < 99900)
    step_lookup (oracle);
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
  const guint n_steps = g_test_slow () ? 10000000 : 1000000;
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GHashTable) model = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                        (GDestroyNotify) g_bytes_unref, NULL);
  Oracle oracle = { .pool = pool, .model = model };

  g_test_summary ("Every result of a million random steps is that of the model");
  for (guint i = 0; i < n_steps; i++)
    step (&oracle);
  step_compare_all (&oracle);
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
