/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interface of a peer. A file in peers/ implements making a pool, freeing it and interning one
 * string, and ends with BENCH_DEFINE_LOOP() and a `bench_peer`.
 *
 * The peer's own file expands the loop over a stream, so that it calls the peer as a program does:
 * directly, and inlined if it is a header.
 *
 * Functions that only some peers support come last and are %NULL for the others: numbers back to
 * strings, releasing references, whole texts in one call, files.
 */

#pragma once

#include <string.h>

#include <glib.h>

#include "bench-stream.h"

G_BEGIN_DECLS

typedef enum
{
  BENCH_PEER_NONE        = 0,
  BENCH_PEER_THREAD_SAFE = 1 << 0,
  BENCH_PEER_FLOOR       = 1 << 1, /* a lower bound of the time, not an interner */
} BenchPeerFlags;

typedef struct
{
  const char     *name;
  const char     *version;
  BenchPeerFlags  flags;
  gsize           max_strings; /* 0: no limit */
  const char     *limit;       /* (nullable) the reason for max_strings */

  /* @n_strings is the number of distinct strings to come. Only the floors may use it. */
  gpointer        (* pool_new)   (gsize          n_strings);
  void            (* pool_free)  (gpointer       pool); /* (nullable) %NULL: one pool for the process */
  gconstpointer   (* intern)     (gpointer       pool,
                                  const char    *data,
                                  gsize          length);
  guintptr        (* intern_all) (gpointer       pool,
                                  const char    *from,
                                  const char    *to);

  /* The string of each number that intern() returned. */
  guintptr        (* name_all)   (gpointer       pool,
                                  const guint32 *numbers,
                                  gsize          n_numbers);
  /* Takes a reference to each string and releases it. The caller holds another one. */
  guintptr        (* hold_all)   (gpointer       pool,
                                  const char    *from,
                                  const char    *to);
  /* As intern_all(), in one call for a text that text_new() made from the stream. */
  gpointer        (* text_new)   (const char    *from,
                                  const char    *to);
  guintptr        (* text_all)   (gpointer       pool,
                                  gpointer       text);

  /* (nullable) Adds the strings before the clock starts; %NULL: intern_all() does. */
  guintptr        (* fill_all)   (gpointer       pool,
                                  const char    *from,
                                  const char    *to);
  /* Converts a pool that has all strings, for example into one on a snapshot; consumes @pool. */
  gpointer        (* settle)     (gpointer       pool);
  void            (* save)       (gpointer       pool,
                                  const char    *path);
  gpointer        (* load)       (const char    *path);
} BenchPeer;

extern const BenchPeer bench_peer;

/* The sum keeps the compiler from dropping calls whose results are not used. */
#define BENCH_DEFINE_STREAM_LOOP(loop, intern) \
  static guintptr \
  loop (gpointer    pool, \
        const char *from, \
        const char *to) \
  { \
    guintptr sum = 0; \
    while (from < to) \
      { \
        gsize length; \
        const char *data = bench_record_read (from, &length); \
        sum += (guintptr) intern (pool, data, length); \
        from = data + length + 1; \
      } \
    return sum; \
  }

#define BENCH_DEFINE_LOOP(intern) BENCH_DEFINE_STREAM_LOOP (intern_all, intern)
#define BENCH_DEFINE_FILL_LOOP(intern) BENCH_DEFINE_STREAM_LOOP (fill_all, intern)
#define BENCH_DEFINE_HOLD_LOOP(hold) BENCH_DEFINE_STREAM_LOOP (hold_all, hold)

#define BENCH_DEFINE_NAME_LOOP(name) \
  static guintptr \
  name_all (gpointer       pool, \
            const guint32 *numbers, \
            gsize          n_numbers) \
  { \
    guintptr sum = 0; \
    for (gsize i = 0; i < n_numbers; i++) \
      sum += (guintptr) name (pool, numbers[i]); \
    return sum; \
  }

G_END_DECLS
