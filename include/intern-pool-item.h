/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)
# error "Only <intern-glib.h> can be included directly."
#endif

#include "intern-pool.h"

G_BEGIN_DECLS

#define INTERN_TYPE_POOL_ITEM (intern_pool_item_get_type ())

INTERN_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (InternPoolItem, intern_pool_item, INTERN, POOL_ITEM, GObject)

INTERN_AVAILABLE_IN_0_1
const char * intern_pool_item_get_string (InternPoolItem *self);
INTERN_AVAILABLE_IN_0_1
gsize        intern_pool_item_get_length (InternPoolItem *self);
INTERN_AVAILABLE_IN_0_1
InternAtom   intern_pool_item_get_atom   (InternPoolItem *self);
INTERN_AVAILABLE_IN_0_1
GBytes *     intern_pool_item_dup_bytes  (InternPoolItem *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
