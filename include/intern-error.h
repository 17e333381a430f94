/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)
# error "Only <intern-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include "intern-version-macros.h"

G_BEGIN_DECLS

#define INTERN_ERROR (intern_error_quark ())
#define INTERN_TYPE_ERROR (intern_error_get_type ())

/**
 * InternError:
 * @INTERN_ERROR_FULL: the pool is at one of its limits and does not hold the string, or no atom is
 *   left. It still finds the strings that it holds.
 * @INTERN_ERROR_TOO_LONG: the string is longer than any pool can hold or than
 *   #InternPool:max-bytes, or there is no memory for a copy of it
 * @INTERN_ERROR_INVALID_ATOM: a number is not an atom of this pool
 * @INTERN_ERROR_CORRUPT: the data is damaged, or not of the expected format
 * @INTERN_ERROR_UNSUPPORTED: the request or the data is valid, but not for this pool, this
 *   version or this machine
 * @INTERN_ERROR_FROZEN: the pool is frozen and does not hold the string, or the string has no atom
 *
 * The codes of %INTERN_ERROR.
 *
 * Since: 0.1
 */
typedef enum
{
  INTERN_ERROR_FULL,
  INTERN_ERROR_TOO_LONG,
  INTERN_ERROR_INVALID_ATOM,
  INTERN_ERROR_CORRUPT,
  INTERN_ERROR_UNSUPPORTED,
  INTERN_ERROR_FROZEN,
} InternError;

INTERN_AVAILABLE_IN_0_1
GQuark intern_error_quark    (void);
INTERN_AVAILABLE_IN_0_1
GType  intern_error_get_type (void) G_GNUC_CONST;

G_END_DECLS
