/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is a file that should be a dictionary of intern-pool encode. The target reads it. A dictionary that is
 * accepted has every string within its values, and no string for another id. */

#define _GNU_SOURCE /* memfd_create() */

#include "config.h"

#include "fuzz.h"
#include "fuzz-file.h"

#include <string.h>

#include "dictionary.h"

static void
check_accepted (const Values *values)
{
  const char *data;
  gsize length;
  gboolean have_newline = FALSE;

  for (guint64 id = 0; id < values->n_strings; id++)
    {
      g_assert_true (values_get (values, id, &data, &length));
      g_assert_true (data >= values->values && length <= values->n_bytes);
      g_assert_true (data + length <= values->values + values->n_bytes);
      have_newline |= memchr (data, '\n', length) != NULL;
    }
  g_assert_false (values_get (values, values->n_strings, &data, &length));
  g_assert_false (values_get (values, DICTIONARY_MISSING, &data, &length));
  g_assert_true (values_have_lines (values) == !have_newline);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  Values values = { 0 };
  g_autoptr (GError) error = NULL;
  const int fd = file_of (data, size);
  g_autofree char *name = g_strdup_printf ("/proc/self/fd/%d", fd);
  const gboolean accepted = values_read (&values, name, &error);

  g_assert_true (accepted == (error == NULL));
  if (accepted)
    check_accepted (&values);
  g_free (values.file);
  close (fd);

  return 0;
}
