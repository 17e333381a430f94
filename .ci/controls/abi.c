/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A library that changes: some changes break the programs that use it, others do not. */

#include "abi.h"

struct _ControlHidden
{
#ifdef CONTROL_HIDDEN
  long before;
#endif
  int value;
};

int
control_hidden (ControlHidden *hidden)
{
  return hidden->value;
}

int
control_open (ControlOpen *open)
{
  return (int) open->value;
}

#ifdef CONTROL_PARAMETER
int
control_kept (long n)
{
  return (int) n;
}
#else
int
control_kept (int n)
{
  return n;
}
#endif

#ifndef CONTROL_REMOVED
int
control_last (void)
{
  return 0;
}
#endif

#ifdef CONTROL_ADDED
int
control_added (void)
{
  return 0;
}
#endif
