/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A lower bound for a call that returns a pointer: the hash, one cache line of a table, the line of the
 * string, the comparison. The table has its final size from the start; there is no lock and no
 * counting. A slot is an address with 16 bits of the hash above it, so that a search rarely reads a
 * wrong string. */

#include "bench-peer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bench-arena.h"

#define SECRET_SIZE 192
#define TAG_MASK (G_MAXUINT64 << 48)
#define LINE_SLOTS 8

G_STATIC_ASSERT (sizeof (gpointer) == 8);

typedef struct
{
  guint64    *slots; /* (owned) */
  gpointer    memory;
  gsize       mask;
  BenchArena  arena;
  guint8      secret[SECRET_SIZE];
} Table;

static gpointer
pool_new (gsize n_strings)
{
  Table *table = g_new0 (Table, 1);
  gsize n_slots = LINE_SLOTS;

  while (n_slots < 2 * n_strings)
    n_slots *= 2;

  table->memory = g_malloc0 (n_slots * sizeof *table->slots + 64);
  table->slots = (guint64 *) (((guintptr) table->memory + 63) & ~(guintptr) 63);
  table->mask = n_slots - 1;
  bench_arena_init (&table->arena);
  for (guint i = 0; i < SECRET_SIZE; i++)
    table->secret[i] = (guint8) g_random_int ();

  return table;
}

static void
pool_free (gpointer pool)
{
  Table *table = pool;

  bench_arena_clear (&table->arena);
  g_free (table->memory);
  g_free (table);
}

/* The two bytes before the characters are the length. */
static guint64
add (Table      *table,
     const char *data,
     gsize       length,
     guint64     tag)
{
  char *copy = bench_arena_alloc (&table->arena, length + 3);
  const guint16 n = (guint16) length;

  memcpy (copy, &n, sizeof n);
  memcpy (copy + 2, data, length);
  copy[length + 2] = '\0';

  return tag | (guintptr) (copy + 2);
}

static inline gboolean
matches (const char *string,
         const char *data,
         gsize       length)
{
  guint16 n;

  memcpy (&n, string - 2, sizeof n);

  return n == length && memcmp (string, data, length) == 0;
}

/* The next slot of the same line, and after its last the next line. */
static inline gsize
next_slot (gsize i,
           gsize first)
{
  const gsize next = (i & ~(gsize) (LINE_SLOTS - 1)) | ((i + 1) & (LINE_SLOTS - 1));

  return next != first ? next : first + LINE_SLOTS;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  Table *table = pool;
  const guint64 hash = XXH3_64bits_withSecret (data, length, table->secret, SECRET_SIZE);
  const guint64 tag = hash & TAG_MASK;
  gsize first = hash & table->mask, i = first;

  while (table->slots[i] != 0)
    {
      const char *string = (const char *) (guintptr) (table->slots[i] & ~TAG_MASK);

      if ((table->slots[i] & TAG_MASK) == tag && matches (string, data, length))
        return string;

      i = next_slot (i, first) & table->mask;
      if (((i ^ first) & ~(gsize) (LINE_SLOTS - 1)) != 0)
        first = i;
    }
  table->slots[i] = add (table, data, length, tag);

  return (gconstpointer) (guintptr) (table->slots[i] & ~TAG_MASK);
}

BENCH_DEFINE_LOOP (intern)

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_FLOOR,
  .pool_new = pool_new,
  .pool_free = pool_free,
  .intern = intern,
  .intern_all = intern_all,
};
