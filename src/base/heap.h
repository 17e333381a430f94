/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The heap memory of an allocation, with the bookkeeping of malloc().
 *
 * The C library reports it for an allocation of ours. For one inside another library, such as the arrays
 * of a GHashTable, the rule of the GNU C library applies:
 * https://sourceware.org/glibc/wiki/MallocInternals
 */

#pragma once

#include <stddef.h>

#include <glib.h>

#ifdef HAVE_MALLOC_USABLE_SIZE
# include <malloc.h>
#endif

#define INTERN_HEAP_HEADER (sizeof (gsize))

/* malloc() rounds up to two words, or to its alignment where that is more, as on i386; it hands out four words
 * at least. */
static inline gsize
intern_heap_size (gsize n_bytes)
{
  const gsize unit = MAX (2 * sizeof (gsize), _Alignof (max_align_t));
  const gsize with_header = (n_bytes + INTERN_HEAP_HEADER + unit - 1) & ~(unit - 1);

  return MAX (with_header, 4 * sizeof (gsize));
}

static inline gsize
intern_heap_size_of (const void *memory,
                     gsize       n_bytes)
{
#ifdef HAVE_MALLOC_USABLE_SIZE
  return malloc_usable_size ((void *) memory) + INTERN_HEAP_HEADER;
#else
  return intern_heap_size (n_bytes);
#endif
}

/* Tell AddressSanitizer which memory may not be read although it is not freed. */
#if defined(__SANITIZE_ADDRESS__)
# define INTERN_ASAN
#elif defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define INTERN_ASAN
# endif
#endif

#ifdef INTERN_ASAN
# include <sanitizer/asan_interface.h>
# define intern_memory_close(start, size) ASAN_POISON_MEMORY_REGION ((start), (size))
# define intern_memory_open(start, size) ASAN_UNPOISON_MEMORY_REGION ((start), (size))
#else
# define intern_memory_close(start, size) ((void) (start), (void) (size))
# define intern_memory_open(start, size) ((void) (start), (void) (size))
#endif
