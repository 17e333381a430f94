/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live items of a model, by the id of their row: its atom, or a number above all atoms.
 *
 * A list that moves or filters its rows knows an item by its address, so a model returns the same item for a row
 * as long as it is alive. The table holds weak references: each item removes itself when it is finalized, in any
 * thread. Items and model share the table, since an item may outlive its model.
 */

#pragma once

#include "base/fork.h"
#include "base/lock.h"
#include "intern-pool-item.h"

typedef struct
{
  gint            ref_count; /* atomic */
  InternForkLink  fork_link;
  InternLock      lock;
  GHashTable     *items;     /* (owned) (element-type guint32 ItemRef) guarded by lock */
} InternItemTable;

InternItemTable * intern_item_table_new   (void);
void              intern_item_table_unref (InternItemTable *table);
void              intern_item_ref_drop    (gpointer         data);
InternPoolItem *  intern_item_table_get   (InternItemTable *table,
                                           guint32          id,
                                           InternAtom       atom,
                                           const char      *string,
                                           gsize            length);
