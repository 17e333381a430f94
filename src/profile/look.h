/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A look at the heap: a second process, which has the memory of this moment, tells the tool about the blocks.
 *
 * It is made without fork(), so that no handler of the program runs and neither wait() nor SIGCHLD tells of it.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "profile/format.h"

bool                  look_begin      (size_t         smallest);
void                  look_forked     (void);
bool                  look_goes_on    (void);
const ProfileShared * look_get_shared (void);
void                  look_take       (ProfileReason  reason);
void                  look_check      (bool           changed);

/* Whether blocks are recorded. */
extern bool profile_active;

/* How many blocks this thread has made. */
extern __thread unsigned profile_n_made __attribute__ ((tls_model ("initial-exec")));

/* Not 0 while this thread is in the library: what it allocates there is not recorded. */
extern __thread int profile_busy __attribute__ ((tls_model ("initial-exec")));
