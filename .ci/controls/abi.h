/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The public header of abi.c. */

#pragma once

#include <glib.h>

typedef struct _ControlHidden ControlHidden;

typedef struct
{
#ifdef CONTROL_LAYOUT
  guint32 value;
#else
  guint64 value;
#endif
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
