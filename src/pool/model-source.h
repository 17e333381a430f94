/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a pool wakes its list models, and tells them which mortal strings may have come or gone.
 *
 * A GSource that becomes ready when the pool wakes its model: one for the life of the model, so at most one wake-up is
 * pending. It notes the mortal strings; the model then looks which the pool has, so the order in which threads note
 * them does not matter.
 */

#pragma once

#include "pool/pool.h"

typedef struct _InternModelSource InternModelSource;

InternModelSource * intern_model_source_new          (GObject           *model,
                                                      GSourceFunc        woken);
void                intern_model_source_join         (InternModelSource *self,
                                                      InternPool        *pool);
void                intern_model_source_leave        (InternModelSource *self,
                                                      InternPool        *pool);
InternStore       * intern_model_source_look         (InternPool        *pool);
gboolean            intern_model_source_take_changed (InternModelSource *self,
                                                      InternPool        *pool,
                                                      GPtrArray        **changed);
gboolean            intern_model_source_is_mortal    (InternStore       *store,
                                                      const char        *string);
