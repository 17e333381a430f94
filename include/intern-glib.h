/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The header that programs include, unless they keep the names of another interner. */

#pragma once

#include <glib-object.h>

#define INTERN_INSIDE

#include "intern-version.h"
#include "intern-version-macros.h"

#include "intern-error.h"
#include "intern-pool.h"
#include "intern-pool-item.h"
#include "intern-pool-model.h"
#include "intern-pool-snapshot.h"

#undef INTERN_INSIDE
