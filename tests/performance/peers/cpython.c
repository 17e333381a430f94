/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The function behind sys.intern(). The interpreter lock is held throughout, so it is for one thread at
 * a time. Each call of intern() takes a reference that is never released: without it the string would
 * be freed at once. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bench-peer.h"

static gpointer
pool_new (gsize n_strings)
{
  if (!Py_IsInitialized ())
    Py_InitializeEx (0);

  return NULL;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return PyUnicode_InternFromString (data);
}

static inline gconstpointer
hold (gpointer    pool,
      const char *data,
      gsize       length)
{
  PyObject *string = PyUnicode_InternFromString (data);

  Py_DECREF (string);

  return string;
}

BENCH_DEFINE_LOOP (intern)
BENCH_DEFINE_HOLD_LOOP (hold)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_NONE,
  .pool_new = pool_new,
  .intern = intern,
  .intern_all = intern_all,
  .hold_all = hold_all,
};
