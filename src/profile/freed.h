/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Strings that were freed: a sample of them, since the last look. */

#pragma once

#include <stdbool.h>

#include "profile/table.h"

typedef struct
{
  uint16_t site;
  uint16_t length;
  uint32_t bytes;
  char     data[112];
} Freed;

bool          freed_begin  (void);
void          freed_add    (const Block *block);
void          freed_lock   (void);
void          freed_unlock (void);
void          freed_forget (void);
uint64_t      freed_count  (void);
const Freed * freed_get    (size_t       i);
