/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)
# error "Only <intern-glib.h> can be included directly."
#endif

#include <glib.h>

#include "intern-version.h"

#ifndef _INTERN_EXTERN
# define _INTERN_EXTERN extern
#endif

/**
 * INTERN_VERSION_0_1:
 *
 * Version 0.1, for %INTERN_VERSION_MAX_ALLOWED.
 *
 * Since: 0.1
 */
#define INTERN_VERSION_0_1 (G_ENCODE_VERSION (0, 1))

/**
 * INTERN_VERSION_MAX_ALLOWED:
 *
 * The newest version whose functions a program wants to use, as a macro such as %INTERN_VERSION_0_1.
 * Define it before including the header, and the compiler warns of functions that are newer. The
 * default is the version of the headers.
 *
 * Since: 0.1
 */
#ifndef INTERN_VERSION_MAX_ALLOWED
# define INTERN_VERSION_MAX_ALLOWED \
    (G_ENCODE_VERSION (INTERN_MAJOR_VERSION, INTERN_MINOR_VERSION))
#endif

#if INTERN_VERSION_MAX_ALLOWED < INTERN_VERSION_0_1
# define INTERN_AVAILABLE_IN_0_1 G_UNAVAILABLE (0, 1) _INTERN_EXTERN
#else
# define INTERN_AVAILABLE_IN_0_1 _INTERN_EXTERN
#endif

G_BEGIN_DECLS

INTERN_AVAILABLE_IN_0_1
guint intern_get_major_version (void);
INTERN_AVAILABLE_IN_0_1
guint intern_get_minor_version (void);
INTERN_AVAILABLE_IN_0_1
guint intern_get_micro_version (void);

G_END_DECLS
