/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file of strings in the order of use, made by keys.py. It is mapped, so the anonymous memory that
 * the memory rows count does not include it. */

#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GMappedFile *file; /* (owned) */
  guint64      n_records;
  guint64      n_distinct;
  const char  *begin;
  const char  *end;
} BenchStream;

void         bench_stream_open  (BenchStream       *stream,
                                 const char        *path);
void         bench_stream_close (BenchStream       *stream);
const char * bench_stream_skip  (const BenchStream *stream,
                                 const char        *record,
                                 guint64            n_records,
                                 guint64           *n_bytes);

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

G_END_DECLS
