/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sizes that all folders share.
 *
 * With INTERN_TEST_SIZES tables, blocks and arrays are so small that a test runs each growth path thousands of times.
 * No other file may depend on which set is used.
 */

#pragma once

#include <glib.h>

/* Threads that write to one cache line slow each other down. */
#define INTERN_CACHE_LINE 64

#ifdef INTERN_TEST_SIZES

# define INTERN_SHARDS_LOG2 2
# define INTERN_SPLIT_AT 3
# define INTERN_SPLIT_AT_WAITS 1
# define INTERN_FEW 2
# define INTERN_EQUAL_HASHES_MAX 2
# define INTERN_STARTER 32
# define INTERN_BLOCK_MIN 32
# define INTERN_BLOCK_MAX 128
# define INTERN_BLOCKS_A_SIZE 2
# define INTERN_BLOCK_ALIGN 32
# define INTERN_REGIONS_FROM 16
# define INTERN_REGION_MIN 256
# define INTERN_REGION_MAX 512
# define INTERN_TRIM_AT 4
# define INTERN_FIRST_ATOMS_LOG2 1
# define INTERN_STRIPES 2
# define INTERN_BATCH 5
# define INTERN_READ_SIZE 8
# define INTERN_CACHE_BUCKETS_MIN 2
# define INTERN_CACHE_LOW_BITS 2
# define INTERN_NEAR_BUCKETS 2
# define INTERN_CACHE_PUTS_MIN 2
# define INTERN_STRETCH 3
# define INTERN_STRETCH_AFTER 2
# define INTERN_SNAPSHOT_PROBE 1
# define INTERN_SNAPSHOT_SUSPECTS 2
# define INTERN_SNAPSHOT_REACH 4095

#else

/* Shards of a large pool: the resize of one of many tables is short. (A thread that holds all their locks
 * stays below the 64 that ThreadSanitizer can follow.) */
# define INTERN_SHARDS_LOG2 5
/* Strings in the first shard at which it is split: moving them takes well under 1 ms, and next to them
 * INTERN_SHARDS small tables are cheap. */
# define INTERN_SPLIT_AT 4096
/* Waits for the lock of the first shard after which it is split early. */
# define INTERN_SPLIT_AT_WAITS 64
/* Strings whose index is an array: a search looks at each. */
# define INTERN_FEW 12
/* Strings of the same hash that a search may meet before the index takes a secret of its own. By chance, no search in a
 * pool of a billion strings meets so many. */
# define INTERN_EQUAL_HASHES_MAX 16
/* Bytes for strings in the struct of a store. */
# define INTERN_STARTER 208
/* Bytes of the first block of a shard's storage, and of the largest. */
# define INTERN_BLOCK_MIN 256
# define INTERN_BLOCK_MAX (16 * 1024)
/* Blocks of one size before the size doubles. */
# define INTERN_BLOCKS_A_SIZE 2
/* The largest blocks of mortal strings have pages of their own, so that they can be given back. A large store takes
 * them from regions, which grow with it: the number of blocks from which it does, and the bytes of a region. */
# define INTERN_BLOCK_ALIGN 4096
# define INTERN_REGIONS_FROM 256
# define INTERN_REGION_MIN (256 * 1024)
# define INTERN_REGION_MAX (1024 * 1024)
/* Dead strings of a shard without a living mortal one, from which it gives their blocks back. */
# define INTERN_TRIM_AT 1024
/* Log2 of the atoms in their first segment. */
# define INTERN_FIRST_ATOMS_LOG2 5
/* Stripes of the counters. The threads that own the others have a bit of one word each; all further threads share the
 * last. */
# define INTERN_STRIPES 64
/* Strings of a batch: a few dozen for each shard, and the batch stays in the L2 cache. */
# define INTERN_BATCH 1024
/* Bytes read from a stream at once: a few batches, and not too much work for one iteration of a main loop. */
# define INTERN_READ_SIZE (64 * 1024)
/* Buckets of the first level of the read cache, and the puts after which it is made. */
# define INTERN_CACHE_BUCKETS_MIN 16
# define INTERN_CACHE_PUTS_MIN 32
/* The lowest bits of the hash, which no slot has: they follow from the position of its bucket, if the level has as many
 * buckets. A smaller level is not copied when the cache grows. */
# define INTERN_CACHE_LOW_BITS 10
/* Strings that are read from the storage at once, to be put into the cache, and the finds behind the cache
 * after which a shard begins with that. */
# define INTERN_STRETCH 128
# define INTERN_STRETCH_AFTER 64
/* Buckets of a read cache from which a batch prefetches strings: 256 KiB, with their strings about the
 * size of an L2 cache. */
# define INTERN_NEAR_BUCKETS 4096
/* Buckets that a search in a snapshot may look at; beyond it the writer tries another salt. Hardly ever
 * reached, and what a reader of the format accepts. */
# define INTERN_SNAPSHOT_PROBE 32
/* Pairs of strings with one tag that are compared together: one string in a hundred is in a pair. */
# define INTERN_SNAPSHOT_SUSPECTS 64
/* The largest distance of a string in a snapshot from the base of its group. */
# define INTERN_SNAPSHOT_REACH G_MAXUINT32

#endif

/* Not a macro, so that debuggers know it. */
enum
{
  INTERN_SHARDS = 1 << INTERN_SHARDS_LOG2,
};
