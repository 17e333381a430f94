/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file in memory, for what reads files and pipes. */

#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

/* Returns a descriptor at the beginning of a file with these bytes. */
static inline int
file_of (const void *data,
         gsize       size)
{
  const int fd = memfd_create ("input", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);

  return fd;
}
