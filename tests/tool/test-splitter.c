/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "fields.h"
#include "splitter.h"

#define N_RANDOM_INPUTS 400
#define MAX_RANDOM_LENGTH 60
#define N_RANDOM_CUTS 8

typedef struct
{
  gboolean  is_table;
  SplitMode mode;      /* if it is none */
  gboolean  csv;
  char      delimiter;
  guint64   column;    /* 0: every one */
} Format;

static const Format lines = { .mode = SPLIT_LINES };
static const Format words = { .mode = SPLIT_WORDS };
static const Format identifiers = { .mode = SPLIT_IDENTIFIERS };
static const Format first_column = { .is_table = TRUE, .delimiter = '\t', .column = 1 };
static const Format second_column = { .is_table = TRUE, .delimiter = ';', .column = 2 };
static const Format every_column = { .is_table = TRUE, .delimiter = ';' };
static const Format first_csv = { .is_table = TRUE, .csv = TRUE, .delimiter = ',', .column = 1 };
static const Format second_csv = { .is_table = TRUE, .csv = TRUE, .delimiter = ',', .column = 2 };
static const Format every_csv = { .is_table = TRUE, .csv = TRUE, .delimiter = ',' };

static const Format *formats[] = {
  &lines, &words, &identifiers, &first_column, &second_column, &every_column, &first_csv, &second_csv, &every_csv,
};

/* Each string as [string], so that empty ones and their ends are seen. */
static void
append_cb (const char *data,
           gsize       length,
           gpointer    user_data)
{
  GString *result = user_data;

  g_string_append_c (result, '[');
  g_string_append_len (result, data, (gssize) length);
  g_string_append_c (result, ']');
}

static void
field_cb (guint64     column,
          const char *data,
          gsize       length,
          gpointer    user_data)
{
  g_assert_cmpuint (column, >, 0);
  append_cb (data, length, user_data);
}

/* The line after each record */
static void
record_cb (guint64  n_fields,
           guint64  line,
           gpointer user_data)
{
  g_assert_cmpuint (n_fields, >, 0);
  g_string_append_printf (user_data, "%" G_GUINT64_FORMAT " ", line);
}

/* A splitter, or fields */
typedef struct
{
  Splitter *splitter;
  Fields   *fields;
} Cutter;

static Cutter
cutter_new (const Format *format,
            GString      *result)
{
  Cutter self = { NULL, NULL };

  if (format->is_table)
    {
      self.fields = fields_new (format->csv, format->delimiter, field_cb, record_cb, result);
      fields_select (self.fields, format->column);
    }
  else
    self.splitter = splitter_new (format->mode, append_cb, result);

  return self;
}

static void
cutter_push (Cutter     *self,
             const char *data,
             gsize       length)
{
  if (self->fields != NULL)
    fields_push (self->fields, data, length);
  else
    splitter_push (self->splitter, data, length);
}

static void
cutter_free (Cutter *self)
{
  if (self->fields != NULL)
    fields_finish (self->fields);
  else
    splitter_finish (self->splitter);
  g_clear_pointer (&self->fields, fields_free);
  g_clear_pointer (&self->splitter, splitter_free);
}

/* Pushes @input in pieces of at most @max_piece bytes, each of its own memory, so that a checker
 * of memory sees a read beyond its end. */
static GString *
split (const Format *format,
       const char   *input,
       gsize         length,
       gsize         max_piece)
{
  GString *result = g_string_new (NULL);
  Cutter cutter = cutter_new (format, result);

  while (length > 0)
    {
      const gsize most = MIN (max_piece, length);
      const gsize size = most == 1 ? 1 : (gsize) g_test_rand_int_range (1, (gint32) most + 1);
      g_autofree char *piece = g_memdup2 (input, size);

      cutter_push (&cutter, piece, size);
      input += size;
      length -= size;
    }
  cutter_free (&cutter);

  return result;
}

static void
assert_split (const Format *format,
              const char   *input,
              const char   *expected)
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
  g_test_summary ("A field may be empty; every line is a record; the carriage return of a CRLF is no data");
  assert_split (&first_column, "a\tb\n\nc", "[a]1 []2 [c]3 ");
  assert_split (&second_column, "a;b;c\nd\ne;\nf;g", "[b]1 2 []3 [g]4 ");
  assert_split (&second_column, "a;", "[]1 ");
  assert_split (&second_column, "\"a;b\";c\r\n", "[b\"]1 ");
  assert_split (&second_column, "a;b\r\n\r\na;\r\r\na;\rb", "[b]1 2 [\r]3 [\rb]4 ");
  assert_split (&every_column, "a;b\nc\n\n;", "[a][b]1 [c]2 []3 [][]4 ");
}

static void
test_csv (void)
{
  g_test_summary ("CSV follows RFC 4180, and takes what is not by it as it is");
  assert_split (&first_csv, "a,b\r\n\r\nc\n\"\"\n", "[a]1 [c]3 []4 ");
  assert_split (&first_csv, "\"a,b\nc\r\n\"\"d\"\"\",x\ny\n", "[a,b\nc\r\n\"d\"]1 [y]4 ");
  assert_split (&second_csv, "a,b\r\n,\n1\n", "[b]1 []2 3 ");
  assert_split (&second_csv, "\"a\"b\"c,d\"e\n", "[d\"e]1 ");
  assert_split (&second_csv, "a,\"open\n", "[open\n]1 ");
  assert_split (&second_csv, "a,\"b\"\r\n", "[b]1 ");
  assert_split (&second_csv, "a,\"b\r\"\n", "[b\r]1 ");
  assert_split (&second_csv, "\"\"\r,\"\"\"\"\r\"\n", "[\"\r\"]1 ");
  assert_split (&every_csv, "\"\"\n\r\n\n,\n\"a\"\"\",\"b\" c\r", "[]1 [][]4 [a\"][b c]5 ");
}

static void
test_open_quotes (void)
{
  Cutter cutter;

  g_test_summary ("A quote that is not closed is known by its line");
  for (gsize i = 0; i < 2; i++)
    {
      g_autoptr (GString) result = g_string_new (NULL);

      cutter = cutter_new (i == 0 ? &first_csv : &every_csv, result);
      cutter_push (&cutter, "a,\"b\nc\"\n", 8);
      g_assert_cmpuint (fields_get_open_quote (cutter.fields), ==, 0);
      cutter_push (&cutter, "d,\"", 3);
      g_assert_cmpuint (fields_get_open_quote (cutter.fields), ==, 3);
      cutter_push (&cutter, "\n\n\"", 3);
      g_assert_cmpuint (fields_get_open_quote (cutter.fields), ==, 0);
      cutter_push (&cutter, "\n\n", 2);
      cutter_push (&cutter, "\"", 1);
      g_assert_cmpuint (fields_get_open_quote (cutter.fields), ==, 7);
      cutter_free (&cutter);
    }
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
assert_pieces_do_not_matter (const Format  *format,
                             const GString *input)
{
  GString *whole = g_string_new (NULL);
  Cutter cutter = cutter_new (format, whole);

  cutter_push (&cutter, input->str, input->len);
  cutter_free (&cutter);

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
  g_test_add_func ("/splitter/open-quotes", test_open_quotes);
  g_test_add_func ("/splitter/pieces-do-not-matter", test_pieces);

  return g_test_run ();
}
