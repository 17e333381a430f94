/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options that say what a string is; the commands that read text share them. */

#pragma once

#include <glib.h>

#include "splitter.h"

G_BEGIN_DECLS

#define SPLIT_COLUMN_NOT_GIVEN G_MININT

typedef struct
{
  gboolean words;
  gboolean identifiers;
  gboolean csv;
  int      column;    /* SPLIT_COLUMN_NOT_GIVEN at first */
  char    *delimiter; /* (owned) (nullable) a byte, not text: it may be no character */
} SplitOptions;

void     split_options_add    (SplitOptions       *self,
                               GOptionContext     *context);
gboolean split_options_choose (const SplitOptions *self,
                               SplitFormat        *format,
                               GError            **error);
void     split_options_clear  (SplitOptions       *self);

G_END_DECLS
