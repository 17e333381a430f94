/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cuts a stream of bytes into strings.
 *
 * Bytes are pushed in pieces of any size; each string is given to a function as soon as its end has been seen. The
 * strings do not depend on how the input is cut into pieces. Between two pieces only a string that is not complete is
 * kept. A splitter reads no file and writes none.
 */

#pragma once

#include <glib.h>

typedef enum
{
  SPLIT_LINES,       /* ended by a newline; the last one needs none */
  SPLIT_WORDS,       /* runs of anything but ASCII white space */
  SPLIT_IDENTIFIERS, /* runs of ASCII letters, digits and underscores that do not begin with a digit */
} SplitMode;

/* @data is valid during the call only. */
typedef void (*SplitFunc) (const char *data,
                           gsize       length,
                           gpointer    user_data);

typedef struct _Splitter Splitter;

Splitter * splitter_new    (SplitMode   mode,
                            SplitFunc   func,
                            gpointer    user_data) G_GNUC_WARN_UNUSED_RESULT;
void       splitter_push   (Splitter   *self,
                            const char *data,
                            gsize       length);
gboolean   splitter_finish (Splitter   *self);
void       splitter_free   (Splitter   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Splitter, splitter_free)
