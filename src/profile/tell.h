/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The second process: it has the memory of one moment, tells the tool what is in the heap, and ends. */

#pragma once

#include <sys/un.h>

#include "profile/format.h"

void tell (const struct sockaddr_un *to,
           uint32_t                 *n_failed,
           ProfileReason             reason,
           uint64_t                  time,
           const ProfileBegin       *begin) __attribute__ ((noreturn));
