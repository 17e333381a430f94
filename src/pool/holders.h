/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who holds what: for those who have forgotten a release.
 *
 * With INTERN_DEBUG=references in the environment each pool notes where references are taken, and
 * when it is finalized or cleared it tells of those that nobody has given back. Without it a pool
 * has no holders, and its calls look no further.
 *
 * A reference is noted after it has been taken and struck out before it is given back, so that no
 * note ever speaks of a string that has got the room of another. Has a lock of its own, which is
 * taken with no other.
 */

#pragma once

#include <glib.h>

typedef struct _InternHolders InternHolders;

InternHolders * intern_holders_new_if_wanted (void);
void            intern_holders_free          (InternHolders *holders);

void            intern_holders_add           (InternHolders *holders,
                                              const char    *string,
                                              gconstpointer  site);
gboolean        intern_holders_remove        (InternHolders *holders,
                                              const char    *string);
/* For a fork. */
void            intern_holders_lock          (InternHolders *holders);
void            intern_holders_unlock        (InternHolders *holders);
void            intern_holders_report        (InternHolders *holders,
                                              gconstpointer  pool,
                                              const char    *occasion);
