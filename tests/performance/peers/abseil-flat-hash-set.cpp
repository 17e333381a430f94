/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Abseil's set of views into an arena, for one thread. */

#include <absl/container/flat_hash_set.h>
#include <absl/strings/string_view.h>

#include "bench-arena.h"
#include "bench-peer.h"

namespace {

struct Pool
{
  absl::flat_hash_set<absl::string_view> strings;
  BenchArena arena;
};

gpointer
pool_new (gsize)
{
  Pool *self = new Pool ();

  bench_arena_init (&self->arena);

  return self;
}

void
pool_free (gpointer pool)
{
  Pool *self = static_cast<Pool *> (pool);

  bench_arena_clear (&self->arena);
  delete self;
}

inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  Pool *self = static_cast<Pool *> (pool);
  auto add = [=] (const auto &construct)
    {
      construct (bench_arena_copy (&self->arena, data, length), length);
    };

  return self->strings.lazy_emplace (absl::string_view (data, length), add)->data ();
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
