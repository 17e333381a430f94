/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/blocks.h"

#include <string.h>

static void
test_blocks_are_found_by_number (void)
{
  InternBlocks blocks = { 0 };
  const guint n = 100000;
  g_autofree char *memory = g_malloc (n);

  g_test_summary ("Blocks are numbered from 0 and found by number, also when the array of their addresses has grown");
  intern_blocks_init (&blocks);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), ==, 0);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (intern_blocks_add (&blocks, memory + i, 1), ==, i);
  for (guint i = 0; i < n; i++)
    g_assert_true (intern_blocks_string (&blocks, intern_blocks_offset (i, 0)) == memory + i);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), >=, n * sizeof (char *));
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), <, 5 * n * sizeof (char *));
  intern_blocks_clear (&blocks);
}

static void
test_first_block_needs_no_array (void)
{
  InternBlocks blocks = { 0 };
  char memory[2];

  g_test_summary ("The first block needs no memory, and a second one leads to it still");
  intern_blocks_init (&blocks);
  intern_blocks_add (&blocks, &memory[0], 1);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), ==, 0);
  intern_blocks_add (&blocks, &memory[1], 1);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), >, 0);
  g_assert_true (intern_blocks_string (&blocks, intern_blocks_offset (0, 0)) == &memory[0]);
  g_assert_true (intern_blocks_string (&blocks, intern_blocks_offset (1, 0)) == &memory[1]);
  intern_blocks_clear (&blocks);
}

static void
test_late_readers_keep_their_array (void)
{
  InternBlocks blocks = { 0 };
  char memory[100];

  g_test_summary ("A thread that has loaded an array of blocks may read it after longer ones have replaced it");
  intern_blocks_init (&blocks);
  for (guint n = 0; n < sizeof memory;)
    {
      char **starts;

      intern_blocks_add (&blocks, &memory[n++], 1);
      starts = blocks.starts;
      while (n < sizeof memory && blocks.starts == starts)
        intern_blocks_add (&blocks, &memory[n++], 1);
      for (guint i = 0; i + 1 < n; i++)
        g_assert_true (starts[i] == &memory[i]);
    }
  intern_blocks_clear (&blocks);
}

static void
test_offsets_are_distinct (void)
{
  InternBlocks blocks = { 0 };
  char block[INTERN_BLOCK_MAX];

  g_test_summary ("Each aligned distance in a block has an offset of its own, never 0 after a header");
  intern_blocks_init (&blocks);
  for (guint i = 0; i < 3; i++)
    intern_blocks_add (&blocks, block, sizeof block);
  for (guint i = 0; i < 3; i++)
    for (gsize distance = INTERN_OFFSET_UNIT; distance < sizeof block; distance += INTERN_OFFSET_UNIT)
      {
        const InternOffset offset = intern_blocks_offset (i, distance);

        g_assert_cmpuint (offset, !=, 0);
        g_assert_cmpuint (offset / INTERN_OFFSETS_A_BLOCK, ==, i);
        g_assert_true (intern_blocks_string (&blocks, offset) == block + distance);
      }
  intern_blocks_clear (&blocks);
}

static void
test_large_stores_have_regions (void)
{
  InternBlocks blocks = { 0 };
  char memory[1];
  g_autoptr (GHashTable) starts = g_hash_table_new (NULL, NULL);
  guint64 taken = 0;
  guint number = 0;

  g_test_summary ("A large store takes blocks from regions: aligned, apart, counted, and writable after a trim");
  intern_blocks_init (&blocks);
  for (guint i = 0; i < INTERN_REGIONS_FROM; i++)
    {
      g_assert_null (intern_blocks_take (&blocks, &number));
      intern_blocks_add (&blocks, memory, sizeof memory);
    }
  for (guint i = INTERN_REGIONS_FROM; i < 2000; i++)
    {
      char *start = intern_blocks_take (&blocks, &number);

      g_assert_cmpuint (number, ==, i);
      g_assert_cmpuint ((guintptr) start % INTERN_BLOCK_ALIGN, ==, 0);
      g_assert_cmpuint (intern_blocks_get_size (&blocks, number), ==, INTERN_BLOCK_MAX);
      g_assert_true (intern_blocks_string (&blocks, intern_blocks_offset (number, 0)) == start);
      for (guint j = 0; j < INTERN_BLOCK_MAX; j += INTERN_BLOCK_ALIGN)
        g_assert_true (g_hash_table_add (starts, start + j));
      memset (start, 'x', INTERN_BLOCK_MAX);
      taken += INTERN_BLOCK_MAX;
      if (i % 7 == 0)
        intern_blocks_trim (&blocks);
    }
  /* The caller counts the blocks; what is left of the regions is little. */
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), >, 0);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), <, 2 * INTERN_REGION_MAX + taken);
  intern_blocks_clear (&blocks);
}

static void
test_offsets_outgrow_32_bits (void)
{
  const guint number = G_MAXUINT32 / INTERN_OFFSETS_A_BLOCK + 1;

  g_test_summary ("Beyond 32 bits offsets get longer and do not wrap around");
#if GLIB_SIZEOF_VOID_P > 4
  g_assert_cmpuint (intern_blocks_offset (number - 1, INTERN_BLOCK_MAX - 4), <=, G_MAXUINT32);
  g_assert_cmpuint (intern_blocks_offset (number, 4), >, G_MAXUINT32);
#else
  (void) number;
  g_test_skip ("Addresses have 32 bits here");
#endif
}

static void
test_offsets_are_found_by_address (void)
{
  InternBlocks blocks = { 0 };
  const guint order[] = { 2, 0, 3, 1 };
  const guint n = G_N_ELEMENTS (order);
  g_autofree char *memory = g_malloc (n * INTERN_BLOCK_MAX);

  g_test_summary ("The offset of a string is found by its address, in any order of blocks");
  intern_blocks_init (&blocks);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory), ==, 0);
  for (guint i = 0; i < n; i++)
    intern_blocks_add (&blocks, memory + order[i] * INTERN_BLOCK_MAX, INTERN_BLOCK_MAX);
  for (guint i = 0; i < n; i++)
    for (gsize distance = INTERN_OFFSET_UNIT; distance < INTERN_BLOCK_MAX; distance += INTERN_OFFSET_UNIT)
      {
        const InternOffset offset = intern_blocks_offset (i, distance);

        g_assert_cmpuint (intern_blocks_find (&blocks, intern_blocks_string (&blocks, offset)), ==, offset);
      }

  g_assert_cmpuint (intern_blocks_find (&blocks, memory - INTERN_OFFSET_UNIT), ==, 0);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory + n * INTERN_BLOCK_MAX), ==, 0);
  intern_blocks_clear (&blocks);
}

static void
test_memory_after_a_block_is_foreign (void)
{
  InternBlocks blocks = { 0 };
  g_autofree char *memory = g_malloc (INTERN_BLOCK_MAX);
  const gsize size = INTERN_BLOCK_MIN;

  g_test_summary ("An address after a small block is not in it, though it would be in a larger block");
  intern_blocks_init (&blocks);
  intern_blocks_add (&blocks, memory + size, size);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory + size + INTERN_OFFSET_UNIT), !=, 0);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory + 2 * size - INTERN_OFFSET_UNIT), !=, 0);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory + 2 * size), ==, 0);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory + size - INTERN_OFFSET_UNIT), ==, 0);
  intern_blocks_clear (&blocks);
}

static gpointer
add_many (gpointer data)
{
  static char here;

  for (guint i = 0; i < 10000; i++)
    {
      const guint number = intern_blocks_add (data, &here, 1);

      g_assert_true (intern_blocks_string (data, intern_blocks_offset (number, 0)) == &here);
    }

  return NULL;
}

static void
test_threads_get_different_numbers (void)
{
  InternBlocks blocks = { 0 };
  GThread *threads[4];

  g_test_summary ("Threads that add at the same time get different numbers and find their blocks by them");
  intern_blocks_init (&blocks);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("blocks", add_many, &blocks);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (blocks.n_blocks, ==, 40000);
  intern_blocks_clear (&blocks);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/blocks/blocks-are-found-by-number", test_blocks_are_found_by_number);
  g_test_add_func ("/blocks/first-block-needs-no-array", test_first_block_needs_no_array);
  g_test_add_func ("/blocks/late-readers-keep-their-array", test_late_readers_keep_their_array);
  g_test_add_func ("/blocks/offsets-are-distinct", test_offsets_are_distinct);
  g_test_add_func ("/blocks/large-stores-have-regions", test_large_stores_have_regions);
  g_test_add_func ("/blocks/offsets-outgrow-32-bits", test_offsets_outgrow_32_bits);
  g_test_add_func ("/blocks/offsets-are-found-by-address", test_offsets_are_found_by_address);
  g_test_add_func ("/blocks/memory-after-a-block-is-foreign", test_memory_after_a_block_is_foreign);
  g_test_add_func ("/blocks/threads-get-different-numbers", test_threads_get_different_numbers);

  return g_test_run ();
}
