/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib's own GRefString. */

#pragma once

#include <glib.h>

static inline void
strings_init (void)
{
}
