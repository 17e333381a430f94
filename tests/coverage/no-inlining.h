/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Included first in a build for ./dev check coverage. A function that is always inlined would have branches of its own
 * in each of its callers; so it is a function. */

#pragma once

#include <glib.h>

#undef G_ALWAYS_INLINE
#define G_ALWAYS_INLINE
