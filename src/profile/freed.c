/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/freed.h"

#include <string.h>

#include "profile/lock.h"
#include "profile/text.h"

#define SAMPLE_EVERY 61 /* a prime, so as not to beat with a loop of the program */
#define N_SAMPLES 4096

static __thread unsigned n_freed __attribute__ ((tls_model ("initial-exec")));

static Lock sampling;  /* guards the next two */
static Freed *samples; /* a ring */
static size_t n_samples;

bool
freed_begin (void)
{
  samples = table_map (N_SAMPLES * sizeof (Freed));

  return samples != NULL;
}

/* Keeps the string of one block in SAMPLE_EVERY, if it holds one that is short enough. */
void
freed_add (const Block *block)
{
  Freed *sample;
  size_t length;

  if (++n_freed % SAMPLE_EVERY != 0)
    return;
  length = text_get_length (block);
  if (length >= sizeof sample->data)
    return;

  lock (&sampling);
  sample = &samples[n_samples++ % N_SAMPLES];
  sample->site = block->site;
  sample->length = (uint16_t) length;
  sample->bytes = (uint32_t) BLOCK_BYTES (block->usable);
  memcpy (sample->data, block->address, length);
  unlock (&sampling);
}

void
freed_lock (void)
{
  lock (&sampling);
}

void
freed_unlock (void)
{
  unlock (&sampling);
}

/* HOLDS: sampling */
void
freed_forget (void)
{
  n_samples = 0;
}

/* HOLDS: sampling. Returns about how many strings were freed. */
uint64_t
freed_count (void)
{
  return (uint64_t) n_samples * SAMPLE_EVERY;
}

/* HOLDS: sampling. Returns NULL after the last. */
const Freed *
freed_get (size_t i)
{
  return i < n_samples && i < N_SAMPLES ? &samples[i] : NULL;
}
