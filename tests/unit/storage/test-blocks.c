/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/blocks.h"

static void
test_numbers_lead_back (void)
{
  InternBlocks blocks = { 0 };
  const guint n = 100000;
  g_autofree char *memory = g_malloc (n);

  g_test_summary ("Blocks are numbered from 0, and each number leads to its block, in every segment");
  intern_blocks_init (&blocks);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), ==, 0);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (intern_blocks_add (&blocks, memory + i, 1), ==, i);
  for (guint i = 0; i < n; i++)
    g_assert_true (intern_blocks_string (&blocks, intern_blocks_offset (i, 0)) == memory + i);
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), >=, n * sizeof (char *));
  g_assert_cmpuint (intern_blocks_get_memory (&blocks), <, 3 * n * sizeof (char *));
  intern_blocks_clear (&blocks);
}

static void
test_places_are_apart (void)
{
  InternBlocks blocks = { 0 };
  char block[INTERN_BLOCK_MAX];

  g_test_summary ("Every aligned distance within a block is a place of its own, and never 0 after a header");
  intern_blocks_init (&blocks);
  for (guint i = 0; i < 3; i++)
    intern_blocks_add (&blocks, block, sizeof block);
  for (guint i = 0; i < 3; i++)
    for (gsize distance = INTERN_OFFSET_UNIT; distance < sizeof block; distance += INTERN_OFFSET_UNIT)
      {
        const InternOffset place = intern_blocks_offset (i, distance);

        g_assert_cmpuint (place, !=, 0);
        g_assert_cmpuint (place / INTERN_OFFSETS_A_BLOCK, ==, i);
        g_assert_true (intern_blocks_string (&blocks, place) == block + distance);
      }
  intern_blocks_clear (&blocks);
}

static void
test_places_outgrow_32_bits (void)
{
  const guint number = G_MAXUINT32 / INTERN_OFFSETS_A_BLOCK + 1;

  g_test_summary ("Past 32 bits places get longer, and do not wrap around");
#if GLIB_SIZEOF_VOID_P > 4
  g_assert_cmpuint (intern_blocks_offset (number - 1, INTERN_BLOCK_MAX - 4), <=, G_MAXUINT32);
  g_assert_cmpuint (intern_blocks_offset (number, 4), >, G_MAXUINT32);
#else
  (void) number;
  g_test_skip ("Addresses have 32 bits here");
#endif
}

static void
test_strings_lead_back (void)
{
  InternBlocks blocks = { 0 };
  const guint order[] = { 2, 0, 3, 1 };
  const guint n = G_N_ELEMENTS (order);
  g_autofree char *memory = g_malloc (n * INTERN_BLOCK_MAX);

  g_test_summary ("The place of a string is found by its address, whatever order blocks came in");
  intern_blocks_init (&blocks);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory), ==, 0);
  for (guint i = 0; i < n; i++)
    intern_blocks_add (&blocks, memory + order[i] * INTERN_BLOCK_MAX, INTERN_BLOCK_MAX);
  for (guint i = 0; i < n; i++)
    for (gsize distance = INTERN_OFFSET_UNIT; distance < INTERN_BLOCK_MAX; distance += INTERN_OFFSET_UNIT)
      {
        const InternOffset place = intern_blocks_offset (i, distance);

        g_assert_cmpuint (intern_blocks_find (&blocks, intern_blocks_string (&blocks, place)), ==, place);
      }

  g_assert_cmpuint (intern_blocks_find (&blocks, memory - INTERN_OFFSET_UNIT), ==, 0);
  g_assert_cmpuint (intern_blocks_find (&blocks, memory + n * INTERN_BLOCK_MAX), ==, 0);
  intern_blocks_clear (&blocks);
}

static void
test_neighbours_are_foreign (void)
{
  InternBlocks blocks = { 0 };
  g_autofree char *memory = g_malloc (INTERN_BLOCK_MAX);
  const gsize size = INTERN_BLOCK_MIN;

  g_test_summary ("An address behind a small block is not in it, though a larger block would hold it");
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
test_threads_get_numbers_of_their_own (void)
{
  InternBlocks blocks = { 0 };
  GThread *threads[4];

  g_test_summary ("Threads that add at once get different numbers, and find their blocks by them");
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

  g_test_add_func ("/blocks/numbers-lead-back", test_numbers_lead_back);
  g_test_add_func ("/blocks/places-are-apart", test_places_are_apart);
  g_test_add_func ("/blocks/places-outgrow-32-bits", test_places_outgrow_32_bits);
  g_test_add_func ("/blocks/strings-lead-back", test_strings_lead_back);
  g_test_add_func ("/blocks/neighbours-are-foreign", test_neighbours_are_foreign);
  g_test_add_func ("/blocks/threads-get-numbers-of-their-own", test_threads_get_numbers_of_their_own);

  return g_test_run ();
}
