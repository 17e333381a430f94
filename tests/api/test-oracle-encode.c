/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compares atoms and bulk calls with a simple model, a GHashTable and an array of GBytes, one string at a time. A
 * missing value is NULL in the columns of the model, and atom 0.
 * Takes random steps on two pools, which also translate from each other, and compares every result. GLib prints the
 * seed; --seed repeats a run. */

#include <intern-glib.h>
#include <string.h>

#include "oracle-steps.h"

/* How many strings a pool gets before it is cleared: a large model is slow. */
#define N_ENOUGH 20000
#define MANY_ATOMS 1000000

typedef struct
{
  InternPool *pool;
  GHashTable *strings;     /* (owned) (element-type GBytes guint) each string and its atom, 0 for none */
  GPtrArray  *atoms;       /* (owned) (element-type GBytes) the strings of atom first and the next ones */
  guint32     first;
  guint       max_strings;
} Side;

typedef struct
{
  Side    sides[2];
  guint64 n_strings; /* passed to bulk calls */
  guint64 n_refused;
  guint64 n_missing;
} Oracle;

static guint
random_below (guint n)
{
  return (guint) g_test_rand_int_range (0, (gint32) n);
}

/* The model */

static gboolean
model_intern (Side   *side,
              GBytes *string)
{
  if (g_hash_table_contains (side->strings, string))
    return TRUE;
  if (side->max_strings != 0 && g_hash_table_size (side->strings) >= side->max_strings)
    return FALSE;

  g_hash_table_insert (side->strings, g_bytes_ref (string), NULL);

  return TRUE;
}

/* Returns 0 if the string is refused. */
static guint32
model_atom (Side   *side,
            GBytes *string)
{
  guint atom;

  if (!model_intern (side, string))
    return 0;

  atom = GPOINTER_TO_UINT (g_hash_table_lookup (side->strings, string));
  if (atom == 0)
    {
      atom = side->first + side->atoms->len;
      g_ptr_array_add (side->atoms, g_bytes_ref (string));
      g_hash_table_insert (side->strings, g_bytes_ref (string), GUINT_TO_POINTER (atom));
    }

  return atom;
}

static GBytes *
model_string (const Side *side,
              guint32     atom)
{
  const guint32 row = atom - side->first;

  return row < side->atoms->len ? side->atoms->pdata[row] : NULL;
}

static void
side_init (Side *side)
{
  side->pool = intern_pool_new ();
  side->strings = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  side->atoms = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  side->first = 1;
  side->max_strings = 0;
}

static void
side_clear (Side *side)
{
  g_clear_object (&side->pool);
  g_clear_pointer (&side->strings, g_hash_table_unref);
  g_clear_pointer (&side->atoms, g_ptr_array_unref);
}

/* Input */

/* Few letters, and a NUL only if @nul, so that strings repeat and differ little. */
static void
append_random (GByteArray *bytes,
               gboolean    nul)
{
  static const guint8 letters[] = { 'a', 'b', '\xff', '\n', '\0' };
  const guint length = random_below (100) == 0 ? random_below (300) : random_below (9);

  for (guint i = 0; i < length; i++)
    g_byte_array_append (bytes, &letters[random_below (nul ? 5 : 4)], 1);
}

static char *
random_string (void)
{
  GByteArray *bytes = g_byte_array_new ();

  append_random (bytes, FALSE);
  g_byte_array_append (bytes, (const guint8 *) "", 1);

  return (char *) g_byte_array_free (bytes, FALSE);
}

static guint
random_count (void)
{
  return random_below (500) == 0 ? random_below (6000) : random_below (20);
}

static guint8
random_delimiter (void)
{
  return (guint8) "\n\0b\xff"[random_below (4)];
}

static Side *
random_side (Oracle *oracle)
{
  return &oracle->sides[random_below (2)];
}

/* A column may have NULLs before its end. */
static void
free_column (char **strings,
             gsize  n_strings)
{
  for (gsize i = 0; strings != NULL && i < n_strings; i++)
    g_free (strings[i]);
  g_free (strings);
}

/* Steps */

static void
check_refusal (Oracle       *oracle,
               const GError *error,
               gsize         number)
{
  g_autofree char *prefix = g_strdup_printf ("At position %" G_GSIZE_FORMAT ": ", number);

  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  oracle->n_refused++;
}

/* Compares the result of a bulk call for @strings with the model, and updates the model. */
static void
check_atoms (Oracle        *oracle,
             Side          *side,
             GPtrArray     *strings,
             const guint32 *atoms,
             gsize          n_atoms,
             const GError  *error)
{
  for (guint i = 0; i < strings->len; i++)
    {
      const gboolean missing = strings->pdata[i] == NULL;
      const guint32 atom = missing ? 0 : model_atom (side, strings->pdata[i]);

      oracle->n_missing += missing;
      if (atom == 0 && !missing)
        {
          g_assert_null (atoms);
          check_refusal (oracle, error, i);
          return;
        }
      if (atoms != NULL)
        g_assert_cmpuint (atoms[i], ==, atom);
    }

  g_assert_no_error (error);
  g_assert_nonnull (atoms);
  g_assert_cmpuint (n_atoms, ==, strings->len);
  oracle->n_strings += n_atoms;
}

static void
step_encode (Oracle *oracle)
{
  Side *side = random_side (oracle);
  const guint n_strings = random_count ();
  const gboolean has_gaps = random_below (2) == 0;
  char **strings = g_new0 (char *, n_strings + 1);
  g_autoptr (GPtrArray) model = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree guint32 *atoms = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  for (guint i = 0; i < n_strings; i++)
    {
      strings[i] = has_gaps && random_below (4) == 0 ? NULL : random_string ();
      g_ptr_array_add (model, strings[i] == NULL ? NULL : g_bytes_new (strings[i], strlen (strings[i])));
    }

  atoms = intern_pool_encode (side->pool, (const char * const *) strings,
                              !has_gaps && random_below (2) == 0 ? -1 : (gssize) n_strings, &n_atoms, &error);
  check_atoms (oracle, side, model, atoms, n_atoms, error);
  free_column (strings, n_strings);
}

/* Byte by byte: slow but obvious. */
static GPtrArray *
split (GByteArray *text,
       guint8      delimiter)
{
  GPtrArray *strings = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint start = 0;

  for (guint i = 0; i < text->len; i++)
    if (text->data[i] == delimiter)
      {
        g_ptr_array_add (strings, g_bytes_new (text->data + start, i - start));
        start = i + 1;
      }
  if (start < text->len)
    g_ptr_array_add (strings, g_bytes_new (text->data + start, text->len - start));

  return strings;
}

static void
step_encode_delimited (Oracle *oracle)
{
  Side *side = random_side (oracle);
  const guint8 delimiter = random_delimiter ();
  const guint n_strings = random_count ();
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autoptr (GPtrArray) model = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) atoms = NULL;
  g_autoptr (GError) error = NULL;
  gconstpointer numbers = NULL;
  gsize size = 0;

  for (guint i = 0; i < n_strings; i++)
    {
      append_random (text, TRUE);
      if (random_below (50) != 0)
        g_byte_array_append (text, &delimiter, 1);
    }
  model = split (text, delimiter);
  bytes = g_bytes_new (text->data, text->len);

  atoms = intern_pool_encode_delimited (side->pool, bytes, delimiter, &error);
  if (atoms != NULL)
    numbers = g_bytes_get_data (atoms, &size);
  /* An empty array may be NULL, which is not an error. */
  check_atoms (oracle, side, model, atoms != NULL && numbers == NULL ? (gconstpointer) "" : numbers,
               size / sizeof (guint32), error);
}

/* Atoms of the pool, in every other column missing values, and sometimes a number that is not an atom. */
static GArray *
random_atoms (Side *side)
{
  const guint n_atoms = random_count ();
  const gboolean has_gaps = random_below (2) == 0;
  GArray *atoms = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < n_atoms; i++)
    {
      guint32 atom = side->first + random_below (side->atoms->len + 1);

      if (random_below (200) == 0)
        atom = random_below (2) == 0 ? random_below (side->first) : side->first + side->atoms->len + random_below (9);
      if (has_gaps && random_below (4) == 0)
        atom = INTERN_ATOM_NONE;
      g_array_append_val (atoms, atom);
    }

  return atoms;
}

static void
check_invalid (const GError *error,
               GArray       *atoms,
               guint         number)
{
  const guint32 atom = g_array_index (atoms, guint32, number);
  g_autofree char *prefix = g_strdup_printf ("At position %u: atom %u ", number, atom);

  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
  g_assert_true (g_str_has_prefix (error->message, prefix));
}

static void
step_decode (Oracle *oracle)
{
  Side *side = random_side (oracle);
  g_autoptr (GArray) atoms = random_atoms (side);
  const guint32 *numbers = (const guint32 *) (gpointer) atoms->data;
  g_autoptr (GError) error = NULL;
  char **strings = intern_pool_decode (side->pool, numbers, atoms->len, &error);

  for (guint i = 0; i < atoms->len; i++)
    {
      GBytes *expected = model_string (side, numbers[i]);
      gsize length;
      gconstpointer data;

      if (numbers[i] == INTERN_ATOM_NONE)
        {
          g_assert_true (strings == NULL || strings[i] == NULL);
          oracle->n_missing++;
          continue;
        }
      if (expected == NULL)
        {
          g_assert_null (strings);
          check_invalid (error, atoms, i);
          return;
        }
      if (strings == NULL)
        continue;
      data = g_bytes_get_data (expected, &length);
      g_assert_cmpmem (strings[i], length, data, length);
      g_assert_cmpint (strings[i][length], ==, 0);
    }

  g_assert_no_error (error);
  g_assert_nonnull (strings);
  g_assert_null (strings[atoms->len]);
  free_column (strings, atoms->len);
  oracle->n_strings += atoms->len;
}

/* Makes the text of @atoms up to the first that is missing or has no string, or whose string contains the delimiter.
 * Returns the position of that one, or the number of atoms. */
static guint
join (Side       *side,
      GArray     *atoms,
      guint8      delimiter,
      GByteArray *text)
{
  for (guint i = 0; i < atoms->len; i++)
    {
      GBytes *string = model_string (side, g_array_index (atoms, guint32, i));
      gsize length = 0;
      const guint8 *data = string == NULL ? NULL : g_bytes_get_data (string, &length);

      if (string == NULL || (length > 0 && memchr (data, delimiter, length) != NULL))
        return i;
      g_byte_array_append (text, data, (guint) length);
      g_byte_array_append (text, &delimiter, 1);
    }

  return atoms->len;
}

static void
step_decode_delimited (Oracle *oracle)
{
  Side *side = random_side (oracle);
  const guint8 delimiter = random_delimiter ();
  g_autoptr (GArray) atoms = random_atoms (side);
  g_autoptr (GBytes) bytes = g_bytes_new (atoms->data, atoms->len * sizeof (guint32));
  g_autoptr (GByteArray) expected = g_byte_array_new ();
  const guint n_good = join (side, atoms, delimiter, expected);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = intern_pool_decode_delimited (side->pool, bytes, delimiter, &error);

  if (n_good < atoms->len)
    {
      g_assert_null (text);
      if (model_string (side, g_array_index (atoms, guint32, n_good)) == NULL)
        check_invalid (error, atoms, n_good);
      else
        g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (text, NULL), g_bytes_get_size (text), expected->data, expected->len);
  oracle->n_strings += atoms->len;
}

static void
step_translate (Oracle *oracle)
{
  Side *side = random_side (oracle);
  Side *from = random_side (oracle);
  const guint32 end = from->first + from->atoms->len;
  g_autofree guint32 *table = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_atoms;

  table = intern_pool_translate (side->pool, from->pool, &n_atoms, &error);
  for (guint32 i = 0; table != NULL && i < from->first; i++)
    g_assert_cmpuint (table[i], ==, INTERN_ATOM_NONE);
  for (guint32 i = from->first; i < end; i++)
    {
      const guint32 atom = model_atom (side, model_string (from, i));

      if (atom == 0)
        {
          g_assert_null (table);
          check_refusal (oracle, error, i);
          return;
        }
      if (table != NULL)
        g_assert_cmpuint (table[i], ==, atom);
    }

  g_assert_no_error (error);
  g_assert_cmpuint (n_atoms, ==, end);
}

static void
step_single (Oracle *oracle)
{
  Side *side = random_side (oracle);
  g_autofree char *string = random_string ();
  g_autoptr (GBytes) bytes = g_bytes_new (string, strlen (string));
  const guint atom = GPOINTER_TO_UINT (g_hash_table_lookup (side->strings, bytes));
  const char *found;

  switch (random_below (4))
    {
    case 0:
      found = intern_pool_intern (side->pool, string);
      g_assert_cmpint (found != NULL, ==, model_intern (side, bytes));
      g_assert_true (found == NULL || g_str_equal (found, string));
      break;

    case 1:
      g_assert_cmpuint (intern_pool_lookup_atom (side->pool, string), ==, atom);
      break;

    case 2:
      found = intern_pool_lookup (side->pool, string);
      g_assert_cmpint (found != NULL, ==, g_hash_table_contains (side->strings, bytes));
      g_assert_true (atom == 0 || intern_pool_atom_to_string (side->pool, atom) == found);
      break;

    case 3:
    default:
      g_assert_cmpuint (intern_pool_atom_from_string (side->pool, string), ==, model_atom (side, bytes));
    }
}

static void
step_limit (Oracle *oracle)
{
  Side *side = random_side (oracle);

  side->max_strings = random_below (2) == 0 ? g_hash_table_size (side->strings) + random_below (200) : 0;
  intern_pool_set_max_strings (side->pool, side->max_strings);
}

/* A cleared pool uses no atom again, and a translation is as long as its highest atom. So a pool does not live for
 * ever. */
static void
step_clear (Side *side)
{
  if (side->first > MANY_ATOMS)
    {
      side_clear (side);
      side_init (side);
      return;
    }

  intern_pool_clear (side->pool);
  side->first += side->atoms->len;
  g_ptr_array_set_size (side->atoms, 0);
  g_hash_table_remove_all (side->strings);
}

static void
compare_all (Side *side)
{
  GHashTableIter iter;
  gpointer bytes, atom;

  g_assert_cmpuint (intern_pool_get_n_strings (side->pool), ==, g_hash_table_size (side->strings));
  g_hash_table_iter_init (&iter, side->strings);
  while (g_hash_table_iter_next (&iter, &bytes, &atom))
    {
      gsize length;
      const char *data = g_bytes_get_data (bytes, &length);
      const char *found = intern_pool_lookup_len (side->pool, length == 0 ? "" : data, (gssize) length);

      g_assert_nonnull (found);
      g_assert_true (GPOINTER_TO_UINT (atom) == 0 ||
                     intern_pool_atom_to_string (side->pool, GPOINTER_TO_UINT (atom)) == found);
    }
}

static void
step (Oracle *oracle)
{
  static void (*const steps[]) (Oracle *oracle) = {
    step_encode,
    step_encode_delimited,
    step_decode,
    step_decode_delimited,
  };
  const guint dice = random_below (10000);
  Side *side = random_side (oracle);

  if (dice < 6000)
    step_single (oracle);
  else if (dice < 9960)
    steps[dice % G_N_ELEMENTS (steps)](oracle);
  else if (dice < 9985)
    step_limit (oracle);
  else if (dice < 9998)
    step_translate (oracle);
  else
    compare_all (side);

  if (g_hash_table_size (side->strings) > N_ENOUGH || random_below (20000) == 0)
    step_clear (side);
}

static void
test_random_steps (void)
{
  /* A step is a column, often. */
  const guint n_steps = count_steps (2000000) / 10;
  Oracle oracle = { 0 };

  g_test_summary ("Random steps with atoms and columns return what the model returns");
  side_init (&oracle.sides[0]);
  side_init (&oracle.sides[1]);
  for (guint i = 0; i < n_steps; i++)
    step (&oracle);
  for (guint i = 0; i < 2; i++)
    {
      compare_all (&oracle.sides[i]);
      side_clear (&oracle.sides[i]);
    }
  g_test_message ("%u steps, %" G_GUINT64_FORMAT " strings in bulk, %" G_GUINT64_FORMAT " missing, %" G_GUINT64_FORMAT
                  " refusals", n_steps, oracle.n_strings, oracle.n_missing, oracle.n_refused);
  g_assert_cmpuint (oracle.n_refused, >, 0);
  g_assert_cmpuint (oracle.n_missing, >, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/oracle/encode", test_random_steps);

  return g_test_run ();
}
