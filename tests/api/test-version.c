/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>

static void
test_header_and_library_agree (void)
{
  g_autofree char *text = g_strdup_printf ("%u.%u.%u", intern_get_major_version (),
                                           intern_get_minor_version (), intern_get_micro_version ());

  g_test_summary ("The loaded library has the version of the headers");
  g_assert_cmpstr (text, ==, INTERN_VERSION_S);
  g_assert_cmpuint (intern_get_major_version (), ==, INTERN_MAJOR_VERSION);
  g_assert_cmpuint (intern_get_minor_version (), ==, INTERN_MINOR_VERSION);
  g_assert_cmpuint (intern_get_micro_version (), ==, INTERN_MICRO_VERSION);
}

static void
test_check_compares_all_parts (void)
{
  g_test_summary ("A check for a later version fails in any part, for an earlier one it succeeds");
  g_assert_true (INTERN_CHECK_VERSION (INTERN_MAJOR_VERSION, INTERN_MINOR_VERSION, INTERN_MICRO_VERSION));
  g_assert_false (INTERN_CHECK_VERSION (INTERN_MAJOR_VERSION, INTERN_MINOR_VERSION, INTERN_MICRO_VERSION + 1));
  g_assert_false (INTERN_CHECK_VERSION (INTERN_MAJOR_VERSION, INTERN_MINOR_VERSION + 1, 0));
  g_assert_false (INTERN_CHECK_VERSION (INTERN_MAJOR_VERSION + 1, 0, 0));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/version/header-and-library-agree", test_header_and_library_agree);
  g_test_add_func ("/version/check-compares-all-parts", test_check_compares_all_parts);

  return g_test_run ();
}
