/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live blocks of the heap: a cell of 4 bytes for each place where one can begin. Blocks that are near each other
 * have cells that are near each other, so that a program which is kind to the caches stays so.
 *
 * A change of the table is one store, so that a process which is forked in the middle of one has a good table. Each
 * shard of it has a lock; table_lock_all() stops every thread that makes or frees a block.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct
{
  char    *address;
  size_t   usable; /* what malloc() gave */
  size_t   slack;  /* what it was not asked for; 16383 from the table means that or more */
  uint16_t site;
} Block;

typedef struct
{
  uint64_t n_blocks;
  uint64_t bytes;
} TableTotal;

typedef void (*BlockFunc) (const Block *block,
                           void        *user_data);

/* The bytes of a block in the heap, with the word before it. */
#define BLOCK_BYTES(usable) ((usable) + sizeof (size_t))

bool       table_begin      (size_t       smallest);
bool       table_add        (const Block *block);
bool       table_remove     (Block       *block,
                             bool        *changed);
TableTotal table_get_total  (void);
void       table_foreach    (BlockFunc    func,
                             void        *user_data);
void       table_lock_all   (void);
void       table_unlock_all (void);
void *     table_map        (size_t       n_bytes);
