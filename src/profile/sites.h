/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Call sites: the innermost calls that led to malloc(), each stack of them once, with a number.
 *
 * Programs keep no frame pointers, and unwinding a stack takes microseconds. But at one return address the frame of a
 * function nearly always has the same size. So what the unwinder says about a return address is kept in a table, and
 * later the stack is walked by that table. A stack that is seen for the first time is unwound again, which corrects the
 * table: a frame whose size varies (alloca()) becomes the last of its site.
 *
 * A stack that was there a moment ago takes no walk: a table of guesses has the site of it by where the call returns to
 * and the stack pointer, and the return addresses of the site are held against those on the stack.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/format.h"

#define SITES_MAX 65536 /* of frames, and of sites; 0 is neither */
#define MODULES_MAX 1024

typedef struct
{
  uintptr_t pc;     /* where a call returns to; written last. 0 in an empty slot */
  uint64_t  offset; /* of that in its module */
  uint32_t  size;   /* how far the stack pointer is from that of the caller; 0 if that is not known */
  uint32_t  slot;   /* how far the return address of the caller is from the stack pointer */
  uint16_t  module;
} Frame;

typedef struct
{
  uint32_t  hash;
  uint16_t  n_frames; /* written last */
  uint16_t  frames[PROFILE_DEPTH];
  uint32_t  places[PROFILE_DEPTH]; /* how far from the stack pointer the return addresses are, but that of the first */
  uintptr_t pcs[PROFILE_DEPTH];    /* the return addresses */
} Site;

typedef struct
{
  uintptr_t   base;
  const char *name;
} Module;

typedef struct
{
  Frame   *frames;
  Site    *sites;
  Module   modules[MODULES_MAX];
  unsigned n_modules; /* written last */
} Sites;

extern Sites profile_sites;

bool     sites_begin      (void);
uint16_t sites_find       (uintptr_t  pc,
                           uintptr_t  sp);
void     sites_forget     (void);
void     sites_lock       (void);
void     sites_unlock     (void);
