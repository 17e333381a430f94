/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file of Apache Arrow with one column, encoded with a dictionary.
 *
 * A value that is missing is null there.
 *
 * The file begins like a stream, with the schema, and goes on with batches of ids as they come. The dictionary is known
 * only after the last of them, and is written there; a footer says where everything is. See
 * https://arrow.apache.org/docs/format/Columnar.html.
 */

#pragma once

#include <glib.h>

#include "dictionary.h"
#include "output.h"

typedef struct _ArrowWriter ArrowWriter;

ArrowWriter * arrow_writer_new    (Output       *output,
                                   const char   *name) G_GNUC_WARN_UNUSED_RESULT;
void          arrow_writer_add    (ArrowWriter  *self,
                                   guint32       id);
void          arrow_writer_finish (ArrowWriter  *self,
                                   Dictionary   *dictionary);
void          arrow_writer_free   (ArrowWriter  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArrowWriter, arrow_writer_free)
