/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a program asks of the library that is preloaded: see shim.c. */

#pragma once

/* Functions whose calls can fail. */
typedef enum
{
  FAULT_MEMORY, /* malloc() and its kin, mmap() of memory */
  FAULT_LARGE,  /* the same: not the N-th call, but every one for N bytes or more */
  FAULT_OPEN,
  FAULT_READ,
  FAULT_WRITE,
  FAULT_FSYNC,
  FAULT_CLOSE,
  FAULT_RENAME,
  FAULT_MAP, /* mmap() of a file */
  N_FAULTS,
} FaultFunction;

/* Instead of an errno: a read or a write of one byte. */
#define FAULT_SHORT 0

/* The names of the functions, for messages and for the variable INTERN_FAULT. */
#define FAULT_NAMES { "memory", "large", "open", "read", "write", "fsync", "close", "rename", "map" }

#define FAULT_MAX_EVENTS 256

typedef struct
{
  int           armed;
  FaultFunction function;
  unsigned long at;                           /* the number of the call, from 1 */
  int           code;                         /* errno */
  unsigned long n_calls;                      /* out: of the function, while armed */
  unsigned long n_failed;                     /* out */
  long          n_living;                     /* out: blocks of memory, always */
  char          events[FAULT_MAX_EVENTS + 1]; /* out: o, w, f, c, r for what files have seen, while armed */
  unsigned int  n_events;
} Faults;

/* Returns the one of the process. */
Faults *intern_faults_get (void);
