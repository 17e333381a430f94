/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program written for GLib and Camel. Compiled twice: with INTERN_COMPAT_REPLACE its functions are those of
 * <intern-compat.h>; without it, those of GLib and, with HAVE_CAMEL, those of Camel. What differs is said by OURS. */

#include <glib.h>
#include <string.h>

#ifdef HAVE_CAMEL
# include <camel/camel.h>
#endif

#include <intern-glib.h>

#ifdef INTERN_COMPAT_REPLACE
# include <intern-compat.h>
# define OURS TRUE
#else
# define OURS FALSE
#endif

/* Camel before 3.57.1 adds what it is asked to peek at, for ever. */
#ifdef CAMEL_PEEK_ADDS
# define PEEK_ADDS TRUE
#else
# define PEEK_ADDS FALSE
#endif

/* Strings in the pool. The originals do not use it. */
static guint
count_strings (void)
{
  return intern_pool_get_n_strings (intern_pool_get_default ());
}

static void
assert_added (guint before,
              guint n_strings)
{
  g_assert_cmpuint (count_strings (), ==, OURS ? before + n_strings : before);
}

/* GLib's functions warn of NULL, ours bear it. */
static void
expect_critical_of_glib (void)
{
  if (!OURS)
    g_test_expect_message ("GLib", G_LOG_LEVEL_CRITICAL, "*!= NULL*");
}

static void
test_ref_string (void)
{
  const guint before = count_strings ();
  GRefString *string = g_ref_string_new_intern ("a ref string");
  GRefString *same = g_ref_string_new_intern ("a ref string");
  GRefString *part = g_ref_string_new_len ("a part of it", 6);

  g_test_summary ("The functions of GRefString count references in the pool");
  g_assert_true (string == same);
  g_assert_cmpstr (part, ==, "a part");
  g_assert_cmpuint (g_ref_string_length (part), ==, 6);
  assert_added (before, 2);

  g_assert_true (g_ref_string_acquire (string) == string);
  g_ref_string_release (string);
  g_ref_string_release (string);
  g_assert_cmpstr (same, ==, "a ref string");
  g_ref_string_release (same);
  g_ref_string_release (part);
  assert_added (before, 0);
}

static void
test_ref_string_new (void)
{
  GRefString *string = g_ref_string_new ("twice");
  GRefString *same = g_ref_string_new ("twice");

  g_test_summary ("Two calls of g_ref_string_new() give two copies of GLib, and one of the pool");
  g_assert_cmpstr (string, ==, same);
  g_assert_true ((string == same) == OURS);
  g_ref_string_release (string);
  g_ref_string_release (same);
}

static void
test_ref_string_lengths (void)
{
  GRefString *empty = g_ref_string_new ("");
  GRefString *none = g_ref_string_new_len ("none", 0);
  GRefString *all = g_ref_string_new_len ("all of it", -1);
  GRefString *negative = g_ref_string_new_len ("all of it", -2);
  GRefString *nuls = g_ref_string_new_len ("a\0b", 3);

  g_test_summary ("A GRefString may be empty or hold NULs, and any negative length stands for that of strlen()");
  g_assert_cmpstr (empty, ==, "");
  g_assert_cmpuint (g_ref_string_length (empty), ==, 0);
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpuint (g_ref_string_length (none), ==, 0);
  g_assert_cmpstr (all, ==, "all of it");
  g_assert_cmpuint (g_ref_string_length (all), ==, 9);
  g_assert_cmpstr (negative, ==, "all of it");
  g_assert_cmpuint (g_ref_string_length (negative), ==, 9);
  g_assert_cmpmem (nuls, g_ref_string_length (nuls), "a\0b", 3);

  g_ref_string_release (empty);
  g_ref_string_release (none);
  g_ref_string_release (all);
  g_ref_string_release (negative);
  g_ref_string_release (nuls);
}

static void
test_ref_string_null (void)
{
  GRefString *null = NULL;

  g_test_summary ("NULL is a critical for GRefString in GLib, and legal here");
  expect_critical_of_glib ();
  g_assert_null (g_ref_string_new (null));
  expect_critical_of_glib ();
  g_assert_null (g_ref_string_new_len (null, -1));
  expect_critical_of_glib ();
  g_assert_null (g_ref_string_new_intern (null));
  expect_critical_of_glib ();
  g_assert_null (g_ref_string_acquire (null));
  expect_critical_of_glib ();
  g_ref_string_release (null);
  expect_critical_of_glib ();
  g_assert_cmpuint (g_ref_string_length (null), ==, 0);
  g_test_assert_expected_messages ();
}

/* GLib has g_ref_string_equal() since 2.84; the build allows only what 2.74 has. */
#if defined (INTERN_COMPAT_REPLACE) || GLIB_CHECK_VERSION (2, 84, 0)
static void
test_ref_string_equal (void)
{
  GRefString *string = g_ref_string_new ("equal");
  GRefString *same = g_ref_string_new ("equal");
  GRefString *other = g_ref_string_new ("other");
  GRefString *longer = g_ref_string_new_len ("equal\0x", 7);
  GRefString *differing = g_ref_string_new_len ("equal\0y", 7);
  GEqualFunc equal;

  g_test_summary ("g_ref_string_equal() compares lengths, and bytes up to the first NUL");
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  equal = (GEqualFunc) g_ref_string_equal;
  G_GNUC_END_IGNORE_DEPRECATIONS
  g_assert_true (equal (string, string));
  g_assert_true (equal (string, same));
  g_assert_false (equal (string, other));
  g_assert_false (equal (string, longer));
  g_assert_false (equal (longer, string));
  g_assert_true (equal (longer, differing));

  g_ref_string_release (string);
  g_ref_string_release (same);
  g_ref_string_release (other);
  g_ref_string_release (longer);
  g_ref_string_release (differing);
}
#endif

static void
test_autoptr (void)
{
  const guint before = count_strings ();

  g_test_summary ("g_autoptr() of GRefString and GStringChunk frees where the strings are");
  {
    g_autoptr (GRefString) string = g_ref_string_new ("a string for a block");
    g_autoptr (GStringChunk) chunk = g_string_chunk_new (0);

    g_assert_cmpstr (string, ==, "a string for a block");
    g_assert_cmpstr (g_string_chunk_insert_const (chunk, "in a chunk"), ==, "in a chunk");
    assert_added (before, 1);
  }
  assert_added (before, 0);
}

#if defined (INTERN_COMPAT_REPLACE) || defined (HAVE_CAMEL)
static void
test_pstring (void)
{
  const guint before = count_strings ();
  const char *added = camel_pstring_add (g_strdup ("a pooled string"), TRUE);

  g_test_summary ("The functions of camel_pstring count references in the pool");
  g_assert_true (camel_pstring_strdup ("a pooled string") == added);
  g_assert_true (camel_pstring_contains ("a pooled string"));
  assert_added (before, 1);
  camel_pstring_free (added);
  g_assert_cmpstr (added, ==, "a pooled string");
  camel_pstring_free (added);
  g_assert_false (camel_pstring_contains ("a pooled string"));
  assert_added (before, 0);
}

static void
test_pstring_add (void)
{
  char *owned = g_strdup ("handed over");
  const char *added = camel_pstring_add (owned, TRUE);
  char text[] = "handed over";
  const char *other;

  g_test_summary ("camel_pstring_add() takes a string, and keeps its memory in Camel alone");
  g_assert_true ((added == owned) == !OURS);
  g_assert_true (camel_pstring_add (g_strdup (text), TRUE) == added);
  g_assert_true (camel_pstring_add (text, FALSE) == added);
  text[0] = 'l';
  g_assert_cmpstr (added, ==, "handed over");
  other = camel_pstring_add (text, FALSE);
  g_assert_true (other != text);
  g_assert_cmpstr (other, ==, "landed over");

  camel_pstring_free (other);
  for (guint i = 0; i < 3; i++)
    camel_pstring_free (added);
  g_assert_false (camel_pstring_contains ("handed over"));
}

static void
test_pstring_peek (void)
{
  const guint before = count_strings ();
  const char *missing = camel_pstring_peek ("a missing string");
  const char *string;

  g_test_summary ("camel_pstring_peek() adds nothing and takes no reference, but in old versions of Camel");
  g_assert_cmpstr (missing, ==, PEEK_ADDS ? "a missing string" : NULL);
  g_assert_true (camel_pstring_contains ("a missing string") == PEEK_ADDS);
  assert_added (before, 0);

  string = camel_pstring_strdup ("a string to peek at");
  g_assert_true (camel_pstring_peek ("a string to peek at") == string);
  camel_pstring_free (string);
  g_assert_false (camel_pstring_contains ("a string to peek at"));
  assert_added (before, 0);
}

static void
test_pstring_empty (void)
{
  const char *of_pool = intern_pool_intern (intern_pool_get_default (), "");
  const guint before = count_strings ();
  const char *empty = camel_pstring_strdup ("");
  char stranger[] = "";

  g_test_summary ("An empty string is in no pool, has one address and may be freed from anywhere");
  g_assert_cmpstr (empty, ==, "");
  g_assert_true (camel_pstring_add (stranger, FALSE) == empty);
  g_assert_true (camel_pstring_add (g_strdup (""), TRUE) == empty);
  g_assert_true (camel_pstring_peek (stranger) == empty);
  g_assert_true (empty != stranger);
  g_assert_true (empty != of_pool);
  /* GLib's copy, so that files which are compiled apart have the same one. */
  if (OURS)
    g_assert_true (empty == g_quark_to_string (g_quark_from_string ("")));
  g_assert_false (camel_pstring_contains (""));
  assert_added (before, 0);

  for (guint i = 0; i < 5; i++)
    camel_pstring_free (empty);
  camel_pstring_free (stranger);
  camel_pstring_free ("");
  g_assert_cmpstr (empty, ==, "");
}

static void
test_pstring_null (void)
{
  g_test_summary ("NULL is legal for each function of camel_pstring");
  g_assert_null (camel_pstring_strdup (NULL));
  g_assert_null (camel_pstring_add (NULL, FALSE));
  g_assert_null (camel_pstring_add (NULL, TRUE));
  g_assert_null (camel_pstring_peek (NULL));
  g_assert_false (camel_pstring_contains (NULL));
  camel_pstring_free (NULL);
}

static GString *printed;

static void
collect_printed (const char *text)
{
  g_string_append (printed, text);
}

static void
test_pstring_dump_stat (void)
{
  const char *string = camel_pstring_strdup ("a string to count");
  GPrintFunc old;

  g_test_summary ("camel_pstring_dump_stat() prints a line with the number of strings");
  printed = g_string_new (NULL);
  old = g_set_print_handler (collect_printed);
  camel_pstring_dump_stat ();
  g_set_print_handler (old);

  g_assert_true (g_str_has_prefix (printed->str, "   String Pool Statistics: "));
  g_assert_true (strchr (printed->str, '\n') == printed->str + printed->len - 1);
  if (OURS)
    {
      g_autofree char *count = g_strdup_printf (": %u string", count_strings ());

      g_assert_nonnull (strstr (printed->str, count));
    }
  else
    g_assert_nonnull (strstr (printed->str, ": Holds "));
  g_string_free (printed, TRUE);
  camel_pstring_free (string);
}
#else
static void
test_no_camel (void)
{
  g_test_skip ("Camel is missing: install libcamel1.2-dev");
}
#endif

static void
test_intern_string (void)
{
  static const char constant[] = "a constant string";
  char text[] = "an interned string";
  const char *interned = g_intern_string (text);
  const guint after = count_strings ();

  g_test_summary ("g_intern_string() interns in the pool, and a static string as well");
  g_assert_true (interned != text);
  g_assert_cmpstr (interned, ==, text);
  g_assert_true (g_intern_static_string ("an interned string") == interned);
  g_assert_true (g_intern_string (text) == interned);
  g_assert_true ((intern_pool_lookup (intern_pool_get_default (), text) == interned) == OURS);
  g_assert_true ((g_intern_static_string (constant) == constant) == !OURS);
  assert_added (after, 1);
  g_assert_null (g_intern_string (NULL));
  g_assert_null (g_intern_static_string (NULL));
  g_assert_true (g_intern_string ("") == g_intern_static_string (""));
  g_assert_cmpstr (g_intern_string (""), ==, "");
}

static void
test_string_chunk (void)
{
  GStringChunk *chunk = g_string_chunk_new (1024);
  char text[] = "a string in a chunk";
  char *string = g_string_chunk_insert_const (chunk, text);

  g_test_summary ("A chunk is a pool, which can be cleared and freed");
  g_assert_true (string != text);
  g_assert_cmpstr (string, ==, text);
  g_assert_true (g_string_chunk_insert_const (chunk, text) == string);
  g_assert_true (g_string_chunk_insert_const (chunk, string) == string);
  g_assert_cmpstr (g_string_chunk_insert_const (chunk, ""), ==, "");
#ifdef INTERN_COMPAT_REPLACE
  g_assert_cmpuint (intern_pool_get_n_strings (chunk), ==, 2);
  g_assert_null (g_string_chunk_insert_const (chunk, NULL));
#endif
  g_string_chunk_clear (chunk);
  g_string_chunk_clear (chunk);
#ifdef INTERN_COMPAT_REPLACE
  g_assert_cmpuint (intern_pool_get_n_strings (chunk), ==, 0);
#endif
  g_assert_cmpstr (g_string_chunk_insert_const (chunk, text), ==, text);
  g_string_chunk_free (chunk);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/compat/ref-string", test_ref_string);
  g_test_add_func ("/compat/ref-string/new", test_ref_string_new);
  g_test_add_func ("/compat/ref-string/lengths", test_ref_string_lengths);
  g_test_add_func ("/compat/ref-string/null", test_ref_string_null);
#if defined (INTERN_COMPAT_REPLACE) || GLIB_CHECK_VERSION (2, 84, 0)
  g_test_add_func ("/compat/ref-string/equal", test_ref_string_equal);
#endif
  g_test_add_func ("/compat/autoptr", test_autoptr);
#if defined (INTERN_COMPAT_REPLACE) || defined (HAVE_CAMEL)
  g_test_add_func ("/compat/pstring", test_pstring);
  g_test_add_func ("/compat/pstring/add", test_pstring_add);
  g_test_add_func ("/compat/pstring/peek", test_pstring_peek);
  g_test_add_func ("/compat/pstring/empty", test_pstring_empty);
  g_test_add_func ("/compat/pstring/null", test_pstring_null);
  g_test_add_func ("/compat/pstring/dump-stat", test_pstring_dump_stat);
#else
  g_test_add_func ("/compat/pstring", test_no_camel);
#endif
  g_test_add_func ("/compat/intern-string", test_intern_string);
  g_test_add_func ("/compat/string-chunk", test_string_chunk);

  return g_test_run ();
}
