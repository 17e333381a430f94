/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Camel's own library. */

#pragma once

#include <malloc.h>

#include <camel/camel.h>

static inline void
strings_init (void)
{
}

/* What a program can do; a pool does it too. */
static inline void
strings_trim (void)
{
  malloc_trim (0);
}
