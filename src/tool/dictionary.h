/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A dictionary: distinct strings, each with a number, its id, from 0 in the order of their first appearance.
 *
 * Written, it is what Apache Arrow calls a values buffer and an offsets buffer: all strings in one piece, and where
 * each begins, with one offset more for the end of the last.
 */

#pragma once

#include <intern-glib.h>

#include "output.h"

/* What a text was made of, so that it can be made again */
typedef enum
{
  FORM_LINES,     /* strings, each ended by a newline */
  FORM_CUT_LINES, /* the same without the last newline */
  FORM_CSV,       /* one column of CSV */
  N_FORMS,
} Form;

/* The id of a value that is missing: all bits are set. It is -1 as a signed number. */
#define DICTIONARY_MISSING G_MAXUINT32

/* One that grows */

typedef struct
{
  InternPool *pool;      /* (owned) in which every string has an atom, its id + 1 */
  guint       n_strings;
  guint64     n_bytes;
  gboolean    is_utf8;   /* every string */
} Dictionary;

Dictionary * dictionary_new           (void) G_GNUC_WARN_UNUSED_RESULT;
gboolean     dictionary_add           (Dictionary  *self,
                                       const char  *data,
                                       gsize        length,
                                       guint32     *id,
                                       GError     **error);
void         dictionary_write_offsets (Dictionary  *self,
                                       guint        width,
                                       Output      *output);
void         dictionary_write_values  (Dictionary  *self,
                                       Output      *output);
void         dictionary_write         (Dictionary  *self,
                                       Form         form,
                                       guint64      n_ids,
                                       Output      *output);
void         dictionary_free          (Dictionary  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Dictionary, dictionary_free)

/* One that was written, in memory */

typedef struct
{
  char       *file;      /* (owned) what the rest points into */
  Form        form;
  guint64     n_ids;
  guint64     n_strings;
  guint64     n_bytes;
  const char *offsets;
  const char *values;
} Values;

gboolean     values_read              (Values       *self,
                                       const char   *name,
                                       GError      **error);
gboolean     values_have_lines        (const Values *self);
gboolean     values_get               (const Values *self,
                                       guint64       id,
                                       const char  **data,
                                       gsize        *length);
