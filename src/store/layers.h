/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a store stands on: the snapshot that it was opened from, or the frozen store that it is a
 * child of, and so on. The strings there never change, so a search takes no lock of those stores. A
 * frozen store may still lend atoms; to look for one takes the lock of its atoms.
 *
 * A string of a snapshot is bare: there is no header before it, its length comes from the snapshot
 * and its atom is its row. A string that has no atom in the layer that holds it gets one from the
 * store that is asked, which keeps it in a table of its own: other children may give it another.
 *
 * The store calls these functions when it is layered.
 */

#pragma once

#include "snapshot/reader.h"
#include "store/store.h"

void         intern_layers_set         (InternStore      *store,
                                        InternSnapshot   *snapshot,
                                        InternStore      *parent);
void         intern_layers_clear       (InternStore      *store);

const char * intern_layers_find        (InternStore      *store,
                                        const InternKey  *key);
const char * intern_layers_find_in_shards (InternStore      *store,
                                        const InternKey  *key);
gboolean     intern_layers_is_own      (InternStore      *store,
                                        const char       *string);
guint32      intern_layers_lend_atom   (InternStore      *store,
                                        const char       *string);
gboolean     intern_layers_foreach     (InternStore      *store,
                                        InternStoreFunc   func,
                                        gpointer          user_data);
guint64      intern_layers_get_n_strings (InternStore    *store);
void         intern_layers_count       (InternStore      *store,
                                        InternStoreStats *stats);
guint64      intern_layers_get_memory  (InternStore      *store);
