/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Another malloc() than that of the C library, to be preloaded: small blocks lie side by side, with nothing between
 * them. What is freed stays. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 16
#define N_UNITS (8 * 1024 * 1024)

size_t malloc_usable_size (void *block);
void *memalign (size_t alignment, size_t size);

static char arena[(size_t) N_UNITS * UNIT] __attribute__ ((aligned (4096)));
static uint32_t sizes[N_UNITS]; /* in units, of the block that begins there */
static size_t n_used;           /* atomic */

void *
memalign (size_t alignment,
          size_t size)
{
  const size_t n = size > UNIT ? (size + UNIT - 1) / UNIT : 1;
  const size_t n_skipped = alignment > UNIT ? alignment / UNIT : 0;
  size_t first = __atomic_fetch_add (&n_used, n + n_skipped, __ATOMIC_RELAXED);

  if (size > sizeof arena || first + n + n_skipped > N_UNITS)
    {
      errno = ENOMEM;
      return NULL;
    }
  if (n_skipped > 0)
    first = (first + n_skipped) / n_skipped * n_skipped;
  sizes[first] = (uint32_t) n;

  return arena + first * UNIT;
}

void *
malloc (size_t size)
{
  return memalign (UNIT, size);
}

void *
calloc (size_t n,
        size_t size)
{
  return malloc (n * size);
}

size_t
malloc_usable_size (void *block)
{
  return block != NULL ? (size_t) sizes[((char *) block - arena) / UNIT] * UNIT : 0;
}

void *
realloc (void   *block,
         size_t  size)
{
  const size_t before = malloc_usable_size (block);
  void *other = malloc (size);

  if (other != NULL && block != NULL)
    memcpy (other, block, before < size ? before : size);

  return other;
}

void
free (void *block)
{
}

void *
aligned_alloc (size_t alignment,
               size_t size)
{
  return memalign (alignment, size);
}

int
posix_memalign (void   **block,
                size_t   alignment,
                size_t   size)
{
  *block = memalign (alignment, size);

  return *block != NULL ? 0 : ENOMEM;
}
