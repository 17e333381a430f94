/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compares each statistic with the test's own count in another thread, while the pool splits, grows, is cleared, is
 * frozen and has layers. A figure may lag; it is never below the calls that had returned before it was read, nor
 * above the calls that had begun after. */

#include <intern-glib.h>
#include <string.h>

#define LENGTH 12 /* of every string */

/* With tiny sizes a pool gives the room of few dead strings back by itself, and takes it again by the block. */
#ifdef INTERN_TEST_SIZES
# define KEEPS_ROOM 0
#else
# define KEEPS_ROOM 1
#endif

/* Counts of the thread that uses the pool, before and after each call. */
typedef struct
{
  gint n_added;   /* strings that are new */
  gint n_calls;   /* searches that return a string */
} Count;

typedef struct
{
  InternPool *pool;
  Count       begun; /* atomic, as the next */
  Count       done;
  guint       n_base;     /* strings of the layers */
  gboolean    is_cleared; /* the pool is cleared sometimes: at least n_base strings are left */
  gint        stop;       /* atomic */
  guint       n_samples;
} Sampler;

/* Reads the calls first: then the strings that they added have been counted. */
static Count
read_count (const Count *count)
{
  Count read = { 0 };

  read.n_calls = g_atomic_int_get (&count->n_calls);
  read.n_added = g_atomic_int_get (&count->n_added);

  return read;
}

static void
check_range (const char *name,
             guint64     value,
             guint64     least,
             guint64     most)
{
  if (value < least || value > most)
    g_error ("%s is %" G_GUINT64_FORMAT ", and must be from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, name, value,
             least, most);
}

static void
sample (Sampler *sampler)
{
  const Count done = read_count (&sampler->done);
  const guint n_strings = intern_pool_get_n_strings (sampler->pool);
  const guint least = sampler->n_base + (sampler->is_cleared ? 0 : (guint) done.n_added);
  InternPoolStats stats;
  Count begun;

  intern_pool_get_stats (sampler->pool, &stats);
  begun = read_count (&sampler->begun);

  check_range ("n-strings without a lock", n_strings, least, sampler->n_base + (guint) begun.n_added);
  check_range ("n-strings", stats.n_strings, least, sampler->n_base + (guint) begun.n_added);
  check_range ("bytes-stored", stats.bytes_stored, stats.n_strings * LENGTH, stats.n_strings * LENGTH);
  check_range ("n-lookups", stats.n_lookups, (guint) done.n_calls, (guint) begun.n_calls);
  check_range ("n-misses", stats.n_misses, (guint) done.n_added, (guint) begun.n_added);
  check_range ("n-hits", stats.n_hits, (guint) MAX (done.n_calls - done.n_added, 0), (guint) begun.n_calls);
  check_range ("bytes-requested", stats.bytes_requested, LENGTH * (guint64) done.n_calls,
               LENGTH * (guint64) begun.n_calls);
  check_range ("n-mortal", stats.n_mortal, 0, 0);
  sampler->n_samples++;
}

static gpointer
sample_until_stopped (gpointer data)
{
  Sampler *sampler = data;

  do
    sample (sampler);
  while (!g_atomic_int_get (&sampler->stop));

  return NULL;
}

static void
text_of (char *text,
         guint number)
{
  g_snprintf (text, LENGTH + 1, "string%06u", number % 1000000);
}

static void
intern_counted (Sampler *sampler,
                guint    number,
                gboolean is_new)
{
  char text[LENGTH + 1];

  text_of (text, number);
  if (is_new)
    g_atomic_int_inc (&sampler->begun.n_added);
  g_atomic_int_inc (&sampler->begun.n_calls);
  g_assert_cmpstr (intern_pool_intern (sampler->pool, text), ==, text);
  if (is_new)
    g_atomic_int_inc (&sampler->done.n_added);
  g_atomic_int_inc (&sampler->done.n_calls);
}

/* Adds some strings and interns each once more. */
static void
fill (Sampler *sampler,
      guint    first,
      guint    n)
{
  for (guint i = 0; i < n; i++)
    intern_counted (sampler, first + i, TRUE);
  for (guint i = 0; i < n; i++)
    intern_counted (sampler, first + i, FALSE);
}

static GThread *
begin (Sampler    *sampler,
       InternPool *pool,
       gboolean    is_cleared)
{
  *sampler = (Sampler) {
    .pool = pool, .n_base = intern_pool_get_n_strings (pool), .is_cleared = is_cleared,
  };
  intern_pool_set_emit_added (pool, FALSE);

  return g_thread_new ("sampler", sample_until_stopped, sampler);
}

static void
end (Sampler *sampler,
     GThread *thread)
{
  InternPoolStats stats;

  g_atomic_int_set (&sampler->stop, TRUE);
  g_thread_join (thread);
  g_assert_cmpuint (sampler->n_samples, >, 0);

  /* Each is exact once no thread uses the pool. */
  intern_pool_get_stats (sampler->pool, &stats);
  g_assert_cmpuint (stats.n_lookups, ==, (guint) sampler->done.n_calls);
  g_assert_cmpuint (stats.n_misses, ==, (guint) sampler->done.n_added);
  g_assert_cmpuint (stats.bytes_requested, ==, LENGTH * (guint64) sampler->done.n_calls);
  g_assert_cmpuint (stats.n_strings, ==, intern_pool_get_n_strings (sampler->pool));
  if (!sampler->is_cleared)
    g_assert_cmpuint (stats.n_strings, ==, sampler->n_base + (guint) sampler->done.n_added);
}

static void
test_while_it_grows (void)
{
  const guint n_pools = g_test_slow () ? 1000 : 20;
  guint n_samples = 0;

  g_test_summary ("No figure decreases while a pool grows, splits into shards and fills its cache");
  for (guint i = 0; i < n_pools; i++)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();
      Sampler sampler;
      GThread *thread = begin (&sampler, pool, FALSE);

      fill (&sampler, 0, 6000);
      end (&sampler, thread);
      n_samples += sampler.n_samples;
    }
  g_test_message ("%u samples", n_samples);
}

static void
test_while_it_is_cleared (void)
{
  const guint n_clears = g_test_slow () ? 10000 : 300;
  g_autoptr (InternPool) pool = intern_pool_new ();
  Sampler sampler;
  GThread *thread = begin (&sampler, pool, TRUE);

  g_test_summary ("clear() does not reset the counts of searches");
  for (guint i = 0; i < n_clears; i++)
    {
      fill (&sampler, 0, 50);
      intern_pool_clear (pool);
    }
  end (&sampler, thread);
}

static InternPool *
parent_new (guint n_strings)
{
  InternPool *parent = intern_pool_new ();

  for (guint i = 0; i < n_strings; i++)
    {
      char text[LENGTH + 1];

      text_of (text, 500000 + i);
      intern_pool_intern (parent, text);
    }
  intern_pool_freeze (parent);

  return parent;
}

static void
test_while_layers_change (void)
{
  g_autoptr (InternPool) parent = parent_new (1000);
  g_autoptr (InternPool) child = intern_pool_new_child (parent, NULL);
  Sampler sampler;
  GThread *thread = begin (&sampler, child, TRUE);

  g_test_summary ("A child counts the strings of its parent at every moment, through growth and clear()");
  g_assert_cmpuint (sampler.n_base, ==, 1000);
  for (guint i = 0; i < 30; i++)
    {
      fill (&sampler, 0, 300);
      for (guint j = 0; j < 100; j++)
        intern_counted (&sampler, 500000 + j, FALSE);
      intern_pool_clear (child);
    }
  end (&sampler, thread);
}

static void
test_while_it_is_frozen (void)
{
  const guint n_pools = g_test_slow () ? 500 : 20;

  g_test_summary ("Freezing changes no count, and later searches are counted");
  for (guint i = 0; i < n_pools; i++)
    {
      g_autoptr (InternPool) pool = intern_pool_new ();
      Sampler sampler;
      GThread *thread = begin (&sampler, pool, FALSE);

      fill (&sampler, 0, 500);
      intern_pool_freeze (pool);
      for (guint j = 0; j < 500; j++)
        intern_counted (&sampler, j, FALSE);
      end (&sampler, thread);
    }
}

static void
test_mortal_when_frozen (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *dead;
  InternPoolStats stats;

  g_test_summary ("A frozen pool has no mortal strings, and its dead strings stay dead");
  g_assert_nonnull (intern_pool_acquire (pool, "mortal"));
  dead = intern_pool_acquire (pool, "dead");
  intern_pool_release (pool, dead);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_mortal, ==, 1);
  g_assert_cmpuint (stats.n_dead, ==, 1);

  intern_pool_freeze (pool);
  intern_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.n_mortal, ==, 0);
  g_assert_cmpuint (stats.n_dead, ==, 1);
  g_assert_cmpuint (stats.n_strings, ==, 1);
  g_assert_cmpuint (stats.bytes_stored, ==, strlen ("mortal"));
}

static void
check_n_dead (const InternPoolStats *stats,
              guint                  n_dead)
{
  if (KEEPS_ROOM)
    g_assert_cmpuint (stats->n_dead, ==, n_dead);
}

static void
test_references_are_counted (void)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  const char *strings[50];

  g_test_summary ("The counts of mortal and dead strings follow acquires and releases");
  for (guint round = 0; round < 20; round++)
    {
      InternPoolStats stats;
      char text[LENGTH + 1];

      for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
        {
          text_of (text, i);
          strings[i] = intern_pool_acquire (pool, text);
          intern_pool_get_stats (pool, &stats);
          g_assert_cmpuint (stats.n_mortal, ==, i + 1);
          g_assert_cmpuint (stats.n_strings, ==, i + 1);
          check_n_dead (&stats, round == 0 ? 0 : G_N_ELEMENTS (strings) - i - 1);
        }
      for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
        {
          intern_pool_release (pool, strings[i]);
          intern_pool_get_stats (pool, &stats);
          g_assert_cmpuint (stats.n_mortal, ==, G_N_ELEMENTS (strings) - i - 1);
          g_assert_cmpuint (stats.n_strings, ==, G_N_ELEMENTS (strings) - i - 1);
          check_n_dead (&stats, i + 1);
        }
      if (KEEPS_ROOM)
        g_assert_cmpuint (stats.bytes_recycled, ==, round * G_N_ELEMENTS (strings) * LENGTH);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/counts/are-right-while-it-grows", test_while_it_grows);
  g_test_add_func ("/counts/are-right-while-it-is-cleared", test_while_it_is_cleared);
  g_test_add_func ("/counts/are-right-while-layers-change", test_while_layers_change);
  g_test_add_func ("/counts/are-right-while-it-is-frozen", test_while_it_is_frozen);
  g_test_add_func ("/counts/no-mortal-strings-when-frozen", test_mortal_when_frozen);
  g_test_add_func ("/counts/references-are-counted", test_references_are_counted);

  return g_test_run ();
}
