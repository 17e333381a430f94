/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of a model for mortal strings, which have no atoms.
 *
 * Each has a copy of its string, so that it can be read until the model has emitted its removal, even if the string is
 * gone. Rows are found by the keyed hash, since an attacker may choose strings that collide under another. A removed
 * row keeps its position until intern_mortals_commit().
 */

#pragma once

#include <glib.h>

typedef struct
{
  guint64  hash;
  gsize    length;
  guint32  id;      /* of this row in its model; no atom is that high */
  gboolean listed;  /* since intern_mortals_begin_listing() */
  gboolean removed;
  char     data[];  /* the bytes and a NUL */
} InternMortalRow;

typedef struct
{
  GPtrArray  *rows;    /* (owned) (element-type InternMortalRow) */
  GHashTable *present; /* (owned) the rows that are not removed */
  guint32     n_made;
} InternMortals;

InternMortals *         intern_mortals_new           (void);
void                    intern_mortals_free          (InternMortals *self);
void                    intern_mortals_clear         (InternMortals *self);
void                    intern_mortals_keep          (InternMortals *self,
                                                      const char    *data,
                                                      gsize          length);
void                    intern_mortals_add           (InternMortals *self,
                                                      const char    *data,
                                                      gsize          length);
void                    intern_mortals_remove        (InternMortals *self,
                                                      const char    *data,
                                                      gsize          length);
void                    intern_mortals_begin_listing (InternMortals *self);
void                    intern_mortals_end_listing   (InternMortals *self);
guint                   intern_mortals_commit        (InternMortals *self);

static inline guint
intern_mortals_count (const InternMortals *self)
{
  return self->rows->len;
}

static inline const InternMortalRow *
intern_mortals_get (const InternMortals *self,
                    guint                position)
{
  return g_ptr_array_index (self->rows, position);
}
