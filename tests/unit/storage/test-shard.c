/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/shard.h"

#include <malloc.h>

#include "base/sizes.h"
#include "sanitizers.h"

/* Those of the store. */
static InternBlocks blocks;
static InternStarter starter;
static gboolean lends; /* whether the shard of a test gets the starter */

static void
init (InternShard *shard)
{
  intern_blocks_init (&blocks);
  intern_shard_init (shard, &blocks);
  memset (&starter, 0xFF, sizeof starter);
  if (lends)
    intern_shard_lend (shard, &starter);
}

static void
clear (InternShard *shard)
{
  intern_shard_clear (shard);
  intern_blocks_clear (&blocks);
}

static InternKey
key_of (const char *data,
        gsize       length)
{
  return intern_key (data, length, intern_secret_get ());
}

static const char *
insert (InternShard *shard,
        const char  *data,
        gsize        length)
{
  const InternKey key = key_of (data, length);

  return intern_shard_insert_locked (shard, &key, INTERN_TO_KEEP);
}

static const char *
lookup (InternShard *shard,
        const char  *data,
        gsize        length)
{
  const InternKey key = key_of (data, length);

  return intern_shard_find_locked (shard, &key, INTERN_TO_SEE);
}

static void
test_finds_what_was_inserted (void)
{
  InternShard shard = { 0 };
  const char *a, *b, *empty;

  g_test_summary ("A string with the same bytes and length is found, and no other");
  init (&shard);
  g_assert_null (lookup (&shard, "a", 1));

  a = insert (&shard, "a", 1);
  b = insert (&shard, "a\0b", 3);
  empty = insert (&shard, "", 0);

  g_assert_true (lookup (&shard, "a", 1) == a);
  g_assert_true (lookup (&shard, "a\0b", 3) == b);
  g_assert_true (lookup (&shard, "", 0) == empty);
  g_assert_null (lookup (&shard, "a\0", 2));
  g_assert_null (lookup (&shard, "a\0c", 3));
  g_assert_cmpmem (b, intern_entry_length (b) + 1, "a\0b", 4);
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 3);
  g_assert_cmpuint (shard.bytes_stored, ==, 4);
  clear (&shard);
}

static void
test_strings_of_any_length_stay_intact (void)
{
  InternShard shard = { 0 };
  g_autoptr (GPtrArray) copies = g_ptr_array_new ();
  g_autofree char *data = g_strnfill (3 * INTERN_BLOCK_MAX, 'x');

  g_test_summary ("Entries of any size are aligned, NUL-terminated and never moved or overwritten");
  init (&shard);
  for (gsize length = 0; length < 3 * INTERN_BLOCK_MAX; length += 1 + length / 7)
    {
      data[length / 2] = (char) length;
      g_ptr_array_add (copies, (gpointer) insert (&shard, data, length));
      g_ptr_array_add (copies, g_memdup2 (data, length + 1));
      ((char *) g_ptr_array_index (copies, copies->len - 1))[length] = '\0';
    }

  for (guint i = 0; i < copies->len; i += 2)
    {
      const char *string = g_ptr_array_index (copies, i);
      g_autofree char *expected = g_ptr_array_index (copies, i + 1);
      const gsize length = intern_entry_length (string);

      g_assert_cmpuint ((guintptr) string % 4, ==, 0);
      g_assert_cmpmem (string, length + 1, expected, length + 1);
      g_assert_true (lookup (&shard, expected, length) == string);
    }
  clear (&shard);
}

static void
test_full_index_is_reported (void)
{
  InternShard shard = { 0 };

  g_test_summary ("A shard is full before its table overflows an int");
  init (&shard);
  g_assert_cmpuint (shard.max_strings, <=, 1u << 30);
  g_assert_false (intern_shard_is_full_locked (&shard));

  shard.max_strings = 2;
  insert (&shard, "a", 1);
  g_assert_false (intern_shard_is_full_locked (&shard));
  insert (&shard, "b", 1);
  g_assert_true (intern_shard_is_full_locked (&shard));
  clear (&shard);
}

static void
test_huge_length_is_refused (void)
{
  InternShard shard = { 0 };
  /* The bytes are never read: the allocation fails first. */
  const InternKey huge = { .data = "", .length = G_MAXSSIZE - 64, .hash = 1 };

  g_test_summary ("A length without memory for it gives NULL and does not abort");
  if (ON_OTHER_HEAP)
    {
      g_test_skip ("Sanitizers report the allocation");
      return;
    }

  init (&shard);
  g_assert_null (intern_shard_insert_locked (&shard, &huge, INTERN_TO_KEEP));
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 0);
  g_assert_nonnull (insert (&shard, "a", 1));
  clear (&shard);
}

static void
test_list_is_sorted_by_address (void)
{
  InternShard shard = { 0 };
  g_autofree char **strings = NULL;
  guint n_strings;

  g_test_summary ("The list has each string once, by address and not by hash");
  init (&shard);
  g_assert_null (intern_shard_list_locked (&shard, &n_strings));
  g_assert_cmpuint (n_strings, ==, 0);

  for (guint i = 0; i < 100; i++)
    insert (&shard, (const char *) &i, sizeof i);
  strings = intern_shard_list_locked (&shard, &n_strings);
  g_assert_cmpuint (n_strings, ==, 100);
  for (guint i = 1; i < n_strings; i++)
    g_assert_true (strings[i - 1] < strings[i]);
  clear (&shard);
}

static const char *
insert_mortal (InternShard *shard,
               const char  *data,
               gsize        length)
{
  const InternKey key = key_of (data, length);

  return intern_shard_insert_locked (shard, &key, INTERN_TO_REF);
}

/* As the store does after the last reference. */
static gboolean
bury (InternShard *shard,
      const char  *string)
{
  const InternKey key = key_of (string, intern_entry_length (string));

  return intern_shard_bury_locked (shard, &key) == INTERN_BURIAL_REMOVED;
}

static void
test_foreign_string_is_left_alone (void)
{
  InternBlocks other_blocks = { 0 };
  InternShard shard = { 0 }, other = { 0 }, empty = { 0 };
  const char *foreign, *own;
  const InternKey key = key_of ("a", 1);

  g_test_summary ("A string of another store is not buried, with or without an equal one in the shard");
  init (&shard);
  intern_blocks_init (&other_blocks);
  intern_shard_init (&other, &other_blocks);
  intern_shard_init (&empty, &blocks);
  own = insert_mortal (&shard, "a", 1);
  foreign = intern_shard_insert_locked (&other, &key, INTERN_TO_REF);

  g_assert_cmpint (intern_shard_bury_locked (&empty, &(InternKey) { foreign, 1, key.hash }), ==, INTERN_BURIAL_FOREIGN);
  g_assert_cmpint (intern_shard_bury_locked (&shard, &(InternKey) { foreign, 1, key.hash }), ==, INTERN_BURIAL_FOREIGN);
  g_assert_true (lookup (&shard, "a", 1) == own);
  g_assert_cmpuint (shard.arena.free_list.n_dead, ==, 0);
  g_assert_cmpuint (shard.n_mortal, ==, 1);

  intern_shard_clear (&empty);
  intern_shard_clear (&other);
  intern_blocks_clear (&other_blocks);
  clear (&shard);
}

static InternLife
lower (const char *string)
{
  return intern_header_lower (intern_entry_header (string));
}

static void
test_buried_room_is_used_again (void)
{
  InternShard shard = { 0 };
  const char *first, *second;

  g_test_summary ("A dead string is not found, and its room is used again once it is buried");
  init (&shard);
  first = insert_mortal (&shard, "first", 5);
  g_assert_cmpuint (shard.n_mortal, ==, 1);
  g_assert_cmpint (lower (first), ==, INTERN_LIFE_ENDED);
  g_assert_null (lookup (&shard, "first", 5));
  g_assert_cmpuint (shard.n_mortal, ==, 1);

  g_assert_true (bury (&shard, first));
  g_assert_cmpuint (shard.n_mortal, ==, 0);
  g_assert_cmpuint (shard.bytes_stored, ==, 0);
  g_assert_cmpuint (shard.arena.free_list.n_dead, ==, 1);

  second = insert (&shard, "other", 5);
  g_assert_true (second == first);
  g_assert_false (intern_entry_is_mortal (second));
  g_assert_true (lookup (&shard, "other", 5) == second);
  g_assert_cmpuint (shard.arena.free_list.n_dead, ==, 0);
  clear (&shard);
}

static void
test_dying_string_is_replaced (void)
{
  InternShard shard = { 0 };
  const InternKey key = key_of ("name", 4);
  const char *first, *second;

  g_test_summary ("An equal string replaces a dead one that is not buried yet, which can still be buried");
  init (&shard);
  first = insert_mortal (&shard, "name", 4);
  lower (first);
  g_assert_null (intern_shard_find_locked (&shard, &key, INTERN_TO_KEEP));
  g_assert_null (intern_shard_find_locked (&shard, &key, INTERN_TO_REF));
  g_assert_true (intern_shard_has_locked (&shard, &key));

  second = insert_mortal (&shard, "name", 4);
  g_assert_true (second != first);
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 1);
  g_assert_cmpuint (shard.n_mortal, ==, 1);
  g_assert_cmpuint (shard.bytes_stored, ==, 4);

  g_assert_false (bury (&shard, first));
  g_assert_true (lookup (&shard, "name", 4) == second);
  g_assert_cmpuint (shard.arena.free_list.n_dead, ==, 1);
  g_assert_true (insert_mortal (&shard, "next", 4) == first);
  clear (&shard);
}

static void
test_counted_to_permanent (void)
{
  InternShard shard = { 0 };
  const InternKey key = key_of ("many", 4);
  const char *string;

  g_test_summary ("A string that so many references have made permanent is so for its shard when it is asked for");
  init (&shard);
  string = insert_mortal (&shard, "many", 4);
  intern_entry_header (string)->state = INTERN_PERMANENT;
  g_assert_true (intern_shard_find_locked (&shard, &key, INTERN_TO_KEEP) == string);
  g_assert_false (intern_entry_is_mortal (string));
  g_assert_cmpuint (shard.n_mortal, ==, 0);
  g_assert_cmpint (lower (string), ==, INTERN_LIFE_PERMANENT);
  clear (&shard);
}

static void
test_made_permanent_stays (void)
{
  InternShard shard = { 0 };
  const InternKey key = key_of ("kept", 4);
  const char *string;

  g_test_summary ("A mortal string that is made permanent keeps its address, and no release ends it");
  init (&shard);
  string = insert_mortal (&shard, "kept", 4);
  g_assert_true (intern_shard_find_locked (&shard, &key, INTERN_TO_REF) == string);
  g_assert_true (intern_shard_find_locked (&shard, &key, INTERN_TO_KEEP) == string);
  g_assert_cmpuint (shard.n_mortal, ==, 0);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (lower (string), ==, INTERN_LIFE_PERMANENT);
  g_assert_true (intern_shard_find_locked (&shard, &key, INTERN_TO_REF) == string);
  g_assert_true (lookup (&shard, "kept", 4) == string);
  clear (&shard);
}

/* As the store does. */
static const char *
find_or_insert (InternShard   *shard,
                const char    *data,
                InternPurpose  purpose,
                gboolean      *inserted)
{
  const InternKey key = key_of (data, strlen (data));
  const char *string = intern_shard_find_or_insert_locked (shard, &key, purpose, inserted);

  if (string != NULL)
    return string;

  /* A long string. */
  string = intern_shard_find_locked (shard, &key, purpose);
  *inserted = string == NULL;

  return string != NULL ? string : intern_shard_insert_locked (shard, &key, purpose);
}

static void
test_one_search_finds_or_inserts (void)
{
  InternShard shard = { 0 };
  g_autofree char *data = g_strnfill (INTERN_BLOCK_MAX, 'x');
  const InternKey longer = key_of (data, INTERN_BLOCK_MAX);
  const char *first, *second, *mortal;
  gboolean inserted;

  g_test_summary ("One search of the index adds a new string and changes nothing for one in the shard");
  init (&shard);
  /* A long string is refused, and nothing changes. */
  g_assert_null (intern_shard_find_or_insert_locked (&shard, &longer, INTERN_TO_KEEP, &inserted));
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 0);
  first = insert (&shard, "", 0);

  second = find_or_insert (&shard, "b", INTERN_TO_KEEP, &inserted);
  g_assert_true (inserted);
  g_assert_cmpstr (second, ==, "b");
  g_assert_true (find_or_insert (&shard, "b", INTERN_TO_KEEP, &inserted) == second);
  g_assert_false (inserted);
  g_assert_true (lookup (&shard, "b", 1) == second);
  g_assert_true (lookup (&shard, "", 0) == first);
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 2);
  g_assert_cmpuint (shard.bytes_stored, ==, 1);

  mortal = insert_mortal (&shard, "m", 1);
  g_assert_true (find_or_insert (&shard, "m", INTERN_TO_REF, &inserted) == mortal);
  g_assert_cmpint (lower (mortal), ==, INTERN_LIFE_MORTAL);
  g_assert_cmpuint (shard.n_mortal, ==, 1);
  g_assert_true (find_or_insert (&shard, "m", INTERN_TO_KEEP, &inserted) == mortal);
  g_assert_false (intern_entry_is_mortal (mortal));
  g_assert_cmpuint (shard.n_mortal, ==, 0);
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 3);
  clear (&shard);
}

static void
test_one_search_reuses_room (void)
{
  InternShard shard = { 0 };
  const char *buried, *dead, *string;
  gboolean inserted;

  g_test_summary ("One search reuses the room of a buried string and replaces an equal dead one not buried yet");
  init (&shard);
  buried = insert_mortal (&shard, "old", 3);
  dead = insert_mortal (&shard, "new", 3);
  lower (buried);
  g_assert_true (bury (&shard, buried));
  lower (dead);

  string = find_or_insert (&shard, "new", INTERN_TO_REF, &inserted);
  g_assert_true (string == buried);
  g_assert_true (inserted);
  g_assert_cmpstr (string, ==, "new");
  g_assert_cmpuint (shard.n_mortal, ==, 1);
  g_assert_cmpuint (shard.arena.free_list.n_dead, ==, 0);
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 1);

  g_assert_false (bury (&shard, dead));
  g_assert_true (lookup (&shard, "new", 3) == string);
  /* Its room goes to another string of the size. */
  g_assert_true (find_or_insert (&shard, "new", INTERN_TO_REF, &inserted) == string);
  g_assert_cmpuint (shard.arena.free_list.n_dead, ==, 1);
  g_assert_true (find_or_insert (&shard, "etc", INTERN_TO_KEEP, &inserted) == dead);
  g_assert_cmpuint (shard.n_mortal, ==, 1);
  clear (&shard);
}

static void
test_heir_takes_over (void)
{
  InternShard shard = { 0 }, heir = { 0 };
  const char *string;
  const InternKey key = key_of ("a", 1);
  g_autofree InternOffset *offsets = NULL;
  guint n_offsets;

  g_test_summary ("A shard that retires moves no bytes and finds no string");
  init (&shard);
  intern_shard_init (&heir, &blocks);
  string = insert (&shard, "a", 1);

  offsets = intern_index_list (&shard.index, &n_offsets);
  g_assert_cmpuint (n_offsets, ==, 1);
  intern_shard_adopt_locked (&heir, &key, offsets[0]);
  intern_shard_retire_locked (&shard, &heir);

  g_assert_true (shard.moved);
  g_assert_null (lookup (&shard, "a", 1));
  /* For a reader that does not see the heir yet. */
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, 1);
  g_assert_cmpuint (shard.bytes_stored, ==, 0);
  intern_shard_clear (&shard);

  g_assert_true (lookup (&heir, "a", 1) == string);
  g_assert_cmpuint (heir.bytes_stored, ==, 1);
  g_assert_cmpstr (string, ==, "a");
  clear (&heir);
}

static guint64
get_memory (InternShard *shard)
{
  return intern_shard_get_memory_locked (shard) + intern_blocks_get_memory (&blocks);
}

/* A string of three bytes, which are those of @number that are not zero. */
static const char *
insert_number (InternShard *shard,
               guint32      number)
{
  const guint32 bytes = GUINT32_TO_LE (number);

  return insert (shard, (const char *) &bytes, 3);
}

static const char *
lookup_number (InternShard *shard,
               guint32      number)
{
  const guint32 bytes = GUINT32_TO_LE (number);

  return lookup (shard, (const char *) &bytes, 3);
}

static gboolean
is_in_starter (const char *string)
{
  return string >= starter.block && string < starter.block + sizeof starter.block;
}

static void
test_few_strings_need_no_memory (void)
{
  InternShard shard = { 0 };
  const char *strings[3 * INTERN_FEW];

  g_test_summary ("Some short strings need no memory but the starter, and stay where they are when it is full");
  lends = TRUE;
  init (&shard);
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      strings[i] = insert_number (&shard, i);
      if (i < INTERN_FEW)
        {
          g_assert_cmpuint (get_memory (&shard), ==, 0);
          g_assert_true (is_in_starter (strings[i]));
        }
      for (guint j = 0; j <= i; j++)
        g_assert_true (lookup_number (&shard, j) == strings[j]);
    }

  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, G_N_ELEMENTS (strings));
  g_assert_cmpuint (get_memory (&shard), >, 0);
  clear (&shard);
  lends = FALSE;
}

static void
test_found_string_does_not_outgrow (void)
{
  InternShard shard = { 0 };
  gboolean inserted;

  g_test_summary ("A string that is found takes no place, so the last place of the starter stays in use");
  lends = TRUE;
  init (&shard);
  for (guint i = 0; i < INTERN_FEW; i++)
    insert_number (&shard, i);
  for (guint i = 0; i < INTERN_FEW; i++)
    {
      const guint32 bytes = GUINT32_TO_LE (i);
      const InternKey key = key_of ((const char *) &bytes, 3);

      intern_shard_find_or_insert_locked (&shard, &key, INTERN_TO_KEEP, &inserted);
      g_assert_false (inserted);
    }
  g_assert_true (shard.index.few == &starter.few);
  g_assert_null (shard.index.table);
  clear (&shard);
  lends = FALSE;
}

static void
test_equal_hashes_are_told_apart (void)
{
  InternShard shard = { 0 };
  const char *data[] = { "", "a", "b", "ab" };
  const char *strings[G_N_ELEMENTS (data)];

  g_test_summary ("Strings with one hash are different strings, before and after they move to a table");
  init (&shard);
  for (guint i = 0; i < G_N_ELEMENTS (data); i++)
    {
      const InternKey key = { data[i], strlen (data[i]), 7 };

      strings[i] = intern_shard_insert_locked (&shard, &key, INTERN_TO_KEEP);
    }
  for (guint i = 0; i < 2 * INTERN_FEW; i++)
    insert (&shard, (const char *) &i, sizeof i);

  g_assert_null (shard.index.few);
  for (guint i = 0; i < G_N_ELEMENTS (data); i++)
    {
      const InternKey key = { data[i], strlen (data[i]), 7 };

      g_assert_true (intern_shard_find_locked (&shard, &key, INTERN_TO_SEE) == strings[i]);
    }
  clear (&shard);
}

static void
test_long_offset_goes_to_a_table (void)
{
#if GLIB_SIZEOF_VOID_P > 4
  InternShard shard = { 0 };
  const InternOffset offset = (InternOffset) G_MAXUINT32 + 8;
  g_autofree InternOffset *offsets = NULL;
  const char *string;
  guint n_offsets;

  g_test_summary ("An offset beyond 32 bits, which the starter cannot hold, is not cut");
  lends = TRUE;
  init (&shard);
  string = insert (&shard, "a", 1);
  g_assert_cmpuint (intern_index_add (&shard.index, &blocks, &(InternKey) { "b", 1, 1 }, offset), ==, 0);

  g_assert_null (shard.index.few);
  g_assert_true (lookup (&shard, "a", 1) == string);
  offsets = intern_index_list (&shard.index, &n_offsets);
  g_assert_cmpuint (n_offsets, ==, 2);
  g_assert_cmpuint (MAX (offsets[0], offsets[1]), ==, offset);
  clear (&shard);
  lends = FALSE;
#else
  g_test_skip ("Addresses have 32 bits here");
#endif
}

/* Compares the memory that the shard reports with what the heap has given since @before. */
static void
check_heap (InternShard            *shard,
            const struct mallinfo2 *before,
            guint                   n_strings)
{
  const struct mallinfo2 now = mallinfo2 ();
  const gint64 heap = (gint64) (now.uordblks + now.hblkhd) - (gint64) (before->uordblks + before->hblkhd);
  const guint64 memory = get_memory (shard);

  g_test_message ("%u strings, %u dead: %" G_GUINT64_FORMAT " reported, %" G_GINT64_FORMAT " in the heap",
                  n_strings, shard->arena.free_list.n_dead, memory, heap);
  g_assert_cmpfloat ((double) memory, >, 0.95 * (double) heap);
  g_assert_cmpfloat ((double) memory, <, 1.05 * (double) heap);
}

static void
test_memory_is_what_the_heap_says (void)
{
  InternShard shard = { 0 };
  const guint64 empty = intern_shard_get_memory_locked (&shard);
  struct mallinfo2 before;

  g_test_summary ("The memory that a shard reports is what malloc() has allocated for it");
  g_assert_cmpuint (empty, ==, 0);
  before = mallinfo2 ();
  if (before.uordblks == 0 || ON_OTHER_HEAP)
    {
      g_test_skip ("This heap has no figures");
      return;
    }

  init (&shard);
  for (guint i = 0, check = 1000; i <= 300000; i++)
    {
      char text[64];
      const int length = g_snprintf (text, sizeof text, "string number %u%*s", i, (int) (i % 32), "");

      insert (&shard, text, (gsize) length);
      if (i == check)
        {
          check_heap (&shard, &before, i);
          check = check * 5 / 4;
        }
    }
  clear (&shard);
}

/* Releases the oldest string and inserts a new one. */
static void
churn (InternShard  *shard,
       const char  **living,
       guint         n_living,
       guint        *n_made)
{
  char text[32];
  const char **oldest = &living[*n_made % n_living];
  const int length = g_snprintf (text, sizeof text, "string number %u", (*n_made)++);

  if (*oldest != NULL)
    {
      lower (*oldest);
      bury (shard, *oldest);
    }
  *oldest = insert_mortal (shard, text, (gsize) length);
}

static void
test_memory_is_right_after_churn (void)
{
  g_test_summary ("The reported memory is right when tombstones make the table grow");
  if (mallinfo2 ().uordblks == 0 || ON_OTHER_HEAP)
    {
      g_test_skip ("This heap has no figures");
      return;
    }

  /* Over two doublings: how full the table is decides whether it grows. */
  for (guint n_living = 8000; n_living < 33000; n_living += n_living / 9)
    {
      g_autofree const char **living = g_new0 (const char *, n_living);
      const struct mallinfo2 empty = mallinfo2 ();
      InternShard shard = { 0 };
      guint n_made = 0;

      init (&shard);
      for (guint round = 0; round < 6; round++)
        {
          for (guint i = 0; i < n_living; i++)
            churn (&shard, living, n_living, &n_made);
          check_heap (&shard, &empty, n_living);
        }
      clear (&shard);
    }
}

/* Strings that meet in every search. */
#define N_CLASHING 500

static InternKey
clashing_key (guint  number,
              char  *text)
{
  const int length = g_snprintf (text, 16, "%u", number);

  return (InternKey) { text, (gsize) length, 12345 };
}

static void
test_clashing_strings_get_a_secret (void)
{
  InternShard shard = { 0 };
  const char *strings[N_CLASHING];

  g_test_summary ("An index where many equal hashes meet takes a secret of its own, and finds and removes strings");
  init (&shard);
  for (guint i = 0; i < N_CLASHING; i++)
    {
      char text[16];
      const InternKey key = clashing_key (i, text);
      gboolean inserted = FALSE;

      strings[i] = intern_shard_find_or_insert_locked (&shard, &key, INTERN_TO_REF, &inserted);
      g_assert_true (inserted);
      g_assert_cmpint (shard.index.secret != NULL, ==, i >= INTERN_EQUAL_HASHES_MAX);
      g_assert_true (intern_shard_find_or_insert_locked (&shard, &key, INTERN_TO_REF_FOUND, &inserted) == strings[i]);
      g_assert_false (inserted);
    }

  for (guint i = 0; i < N_CLASHING; i++)
    {
      char text[16];
      InternKey key = clashing_key (i, text);

      g_assert_true (intern_shard_find_locked (&shard, &key, INTERN_TO_SEE) == strings[i]);
      if (i % 2 == 0)
        continue;
      key.data = strings[i];
      intern_header_lower (intern_entry_header (strings[i]));
      g_assert_cmpint (intern_header_lower (intern_entry_header (strings[i])), ==, INTERN_LIFE_ENDED);
      g_assert_cmpint (intern_shard_bury_locked (&shard, &key), ==, INTERN_BURIAL_REMOVED);
    }
  g_assert_cmpuint (intern_shard_peek_n_strings (&shard), ==, N_CLASHING / 2);
  clear (&shard);
}

static void
test_other_strings_get_no_secret (void)
{
  InternShard shard = { 0 };

  g_test_summary ("An index of other strings keeps the hash of the process");
  init (&shard);
  for (guint i = 0; i < 20000; i++)
    {
      char text[16];
      const int length = g_snprintf (text, sizeof text, "%u", i);

      insert (&shard, text, (gsize) length);
    }
  g_assert_null (shard.index.secret);
  clear (&shard);
}

#ifdef INTERN_DEBUG
static void
test_poison_covers_every_string (void)
{
  InternShard shard = { 0 };
  const char *strings[200];

  g_test_summary ("Debug builds overwrite freed strings");
  init (&shard);
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      g_autofree char *data = g_strnfill (i, 'x');

      strings[i] = insert (&shard, data, i);
    }

  intern_blocks_poison (&blocks);
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    for (guint j = 0; j <= i; j++)
      g_assert_cmphex ((guint8) strings[i][j], ==, INTERN_POISON);
  clear (&shard);
}
#endif

typedef struct
{
  const char *name;
  void (*run) (void);
} ShardTest;

/* Each runs twice: with a table from the first string on, and with a starter. */
static const ShardTest tests[] = {
  { "finds-what-was-inserted", test_finds_what_was_inserted },
  { "strings-of-any-length-stay-intact", test_strings_of_any_length_stay_intact },
  { "full-index-is-reported", test_full_index_is_reported },
  { "huge-length-is-refused", test_huge_length_is_refused },
  { "list-is-sorted-by-address", test_list_is_sorted_by_address },
  { "foreign-string-is-left-alone", test_foreign_string_is_left_alone },
  { "heir-takes-over", test_heir_takes_over },
  { "memory-is-what-the-heap-says", test_memory_is_what_the_heap_says },
  { "memory-is-right-after-churn", test_memory_is_right_after_churn },
  { "buried-room-is-used-again", test_buried_room_is_used_again },
  { "dying-string-is-replaced", test_dying_string_is_replaced },
  { "made-permanent-stays", test_made_permanent_stays },
  { "one-search-finds-or-inserts", test_one_search_finds_or_inserts },
  { "one-search-reuses-room", test_one_search_reuses_room },
  { "equal-hashes-are-told-apart", test_equal_hashes_are_told_apart },
#ifdef INTERN_DEBUG
  { "poison-covers-every-string", test_poison_covers_every_string },
#endif
};

static void
run_with_a_starter (gconstpointer data)
{
  const ShardTest *test = data;

  lends = TRUE;
  test->run ();
  lends = FALSE;
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/shard/", tests[i].name, NULL);
      g_autofree char *lent = g_strconcat ("/shard/with-a-starter/", tests[i].name, NULL);

      g_test_add_func (path, tests[i].run);
      g_test_add_data_func (lent, &tests[i], run_with_a_starter);
    }
  g_test_add_func ("/shard/few-strings-need-no-memory", test_few_strings_need_no_memory);
  g_test_add_func ("/shard/found-string-does-not-outgrow", test_found_string_does_not_outgrow);
  g_test_add_func ("/shard/counted-to-permanent", test_counted_to_permanent);
  g_test_add_func ("/shard/clashing-strings-get-a-secret", test_clashing_strings_get_a_secret);
  g_test_add_func ("/shard/other-strings-get-no-secret", test_other_strings_get_no_secret);
  g_test_add_func ("/shard/long-offset-goes-to-a-table", test_long_offset_goes_to_a_table);

  return g_test_run ();
}
