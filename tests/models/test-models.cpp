/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs the buckets of the read cache through schedules of threads and outcomes of loads that the
 * memory model of C11 allows and this machine may never show: see README.md.
 *
 * Usage: test-models [SCHEDULES] [INTERRUPTIONS] [--show]
 */

#include "model.h"

#include <cstdio>
#include <cstring>
#include <ostream>
#include <string>

/* A mutant that is not caught by then is not caught. */
#define MUTANT_SCHEDULES 200000

/* What came about in the schedules of a run: a model in which nothing happens proves nothing. */
struct Outcomes
{
  guint64 n_found;
  guint64 n_missed;
  guint64 n_spilled;
  guint64 n_turns;
  guint64 n_learnt;
};

static Outcomes outcomes;

/* As level_empty() does it where the kernel cannot, and any new level before it is published.
 * Words are zeroed in an order of this schedule's own, since no order is promised. */
static void
empty_bucket (InternBucket *bucket,
              unsigned      start,
              unsigned      step)
{
  for (unsigned i = 0; i <= INTERN_BUCKET_SLOTS; i++)
    {
      const unsigned word = (start + i * step) % (INTERN_BUCKET_SLOTS + 1);

      if (word == INTERN_BUCKET_SLOTS)
        intern_store_relaxed (&bucket->tags, 0);
      else
        intern_store_relaxed (&bucket->slots[word], 0);
    }
}

static void
empty_bucket_in_any_order (InternBucket *bucket)
{
  /* An odd step reaches each of the eight words. */
  empty_bucket (bucket, rl::rand (INTERN_BUCKET_SLOTS + 1), 2 * rl::rand (4) + 1);
}

/* As the cache searches a level, with both buckets of the string given. */
static const char *
find_in_buckets (InternBucket    *bucket,
                 InternBucket    *second,
                 const InternKey *key)
{
  const guint64 tags = intern_load_relaxed (&bucket->tags);
  const char *string = intern_bucket_find (bucket, tags, key);

  if (string != NULL || (tags & INTERN_BUCKET_SPILLED) == 0)
    return string;

  return intern_bucket_find (second, intern_load_relaxed (&second->tags), key);
}

/* What the models share: the strings, and what must hold of each answer. */
template <class Derived, rl::thread_id_t n_threads>
struct Model : rl::test_suite<Derived, n_threads>
{
  ModelEntry entries[N_STRINGS];

  Model ()
  {
    model_entries = entries;
  }

  void
  check (const char *string,
         int         asked_for)
  {
    RL_ASSERT (string == NULL || string == entries[asked_for].string ());
    if (string != NULL)
      outcomes.n_found++;
    else
      outcomes.n_missed++;
  }

  void
  write_and_put (int           which,
                 InternBucket *bucket,
                 InternBucket *second)
  {
    if (model_fault != FAULT_PUT_TOO_EARLY)
      entries[which].write (&model_keys[which]);
    intern_bucket_put (bucket, second, model_keys[which].hash, entries[which].string ());
    if (model_fault == FAULT_PUT_TOO_EARLY)
      entries[which].write (&model_keys[which]);
  }
};

/* A string is completed and put, while two others look for it. */
struct Publish : Model<Publish, 3>
{
  InternBucket bucket;

  void
  before ()
  {
    empty_bucket (&bucket, 0, 1);
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      write_and_put (A, &bucket, &bucket);
    else
      for (int i = 0; i < 4; i++)
        check (find_in_buckets (&bucket, &bucket, &model_keys[A]), A);
  }
};

/* Two writers fight over the last place of a bucket, the last of its second one, and whose turn it
 * is then, while another thread looks for two strings of one hash. */
struct Crowd : Model<Crowd, 3>
{
  InternBucket buckets[2];

  void
  before ()
  {
    for (InternBucket &bucket : buckets)
      {
        empty_bucket (&bucket, 0, 1);
        /* Taken by tags of others, but for the last place. */
        intern_store_relaxed (&bucket.tags, INTERN_BYTES (0xff) >> 16);
      }
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      {
        write_and_put (A, &buckets[0], &buckets[1]);
        write_and_put (C, &buckets[0], &buckets[1]);
      }
    else if (index == 1)
      write_and_put (B, &buckets[0], &buckets[1]);
    else
      for (int which : { A, B, A, B })
        check (find_in_buckets (&buckets[0], &buckets[1], &model_keys[which]), which);
  }

  void
  after ()
  {
    const guint64 tags = intern_load_relaxed (&buckets[0].tags);

    outcomes.n_spilled += (tags & INTERN_BUCKET_SPILLED) != 0;
    outcomes.n_turns += (tags & INTERN_BUCKET_TURN_MASK) != 0;
  }
};

/* A bucket is emptied while one thread still puts a string there and another looks for two. */
struct Emptied : Model<Emptied, 3>
{
  InternBucket *bucket;
  bool          freed;

  Emptied ()
    : freed (false)
  {
  }

  void
  before ()
  {
    bucket = new InternBucket;
    empty_bucket (bucket, 0, 1);
    write_and_put (A, bucket, bucket);
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      let_go ();
    else if (index == 1)
      write_and_put (B, bucket, bucket);
    else
      for (int which : { A, B, A, B })
        check (find_in_buckets (bucket, bucket, &model_keys[which]), which);
  }

  void
  let_go ()
  {
    empty_bucket_in_any_order (bucket);
    if (model_fault == FAULT_BYTES_REUSED)
      entries[A].write (&model_keys[C]);
    else if (model_fault == FAULT_LEVEL_FREED)
      free_bucket ();
  }

  void
  free_bucket ()
  {
    freed = true;
    delete bucket;
  }

  void
  after ()
  {
    if (!freed)
      free_bucket ();
  }
};

/* A cache that begins with nothing, here NULL, gets a level of one bucket, then one of two.
 * Meanwhile one thread puts a string that came by another way, as from a shard, and two search as
 * the store does, and put into the new level what they find in the one before.
 *
 * intern-cache.c is C with mmap() and cannot be compiled here. These are its loads and stores in
 * its order: level_new(), grow_locked(), intern_cache_find(), intern_cache_find_previous(),
 * intern_cache_put(). The fields of a level are plain memory there, and rl::var here. */
struct Levels : Model<Levels, 3>
{
  struct Level
  {
    rl::var<InternBucket *> buckets;
    rl::var<guint64>        mask;
  };

  InternBucket            storage[3];
  Level                   levels[2];
  INTERN_ATOMIC (Level *) current;
  INTERN_ATOMIC (Level *) previous;

  void
  before ()
  {
    intern_store_relaxed (&current, NULL);
    intern_store_relaxed (&previous, NULL);
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      {
        grow (&levels[0], &storage[0], 1);
        entries[A].write (&model_keys[A]);
        put (A);
        grow (&levels[1], &storage[1], 2);
      }
    else
      {
        if (index == 1)
          {
            entries[B].write (&model_keys[B]);
            put (B);
          }
        for (int which : { A, B })
          check (search (which), which);
      }
  }

  void
  grow (Level        *larger,
        InternBucket *buckets,
        guint64       n_buckets)
  {
    if (model_fault != FAULT_LEVEL_TOO_EARLY)
      init (larger, buckets, n_buckets);
    publish (larger);
    if (model_fault == FAULT_LEVEL_TOO_EARLY)
      init (larger, buckets, n_buckets);
  }

  static void
  init (Level        *level,
        InternBucket *buckets,
        guint64       n_buckets)
  {
    /* Plain memory has no order of its own, so nobody comes between its words. */
    rl::ctx ().disable_preemption ();
    level->buckets (RL_INFO) = buckets;
    level->mask (RL_INFO) = n_buckets - 1;
    for (guint64 i = 0; i < n_buckets; i++)
      empty_bucket (&buckets[i], 0, 1);
    rl::ctx ().enable_preemption ();
  }

  void
  publish (Level *larger)
  {
    /* This thread is the only one that stores here, as the lock of the cache sees to. */
    Level *level = intern_load_relaxed (&current);

    intern_store_release (&previous, level);
    intern_store_release (&current, larger);
  }

  static InternBucket *
  bucket_of (Level   *level,
             guint64  place)
  {
    InternBucket *buckets = level->buckets (RL_INFO);
    const guint64 mask = level->mask (RL_INFO);

    return &buckets[place & mask];
  }

  static const char *
  find_in_level (Level           *level,
                 const InternKey *key)
  {
    return find_in_buckets (bucket_of (level, key->hash), bucket_of (level, key->hash ^ 1), key);
  }

  const char *
  find (const InternKey *key)
  {
    Level *level = intern_load_acquire (&current);

    return level != NULL ? find_in_level (level, key) : NULL;
  }

  const char *
  find_previous (const InternKey *key)
  {
    Level *level = intern_load_acquire (&previous);

    return level != NULL ? find_in_level (level, key) : NULL;
  }

  void
  put (int which)
  {
    const guint64 hash = model_keys[which].hash;
    Level *level = intern_load_acquire (&current);

    if (level != NULL)
      intern_bucket_put (bucket_of (level, hash), bucket_of (level, hash ^ 1), hash,
                         entries[which].string ());
  }

  const char *
  search (int which)
  {
    const char *string = find (&model_keys[which]);

    if (string != NULL)
      return string;

    string = find_previous (&model_keys[which]);
    if (string != NULL)
      {
        outcomes.n_learnt++;
        put (which);
      }

    return string;
  }
};

enum { MODEL_N_SITES = __COUNTER__ - MODEL_FIRST_SITE };
G_STATIC_ASSERT (MODEL_N_SITES <= MODEL_MAX_SITES);

/* The runs */

/* What the checker tells becomes comments of TAP. It allocates nothing: while the checker runs, it
 * takes what is allocated for the model's. */
struct Comments : std::streambuf
{
  bool in_line;

  Comments ()
    : in_line (false)
  {
  }

  virtual int
  overflow (int c)
  {
    if (!in_line)
      std::fputs ("# ", stdout);
    in_line = c != '\n';

    return std::putchar (c);
  }
};

static Comments comments;

static rl::test_params
random_schedules (guint64 n_schedules)
{
  rl::test_params params;

  params.search_type = rl::sched_random;
  params.iteration_count = n_schedules;

  return params;
}

/* Every schedule in which threads are interrupted no more often than that. */
static rl::test_params
all_schedules (unsigned n_interruptions)
{
  rl::test_params params;

  params.search_type = rl::sched_bound;
  params.context_bound = n_interruptions;

  return params;
}

/* Returns when @params are fulfilled, or after the first schedule that goes wrong. */
template <class Suite>
static rl::test_params
run (rl::test_params params,
     bool            tell)
{
  std::ostream told (tell ? &comments : NULL);
  std::ostream untold (NULL);

  outcomes = Outcomes ();
  params.output_stream = &told;
  params.progress_stream = &untold;
  rl::simulate<Suite> (params);

  return params;
}

static bool
found_and_missed ()
{
  return outcomes.n_found > 0 && outcomes.n_missed > 0;
}

static bool
spilled_and_took_turns ()
{
  return found_and_missed () && outcomes.n_spilled > 0 && outcomes.n_turns > 0;
}

static bool
learnt ()
{
  return found_and_missed () && outcomes.n_learnt > 0;
}

struct ModelInfo
{
  const char       *name;
  rl::test_params (*run)     (rl::test_params params,
                              bool            tell);
  bool            (*reached) ();
};

static const ModelInfo models[] = {
  { "publish", run<Publish>, found_and_missed },
  { "crowd", run<Crowd>, spilled_and_took_turns },
  { "emptied", run<Emptied>, found_and_missed },
  { "levels", run<Levels>, learnt },
};

/* A thread reads or writes what is not there for it, or not yet. */
static bool
is_race (rl::test_result_e result)
{
  return result == rl::test_result_data_race || result == rl::test_result_unitialized_access;
}

static bool
is_wrong_answer (rl::test_result_e result)
{
  return result == rl::test_result_user_assert_failed;
}

static bool
is_use_after_free (rl::test_result_e result)
{
  return result == rl::test_result_access_to_freed_memory;
}

struct FaultInfo
{
  const char      *name;
  ModelFault       fault;
  const ModelInfo *model;
  bool           (*is_expected) (rl::test_result_e result);
};

static const FaultInfo faults[] = {
  { "bytes are not compared", FAULT_NO_COMPARISON, &models[1], is_wrong_answer },
  { "a string is put before it is complete", FAULT_PUT_TOO_EARLY, &models[0], is_race },
  { "bytes are used again after the level is emptied", FAULT_BYTES_REUSED, &models[2], is_race },
  { "a level is freed, not emptied", FAULT_LEVEL_FREED, &models[2], is_use_after_free },
  { "a level is published before it is zeroed", FAULT_LEVEL_TOO_EARLY, &models[3], is_race },
};

/* TAP */

static bool show;
static guint n_points, n_failures;

static void
point (bool               passed,
       const std::string &name)
{
  std::printf ("%s %u - %s\n", passed ? "ok" : "not ok", ++n_points, name.c_str ());
  n_failures += !passed;
}

static void
test_model (const ModelInfo       &model,
            const rl::test_params &wanted,
            const std::string     &how)
{
  const rl::test_params params = model.run (wanted, true);
  const std::string name = model.name;

  point (params.test_result == rl::test_result_success, name + ": clean in " + how);
  point (model.reached (), name + ": comes to what it is about in " + how);
  std::printf ("# found %" G_GUINT64_FORMAT ", missed %" G_GUINT64_FORMAT ", spilled %" G_GUINT64_FORMAT
               ", took turns %" G_GUINT64_FORMAT ", learnt %" G_GUINT64_FORMAT "\n",
               outcomes.n_found, outcomes.n_missed, outcomes.n_spilled, outcomes.n_turns, outcomes.n_learnt);
}

static void
tell_catch (const ModelInfo       &model,
            const rl::test_params &params)
{
  std::printf ("# %s in %s, schedule %" G_GUINT64_FORMAT "\n",
               rl::test_result_str (params.test_result), model.name, (guint64) params.stop_iteration);
}

static void
test_fault (const FaultInfo &info)
{
  model_fault = info.fault;
  const rl::test_params params = info.model->run (random_schedules (MUTANT_SCHEDULES), show);
  model_fault = FAULT_NONE;

  tell_catch (*info.model, params);
  point (info.is_expected (params.test_result), std::string ("mutant is caught: ") + info.name);
}

/* Whether one of the models sees that an order is too weak. */
static bool
is_caught ()
{
  for (const ModelInfo &model : models)
    {
      const rl::test_params params = model.run (random_schedules (MUTANT_SCHEDULES), show);

      if (is_race (params.test_result))
        {
          tell_catch (model, params);
          return true;
        }
    }

  return false;
}

static const char *
base_name (const char *path)
{
  const char *slash = std::strrchr (path, '/');

  return slash != NULL ? slash + 1 : path;
}

static void
test_weakened (int number)
{
  const ModelSite &site = model_sites[number];
  bool caught;

  if (site.function == NULL)
    {
      point (false, "site " + std::to_string (number) + " is executed");
      return;
    }

  model_weakened = number;
  caught = is_caught ();
  model_weakened = -1;

  point (caught, std::string ("mutant is caught: ") + (site.release ? "release" : "acquire") +
                   " made relaxed in " + site.function + "(), " +
                   base_name (site.file) + ":" + std::to_string (site.line));
}

int
main (int    argc,
      char **argv)
{
  guint64 numbers[] = { 200000, 1 };
  unsigned n_numbers = 0;

  for (int i = 1; i < argc; i++)
    if (std::strcmp (argv[i], "--show") == 0)
      show = true;
    else if (n_numbers < G_N_ELEMENTS (numbers))
      numbers[n_numbers++] = g_ascii_strtoull (argv[i], NULL, 10);

  if (numbers[0] == 0 || numbers[1] == 0)
    {
      std::fputs ("Usage: test-models [SCHEDULES] [INTERRUPTIONS] [--show]\n", stderr);
      return 2;
    }

  for (const ModelInfo &model : models)
    {
      test_model (model, random_schedules (numbers[0]),
                  std::to_string (numbers[0]) + " random schedules");
      test_model (model, all_schedules ((unsigned) numbers[1]),
                  "all schedules within " + std::to_string (numbers[1]) + " interruptions");
    }
  for (int i = 0; i < MODEL_N_SITES; i++)
    test_weakened (i);
  for (const FaultInfo &fault : faults)
    test_fault (fault);
  std::printf ("1..%u\n", n_points);

  return n_failures > 0;
}
