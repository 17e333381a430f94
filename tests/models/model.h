/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Replaces base/atomic.h and storage/entry.h, so that the model checker compiles and runs the bucket that the
 * library ships.
 *
 * Each acquire and each release in the source is a site with a number: the mutants weaken one after the
 * other, also those that are added later. */

#pragma once

#include <glib.h>

#include <relacy/relacy.hpp>

#define MODEL_MAX_SITES 32

struct ModelSite
{
  const char *function; /* NULL until it has been executed */
  const char *file;
  unsigned    line;
  const char *order;
};

static ModelSite model_sites[MODEL_MAX_SITES];
static int model_weakened = -1; /* the site that is made relaxed */

static inline rl::memory_order
model_order (int              site,
             rl::memory_order order,
             rl::debug_info   info)
{
  model_sites[site] = { info.func_, info.file_, info.line_, order == rl::mo_release ? "release" : "acquire" };

  return site == model_weakened ? rl::mo_relaxed : order;
}

/* An order of both kinds is two sites. */
static inline rl::memory_order
model_acq_rel (int            acquire_site,
               int            release_site,
               rl::debug_info info)
{
  const rl::memory_order acquire = model_order (acquire_site, rl::mo_acquire, info);
  const rl::memory_order release = model_order (release_site, rl::mo_release, info);

  return acquire == rl::mo_relaxed ? release : release == rl::mo_relaxed ? acquire : rl::mo_acq_rel;
}

/* Other headers may use __COUNTER__ too. */
enum { MODEL_FIRST_SITE = __COUNTER__ + 1 };
#define MODEL_SITE (__COUNTER__ - MODEL_FIRST_SITE)
#define MODEL_ORDER(order) model_order (MODEL_SITE, order, RL_INFO)
#define MODEL_ACQ_REL model_acq_rel (MODEL_SITE, MODEL_SITE, RL_INFO)

#define INTERN_ATOMIC(type) rl::atomic<type>

#define intern_atomic_load_relaxed(word) (word)->load (rl::mo_relaxed, RL_INFO)
#define intern_atomic_load_acquire(word) (word)->load (MODEL_ORDER (rl::mo_acquire), RL_INFO)
#define intern_atomic_store_relaxed(word, value) (word)->store ((value), rl::mo_relaxed, RL_INFO)
#define intern_atomic_store_release(word, value) (word)->store ((value), MODEL_ORDER (rl::mo_release), RL_INFO)

#define intern_atomic_swap_relaxed(word, old, new_word) \
  model_swap ((word), (old), (new_word), rl::mo_relaxed, RL_INFO)
#define intern_atomic_swap_acquire(word, old, new_word) \
  model_swap ((word), (old), (new_word), MODEL_ORDER (rl::mo_acquire), RL_INFO)
#define intern_atomic_swap_release(word, old, new_word) \
  model_swap ((word), (old), (new_word), MODEL_ORDER (rl::mo_release), RL_INFO)
#define intern_atomic_swap_acq_rel(word, old, new_word) \
  model_swap ((word), (old), (new_word), MODEL_ACQ_REL, RL_INFO)

static inline bool
model_swap (rl::atomic<guint32> *word,
            guint32              old,
            guint32              new_word,
            rl::memory_order     order,
            rl::debug_info       info)
{
  return word->compare_exchange_strong (old, new_word, order, info, rl::mo_relaxed, info);
}

#define INTERN_MODEL
#include "storage/header.h"

/* As in base/sizes.h. All bits that choose a bucket are in the slots, so that a level of one bucket is copied. */
#define INTERN_CACHE_LOW_BITS 0

/* The faults of logic of the mutants. */
enum ModelFault
{
  FAULT_NONE,
  FAULT_NO_COMPARISON,
  FAULT_PUT_TOO_EARLY,
  FAULT_BYTES_REUSED,
  FAULT_LEVEL_TOO_EARLY,
  FAULT_LEVEL_FREED,
  FAULT_RAISED_FROM_ZERO,
  FAULT_RAISED_IN_TWO_STEPS,
  FAULT_COMPARED_FIRST,
  FAULT_NOT_GIVEN_BACK,
  FAULT_BURIED_BY_OBSERVER,
  FAULT_BURIED_UNSEEN,
  FAULT_HEADER_MOVED,
  FAULT_NOT_MARKED,
  FAULT_MARK_CLEARED_FIRST,
  FAULT_COUNTED_FIRST,
  FAULT_SPLIT_TOO_EARLY,
  FAULT_MOVED_UNSEEN,
};

static ModelFault model_fault = FAULT_NONE;

/* The functions of the header, as shipped or with a fault. */

static inline InternLife
model_raise (InternHeader *header)
{
  const guint32 state = intern_atomic_load_relaxed (&header->state);

  if ((model_fault == FAULT_RAISED_FROM_ZERO && state == 0) ||
      (model_fault == FAULT_RAISED_IN_TWO_STEPS && state != 0 && (state & INTERN_PERMANENT) == 0))
    {
      header->state.store (state + 1, rl::mo_release, RL_INFO);
      return INTERN_LIFE_MORTAL;
    }

  return intern_header_raise (header);
}

static inline InternLife
model_lower (InternHeader *header)
{
  const InternLife life = intern_header_lower (header);

  if (model_fault == FAULT_BURIED_BY_OBSERVER && life == INTERN_LIFE_MORTAL &&
      intern_atomic_load_relaxed (&header->state) == 0)
    return INTERN_LIFE_ENDED;

  return life;
}

static guint64 model_n_given_back;

/* Called by a bucket for a string that does not match. */
static inline InternLife
model_give_back (InternHeader *header)
{
  model_n_given_back++;

  return model_fault == FAULT_NOT_GIVEN_BACK ? INTERN_LIFE_MORTAL : model_lower (header);
}

static inline gboolean
model_make_permanent (InternHeader *header)
{
  if (model_fault == FAULT_MARK_CLEARED_FIRST)
    header->length.store (intern_atomic_load_relaxed (&header->length) & ~INTERN_MORTAL, rl::mo_release, RL_INFO);

  return intern_header_make_permanent (header);
}

static inline void
model_prepare (InternHeader *header,
               guint32       length)
{
  if (model_fault == FAULT_NOT_MARKED)
    intern_atomic_store_relaxed (&header->length, length);
  else
    intern_header_prepare (header, length);
}

/* The strings "a" and "b" have one hash; "c" has the same buckets and tag but another mark; "d" has the same first
 * bucket and another second one. */
enum { A, B, C, D, N_STRINGS };

struct InternKey
{
  const char *data;
  gsize       length;
  guint64     hash;
};

static const InternKey model_keys[N_STRINGS] = {
  { "a", 1, G_GUINT64_CONSTANT (0x0200000000000005) },
  { "b", 1, G_GUINT64_CONSTANT (0x0200000000000005) },
  { "c", 1, G_GUINT64_CONSTANT (0x0200000000000009) },
  { "d", 1, G_GUINT64_CONSTANT (0x0400000000000011) },
};

/* As InternEntry. Its byte is plain memory: the checker reports a read at the same time as a write, or before
 * it. */
struct ModelEntry
{
  InternHeader   header;
  rl::var<char>  byte;

  /* As the shard makes an entry. */
  void
  write (const InternKey *key,
         bool             permanent = true)
  {
    model_prepare (&header, key->length);
    byte (RL_INFO) = key->data[0];
    intern_header_publish (&header, key->length, permanent);
  }

  const char *
  string () const
  {
    return reinterpret_cast<const char *> (this);
  }
};

/* The entries of the run, to recognise a wrong address. More than strings: one may die and be added again before
 * it is buried. */
#define MODEL_ENTRIES 5

static ModelEntry *model_entries;

static inline ModelEntry *
model_entry (const char *string)
{
  guint i = 0;

  while (i < MODEL_ENTRIES && model_entries[i].string () != string)
    i++;
  RL_ASSERT (i < MODEL_ENTRIES);

  return &model_entries[i];
}

static inline InternHeader *
intern_entry_header (const char *string)
{
  return &model_entry (string)->header;
}

static inline gboolean
intern_entry_equals (const char      *string,
                     const InternKey *key)
{
  ModelEntry *entry = model_entry (string);

  if (model_fault == FAULT_NO_COMPARISON)
    return TRUE;

  return intern_atomic_load_acquire (&entry->header.length) == key->length &&
         entry->byte (RL_INFO) == key->data[0];
}

static inline gboolean
intern_entry_equals_any (const char      *string,
                         const InternKey *key)
{
  ModelEntry *entry = model_entry (string);

  if (model_fault == FAULT_NO_COMPARISON)
    return TRUE;

  return (intern_atomic_load_relaxed (&entry->header.length) & ~INTERN_MORTAL) == key->length &&
         entry->byte (RL_INFO) == key->data[0];
}

#define intern_header_raise model_raise
#define intern_header_lower model_give_back
#include "cache/bucket.h"
#undef intern_header_raise
#undef intern_header_lower
