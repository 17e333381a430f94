/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The public header of abi.c. */

#pragma once

typedef struct _ControlHidden ControlHidden;

typedef struct
{
  int first;
#ifdef CONTROL_LAYOUT
  long between;
#endif
  int second;
} ControlOpen;

int control_hidden (ControlHidden *hidden);
int control_open   (ControlOpen *open);
#ifdef CONTROL_PARAMETER
int control_kept   (long n);
#else
int control_kept   (int n);
#endif
int control_last   (void);
int control_added  (void);
