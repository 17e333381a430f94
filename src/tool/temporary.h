/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file that gets its name when it is complete, or that is removed, also when a signal ends the program.
 *
 * Only SIGKILL and the like leave it behind. A file without a name (O_TMPFILE) would not even then, but not all
 * file systems have those, and giving them a name needs /proc.
 */

#pragma once

#include <signal.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Temporary Temporary;

Temporary * temporary_new          (const char      *name,
                                    int              mode,
                                    int             *fd,
                                    int             *code) G_GNUC_WARN_UNUSED_RESULT;
gboolean    temporary_publish      (Temporary       *self,
                                    gboolean         replace);
void        temporary_withdraw     (Temporary       *self);
void        temporary_free         (Temporary       *self);

void        temporary_hold_signals (sigset_t        *before);
void        temporary_end_program  (int              signal_number);

G_END_DECLS
