/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What one thread has done, and another finds without a lock.
 *
 * The second thread begins when the first is done, and waits for that by a relaxed load, which orders nothing. So the
 * only order between the two is the one that the library makes. Where it makes none, ThreadSanitizer reports a race
 * each time, not only when the threads meet. Without it these tests check little.
 */

#include "config.h"

#include "intern-glib.h"
#include "pool/model-source.h"
#include "store/store.h"

#define N_ATOMS 100
#define N_BLOCKS 8 /* the next one needs a longer array */
#define N_STRINGS (2 * INTERN_SPLIT_AT)

typedef struct
{
  InternStore       *store;      /* (owned) with room for data */
  InternPool        *pool;       /* (owned) that has a model */
  InternModelSource *sources[2]; /* (owned) of that model */
  InternAtoms        atoms;
  InternBlocks       blocks;
  const char        *string;     /* relaxed */
} World;

typedef struct
{
  const char *path;
  const char *summary;
  void        (*first) (World *world);
  void        (*second) (World *world);
} Case;

static void
add_numbers (InternStore *store,
             guint        n_strings)
{
  for (guint i = 0; i < n_strings; i++)
    {
      char text[16];
      const gsize length = (gsize) g_snprintf (text, sizeof text, "%u", i);
      const InternKey key = intern_key (text, length, store->secret);
      InternResult result;

      intern_store_search (store, text, length, key.hash, INTERN_TO_KEEP, &result);
      g_assert_cmpint (result, ==, INTERN_RESULT_ADDED);
    }
}

/* Atoms */

static const char words[N_ATOMS];

static void
assign_atoms (World *world)
{
  intern_lock (&world->atoms.lock);
  for (guint i = 0; i < N_ATOMS; i++)
    g_assert_cmpuint (intern_atoms_append_locked (&world->atoms, &words[i]), ==, i + 1);
  intern_unlock (&world->atoms.lock);
}

static void
read_atoms (World *world)
{
  for (guint i = N_ATOMS; i > 0; i--)
    g_assert_true (intern_atoms_string (&world->atoms, i) == &words[i - 1]);
}

/* Counters */

static void
count (World *world)
{
  intern_counters_add_hit (&world->store->counters, "", 1);
}

static void
count_and_sum (World *world)
{
  count (world);
  g_assert_cmpuint (intern_counters_sum (&world->store->counters).n_misses, ==, 0);
}

/* Blocks: the address of the last one is ordered by the lock of its shard. */

static char block[INTERN_BLOCK_MIN];

static void
add_blocks (World *world)
{
  for (guint i = 0; i <= N_BLOCKS; i++)
    intern_blocks_add (&world->blocks, block, sizeof block);
}

static void
read_blocks (World *world)
{
  for (guint i = 0; i < N_BLOCKS; i++)
    g_assert_true (intern_blocks_string (&world->blocks, intern_blocks_offset (i, 0)) == block);
}

/* The cache */

static void
make_level (World *world)
{
  intern_cache_reserve (&world->store->cache, 1000);
}

static void
search_level (World *world)
{
  const InternKey key = intern_key ("x", 1, world->store->secret);

  g_assert_null (intern_cache_find (&world->store->cache, &key, intern_match_permanent, NULL));
}

/* Shards */

static void
split (World *world)
{
  add_numbers (world->store, N_STRINGS);
  g_assert_nonnull (world->store->shards);
}

static void
search_shards (World *world)
{
  for (guint i = 0; i < N_STRINGS; i++)
    {
      char text[16];
      const gsize length = (gsize) g_snprintf (text, sizeof text, "%u", i);
      const InternKey key = intern_key (text, length, world->store->secret);
      InternShard *shard = intern_store_lock_shard (world->store, key.hash);

      g_assert_nonnull (intern_shard_find_locked (shard, &key, INTERN_TO_SEE));
      intern_store_unlock_shard (world->store, shard);
    }
}

/* Data */

static int value;

static void
put_data (World *world)
{
  const InternKey key = intern_key ("data", 4, world->store->secret);
  InternResult result;
  const char *string = intern_store_search (world->store, key.data, key.length, key.hash, INTERN_TO_KEEP, &result);
  gpointer data = &value;

  intern_atomic_store_relaxed (&world->string, string);
  value = 7;
  g_assert_true (intern_store_put_data (world->store, string, 0, &data));
}

static void
read_data (World *world)
{
  const int *data = intern_store_get_data (world->store, intern_atomic_load_relaxed (&world->string), 0);

  g_assert_cmpint (*data, ==, 7);
}

/* Trimming */

static void
leave_dead (World *world)
{
  for (guint i = 0; i < 2; i++)
    {
      const InternKey key = intern_key (i == 0 ? "a" : "b", 1, world->store->secret);
      InternResult result;
      const char *string = intern_store_search (world->store, key.data, 1, key.hash, INTERN_TO_REF, &result);

      intern_store_lower (world->store, string);
    }
}

static void
trim (World *world)
{
  intern_store_trim (world->store);
}

/* Models */

static void
wake_model (World *world)
{
  intern_pool_intern (world->pool, "wake");
}

static void
add_model (World *world)
{
  InternPoolModel *model = intern_pool_model_new (world->pool);

  g_object_unref (model);
}

static gboolean
woken_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Only the part of making a model that adds it to the list: the other parts take the same lock. */
static void
join_first (World *world)
{
  intern_model_source_join (world->sources[0], world->pool);
}

static void
join_second (World *world)
{
  intern_model_source_join (world->sources[1], world->pool);
}

/* The threads */

typedef struct
{
  World       world;
  const Case *test;
  gint        done; /* relaxed */
} Run;

static gpointer
run_first (gpointer data)
{
  Run *run = data;

  run->test->first (&run->world);
  intern_atomic_store_relaxed (&run->done, TRUE);

  return NULL;
}

static gpointer
run_second (gpointer data)
{
  Run *run = data;

  while (!intern_atomic_load_relaxed (&run->done))
    g_thread_yield ();
  run->test->second (&run->world);

  return NULL;
}

static void
run_case (gconstpointer data)
{
  Run run = { .test = data };
  g_autoptr (InternPoolModel) model = NULL;
  GThread *threads[2];

  g_test_summary (run.test->summary);
  run.world.store = intern_store_new (intern_secret_get (), 1);
  run.world.pool = intern_pool_new ();
  intern_atoms_init (&run.world.atoms, 1);
  intern_blocks_init (&run.world.blocks);
  model = intern_pool_model_new (run.world.pool);
  for (guint i = 0; i < G_N_ELEMENTS (run.world.sources); i++)
    run.world.sources[i] = intern_model_source_new (G_OBJECT (model), woken_cb);

  /* Both begin before anything is done: so nothing is ordered by that. */
  threads[1] = g_thread_new ("second", run_second, &run);
  threads[0] = g_thread_new ("first", run_first, &run);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  intern_atoms_clear (&run.world.atoms);
  intern_blocks_clear (&run.world.blocks);
  intern_store_unref (run.world.store);
  for (guint i = 0; i < G_N_ELEMENTS (run.world.sources); i++)
    intern_model_source_leave (run.world.sources[i], run.world.pool);
  g_clear_object (&model);
  g_object_unref (run.world.pool);
}

int
main (int    argc,
      char **argv)
{
  static const Case cases[] = {
    { "atoms", "A thread that sees an atom counted sees its string", assign_atoms, read_atoms },
    { "counters", "A thread that sees stripes sees them zeroed", count, count_and_sum },
    { "blocks", "A thread that sees a longer array of blocks sees their addresses", add_blocks, read_blocks },
    { "cache", "A thread that sees a larger level of the cache sees it complete", make_level, search_level },
    { "split", "A thread that sees the other shards sees them filled", split, search_shards },
    { "data", "A thread that sees data sees what it points to", put_data, read_data },
    { "trim", "Trimming sees what has died", leave_dead, trim },
    { "wake-and-join", "A model may join after another was woken", wake_model, add_model },
    { "join-and-join", "Two models may join one after the other", join_first, join_second },
    { "join-and-wake", "A model may be woken after another has joined", add_model, wake_model },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/order/", cases[i].path, NULL);

#ifdef INTERN_NO_CACHE
      if (strcmp (cases[i].path, "cache") == 0)
        continue;
#endif
      g_test_add_data_func (path, &cases[i], run_case);
    }

  return g_test_run ();
}
