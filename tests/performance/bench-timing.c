/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-modes.h"

#include "bench-measure.h"
#include "bench-peer.h"
#include "bench-stream.h"

#define MAX_THREADS 256

typedef guintptr (* Loop) (gpointer    pool,
                           const char *from,
                           const char *to);

typedef struct
{
  gpointer        pool;
  const char     *from;
  const char     *to;
  gpointer        text; /* (owned) (nullable) used instead of the stream from @from to @to */
  Loop            loop;
  gboolean        warm_up;
  guint          *n_waiting; /* atomic: threads that are not ready yet */
  guint64         begin;
  guint64         end;
  guint64         cpu;
  guintptr        sum;
} Part;

/* Returns a pool with all strings of @stream. */
gpointer
bench_pool_with (const BenchStream *stream)
{
  gpointer pool = bench_peer.pool_new ((gsize) stream->n_distinct);

  if (bench_peer.fill_all != NULL)
    bench_peer.fill_all (pool, stream->begin, stream->end);
  else
    bench_peer.intern_all (pool, stream->begin, stream->end);

  return pool;
}

static void
wait_for_others (guint *n_waiting)
{
  __atomic_sub_fetch (n_waiting, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n (n_waiting, __ATOMIC_ACQUIRE) > 0)
    g_thread_yield ();
}

static guintptr
run_once (const Part *part)
{
  if (part->text != NULL)
    return bench_peer.text_all (part->pool, part->text);

  return part->loop (part->pool, part->from, part->to);
}

static gpointer
run_part (gpointer data)
{
  Part *part = data;
  guint64 cpu;

  if (part->warm_up)
    part->sum += run_once (part);
  wait_for_others (part->n_waiting);

  part->begin = bench_wall_time ();
  cpu = bench_thread_time ();
  part->sum += run_once (part);
  part->cpu = bench_thread_time () - cpu;
  part->end = bench_wall_time ();

  return NULL;
}

/* Each thread gets its own part of the stream, all with about the same number of strings. A peer that
 * takes whole texts gets its part as a text. */
static void
split (Part              *parts,
       guint              n_parts,
       const BenchStream *stream)
{
  const char *next = stream->begin;
  guint64 n_done = 0, n_bytes;

  for (guint i = 0; i < n_parts; i++)
    {
      const guint64 n = stream->n_records * (i + 1) / n_parts - n_done;

      parts[i].from = next;
      next = bench_stream_skip (stream, next, n, &n_bytes);
      parts[i].to = next;
      if (bench_peer.text_new != NULL)
        parts[i].text = bench_peer.text_new (parts[i].from, parts[i].to);
      n_done += n;
    }
}

static void
run_threads (Part  *parts,
             guint  n_parts)
{
  GThread *threads[MAX_THREADS];

  for (guint i = 1; i < n_parts; i++)
    threads[i] = g_thread_new ("bench", run_part, &parts[i]);
  run_part (&parts[0]);
  for (guint i = 1; i < n_parts; i++)
    g_thread_join (threads[i]);
}

static guint64
wall_time (const Part *parts,
           guint       n_parts)
{
  guint64 begin = parts[0].begin, end = parts[0].end;

  for (guint i = 1; i < n_parts; i++)
    {
      begin = MIN (begin, parts[i].begin);
      end = MAX (end, parts[i].end);
    }

  return end - begin;
}

static void
print_per_call (guint64 time,
                guint64 n_calls)
{
  g_print ("{\"value\": %.3f, \"n\": %" G_GUINT64_FORMAT "}\n", (double) time / (double) n_calls, n_calls);
}

/* For one thread the value is CPU time, which other processes disturb least. For more it is wall time from
 * the first thread that begins to the last that ends, which includes waiting. Wall time is printed for any
 * number, to compare them. */
static void
time_stream (gpointer           pool,
             Loop               loop,
             const BenchStream *stream,
             guint              n_threads,
             gboolean           warm_up)
{
  Part parts[MAX_THREADS] = { 0 };
  guint n_waiting = n_threads;
  double wall, value;

  for (guint i = 0; i < n_threads; i++)
    {
      parts[i].pool = pool;
      parts[i].loop = loop;
      parts[i].warm_up = warm_up;
      parts[i].n_waiting = &n_waiting;
    }
  split (parts, n_threads, stream);
  run_threads (parts, n_threads);

  wall = (double) wall_time (parts, n_threads) / (double) stream->n_records;
  value = n_threads == 1 ? (double) parts[0].cpu / (double) stream->n_records : wall;
  g_print ("{\"value\": %.3f, \"wall\": %.3f, \"n\": %" G_GUINT64_FORMAT "}\n", value, wall, stream->n_records);
}

/* A peer needs one of the flags @any_of to run more than one thread. */
static void
check_threads (guint          n_threads,
               BenchPeerFlags any_of)
{
  if (n_threads < 1 || n_threads > MAX_THREADS)
    g_error ("The number of threads must be from 1 to %u", MAX_THREADS);
  if (n_threads > 1 && (bench_peer.flags & any_of) == 0)
    g_error ("%s is for one thread", bench_peer.name);
}

static gpointer
pool_with (const char *set)
{
  BenchStream strings;
  gpointer pool;

  bench_stream_open (&strings, set);
  pool = bench_pool_with (&strings);

  return bench_peer.settle != NULL ? bench_peer.settle (pool) : pool;
}

void
bench_mode_hits (const char *set,
                 const char *stream,
                 guint       n_threads)
{
  BenchStream uses;

  /* The floors have no lock, but no thread adds here. */
  check_threads (n_threads, BENCH_PEER_THREAD_SAFE | BENCH_PEER_FLOOR);
  bench_stream_open (&uses, stream);
  time_stream (pool_with (set), bench_peer.intern_all, &uses, n_threads, TRUE);
}

/* The first hits after the strings were added: @n_tenths of the stream warm up, the rest is timed. */
void
bench_mode_first_hits (const char *set,
                       const char *stream,
                       guint       n_tenths)
{
  guint64 n_before, n_bytes;
  const char *begin;
  BenchStream uses;
  gpointer pool;

  if (n_tenths > 9)
    g_error ("No more than 9 tenths of the stream can warm up");
  bench_stream_open (&uses, stream);
  pool = pool_with (set);

  n_before = uses.n_records * n_tenths / 10;
  begin = uses.begin;
  uses.begin = bench_stream_skip (&uses, begin, n_before, &n_bytes);
  uses.n_records -= n_before;
  bench_peer.intern_all (pool, begin, uses.begin);
  time_stream (pool, bench_peer.intern_all, &uses, 1, FALSE);
}

/* Adds all strings to an empty pool and then finds each once, in the order of @stream. Prints the time of
 * both calls together, since a pool may move work from one to the other. */
void
bench_mode_once (const char *set,
                 const char *stream)
{
  Part adding = { .loop = bench_peer.intern_all }, finding = { .loop = bench_peer.intern_all };
  BenchStream strings, uses;
  guint64 begin;

  bench_stream_open (&strings, set);
  bench_stream_open (&uses, stream);
  if (strings.n_records != strings.n_distinct || uses.n_records != strings.n_records)
    g_error ("%s and %s must have the same strings, each once", set, stream);
  adding.pool = finding.pool = bench_peer.pool_new ((gsize) strings.n_distinct);
  split (&adding, 1, &strings);
  split (&finding, 1, &uses);

  begin = bench_thread_time ();
  run_once (&adding);
  run_once (&finding);
  print_per_call (bench_thread_time () - begin, strings.n_records);
}

/* Takes and releases one more reference to a string that stays. */
void
bench_mode_hold (const char *set,
                 const char *stream,
                 guint       n_threads)
{
  BenchStream uses;

  check_threads (n_threads, BENCH_PEER_THREAD_SAFE);
  if (bench_peer.hold_all == NULL)
    g_error ("%s releases no references", bench_peer.name);
  bench_stream_open (&uses, stream);
  time_stream (pool_with (set), bench_peer.hold_all, &uses, n_threads, TRUE);
}

/* Converts the number of each string of the stream back to the string. */
void
bench_mode_names (const char *set,
                  const char *stream)
{
  g_autofree guint32 *numbers = NULL;
  const char *record;
  BenchStream uses;
  gpointer pool;
  guint64 begin;

  if (bench_peer.name_all == NULL)
    g_error ("%s has no numbers", bench_peer.name);
  bench_stream_open (&uses, stream);
  pool = pool_with (set);

  numbers = g_new (guint32, uses.n_records);
  record = uses.begin;
  for (guint64 i = 0; i < uses.n_records; i++)
    {
      gsize length;
      const char *data = bench_record_read (record, &length);

      numbers[i] = GPOINTER_TO_UINT (bench_peer.intern (pool, data, length));
      record = data + length + 1;
    }

  bench_peer.name_all (pool, numbers, (gsize) uses.n_records);
  begin = bench_thread_time ();
  bench_peer.name_all (pool, numbers, (gsize) uses.n_records);
  print_per_call (bench_thread_time () - begin, uses.n_records);
}

void
bench_mode_insert (const char *stream,
                   guint       n_threads)
{
  BenchStream uses;

  check_threads (n_threads, BENCH_PEER_THREAD_SAFE);
  bench_stream_open (&uses, stream);
  time_stream (bench_peer.pool_new ((gsize) uses.n_distinct), bench_peer.intern_all, &uses, n_threads, FALSE);
}

/* Small pools */

#define N_SMALL 10

/* A different short name for each number. */
static void
make_name (char  *name,
           gsize  size,
           guint  number)
{
  g_snprintf (name, (gulong) size, "name-%04u", number);
}

static void
check_pools (void)
{
  if (bench_peer.pool_free == NULL)
    g_error ("%s has no pools", bench_peer.name);
}

static gpointer
small_pool_new (char  (*names)[16],
                guint   n_strings)
{
  gpointer pool = bench_peer.pool_new (n_strings);

  for (guint i = 0; i < n_strings; i++)
    bench_peer.intern (pool, names[i], strlen (names[i]));

  return pool;
}

/* Prints the time for making a pool, adding N_SMALL strings and freeing it. */
void
bench_mode_small_pools (guint n_pools)
{
  char names[N_SMALL][16];
  guint64 begin;

  check_pools ();
  for (guint i = 0; i < N_SMALL; i++)
    make_name (names[i], sizeof names[i], i);
  bench_peer.pool_free (small_pool_new (names, N_SMALL));

  begin = bench_thread_time ();
  for (guint i = 0; i < n_pools; i++)
    bench_peer.pool_free (small_pool_new (names, N_SMALL));
  g_print ("{\"value\": %.1f, \"n\": %u}\n",
           (double) (bench_thread_time () - begin) / n_pools, n_pools);
}

/* Longest call */

typedef struct
{
  guint64 n_calls[64]; /* by the highest power of two in the time in ns */
  guint64 longest;
} Histogram;

static void
histogram_add (Histogram *histogram,
               guint64    time)
{
  histogram->n_calls[time == 0 ? 0 : 63 - __builtin_clzll (time)]++;
  histogram->longest = MAX (histogram->longest, time);
}

static void
histogram_print (const Histogram *histogram)
{
  const char *comma = "";

  g_print ("{\"value\": %.1f, \"histogram\": {", (double) histogram->longest / 1000);
  for (guint i = 0; i < G_N_ELEMENTS (histogram->n_calls); i++)
    if (histogram->n_calls[i] > 0)
      {
        g_print ("%s\"%" G_GUINT64_FORMAT "\": %" G_GUINT64_FORMAT,
                 comma, G_GUINT64_CONSTANT (1) << i, histogram->n_calls[i]);
        comma = ", ";
      }
  g_print ("}}\n");
}

/* Times each call. Every figure includes reading the clock, a system call: the histogram is for the
 * long calls. The end of one call is the beginning of the next. */
void
bench_mode_latency (const char *path)
{
  Histogram histogram = { .longest = 0 };
  BenchStream stream;
  gpointer pool;
  guint64 last;
  const char *record;

  bench_stream_open (&stream, path);
  pool = bench_peer.pool_new ((gsize) stream.n_distinct);
  record = stream.begin;
  last = bench_thread_time ();
  while (record < stream.end)
    {
      gsize length;
      const char *data = bench_record_read (record, &length);
      guint64 now;

      bench_peer.intern (pool, data, length);
      now = bench_thread_time ();
      histogram_add (&histogram, now - last);
      last = now;
      record = data + length + 1;
    }

  histogram_print (&histogram);
}

/* Heap of a small pool */

#define N_HEAP_POOLS 1000

/* Prints the heap size of a pool of @n_strings short strings: the mean of many pools, since allocators
 * take memory in slabs. */
void
bench_mode_heap (guint n_strings)
{
  g_autofree gpointer *pools = g_new0 (gpointer, N_HEAP_POOLS);
  char (*names)[16] = g_malloc_n (n_strings + 1, sizeof *names);
  guint64 before;

  check_pools ();
  for (guint i = 0; i < n_strings; i++)
    make_name (names[i], sizeof names[i], i);
  bench_peer.pool_free (small_pool_new (names, n_strings));

  before = bench_heap_size ();
  for (guint i = 0; i < N_HEAP_POOLS; i++)
    pools[i] = small_pool_new (names, n_strings);
  g_print ("{\"value\": %.1f, \"n\": %d}\n",
           (double) ((gint64) bench_heap_size () - (gint64) before) / N_HEAP_POOLS, N_HEAP_POOLS);

  for (guint i = 0; i < N_HEAP_POOLS; i++)
    bench_peer.pool_free (pools[i]);
  g_free (names);
}
