/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* LLVM's concurrent table with the entries of its StringPool. The allocator of StringPool works only in
 * LLVM's own threads; this one works in the same way, with blocks for each thread, in any. */

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include <llvm/ADT/ConcurrentHashtable.h>
#include <llvm/ADT/StringMapEntry.h>
#include <llvm/ADT/StringRef.h>

#include "bench-peer.h"

namespace {

constexpr size_t BLOCK_SIZE = 64 * 1024;

std::atomic<unsigned> n_allocators;

/* Thread-safe: each thread fills its own block, and the allocator owns all. */
class Allocator : public llvm::AllocatorBase<Allocator>
{
public:
  using llvm::AllocatorBase<Allocator>::Allocate;

  void *
  Allocate (size_t size,
            size_t alignment)
  {
    Block &block = current;

    if (block.owner != id || block.left < size + alignment)
      block = new_block (std::max (BLOCK_SIZE, size + alignment));

    const size_t gap = llvm::offsetToAlignedAddr (block.next, llvm::Align (alignment));
    char *memory = block.next + gap;

    block.next += gap + size;
    block.left -= gap + size;

    return memory;
  }

private:
  struct Block
  {
    unsigned owner;
    char *next;
    size_t left;
  };

  Block
  new_block (size_t size)
  {
    const std::lock_guard<std::mutex> lock (mutex);

    blocks.emplace_back (new char[size]);

    return Block { id, blocks.back ().get (), size };
  }

  static thread_local Block current;

  const unsigned id = ++n_allocators;
  std::mutex mutex;
  std::vector<std::unique_ptr<char[]>> blocks; /* guarded by mutex */
};

thread_local Allocator::Block Allocator::current;

using Entry = llvm::StringMapEntry<std::nullopt_t>;
using Info = llvm::ConcurrentHashTableInfoByPtr<llvm::StringRef, Entry, Allocator>;

/* The same functions as for StringPool: a key is returned by value. */
struct EntryInfo : Info
{
  static llvm::StringRef
  getKey (const Entry &entry)
  {
    return entry.getKey ();
  }
};

struct Pool
{
  Allocator allocator;
  llvm::ConcurrentHashTableByPtr<llvm::StringRef, Entry, Allocator, EntryInfo> strings { allocator };
};

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
  return static_cast<Pool *> (pool)->strings.insert (llvm::StringRef (data, length)).first->getKeyData ();
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
  pool_free,
  intern,
  intern_all,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
  nullptr,
};
