/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>

#include <string.h>

/* A few more than a batch of any size. */
#define N_MANY 5000

/* The number of different bytes. */
#define N_BYTES 256

static void
assert_bytes (InternPool   *pool,
              InternAtom    atom,
              const guint8 *data,
              gsize         length)
{
  g_autoptr (GBytes) bytes = intern_pool_atom_to_bytes (pool, atom);

  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), data, length);
}

static void
test_order (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  intern_pool_intern (pool, "never asked");
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "a"), ==, 1);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "b"), ==, 2);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "a"), ==, 1);
  g_assert_cmpuint (intern_pool_try_atom_from_string (pool, "", NULL), ==, 3);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "b"), ==, 2);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "never asked"), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "nowhere"), ==, INTERN_ATOM_NONE);
  g_assert_false (intern_pool_contains (pool, "nowhere"));
}

static void
test_back (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  for (guint i = 1; i <= N_MANY; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      g_assert_cmpuint (intern_pool_atom_from_string (pool, string), ==, i);
    }

  for (guint i = 1; i <= N_MANY; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u", i);

      g_assert_cmpstr (intern_pool_atom_to_string (pool, i), ==, string);
      g_assert_true (intern_pool_atom_to_string (pool, i) == intern_pool_lookup (pool, string));
    }

  g_assert_null (intern_pool_atom_to_string (pool, INTERN_ATOM_NONE));
}

static void
test_null (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (intern_pool_atom_from_string (pool, NULL), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_try_atom_from_string (pool, NULL, &error), ==, INTERN_ATOM_NONE);
  g_assert_no_error (error);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, NULL), ==, INTERN_ATOM_NONE);
}

static void
test_refused (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (intern_pool_atom_from_string (pool, "one"), ==, 1);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "two"), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_try_atom_from_string (pool, "two", &error), ==, INTERN_ATOM_NONE);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "one"), ==, 1);
}

static void
test_any_bytes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) with_nul = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) empty = g_bytes_new_static (NULL, 0);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (intern_pool_atom_from_string_len (pool, "a", -1), ==, 1);
  g_assert_cmpuint (intern_pool_lookup_atom_bytes (pool, with_nul), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_atom_from_string_len (pool, "a\0b", 3), ==, 2);
  g_assert_cmpuint (intern_pool_try_atom_from_string_len (pool, "a\0b", 3, &error), ==, 2);
  g_assert_cmpuint (intern_pool_atom_from_bytes (pool, with_nul, &error), ==, 2);
  g_assert_cmpuint (intern_pool_lookup_atom_bytes (pool, with_nul), ==, 2);
  g_assert_cmpuint (intern_pool_try_atom_from_string_len (pool, "abc", 1, &error), ==, 1);
  g_assert_cmpuint (intern_pool_lookup_atom_bytes (pool, empty), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_atom_from_bytes (pool, empty, &error), ==, 3);
  g_assert_cmpuint (intern_pool_lookup_atom_bytes (pool, empty), ==, 3);
  g_assert_no_error (error);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 3);
  assert_bytes (pool, 2, (const guint8 *) "a\0b", 3);
}

static void
test_null_bytes (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (intern_pool_atom_from_string_len (pool, NULL, -1), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_try_atom_from_string_len (pool, NULL, 0, &error), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_atom_from_bytes (pool, NULL, &error), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_lookup_atom_bytes (pool, NULL), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_get_atom (pool, NULL), ==, INTERN_ATOM_NONE);
  g_assert_no_error (error);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);
}

static void
test_refused_bytes (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("two", 3);
  g_autoptr (GError) error = NULL;

  intern_pool_intern (pool, "one");
  g_assert_cmpuint (intern_pool_atom_from_string_len (pool, "two", 3), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_try_atom_from_string_len (pool, "two", 3, &error), ==, INTERN_ATOM_NONE);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_clear_error (&error);
  g_assert_cmpuint (intern_pool_atom_from_bytes (pool, bytes, &error), ==, INTERN_ATOM_NONE);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
}

static void
test_of_interned (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *first = intern_pool_intern (pool, "first");
  const char *mortal = intern_pool_acquire (pool, "mortal");
  InternPoolStats stats;

  intern_pool_reset_stats (pool);
  g_assert_cmpuint (intern_pool_get_atom (pool, mortal), ==, 1);
  g_assert_cmpuint (intern_pool_get_atom (pool, first), ==, 2);
  g_assert_cmpuint (intern_pool_get_atom (pool, mortal), ==, 1);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_lookups, ==, 0);

  intern_pool_release (pool, mortal);
  g_assert_true (intern_pool_atom_to_string (pool, 1) == mortal);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, mortal), ==, G_MAXUINT);
}

static void
test_of_interned_in_layers (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) opened = NULL, child = NULL;
  g_autoptr (GBytes) snapshot = NULL;

  intern_pool_atom_from_string (pool, "with");
  intern_pool_intern (pool, "without");
  snapshot = intern_pool_to_bytes (pool, NULL);
  opened = intern_pool_new_from_bytes (snapshot, NULL);
  g_assert_cmpuint (intern_pool_get_atom (opened, intern_pool_lookup (opened, "with")), ==, 1);

  intern_pool_freeze (opened);
  g_assert_cmpuint (intern_pool_get_atom (opened, intern_pool_lookup (opened, "without")), ==, INTERN_ATOM_NONE);
  child = intern_pool_new_child (opened, NULL);
  g_assert_cmpuint (intern_pool_get_atom (child, intern_pool_lookup (child, "without")), ==, 2);
}

static void
test_of_foreign (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  struct
  {
    guint64 before[4];
    char    text[8];
  } foreign = { .text = "foreign" };

  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, "*intern_pool_get_atom*is_foreign*");
  g_assert_cmpuint (intern_pool_get_atom (pool, foreign.text), ==, INTERN_ATOM_NONE);
  g_test_assert_expected_messages ();
}

static void
test_clear (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  intern_pool_atom_from_string (pool, "a");
  intern_pool_atom_from_string (pool, "b");
  intern_pool_clear (pool);

  g_assert_null (intern_pool_atom_to_string (pool, 1));
  g_assert_null (intern_pool_atom_to_string (pool, 2));
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "b"), ==, 3);
  g_assert_cmpstr (intern_pool_atom_to_string (pool, 3), ==, "b");
  g_assert_null (intern_pool_atom_to_string (pool, 2));
}

/* The string of atom 1 is empty, that of atom 2 has all bytes. */
static InternPool *
pool_of_all_bytes (guint8 *all)
{
  InternPool *pool = intern_pool_new ();

  for (guint i = 0; i < N_BYTES; i++)
    all[i] = (guint8) i;
  intern_pool_atom_from_string (pool, "");
  intern_pool_intern_len (pool, (const char *) all, N_BYTES);
  /* A model gives each string an atom. */
  g_object_unref (intern_pool_model_new (pool));

  return pool;
}

static void
test_bytes (void)
{
  guint8 all[N_BYTES];
  g_autoptr (InternPool) pool = pool_of_all_bytes (all);
  g_autoptr (GBytes) bytes = intern_pool_atom_to_bytes (pool, 2);

  g_assert_true (g_bytes_get_data (bytes, NULL) == intern_pool_atom_to_string (pool, 2));
  assert_bytes (pool, 1, NULL, 0);
  assert_bytes (pool, 2, all, N_BYTES);
  g_assert_null (intern_pool_atom_to_bytes (pool, INTERN_ATOM_NONE));
}

static void
test_bytes_outlive_the_pool (void)
{
  guint8 all[N_BYTES];
  InternPool *pool = pool_of_all_bytes (all);
  g_autoptr (GBytes) bytes = intern_pool_atom_to_bytes (pool, 2);
  g_autoptr (GBytes) later = NULL;

  intern_pool_clear (pool);
  g_assert_null (intern_pool_atom_to_bytes (pool, 2));
  intern_pool_atom_from_string (pool, "later");
  later = intern_pool_atom_to_bytes (pool, 3);
  g_object_unref (pool);

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), all, N_BYTES);
  g_assert_cmpmem (g_bytes_get_data (later, NULL), g_bytes_get_size (later), "later", 5);
}

static void
test_bytes_from_below (void)
{
  guint8 all[N_BYTES];
  g_autoptr (InternPool) pool = pool_of_all_bytes (all);
  g_autoptr (GBytes) snapshot = intern_pool_to_bytes (pool, NULL);
  InternPool *opened = intern_pool_new_from_bytes (snapshot, NULL);
  InternPool *child;
  g_autoptr (GBytes) bytes = NULL;

  assert_bytes (opened, 1, NULL, 0);
  assert_bytes (opened, 2, all, N_BYTES);

  intern_pool_freeze (opened);
  child = intern_pool_new_child (opened, NULL);
  g_assert_cmpuint (intern_pool_atom_from_string (child, "on top"), ==, 3);
  assert_bytes (child, 2, all, N_BYTES);
  assert_bytes (child, 3, (const guint8 *) "on top", 6);

  bytes = intern_pool_atom_to_bytes (child, 2);
  g_object_unref (child);
  g_object_unref (opened);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), all, N_BYTES);
}

static void
test_encode (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  g_autofree guint32 *atoms = NULL;
  g_auto (GStrv) decoded = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  for (guint i = 0; i < N_MANY; i++)
    g_ptr_array_add (strings, g_strdup_printf ("string %u", i % (N_MANY / 3)));

  atoms = intern_pool_encode (pool, (const char * const *) strings->pdata, strings->len, &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_atoms, ==, N_MANY);
  for (guint i = 0; i < N_MANY; i++)
    g_assert_cmpuint (atoms[i], ==, 1 + i % (N_MANY / 3));

  decoded = intern_pool_decode (pool, atoms, n_atoms, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_MANY; i++)
    g_assert_cmpstr (decoded[i], ==, g_ptr_array_index (strings, i));
  g_assert_null (decoded[N_MANY]);
}

static GBytes *
encode_text (InternPool *pool,
             const char *text,
             gsize       length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);
  g_autoptr (GError) error = NULL;
  GBytes *atoms = intern_pool_encode_delimited (pool, bytes, '\n', &error);

  g_assert_no_error (error);

  return atoms;
}

static void
test_delimited (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) atoms = encode_text (pool, "b\n\nb\na\0c\nlast", 13);
  g_autoptr (GBytes) none = encode_text (pool, "", 0);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GError) error = NULL;
  const guint32 expected[] = { 1, 2, 1, 3, 4 };
  g_autofree char *moved = NULL;
  g_autoptr (GBytes) slice = NULL;

  g_assert_cmpmem (g_bytes_get_data (atoms, NULL), g_bytes_get_size (atoms), expected, sizeof expected);
  g_assert_cmpuint (g_bytes_get_size (none), ==, 0);

  text = intern_pool_decode_delimited (pool, atoms, '\n', &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (text, NULL), g_bytes_get_size (text), "b\n\nb\na\0c\nlast\n", 14);

  /* At an odd address. */
  g_clear_pointer (&text, g_bytes_unref);
  moved = g_malloc (g_bytes_get_size (atoms) + 1);
  memcpy (moved + 1, expected, sizeof expected);
  slice = g_bytes_new_static (moved + 1, sizeof expected);
  text = intern_pool_decode_delimited (pool, slice, '\n', &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (text, NULL), g_bytes_get_size (text), "b\n\nb\na\0c\nlast\n", 14);

  g_clear_pointer (&text, g_bytes_unref);
  text = intern_pool_decode_delimited (pool, atoms, 'b', &error);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
  g_assert_null (text);
}

static void
test_invalid (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const guint32 atoms[] = { 1, 2 };
  g_autoptr (GBytes) odd = g_bytes_new ("abc", 3);
  g_autoptr (GError) error = NULL;

  intern_pool_atom_from_string (pool, "a");
  g_assert_null (intern_pool_decode (pool, atoms, 2, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
  g_clear_error (&error);

  g_assert_null (intern_pool_decode_delimited (pool, odd, '\n', &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
}

/* Missing values */

static void
free_column (char  **strings,
             gsize   n_strings)
{
  for (gsize i = 0; i < n_strings; i++)
    g_free (strings[i]);
  g_free (strings);
}

static void
test_missing (void)
{
  const char *strings[] = { NULL, "oak", NULL, "", NULL, "oak", NULL };
  const guint32 expected[] = { 0, 1, 0, 2, 0, 1, 0 };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree guint32 *atoms = NULL;
  g_autoptr (GError) error = NULL;
  char **decoded;
  InternPoolStats stats;
  gsize n_atoms;

  g_test_summary ("A missing value is atom 0, on the way back NULL, and no search");
  atoms = intern_pool_encode (pool, strings, G_N_ELEMENTS (strings), &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (atoms, n_atoms * sizeof *atoms, expected, sizeof expected);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, 2);
  g_assert_cmpuint (stats.n_lookups, ==, 3);

  decoded = intern_pool_decode (pool, atoms, n_atoms, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n_atoms; i++)
    g_assert_cmpstr (decoded[i], ==, strings[i]);
  g_assert_null (decoded[n_atoms]);
  free_column (decoded, n_atoms);
}

static void
test_terminated (void)
{
  const char *strings[] = { "oak", NULL, "elm", NULL };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree guint32 *atoms = NULL;
  gsize n_atoms;

  g_test_summary ("Without a number of strings the first NULL is the end");
  atoms = intern_pool_encode (pool, strings, -1, &n_atoms, NULL);
  g_assert_cmpuint (n_atoms, ==, 1);
  g_assert_cmpuint (atoms[0], ==, 1);
  g_assert_false (intern_pool_contains (pool, "elm"));
}

static void
test_all_missing (void)
{
  g_autofree const char **strings = g_new0 (const char *, N_MANY);
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autofree guint32 *atoms = NULL;
  char **decoded;
  gsize n_atoms;

  g_test_summary ("A column of missing values adds nothing and comes back");
  atoms = intern_pool_encode (pool, strings, N_MANY, &n_atoms, NULL);
  g_assert_cmpuint (n_atoms, ==, N_MANY);
  for (gsize i = 0; i < n_atoms; i++)
    g_assert_cmpuint (atoms[i], ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 0);

  decoded = intern_pool_decode (pool, atoms, n_atoms, NULL);
  for (gsize i = 0; i <= n_atoms; i++)
    g_assert_null (decoded[i]);
  free_column (decoded, n_atoms);
}

static void
test_missing_in_text (void)
{
  const guint32 atoms[] = { 1, INTERN_ATOM_NONE };
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (atoms, sizeof atoms);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A text has no form for a missing value, and the error says so");
  intern_pool_atom_from_string (pool, "oak");
  g_assert_null (intern_pool_decode_delimited (pool, bytes, '\n', &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
  g_assert_true (g_str_has_prefix (error->message, "At position 1: atom 0 is a missing value"));
}

static void
test_missing_before_refusal (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  const char *strings[] = { NULL, "oak", NULL, "oak", NULL, "elm" };
  const guint32 invalid[] = { 0, 1, 0, 7 };
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  g_test_summary ("The position of a refused string, or of an invalid atom, counts missing values");
  g_assert_null (intern_pool_encode (pool, strings, G_N_ELEMENTS (strings), &n_atoms, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (g_str_has_prefix (error->message, "At position 5: "));
  g_clear_error (&error);

  g_assert_null (intern_pool_decode (pool, invalid, G_N_ELEMENTS (invalid), &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
  g_assert_true (g_str_has_prefix (error->message, "At position 3: atom 7 "));
}

static void
check_column (InternPool  *pool,
              const char **strings,
              gsize        n_strings)
{
  g_autofree guint32 *atoms = NULL;
  g_autoptr (GError) error = NULL;
  char **decoded;
  gsize n_atoms;

  atoms = intern_pool_encode (pool, strings, (gssize) n_strings, &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_atoms, ==, n_strings);
  decoded = intern_pool_decode (pool, atoms, n_atoms, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n_strings; i++)
    {
      g_assert_cmpint (atoms[i] == INTERN_ATOM_NONE, ==, strings[i] == NULL);
      g_assert_cmpint (g_strcmp0 (decoded[i], strings[i]), ==, 0);
    }
  free_column (decoded, n_atoms);
}

static void
test_random_column (void)
{
  const gsize n_strings = g_test_slow () ? 10000000 : 100000;
  g_autoptr (GStringChunk) texts = g_string_chunk_new (4096);
  g_autofree const char **strings = g_new (const char *, n_strings);
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) limited = g_object_new (INTERN_TYPE_POOL, "max-strings", G_MAXUINT, NULL);

  g_test_summary ("Random rows with gaps come back, from a small pool, a large one and one with limits");
  for (gsize i = 0; i < n_strings; i++)
    {
      char text[16];

      g_snprintf (text, sizeof text, "%x", (guint) g_test_rand_int () >> g_test_rand_int_range (0, 32));
      strings[i] = g_test_rand_int_range (0, 5) == 0 ? NULL : g_string_chunk_insert (texts, text);
    }

  for (guint i = 0; i < 2; i++)
    {
      check_column (pool, strings, n_strings);
      check_column (limited, strings, n_strings);
    }
}

static void
test_encode_refused (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 2, NULL);
  const char *strings[] = { "a", "b", "a", "c", "d", NULL };
  g_autoptr (GError) error = NULL;
  gsize n_atoms = 7;

  g_assert_null (intern_pool_encode (pool, strings, -1, &n_atoms, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (g_str_has_prefix (error->message, "At position 3: "));
  g_assert_cmpuint (n_atoms, ==, 0);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "b"), ==, 2);
}

static void
test_translate (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) from = intern_pool_new ();
  g_autofree guint32 *table = NULL;
  g_autoptr (GError) error = NULL;
  const guint32 expected[] = { 0, 0, 2, 1, 3 };
  gsize n_atoms;

  intern_pool_atom_from_string (pool, "x");
  intern_pool_atom_from_string (pool, "y");
  intern_pool_atom_from_string (from, "gone");
  intern_pool_clear (from);
  intern_pool_atom_from_string (from, "y");
  intern_pool_atom_from_string (from, "x");
  intern_pool_atom_from_string (from, "new");

  table = intern_pool_translate (pool, from, &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (table, n_atoms * sizeof *table, expected, sizeof expected);
  g_assert_cmpstr (intern_pool_atom_to_string (pool, 3), ==, "new");
}

typedef struct
{
  InternPool *pool;
  GString    *emitted;
} Listener;

static void
listen (InternPool *pool,
        const char *string,
        gpointer    data)
{
  Listener *listener = data;

  g_assert_true (listener->pool == pool);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, string), !=, INTERN_ATOM_NONE);
  g_string_append_printf (listener->emitted, "%s ", string);
}

static void
test_signals (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GString) emitted = g_string_new (NULL);
  Listener listener = { pool, emitted };
  g_autoptr (GBytes) atoms = NULL;

  intern_pool_intern (pool, "known");
  g_signal_connect (pool, "string-added", G_CALLBACK (listen), &listener);
  atoms = encode_text (pool, "one\nknown\ntwo\none", 17);
  g_assert_cmpstr (emitted->str, ==, "one two ");
}

static void
test_stats (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) atoms = encode_text (pool, "one\ntwo\none\n", 12);
  InternPoolStats stats;

  g_assert_cmpuint (g_bytes_get_size (atoms), ==, 3 * sizeof (guint32));
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_lookups, ==, 3);
  g_assert_cmpuint (stats.n_hits, ==, 1);
  g_assert_cmpuint (stats.n_misses, ==, 2);
  g_assert_cmpuint (stats.n_strings, ==, 2);
  g_assert_cmpuint (stats.bytes_requested, ==, 9);
  g_assert_cmpuint (stats.bytes_stored, ==, 6);
}

/* More than one batch of any size, so that the call continues after the handler. */
static GBytes *
many_lines (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < N_MANY; i++)
    g_string_append_printf (text, "%u\n", i);

  return g_string_free_to_bytes (text);
}

static void
drop_cb (InternPool  *pool,
         const char  *string,
         InternPool **held)
{
  g_clear_object (held);
}

static void
test_handler_drops_the_pool (void)
{
  InternPool *pool = intern_pool_new ();
  InternPool *held = pool;
  g_autoptr (GBytes) text = many_lines ();
  g_autoptr (GBytes) atoms = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A handler may drop the last reference to the pool during the call");
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  g_signal_connect (pool, "string-added", G_CALLBACK (drop_cb), &held);
  atoms = intern_pool_encode_delimited (pool, text, '\n', &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (atoms), ==, N_MANY * sizeof (guint32));
  g_assert_null (pool);
}

static void
clear_cb (InternPool *pool,
          const char *string,
          InternPool *other)
{
  if (g_str_equal (string, "3"))
    intern_pool_clear (other);
}

static void
test_handler_clears_the_pool (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = many_lines ();
  g_autoptr (GBytes) atoms = NULL;
  g_autoptr (GError) error = NULL;
  const guint32 *numbers;

  g_test_summary ("Encoding continues after a handler has cleared the pool; the atoms from before are stale");
  g_signal_connect (pool, "string-added", G_CALLBACK (clear_cb), pool);
  atoms = intern_pool_encode_delimited (pool, text, '\n', &error);
  g_assert_no_error (error);
  numbers = g_bytes_get_data (atoms, NULL);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *string = g_strdup_printf ("%u", i);
      const char *found = intern_pool_atom_to_string (pool, numbers[i]);

      g_assert_cmpuint (numbers[i], ==, i + 1);
      g_assert_true (i > 3 || found == NULL);
      g_assert_true (found == NULL ? !intern_pool_contains (pool, string) : g_str_equal (found, string));
    }
  g_assert_nonnull (intern_pool_atom_to_string (pool, N_MANY));
}

static void
test_translate_from_itself (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GBytes) text = many_lines ();
  g_autoptr (GBytes) atoms = intern_pool_encode_delimited (pool, text, '\n', NULL);
  g_autofree guint32 *table = NULL;
  gsize n_atoms;

  g_test_summary ("Translating from a pool to itself maps each atom to itself and adds nothing");
  g_assert_cmpuint (g_bytes_get_size (atoms), ==, N_MANY * sizeof (guint32));
  intern_pool_intern (pool, "without an atom");
  table = intern_pool_translate (pool, pool, &n_atoms, NULL);
  g_assert_cmpuint (n_atoms, ==, N_MANY + 1);
  for (guint i = 0; i < n_atoms; i++)
    g_assert_cmpuint (table[i], ==, i);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, N_MANY + 1);
}

static void
test_translate_from_what_is_cleared (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) from = intern_pool_new ();
  g_autoptr (GBytes) text = many_lines ();
  g_autoptr (GBytes) atoms = intern_pool_encode_delimited (from, text, '\n', NULL);
  g_autofree guint32 *table = NULL;
  gsize n_atoms;

  g_test_summary ("A handler may clear the pool from which a call translates");
  g_assert_cmpuint (g_bytes_get_size (atoms), ==, N_MANY * sizeof (guint32));
  g_signal_connect (pool, "string-added", G_CALLBACK (clear_cb), from);
  table = intern_pool_translate (pool, from, &n_atoms, NULL);
  g_assert_cmpuint (n_atoms, ==, N_MANY + 1);
  g_assert_cmpuint (intern_pool_get_n_strings (from), ==, 0);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *string = g_strdup_printf ("%u", i);

      g_assert_cmpstr (intern_pool_atom_to_string (pool, table[i + 1]), ==, string);
    }
}

static void
test_translate_position (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 3, NULL);
  g_autoptr (InternPool) parent = intern_pool_new ();
  g_autoptr (InternPool) child = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  g_test_summary ("The position of a refusal is the atom of the string, also behind a gap that clear() has left");
  intern_pool_atom_from_string (parent, "one");
  intern_pool_freeze (parent);
  child = intern_pool_new_child (parent, NULL);
  intern_pool_atom_from_string (child, "cleared");
  intern_pool_clear (child);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *string = g_strdup_printf ("%u", i);

      g_assert_cmpuint (intern_pool_atom_from_string (child, string), ==, 3 + i);
    }
  g_assert_null (intern_pool_translate (pool, child, &n_atoms, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (g_str_has_prefix (error->message, "At position 5: "));
}

static void
test_refusal_ends_the_call (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-bytes", G_GUINT64_CONSTANT (8), NULL);
  const char *strings[] = { "12345", "67890", "ab", NULL };
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  g_test_summary ("A bulk call adds no string after the one that is refused");
  g_assert_null (intern_pool_encode (pool, strings, -1, &n_atoms, &error));
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, 1);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "12345"), ==, 1);
}

static void
test_mortal_strings (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *strings[] = { intern_pool_acquire (pool, "a"), intern_pool_acquire (pool, "b") };
  InternPoolStats stats;

  g_test_summary ("An atom makes a mortal string permanent");
  g_assert_cmpuint (intern_pool_get_atom (pool, strings[0]), ==, 1);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_mortal, ==, 1);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "b"), ==, 2);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_mortal, ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (intern_pool_get_ref_count (pool, strings[i]), ==, G_MAXUINT);
      intern_pool_release (pool, strings[i]);
      intern_pool_release (pool, strings[i]);
      g_assert_true (intern_pool_atom_to_string (pool, i + 1) == strings[i]);
      g_assert_true (intern_pool_lookup (pool, i == 0 ? "a" : "b") == strings[i]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/atoms/are-numbered-in-order", test_order);
  g_test_add_func ("/atoms/give-their-strings", test_back);
  g_test_add_func ("/atoms/null-has-none", test_null);
  g_test_add_func ("/atoms/make-mortal-strings-permanent", test_mortal_strings);
  g_test_add_func ("/atoms/refused-string-has-none", test_refused);
  g_test_add_func ("/atoms/stand-for-any-bytes", test_any_bytes);
  g_test_add_func ("/atoms/null-bytes-have-none", test_null_bytes);
  g_test_add_func ("/atoms/refused-bytes-have-none", test_refused_bytes);
  g_test_add_func ("/atoms/come-from-an-interned-string-without-a-search", test_of_interned);
  g_test_add_func ("/atoms/come-from-an-interned-string-of-a-layer", test_of_interned_in_layers);
  g_test_add_func ("/atoms/a-foreign-pointer-has-none", test_of_foreign);
  g_test_add_func ("/atoms/are-stale-after-clear", test_clear);
  g_test_add_func ("/atoms/give-any-bytes", test_bytes);
  g_test_add_func ("/atoms/bytes-outlive-the-pool", test_bytes_outlive_the_pool);
  g_test_add_func ("/atoms/give-bytes-of-layers", test_bytes_from_below);
  g_test_add_func ("/encode/gives-an-atom-for-each-string", test_encode);
  g_test_add_func ("/encode/splits-a-text", test_delimited);
  g_test_add_func ("/encode/refuses-invalid-atoms", test_invalid);
  g_test_add_func ("/encode/stops-at-a-refusal", test_encode_refused);
  g_test_add_func ("/encode/missing-value-is-atom-0", test_missing);
  g_test_add_func ("/encode/without-a-number-ends-at-a-null", test_terminated);
  g_test_add_func ("/encode/all-values-may-be-missing", test_all_missing);
  g_test_add_func ("/encode/missing-value-has-no-text", test_missing_in_text);
  g_test_add_func ("/encode/positions-count-missing-values", test_missing_before_refusal);
  g_test_add_func ("/encode/random-column-with-gaps-comes-back", test_random_column);
  g_test_add_func ("/encode/translates-between-pools", test_translate);
  g_test_add_func ("/encode/emits-signals", test_signals);
  g_test_add_func ("/encode/counts-searches", test_stats);
  g_test_add_func ("/encode/handler-drops-the-pool", test_handler_drops_the_pool);
  g_test_add_func ("/encode/handler-clears-the-pool", test_handler_clears_the_pool);
  g_test_add_func ("/encode/translate-from-itself", test_translate_from_itself);
  g_test_add_func ("/encode/translate-from-a-cleared-pool", test_translate_from_what_is_cleared);
  g_test_add_func ("/encode/translate-names-the-position", test_translate_position);
  g_test_add_func ("/encode/refusal-ends-the-call", test_refusal_ends_the_call);

  return g_test_run ();
}
