/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Camel's own library. */

#pragma once

#include <camel/camel.h>

static inline void
strings_init (void)
{
}

/* There is no such call: what stays, stays. */
static inline void
strings_trim (void)
{
}
