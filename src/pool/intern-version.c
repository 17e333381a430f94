/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-version.h"

#include "intern-version-macros.h"

/**
 * SECTION:intern-version
 * @title: Versions
 * @short_description: Which version a program was compiled with, and which it runs with
 *
 * The macros give the version of the headers, the functions that of the loaded library.
 *
 * Since: 0.1
 */

/**
 * intern_get_major_version:
 *
 * Gets the major version of the loaded library. May be called from any thread.
 *
 * Returns: the major version
 *
 * Since: 0.1
 */
guint
intern_get_major_version (void)
{
  return INTERN_MAJOR_VERSION;
}

/**
 * intern_get_minor_version:
 *
 * Gets the minor version of the loaded library. May be called from any thread.
 *
 * Returns: the minor version
 *
 * Since: 0.1
 */
guint
intern_get_minor_version (void)
{
  return INTERN_MINOR_VERSION;
}

/**
 * intern_get_micro_version:
 *
 * Gets the micro version of the loaded library. May be called from any thread.
 *
 * Returns: the micro version
 *
 * Since: 0.1
 */
guint
intern_get_micro_version (void)
{
  return INTERN_MICRO_VERSION;
}
