/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes that a thread writes into a pipe, for a reader that opens it. The test ignores SIGPIPE. */

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <gio/gio.h>

typedef struct
{
  const char *path; /* of the pipe */
  GBytes     *bytes;
} SentBytes;

static inline gpointer
sent_bytes_write (gpointer data)
{
  const SentBytes *self = data;
  const int fd = open (self->path, O_WRONLY | O_CLOEXEC);
  gsize left;
  const char *next = g_bytes_get_data (self->bytes, &left);

  while (left > 0)
    {
      const gssize n_written = write (fd, next, left);

      /* The reader may stop early. */
      if (n_written < 0)
        break;
      next += n_written;
      left -= (gsize) n_written;
    }
  close (fd);

  return NULL;
}

/* To be joined when the reader is done. */
static inline GThread *
sent_bytes_begin (SentBytes *self)
{
  return g_thread_new ("sends", sent_bytes_write, self);
}
