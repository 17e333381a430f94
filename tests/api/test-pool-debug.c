/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* INTERN_DEBUG=references. It is read once in a process, so each test runs in its own. */

#include <intern-glib.h>

#define N_MANY 25

/* A macro, so that each use is a different call site. */
#define FORGET(pool, string) g_assert_nonnull (intern_pool_acquire ((pool), (string)))

static InternPool *
new_debugged_pool (void)
{
  g_setenv ("INTERN_DEBUG", "references", TRUE);

  return intern_pool_new ();
}

/* Runs the test in a subprocess. Returns whether this is the subprocess. */
static gboolean
begins_here (void)
{
  if (g_test_subprocess ())
    return TRUE;

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();

  return FALSE;
}

static void
test_forgotten (void)
{
  g_test_summary ("A finalized pool prints the strings with references, their number, and the call sites");
  if (begins_here ())
    {
      InternPool *pool = new_debugged_pool ();
      const char *twice = intern_pool_acquire (pool, "forgotten twice");

      FORGET (pool, "forgotten \x01 once");
      g_assert_true (intern_pool_acquire_interned (pool, twice) == twice);
      intern_pool_release (pool, intern_pool_acquire (pool, "released"));
      g_object_unref (pool);
      return;
    }

  g_test_trap_assert_stderr ("*Pool 0x* is finalized with references left to 2 of its strings:*");
  g_test_trap_assert_stderr ("*\"forgotten twice\" at 0x*, references: 2*");
  g_test_trap_assert_stderr ("*\"forgotten twice\"*1 taken by *test-pool-debug*1 taken by *test-pool-debug*");
  g_test_trap_assert_stderr ("*\"forgotten \\001 once\" at 0x*, references: 1*");
  g_test_trap_assert_stderr_unmatched ("*released*");
}

static void
test_cleared (void)
{
  g_test_summary ("A cleared pool prints the same, once");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = new_debugged_pool ();

      FORGET (pool, "cleared away");
      intern_pool_clear (pool);
      intern_pool_release (pool, intern_pool_acquire (pool, "from the same room"));
      return;
    }

  g_test_trap_assert_stderr ("*is cleared with references left to 1 of its strings:*cleared away*");
  g_test_trap_assert_stderr_unmatched ("*finalized*");
}

static void
test_silent (void)
{
  g_test_summary ("Permanent strings, strings that became permanent and released strings are not printed");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = new_debugged_pool ();

      intern_pool_intern (pool, "permanent");
      FORGET (pool, "permanent");
      FORGET (pool, "became permanent");
      intern_pool_intern (pool, "became permanent");
      for (guint i = 0; i < 100; i++)
        {
          g_autofree char *text = g_strdup_printf ("string %02u", i);
          const char *string = intern_pool_acquire (pool, text);

          g_assert_true (intern_pool_acquire (pool, text) == string);
          intern_pool_release (pool, string);
          intern_pool_release (pool, string);
        }
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*Pool*");
}

static void
test_bounded (void)
{
  g_test_summary ("Of many strings and many call sites only some are printed");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = new_debugged_pool ();
      g_autofree char *text = g_strnfill (1000, 'x');

      for (guint i = 0; i < N_MANY; i++)
        {
          text[0] = (char) ('a' + i);
          FORGET (pool, text);
        }
      FORGET (pool, text);
      FORGET (pool, text);
      FORGET (pool, text);
      FORGET (pool, text);
      FORGET (pool, text);
      return;
    }

  g_test_trap_assert_stderr ("*left to 25 of its strings:*\"yxxx*x\"... at 0x*, references: 6*and by 2 more*\"axxx*");
  g_test_trap_assert_stderr ("*and 15 more*");
  g_test_trap_assert_stderr_unmatched ("*\"jxxx*");
}

static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, pattern);
}

static gpointer
make_none (InternPool *pool,
           const char *interned,
           gpointer    user_data)
{
  g_assert_not_reached ();
}

static void
refuse_foreign (InternPool *pool,
                const char *string)
{
  expect_critical ("*intern_pool_release: string 0x* is of another pool*");
  intern_pool_release (pool, string);
  expect_critical ("*intern_pool_acquire_interned: string 0x* is of another pool*");
  g_assert_null (intern_pool_acquire_interned (pool, string));
  expect_critical ("*intern_pool_get_ref_count: string 0x* is of another pool*");
  g_assert_cmpuint (intern_pool_get_ref_count (pool, string), ==, 0);
  expect_critical ("*intern_pool_get_length: string 0x* is of another pool*");
  g_assert_cmpuint (intern_pool_get_length (pool, string), ==, 0);
  expect_critical ("*intern_pool_get_atom: string 0x* is of another pool*");
  g_assert_cmpuint (intern_pool_get_atom (pool, string), ==, INTERN_ATOM_NONE);
  expect_critical ("*intern_pool_get_data: string 0x* is of another pool*");
  g_assert_null (intern_pool_get_data (pool, string, 0));
  expect_critical ("*intern_pool_ensure_data: string 0x* is of another pool*");
  g_assert_null (intern_pool_ensure_data (pool, string, 0, make_none, NULL));
  g_test_assert_expected_messages ();
}

static void
test_foreign (void)
{
  g_test_summary ("Every call that takes an interned string reports one of another pool, permanent or not");
  if (begins_here ())
    {
      g_autoptr (InternPool) other = new_debugged_pool ();
      g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "n-data", 1, NULL);
      const char *strings[] = {
        intern_pool_intern (other, "permanent"),
        intern_pool_acquire (other, "once"),
        intern_pool_acquire (other, "twice"),
      };

      g_assert_true (intern_pool_acquire_interned (other, strings[2]) == strings[2]);
      intern_pool_intern (pool, "an own string");
      for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
        refuse_foreign (pool, strings[i]);

      g_assert_cmpuint (intern_pool_get_ref_count (other, strings[1]), ==, 1);
      g_assert_cmpuint (intern_pool_get_ref_count (other, strings[2]), ==, 2);
      intern_pool_release (other, strings[1]);
      intern_pool_release (other, strings[2]);
      intern_pool_release (other, strings[2]);
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*Pool*");
}

static void
test_below (void)
{
  g_test_summary ("A child owns the strings of its parent and of a snapshot");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = new_debugged_pool ();
      g_autoptr (InternPool) opened = NULL;
      g_autoptr (InternPool) child = NULL;
      g_autoptr (GBytes) bytes = NULL;

      intern_pool_intern (pool, "of the snapshot");
      bytes = intern_pool_to_bytes (pool, NULL);
      opened = intern_pool_new_from_bytes (bytes, NULL);
      intern_pool_intern (opened, "of the parent");
      intern_pool_freeze (opened);
      child = intern_pool_new_child (opened, NULL);
      intern_pool_release (child, intern_pool_acquire (child, "of the snapshot"));
      intern_pool_release (child, intern_pool_acquire (child, "of the parent"));
      intern_pool_release (child, intern_pool_acquire (child, "of the child"));
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*Pool*");
}

static void
test_released_too_often (void)
{
  g_test_summary ("One release too many is reported, also if another string has reused the memory");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = new_debugged_pool ();
      const char *old = intern_pool_acquire (pool, "an old string");
      const char *young;

      intern_pool_release (pool, old);
      expect_critical ("*released once more*");
      intern_pool_release (pool, old);

      young = intern_pool_acquire (pool, "a new string!");
      g_assert_true (young == old);
      g_assert_true (intern_pool_acquire_interned (pool, young) == young);
      intern_pool_release (pool, young);
      intern_pool_release (pool, young);
      expect_critical ("*released once more*");
      intern_pool_release (pool, old);
      g_test_assert_expected_messages ();
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*Pool*");
}

static void
test_off (void)
{
  g_test_summary ("Without the variable nothing is printed");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = NULL;

      g_unsetenv ("INTERN_DEBUG");
      pool = intern_pool_new ();
      FORGET (pool, "forgotten");
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*forgotten*");
}

static gpointer
acquire_and_release (gpointer pool)
{
  for (guint i = 0; i < 20000; i++)
    {
      char text[] = "string 0";

      text[7] = (char) ('0' + i % 8);
      intern_pool_release (pool, intern_pool_acquire (pool, text));
    }

  return NULL;
}

static void
test_threads (void)
{
  g_test_summary ("Threads that reuse the memory of each other's strings get no false reports");
  if (begins_here ())
    {
      g_autoptr (InternPool) pool = new_debugged_pool ();
      GThread *threads[4];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("holder", acquire_and_release, pool);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*Pool*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/debug/finalized-pool-prints-references", test_forgotten);
  g_test_add_func ("/debug/cleared-pool-prints-references", test_cleared);
  g_test_add_func ("/debug/released-strings-are-not-printed", test_silent);
  g_test_add_func ("/debug/report-is-bounded", test_bounded);
  g_test_add_func ("/debug/string-of-another-pool-is-reported", test_foreign);
  g_test_add_func ("/debug/child-owns-strings-of-layers", test_below);
  g_test_add_func ("/debug/one-release-too-many-is-reported", test_released_too_often);
  g_test_add_func ("/debug/off-prints-nothing", test_off);
  g_test_add_func ("/debug/threads-get-no-false-reports", test_threads);

  return g_test_run ();
}
