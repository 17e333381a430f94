/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/free-list.h"

#include "base/heap.h"

/* Lengths in growing steps, and every length near a power of two. */
static gsize
next_length (gsize length)
{
  const gsize step = length < 100000 ? 1 : length / 1000;
  const gsize power = (gsize) 1 << g_bit_storage (length + 32);

  return length + 32 >= power / 2 && length < power / 2 + 32 ? length + 1 : length + step;
}

static void
check_length (gsize  length,
              gsize *last_size,
              guint *last_number)
{
  const gsize needed = sizeof (InternHeader) + length + 1;
  guint number;
  const gsize size = intern_free_list_class_for (length, &number);

  g_assert_cmpuint (size, >=, needed);
  g_assert_cmpuint (size % INTERN_OFFSET_UNIT, ==, 0);
  g_assert_cmpuint (number, <, INTERN_FREE_LIST_CLASSES);
  g_assert_cmpuint (size, >=, *last_size);
  g_assert_true ((size == *last_size) == (number == *last_number));
  g_assert_cmpuint (number - *last_number, <=, 1);
  if (size > 32)
    g_assert_cmpuint (5 * (size - needed), <=, size);
  else if (size > 16)
    g_assert_cmpuint (size - needed, <=, 3);

  *last_size = size;
  *last_number = number;
}

static void
test_every_length_has_its_class (void)
{
  guint number;
  gsize size = intern_free_list_class_for (0, &number);

  g_test_summary ("Class sizes fit, are aligned, grow with the length, skip no class and waste a fifth at most");
  for (gsize length = 0; length <= INTERN_MAX_LENGTH; length = next_length (length))
    check_length (length, &size, &number);
  check_length (INTERN_MAX_LENGTH, &size, &number);
  g_assert_cmpuint (size, <=, (gsize) 1 << 31);
}

/* Dead strings as in an arena, each in a block of its own */

#define N_BLOCKS 3
#define BLOCK_SIZE 64

typedef struct
{
  InternBlocks    blocks;
  InternFreeList  list;
  char           *memory;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  intern_blocks_init (&fixture->blocks);
  fixture->memory = g_malloc0 (N_BLOCKS * BLOCK_SIZE);
  for (guint i = 0; i < N_BLOCKS; i++)
    intern_blocks_add (&fixture->blocks, fixture->memory + i * BLOCK_SIZE, BLOCK_SIZE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  intern_memory_open (fixture->memory, N_BLOCKS * BLOCK_SIZE);
  intern_free_list_clear (&fixture->list);
  intern_blocks_clear (&fixture->blocks);
  g_free (fixture->memory);
}

static InternOffset
put (Fixture *fixture,
     guint    number,
     guint32  length)
{
  InternEntry *entry = (InternEntry *) (void *) (fixture->memory + number * BLOCK_SIZE);
  const InternOffset offset = intern_blocks_offset (number, sizeof (InternHeader));

  intern_header_prepare (&entry->header, length);
  intern_free_list_put (&fixture->list, &fixture->blocks, offset);

  return offset;
}

static InternOffset
take (Fixture *fixture,
      gsize    length)
{
  const InternOffset offset = intern_free_list_peek (&fixture->list, length);

  if (offset != 0)
    intern_free_list_take (&fixture->list, &fixture->blocks, offset, length);

  return offset;
}

static void
test_room_goes_to_its_class (Fixture       *fixture,
                             gconstpointer  data)
{
  InternFreeList *list = &fixture->list;
  InternOffset first, second, longer;

  g_test_summary ("Room goes to strings of its class only, and is counted");
  g_assert_cmpuint (take (fixture, 10), ==, 0);
  g_assert_cmpuint (intern_free_list_get_memory (list), ==, 0);

  /* With header and NUL, 8 to 11 bytes take 20, and 40 or 41 take 56. */
  first = put (fixture, 0, 8);
  second = put (fixture, 1, 10);
  longer = put (fixture, 2, 40);
  g_assert_cmpuint (list->n_dead, ==, 3);
  g_assert_cmpuint (intern_free_list_get_memory (list), >=, INTERN_FREE_LIST_CLASSES * sizeof (InternOffset));

  g_assert_cmpuint (take (fixture, 24), ==, 0);
  g_assert_cmpuint (take (fixture, 9), ==, second);
  g_assert_cmpuint (list->bytes_recycled, ==, 10);
  g_assert_cmpuint (take (fixture, 11), ==, first);
  g_assert_cmpuint (take (fixture, 9), ==, 0);
  g_assert_cmpuint (take (fixture, 41), ==, longer);
  g_assert_cmpuint (list->bytes_recycled, ==, 58);
  g_assert_cmpuint (list->n_dead, ==, 0);
}

static void
test_counts_end_at_permanent (void)
{
  InternHeader header;

  g_test_summary ("A string with 2^31 references is permanent; with one less references count");
  intern_header_prepare (&header, 5);
  intern_header_publish (&header, 5, FALSE);
  header.state = INTERN_PERMANENT - 1;

  g_assert_cmpint (intern_header_lower (&header), ==, INTERN_LIFE_MORTAL);
  g_assert_cmpint (intern_header_raise (&header), ==, INTERN_LIFE_MORTAL);
  g_assert_cmphex (header.state, ==, INTERN_PERMANENT - 1);
  g_assert_cmpint (intern_header_raise (&header), ==, INTERN_LIFE_MORTAL);
  g_assert_cmphex (header.state, ==, INTERN_PERMANENT);

  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (intern_header_raise (&header), ==, INTERN_LIFE_PERMANENT);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (intern_header_lower (&header), ==, INTERN_LIFE_PERMANENT);
  g_assert_cmphex (header.state, ==, INTERN_PERMANENT);

  /* The mark is a shortcut; intern_header_make_permanent() removes it. */
  g_assert_true (intern_header_make_permanent (&header));
  g_assert_cmphex (header.length, ==, 5);
}

static void
test_dead_strings_stay_dead (void)
{
  InternHeader header;

  g_test_summary ("A string without references is dead, and no call revives it");
  intern_header_prepare (&header, 5);
  intern_header_publish (&header, 5, FALSE);
  g_assert_cmphex (header.length, ==, INTERN_MORTAL | 5);
  g_assert_cmpint (intern_header_raise (&header), ==, INTERN_LIFE_MORTAL);
  g_assert_cmpint (intern_header_lower (&header), ==, INTERN_LIFE_MORTAL);
  g_assert_cmpint (intern_header_lower (&header), ==, INTERN_LIFE_ENDED);

  g_assert_cmpint (intern_header_lower (&header), ==, INTERN_LIFE_DEAD);
  g_assert_cmpint (intern_header_raise (&header), ==, INTERN_LIFE_DEAD);
  g_assert_false (intern_header_make_permanent (&header));
  g_assert_cmphex (header.state, ==, 0);
  g_assert_cmphex (header.length, ==, INTERN_MORTAL | 5);
}

static void
test_permanent_strings_stay (void)
{
  InternHeader header;

  g_test_summary ("A string may be made permanent twice, as by two threads, and no release ends it");
  intern_header_prepare (&header, 5);
  intern_header_publish (&header, 5, FALSE);
  g_assert_true (intern_header_make_permanent (&header));
  g_assert_true (intern_header_make_permanent (&header));
  g_assert_cmphex (header.state, ==, INTERN_PERMANENT);
  g_assert_cmpint (intern_header_lower (&header), ==, INTERN_LIFE_PERMANENT);
  g_assert_cmphex (header.length, ==, 5);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/free-list/every-length-has-its-class", test_every_length_has_its_class);
  g_test_add ("/free-list/room-goes-to-its-class", Fixture, NULL, set_up, test_room_goes_to_its_class, tear_down);
  g_test_add_func ("/free-list/counts-end-at-permanent", test_counts_end_at_permanent);
  g_test_add_func ("/free-list/dead-strings-stay-dead", test_dead_strings_stay_dead);
  g_test_add_func ("/free-list/permanent-strings-stay", test_permanent_strings_stay);

  return g_test_run ();
}
