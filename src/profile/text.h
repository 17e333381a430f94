/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which blocks of the heap hold a string. */

#pragma once

#include <stdint.h>

#include "profile/table.h"

#define NO_TEXT SIZE_MAX

size_t text_get_length (const Block *block);
