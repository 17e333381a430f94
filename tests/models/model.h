/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the model checker puts in the place of intern-atomic-private.h and intern-entry-private.h,
 * so that it compiles and runs the bucket that the library ships.
 *
 * Each acquire and each release, as it stands in the source, is a site with a number of its own:
 * the mutants weaken one after the other, and none that is added later can be forgotten. */

#pragma once

#include <glib.h>

#include <relacy/relacy.hpp>

#define MODEL_MAX_SITES 32

struct ModelSite
{
  const char *function; /* NULL until it has been executed */
  const char *file;
  unsigned    line;
  bool        release;
};

static ModelSite model_sites[MODEL_MAX_SITES];
static int model_weakened = -1; /* the site whose order is relaxed */

static inline rl::memory_order
model_order (int              site,
             rl::memory_order order,
             rl::debug_info   info)
{
  model_sites[site] = { info.func_, info.file_, info.line_, order == rl::mo_release };

  return site == model_weakened ? rl::mo_relaxed : order;
}

/* Others may have counted before. */
enum { MODEL_FIRST_SITE = __COUNTER__ + 1 };
#define MODEL_ORDER(order) model_order (__COUNTER__ - MODEL_FIRST_SITE, order, RL_INFO)

#define INTERN_ATOMIC(type) rl::atomic<type>

#define intern_load_relaxed(place) (place)->load (rl::mo_relaxed, RL_INFO)
#define intern_load_acquire(place) (place)->load (MODEL_ORDER (rl::mo_acquire), RL_INFO)
#define intern_store_relaxed(place, value) (place)->store ((value), rl::mo_relaxed, RL_INFO)
#define intern_store_release(place, value) (place)->store ((value), MODEL_ORDER (rl::mo_release), RL_INFO)

#define intern_swap_acquire(place, old, new_word) \
  model_swap ((place), (old), (new_word), MODEL_ORDER (rl::mo_acquire), RL_INFO)
#define intern_swap_acq_rel(place, old, new_word) \
  model_swap ((place), (old), (new_word), MODEL_ORDER (rl::mo_acq_rel), RL_INFO)

static inline bool
model_swap (rl::atomic<guint32> *place,
            guint32              old,
            guint32              new_word,
            rl::memory_order     order,
            rl::debug_info       info)
{
  return place->compare_exchange_strong (old, new_word, order, info);
}

#define INTERN_MODEL
#include "intern-header-private.h"

/* The faults of logic that the mutants commit. */
enum ModelFault
{
  FAULT_NONE,
  FAULT_NO_COMPARISON,
  FAULT_PUT_TOO_EARLY,
  FAULT_BYTES_REUSED,
  FAULT_LEVEL_TOO_EARLY,
  FAULT_LEVEL_FREED,
};

static ModelFault model_fault = FAULT_NONE;

/* The strings: "a" and "b" agree in all 64 bits of their hash; "c" agrees with them in bucket and
 * tag, not in the mark. */
enum { A, B, C, N_STRINGS };

struct InternKey
{
  const char *data;
  gsize       length;
  guint64     hash;
};

static const InternKey model_keys[N_STRINGS] = {
  { "a", 1, G_GUINT64_CONSTANT (0x0200000500000000) },
  { "b", 1, G_GUINT64_CONSTANT (0x0200000500000000) },
  { "c", 1, G_GUINT64_CONSTANT (0x0200000900000000) },
};

/* As InternEntry: its bytes are plain memory, of which the checker says when it is read and written
 * at once, or read before it is written. */
struct ModelEntry
{
  InternHeader   header;
  rl::var<char>  byte;

  /* As the shard makes an entry. */
  void
  write (const InternKey *key,
         bool             permanent = true)
  {
    intern_header_prepare (&header, key->length);
    byte (RL_INFO) = key->data[0];
    intern_header_publish (&header, key->length, permanent);
  }

  const char *
  string () const
  {
    return reinterpret_cast<const char *> (this);
  }
};

/* The entries of the run, to know an address that never was one. */
static ModelEntry *model_entries;

static inline ModelEntry *
model_entry (const char *string)
{
  guint i = 0;

  while (i < N_STRINGS && model_entries[i].string () != string)
    i++;
  RL_ASSERT (i < N_STRINGS);

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

  return intern_load_acquire (&entry->header.length) == key->length &&
         entry->byte (RL_INFO) == key->data[0];
}

static inline gboolean
intern_entry_equals_held (const char      *string,
                          const InternKey *key)
{
  ModelEntry *entry = model_entry (string);

  if (model_fault == FAULT_NO_COMPARISON)
    return TRUE;

  return (intern_load_relaxed (&entry->header.length) & ~INTERN_MORTAL) == key->length &&
         entry->byte (RL_INFO) == key->data[0];
}

#include "intern-bucket-private.h"
