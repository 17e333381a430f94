/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* LLVM's set of strings with its bump allocator, for one thread. */

#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Allocator.h>

#include "bench-peer.h"

namespace {

using Pool = llvm::StringSet<llvm::BumpPtrAllocator>;

gpointer
pool_new (gsize)
{
  return new Pool ();
}

void
pool_free (gpointer pool)
{
  delete static_cast<Pool *> (pool);
}

inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return static_cast<Pool *> (pool)->insert (llvm::StringRef (data, length)).first->getKeyData ();
}

BENCH_DEFINE_LOOP (intern)

} // namespace

extern "C" const BenchPeer bench_peer = {
  BENCH_NAME,
  BENCH_VERSION,
  BENCH_PEER_NONE,
  0,
  nullptr,
  pool_new,
  pool_free,
  intern,
  intern_all,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
};
