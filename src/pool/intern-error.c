/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-error.h"

/**
 * SECTION:intern-error
 * @title: Errors
 * @short_description: What can go wrong, and how it is reported
 *
 * Programming errors, such as a %NULL pool or a length below -1, are GLib criticals. Errors that a
 * correct program can meet, such as a limit that is reached or a damaged file, are reported as a
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
 * Gets the error domain. Use %INTERN_ERROR instead.
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
