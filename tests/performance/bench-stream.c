/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-stream.h"

typedef struct
{
  char    magic[8];
  guint64 n_records;
  guint64 n_distinct;
  guint64 n_bytes; /* of the strings alone */
} Header;

G_STATIC_ASSERT (sizeof (Header) == 32);

/* Opens @path and reads it once, so that no page fault of the file falls into a measurement. */
void
bench_stream_open (BenchStream *stream,
                   const char  *path)
{
  g_autoptr (GError) error = NULL;
  guint64 n_bytes;
  Header header;

  stream->file = g_mapped_file_new (path, FALSE, &error);
  if (stream->file == NULL)
    g_error ("%s", error->message);
  if (g_mapped_file_get_length (stream->file) < sizeof header)
    g_error ("%s is not a stream of strings", path);

  memcpy (&header, g_mapped_file_get_contents (stream->file), sizeof header);
  stream->n_records = header.n_records;
  stream->n_distinct = header.n_distinct;
  stream->begin = g_mapped_file_get_contents (stream->file) + sizeof header;
  stream->end = g_mapped_file_get_contents (stream->file) + g_mapped_file_get_length (stream->file);

  if (memcmp (header.magic, "INTBENCH", sizeof header.magic) != 0 ||
      bench_stream_skip (stream, stream->begin, stream->n_records, &n_bytes) != stream->end ||
      n_bytes != header.n_bytes)
    g_error ("%s is damaged", path);
}

void
bench_stream_close (BenchStream *stream)
{
  g_mapped_file_unref (stream->file);
}

/* Returns the end of @n_records from @record on, and in @n_bytes the sum of their lengths. */
const char *
bench_stream_skip (const BenchStream *stream,
                   const char        *record,
                   guint64            n_records,
                   guint64           *n_bytes)
{
  *n_bytes = 0;
  for (guint64 i = 0; i < n_records; i++)
    {
      gsize length;
      const char *data = bench_record_read (record, &length);

      if (stream->end - data <= (gssize) length)
        g_error ("The stream ends inside a string");
      *n_bytes += length;
      record = data + length + 1;
    }

  return record;
}
