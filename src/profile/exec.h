/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The environment, in which the program and its children do not find the profiler, and exec(), after which the same
 * process finds it again. */

#pragma once

void exec_hide_environment (void);
