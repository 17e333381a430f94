/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs the buckets of the read cache and the headers of strings through thread schedules and load results that
 * the memory model of C11 allows and this machine may never show: see README.md.
 *
 * Usage: test-models [SCHEDULES] [INTERRUPTIONS] [--show]
 */

#include "model.h"

#include <cstdio>
#include <cstring>
#include <ostream>
#include <string>

/* For each mutant. */
#define MUTANT_SCHEDULES 200000

/* Counts events in the schedules of a run: a model in which nothing happens proves nothing. */
struct Outcomes
{
  guint64 n_found;
  guint64 n_missed;
  guint64 n_spilled;
  guint64 n_turns;
  guint64 n_moved;
  guint64 n_copied;
  guint64 n_reused;
  guint64 n_late_and_last;
  guint64 n_promoted;
  guint64 n_replaced;
};

static Outcomes outcomes;

/* As return_pages_locked() where the kernel cannot, and for a new level before it is published. The order of the words
 * depends on the schedule: the kernel promises none. */
static void
empty_bucket (InternBucket *bucket,
              unsigned      start,
              unsigned      step)
{
  for (unsigned i = 0; i <= INTERN_BUCKET_SLOTS; i++)
    {
      const unsigned word = (start + i * step) % (INTERN_BUCKET_SLOTS + 1);

      if (word == INTERN_BUCKET_SLOTS)
        intern_atomic_store_relaxed (&bucket->tags, 0);
      else
        intern_atomic_store_relaxed (&bucket->slots[word], 0);
    }
}

static void
empty_bucket_in_any_order (InternBucket *bucket)
{
  /* An odd step reaches all eight words. */
  empty_bucket (bucket, rl::rand (INTERN_BUCKET_SLOTS + 1), 2 * rl::rand (4) + 1);
}

/* As intern_cache_find(). */
static const char *
find_in_buckets (InternBucket    *buckets,
                 guint64          mask,
                 const InternKey *key)
{
  InternBucket *bucket = &buckets[key->hash & mask];
  InternBucket *second = &buckets[intern_bucket_other (key->hash, intern_tag_of (key->hash)) & mask];
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);
  const char *string = intern_bucket_find (bucket, tags, key, intern_match_permanent, NULL);

  if (string != NULL || (tags & INTERN_BUCKET_SPILLED) == 0)
    return string;

  return intern_bucket_find (second, intern_atomic_load_relaxed (&second->tags), key, intern_match_permanent, NULL);
}

/* Common to all models: the strings, and what must hold for each result. */
template <class Derived, rl::thread_id_t n_threads>
struct Model : rl::test_suite<Derived, n_threads>
{
  ModelEntry entries[MODEL_ENTRIES];

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
                 InternBucket *buckets,
                 guint64       mask)
  {
    if (model_fault != FAULT_PUT_TOO_EARLY)
      entries[which].write (&model_keys[which]);
    intern_bucket_put (buckets, mask, model_keys[which].hash, entries[which].string ());
    if (model_fault == FAULT_PUT_TOO_EARLY)
      entries[which].write (&model_keys[which]);
  }
};

/* One thread writes and puts a string, while two search for it. */
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
      write_and_put (A, &bucket, 0);
    else
      for (int i = 0; i < 4; i++)
        check (find_in_buckets (&bucket, 0, &model_keys[A]), A);
  }
};

/* Two writers race for the last slot of a bucket, the last of its second one, and then for the slot to replace,
 * while a third thread searches for two strings with one hash. */
struct Crowd : Model<Crowd, 3>
{
  InternBucket buckets[2];

  void
  before ()
  {
    for (InternBucket &bucket : buckets)
      {
        empty_bucket (&bucket, 0, 1);
        /* Filled with other tags, but for the last slot. */
        intern_atomic_store_relaxed (&bucket.tags, INTERN_BYTES (0xff) >> 16);
      }
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      {
        write_and_put (A, buckets, 1);
        write_and_put (C, buckets, 1);
      }
    else if (index == 1)
      write_and_put (B, buckets, 1);
    else
      for (int which : { A, B, A, B })
        check (find_in_buckets (buckets, 1, &model_keys[which]), which);
  }

  void
  after ()
  {
    const guint64 tags = intern_atomic_load_relaxed (&buckets[1].tags);

    outcomes.n_spilled += (tags & INTERN_BUCKET_SPILLED) != 0;
    outcomes.n_turns += (tags & INTERN_BUCKET_TURN_MASK) != 0;
  }
};

/* Two writers race for the room that a string makes which goes to its other bucket, while a third thread searches for
 * all three. */
struct Moved : Model<Moved, 3>
{
  InternBucket buckets[4];

  void
  before ()
  {
    for (InternBucket &bucket : buckets)
      empty_bucket (&bucket, 0, 1);
    /* D is in the last slot of the first bucket of all; the second bucket of A and B is full. */
    intern_atomic_store_relaxed (&buckets[1].tags, INTERN_BYTES (0xff) >> 16);
    write_and_put (D, buckets, 3);
    intern_atomic_store_relaxed (&buckets[0].tags, INTERN_BYTES (0xff) >> 8);
  }

  void
  thread (unsigned index)
  {
    if (index < 2)
      write_and_put (index == 0 ? A : B, buckets, 3);
    else
      for (int which : { D, A, B, D })
        check (find_in_buckets (buckets, 3, &model_keys[which]), which);
  }

  void
  after ()
  {
    outcomes.n_moved += intern_atomic_load_relaxed (&buckets[2].tags) != 0;
  }
};

/* One thread empties a bucket, while another puts a string there and a third searches for two. */
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
    write_and_put (A, bucket, 0);
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      empty ();
    else if (index == 1)
      write_and_put (B, bucket, 0);
    else
      for (int which : { A, B, A, B })
        check (find_in_buckets (bucket, 0, &model_keys[which]), which);
  }

  void
  empty ()
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

/* A cache without a level, here NULL, gets one of one bucket, then one of two with a copy of it. Meanwhile another
 * thread puts a string, as from a shard, and two search.
 *
 * cache/cache.c is C with mmap() and cannot be compiled here. These are its loads and stores in its order:
 * level_new(), copy_level(), grow_locked(), intern_cache_find(), intern_cache_put(). The plain fields of a level are
 * rl::var here. */
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

  void
  before ()
  {
    intern_atomic_store_relaxed (&current, NULL);
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
          check (find (&model_keys[which]), which);
      }
  }

  static void
  copy (Level *larger,
        Level *level)
  {
    InternBucket *bucket = level->buckets (RL_INFO);
    guint64 tags = intern_atomic_load_relaxed (&bucket->tags);

    for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++, tags >>= 8)
      {
        const guint64 slot = intern_bucket_slot (bucket, i);

        if (slot == 0)
          continue;
        outcomes.n_copied++;
        put_into (larger, intern_slot_hash (slot, tags & 0xff, 0), intern_slot_string (slot));
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
    /* Plain memory has no order: no other thread runs between its words. */
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
    /* Only this thread stores here, as with the lock of the cache. */
    Level *level = intern_atomic_load_relaxed (&current);

    /* A level that is not zeroed yet cannot be written to. */
    if (level != NULL && model_fault != FAULT_LEVEL_TOO_EARLY)
      copy (larger, level);
    intern_atomic_store_release (&current, larger);
  }

  static void
  put_into (Level      *level,
            guint64     hash,
            const char *string)
  {
    InternBucket *buckets = level->buckets (RL_INFO);
    const guint64 mask = level->mask (RL_INFO);

    intern_bucket_put (buckets, mask, hash, string);
  }

  const char *
  find (const InternKey *key)
  {
    Level *level = intern_atomic_load_acquire (&current);

    return level == NULL ? NULL : find_in_buckets (level->buckets (RL_INFO), level->mask (RL_INFO), key);
  }

  void
  put (int which)
  {
    Level *level = intern_atomic_load_acquire (&current);

    if (level != NULL)
      put_into (level, model_keys[which].hash, entries[which].string ());
  }
};

/* Mortal strings: a shard, a bucket before it, and the room of dead strings.
 *
 * storage/shard.c, store/search.c and store/burial.c are C with GLib's tables and cannot be compiled here. These
 * are their loads and stores in their order: search() and search_shard(), intern_shard_insert_locked(),
 * intern_store_bury() and intern_shard_bury_locked(). What a lock guards there is plain memory that a lock guards
 * here; so are the bytes, which the link of a free list overwrites. */
template <class Derived>
struct Lives : Model<Derived, 3>
{
  InternBucket          bucket;
  rl::mutex             lock;
  rl::var<ModelEntry *> index[N_STRINGS];      /* the string, living or dead, or NULL */
  rl::var<bool>         is_free[MODEL_ENTRIES]; /* it was never used, or its string is buried */
  rl::var<bool>         is_used[MODEL_ENTRIES]; /* it has held a string */

  using Model<Derived, 3>::entries;

  void
  before ()
  {
    empty_bucket (&bucket, 0, 1);
    for (int i = 0; i < N_STRINGS; i++)
      index[i] (RL_INFO) = NULL;
    for (int i = 0; i < MODEL_ENTRIES; i++)
      {
        is_free[i] (RL_INFO) = true;
        is_used[i] (RL_INFO) = false;
      }

    /* Thread 0 has a reference to it. */
    intern_bucket_put (&bucket, 0, model_keys[A].hash, insert_locked (A, false));
  }

  /* The shard */

  ModelEntry *
  lookup_locked (int which)
  {
    ModelEntry *entry = index[which] (RL_INFO);

    if (entry == NULL)
      return NULL;
    RL_ASSERT (entry->byte (RL_INFO) == model_keys[which].data[0]);

    return intern_atomic_load_relaxed (&entry->header.state) != 0 ? entry : NULL;
  }

  /* Used room comes first. */
  ModelEntry *
  take_room_locked ()
  {
    int i = 0;

    while (i < MODEL_ENTRIES && !(is_free[i] (RL_INFO) && is_used[i] (RL_INFO)))
      i++;
    if (i < MODEL_ENTRIES)
      {
        outcomes.n_reused++;
        if (model_fault == FAULT_HEADER_MOVED)
          overwrite_header (i);
        else
          {
            is_free[i] (RL_INFO) = false;
            return &entries[i];
          }
      }

    for (i = 0; i < MODEL_ENTRIES; i++)
      if (!is_used[i] (RL_INFO))
        break;
    RL_ASSERT (i < MODEL_ENTRIES);
    is_free[i] (RL_INFO) = false;
    is_used[i] (RL_INFO) = true;

    return &entries[i];
  }

  /* The room goes to a string that begins elsewhere in it: its bytes overwrite the header. */
  void
  overwrite_header (int i)
  {
    intern_atomic_store_relaxed (&entries[i].header.length, model_keys[A].length | INTERN_MORTAL);
    intern_atomic_store_relaxed (&entries[i].header.state, 1);
  }

  const char *
  insert_locked (int  which,
                 bool permanent)
  {
    ModelEntry *entry = take_room_locked ();

    entry->write (&model_keys[which], permanent);
    outcomes.n_replaced += index[which] (RL_INFO) != NULL;
    index[which] (RL_INFO) = entry;

    return entry->string ();
  }

  void
  bury (const char *string)
  {
    ModelEntry *entry = model_entry (string);
    const int which = entry->byte (RL_INFO) - model_keys[A].data[0];

    intern_bucket_forget (&bucket, model_keys[which].hash, string);
    lock.lock (RL_INFO);
    if (model_fault == FAULT_BURIED_UNSEEN || index[which] (RL_INFO) == entry)
      index[which] (RL_INFO) = NULL;
    RL_ASSERT (!is_free[entry - entries] (RL_INFO));
    entry->byte (RL_INFO) = 0;
    is_free[entry - entries] (RL_INFO) = true;
    lock.unlock (RL_INFO);
  }

  /* The store */

  const char *
  find_counted (int          which,
                const char **ended)
  {
    const guint64 tags = intern_atomic_load_relaxed (&bucket.tags);

    if (model_fault == FAULT_COMPARED_FIRST)
      return compare_and_raise (which);

    return intern_bucket_find (&bucket, tags, &model_keys[which], intern_match_ref, ended);
  }

  /* The fault: intern_match_ref() in the wrong order. */
  const char *
  compare_and_raise (int which)
  {
    const guint64 slot = bucket.slots[0].load (rl::mo_acquire, RL_INFO);
    const char *string = intern_slot_string (slot);

    if (string == NULL || !intern_entry_equals_any (string, &model_keys[which]) ||
        intern_header_raise (intern_entry_header (string)) == INTERN_LIFE_DEAD)
      return NULL;

    return string;
  }

  const char *
  acquire (int which)
  {
    const char *ended = NULL;
    const char *string = find_counted (which, &ended);
    ModelEntry *entry;
    bool found;

    if (ended != NULL)
      {
        outcomes.n_late_and_last++;
        bury (ended);
      }
    if (string != NULL)
      return string;

    lock.lock (RL_INFO);
    entry = lookup_locked (which);
    found = entry != NULL && model_raise (&entry->header) != INTERN_LIFE_DEAD;
    string = found ? entry->string () : insert_locked (which, false);
    lock.unlock (RL_INFO);
    if (found)
      intern_bucket_put (&bucket, 0, model_keys[which].hash, string);

    return string;
  }

  const char *
  intern (int which)
  {
    const guint64 tags = intern_atomic_load_relaxed (&bucket.tags);
    const char *string = intern_bucket_find (&bucket, tags, &model_keys[which], intern_match_permanent, NULL);
    ModelEntry *entry;
    bool found;

    if (string != NULL)
      return string;

    lock.lock (RL_INFO);
    entry = lookup_locked (which);
    found = entry != NULL && model_make_permanent (&entry->header);
    string = found ? entry->string () : insert_locked (which, true);
    lock.unlock (RL_INFO);
    if (found)
      {
        outcomes.n_promoted++;
        intern_bucket_put (&bucket, 0, model_keys[which].hash, string);
      }

    return string;
  }

  /* What the threads do */

  void
  use (const char *string,
       int         which)
  {
    RL_ASSERT (model_entry (string)->byte (RL_INFO) == model_keys[which].data[0]);
  }

  void
  release (const char *string)
  {
    /* As intern_pool_release(): it refuses a pointer that is not of a pool. */
    if (intern_header_try_lower (intern_entry_header (string)))
      return;
    RL_ASSERT (!intern_header_is_foreign (intern_entry_header (string)));
    if (model_lower (intern_entry_header (string)) == INTERN_LIFE_ENDED)
      bury (string);
  }

  void
  acquire_use_release (int which)
  {
    const char *string = acquire (which);

    use (string, which);
    /* As intern_pool_acquire_interned(). */
    if (intern_header_try_raise (intern_entry_header (string)))
      release (string);
    use (string, which);
    release (string);
  }

  void
  intern_and_use (int which)
  {
    use (intern (which), which);
  }

  /* Without a reference: finds permanent strings only. */
  void
  see (int which)
  {
    const guint64 tags = intern_atomic_load_relaxed (&bucket.tags);
    const char *string = intern_bucket_find (&bucket, tags, &model_keys[which], intern_match_permanent, NULL);

    if (string != NULL)
      {
        outcomes.n_found++;
        use (string, which);
      }
  }

  /* All references were dropped: mortal strings are buried, once, and permanent ones are in the index. */
  void
  after ()
  {
    for (int i = 0; i < MODEL_ENTRIES; i++)
      if (is_used[i] (RL_INFO))
        check_entry (i);
  }

  void
  check_entry (int i)
  {
    const guint32 state = intern_atomic_load_relaxed (&entries[i].header.state);

    RL_ASSERT (state == 0 || state == INTERN_PERMANENT);
    RL_ASSERT (is_free[i] (RL_INFO) == (state == 0));
    if (state == INTERN_PERMANENT)
      RL_ASSERT (index[entries[i].byte (RL_INFO) - model_keys[A].data[0]] (RL_INFO) == &entries[i]);
  }
};

/* A string dies and its room goes to another mortal one with the same hash, while two readers have its address:
 * it may be that of a dead string, of the other one, or of the one they search. */
struct Reused : Lives<Reused>
{
  void
  thread (unsigned index)
  {
    if (index == 0)
      {
        release (entries[0].string ());
        acquire_use_release (B);
      }
    else if (index == 1)
      acquire_use_release (A);
    else
      acquire_use_release (B);
  }
};

/* The room goes to a permanent string. */
struct Settled : Lives<Settled>
{
  void
  thread (unsigned index)
  {
    if (index == 0)
      {
        release (entries[0].string ());
        intern_and_use (B);
      }
    else if (index == 1)
      acquire_use_release (B);
    else
      for (int which : { A, B, B })
        see (which);
  }
};

/* The other string becomes permanent while threads acquire, release and search it without a reference. */
struct Promoted : Lives<Promoted>
{
  void
  thread (unsigned index)
  {
    if (index == 0)
      {
        release (entries[0].string ());
        acquire_use_release (B);
      }
    else if (index == 1)
      intern_and_use (B);
    else
      {
        see (B);
        acquire_use_release (B);
        see (B);
      }
  }
};

/* A string dies and is added again before it is buried: permanent or mortal. */
struct Replaced : Lives<Replaced>
{
  void
  thread (unsigned index)
  {
    if (index == 0)
      release (entries[0].string ());
    else if (index == 1)
      intern_and_use (A);
    else
      acquire_use_release (A);
  }
};

/* Two strings get their atoms, while a third thread looks for the atoms of the strings, and for the strings of the
 * atoms that there are.
 *
 * storage/atoms.c is C with an allocator. These are the loads and stores of intern_atoms_assign_locked() and
 * intern_atoms_string() in their order. The rows are plain memory. */
struct Numbered : Model<Numbered, 3>
{
  rl::mutex               lock;
  rl::var<const char *>   rows[2];
  INTERN_ATOMIC (guint32) n_atoms;

  void
  before ()
  {
    intern_atomic_store_relaxed (&n_atoms, 0);
    for (int which : { A, B })
      entries[which].write (&model_keys[which]);
  }

  void
  thread (unsigned index)
  {
    if (index == 0)
      assign (A);
    else if (index == 1)
      assign (B);
    else
      {
        for (int which : { A, B })
          look_for_atom (which);
        look_for_strings ();
      }
  }

  void
  assign (int which)
  {
    InternHeader *header = &entries[which].header;
    guint32 position;

    lock.lock (RL_INFO);
    if (intern_header_get_atom (header) == 0)
      {
        position = intern_atomic_load_relaxed (&n_atoms);
        if (model_fault == FAULT_COUNTED_FIRST)
          count (position + 1);
        rows[position] (RL_INFO) = entries[which].string ();
        if (model_fault != FAULT_COUNTED_FIRST)
          count (position + 1);
        intern_header_set_atom (header, position + 1);
      }
    lock.unlock (RL_INFO);
  }

  void
  count (guint32 n)
  {
    intern_atomic_store_release (&n_atoms, n);
  }

  /* Returns NULL for an atom that is not there. */
  const char *
  find (guint32 atom)
  {
    if (atom - 1 >= intern_atomic_load_acquire (&n_atoms))
      return NULL;

    return rows[atom - 1] (RL_INFO);
  }

  void
  look_for_atom (int which)
  {
    const guint32 atom = intern_header_get_atom (&entries[which].header);

    if (atom == 0)
      outcomes.n_missed++;
    else
      {
        outcomes.n_found++;
        RL_ASSERT (find (atom) == entries[which].string ());
      }
  }

  void
  look_for_strings ()
  {
    for (guint32 atom = 1; atom <= 2; atom++)
      {
        const char *string = find (atom);

        RL_ASSERT (string == NULL || string == entries[A].string () || string == entries[B].string ());
      }
  }
};

/* Each of three threads interns two strings. The first thread that leaves the only shard splits it: it makes two
 * others, moves the strings there and publishes them, while the others wait for its lock.
 *
 * store/locks.c is C with GLib's tables. These are the loads and stores of intern_store_get_shard(),
 * intern_store_lock_shard(), split_locked() and intern_store_unlock_shard() in their order. */
struct Split : Model<Split, 3>
{
  struct Shard
  {
    rl::mutex             lock;
    rl::var<ModelEntry *> index[2];
    rl::var<bool>         moved;

    void
    init ()
    {
      for (int which : { A, B })
        index[which](RL_INFO) = NULL;
      moved (RL_INFO) = false;
    }
  };

  Shard                   first;
  Shard                   others[2];
  INTERN_ATOMIC (Shard *) shards;
  int                     n_added[2]; /* strings, also those that are lost */

  void
  before ()
  {
    first.init ();
    intern_atomic_store_relaxed (&shards, NULL);
    for (int which : { A, B })
      n_added[which] = 0;
  }

  void
  thread (unsigned index)
  {
    const int order[2] = { index == 1 ? B : A, index == 1 ? A : B };

    for (int which : order)
      intern (which);
  }

  Shard *
  get_shard (int which)
  {
    Shard *published = intern_atomic_load_acquire (&shards);

    return published == NULL ? &first : &published[which];
  }

  Shard *
  lock_shard (int which)
  {
    for (;;)
      {
        Shard *shard = get_shard (which);

        shard->lock.lock (RL_INFO);
        if (model_fault == FAULT_MOVED_UNSEEN || !shard->moved (RL_INFO))
          return shard;
        outcomes.n_moved++;
        shard->lock.unlock (RL_INFO);
      }
  }

  void
  split ()
  {
    if (model_fault == FAULT_SPLIT_TOO_EARLY)
      publish ();
    for (int i : { A, B })
      {
        others[i].init ();
        others[i].index[i](RL_INFO) = first.index[i](RL_INFO);
      }
    first.moved (RL_INFO) = true;
    if (model_fault != FAULT_SPLIT_TOO_EARLY)
      publish ();
  }

  void
  publish ()
  {
    intern_atomic_store_release (&shards, others);
  }

  void
  intern (int which)
  {
    Shard *shard = lock_shard (which);
    ModelEntry *entry = shard->index[which](RL_INFO);

    if (entry != NULL)
      check (entry->string (), which);
    else
      {
        /* Two equal strings would be two. */
        RL_ASSERT (++n_added[which] == 1);
        outcomes.n_missed++;
        entries[which].write (&model_keys[which]);
        shard->index[which](RL_INFO) = &entries[which];
      }
    if (shard == &first && !shard->moved (RL_INFO))
      split ();
    shard->lock.unlock (RL_INFO);
  }
};

enum { MODEL_N_SITES = __COUNTER__ - MODEL_FIRST_SITE };
G_STATIC_ASSERT (MODEL_N_SITES <= MODEL_MAX_SITES);

/* The runs */

/* Makes the output of the checker comments of TAP. It allocates nothing: the checker takes all memory that is
 * allocated while it runs for that of the model. */
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

/* All schedules with at most @n_interruptions. */
static rl::test_params
all_schedules (unsigned n_interruptions)
{
  rl::test_params params;

  params.search_type = rl::sched_bound;
  params.context_bound = n_interruptions;

  return params;
}

/* Stops at the first schedule that fails. */
template <class Suite>
static rl::test_params
run (rl::test_params params,
     bool            show)
{
  std::ostream output (show ? &comments : NULL);
  std::ostream progress (NULL);

  outcomes = Outcomes ();
  model_n_given_back = 0;
  params.output_stream = &output;
  params.progress_stream = &progress;
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
moved ()
{
  return found_and_missed () && outcomes.n_moved > 0;
}

static bool
copied ()
{
  return found_and_missed () && outcomes.n_copied > 0;
}

static bool
reused_and_came_late ()
{
  return outcomes.n_reused > 0 && model_n_given_back > 0 && outcomes.n_late_and_last > 0;
}

static bool
settled ()
{
  return outcomes.n_reused > 0 && outcomes.n_found > 0;
}

static bool
promoted ()
{
  return settled () && outcomes.n_promoted > 0;
}

static bool
replaced ()
{
  return outcomes.n_replaced > 0;
}

struct ModelInfo
{
  const char       *name;
  rl::test_params (*run)     (rl::test_params params,
                              bool            show);
  bool            (*reached) ();
};

static const ModelInfo models[] = {
  { "publish", run<Publish>, found_and_missed },
  { "crowd", run<Crowd>, spilled_and_took_turns },
  { "moved", run<Moved>, moved },
  { "emptied", run<Emptied>, found_and_missed },
  { "levels", run<Levels>, copied },
  { "reused", run<Reused>, reused_and_came_late },
  { "settled", run<Settled>, settled },
  { "promoted", run<Promoted>, promoted },
  { "replaced", run<Replaced>, replaced },
  { "numbered", run<Numbered>, found_and_missed },
  { "split", run<Split>, moved },
};

/* A thread accesses memory that another writes, or has not written yet. */
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

/* Two strings get one room, or a reference is lost: reported as either. */
static bool
is_race_or_wrong_answer (rl::test_result_e result)
{
  return is_race (result) || is_wrong_answer (result);
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
  { "bytes are used again after the level is emptied", FAULT_BYTES_REUSED, &models[3], is_race },
  { "a level is freed, not emptied", FAULT_LEVEL_FREED, &models[3], is_use_after_free },
  { "a level is published before it is zeroed", FAULT_LEVEL_TOO_EARLY, &models[4], is_race },
  { "a reference is raised from zero", FAULT_RAISED_FROM_ZERO, &models[5], is_race_or_wrong_answer },
  { "a reference is raised in two steps", FAULT_RAISED_IN_TWO_STEPS, &models[5], is_race_or_wrong_answer },
  { "bytes are compared before the reference is raised", FAULT_COMPARED_FIRST, &models[5], is_race },
  { "a reference to another string is not given back", FAULT_NOT_GIVEN_BACK, &models[5], is_wrong_answer },
  { "the thread that sees zero buries, not the one that made it", FAULT_BURIED_BY_OBSERVER, &models[5],
    is_race_or_wrong_answer },
  { "a header moves into the bytes of another string", FAULT_HEADER_MOVED, &models[5],
    is_race_or_wrong_answer },
  { "the length is not marked before the bytes are written", FAULT_NOT_MARKED, &models[7],
    is_race_or_wrong_answer },
  { "the mark is removed before the state is permanent", FAULT_MARK_CLEARED_FIRST, &models[7],
    is_race_or_wrong_answer },
  { "a buried string removes its replacement from the index", FAULT_BURIED_UNSEEN, &models[8],
    is_wrong_answer },
  { "an atom is counted before its string is there", FAULT_COUNTED_FIRST, &models[9], is_race_or_wrong_answer },
  { "other shards are published before they have the strings", FAULT_SPLIT_TOO_EARLY, &models[10],
    is_race_or_wrong_answer },
  { "a thread that has waited adds to the shard that was split", FAULT_MOVED_UNSEEN, &models[10], is_wrong_answer },
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
  point (model.reached (), name + ": reaches its cases in " + how);
  std::printf ("# found %" G_GUINT64_FORMAT ", missed %" G_GUINT64_FORMAT ", spilled %" G_GUINT64_FORMAT
               ", took turns %" G_GUINT64_FORMAT ", moved %" G_GUINT64_FORMAT ", copied %" G_GUINT64_FORMAT "\n",
               outcomes.n_found, outcomes.n_missed, outcomes.n_spilled, outcomes.n_turns, outcomes.n_moved,
               outcomes.n_copied);
  std::printf ("# reused %" G_GUINT64_FORMAT ", late %" G_GUINT64_FORMAT ", late and last %" G_GUINT64_FORMAT
               ", promoted %" G_GUINT64_FORMAT ", replaced %" G_GUINT64_FORMAT "\n",
               outcomes.n_reused, model_n_given_back, outcomes.n_late_and_last, outcomes.n_promoted,
               outcomes.n_replaced);
}

static void
print_catch (const ModelInfo       &model,
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

  print_catch (*info.model, params);
  point (info.is_expected (params.test_result), std::string ("mutant is caught: ") + info.name);
}

/* Whether one of the models finds an order too weak. */
static bool
is_caught_within (guint64 n_schedules)
{
  for (const ModelInfo &model : models)
    {
      const rl::test_params params = model.run (random_schedules (n_schedules), show);

      if (is_race_or_wrong_answer (params.test_result))
        {
          print_catch (model, params);
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
  /* Most are caught soon by one model, and never by the others. */
  caught = is_caught_within (MUTANT_SCHEDULES / 100) || is_caught_within (MUTANT_SCHEDULES);
  model_weakened = -1;

  point (caught, std::string ("mutant is caught: ") + site.order + " made relaxed in " + site.function + "(), " +
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
