/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a peer is to the harness. A file in peers/ says how to make a pool, how to free it and how
 * to intern one string, and ends with BENCH_DEFINE_LOOP() and a `bench_peer`.
 *
 * The loop over a stream is expanded in the peer's own file, so that each peer is called the way
 * a program calls it: directly, and inlined where it is a header.
 *
 * What only some peers can do comes last, and is %NULL for the others: numbers back to strings,
 * references that are given back, whole texts in one call, files.
 */

#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BENCH_PEER_NONE        = 0,
  BENCH_PEER_THREAD_SAFE = 1 << 0,
  BENCH_PEER_FLOOR       = 1 << 1, /* to compare times with; it cheats */
} BenchPeerFlags;

typedef struct
{
  const char     *name;
  const char     *version;
  BenchPeerFlags  flags;
  gsize           max_strings; /* more are out of reach; 0: no such limit */
  const char     *limit;       /* (nullable) why */

  /* @n_strings is the number of distinct strings to come. Only the floors may use it. */
  gpointer        (* pool_new)   (gsize          n_strings);
  void            (* pool_free)  (gpointer       pool); /* (nullable) no pools: one for the process */
  gconstpointer   (* intern)     (gpointer       pool,
                                  const char    *data,
                                  gsize          length);
  guintptr        (* intern_all) (gpointer       pool,
                                  const char    *from,
                                  const char    *to);

  /* The string of each number that intern() gave. */
  guintptr        (* name_all)   (gpointer       pool,
                                  const guint32 *numbers,
                                  gsize          n_numbers);
  /* Takes a reference to each string and gives it back. The strings live: each has one more. */
  guintptr        (* hold_all)   (gpointer       pool,
                                  const char    *from,
                                  const char    *to);
  /* As intern_all(), in one call for a text that text_new() made of the stream before. */
  gpointer        (* text_new)   (const char    *from,
                                  const char    *to);
  guintptr        (* text_all)   (gpointer       pool,
                                  gpointer       text);

  /* Puts the strings in before the clock starts, where that is not intern_all(). */
  guintptr        (* fill_all)   (gpointer       pool,
                                  const char    *from,
                                  const char    *to);
  /* What a pool becomes when they are in; it takes @pool. */
  gpointer        (* settle)     (gpointer       pool);
  /* To a file, and from it to a pool that finds all strings. */
  void            (* save)       (gpointer       pool,
                                  const char    *path);
  gpointer        (* load)       (const char    *path);
} BenchPeer;

extern const BenchPeer bench_peer;

/* A record is a length in two bytes, the bytes, and a NUL. Records lie back to back. */
static inline const char *
bench_record_read (const char *record,
                   gsize      *length)
{
  guint16 n;

  memcpy (&n, record, sizeof n);
  *length = n;

  return record + sizeof n;
}

/* The sum keeps the compiler from dropping a call whose result nobody reads. */
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
