/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* OpenImageIO's strings, process-wide; never freed. */

#include <OpenImageIO/ustring.h>

#include "bench-peer.h"

namespace {

gpointer
pool_new (gsize)
{
  return nullptr;
}

inline gconstpointer
intern (gpointer,
        const char *data,
        gsize       length)
{
  return OIIO::ustring (OIIO::string_view (data, length)).c_str ();
}

BENCH_DEFINE_LOOP (intern)

} // namespace

extern "C" const BenchPeer bench_peer = {
  BENCH_NAME,
  BENCH_VERSION,
  BENCH_PEER_THREAD_SAFE,
  0,
  nullptr,
  pool_new,
  nullptr,
  intern,
  intern_all,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
};
