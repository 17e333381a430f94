/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Advice to the kernel about the pages of large memory. */

#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

/* On x86-64 and most arm64 systems. */
#define INTERN_HUGE_PAGE (2 * 1024 * 1024)

/* Asks for huge pages where @memory fills some: one page fault and one entry of the TLB for 512 small ones. Advice
 * only: without them the memory is slower, not wrong. */
static inline void
intern_prefer_huge_pages (gpointer memory,
                          gsize    size)
{
#ifdef MADV_HUGEPAGE
  const guintptr start = (guintptr) memory;
  const guintptr first = (start + INTERN_HUGE_PAGE - 1) & ~(guintptr) (INTERN_HUGE_PAGE - 1);
  const guintptr last = (start + size) & ~(guintptr) (INTERN_HUGE_PAGE - 1);

  if (last > first)
    (void) madvise ((gpointer) first, last - first, MADV_HUGEPAGE);
#endif
}

/* Gives the pages that @memory fills back to the system. Other threads may read it meanwhile: they read the old bytes,
 * or zeros. Returns the bytes given back; none where the system refuses, as for locked memory. */
static inline gsize
intern_return_pages (gpointer memory,
                     gsize    size)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  const guintptr start = (guintptr) memory;
  const guintptr first = (start + page - 1) & ~(guintptr) (page - 1);
  const guintptr last = (start + size) & ~(guintptr) (page - 1);

  if (last <= first || madvise ((gpointer) first, last - first, MADV_DONTNEED) != 0)
    return 0;

  return last - first;
}
