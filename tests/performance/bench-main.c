/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program of a peer: bench-PEER MODE [ARGUMENT…]. See bench-modes.h and README.md. */

#include <stdlib.h>

#include "bench-modes.h"
#include "bench-peer.h"

static const char *usage =
  "info\n"
  "check\n"
  "hits SET STREAM N-THREADS\n"
  "hold SET STREAM N-THREADS\n"
  "names SET STREAM\n"
  "insert STREAM N-THREADS\n"
  "memory STREAM N-STRINGS…\n"
  "memory-after-hits STREAM N-STRINGS\n"
  "small-pools N-POOLS\n"
  "heap N-STRINGS\n"
  "latency STREAM\n"
  "first-hits SET STREAM N-TENTHS\n"
  "once SET STREAM\n"
  "open SET\n"
  "open-memory SET\n"
  "save SET N-BEFORE\n"
  "reopen SET N-BEFORE\n";

static void
print_info (void)
{
  g_print ("{\"name\": \"%s\", \"version\": \"%s\", \"thread_safe\": %s, \"process_wide\": %s, "
           "\"floor\": %s, \"names\": %s, \"references\": %s, \"files\": %s, "
           "\"max_strings\": %" G_GSIZE_FORMAT ", \"limit\": \"%s\"}\n",
           bench_peer.name, bench_peer.version,
           bench_peer.flags & BENCH_PEER_THREAD_SAFE ? "true" : "false",
           bench_peer.pool_free == NULL ? "true" : "false",
           bench_peer.flags & BENCH_PEER_FLOOR ? "true" : "false",
           bench_peer.name_all != NULL ? "true" : "false",
           bench_peer.hold_all != NULL ? "true" : "false",
           bench_peer.save != NULL ? "true" : "false",
           bench_peer.max_strings, bench_peer.limit != NULL ? bench_peer.limit : "");
}

static gboolean
is_mode (const char *mode,
         int         argc,
         char      **argv,
         int         n_arguments)
{
  return g_str_equal (argv[1], mode) && argc >= n_arguments + 2;
}

static guint
number (const char *text)
{
  return (guint) g_ascii_strtoull (text, NULL, 10);
}

int
main (int    argc,
      char **argv)
{
  const char * const *arguments = (const char * const *) argv + 2;

  if (argc < 2 || is_mode ("check", argc, argv, 0))
    return bench_mode_check (&argc, &argv);

  if (is_mode ("info", argc, argv, 0))
    print_info ();
  else if (is_mode ("hits", argc, argv, 3))
    bench_mode_hits (arguments[0], arguments[1], number (arguments[2]));
  else if (is_mode ("hold", argc, argv, 3))
    bench_mode_hold (arguments[0], arguments[1], number (arguments[2]));
  else if (is_mode ("names", argc, argv, 2))
    bench_mode_names (arguments[0], arguments[1]);
  else if (is_mode ("insert", argc, argv, 2))
    bench_mode_insert (arguments[0], number (arguments[1]));
  else if (is_mode ("memory", argc, argv, 2))
    bench_mode_memory (arguments[0], arguments + 1, 0);
  else if (is_mode ("memory-after-hits", argc, argv, 2))
    bench_mode_memory (arguments[0], arguments + 1, 3);
  else if (is_mode ("small-pools", argc, argv, 1))
    bench_mode_small_pools (number (arguments[0]));
  else if (is_mode ("heap", argc, argv, 1))
    bench_mode_heap (number (arguments[0]));
  else if (is_mode ("latency", argc, argv, 1))
    bench_mode_latency (arguments[0]);
  else if (is_mode ("first-hits", argc, argv, 3))
    bench_mode_first_hits (arguments[0], arguments[1], number (arguments[2]));
  else if (is_mode ("once", argc, argv, 2))
    bench_mode_once (arguments[0], arguments[1]);
  else if (is_mode ("open", argc, argv, 1))
    bench_mode_open (arguments[0]);
  else if (is_mode ("open-memory", argc, argv, 1))
    bench_mode_open_memory (arguments[0]);
  else if (is_mode ("save", argc, argv, 2))
    bench_mode_save (arguments[0], number (arguments[1]));
  else if (is_mode ("reopen", argc, argv, 2))
    bench_mode_reopen (arguments[0], number (arguments[1]));
  else
    {
      g_printerr ("Usage: %s MODE, one of:\n%s", argv[0], usage);
      return EXIT_FAILURE;
    }

  return EXIT_SUCCESS;
}
