/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <intern-glib.h>

int
main (int    argc,
      char **argv)
{
  return 0;
}
