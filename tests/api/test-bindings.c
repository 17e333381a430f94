/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a pool says to a script whose binding has not found its override. A process has one binding, and hears of it
 * once: so each test is a process of its own. */

#include <intern-glib.h>

static const struct
{
  const char *wrapper;  /* what the binding attaches to an object that a script uses */
  const char *override; /* what the override makes when it is loaded */
  const char *advice;
} bindings[] = {
  { "PyGObject::wrapper", "intern-glib-python-override", "*PYTHONPATH*" },
  { "gjs::private", "intern-glib-gjs-override", "*XDG_DATA_DIRS*" },
};

/* Returns a new pool that looks as if a script used it. */
static InternPool *
new_wrapped_pool (guint binding)
{
  InternPool *pool = intern_pool_new ();

  g_object_set_qdata (G_OBJECT (pool), g_quark_from_string (bindings[binding].wrapper), pool);

  return pool;
}

static void
use_pool (InternPool *pool)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (intern_pool_intern_for_bindings (pool, "elm", &error), ==, "elm");
  g_assert_no_error (error);
  g_assert_true (intern_pool_lookup_for_bindings (pool, "elm") == intern_pool_lookup (pool, "elm"));
  g_assert_null (intern_pool_lookup_for_bindings (pool, "oak"));
}

static void
warn_once (guint binding)
{
  g_autoptr (InternPool) plain = intern_pool_new ();
  g_autoptr (InternPool) pool = new_wrapped_pool (binding);
  g_autoptr (InternPool) other = new_wrapped_pool (binding);

  /* The program itself uses this one. */
  use_pool (plain);
  g_test_expect_message ("Intern", G_LOG_LEVEL_WARNING, bindings[binding].advice);
  use_pool (pool);
  g_test_assert_expected_messages ();
  use_pool (pool);
  use_pool (other);
}

static void
be_silent (guint binding)
{
  g_autoptr (InternPool) pool = new_wrapped_pool (binding);

  g_quark_from_string (bindings[binding].override);
  use_pool (pool);
}

static void
test_without_override (gconstpointer data)
{
  g_test_summary ("A pool that a script uses without the override warns once, and says what to do");
  if (g_test_subprocess ())
    {
      warn_once (GPOINTER_TO_UINT (data));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

static void
test_with_override (gconstpointer data)
{
  g_test_summary ("A pool whose binding has its override says nothing");
  if (g_test_subprocess ())
    {
      be_silent (GPOINTER_TO_UINT (data));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/bindings/python/without-override", GUINT_TO_POINTER (0), test_without_override);
  g_test_add_data_func ("/bindings/python/with-override", GUINT_TO_POINTER (0), test_with_override);
  g_test_add_data_func ("/bindings/gjs/without-override", GUINT_TO_POINTER (1), test_without_override);
  g_test_add_data_func ("/bindings/gjs/with-override", GUINT_TO_POINTER (1), test_with_override);

  return g_test_run ();
}
