/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/text.h"

#include <stdbool.h>

#define SHORT_LENGTH 8 /* a shorter string must fill its block */

/* Returns how many bytes the character at @data has, at most @length; 0 if no text contains it. */
static size_t
character_length (const unsigned char *data,
                  size_t               length)
{
  const unsigned char c = data[0];
  size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

  if (n > length || c == 0x7f || (c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b))
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((data[i] & 0xc0) != 0x80)
      return 0;
  /* Overlong, a surrogate, or beyond U+10FFFF */
  if ((c == 0xe0 && data[1] < 0xa0) || (c == 0xed && data[1] > 0x9f) ||
      (c == 0xf0 && data[1] < 0x90) || (c == 0xf4 && data[1] > 0x8f))
    return 0;

  return n;
}

/* Returns whether a text of @length that ends in a NUL is what @block was made for. A pointer or a number may look like
 * a text of a few bytes, but seldom fills a block to the end; a buffer that has grown is at least half full. */
static bool
fills (const Block *block,
       size_t       length)
{
  const size_t requested = block->usable - block->slack;
  const size_t rest = requested > length + 1 ? requested - length - 1 : 0;

  return length < SHORT_LENGTH ? rest <= 1 : rest <= length + 1;
}

/* Returns the length of the UTF-8 up to a NUL that @block holds, or NO_TEXT if it holds something else. */
size_t
text_get_length (const Block *block)
{
  const unsigned char *data = (const unsigned char *) block->address;
  size_t i = 0;

  while (i < block->usable && data[i] != '\0')
    {
      const size_t n = character_length (data + i, block->usable - i);

      if (n == 0)
        return NO_TEXT;
      i += n;
    }

  return i < block->usable && fills (block, i) ? i : NO_TEXT;
}
