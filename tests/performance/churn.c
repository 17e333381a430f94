/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A service that meets new strings for ever: LIVING strings live at a time, and each step releases one
 * of them and acquires a new one. The memory must stay bounded.
 *
 * Usage: churn [LIVING] [ACQUIRED]
 *
 * Prints its measurements for charts.py, and fails if the bound does not hold. */

#include <string.h>

#include <intern-glib.h>

#include "bench-measure.h"

#define N_SAMPLES 64
#define LENGTH_MIN 8
#define LENGTH_MAX 200
#define N_LENGTHS 4096

/* In percent: the largest sample, of the first sample, which is taken before any string has died; and
 * the largest of the second half, of the largest of the first half. */
#define BOUND 130
#define FLAT 102

typedef struct
{
  guint64 n_acquired;
  guint64 n_bytes;  /* of the strings that live */
  guint64 memory;   /* as the pool reports */
  guint64 resident; /* growth of the process */
} Sample;

typedef struct
{
  InternPool  *pool;
  const char **living;
  guint        n_living;
  guint64      n_acquired;
  guint64      random;
  guint64      resident; /* before the pool was made */
  guint8       lengths[N_LENGTHS]; /* drawn from at random */
} Churn;

/* xorshift: the same strings on every machine. */
static guint64
next_random (Churn *churn)
{
  churn->random ^= churn->random << 13;
  churn->random ^= churn->random >> 7;
  churn->random ^= churn->random << 17;

  return churn->random;
}

/* Zipf: the shortest length is most frequent, the k-th shortest has a k-th of its frequency. */
static void
fill_lengths (Churn *churn)
{
  double sum = 0, reached = 0;
  guint length = LENGTH_MIN;

  for (guint i = LENGTH_MIN; i <= LENGTH_MAX; i++)
    sum += 1.0 / (i - LENGTH_MIN + 1);
  for (guint i = 0; i < N_LENGTHS; i++)
    {
      while (length < LENGTH_MAX && i >= (reached + 1.0 / (length - LENGTH_MIN + 1)) / sum * N_LENGTHS)
        {
          reached += 1.0 / (length - LENGTH_MIN + 1);
          length++;
        }
      churn->lengths[i] = (guint8) length;
    }
}

/* Replaces a string by a new one: a number, padded to a random length. */
static void
replace (Churn *churn,
         guint  which)
{
  char text[LENGTH_MAX];
  const guint64 number = ++churn->n_acquired;
  const gsize length = churn->lengths[next_random (churn) % N_LENGTHS];

  memset (text, '.', length);
  memcpy (text, &number, sizeof number);
  intern_pool_release (churn->pool, churn->living[which]);
  churn->living[which] = intern_pool_acquire_len (churn->pool, text, (gssize) length);
}

static Sample
take_sample (Churn *churn)
{
  InternPoolStats stats;

  intern_pool_get_stats (churn->pool, &stats);
  g_assert_cmpuint (stats.n_strings, ==, churn->n_living);
  g_assert_cmpuint (stats.n_mortal, ==, churn->n_living);

  return (Sample) {
    .n_acquired = churn->n_acquired,
    .n_bytes = stats.bytes_stored,
    .memory = stats.memory_usage,
    .resident = bench_resident_size () - churn->resident,
  };
}

static void
run (Churn   *churn,
     guint64  n_acquired,
     Sample  *samples)
{
  for (guint i = 0; i < churn->n_living; i++)
    replace (churn, i);
  samples[0] = take_sample (churn);

  for (guint i = 1; i < N_SAMPLES; i++)
    {
      while (churn->n_acquired < n_acquired * i / (N_SAMPLES - 1))
        replace (churn, (guint) (next_random (churn) % churn->n_living));
      samples[i] = take_sample (churn);
    }
}

static guint64
largest (const Sample *samples,
         guint         n_samples,
         gboolean      resident)
{
  guint64 value = 0;

  for (guint i = 0; i < n_samples; i++)
    value = MAX (value, resident ? samples[i].resident : samples[i].memory);

  return value;
}

/* Whether the memory of the pool or of the process stays within the bound, and flat. */
static gboolean
is_bounded (const Sample *samples,
            gboolean      resident)
{
  const guint half = N_SAMPLES / 2;
  const guint64 at_first = largest (samples, 1, resident);
  const guint64 early = largest (samples, half, resident);
  const guint64 late = largest (samples + half, N_SAMPLES - half, resident);
  const gboolean bounded = MAX (early, late) <= at_first * BOUND / 100 && late <= early * FLAT / 100;

  g_printerr ("%s: %" G_GUINT64_FORMAT " bytes at first, at most %" G_GUINT64_FORMAT " in the first half and %"
              G_GUINT64_FORMAT " in the second: %s\n", resident ? "process" : "pool", at_first, early, late,
              bounded ? "bounded" : "NOT BOUNDED");

  return bounded;
}

static void
print_samples (const Churn  *churn,
               const Sample *samples)
{
  g_print ("{\"churn\": {\"version\": \"%u.%u.%u\", \"living\": %u, \"samples\": [",
           intern_get_major_version (), intern_get_minor_version (), intern_get_micro_version (), churn->n_living);
  for (guint i = 0; i < N_SAMPLES; i++)
    g_print ("%s\n  {\"acquired\": %" G_GUINT64_FORMAT ", \"bytes\": %" G_GUINT64_FORMAT
             ", \"pool\": %" G_GUINT64_FORMAT ", \"process\": %" G_GUINT64_FORMAT "}",
             i == 0 ? "" : ",", samples[i].n_acquired, samples[i].n_bytes, samples[i].memory, samples[i].resident);
  g_print ("\n]}}\n");
}

int
main (int    argc,
      char **argv)
{
  Churn churn = { .n_living = 1000000, .random = 1 };
  guint64 n_acquired = 100000000;
  Sample samples[N_SAMPLES];
  gboolean bounded;

  if (argc > 1)
    churn.n_living = (guint) g_ascii_strtoull (argv[1], NULL, 10);
  if (argc > 2)
    n_acquired = g_ascii_strtoull (argv[2], NULL, 10);
  if (argc > 3 || churn.n_living == 0 || n_acquired < churn.n_living)
    {
      g_printerr ("Usage: churn [LIVING] [ACQUIRED]\n");
      return 2;
    }

  fill_lengths (&churn);
  churn.living = g_new0 (const char *, churn.n_living);
  /* Touch each page before the measurement begins. */
  for (guint i = 0; i < churn.n_living; i += 4096 / sizeof (char *))
    ((const char *volatile *) churn.living)[i] = NULL;
  churn.resident = bench_resident_size ();
  churn.pool = intern_pool_new ();
  intern_pool_set_emit_added (churn.pool, FALSE);

  run (&churn, n_acquired, samples);
  print_samples (&churn, samples);
  bounded = is_bounded (samples, FALSE);
  bounded = is_bounded (samples, TRUE) && bounded;

  g_object_unref (churn.pool);
  g_free (churn.living);

  return bounded ? 0 : 1;
}
