/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Atomic access to the words of the lock-free parts, each with its memory order spelled out.
 *
 * They are macros so that a model checker can put its own in their place and compile the very
 * code that the library runs: see tests/models.
 */

#pragma once

#include <glib.h>

#define INTERN_ATOMIC(type) type

#define intern_load_relaxed(place) __atomic_load_n ((place), __ATOMIC_RELAXED)
#define intern_load_acquire(place) __atomic_load_n ((place), __ATOMIC_ACQUIRE)
#define intern_store_relaxed(place, value) __atomic_store_n ((place), (value), __ATOMIC_RELAXED)
#define intern_store_release(place, value) __atomic_store_n ((place), (value), __ATOMIC_RELEASE)
