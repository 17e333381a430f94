/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the models of programs share: the clock, memory, and the record that they print.
 *
 * A model is one source, which is built twice: with the headers of original/, which have the interner of
 * the program, and with those of pool/, which have the same functions on an InternPool.
 */

#pragma once

#include <glib.h>

#include "bench-measure.h"
#include "bench-stream.h"

/* The model: reads its input from @folder and reports all rows. Its file defines it. */
void         program_run    (const char  *folder);

void         program_open   (BenchStream *stream,
                             const char  *folder,
                             const char  *name);
gpointer *   program_array  (gsize        n_pointers);
void         program_start  (void);
void         program_stop   (const char  *row,
                             guint64      n_calls);
void         program_value  (const char  *row,
                             double       value);
void         program_memory (const char  *row,
                             guint64      before,
                             guint64      n_items);
void         program_answer (const char  *name,
                             guint64      value);
guint64      program_hash   (guint64      hash,
                             const char  *text);

/* Returns the string of the record at *@record, and moves on to the next one. */
static inline const char *
program_next (const char **record)
{
  gsize length;
  const char *text = bench_record_read (*record, &length);

  *record = text + length + 1;

  return text;
}
