/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bump allocator: the storage of the floor and of tables without their own. */

#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

/* Blocks double from the first size to the last, so that a small pool stays small. */
#define BENCH_ARENA_FIRST 512
#define BENCH_ARENA_LAST (64 * 1024)

typedef struct
{
  GPtrArray *blocks; /* (owned) */
  char      *next;
  gsize      left;
  gsize      block_size;
} BenchArena;

static inline void
bench_arena_init (BenchArena *arena)
{
  arena->blocks = g_ptr_array_new_with_free_func (g_free);
  arena->next = NULL;
  arena->left = 0;
  arena->block_size = BENCH_ARENA_FIRST;
}

static inline void
bench_arena_clear (BenchArena *arena)
{
  g_ptr_array_unref (arena->blocks);
}

static inline char *
bench_arena_alloc (BenchArena *arena,
                   gsize       size)
{
  char *memory;

  if (G_UNLIKELY (size > arena->left))
    {
      arena->left = MAX (size, arena->block_size);
      arena->block_size = MIN (2 * arena->block_size, BENCH_ARENA_LAST);
      arena->next = (char *) g_malloc (arena->left);
      g_ptr_array_add (arena->blocks, arena->next);
    }

  memory = arena->next;
  arena->next += size;
  arena->left -= size;

  return memory;
}

static inline char *
bench_arena_copy (BenchArena *arena,
                  const char *data,
                  gsize       length)
{
  char *copy = bench_arena_alloc (arena, length + 1);

  memcpy (copy, data, length);
  copy[length] = '\0';

  return copy;
}

G_END_DECLS
