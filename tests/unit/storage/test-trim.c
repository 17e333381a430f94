/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/arena.h"

#include "cache/bucket.h"

/* Enough mortal strings for some blocks of the largest size. */
#define N_STRINGS (INTERN_BLOCK_MAX * 5 / 16)
/* The last block and those before the largest size may stay. */
#define N_MAY_STAY (INTERN_BLOCK_MAX * 5 / 32)

typedef struct
{
  InternBlocks blocks;
  InternArena  arena;
  GPtrArray   *strings;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  intern_blocks_init (&fixture->blocks);
  fixture->blocks.data_size = GPOINTER_TO_UINT (data) * (guint) sizeof (gpointer);
  intern_arena_init (&fixture->arena, &fixture->blocks);
  fixture->strings = g_ptr_array_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  intern_arena_clear (&fixture->arena);
  intern_blocks_clear (&fixture->blocks);
  g_ptr_array_unref (fixture->strings);
}

/* Adds a mortal string of the letter @letter. */
static char *
add (Fixture *fixture,
     gsize    length,
     char     letter)
{
  InternArena *arena = &fixture->arena;
  InternPiece piece = intern_arena_peek (arena, length, INTERN_TO_REF);

  if (piece.string != NULL)
    intern_arena_take (arena, piece, length, INTERN_TO_REF);
  else
    piece = intern_arena_take_long (arena, length, INTERN_TO_REF);
  intern_header_prepare (intern_entry_header (piece.string), (guint32) length);
  memset (piece.string, letter, length);
  piece.string[length] = '\0';
  intern_header_publish (intern_entry_header (piece.string), (guint32) length, FALSE);
  g_assert_true (intern_blocks_string (&fixture->blocks, piece.offset) == piece.string);

  return piece.string;
}

static gsize
length_of (guint i)
{
  return 1 + i * 7 % 24;
}

static void
add_many (Fixture *fixture)
{
  for (guint i = 0; i < N_STRINGS; i++)
    g_ptr_array_add (fixture->strings, add (fixture, length_of (i), (char) ('a' + i % 26)));
}

static void
bury (Fixture *fixture,
      char    *string)
{
  g_assert_cmpint (intern_header_lower (intern_entry_header (string)), ==, INTERN_LIFE_ENDED);
  intern_free_list_put (&fixture->arena.free_list, &fixture->blocks, intern_blocks_find (&fixture->blocks, string));
}

/* Buries all strings but one of so many. */
static void
bury_most (Fixture *fixture,
           guint    one_of)
{
  for (guint i = 0; i < fixture->strings->len; i++)
    if (one_of == 0 || i % one_of != 0)
      bury (fixture, g_ptr_array_index (fixture->strings, i));
}

static guint
count_trimmed (const InternArena *arena)
{
  guint n = 0;

  /* The first field is the link. */
  for (gconstpointer trimmed = arena->trimmed; trimmed != NULL; trimmed = *(gconstpointer const *) trimmed)
    n++;

  return n;
}

static void
test_dead_blocks_go_and_come_back (Fixture       *fixture,
                                   gconstpointer  data)
{
  InternArena *arena = &fixture->arena;
  g_autoptr (GHashTable) rooms = g_hash_table_new (NULL, NULL);
  guint64 memory;
  gsize n_bytes;

  g_test_summary ("Blocks of dead strings are given back, headers stay where they were, and new strings go there");
  add_many (fixture);
  memory = intern_arena_get_memory (arena);
  for (guint i = 0; i < N_STRINGS; i++)
    g_hash_table_add (rooms, g_ptr_array_index (fixture->strings, i));
  bury_most (fixture, 0);
  g_assert_cmpuint (arena->free_list.n_dead, ==, N_STRINGS);

  n_bytes = intern_arena_trim (arena);
  g_assert_cmpuint (count_trimmed (arena), >, 0);
  g_assert_cmpuint (arena->free_list.n_dead, <=, N_MAY_STAY);
  /* Small blocks fill no page. */
  if (INTERN_BLOCK_MAX >= 4 * 4096)
    {
      g_assert_cmpuint (n_bytes, >, 0);
      g_assert_cmpuint (intern_arena_get_memory (arena), <, memory);
    }
  /* What late readers see. */
  for (guint i = 0; i < N_STRINGS; i++)
    g_assert_cmpint (intern_header_raise (intern_entry_header (g_ptr_array_index (fixture->strings, i))), ==,
                     INTERN_LIFE_DEAD);
  /* Nothing is left to do. */
  g_assert_cmpuint (intern_arena_trim (arena), ==, 0);

  /* Some go to the room that the last block has left. */
  for (guint i = 0; i < N_STRINGS; i++)
    g_hash_table_remove (rooms, add (fixture, length_of (i), 'z'));
  g_assert_cmpuint (g_hash_table_size (rooms), <=, N_MAY_STAY);
  while (intern_arena_restore (arena))
    continue;
  /* The heads of the free list have come with the first death, and some block may have come with a new string. */
  memory += intern_free_list_get_memory (&arena->free_list);
  g_assert_cmpuint (intern_arena_get_memory (arena), >=, memory);
  g_assert_cmpuint (intern_arena_get_memory (arena), <=, memory + 4 * INTERN_BLOCK_MAX + memory / 4);
}

/* More in a block than a byte counts. */
static void
test_rooms_of_one_size_come_back (Fixture       *fixture,
                                  gconstpointer  data)
{
  InternArena *arena = &fixture->arena;
  g_autoptr (GHashTable) rooms = g_hash_table_new (NULL, NULL);

  g_test_summary ("Of a block with rooms of one size each room comes back, where it was");
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_ptr_array_add (fixture->strings, add (fixture, 1, 'a'));
      g_hash_table_add (rooms, g_ptr_array_index (fixture->strings, i));
    }
  bury_most (fixture, 0);
  for (guint round = 0; round < 3; round++)
    {
      intern_arena_trim (arena);
      g_assert_cmpuint (count_trimmed (arena), >, 0);
      while (intern_arena_restore (arena))
        continue;
      g_assert_cmpuint (arena->free_list.n_dead, ==, N_STRINGS);
    }
  for (guint i = 0; i < N_STRINGS; i++)
    g_assert_true (g_hash_table_remove (rooms, add (fixture, 1, 'z')));
  g_assert_cmpuint (arena->free_list.n_dead, ==, 0);
}

static void
test_no_string_is_read_from_returned_room (Fixture       *fixture,
                                           gconstpointer  data)
{
  const InternKey empty = intern_key ("", 0, intern_secret_get ());

  g_test_summary ("A reader with the address of room that was given back finds no string, not even the empty one");
  add_many (fixture);
  bury_most (fixture, 0);
  intern_arena_trim (&fixture->arena);
  for (guint i = 0; i < N_STRINGS; i++)
    {
      const char *string = g_ptr_array_index (fixture->strings, i);
      const char *ended = NULL;

      g_assert_false (intern_match_permanent (string, &empty, NULL));
      g_assert_false (intern_match_ref (string, &empty, &ended));
      g_assert_null (ended);
    }
}

static void
test_living_strings_stay (Fixture       *fixture,
                          gconstpointer  data)
{
  InternArena *arena = &fixture->arena;

  g_test_summary ("A block with a living string stays, and its dead rooms are still used again");
  add_many (fixture);
  bury_most (fixture, 3);
  intern_arena_trim (arena);
  /* Small blocks have one string each. */
  if (INTERN_BLOCK_MAX >= 4096)
    {
      g_assert_cmpuint (count_trimmed (arena), ==, 0);
      g_assert_cmpuint (arena->free_list.n_dead, ==, N_STRINGS - (N_STRINGS + 2) / 3);
      /* The work was in vain: it is done again when there are many more. */
      g_assert_cmpuint (arena->trim_at, >, 2 * arena->free_list.n_dead);
    }
  for (guint i = 0; i < N_STRINGS; i += 3)
    {
      const char *string = g_ptr_array_index (fixture->strings, i);

      g_assert_cmpuint (strlen (string), ==, length_of (i));
      g_assert_cmpint (string[0], ==, (char) ('a' + i % 26));
    }

  for (guint i = 0; i < N_STRINGS; i++)
    if (i % 3 != 0)
      add (fixture, length_of (i), 'z');
  g_assert_cmpuint (arena->free_list.n_dead, <=, INTERN_BLOCK_MAX >= 4096 ? 0 : N_MAY_STAY);
}

static void
test_waits_for_burials (Fixture       *fixture,
                        gconstpointer  data)
{
  InternArena *arena = &fixture->arena;
  guint n_trimmed;
  char *last;

  g_test_summary ("A block with a string that a thread is about to bury stays, and its rooms are listed once");
  add_many (fixture);
  last = g_ptr_array_steal_index (fixture->strings, 5);
  bury_most (fixture, 0);
  g_assert_cmpint (intern_header_lower (intern_entry_header (last)), ==, INTERN_LIFE_ENDED);
  intern_arena_trim (arena);
  n_trimmed = count_trimmed (arena);
  g_assert_cmpuint (n_trimmed, >, 0);

  intern_free_list_put (&arena->free_list, &fixture->blocks, intern_blocks_find (&fixture->blocks, last));
  intern_arena_trim (arena);
  /* With it, perhaps, the last block. */
  g_assert_cmpuint (count_trimmed (arena), >, n_trimmed);
  g_assert_cmpuint (arena->free_list.n_dead, <=, N_MAY_STAY);
}

static void
test_shared_blocks_stay (Fixture       *fixture,
                         gconstpointer  data)
{
  InternArena *arena = &fixture->arena;
  guint n_before;

  g_test_summary ("Blocks with strings of other shards stay, and so do their rooms in the free list");
  add_many (fixture);
  n_before = fixture->strings->len;
  intern_blocks_share (&fixture->blocks);
  add_many (fixture);
  bury_most (fixture, 0);
  intern_arena_trim (arena);
  g_assert_cmpuint (count_trimmed (arena), >, 0);
  /* Those of the last shared block, too, which the arena goes on to fill. */
  g_assert_cmpuint (arena->free_list.n_dead, >=, n_before);
  g_assert_cmpuint (arena->free_list.n_dead, <=, n_before + N_MAY_STAY);
  for (guint i = 0; i < 2 * N_STRINGS; i++)
    add (fixture, length_of (i % N_STRINGS), 'z');
  while (intern_arena_restore (arena))
    continue;
  g_assert_cmpuint (arena->free_list.n_dead, <=, N_MAY_STAY);
}

static void
test_long_strings (Fixture       *fixture,
                   gconstpointer  data)
{
  InternArena *arena = &fixture->arena;
  const gsize length = 60 * 1024;
  char *string = add (fixture, length, 'a');
  const guint64 memory = intern_arena_get_memory (arena);
  gsize n_bytes;

  g_test_summary ("The pages of a long dead string are given back, and mapped again for the next one of its class");
  bury (fixture, string);
  n_bytes = intern_arena_trim (arena);
  g_assert_cmpuint (n_bytes, >=, length / 2);
  g_assert_cmpuint (intern_arena_get_memory (arena), ==,
                    memory + intern_free_list_get_memory (&arena->free_list) - n_bytes);
  g_assert_cmpuint (intern_arena_trim (arena), ==, 0);

  g_assert_true (add (fixture, length - 100, 'b') == string);
  g_assert_cmpuint (strspn (string, "b"), ==, length - 100);
  g_assert_cmpuint (intern_arena_get_memory (arena), ==, memory + intern_free_list_get_memory (&arena->free_list));
  bury (fixture, string);
  g_assert_cmpuint (intern_arena_trim (arena), ==, n_bytes);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint n_data = 0; n_data <= INTERN_MAX_DATA; n_data += INTERN_MAX_DATA)
    {
      gconstpointer data = GUINT_TO_POINTER (n_data);
      const char *prefix = n_data == 0 ? "/trim" : "/trim/with-data";
      const struct { const char *name; void (*func) (Fixture *, gconstpointer); } tests[] = {
        { "dead-blocks-go-and-come-back", test_dead_blocks_go_and_come_back },
        { "rooms-of-one-size-come-back", test_rooms_of_one_size_come_back },
        { "no-string-is-read-from-returned-room", test_no_string_is_read_from_returned_room },
        { "living-strings-stay", test_living_strings_stay },
        { "waits-for-burials", test_waits_for_burials },
        { "shared-blocks-stay", test_shared_blocks_stay },
        { "long-strings", test_long_strings },
      };

      for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
        {
          g_autofree char *path = g_strconcat (prefix, "/", tests[i].name, NULL);

          g_test_add (path, Fixture, data, set_up, tests[i].func, tear_down);
        }
    }

  return g_test_run ();
}
