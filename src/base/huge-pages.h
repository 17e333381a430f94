/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Large memory in huge pages: one page fault and one entry of the TLB for 512 small ones. */

#pragma once

#include <sys/mman.h>

#include <glib.h>

/* On x86-64 and most arm64 systems. */
#define INTERN_HUGE_PAGE (2 * 1024 * 1024)

/* Asks for huge pages where @memory fills some. Advice only: without them the memory is slower, not wrong. */
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
