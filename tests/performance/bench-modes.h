/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each mode makes its pool, measures once and prints one line of JSON. The runner starts a new process
 * for each sample. */

#pragma once

#include <glib.h>

#include "bench-stream.h"

gpointer bench_pool_with (const BenchStream *stream);

void bench_mode_hits        (const char         *set,
                             const char         *stream,
                             guint               n_threads);
void bench_mode_first_hits  (const char         *set,
                             const char         *stream,
                             guint               n_tenths);
void bench_mode_once        (const char         *set,
                             const char         *stream);
void bench_mode_hold        (const char         *set,
                             const char         *stream,
                             guint               n_threads);
void bench_mode_names       (const char         *set,
                             const char         *stream);
void bench_mode_insert      (const char         *stream,
                             guint               n_threads);
void bench_mode_memory      (const char         *stream,
                             const char * const *points,
                             guint               n_passes);
void bench_mode_small_pools (guint               n_pools);
void bench_mode_heap        (guint               n_strings);
void bench_mode_latency     (const char         *stream);
void bench_mode_open        (const char         *set);
void bench_mode_open_memory (const char         *set);
void bench_mode_save        (const char         *set,
                             guint               n_before);
void bench_mode_reopen      (const char         *set,
                             guint               n_before);
int  bench_mode_check       (int                *argc,
                             char             ***argv);
