/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* INTERN_LITERAL(). test-literal.cpp includes this file, to test it in C++. */

#include <string.h>

#include <intern-glib.h>

static const char *
one_place (void)
{
  return INTERN_LITERAL ("a literal");
}

static void
test_same_place (void)
{
  const char *first = one_place ();

  g_test_summary ("One place in the source always gives the same pointer");

  g_assert_cmpstr (first, ==, "a literal");
  g_assert_true (one_place () == first);
}

static void
test_other_place (void)
{
  g_autofree char *made = g_strconcat ("a ", "literal", NULL);

  g_test_summary ("Equal literals and strings from run time share one copy");

  g_assert_true (INTERN_LITERAL ("a literal") == one_place ());
  g_assert_true (intern_pool_intern (intern_pool_get_default (), made) == one_place ());
}

static void
test_empty (void)
{
  g_test_summary ("The empty literal is a string like any other");

  g_assert_cmpstr (INTERN_LITERAL (""), ==, "");
  g_assert_true (INTERN_LITERAL ("") == intern_pool_intern (intern_pool_get_default (), ""));
}

static void
test_nul (void)
{
  const char *literal = INTERN_LITERAL ("a\0b");

  g_test_summary ("A literal may contain NULs");

  g_assert_cmpuint (intern_pool_get_length (intern_pool_get_default (), literal), ==, 3);
  g_assert_cmpint (memcmp (literal, "a\0b", sizeof "a\0b"), ==, 0);
  g_assert_true (literal != INTERN_LITERAL ("a"));
}

static void
test_expression (void)
{
  const char *chosen = one_place () != NULL ? INTERN_LITERAL ("yes") : INTERN_LITERAL ("no");

  g_test_summary ("A literal is an expression: it may be nested, and used twice in one line");

  g_assert_true (chosen == INTERN_LITERAL ("yes"));
  g_assert_true (strlen (INTERN_LITERAL ("two")) + strlen (INTERN_LITERAL ("three")) == 8);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/literal/same-place-same-pointer", test_same_place);
  g_test_add_func ("/literal/equal-text-same-pointer", test_other_place);
  g_test_add_func ("/literal/may-be-empty", test_empty);
  g_test_add_func ("/literal/may-contain-nuls", test_nul);
  g_test_add_func ("/literal/is-an-expression", test_expression);

  return g_test_run ();
}
