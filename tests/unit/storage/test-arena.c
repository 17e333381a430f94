/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/arena.h"

typedef struct
{
  InternBlocks blocks;
  InternArena  arena;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  intern_blocks_init (&fixture->blocks);
  intern_arena_init (&fixture->arena, &fixture->blocks);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  intern_arena_clear (&fixture->arena);
  intern_blocks_clear (&fixture->blocks);
}

/* Writes a string, as a shard does, all of its bytes from its header to its NUL. */
static InternPiece
add (Fixture       *fixture,
     gsize          length,
     InternPurpose  purpose)
{
  InternPiece piece = intern_arena_peek (&fixture->arena, length, purpose);

  if (piece.string != NULL)
    intern_arena_take (&fixture->arena, piece, length, purpose);
  else
    piece = intern_arena_take_long (&fixture->arena, length, purpose);

  intern_header_prepare (intern_entry_header (piece.string), (guint32) length);
  memset (piece.string, (int) length, length + 1);

  return piece;
}

static void
check_pieces (Fixture *fixture,
              gsize    end)
{
  g_autofree InternPiece *pieces = g_new (InternPiece, end);

  for (gsize length = 0; length < end; length++)
    pieces[length] = add (fixture, length, length % 2 == 0 ? INTERN_TO_KEEP : INTERN_TO_REF);

  for (gsize length = 0; length < end; length++)
    {
      const InternPiece piece = pieces[length];

      g_assert_cmpuint ((guintptr) piece.string % INTERN_OFFSET_UNIT, ==, 0);
      g_assert_true (intern_blocks_string (&fixture->blocks, piece.offset) == piece.string);
      g_assert_cmpuint (intern_blocks_find (&fixture->blocks, piece.string), ==, piece.offset);
      g_assert_cmpuint (intern_entry_length (piece.string), ==, length);
      for (gsize i = 0; i <= length; i++)
        g_assert_cmphex ((guint8) piece.string[i], ==, (guint8) length);
    }
}

static void
test_pieces_do_not_overlap (Fixture       *fixture,
                            gconstpointer  data)
{
  g_test_summary ("Each string has room for its header, its bytes and its NUL, and an offset that leads to it");
  check_pieces (fixture, INTERN_BLOCK_MAX / 8);
}

static void
test_blocks_need_not_be_aligned (Fixture       *fixture,
                                 gconstpointer  data)
{
  g_test_summary ("A chunk that packs its pieces without alignment gives blocks that strings fit into");
  fixture->arena.chunk = g_string_chunk_new (64 * INTERN_BLOCK_MAX);
  /* With its NUL it ends two bytes behind an aligned address. */
  g_string_chunk_insert_len (fixture->arena.chunk, "x", 1);
  check_pieces (fixture, INTERN_BLOCK_MAX / 8);
}

static void
test_full_block_is_full (Fixture       *fixture,
                         gconstpointer  data)
{
  const gsize begin = fixture->blocks.n_blocks;

  g_test_summary ("Pieces as long as the room of a block do not reach past its end, aligned or not");
  for (gsize gap = 0; gap < 4; gap++)
    for (gsize length = 0; length < INTERN_BLOCK_MIN; length++)
      {
        fixture->arena.chunk = g_string_chunk_new (64 * INTERN_BLOCK_MAX);
        for (gsize i = 0; i < gap; i++)
          g_string_chunk_insert_len (fixture->arena.chunk, "", 0);
        add (fixture, length, INTERN_TO_KEEP);
        g_assert_cmpuint (fixture->arena.permanent.room, <=, fixture->arena.permanent.block_size);
        intern_arena_clear (&fixture->arena);
      }
  g_assert_cmpuint (fixture->blocks.n_blocks, >, begin);
}

static void
test_dead_room_behind_full_block (Fixture       *fixture,
                                  gconstpointer  data)
{
  InternArena *arena = &fixture->arena;
  g_autofree char *memory = g_malloc (2 * INTERN_BLOCK_MIN);
  char *end = memory + INTERN_BLOCK_MIN;
  const guint full = intern_blocks_add (&fixture->blocks, memory, INTERN_BLOCK_MIN);
  const guint next = intern_blocks_add (&fixture->blocks, end, INTERN_BLOCK_MIN);
  const gsize header = G_STRUCT_OFFSET (InternEntry, string);
  InternPiece piece;

  g_test_summary ("The room of a dead string is not taken for that of a full block which ends right before it");
  arena->mortal.next = end;
  arena->mortal.next_offset = intern_blocks_offset (full, INTERN_BLOCK_MIN);
  arena->mortal.block_size = INTERN_BLOCK_MIN;
  intern_header_prepare ((InternHeader *) (void *) end, 3);
  intern_free_list_put (&arena->free_list, &fixture->blocks, intern_blocks_offset (next, header));

  piece = intern_arena_peek (arena, 3, INTERN_TO_REF);
  g_assert_true (piece.string == end + header);
  intern_arena_take (arena, piece, 3, INTERN_TO_REF);
  g_assert_cmpuint (arena->mortal.room, ==, 0);
  g_assert_true (arena->mortal.next == end);
  g_assert_cmpuint (arena->free_list.n_dead, ==, 0);
}

static void
test_heir_has_everything (Fixture       *fixture,
                          gconstpointer  data)
{
  InternArena heir;
  InternPiece piece, next;

  g_test_summary ("An arena that is moved leaves its strings and its room to the heir");
  piece = add (fixture, 3, INTERN_TO_KEEP);
  intern_arena_init (&heir, &fixture->blocks);
  intern_arena_move (&fixture->arena, &heir);
  g_assert_cmpuint (intern_arena_get_memory (&fixture->arena), ==, 0);

  next = intern_arena_peek (&heir, 3, INTERN_TO_KEEP);
  g_assert_true (next.string - piece.string == 12);
  g_assert_cmphex ((guint8) piece.string[0], ==, 3);
  intern_arena_clear (&heir);
}

/* A string of arena, to be read. */
static const char *
add_string (InternArena   *arena,
            gsize          length,
            InternPurpose  purpose)
{
  InternPiece piece = intern_arena_peek (arena, length, purpose);

  if (piece.string != NULL)
    intern_arena_take (arena, piece, length, purpose);
  else
    piece = intern_arena_take_long (arena, length, purpose);
  intern_header_prepare (intern_entry_header (piece.string), (guint32) length);
  intern_header_publish (intern_entry_header (piece.string), (guint32) length, purpose != INTERN_TO_REF);

  return piece.string;
}

/* Reads what is unread of the strings for @purpose, @n at a time, and checks that it is @expected. */
static void
check_read (InternArena   *arena,
            InternPurpose  purpose,
            GPtrArray     *expected,
            guint          n)
{
  g_autofree const char **strings = g_new (const char *, n);
  guint n_read, n_all = 0;

  while ((n_read = intern_arena_read (arena, purpose, strings, n)) > 0)
    for (guint i = 0; i < n_read; i++)
      {
        g_assert_cmpuint (n_all, <, expected->len);
        g_assert_true (strings[i] == g_ptr_array_index (expected, n_all++));
      }
  g_assert_cmpuint (n_all, ==, expected->len);
  g_ptr_array_set_size (expected, 0);
}

static void
test_permanent_strings_are_read_once (Fixture       *fixture,
                                      gconstpointer  data)
{
  g_autoptr (GPtrArray) expected = g_ptr_array_new ();
  const char *unread;
  InternArena heir;

  g_test_summary ("An arena is read in the order of adding, while strings are added, and by its heir");
  check_read (&fixture->arena, INTERN_TO_KEEP, expected, 3);
  for (gsize length = 0; length < INTERN_BLOCK_MAX / 8; length++)
    {
      g_ptr_array_add (expected, (gpointer) add_string (&fixture->arena, length, INTERN_TO_KEEP));
      if (length % 20 == 0)
        check_read (&fixture->arena, INTERN_TO_KEEP, expected, 1 + (guint) length / 40);
    }

  g_ptr_array_add (expected, (gpointer) add_string (&fixture->arena, 5, INTERN_TO_KEEP));
  intern_arena_init (&heir, &fixture->blocks);
  intern_arena_move (&fixture->arena, &heir);
  g_assert_cmpuint (intern_arena_read (&fixture->arena, INTERN_TO_KEEP, &unread, 1), ==, 0);
  for (guint i = 0; i < INTERN_BLOCK_MAX; i++)
    g_ptr_array_add (expected, (gpointer) add_string (&heir, 3, INTERN_TO_KEEP));
  check_read (&heir, INTERN_TO_KEEP, expected, 7);
  intern_arena_clear (&heir);
}

static void
test_mortal_strings_are_read_apart (Fixture       *fixture,
                                    gconstpointer  data)
{
  g_autoptr (GPtrArray) permanent = g_ptr_array_new ();
  g_autoptr (GPtrArray) mortal = g_ptr_array_new ();
  InternArena *arena = &fixture->arena;

  g_test_summary ("Strings that were mortal once are read apart unless they are dead; long ones are not read");
  for (guint i = 0; i < INTERN_BLOCK_MAX; i++)
    {
      const char *string = add_string (arena, 3, INTERN_TO_REF);

      g_ptr_array_add (permanent, (gpointer) add_string (arena, 2, INTERN_TO_KEEP));
      if (i % 3 == 0)
        g_assert_true (intern_header_make_permanent (intern_entry_header (string)));
      if (i % 3 == 1)
        g_assert_cmpint (intern_header_lower (intern_entry_header (string)), ==, INTERN_LIFE_ENDED);
      else
        g_ptr_array_add (mortal, (gpointer) string);
      if (i % 100 == 0)
        {
          add_string (arena, INTERN_BLOCK_MAX, INTERN_TO_KEEP);
          add_string (arena, INTERN_BLOCK_MAX, INTERN_TO_REF);
        }
      if (i == INTERN_BLOCK_MAX / 2)
        check_read (arena, INTERN_TO_REF, mortal, 4);
    }
  check_read (arena, INTERN_TO_KEEP, permanent, 5);
  check_read (arena, INTERN_TO_REF, mortal, 5);
}

static void
test_shared_mortal_strings_are_not_read (Fixture       *fixture,
                                         gconstpointer  data)
{
  g_autoptr (GPtrArray) permanent = g_ptr_array_new ();
  g_autoptr (GPtrArray) mortal = g_ptr_array_new ();
  InternArena *arena = &fixture->arena;
  InternOffset own;

  g_test_summary ("Of the blocks that shards share, in which others may write, no mortal string is read");
  for (guint i = 0; i < 3; i++)
    {
      add_string (arena, 3, INTERN_TO_REF);
      g_ptr_array_add (permanent, (gpointer) add_string (arena, 3, INTERN_TO_KEEP));
    }
  intern_blocks_share (&fixture->blocks);
  own = intern_blocks_offset (fixture->blocks.n_shared, 0);
  check_read (arena, INTERN_TO_REF, mortal, 5);
  check_read (arena, INTERN_TO_KEEP, permanent, 5);

  for (guint i = 0; i < INTERN_BLOCK_MAX; i++)
    {
      const char *string = add_string (arena, 3, INTERN_TO_REF);

      if (intern_blocks_find (&fixture->blocks, string) >= own)
        g_ptr_array_add (mortal, (gpointer) string);
    }
  g_assert_cmpuint (mortal->len, >, 0);
  check_read (arena, INTERN_TO_REF, mortal, 5);
}

static void
test_lent_block_goes_to_the_first_string (Fixture       *fixture,
                                          gconstpointer  data)
{
  _Alignas (gpointer) char block[INTERN_BLOCK_MIN];
  const InternPurpose purpose = (InternPurpose) GPOINTER_TO_INT (data);
  InternPiece first, other;

  g_test_summary ("A lent block has the first string, mortal or permanent, and no string of the other kind");
  intern_arena_lend (&fixture->arena, block, sizeof block);
  first = add (fixture, 3, purpose);
  g_assert_true (first.string > block && first.string < block + sizeof block);
  other = add (fixture, 3, purpose == INTERN_TO_KEEP ? INTERN_TO_REF : INTERN_TO_KEEP);
  g_assert_true (other.string < block || other.string >= block + sizeof block);
}

static void
test_data_is_aligned (Fixture       *fixture,
                      gconstpointer  data)
{
  g_test_summary ("In a store with data there is room for aligned pointers before the header of each string");
  fixture->blocks.data_size = 3 * sizeof (gpointer);
  for (gsize length = 0; length < INTERN_BLOCK_MAX / 4; length++)
    {
      const InternPiece piece = add (fixture, length, length % 2 == 0 ? INTERN_TO_KEEP : INTERN_TO_REF);

      for (guint i = 0; i < 3; i++)
        {
          g_assert_cmpuint ((guintptr) intern_entry_data (piece.string, i) % sizeof (gpointer), ==, 0);
          *intern_entry_data (piece.string, i) = fixture;
        }
    }
  check_pieces (fixture, INTERN_BLOCK_MAX / 8);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/arena/pieces-do-not-overlap", Fixture, NULL, set_up, test_pieces_do_not_overlap, tear_down);
  g_test_add ("/arena/blocks-need-not-be-aligned", Fixture, NULL, set_up, test_blocks_need_not_be_aligned, tear_down);
  g_test_add ("/arena/full-block-is-full", Fixture, NULL, set_up, test_full_block_is_full, tear_down);
  g_test_add ("/arena/dead-room-behind-full-block", Fixture, NULL, set_up, test_dead_room_behind_full_block, tear_down);
  g_test_add ("/arena/heir-has-everything", Fixture, NULL, set_up, test_heir_has_everything, tear_down);
  g_test_add ("/arena/permanent-strings-are-read-once", Fixture, NULL, set_up, test_permanent_strings_are_read_once,
              tear_down);
  g_test_add ("/arena/shared-mortal-strings-are-not-read", Fixture, NULL, set_up,
              test_shared_mortal_strings_are_not_read, tear_down);
  g_test_add ("/arena/mortal-strings-are-read-apart", Fixture, NULL, set_up,
              test_mortal_strings_are_read_apart, tear_down);
  g_test_add ("/arena/lent-block-goes-to-the-first-string/permanent", Fixture, GINT_TO_POINTER (INTERN_TO_KEEP), set_up,
              test_lent_block_goes_to_the_first_string, tear_down);
  g_test_add ("/arena/lent-block-goes-to-the-first-string/mortal", Fixture, GINT_TO_POINTER (INTERN_TO_REF), set_up,
              test_lent_block_goes_to_the_first_string, tear_down);
  g_test_add ("/arena/data-is-aligned", Fixture, NULL, set_up, test_data_is_aligned, tear_down);

  return g_test_run ();
}
