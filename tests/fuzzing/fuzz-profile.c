/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is what a process says of its heap to intern-pool profile. The target reads it. Of a look that is accepted
 * the sums are those of its strings. */

#define _GNU_SOURCE /* memfd_create() */

#include "config.h"

#include "fuzz.h"
#include "fuzz-file.h"

#include "profile.h"

static void
check_texts (const Look *look)
{
  guint64 n_strings = 0, bytes = 0;

  for (guint i = 0; i < look->texts->len; i++)
    {
      const LookText *text = &g_array_index (look->texts, LookText, i);

      g_assert_cmpuint (text->atom, ==, i + 1);
      g_assert_nonnull (intern_pool_atom_to_string (look->pool, text->atom));
      n_strings += text->count;
      bytes += text->bytes;
    }
  g_assert_cmpuint (n_strings, ==, look->strings->len);
  g_assert_cmpuint (bytes, ==, look->saving.bytes);
  g_assert_cmpuint (look->saving.n_copies, ==, look->strings->len - look->texts->len);
}

static void
check_accepted (const Look *look)
{
  guint64 bytes = 0;

  for (guint i = 0; i < look->strings->len; i++)
    {
      const LookString *string = &g_array_index (look->strings, LookString, i);

      g_assert_cmpuint (string->atom - 1, <, look->texts->len);
      g_assert_cmpuint (look->sites[string->place].n_frames, <=, PROFILE_DEPTH);
      bytes += string->bytes;
    }
  g_assert_cmpuint (bytes, ==, look->saving.bytes);
  g_assert_cmpuint (look->saving.n_hits, <=, look->saving.n_freed);
  check_texts (look);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (Look) look = look_read (file_of (data, size));

  if (look != NULL)
    check_accepted (look);

  return 0;
}
