/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program written for GLib and Camel, of which only the include of <intern-compat.h> is new. */

#include <glib.h>
#include <string.h>

#define INTERN_COMPAT_REPLACE
#include <intern-compat.h>

static guint
count_strings (void)
{
  return intern_pool_get_n_strings (intern_pool_get_default ());
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
  g_assert_cmpuint (count_strings (), ==, before + 2);

  g_assert_true (g_ref_string_acquire (string) == string);
  g_ref_string_release (string);
  g_ref_string_release (string);
  g_assert_cmpstr (same, ==, "a ref string");
  g_ref_string_release (same);
  g_ref_string_release (part);
  g_assert_cmpuint (count_strings (), ==, before);
}

static void
test_autoptr (void)
{
  const guint before = count_strings ();

  g_test_summary ("g_autoptr (GRefString) releases to the pool, not to GLib");
  {
    g_autoptr (GRefString) string = g_ref_string_new ("a string for a block");

    g_assert_cmpstr (string, ==, "a string for a block");
    g_assert_cmpuint (count_strings (), ==, before + 1);
  }
  g_assert_cmpuint (count_strings (), ==, before);
}

static void
test_pstring (void)
{
  const guint before = count_strings ();
  const char *added = camel_pstring_add (g_strdup ("a pooled string"), TRUE);

  g_test_summary ("The functions of camel_pstring count references in the pool");
  g_assert_true (camel_pstring_strdup ("a pooled string") == added);
  g_assert_true (camel_pstring_contains ("a pooled string"));
  camel_pstring_free (added);
  g_assert_cmpstr (added, ==, "a pooled string");
  camel_pstring_free (added);
  g_assert_false (camel_pstring_contains ("a pooled string"));
  g_assert_cmpuint (count_strings (), ==, before);

  g_assert_null (camel_pstring_strdup (NULL));
  camel_pstring_free (NULL);
  g_assert_true (camel_pstring_peek ("peeked") == intern_pool_lookup (intern_pool_get_default (), "peeked"));
}

static void
test_intern_string (void)
{
  char text[] = "an interned string";

  g_test_summary ("g_intern_string() interns in the pool");
  g_assert_true (g_intern_string (text) == g_intern_static_string ("an interned string"));
  g_assert_true (g_intern_string (text) == intern_pool_lookup (intern_pool_get_default (), text));
  g_assert_null (g_intern_string (NULL));
}

static void
test_string_chunk (void)
{
  GStringChunk *chunk = g_string_chunk_new (1024);
  char *string = g_string_chunk_insert_const (chunk, "a string in a chunk");

  g_test_summary ("A chunk is a pool, which can be cleared and freed");
  g_assert_cmpstr (string, ==, "a string in a chunk");
  g_assert_true (g_string_chunk_insert_const (chunk, "a string in a chunk") == string);
  g_assert_cmpuint (intern_pool_get_n_strings (chunk), ==, 1);
  g_string_chunk_clear (chunk);
  g_assert_cmpuint (intern_pool_get_n_strings (chunk), ==, 0);
  g_string_chunk_free (chunk);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/compat/ref-string", test_ref_string);
  g_test_add_func ("/compat/autoptr", test_autoptr);
  g_test_add_func ("/compat/pstring", test_pstring);
  g_test_add_func ("/compat/intern-string", test_intern_string);
  g_test_add_func ("/compat/string-chunk", test_string_chunk);

  return g_test_run ();
}
