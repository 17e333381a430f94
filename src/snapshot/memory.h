/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory for the bytes of a snapshot that is not mapped, and prefetching of its text. */

#pragma once

#include <stdlib.h>

#include "base/pages.h"
#include "snapshot/format.h"

/* How far ahead the text is prefetched: the processor itself fetches too little when it is read string by
 * string. */
#define INTERN_SNAPSHOT_READ_AHEAD 2048

/* Prefetches the text some way after @text. An integer, not a pointer: it may be beyond the end. */
static inline void
intern_snapshot_read_ahead (const char *text)
{
  __builtin_prefetch ((const void *) ((guintptr) text + INTERN_SNAPSHOT_READ_AHEAD));
}

/* Returns memory for free(), or NULL without memory. With huge pages filling it takes fewer faults, and a search misses
 * no TLB. */
static inline void *
intern_snapshot_allocate (guint64 size)
{
  const gboolean is_large = size >= 2 * INTERN_HUGE_PAGE;
  const gsize alignment = is_large ? INTERN_HUGE_PAGE : INTERN_SNAPSHOT_ALIGNMENT;
  void *memory;

  if (size > G_MAXSSIZE || posix_memalign (&memory, alignment, MAX ((gsize) size, 1)) != 0)
    return NULL;

  if (is_large)
    intern_prefer_huge_pages (memory, (gsize) size);

  return memory;
}
