/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Clocks and memory sizes. */

#pragma once

#include <glib.h>

guint64 bench_thread_time   (void); /* CPU time of the calling thread, in ns */
guint64 bench_wall_time     (void); /* in ns */
guint64 bench_resident_size (void); /* anonymous memory in RAM, in bytes */
guint64 bench_heap_size     (void); /* allocated by malloc(), in bytes */
char *  bench_file_new      (void); /* (transfer full): an empty file, in memory if possible */
