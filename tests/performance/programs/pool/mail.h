/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Camel's functions on a pool, under their names. */

#pragma once

#include <intern-glib.h>

static InternPool *strings; /* (owned) */

#define INTERN_COMPAT_POOL strings
#define INTERN_COMPAT_REPLACE
#include <intern-compat.h>

static inline void
strings_init (void)
{
  strings = intern_pool_new ();
  intern_pool_set_emit_added (strings, FALSE);
}

static inline void
strings_trim (void)
{
  intern_pool_trim (strings);
}
