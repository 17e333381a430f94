/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <intern-glib.h>

#include <string.h>

#define N_STEPS 300000
#define N_STEPS_THOROUGH 10000000
#define N_NAMES 400

static InternPoolStats
stats_of (InternPool *pool)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);

  return stats;
}

static void
test_life (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *a = intern_pool_acquire (pool, "a");

  g_test_summary ("A string lives from the first acquire to the last release");
  g_assert_cmpstr (a, ==, "a");
  g_assert_cmpuint (intern_pool_get_ref_count (pool, a), ==, 1);
  g_assert_true (intern_pool_acquire (pool, "a") == a);
  g_assert_true (intern_pool_acquire_len (pool, "ab", 1) == a);
  g_assert_true (intern_pool_acquire_len (pool, "a", -1) == a);
  g_assert_true (intern_pool_acquire_interned (pool, a) == a);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, a), ==, 5);
  g_assert_cmpuint (intern_pool_get_length (pool, a), ==, 1);
  g_assert_cmpuint (stats_of (pool).n_mortal, ==, 1);
  g_assert_true (intern_pool_lookup (pool, "a") == a);

  for (guint i = 0; i < 4; i++)
    intern_pool_release (pool, a);
  g_assert_true (intern_pool_contains (pool, "a"));
  intern_pool_release (pool, a);

  g_assert_false (intern_pool_contains (pool, "a"));
  g_assert_null (intern_pool_lookup (pool, "a"));
  g_assert_cmpuint (stats_of (pool).n_strings, ==, 0);
  g_assert_cmpuint (stats_of (pool).n_mortal, ==, 0);
  g_assert_cmpuint (stats_of (pool).n_dead, ==, 1);
  g_assert_cmpuint (stats_of (pool).bytes_stored, ==, 0);
}

static void
test_lookup_acquire (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *kept = intern_pool_intern (pool, "kept");
  const char *a;

  g_test_summary ("A lookup that acquires adds nothing, and takes a reference to what is there");
  g_assert_null (intern_pool_lookup_acquire (pool, "a"));
  g_assert_null (intern_pool_lookup_acquire_len (pool, "ab", 1));
  g_assert_cmpuint (stats_of (pool).n_strings, ==, 1);
  g_assert_cmpuint (stats_of (pool).n_misses, ==, 3);

  /* In its shard at first, then in the cache. */
  a = intern_pool_acquire (pool, "a");
  for (guint count = 2; count < 200; count++)
    {
      if (count % 2 == 0)
        g_assert_true (intern_pool_lookup_acquire_len (pool, "ab", 1) == a);
      else
        g_assert_true (intern_pool_lookup_acquire (pool, "a") == a);
      g_assert_null (intern_pool_lookup_acquire_len (pool, "ab", -1));
      g_assert_cmpuint (intern_pool_get_ref_count (pool, a), ==, count);
    }
  g_assert_true (intern_pool_lookup_acquire (pool, "kept") == kept);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, kept), ==, G_MAXUINT);

  for (guint count = 199; count > 0; count--)
    intern_pool_release (pool, a);
  g_assert_null (intern_pool_lookup_acquire (pool, "a"));

  intern_pool_freeze (pool);
  g_assert_null (intern_pool_lookup_acquire (pool, "a"));
  g_assert_true (intern_pool_lookup_acquire_len (pool, "kept", 4) == kept);
}

static void
test_null (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  g_assert_null (intern_pool_acquire (pool, NULL));
  g_assert_null (intern_pool_acquire_len (pool, NULL, 3));
  g_assert_null (intern_pool_lookup_acquire (pool, NULL));
  g_assert_null (intern_pool_lookup_acquire_len (pool, NULL, 3));
  g_assert_null (intern_pool_acquire_interned (pool, NULL));
  intern_pool_release (pool, NULL);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, NULL), ==, 0);
}

static void
test_recycled (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *first = intern_pool_acquire (pool, "first string");
  const char *second;
  guint64 memory;

  g_test_summary ("The next string of its size reuses the memory of a dead string");
  intern_pool_release (pool, first);
  memory = stats_of (pool).memory_usage;
  second = intern_pool_acquire (pool, "other string");

  g_assert_true (second == first);
  g_assert_cmpstr (second, ==, "other string");
  g_assert_cmpuint (stats_of (pool).n_dead, ==, 0);
  g_assert_cmpuint (stats_of (pool).bytes_recycled, ==, 12);
  g_assert_cmpuint (stats_of (pool).memory_usage, ==, memory);

  intern_pool_reset_stats (pool);
  g_assert_cmpuint (stats_of (pool).bytes_recycled, ==, 0);
}

static void
test_permanent (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *by_intern = intern_pool_acquire (pool, "by intern");
  const char *by_atom = intern_pool_acquire (pool, "by atom");
  const char *by_encode = intern_pool_acquire (pool, "by encode");
  const char *strings[] = { "by encode", NULL };
  const char *before = intern_pool_intern (pool, "before");
  g_autofree guint32 *atoms = NULL;
  gsize n_atoms;

  g_test_summary ("intern(), an atom and encode() make a string permanent without moving it");
  g_assert_true (intern_pool_intern (pool, "by intern") == by_intern);
  g_assert_cmpuint (intern_pool_lookup_atom (pool, "by atom"), ==, INTERN_ATOM_NONE);
  g_assert_cmpuint (intern_pool_atom_from_string (pool, "by atom"), ==, 1);
  atoms = intern_pool_encode (pool, strings, -1, &n_atoms, NULL);
  g_assert_cmpuint (atoms[0], ==, 2);
  g_assert_true (intern_pool_atom_to_string (pool, 2) == by_encode);
  g_assert_cmpuint (stats_of (pool).n_mortal, ==, 0);

  g_assert_cmpuint (intern_pool_get_ref_count (pool, by_intern), ==, G_MAXUINT);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, before), ==, G_MAXUINT);
  for (guint i = 0; i < 3; i++)
    {
      intern_pool_release (pool, by_intern);
      intern_pool_release (pool, by_atom);
      intern_pool_release (pool, before);
    }

  g_assert_true (intern_pool_acquire (pool, "before") == before);
  g_assert_true (intern_pool_lookup (pool, "by intern") == by_intern);
  g_assert_true (intern_pool_lookup (pool, "by atom") == by_atom);
  g_assert_cmpuint (stats_of (pool).n_dead, ==, 0);
}

static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("Intern", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
test_misuse (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *dead = intern_pool_acquire (pool, "released too often");
  static const char text[] = "a text that no pool has ever seen";

  intern_pool_release (pool, dead);

  expect_critical ("*released once more*");
  intern_pool_release (pool, dead);
  expect_critical ("*no reference to string*is left*");
  g_assert_null (intern_pool_acquire_interned (pool, dead));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (stats_of (pool).n_dead, ==, 1);

  for (guint i = 8; i < 16; i++)
    {
      expect_critical ("*is_foreign*");
      intern_pool_release (pool, text + i);
      expect_critical ("*is_foreign*");
      g_assert_null (intern_pool_acquire_interned (pool, text + i));
      expect_critical ("*is_foreign*");
      g_assert_cmpuint (intern_pool_get_ref_count (pool, text + i), ==, 0);
      g_test_assert_expected_messages ();
    }
}

static void
check_foreign_release (InternPool *pool,
                       InternPool *owner)
{
  const char *string = intern_pool_acquire (owner, "somewhere else");

  expect_critical ("*intern_pool_release: string 0x* is of another pool*");
  intern_pool_release (pool, string);
  g_test_assert_expected_messages ();

  /* Its own pool is unchanged. */
  g_assert_cmpuint (intern_pool_get_ref_count (owner, string), ==, 1);
  g_assert_true (intern_pool_acquire (owner, "somewhere else") == string);
  g_assert_cmpstr (string, ==, "somewhere else");
  g_assert_cmpuint (stats_of (owner).n_mortal, ==, 1);
  intern_pool_release (owner, string);
  intern_pool_release (owner, string);
  g_assert_cmpuint (stats_of (owner).n_dead, ==, 1);
}

static void
test_foreign_release (void)
{
  g_autoptr (InternPool) owner = intern_pool_new ();
  g_autoptr (InternPool) empty = intern_pool_new ();
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (InternPool) same = intern_pool_new ();
  g_autoptr (InternPool) frozen = intern_pool_new ();
  const char *first, *equal;

  g_test_summary ("The last release of a string in another pool is reported and undone");
  check_foreign_release (empty, owner);
  g_assert_cmpuint (stats_of (empty).n_strings, ==, 0);

  first = intern_pool_intern (pool, "the first string of its pool");
  check_foreign_release (pool, owner);
  g_assert_cmpuint (intern_pool_get_length (pool, first), ==, strlen ("the first string of its pool"));
  g_assert_cmpuint (stats_of (pool).n_dead, ==, 0);

  equal = intern_pool_acquire (same, "somewhere else");
  check_foreign_release (same, owner);
  g_assert_true (intern_pool_lookup (same, "somewhere else") == equal);
  g_assert_cmpuint (intern_pool_get_ref_count (same, equal), ==, 1);

  intern_pool_freeze (frozen);
  check_foreign_release (frozen, owner);
}

static void
test_limits (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 2, "max-bytes", (guint64) 8, NULL);
  const char *a = intern_pool_acquire (pool, "aaaa");
  const char *b = intern_pool_acquire (pool, "bbbb");

  g_test_summary ("Limits count only live strings");
  g_assert_null (intern_pool_acquire (pool, "cccc"));
  g_assert_true (intern_pool_acquire (pool, "aaaa") == a);
  intern_pool_release (pool, a);
  g_assert_null (intern_pool_acquire (pool, "cccc"));
  intern_pool_release (pool, a);
  g_assert_cmpstr (intern_pool_acquire (pool, "cccc"), ==, "cccc");
  g_assert_null (intern_pool_acquire (pool, "aaaa"));
  intern_pool_release (pool, b);
  g_assert_null (intern_pool_acquire (pool, "ddddd"));
  g_assert_cmpstr (intern_pool_acquire (pool, "dd"), ==, "dd");
}

static void
count (InternPool *pool,
       guint      *n)
{
  (*n)++;
}

static void
test_limit_reached_again (void)
{
  g_autoptr (InternPool) pool = g_object_new (INTERN_TYPE_POOL, "max-strings", 1, NULL);
  const char *a = intern_pool_acquire (pool, "a");
  guint n = 0;

  g_test_summary ("After a release below the limit the next refusal is emitted");
  g_signal_connect (pool, "limit-reached", G_CALLBACK (count), &n);
  g_assert_null (intern_pool_acquire (pool, "b"));
  g_assert_null (intern_pool_acquire (pool, "b"));
  g_assert_cmpuint (n, ==, 1);

  intern_pool_release (pool, a);
  g_assert_nonnull (intern_pool_acquire (pool, "b"));
  g_assert_null (intern_pool_acquire (pool, "c"));
  g_assert_cmpuint (n, ==, 2);
}

static void
release_it (InternPool *pool,
            const char *string,
            guint      *count_seen)
{
  *count_seen = intern_pool_get_ref_count (pool, string);
}

static void
test_string_stays_during_emission (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *string;
  guint count_seen = 0;

  g_signal_connect (pool, "string-added", G_CALLBACK (release_it), &count_seen);
  string = intern_pool_acquire (pool, "told");
  g_assert_cmpuint (count_seen, ==, 2);
  g_assert_cmpuint (intern_pool_get_ref_count (pool, string), ==, 1);
}

static gboolean
release_all (const char *string,
             gsize       length,
             gpointer    data)
{
  GPtrArray *held = data;

  g_assert_cmpuint (strlen (string), ==, length);
  for (guint i = 1; i < held->len; i++)
    intern_pool_release (g_ptr_array_index (held, 0), g_ptr_array_index (held, i));
  g_ptr_array_set_size (held, 1);
  g_assert_cmpuint (strlen (string), ==, length);

  return TRUE;
}

static void
test_foreach (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  g_autoptr (GPtrArray) held = g_ptr_array_new ();

  g_test_summary ("An iteration keeps the current string alive, and skips others that die meanwhile");
  g_ptr_array_add (held, pool);
  for (guint i = 0; i < N_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("name %u", i);

      g_ptr_array_add (held, (gpointer) intern_pool_acquire (pool, name));
    }

  intern_pool_foreach (pool, release_all, held);
  g_assert_cmpuint (stats_of (pool).n_strings, ==, 0);
  g_assert_cmpuint (stats_of (pool).n_mortal, ==, 0);
}

static void
test_clear (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();

  intern_pool_release (pool, intern_pool_acquire (pool, "first"));
  g_assert_nonnull (intern_pool_acquire (pool, "again"));
  intern_pool_clear (pool);
  g_assert_cmpuint (stats_of (pool).n_mortal, ==, 0);
  g_assert_cmpuint (stats_of (pool).n_dead, ==, 0);
  g_assert_cmpuint (stats_of (pool).bytes_recycled, ==, 5);
  intern_pool_release (pool, intern_pool_acquire (pool, "again"));
}

/* Random steps */

typedef struct
{
  char       *name;
  const char *interned;
  guint       n_references;
  gboolean    permanent;
} Expected;

/* Lengths of all size classes, most of them short. */
static char *
make_name (guint i)
{
  const guint length = i % 50 == 0 ? 20 * i : i % 7 == 0 ? i : 3 + i % 20;
  char *name = g_strnfill (length, (char) ('a' + i % 26));
  g_autofree char *number = g_strdup_printf ("%u", i);

  memcpy (name, number, MIN (strlen (number), length));

  return name;
}

static void
step (InternPool *pool,
      GRand      *rand,
      Expected   *expected)
{
  const guint what = (guint) g_rand_int_range (rand, 0, 100);

  if (what < 48)
    {
      const char *string = intern_pool_acquire (pool, expected->name);

      g_assert_true (expected->interned == NULL || string == expected->interned);
      expected->interned = string;
      if (!expected->permanent)
        expected->n_references++;
    }
  else if (what < 97 && expected->n_references > 0)
    {
      intern_pool_release (pool, expected->interned);
      if (!expected->permanent && --expected->n_references == 0)
        expected->interned = NULL;
    }
  else if (what == 97)
    g_assert_true (intern_pool_contains (pool, expected->name) == (expected->interned != NULL));
  else if (what == 98)
    g_assert_true (intern_pool_lookup (pool, expected->name) == expected->interned);
  else if (what == 99 && g_rand_int_range (rand, 0, 200) == 0)
    {
      const char *string = intern_pool_intern (pool, expected->name);

      g_assert_true (expected->interned == NULL || string == expected->interned);
      expected->interned = string;
      expected->permanent = TRUE;
    }

  if (expected->interned != NULL)
    {
      g_assert_cmpstr (expected->interned, ==, expected->name);
      g_assert_cmpuint (intern_pool_get_ref_count (pool, expected->interned), ==,
                        expected->permanent ? G_MAXUINT : expected->n_references);
    }
}

static void
check_all (InternPool     *pool,
           const Expected *expected)
{
  const InternPoolStats stats = stats_of (pool);
  guint n_strings = 0, n_mortal = 0;
  guint64 bytes = 0;

  for (guint i = 0; i < N_NAMES; i++)
    {
      if (expected[i].interned == NULL)
        continue;

      n_strings++;
      n_mortal += expected[i].permanent ? 0 : 1;
      bytes += strlen (expected[i].name);
    }

  g_assert_cmpuint (stats.n_strings, ==, n_strings);
  g_assert_cmpuint (stats.n_mortal, ==, n_mortal);
  g_assert_cmpuint (stats.bytes_stored, ==, bytes);
}

static void
test_random (void)
{
  const guint n_steps = g_test_slow () ? N_STEPS_THOROUGH : N_STEPS;
  const guint32 seed = (guint32) g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (InternPool) pool = intern_pool_new ();
  Expected expected[N_NAMES] = { 0 };

  g_test_message ("seed %u, %u steps", seed, n_steps);
  for (guint i = 0; i < N_NAMES; i++)
    expected[i].name = make_name (i);

  for (guint i = 0; i < n_steps; i++)
    {
      step (pool, rand, &expected[g_rand_int_range (rand, 0, N_NAMES)]);
      if (i % (n_steps / 100) == 0)
        check_all (pool, expected);
    }
  check_all (pool, expected);

  for (guint i = 0; i < N_NAMES; i++)
    g_free (expected[i].name);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/references/count-from-acquire-to-release", test_life);
  g_test_add_func ("/references/lookup-adds-nothing", test_lookup_acquire);
  g_test_add_func ("/references/null-is-ignored", test_null);
  g_test_add_func ("/references/memory-is-reused", test_recycled);
  g_test_add_func ("/references/strings-become-permanent", test_permanent);
  g_test_add_func ("/references/misuse-is-reported", test_misuse);
  g_test_add_func ("/references/release-in-another-pool-is-undone", test_foreign_release);
  g_test_add_func ("/references/limits-count-live-strings", test_limits);
  g_test_add_func ("/references/limit-is-reached-again", test_limit_reached_again);
  g_test_add_func ("/references/string-stays-during-emission", test_string_stays_during_emission);
  g_test_add_func ("/references/string-stays-during-iteration", test_foreach);
  g_test_add_func ("/references/clear-removes-all", test_clear);
  g_test_add_func ("/references/random-steps", test_random);

  return g_test_run ();
}
