/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tool and the preloaded library say to each other.
 *
 * The tool makes a private folder with two files: "shared", which both map, and "socket". INTERN_PROFILE in the
 * environment names the folder. For a look at the heap the library connects to the socket and writes records, until
 * one of the kind PROFILE_END. Both run on one machine, so numbers are in its byte order.
 *
 * Only libc may be included here: the library goes into any program.
 */

#pragma once

#include <stdint.h>

#define PROFILE_ENVIRONMENT "INTERN_PROFILE"
#define PROFILE_SHARED "shared"
#define PROFILE_SOCKET "socket"
#define PROFILE_DEPTH 8            /* calls of a site, the innermost first */
#define PROFILE_MAX_LENGTH 0x40000000 /* bytes of a string; no longer one is told of */

/* The tool writes follow, sets_slice, n_requested, n_ended and last_took, the processes that it profiles the others.
 * All begin as 0, except follow and sets_slice. */
typedef struct
{
  int32_t  main_pid;    /* the first process that has loaded the library, or 0 */
  uint32_t follow;      /* whether other processes are profiled too */
  uint32_t sets_slice;  /* whether G_SLICE in the environment comes from the tool */
  uint32_t n_requested; /* looks that the tool asks for */
  uint32_t n_begun;     /* looks that some process has begun */
  uint32_t n_failed;    /* looks for which there was no second process */
  uint32_t n_ended;     /* looks that the tool has done with */
  uint32_t last_took;   /* microseconds that the last of these took */
} ProfileShared;

typedef enum
{
  PROFILE_BEGIN,  /* number: the time since the start in microseconds; id: a ProfileReason; payload: a ProfileBegin */
  PROFILE_MODULE, /* id; payload: the path of a program or library */
  PROFILE_FRAME,  /* id; number: where a call in a module returns to; payload: the id of the module, 16 bits */
  PROFILE_SITE,   /* id; payload: the ids of its frames, 16 bits each */
  PROFILE_STRING, /* id of the site; number: bytes that it takes in the heap; payload: the string */
  PROFILE_FREED,  /* the same of some strings that were freed */
  PROFILE_END,
} ProfileKind;

typedef enum
{
  PROFILE_AT_END,
  PROFILE_AT_PEAK,
  PROFILE_ON_REQUEST,
} ProfileReason;

typedef struct
{
  uint16_t kind;
  uint16_t id;
  uint32_t size; /* of the payload that follows */
  uint64_t number;
} ProfileRecord;

/* GLib's own */
typedef enum
{
  PROFILE_INTERN_STRING, /* g_intern_string() and g_intern_static_string() */
  PROFILE_QUARK,         /* g_quark_from_string() and g_quark_from_static_string() */
  PROFILE_REF_STRING,    /* g_ref_string_new_intern() */
  PROFILE_N_INTERNERS,
} ProfileInternerId;

typedef struct
{
  uint64_t n_calls;
  uint64_t n_hits;  /* calls with a string that was there */
  uint64_t bytes;   /* of the other strings, with their NULs */
} ProfileInterner;

typedef struct
{
  uint64_t n_blocks;  /* live */
  uint64_t bytes;     /* of live blocks, as the heap counts */
  uint64_t n_freed;   /* strings, since the look before or the start; an estimate */
  uint64_t since;     /* microseconds since then */
  uint64_t pid;
  ProfileInterner interners[PROFILE_N_INTERNERS];
} ProfileBegin;
