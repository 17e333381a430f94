/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the name of an output leads to: a file, a descriptor that the program was started with, or nothing yet.
 *
 * Names are compared by what they lead to, so that two of them cannot hide one file.
 */

#pragma once

#include <sys/stat.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char        *name;       /* (owned) of a file, without the symbolic links that lead there */
  int          descriptor; /* what "-", /dev/stdout or /dev/fd/N stands for, or -1 */
  gboolean     exists;
  struct stat  status;     /* of what exists, otherwise of the folder where it will be */
} Target;

int      target_find       (Target       *self,
                            const char   *name) G_GNUC_WARN_UNUSED_RESULT;
int      target_open       (const Target *self,
                            int          *code) G_GNUC_WARN_UNUSED_RESULT;
gboolean target_is_written (const Target *self);
gboolean target_equals     (const Target *self,
                            const Target *other);
void     target_clear      (Target       *self);

G_END_DECLS
