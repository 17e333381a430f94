/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is a delimiter, a limit, the size of a read, atoms and a text. The target encodes the text
 * at once, string by string and from a stream, each into its own pool, and all three must agree. Then
 * it decodes the atoms, of which 0 is a missing value, encodes the result again, and translates between the pools. */

#include "config.h"

#include "fuzz.h"

#include <string.h>

#include <intern-glib.h>

#define MAX_ATOMS 64

typedef struct
{
  GBytes      *text;      /* (owned) */
  GPtrArray   *strings;   /* (owned) (element-type GBytes) the strings of the text */
  guint8       delimiter;
  guint        max_strings;
  gsize        step;      /* bytes of one read */
  guint32      atoms[MAX_ATOMS];
  gsize        n_atoms;
} Input;

/* Input */

static void
split (Input *input)
{
  gsize length, start = 0;
  const guint8 *text = g_bytes_get_data (input->text, &length);

  for (gsize i = 0; i < length; i++)
    if (text[i] == input->delimiter)
      {
        g_ptr_array_add (input->strings, g_bytes_new (text + start, i - start));
        start = i + 1;
      }
  if (start < length)
    g_ptr_array_add (input->strings, g_bytes_new (text + start, length - start));
}

/* Three bytes, then atoms, then the text. Most atoms are small, so that many of them exist. */
static void
take_input (Input         *input,
            const uint8_t *data,
            size_t         size)
{
  gsize n_hostile = 0;

  input->delimiter = data[0];
  input->max_strings = data[1] % 4 == 0 ? data[1] / 4 : 0;
  input->step = 1 + (data[2] & 0x3f);
  data += 3;
  size -= 3;

  input->n_atoms = MIN (size / 8, MAX_ATOMS);
  for (gsize i = 0; i < input->n_atoms; i++, n_hostile += 2)
    input->atoms[i] = data[n_hostile] < 0xe0 ? data[n_hostile] % 16u
                                             : data[n_hostile + 1] * 0x01010101u;

  /* An allocation of exactly this size, so that a sanitizer detects reads past its end. */
  input->text = g_bytes_new (data + n_hostile, size - n_hostile);
  input->strings = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  split (input);
}

static InternPool *
make_pool (const Input *input)
{
  return g_object_new (INTERN_TYPE_POOL, "max-strings", input->max_strings, NULL);
}

/* One by one */

static const char *
intern_one (InternPool *pool,
            GBytes     *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return intern_pool_intern_len (pool, length == 0 ? "" : data, (gssize) length);
}

/* Returns the number of strings before the first that is refused. */
static guint
intern_all (InternPool  *pool,
            const Input *input)
{
  guint n_done = 0;

  while (n_done < input->strings->len && intern_one (pool, input->strings->pdata[n_done]) != NULL)
    n_done++;

  return n_done;
}

static gboolean
check_held_cb (const char *string,
               gsize       length,
               gpointer    other)
{
  g_assert_nonnull (intern_pool_lookup_len (other, string, (gssize) length));

  return TRUE;
}

static void
check_same_strings (InternPool *pool,
                    InternPool *other)
{
  g_assert_cmpuint (intern_pool_get_n_strings (pool), ==, intern_pool_get_n_strings (other));
  intern_pool_foreach (pool, check_held_cb, other);
}

/* At once */

static void
check_atoms (InternPool    *pool,
             const Input   *input,
             const guint32 *atoms)
{
  guint32 next = 1;

  for (guint i = 0; i < input->strings->len; i++)
    {
      gsize length;
      gconstpointer data = g_bytes_get_data (input->strings->pdata[i], &length);
      const char *string;

      g_assert_cmpuint (atoms[i], >=, 1);
      g_assert_cmpuint (atoms[i], <=, next);
      next += atoms[i] == next;
      string = intern_pool_atom_to_string (pool, atoms[i]);
      g_assert_cmpuint (intern_pool_get_length (pool, string), ==, length);
      g_assert_true (length == 0 || memcmp (string, data, length) == 0);
    }
}

static void
encode (InternPool  *pool,
        const Input *input,
        guint        n_expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) atoms = intern_pool_encode_delimited (pool, input->text, input->delimiter, &error);
  gsize size;

  if (n_expected < input->strings->len)
    {
      g_autofree char *prefix = g_strdup_printf ("At position %u: ", n_expected);

      g_assert_null (atoms);
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
      g_assert_true (g_str_has_prefix (error->message, prefix));
      return;
    }

  g_assert_no_error (error);
  check_atoms (pool, input, g_bytes_get_data (atoms, &size));
  g_assert_cmpuint (size, ==, input->strings->len * sizeof (guint32));
}

/* From a stream of parts of a few bytes, each of which ends a read. */
static void
load (InternPool  *pool,
      const Input *input,
      guint        n_expected)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new ();
  g_autoptr (GError) error = NULL;
  guint64 n_strings;
  gsize size = g_bytes_get_size (input->text);
  gboolean ok;

  for (gsize i = 0; i < size; i += input->step)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (input->text, i, MIN (input->step, size - i));

      g_memory_input_stream_add_bytes (G_MEMORY_INPUT_STREAM (stream), part);
    }

  ok = intern_pool_load_stream (pool, stream, input->delimiter, NULL, NULL, NULL, &n_strings, &error);
  g_assert_cmpint (ok, ==, n_expected == input->strings->len);
  g_assert_cmpuint (n_strings, ==, n_expected);
  if (ok)
    g_assert_no_error (error);
  else
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_FULL);
}

/* Decoding any atoms */

/* Takes @strings, which has a NULL for each missing value and may hold NULs, and encodes them one by one. */
static void
check_copies (InternPool   *pool,
              const Input  *input,
              char        **strings)
{
  for (gsize i = 0; i < input->n_atoms; i++)
    {
      const char *string = intern_pool_atom_to_string (pool, input->atoms[i]);
      const gssize length = string == NULL ? 0 : (gssize) intern_pool_get_length (pool, string);

      g_assert_cmpint (strings[i] == NULL, ==, input->atoms[i] == INTERN_ATOM_NONE);
      g_assert_cmpuint (intern_pool_atom_from_string_len (pool, strings[i], length), ==, input->atoms[i]);
      g_free (strings[i]);
    }
  g_assert_null (strings[input->n_atoms]);
  g_free (strings);
}

static void
check_round_trip (InternPool  *pool,
                  const Input *input,
                  GBytes      *text,
                  GBytes      *atoms)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) again = intern_pool_encode_delimited (pool, text, input->delimiter, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (again, atoms));
}

static gboolean
has_missing (const Input *input)
{
  for (gsize i = 0; i < input->n_atoms; i++)
    if (input->atoms[i] == INTERN_ATOM_NONE)
      return TRUE;

  return FALSE;
}

static void
decode (InternPool  *pool,
        const Input *input)
{
  g_autoptr (GBytes) atoms = g_bytes_new (input->atoms, input->n_atoms * sizeof (guint32));
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) strings_error = NULL;
  g_autoptr (GBytes) text = intern_pool_decode_delimited (pool, atoms, input->delimiter, &error);
  char **strings = intern_pool_decode (pool, input->atoms, input->n_atoms, &strings_error);
  const gboolean missing = has_missing (input);

  /* No string of this pool holds the delimiter. */
  g_assert_cmpint (text == NULL, ==, strings == NULL || missing);
  if (text == NULL)
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
  else
    check_round_trip (pool, input, text, atoms);

  if (strings == NULL)
    g_assert_error (strings_error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM);
  else
    check_copies (pool, input, strings);
  if (strings == NULL && !missing)
    g_assert_cmpstr (error->message, ==, strings_error->message);
}

static void
translate (InternPool *pool,
           InternPool *from)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint32 *table = NULL;
  gsize n_atoms;

  intern_pool_set_max_strings (pool, 0);
  table = intern_pool_translate (pool, from, &n_atoms, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (table[0], ==, INTERN_ATOM_NONE);
  for (guint32 i = 1; i < n_atoms; i++)
    {
      const char *string = intern_pool_atom_to_string (from, i);
      const gsize length = intern_pool_get_length (from, string);
      const char *translated = intern_pool_atom_to_string (pool, table[i]);

      g_assert_true (translated == intern_pool_lookup_len (pool, string, (gssize) length));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  Input input = { 0 };
  g_autoptr (InternPool) alone = NULL;
  g_autoptr (InternPool) whole = NULL;
  g_autoptr (InternPool) loaded = NULL;
  guint n_done;

  if (size < 3)
    return 0;

  take_input (&input, data, size);
  alone = make_pool (&input);
  whole = make_pool (&input);
  loaded = make_pool (&input);

  n_done = intern_all (alone, &input);
  encode (whole, &input, n_done);
  load (loaded, &input, n_done);
  check_same_strings (alone, whole);
  check_same_strings (alone, loaded);

  decode (whole, &input);
  translate (loaded, whole);
  translate (whole, whole);

  g_bytes_unref (input.text);
  g_ptr_array_unref (input.strings);

  return 0;
}
