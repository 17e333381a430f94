/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is a list of calls: a byte that chooses one, and its argument. Each is made on a pool and on
 * an oracle, a GHashTable of GBytes. All results of the pool must agree with the oracle: pointers,
 * bytes, refusals, and every count. */

#include "config.h"

#include "fuzz.h"

#include <string.h>

#include <intern-glib.h>

/* A string may repeat its bytes so often, so that a short input makes long strings. */
#define MAX_REPEATS 64

typedef struct
{
  const uint8_t *data;
  size_t         size;
} Input;

typedef struct
{
  InternPool *pool;
  GHashTable *strings; /* (owned) GBytes -> the pointer that the pool returned for it */
  GHashTable *counts;  /* (owned) GBytes -> references, of mortal strings */
  GPtrArray  *views;   /* (owned) GBytes from the pool, which outlive a clear() */
  GPtrArray  *copies;  /* (owned) GBytes, copies of the views */
  guint       max_strings;
  guint64     max_bytes;
  guint64     bytes_stored;
  guint64     n_hits;
  guint64     n_misses;
  guint64     bytes_requested;
} Oracle;

/* Input */

static uint8_t
take_byte (Input *input)
{
  if (input->size == 0)
    return 0;

  input->size--;
  return *input->data++;
}

/* A length, a number of repeats and the bytes, fewer at the end of the input. */
static GBytes *
take_string (Input *input)
{
  const size_t length = MIN (take_byte (input) % 32, input->size);
  const guint repeats = length == 0 ? 0 : 1 + take_byte (input) % MAX_REPEATS;
  const size_t rest = MIN (length, input->size);
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < repeats; i++)
    g_byte_array_append (bytes, input->data, (guint) rest);
  input->data += rest;
  input->size -= rest;

  return g_byte_array_free_to_bytes (bytes);
}

/* An allocation of exactly this size, so that a sanitizer detects reads past its end. */
static char *
copy_exactly (GBytes *bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);
  char *copy = g_malloc (MAX (length, 1));

  if (length > 0)
    memcpy (copy, data, length);

  return copy;
}

static char *
copy_to_first_nul (GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return data == NULL ? g_strdup ("") : g_strndup (data, length);
}

/* The oracle */

static gboolean
has_room (const Oracle *oracle,
          gsize         length)
{
  if (oracle->max_strings != 0 && g_hash_table_size (oracle->strings) >= oracle->max_strings)
    return FALSE;

  return oracle->max_bytes == 0 ||
         (oracle->bytes_stored <= oracle->max_bytes &&
          length <= oracle->max_bytes - oracle->bytes_stored);
}

static void
check_content (const char *string,
               GBytes     *expected)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (expected, &length);

  g_assert_nonnull (string);
  g_assert_true (length == 0 || memcmp (string, data, length) == 0);
  g_assert_cmpint (string[length], ==, '\0');
}

/* Checks the result of a call that may add @bytes. Returns whether it is a new string. */
static gboolean
check_added (Oracle     *oracle,
             GBytes     *bytes,
             const char *string)
{
  const char *known = g_hash_table_lookup (oracle->strings, bytes);
  const gsize length = g_bytes_get_size (bytes);

  if (known != NULL)
    oracle->n_hits++;
  else
    oracle->n_misses++;

  if (known == NULL && !has_room (oracle, length))
    {
      g_assert_null (string);
      return FALSE;
    }

  oracle->bytes_requested += length;
  check_content (string, bytes);
  g_assert_true (known == NULL || string == known);
  if (known == NULL)
    {
      g_hash_table_insert (oracle->strings, g_bytes_ref (bytes), (gpointer) string);
      oracle->bytes_stored += length;
    }

  return known == NULL;
}

/* The same for a call that makes the string permanent. */
static void
check_interned (Oracle     *oracle,
                GBytes     *bytes,
                const char *string)
{
  check_added (oracle, bytes, string);
  g_hash_table_remove (oracle->counts, bytes);
}

static guint
count_of (Oracle *oracle,
          GBytes *bytes)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (oracle->counts, bytes));
}

/* Checks the result of a call that searches and never adds. */
static void
check_found (Oracle     *oracle,
             GBytes     *bytes,
             const char *string)
{
  g_assert_true (string == g_hash_table_lookup (oracle->strings, bytes));
  if (string == NULL)
    oracle->n_misses++;
  else
    {
      oracle->n_hits++;
      oracle->bytes_requested += g_bytes_get_size (bytes);
    }
}

static void
check_contained (Oracle   *oracle,
                 GBytes   *bytes,
                 gboolean  contained)
{
  g_assert_cmpint (contained, ==, g_hash_table_contains (oracle->strings, bytes));
  if (contained)
    oracle->n_hits++;
  else
    oracle->n_misses++;
}

static void
check_refusal (Oracle *oracle,
               GBytes *bytes,
               GError *error)
{
  const gsize length = g_bytes_get_size (bytes);
  const gboolean too_long = oracle->max_bytes != 0 && length > oracle->max_bytes;

  g_assert_error (error, INTERN_ERROR, too_long ? INTERN_ERROR_TOO_LONG : INTERN_ERROR_FULL);
}

/* The calls */

static void
do_intern (Oracle *oracle,
           Input  *input)
{
  g_autoptr (GBytes) argument = take_string (input);
  g_autofree char *copy = copy_to_first_nul (argument);
  g_autoptr (GBytes) bytes = g_bytes_new (copy, strlen (copy));

  check_interned (oracle, bytes, intern_pool_intern (oracle->pool, copy));
}

static void
do_intern_len (Oracle *oracle,
               Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);
  g_autofree char *copy = copy_exactly (bytes);
  const gssize length = (gssize) g_bytes_get_size (bytes);
  const char *string = intern_pool_intern_len (oracle->pool, copy, length);

  /* The pool must not lean on the caller's memory. */
  memset (copy, '!', (gsize) length);
  check_interned (oracle, bytes, string);
}

static void
do_try_intern_len (Oracle *oracle,
                   Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);
  g_autoptr (GError) error = NULL;
  g_autofree char *copy = copy_exactly (bytes);
  const gssize length = (gssize) g_bytes_get_size (bytes);
  const char *string = intern_pool_try_intern_len (oracle->pool, copy, length, &error);

  if (string == NULL)
    check_refusal (oracle, bytes, error);
  else
    g_assert_no_error (error);
  check_interned (oracle, bytes, string);
}

static void
do_intern_bytes (Oracle *oracle,
                 Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);
  g_autoptr (GError) error = NULL;
  GBytes *view = intern_pool_intern_bytes (oracle->pool, bytes, &error);

  if (view == NULL)
    {
      check_refusal (oracle, bytes, error);
      check_interned (oracle, bytes, NULL);
      return;
    }

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (view, bytes));
  check_interned (oracle, bytes, g_bytes_get_data (view, NULL));
  g_ptr_array_add (oracle->views, view);
  g_ptr_array_add (oracle->copies, g_steal_pointer (&bytes));
}

static void
do_acquire_len (Oracle *oracle,
                Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);
  g_autofree char *copy = copy_exactly (bytes);
  const gssize length = (gssize) g_bytes_get_size (bytes);
  const char *string = intern_pool_acquire_len (oracle->pool, copy, length);
  const gboolean is_new = check_added (oracle, bytes, string);
  const guint count = count_of (oracle, bytes) + 1;

  if (is_new || count > 1)
    {
      g_assert_cmpuint (intern_pool_get_ref_count (oracle->pool, string), ==, count);
      g_hash_table_insert (oracle->counts, g_bytes_ref (bytes), GUINT_TO_POINTER (count));
    }
  else if (string != NULL)
    g_assert_cmpuint (intern_pool_get_ref_count (oracle->pool, string), ==, G_MAXUINT);
}

/* Releases a string of the pool, which for a permanent one does nothing. */
static void
do_release (Oracle *oracle,
            Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);
  const char *string = g_hash_table_lookup (oracle->strings, bytes);
  const guint count = count_of (oracle, bytes);

  intern_pool_release (oracle->pool, string);
  if (count > 1)
    g_hash_table_insert (oracle->counts, g_bytes_ref (bytes), GUINT_TO_POINTER (count - 1));
  else if (count == 1)
    {
      g_hash_table_remove (oracle->counts, bytes);
      g_hash_table_remove (oracle->strings, bytes);
      oracle->bytes_stored -= g_bytes_get_size (bytes);
    }
}

static void
do_lookup_len (Oracle *oracle,
               Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);
  g_autofree char *copy = copy_exactly (bytes);

  check_found (oracle, bytes,
               intern_pool_lookup_len (oracle->pool, copy, (gssize) g_bytes_get_size (bytes)));
}

static void
do_contains (Oracle *oracle,
             Input  *input)
{
  g_autoptr (GBytes) argument = take_string (input);
  g_autofree char *copy = copy_to_first_nul (argument);
  g_autoptr (GBytes) bytes = g_bytes_new (copy, strlen (copy));

  check_contained (oracle, bytes, intern_pool_contains (oracle->pool, copy));
}

static void
do_contains_bytes (Oracle *oracle,
                   Input  *input)
{
  g_autoptr (GBytes) bytes = take_string (input);

  check_contained (oracle, bytes, intern_pool_contains_bytes (oracle->pool, bytes));
}

static gboolean
visit_cb (const char *string,
          gsize       length,
          gpointer    user_data)
{
  GHashTable *seen = user_data;

  g_assert_true (g_hash_table_add (seen, g_bytes_new (string, length)));

  return TRUE;
}

static void
do_foreach (Oracle *oracle,
            Input  *input)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                       (GDestroyNotify) g_bytes_unref, NULL);
  GHashTableIter iter;
  gpointer bytes;

  intern_pool_foreach (oracle->pool, visit_cb, seen);
  g_assert_cmpuint (g_hash_table_size (seen), ==, g_hash_table_size (oracle->strings));
  g_hash_table_iter_init (&iter, seen);
  while (g_hash_table_iter_next (&iter, &bytes, NULL))
    g_assert_true (g_hash_table_contains (oracle->strings, bytes));
}

static void
do_dup_strings (Oracle *oracle,
                Input  *input)
{
  g_auto (GStrv) strings = intern_pool_dup_strings (oracle->pool);

  g_assert_cmpuint (g_strv_length (strings), ==, g_hash_table_size (oracle->strings));
}

static void
do_clear (Oracle *oracle,
          Input  *input)
{
  intern_pool_clear (oracle->pool);
  g_hash_table_remove_all (oracle->strings);
  g_hash_table_remove_all (oracle->counts);
  oracle->bytes_stored = 0;
}

static void
do_set_max_strings (Oracle *oracle,
                    Input  *input)
{
  oracle->max_strings = take_byte (input) % 16;
  intern_pool_set_max_strings (oracle->pool, oracle->max_strings);
  g_assert_cmpuint (intern_pool_get_max_strings (oracle->pool), ==, oracle->max_strings);
}

static void
do_set_max_bytes (Oracle *oracle,
                  Input  *input)
{
  oracle->max_bytes = take_byte (input) * 4;
  intern_pool_set_max_bytes (oracle->pool, oracle->max_bytes);
  g_assert_cmpuint (intern_pool_get_max_bytes (oracle->pool), ==, oracle->max_bytes);
}

static void
do_reset_stats (Oracle *oracle,
                Input  *input)
{
  intern_pool_reset_stats (oracle->pool);
  oracle->n_hits = oracle->n_misses = oracle->bytes_requested = 0;
}

static void
do_add_hits (Oracle *oracle,
             Input  *input)
{
  const guint64 n_hits = 1 + take_byte (input);
  const guint64 n_bytes = n_hits * take_byte (input);

  intern_pool_add_hits (oracle->pool, n_hits, n_bytes);
  oracle->n_hits += n_hits;
  oracle->bytes_requested += n_bytes;
}

static void
check_stats (Oracle *oracle)
{
  InternPoolStats stats;

  intern_pool_get_stats (oracle->pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, g_hash_table_size (oracle->strings));
  g_assert_cmpuint (stats.n_mortal, ==, g_hash_table_size (oracle->counts));
  g_assert_cmpuint (stats.bytes_stored, ==, oracle->bytes_stored);
  g_assert_cmpuint (stats.n_hits, ==, oracle->n_hits);
  g_assert_cmpuint (stats.n_misses, ==, oracle->n_misses);
  g_assert_cmpuint (stats.n_lookups, ==, oracle->n_hits + oracle->n_misses);
  g_assert_cmpuint (stats.bytes_requested, ==, oracle->bytes_requested);
  g_assert_cmpuint (stats.memory_usage, >, stats.bytes_stored);
}

static void
do_get_stats (Oracle *oracle,
              Input  *input)
{
  check_stats (oracle);
}

/* Every living string and view has its original bytes. */
static void
check_all (Oracle *oracle)
{
  GHashTableIter iter;
  gpointer bytes, string;

  g_hash_table_iter_init (&iter, oracle->strings);
  while (g_hash_table_iter_next (&iter, &bytes, &string))
    {
      check_content (string, bytes);
      g_assert_cmpuint (intern_pool_get_length (oracle->pool, string), ==, g_bytes_get_size (bytes));
    }

  for (guint i = 0; i < oracle->views->len; i++)
    g_assert_true (g_bytes_equal (oracle->views->pdata[i], oracle->copies->pdata[i]));
}

static void
free_oracle (Oracle *oracle)
{
  check_stats (oracle);
  check_all (oracle);
  g_clear_object (&oracle->pool);
  /* The views outlive the pool. */
  g_hash_table_remove_all (oracle->strings);
  for (guint i = 0; i < oracle->views->len; i++)
    g_assert_true (g_bytes_equal (oracle->views->pdata[i], oracle->copies->pdata[i]));
  g_clear_pointer (&oracle->strings, g_hash_table_unref);
  g_clear_pointer (&oracle->counts, g_hash_table_unref);
  g_clear_pointer (&oracle->views, g_ptr_array_unref);
  g_clear_pointer (&oracle->copies, g_ptr_array_unref);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  /* Add new calls at the end: the corpus selects calls by position. */
  static void (*const calls[]) (Oracle *oracle, Input *input) = {
    do_intern,
    do_intern_len,
    do_try_intern_len,
    do_intern_bytes,
    do_lookup_len,
    do_contains,
    do_contains_bytes,
    do_foreach,
    do_dup_strings,
    do_clear,
    do_set_max_strings,
    do_set_max_bytes,
    do_reset_stats,
    do_add_hits,
    do_get_stats,
    do_acquire_len,
    do_release,
  };
  Input input = { data, size };
  Oracle oracle = {
    .pool = intern_pool_new (),
    .strings = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                      (GDestroyNotify) g_bytes_unref, NULL),
    .counts = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                     (GDestroyNotify) g_bytes_unref, NULL),
    .views = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
    .copies = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
  };

  while (input.size > 0)
    calls[take_byte (&input) % G_N_ELEMENTS (calls)](&oracle, &input);

  free_oracle (&oracle);

  return 0;
}
