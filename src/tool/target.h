/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the name of an output leads to: a file, a descriptor that the program was started with, or nothing yet.
 *
 * Names are compared by what they lead to, so that two of them cannot hide one file.
 *
 * A file is written under another name in the same folder. It gets its own name when it is complete, or it is removed,
 * also when a signal ends the program. Only SIGKILL and the like leave it behind. A file without a name (O_TMPFILE)
 * would not even then, but not all file systems have those, and giving them a name needs /proc.
 */

#pragma once

#include <signal.h>
#include <sys/stat.h>

#include <glib.h>

typedef struct
{
  char        *name;       /* (owned) of a file, without the symbolic links that lead there */
  int          descriptor; /* what "-", /dev/stdout or /dev/fd/N stands for, or -1 */
  gboolean     exists;
  struct stat  status;     /* of what exists, otherwise of the folder where it will be */
  char        *temporary;  /* (owned) (nullable) the name of the file until it is complete */
  gboolean     exchanged;  /* @temporary is what was there before */
} Target;

int      target_find         (Target       *self,
                              const char   *name) G_GNUC_WARN_UNUSED_RESULT;
gboolean target_equals       (const Target *self,
                              const Target *other);
gboolean target_is_file      (const Target *self);
int      target_open         (Target       *self,
                              int          *code) G_GNUC_WARN_UNUSED_RESULT;
gboolean target_publish      (Target       *self,
                              gboolean      replace);
void     target_withdraw     (Target       *self);
void     target_clear        (Target       *self);

void     target_hold_signals (sigset_t     *before);
void     target_end_program  (int           signal_number);
