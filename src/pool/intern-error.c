/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-error.h"

/**
 * SECTION:intern-error
 * @title: Errors
 * @short_description: What can go wrong, and how it is said
 *
 * Mistakes of the program are criticals of GLib, as everywhere: a %NULL pool, a length below -1.
 * What the world can do to a correct program, a limit that is reached, a damaged file, comes as a
 * #GError in the domain %INTERN_ERROR with one of the codes of #InternError.
 *
 * Since: 0.1
 */

/**
 * INTERN_ERROR:
 *
 * The error domain of the library, with the codes of #InternError.
 *
 * Since: 0.1
 */

/**
 * intern_error_quark:
 *
 * Gets the error domain. Programs write %INTERN_ERROR.
 *
 * Returns: the quark of %INTERN_ERROR
 *
 * Since: 0.1
 */
G_DEFINE_QUARK (intern-error-quark, intern_error)

G_DEFINE_ENUM_TYPE (InternError, intern_error,
  G_DEFINE_ENUM_VALUE (INTERN_ERROR_FULL, "full"),
  G_DEFINE_ENUM_VALUE (INTERN_ERROR_TOO_LONG, "too-long"),
  G_DEFINE_ENUM_VALUE (INTERN_ERROR_INVALID_ATOM, "invalid-atom"),
  G_DEFINE_ENUM_VALUE (INTERN_ERROR_CORRUPT, "corrupt"),
  G_DEFINE_ENUM_VALUE (INTERN_ERROR_UNSUPPORTED, "unsupported"),
  G_DEFINE_ENUM_VALUE (INTERN_ERROR_FROZEN, "frozen"))
