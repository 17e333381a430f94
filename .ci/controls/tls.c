/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A library with a variable of a thread; with CONTROL_PROGRAM, a program that loads the library at argv[1]. */

#ifdef CONTROL_PROGRAM

#include <dlfcn.h>
#include <stdio.h>

int
main (int    argc,
      char **argv)
{
  void *library = argc > 1 ? dlopen (argv[1], RTLD_NOW) : NULL;

  if (library == NULL)
    {
      fprintf (stderr, "%s\n", dlerror ());
      return 1;
    }

  return ((int (*) (void)) dlsym (library, "count_up")) () == 1 ? 0 : 2;
}

#else

#include "base/tls.h"

static INTERN_THREAD_LOCAL int count;

int
count_up (void)
{
  return ++count;
}

#endif
