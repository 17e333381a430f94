/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Faults that an analyser must see without running them. */

#include <stdlib.h>

int use_after_free (int n);
int null_pointer (int n);

int
use_after_free (int n)
{
  int *block = malloc (sizeof *block);
  int result;

  if (block == NULL)
    return 0;
  *block = n;
  free (block);
  result = *block;

  return result;
}

int
null_pointer (int n)
{
  int *pointer = n > 0 ? &n : NULL;

  return *pointer;
}
