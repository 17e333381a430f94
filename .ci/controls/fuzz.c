/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A fault behind two comparisons, which a fuzzing engine must find. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  volatile char *block = malloc (4);

  if (block != NULL && size > 2 && data[0] == 'o' && data[1] == 'n')
    block[4] = 1;
  free ((void *) block);

  return 0;
}
