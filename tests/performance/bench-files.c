/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-modes.h"

#include <glib/gstdio.h>

#include "bench-measure.h"
#include "bench-peer.h"
#include "bench-stream.h"

typedef struct
{
  BenchStream  strings;
  gpointer     pool;
  char        *path; /* (owned) */
} Fixture;

static void
fixture_init (Fixture    *fixture,
              const char *set)
{
  if (bench_peer.save == NULL)
    g_error ("%s has no files", bench_peer.name);

  bench_stream_open (&fixture->strings, set);
  fixture->pool = bench_pool_with (&fixture->strings);
  fixture->path = bench_file_new ();
}

static void
fixture_clear (Fixture *fixture)
{
  bench_peer.pool_free (fixture->pool);
  g_unlink (fixture->path);
  g_free (fixture->path);
}

/* Opens the file and finds a string: a peer that defers work must not get it for free. */
static void
reopen (Fixture *fixture)
{
  gsize length;
  const char *data = bench_record_read (fixture->strings.begin, &length);

  fixture->pool = bench_peer.load (fixture->path);
  bench_peer.intern (fixture->pool, data, length);
}

/* Prints the microseconds for opening a file and finding its first string. */
void
bench_mode_open (const char *set)
{
  Fixture fixture;
  guint64 begin;

  fixture_init (&fixture, set);
  bench_peer.save (fixture.pool, fixture.path);
  bench_peer.pool_free (fixture.pool);

  begin = bench_wall_time ();
  reopen (&fixture);
  g_print ("{\"value\": %.3f, \"n\": 1}\n", (double) (bench_wall_time () - begin) / 1000);
  fixture_clear (&fixture);
}

/* Prints the KiB of private memory after the same. */
void
bench_mode_open_memory (const char *set)
{
  Fixture fixture;
  guint64 before;

  fixture_init (&fixture, set);
  bench_peer.save (fixture.pool, fixture.path);
  /* The first pool stays, since the new one would reuse memory that the heap keeps. */
  before = bench_resident_size ();
  reopen (&fixture);
  g_print ("{\"value\": %.1f, \"n\": 1}\n", (double) ((gint64) bench_resident_size () - (gint64) before) / 1024);
  fixture_clear (&fixture);
}

static double
megabytes (const char *path)
{
  GStatBuf status;

  if (g_stat (path, &status) < 0)
    g_error ("%s does not exist", path);

  return (double) status.st_size / 1e6;
}

/* Prints the microseconds for saving a MB of a file, after saving it @n_before times. CPU time, as in
 * all rows of one thread: a file in memory never waits for a disk. */
void
bench_mode_save (const char *set,
                 guint       n_before)
{
  Fixture fixture;
  guint64 begin, time;

  fixture_init (&fixture, set);
  for (guint i = 0; i < n_before; i++)
    bench_peer.save (fixture.pool, fixture.path);

  begin = bench_thread_time ();
  bench_peer.save (fixture.pool, fixture.path);
  time = bench_thread_time () - begin;
  g_print ("{\"value\": %.3f, \"n\": 1}\n", (double) time / 1000 / megabytes (fixture.path));
  fixture_clear (&fixture);
}

/* The same for opening. */
void
bench_mode_reopen (const char *set,
                   guint       n_before)
{
  Fixture fixture;
  guint64 begin, time;

  fixture_init (&fixture, set);
  bench_peer.save (fixture.pool, fixture.path);
  for (guint i = 0; i < n_before; i++)
    {
      bench_peer.pool_free (fixture.pool);
      fixture.pool = bench_peer.load (fixture.path);
    }
  bench_peer.pool_free (fixture.pool);

  begin = bench_thread_time ();
  fixture.pool = bench_peer.load (fixture.path);
  time = bench_thread_time () - begin;
  g_print ("{\"value\": %.3f, \"n\": 1}\n", (double) time / 1000 / megabytes (fixture.path));
  fixture_clear (&fixture);
}
