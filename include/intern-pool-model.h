/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)
# error "Only <intern-glib.h> can be included directly."
#endif

#include "intern-pool.h"

G_BEGIN_DECLS

#define INTERN_TYPE_POOL_MODEL (intern_pool_model_get_type ())

INTERN_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (InternPoolModel, intern_pool_model, INTERN, POOL_MODEL, GObject)

INTERN_AVAILABLE_IN_0_1
InternPoolModel * intern_pool_model_new      (InternPool      *pool) G_GNUC_WARN_UNUSED_RESULT;
INTERN_AVAILABLE_IN_0_1
InternPool *      intern_pool_model_get_pool (InternPoolModel *self);

G_END_DECLS
