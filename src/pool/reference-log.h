/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records references, to find missing releases.
 *
 * With INTERN_DEBUG=references in the environment each pool records where references are taken, and prints those
 * that are left when it is finalized or cleared. Otherwise a pool has no log.
 *
 * A reference is recorded after it has been taken, and its record is removed before the reference is dropped: so
 * no record names a string whose room has been reused. Has its own lock, which is taken with no other.
 */

#pragma once

#include <glib.h>

typedef struct _InternReferenceLog InternReferenceLog;

InternReferenceLog * intern_reference_log_new_if_wanted (void);
void                 intern_reference_log_free          (InternReferenceLog *log);

void     intern_reference_log_add    (InternReferenceLog *log,
                                      const char         *string,
                                      gconstpointer       site);
gboolean intern_reference_log_remove (InternReferenceLog *log,
                                      const char         *string);
void     intern_reference_log_report (InternReferenceLog *log,
                                      gconstpointer       pool,
                                      const char         *occasion);
