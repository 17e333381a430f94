/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a place in a program or library is called: its function, file and line, as far as symbols and debug information
 * are there. */

#pragma once

#include <glib.h>

typedef struct _Symbols Symbols;

typedef struct
{
  char *function; /* (owned) (nullable) */
  char *file;     /* (owned) (nullable) without its folder */
  int   line;     /* if there is a file */
} Symbol;

Symbols *      symbols_new  (void) G_GNUC_WARN_UNUSED_RESULT;
const Symbol * symbols_find (Symbols    *self,
                             const char *path,
                             guint64     offset);
void           symbols_free (Symbols    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Symbols, symbols_free)
