/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The heap memory of GLib's containers. GLib does not report it, so this repeats GLib's private rules, for
 * the property memory-usage only. test-shard.c compares the result with the heap.
 *
 *   GLib          GStringChunk             GHashTable
 *   2.74 to 2.90  5 words;                 11 words; arrays of hashes (4 bytes), keys and values (4
 *                 areas of 2^k bytes,      bytes until one exceeds 32 bits, on 64-bit systems; a
 *                 each with a GSList       set has no values); grows when keys and tombstones
 *                 element                  pass 16/17, to the power of two above 1.333 keys; shrinks when
 *                                          it is more than four times as large as its keys
 */

#pragma once

#include "base/heap.h"

#define INTERN_CHUNK_MEMORY intern_heap_size (5 * sizeof (gpointer))

/* What a chunk allocates for an insertion of @size bytes, with its GSList element. */
static inline gsize
intern_chunk_insertion_memory (gsize size)
{
  return intern_heap_size ((gsize) 1 << g_bit_storage (size - 1)) + intern_heap_size (sizeof (GSList));
}

typedef struct
{
  guint   capacity;     /* buckets */
  guint   key_size;     /* bytes */
  double  n_tombstones; /* estimated: see intern_table_memory_add() */
} InternTableMemory;

/* As g_hash_table_maybe_resize(). */
static inline void
intern_table_memory_resize (InternTableMemory *table,
                            guint              n_keys)
{
  const double n_taken = n_keys + table->n_tombstones;

  if (table->capacity <= n_taken + n_taken / 16 || (table->capacity > 8 && table->capacity / 4 > n_keys))
    {
      table->capacity = 1u << MAX (3, g_bit_storage ((gulong) (n_keys * 1.333)));
      table->n_tombstones = 0;
    }
}

/* Counts @key, one of @n_keys now. Estimate: @key reused a tombstone with the probability that a bucket which
 * no key has is one. */
static inline void
intern_table_memory_add (InternTableMemory *table,
                         gsize              key,
                         guint              n_keys)
{
  table->capacity = MAX (table->capacity, 8);
  table->key_size = MAX (table->key_size, sizeof (guint));
#if GLIB_SIZEOF_VOID_P > 4
  if (key > G_MAXUINT32)
    table->key_size = sizeof (gpointer);
#endif

  if (G_UNLIKELY (table->n_tombstones > 0))
    table->n_tombstones -= table->n_tombstones / (table->capacity - n_keys + 1);
  intern_table_memory_resize (table, n_keys);
}

static inline void
intern_table_memory_remove (InternTableMemory *table,
                            guint              n_keys)
{
  table->n_tombstones++;
  intern_table_memory_resize (table, n_keys);
}

static inline gsize
intern_table_memory_get (const InternTableMemory *table)
{
  return intern_heap_size (11 * sizeof (gpointer)) +
         intern_heap_size ((gsize) table->capacity * table->key_size) +
         intern_heap_size ((gsize) table->capacity * sizeof (guint));
}

/* A table from addresses to values of @value_size bytes, from which no key was removed. */
static inline gsize
intern_map_memory (guint n_keys,
                   gsize value_size)
{
  gsize capacity = 8;

  while (capacity <= n_keys + n_keys / 16)
    capacity *= 2;

  return intern_heap_size (11 * sizeof (gpointer)) + intern_heap_size (capacity * sizeof (gpointer)) +
         intern_heap_size (capacity * sizeof (guint)) + intern_heap_size (capacity * value_size);
}
