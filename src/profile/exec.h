/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hides the profiler from the environment that the program and its children see, and adds it again for exec(), so that
 * the same process stays profiled. */

#pragma once

void exec_hide_environment (void);
