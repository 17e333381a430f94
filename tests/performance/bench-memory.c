/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-modes.h"

#include "bench-measure.h"
#include "bench-peer.h"
#include "bench-stream.h"

typedef struct
{
  BenchStream  stream; /* all distinct */
  gpointer     pool;
  guint64      before; /* the memory of the process without the pool */
  const char  *next;   /* record */
  guint64      n_strings;
  guint64      n_bytes;
} Growth;

/* The first string may allocate what a process needs once, such as types, an interpreter or tables of
 * the C library. Allocates it before the measurement. */
static void
start_up (void)
{
  gpointer pool = bench_peer.pool_new (1);

  bench_peer.intern (pool, "first", strlen ("first"));
  if (bench_peer.pool_free != NULL)
    bench_peer.pool_free (pool);
}

static void
growth_begin (Growth     *growth,
              const char *path)
{
  bench_stream_open (&growth->stream, path);
  start_up ();

  growth->before = bench_resident_size ();
  growth->pool = bench_peer.pool_new ((gsize) growth->stream.n_distinct);
  growth->next = growth->stream.begin;
  growth->n_strings = 0;
  growth->n_bytes = 0;
}

static void
growth_reach (Growth  *growth,
              guint64  n_strings)
{
  const char *end;
  guint64 n_bytes;

  g_assert (n_strings >= growth->n_strings && n_strings <= growth->stream.n_records);

  end = bench_stream_skip (&growth->stream, growth->next, n_strings - growth->n_strings, &n_bytes);
  bench_peer.intern_all (growth->pool, growth->next, end);
  growth->next = end;
  growth->n_strings = n_strings;
  growth->n_bytes += n_bytes;
}

static double
growth_overhead (const Growth *growth)
{
  const guint64 size = bench_resident_size () - growth->before;

  return ((double) size - (double) growth->n_bytes) / (double) growth->n_strings;
}

/* Prints the bytes a string beyond its own length at each number of strings in @points, each time after
 * @n_passes hits of every string. */
void
bench_mode_memory (const char         *path,
                   const char * const *points,
                   guint               n_passes)
{
  Growth growth;

  growth_begin (&growth, path);
  g_print ("{\"value\": [");
  for (guint i = 0; points[i] != NULL; i++)
    {
      growth_reach (&growth, g_ascii_strtoull (points[i], NULL, 10));
      for (guint pass = 0; pass < n_passes; pass++)
        bench_peer.intern_all (growth.pool, growth.stream.begin, growth.next);
      g_print ("%s%.3f", i == 0 ? "" : ", ", growth_overhead (&growth));
    }
  g_print ("]}\n");
}
