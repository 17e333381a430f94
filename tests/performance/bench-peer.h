/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a peer is to the harness. A file in peers/ says how to make a pool, how to free it and how
 * to intern one string, and ends with BENCH_DEFINE_LOOP() and a `bench_peer`.
 *
 * The loop over a stream is expanded in the peer's own file, so that each peer is called the way
 * a program calls it: directly, and inlined where it is a header.
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
#define BENCH_DEFINE_LOOP(intern) \
  static guintptr \
  intern_all (gpointer    pool, \
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

G_END_DECLS
