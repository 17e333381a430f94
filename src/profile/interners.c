/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/interners.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "profile/look.h"

#define EXPORT __attribute__ ((visibility ("default")))

/* Atomic */
static size_t n_calls[PROFILE_N_INTERNERS], n_hits[PROFILE_N_INTERNERS], n_bytes[PROFILE_N_INTERNERS];

/* Returns the function that @caller would have called. RTLD_NEXT does not find a GLib that came with a plugin:
 * then the plugin is asked. */
static void *
find_function (const char *name,
               const void *caller)
{
  void *function = dlsym (RTLD_NEXT, name);
  void *module = NULL;
  Dl_info info;

  if (function == NULL && dladdr (caller, &info) != 0)
    module = dlopen (info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (module != NULL)
    {
      function = dlsym (module, name);
      dlclose (module);
    }
  if (function == NULL)
    abort ();

  return function;
}

static void
count (ProfileInternerId  id,
       const char        *string,
       bool               known)
{
  __atomic_fetch_add (&n_calls[id], 1, __ATOMIC_RELAXED);
  if (known)
    __atomic_fetch_add (&n_hits[id], 1, __ATOMIC_RELAXED);
  else
    __atomic_fetch_add (&n_bytes[id], strlen (string) + 1, __ATOMIC_RELAXED);
}

void
interners_count (ProfileInterner *counts)
{
  for (unsigned i = 0; i < PROFILE_N_INTERNERS; i++)
    counts[i] = (ProfileInterner) { n_calls[i], n_hits[i], n_bytes[i] };
}

/* Quarks, and the strings of g_intern_string(), are in one table, which can be asked. A reference-counted string is new
 * if the call has allocated memory. */
#define INTERNER(type, name, id) \
  EXPORT type name (const char *string); \
  type \
  name (const char *string) \
  { \
    static type (*next) (const char *); \
    static uint32_t (*find_quark) (const char *); \
    const unsigned n_before = profile_n_made; \
    bool known = false; \
    type result; \
    if (__atomic_load_n (&next, __ATOMIC_ACQUIRE) == NULL) \
      { \
        find_quark = (uint32_t (*) (const char *)) find_function ("g_quark_try_string", __builtin_return_address (0)); \
        __atomic_store_n (&next, (type (*) (const char *)) find_function (#name, __builtin_return_address (0)), \
                          __ATOMIC_RELEASE); \
      } \
    if (!profile_active || string == NULL) \
      return next (string); \
    if (id != PROFILE_REF_STRING && find_quark != NULL) \
      known = find_quark (string) != 0; \
    result = next (string); \
    count (id, string, id != PROFILE_REF_STRING ? known : profile_n_made == n_before); \
    return result; \
  }

INTERNER (const char *, g_intern_string, PROFILE_INTERN_STRING)
INTERNER (const char *, g_intern_static_string, PROFILE_INTERN_STRING)
INTERNER (uint32_t, g_quark_from_string, PROFILE_QUARK)
INTERNER (uint32_t, g_quark_from_static_string, PROFILE_QUARK)
INTERNER (char *, g_ref_string_new_intern, PROFILE_REF_STRING)
