/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As much of FlatBuffers as the metadata of Arrow takes. There is a compiler for them, but it does not make C.
 *
 * A table is a list of numbered fields, of which some may be absent: those that are 0. It points back to a vtable,
 * which says where each of them is. A field that is not a number holds the distance to what it refers to, which comes
 * later in the buffer. All numbers are little endian. See https://flatbuffers.dev/internals/.
 *
 * A buffer grows at its front, so a thing is added before what refers to it. A place is the distance from the end of
 * the buffer, which does not change. None is 0.
 */

#pragma once

#include <glib.h>

typedef struct
{
  guint64 number;
  guint   place; /* what the field refers to, if it is not a number */
} FlatField;

guint flat_add_table  (GByteArray      *flat,
                       const FlatField *fields,
                       guint            n_fields);
guint flat_add_vector (GByteArray      *flat,
                       const void      *elements,
                       guint            n_elements,
                       guint            element_size);
guint flat_add_list   (GByteArray      *flat,
                       guint            place);
void  flat_finish     (GByteArray      *flat,
                       guint            table);
