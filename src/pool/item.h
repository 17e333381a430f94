/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The items of a model that somebody holds, by atom.
 *
 * A list that moves or filters its rows knows an item by its address, so an item that is alive is
 * handed out again. The table holds none of them: each takes itself out when it is disposed of,
 * in whatever thread that happens. Items and model share the table, and an item outlives its model.
 */

#pragma once

#include "base/fork.h"
#include "base/lock.h"
#include "intern-pool-item.h"

typedef struct
{
  gint        ref_count; /* atomic */
  InternForkLink fork_link;
  InternLock  lock;
  GHashTable *items;     /* (owned) (element-type InternAtom InternPoolItem) guarded by lock */
} InternItemTable;

InternItemTable * intern_item_table_new   (void);
void              intern_item_table_unref (InternItemTable *table);
InternPoolItem *  intern_item_table_get   (InternItemTable *table,
                                           InternAtom       atom,
                                           const char      *string,
                                           gsize            length);
