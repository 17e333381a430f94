/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As much of FlatBuffers as the metadata of Arrow takes. There is a compiler for them, but none
 * that makes C.
 *
 * A table is a list of numbered fields that may be absent. It points back to a vtable, which
 * tells where each of them is; what does not fit into a field follows somewhere behind, and the
 * field says how far. All numbers are little endian. See
 * https://flatbuffers.dev/internals/.
 *
 * Positions are those in the whole buffer. None is 0: there is the position of the first table.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writing. Every field takes eight bytes, so that all are aligned, and a table is written before
 * what its fields refer to. */

GByteArray * flat_new         (guint         n_fields,
                               guint        *table) G_GNUC_WARN_UNUSED_RESULT;
guint        flat_add_table   (GByteArray   *flat,
                               guint         n_fields);
guint        flat_add_vector  (GByteArray   *flat,
                               guint         n_elements,
                               guint         element_size,
                               const void   *elements);
guint        flat_add_string  (GByteArray   *flat,
                               const char   *string);
void         flat_set_number  (GByteArray   *flat,
                               guint         table,
                               guint         field,
                               guint64       number);
void         flat_set_offset  (GByteArray   *flat,
                               guint         table,
                               guint         field,
                               guint         target);
void         flat_set_element (GByteArray   *flat,
                               guint         vector,
                               guint         number,
                               guint         target);

G_END_DECLS
