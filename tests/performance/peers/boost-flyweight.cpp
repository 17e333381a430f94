/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Boost's flyweight, process-wide, without reference counts: strings are never freed. */

#include <string>

#include <boost/flyweight.hpp>
#include <boost/flyweight/no_tracking.hpp>

#include "bench-peer.h"

namespace {

using String = boost::flyweight<std::string, boost::flyweights::no_tracking>;

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
  return &String (std::string (data, length)).get ();
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
