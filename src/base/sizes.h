/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sizes that every layer shares.
 *
 * With INTERN_TEST_SIZES every table, block and array is so small that each growth path runs
 * thousands of times in a test. Nothing outside this file may depend on which set is in force.
 */

#pragma once

#include <glib.h>

/* What two threads must not share to stay out of each other's way. */
#define INTERN_CACHE_LINE 64

#ifdef INTERN_TEST_SIZES

# define INTERN_SHARDS_LOG2 2
# define INTERN_SPLIT_AT 3
# define INTERN_SPLIT_AT_WAITS 1
# define INTERN_BLOCK_MIN 32
# define INTERN_BLOCK_MAX 128
# define INTERN_BLOCKS_A_SIZE 2
# define INTERN_FIRST_ATOMS_LOG2 1
# define INTERN_STRIPES 2
# define INTERN_BATCH 5
# define INTERN_CHUNK 8
# define INTERN_CACHE_BUCKETS_MIN 2
# define INTERN_NEAR_BUCKETS 2
# define INTERN_CACHE_PUTS_MIN 2
# define INTERN_SNAPSHOT_PROBE 1
# define INTERN_SNAPSHOT_SUSPECTS 2
# define INTERN_SNAPSHOT_REACH 4095

#else

/* Shards of a pool that has grown: a resize of one table of many is short. (A thread that takes
 * all their locks stays below the 64 that ThreadSanitizer can follow.) */
# define INTERN_SHARDS_LOG2 5
/* Strings in the first shard at which a pool gets the others: moving so few takes well under
 * a millisecond, and a pool this large no longer minds some dozen small tables. */
# define INTERN_SPLIT_AT 4096
/* How often a caller had to wait for the first shard before it is split early. */
# define INTERN_SPLIT_AT_WAITS 64
/* Bytes of the first block of a shard's storage, and of the largest. */
# define INTERN_BLOCK_MIN 256
# define INTERN_BLOCK_MAX (16 * 1024)
/* Blocks of one size before the size doubles. */
# define INTERN_BLOCKS_A_SIZE 2
/* Atoms in the first segment of their rows: 2 to the power of it. */
# define INTERN_FIRST_ATOMS_LOG2 5
/* Stripes of the counters: threads beyond the last but one share the last. */
# define INTERN_STRIPES 16
/* Strings of a batch: enough that each shard gets a few dozen, and the batch stays in the second
 * level of the processor's cache. */
# define INTERN_BATCH 1024
/* Bytes that are read from a stream at once: some batches, and no more work than a main loop can do
 * in between. */
# define INTERN_CHUNK (64 * 1024)
/* The first level of the read cache, and the finds that bring it about. */
# define INTERN_CACHE_BUCKETS_MIN 16
/* Buckets of a read cache from which on it is worth while to ask for strings ahead: 256 KiB, with
 * their strings about what the second level of a processor's cache keeps. */
# define INTERN_NEAR_BUCKETS 4096
# define INTERN_CACHE_PUTS_MIN 32
/* Buckets that a search in a snapshot may have to look at, before its writer tries another key:
 * hardly ever reached, and no more than a reader of the format accepts. */
# define INTERN_SNAPSHOT_PROBE 32
/* Pairs of strings with one tag that are compared together: a string in a hundred is in one. */
# define INTERN_SNAPSHOT_SUSPECTS 64
/* How far a string in a snapshot may lie from the first of its block: what an offset can say. */
# define INTERN_SNAPSHOT_REACH G_MAXUINT32

#endif

#define INTERN_SHARDS (1u << INTERN_SHARDS_LOG2)
