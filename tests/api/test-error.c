/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>

static void
test_domain_and_codes (void)
{
  g_autoptr (GEnumClass) codes = g_type_class_ref (INTERN_TYPE_ERROR);

  g_test_summary ("The name of the domain and the nick of each code never change");
  g_assert_cmpstr (g_quark_to_string (INTERN_ERROR), ==, "intern-error-quark");
  g_assert_cmpuint (codes->n_values, ==, 6);
  g_assert_cmpstr (g_enum_get_value (codes, INTERN_ERROR_FULL)->value_nick, ==, "full");
  g_assert_cmpstr (g_enum_get_value (codes, INTERN_ERROR_TOO_LONG)->value_nick, ==, "too-long");
  g_assert_cmpstr (g_enum_get_value (codes, INTERN_ERROR_INVALID_ATOM)->value_nick, ==, "invalid-atom");
  g_assert_cmpstr (g_enum_get_value (codes, INTERN_ERROR_CORRUPT)->value_nick, ==, "corrupt");
  g_assert_cmpstr (g_enum_get_value (codes, INTERN_ERROR_UNSUPPORTED)->value_nick, ==, "unsupported");
  g_assert_cmpstr (g_enum_get_value (codes, INTERN_ERROR_FROZEN)->value_nick, ==, "frozen");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/error/domain-and-codes", test_domain_and_codes);

  return g_test_run ();
}
