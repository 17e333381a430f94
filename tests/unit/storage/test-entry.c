/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Comparing strings. Two that differ have one hash once in 2^64 times, so no other test needs each byte. */

#include "config.h"

#include "storage/entry.h"

#define MAX_LENGTH (2 * INTERN_INLINE_LENGTH)

/* The bytes of a string with its header, in memory as an arena has it. */
typedef struct
{
  InternHeader header;
  char         string[MAX_LENGTH + 1];
} Memory;

static void
write_string (Memory *memory,
              gsize   length)
{
  memset (memory, 0, sizeof *memory);
  for (gsize i = 0; i < length; i++)
    memory->string[i] = (char) ('a' + i % 26);
  intern_header_publish (&memory->header, (guint32) length, TRUE);
}

static void
test_every_byte_counts (void)
{
  Memory memory;
  char copy[MAX_LENGTH + 1];

  g_test_summary ("A string equals a key if each byte does, whatever the length");
  for (gsize length = 0; length <= MAX_LENGTH; length++)
    {
      const InternKey key = { copy, length, 0 };

      write_string (&memory, length);
      memcpy (copy, memory.string, sizeof copy);
      g_assert_true (intern_entry_equals (memory.string, &key));
      g_assert_true (intern_entry_equals_any (memory.string, &key));
      /* Also the byte behind it, which does not count. */
      copy[length] = 'x';
      g_assert_true (intern_entry_equals (memory.string, &key));
      for (gsize i = 0; i < length; i++)
        {
          copy[i] ^= 0x40;
          g_assert_false (intern_entry_equals (memory.string, &key));
          g_assert_false (intern_entry_equals_any (memory.string, &key));
          copy[i] ^= 0x40;
        }
    }
}

static void
test_length_counts (void)
{
  Memory memory;

  g_test_summary ("A string does not equal a key that is a part of it");
  write_string (&memory, MAX_LENGTH);
  for (gsize length = 0; length < MAX_LENGTH; length++)
    {
      const InternKey key = { memory.string, length, 0 };

      g_assert_false (intern_entry_equals (memory.string, &key));
      g_assert_false (intern_entry_equals_any (memory.string, &key));
    }
}

static void
test_zeros_are_no_string (void)
{
  const InternKey empty = { "", 0, 0 };
  Memory memory = { 0 };

  g_test_summary ("Zeros, as of a page that the system has, are not the empty string");
  g_assert_false (intern_entry_equals (memory.string, &empty));
  write_string (&memory, 0);
  g_assert_true (intern_entry_equals (memory.string, &empty));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/entry/every-byte-counts", test_every_byte_counts);
  g_test_add_func ("/entry/length-counts", test_length_counts);
  g_test_add_func ("/entry/zeros-are-no-string", test_zeros_are_no_string);

  return g_test_run ();
}
