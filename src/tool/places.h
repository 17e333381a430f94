/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The call sites of a look: the places in the program that wanted its strings. */

#pragma once

#include "profile.h"
#include "symbols.h"

typedef struct
{
  char         *name;   /* (owned) "module+0xoffset" */
  const char   *path;   /* (unowned) (nullable) of the module */
  guint64       offset;
  const Symbol *symbol; /* (unowned) (nullable) */
  Saving        saving;
  gsize         first;  /* of its strings, which are side by side */
} Place;

GPtrArray * places_find    (Look            *look,
                            Symbols         *symbols,
                            guint            n_asked) G_GNUC_WARN_UNUSED_RESULT;
char *      place_describe (const Place     *self) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray * places_advise  (const GPtrArray *places,
                            const Look      *look) G_GNUC_WARN_UNUSED_RESULT;
