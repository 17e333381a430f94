/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "splitter.h"

#include <string.h>

#define N_RANDOM_INPUTS 400
#define MAX_RANDOM_LENGTH 60
#define N_RANDOM_CUTS 8

static const SplitFormat lines = { .mode = SPLIT_LINES };
static const SplitFormat words = { .mode = SPLIT_WORDS };
static const SplitFormat identifiers = { .mode = SPLIT_IDENTIFIERS };
static const SplitFormat first_column = { .mode = SPLIT_COLUMN, .column = 1, .delimiter = '\t' };
static const SplitFormat second_column = { .mode = SPLIT_COLUMN, .column = 2, .delimiter = ';' };
static const SplitFormat first_csv = { .mode = SPLIT_CSV, .column = 1, .delimiter = ',' };
static const SplitFormat second_csv = { .mode = SPLIT_CSV, .column = 2, .delimiter = ',' };

static const SplitFormat *formats[] = {
  &lines, &words, &identifiers, &first_column, &second_column, &first_csv, &second_csv,
};

/* Each string as [string], so that empty ones and their ends are seen. */
static void
append_cb (const char *data,
           gsize       length,
           gpointer    user_data)
{
  GString *result = user_data;

  g_string_append_c (result, '[');
  g_string_append_len (result, data, length);
  g_string_append_c (result, ']');
}

/* Pushes @input in pieces of at most @max_piece bytes, each of its own memory, so that a checker
 * of memory sees a read beyond its end. */
static GString *
split (const SplitFormat *format,
       const char        *input,
       gsize              length,
       gsize              max_piece)
{
  GString *result = g_string_new (NULL);
  g_autoptr (Splitter) splitter = splitter_new (format, append_cb, result);

  while (length > 0)
    {
      const gsize most = MIN (max_piece, length);
      const gsize size = most == 1 ? 1 : (gsize) g_test_rand_int_range (1, most + 1);
      g_autofree char *piece = g_memdup2 (input, size);

      splitter_push (splitter, piece, size);
      input += size;
      length -= size;
    }
  splitter_finish (splitter);

  return result;
}

static void
assert_split (const SplitFormat *format,
              const char        *input,
              const char        *expected)
{
  const gsize length = strlen (input);

  for (gsize max_piece = 1; max_piece <= length + 1; max_piece++)
    {
      GString *result = split (format, input, length, max_piece);

      g_assert_cmpstr (result->str, ==, expected);
      g_string_free (result, TRUE);
    }
}

static void
test_lines (void)
{
  g_test_summary ("Lines end with a newline; the last one may do without; a CR is data");
  assert_split (&lines, "", "");
  assert_split (&lines, "\n", "[]");
  assert_split (&lines, "one\ntwo", "[one][two]");
  assert_split (&lines, "one\n\ntwo\n", "[one][][two]");
  assert_split (&lines, "one\r\n", "[one\r]");
}

static void
test_words (void)
{
  g_test_summary ("Words are what is between white space");
  assert_split (&words, " \t\n\v\f\r ", "");
  assert_split (&words, "one", "[one]");
  assert_split (&words, "  one, two\n3\t", "[one,][two][3]");
}

static void
test_identifiers (void)
{
  g_test_summary ("Identifiers do not begin with a digit, and numbers are not identifiers");
  assert_split (&identifiers, "int a_1 = 0x1F + b2;", "[int][a_1][b2]");
  assert_split (&identifiers, "10UL _x", "[_x]");
  assert_split (&identifiers, "9", "");
}

static void
test_columns (void)
{
  g_test_summary ("A column may be empty; lines without it give nothing");
  assert_split (&first_column, "a\tb\n\nc", "[a][][c]");
  assert_split (&first_column, "a\tb\nc\n", "[a][c]");
  assert_split (&second_column, "a;b;c\nd\ne;\nf;g", "[b][][g]");
  assert_split (&second_column, "a;", "[]");
  assert_split (&second_column, "\"a;b\";c\r\n", "[b\"]");
}

static void
test_csv (void)
{
  g_test_summary ("CSV follows RFC 4180, and takes what is not by it as it is");
  assert_split (&first_csv, "a,b\r\n\r\nc\n\"\"\n", "[a][c][]");
  assert_split (&first_csv, "\"a,b\nc\r\n\"\"d\"\"\",x\n", "[a,b\nc\r\n\"d\"]");
  assert_split (&second_csv, "a,b\r\n,\n1\n", "[b][]");
  assert_split (&second_csv, "\"a\"b\"c,d\"e\n", "[d\"e]");
  assert_split (&second_csv, "a,\"open\n", "[open\n]");
  assert_split (&second_csv, "a,\"b\"\r\n", "[b]");
  assert_split (&second_csv, "a,\"b\r\"\n", "[b\r]");
}

static GString *
make_random_input (void)
{
  /* What the formats are about, a plain character, and a byte that is not text. */
  static const char alphabet[] = "a_7 \t\n\r,;\"\0\xff";
  const int length = g_test_rand_int_range (0, MAX_RANDOM_LENGTH);
  GString *input = g_string_new (NULL);

  for (int i = 0; i < length; i++)
    g_string_append_c (input, alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)]);

  return input;
}

static void
assert_pieces_do_not_matter (const SplitFormat *format,
                             const GString     *input)
{
  GString *whole = g_string_new (NULL);
  g_autoptr (Splitter) splitter = splitter_new (format, append_cb, whole);

  splitter_push (splitter, input->str, input->len);
  splitter_finish (splitter);

  for (guint i = 0; i < N_RANDOM_CUTS; i++)
    {
      GString *result = split (format, input->str, input->len, i == 0 ? 1 : input->len);

      g_assert_cmpmem (result->str, result->len, whole->str, whole->len);
      g_string_free (result, TRUE);
    }
  g_string_free (whole, TRUE);
}

static void
test_pieces (void)
{
  g_test_summary ("What comes out does not depend on how the input is cut");

  for (guint i = 0; i < N_RANDOM_INPUTS; i++)
    {
      GString *input = make_random_input ();

      for (gsize j = 0; j < G_N_ELEMENTS (formats); j++)
        assert_pieces_do_not_matter (formats[j], input);
      g_string_free (input, TRUE);
    }
}

static void
test_inputs_do_not_join (void)
{
  g_test_summary ("An end of input ends the string, the line and the quotes");

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      GString *result = g_string_new (NULL);
      g_autoptr (Splitter) splitter = splitter_new (formats[i], append_cb, result);
      g_autofree char *twice = NULL;
      GString *once = split (formats[i], "x;,\t\"ab", 7, 7);

      for (guint j = 0; j < 2; j++)
        {
          splitter_push (splitter, "x;,\t\"ab", 7);
          splitter_finish (splitter);
        }

      twice = g_strconcat (once->str, once->str, NULL);
      g_assert_cmpstr (result->str, ==, twice);
      g_assert_cmpuint (once->len, >, 0);
      g_string_free (once, TRUE);
      g_string_free (result, TRUE);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/splitter/lines", test_lines);
  g_test_add_func ("/splitter/words", test_words);
  g_test_add_func ("/splitter/identifiers", test_identifiers);
  g_test_add_func ("/splitter/columns", test_columns);
  g_test_add_func ("/splitter/csv", test_csv);
  g_test_add_func ("/splitter/pieces-do-not-matter", test_pieces);
  g_test_add_func ("/splitter/inputs-do-not-join", test_inputs_do_not_join);

  return g_test_run ();
}
