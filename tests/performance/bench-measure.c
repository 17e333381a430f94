/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-measure.h"

#include <malloc.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib/gstdio.h>

static guint64
read_clock (clockid_t clock)
{
  struct timespec now;

  if (clock_gettime (clock, &now) != 0)
    g_error ("This system lacks a clock that the benchmark needs");

  return (guint64) now.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) now.tv_nsec;
}

guint64
bench_thread_time (void)
{
  return read_clock (CLOCK_THREAD_CPUTIME_ID);
}

guint64
bench_wall_time (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

/* Anonymous pages only: the streams are mapped files and do not count. */
guint64
bench_resident_size (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL))
    g_error ("This system has no /proc/self/smaps_rollup");
  line = strstr (text, "\nAnonymous:");
  if (line == NULL)
    g_error ("/proc/self/smaps_rollup lacks the line Anonymous");

  return g_ascii_strtoull (line + strlen ("\nAnonymous:"), NULL, 10) * 1024;
}

/* malloc() maps large blocks one by one and counts them separately. */
guint64
bench_heap_size (void)
{
  const struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

char *
bench_file_new (void)
{
  const char *folder = g_access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  char *path = g_build_filename (folder, "intern-bench-XXXXXX", NULL);
  const int fd = g_mkstemp (path);

  if (fd < 0)
    g_error ("Cannot create a file in %s", folder);
  close (fd);

  return path;
}
