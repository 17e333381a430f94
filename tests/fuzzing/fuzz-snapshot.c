/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is a snapshot. The target repairs its checksum and length, so that changes reach the code
 * after those checks, and opens it checked and trusted. Using it must do no harm. If it passes the
 * check, a snapshot that is written again from its strings must open and hold the same. */

#include "config.h"

#include "fuzz.h"

#include "../unit/snapshot/snapshot-sample.h"

#include "intern-error.h"

/* Returns the strings of a checked snapshot. Each must be found by content and by address. */
static InternSnapshotString *
read_strings (const InternSnapshot *snapshot)
{
  InternSnapshotString *strings = g_new (InternSnapshotString, snapshot->n_strings);

  for (guint32 i = 0; i < snapshot->n_strings; i++)
    {
      guint32 found = G_MAXUINT32;

      strings[i].data = intern_snapshot_get (snapshot, i, &strings[i].length);
      g_assert_nonnull (strings[i].data);
      g_assert_true (intern_snapshot_find (snapshot, strings[i].data, strings[i].length, &found) == strings[i].data);
      g_assert_cmpuint (found, ==, i);
      g_assert_true (intern_snapshot_find_address (snapshot, strings[i].data, &found));
      g_assert_cmpuint (found, ==, i);
    }

  return strings;
}

static void
check_accepted (const InternSnapshot *snapshot)
{
  g_autofree InternSnapshotString *strings = read_strings (snapshot);
  const InternSnapshotContent content = { strings, snapshot->n_strings, snapshot->first_atom, snapshot->n_atoms };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_snapshot_to_bytes (&content, &error);
  g_autoptr (InternSnapshot) again = NULL;
  g_autofree InternSnapshotString *same = NULL;

  g_assert_no_error (error);
  again = intern_snapshot_open_bytes (bytes, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->n_strings, ==, snapshot->n_strings);
  same = read_strings (again);
  for (guint32 i = 0; i < snapshot->n_strings; i++)
    g_assert_true (strings[i].length == same[i].length &&
                   memcmp (strings[i].data, same[i].data, strings[i].length) == 0);
}

static GBytes *
repair (const uint8_t *data,
        size_t         size)
{
  guint8 *copy = copy_aligned (data, size);

  if (size >= sizeof (InternSnapshotHeader) + INTERN_SNAPSHOT_CHECKSUM_SIZE)
    {
      ((InternSnapshotHeader *) (gpointer) copy)->file_size = GUINT64_TO_LE ((guint64) size);
      repair_checksum (copy, size);
    }

  return take_aligned (copy, size);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes) bytes = repair (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) trusted_error = NULL;
  g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);
  g_autoptr (InternSnapshot) trusted = intern_snapshot_open_bytes (bytes, TRUE, &trusted_error);

  g_assert_true ((snapshot == NULL) == (error != NULL));
  g_assert_true ((trusted == NULL) == (trusted_error != NULL));
  /* A file that passes the check also opens trusted. */
  g_assert_true (snapshot == NULL || trusted != NULL);
  if (trusted != NULL)
    use_snapshot (trusted);
  if (snapshot != NULL)
    check_accepted (snapshot);

  return 0;
}
