/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the bytes of a snapshot lie, if not in a file that is mapped, and how they come from there. */

#pragma once

#include <stdlib.h>
#include <sys/mman.h>

#include "snapshot/format.h"

/* The huge pages of x86-64 and of most arm64 systems: filling them takes fewer faults, and a search
 * misses no TLB. */
#define INTERN_SNAPSHOT_HUGE_PAGE (2 * 1024 * 1024)

/* How far ahead the text is asked for: a processor that reads it string by string fetches too little
 * by itself. */
#define INTERN_SNAPSHOT_READ_AHEAD 2048

/* For who is at @text. What is asked for may lie beyond the end: that is no pointer then. */
static inline void
intern_snapshot_read_ahead (const char *text)
{
  __builtin_prefetch ((const void *) ((guintptr) text + INTERN_SNAPSHOT_READ_AHEAD));
}

/* For free(). Returns NULL if there is no memory for so much. */
static inline void *
intern_snapshot_allocate (guint64 size)
{
  const gboolean large = size >= 2 * INTERN_SNAPSHOT_HUGE_PAGE;
  const gsize alignment = large ? INTERN_SNAPSHOT_HUGE_PAGE : INTERN_SNAPSHOT_ALIGNMENT;
  void *memory;

  if (size > G_MAXSSIZE || posix_memalign (&memory, alignment, MAX ((gsize) size, 1)) != 0)
    return NULL;

#ifdef MADV_HUGEPAGE
  /* Advice only. What does not fill a huge page gets none, so that no more is taken than needed. */
  if (large)
    (void) madvise (memory, (gsize) (size - size % INTERN_SNAPSHOT_HUGE_PAGE), MADV_HUGEPAGE);
#endif

  return memory;
}
