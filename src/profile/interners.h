/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a program uses the interners that GLib has: how often it calls them, and how often they had the string. */

#pragma once

#include "profile/format.h"

void interners_count (ProfileInterner *counts);
