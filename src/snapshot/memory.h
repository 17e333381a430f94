/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory for the bytes of a snapshot that is not mapped, and prefetching of its text. */

#pragma once

#include <stdlib.h>
#include <sys/mman.h>

#include "snapshot/format.h"

/* The huge pages of x86-64 and of most arm64 systems: filling them takes fewer faults, and a search
 * misses no TLB. */
#define INTERN_SNAPSHOT_HUGE_PAGE (2 * 1024 * 1024)

/* How far ahead the text is prefetched: the processor itself fetches too little when it is read string by
 * string. */
#define INTERN_SNAPSHOT_READ_AHEAD 2048

/* Prefetches the text some way after @text. An integer, not a pointer: it may be beyond the end. */
static inline void
intern_snapshot_read_ahead (const char *text)
{
  __builtin_prefetch ((const void *) ((guintptr) text + INTERN_SNAPSHOT_READ_AHEAD));
}

/* Returns memory for free(), or NULL without memory. */
static inline void *
intern_snapshot_allocate (guint64 size)
{
  const gboolean large = size >= 2 * INTERN_SNAPSHOT_HUGE_PAGE;
  const gsize alignment = large ? INTERN_SNAPSHOT_HUGE_PAGE : INTERN_SNAPSHOT_ALIGNMENT;
  void *memory;

  if (size > G_MAXSSIZE || posix_memalign (&memory, alignment, MAX ((gsize) size, 1)) != 0)
    return NULL;

#ifdef MADV_HUGEPAGE
  /* Advice only. A tail that does not fill a huge page gets none: that would take more than @size. */
  if (large)
    (void) madvise (memory, (gsize) (size - size % INTERN_SNAPSHOT_HUGE_PAGE), MADV_HUGEPAGE);
#endif

  return memory;
}
