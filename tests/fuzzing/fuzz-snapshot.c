/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The input is a snapshot, whose checksum and length are made right first, so that changes reach
 * what is behind them. It is opened both ways. Whatever it holds, using it must do no harm; and
 * what passes the check must be what a writer could have written: written again from its strings,
 * it opens and holds the same. */

#include "config.h"

#include "fuzz.h"

#include "../unit/snapshot/snapshot-sample.h"

#include "intern-error.h"

/* What a checked snapshot says, all of it: each row is found, and only where it is. */
static InternSnapshotString *
read_rows (const InternSnapshot *snapshot)
{
  InternSnapshotString *rows = g_new (InternSnapshotString, snapshot->n_strings);

  for (guint32 row = 0; row < snapshot->n_strings; row++)
    {
      guint32 found = G_MAXUINT32;

      rows[row].data = intern_snapshot_get (snapshot, row, &rows[row].length);
      g_assert_nonnull (rows[row].data);
      g_assert_true (intern_snapshot_lookup (snapshot, rows[row].data, rows[row].length, &found) == rows[row].data);
      g_assert_cmpuint (found, ==, row);
      g_assert_true (intern_snapshot_find_address (snapshot, rows[row].data, &found));
      g_assert_cmpuint (found, ==, row);
    }

  return rows;
}

static void
check_accepted (const InternSnapshot *snapshot)
{
  g_autofree InternSnapshotString *rows = read_rows (snapshot);
  const InternSnapshotContent content = { rows, snapshot->n_strings, snapshot->first_atom, snapshot->n_atoms };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = intern_snapshot_to_bytes (&content, &error);
  g_autoptr (InternSnapshot) again = NULL;
  g_autofree InternSnapshotString *same = NULL;

  g_assert_no_error (error);
  again = intern_snapshot_open_bytes (bytes, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->n_strings, ==, snapshot->n_strings);
  same = read_rows (again);
  for (guint32 row = 0; row < snapshot->n_strings; row++)
    g_assert_true (rows[row].length == same[row].length &&
                   memcmp (rows[row].data, same[row].data, rows[row].length) == 0);
}

static GBytes *
repair (const uint8_t *data,
        size_t         size)
{
  guint8 *copy = copy_aligned (data, size);

  if (size >= sizeof (InternSnapshotHeader) + INTERN_SNAPSHOT_CHECKSUM_SIZE)
    {
      ((InternSnapshotHeader *) (gpointer) copy)->file_size = size;
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
  /* What the check accepts, trust accepts. */
  g_assert_true (snapshot == NULL || trusted != NULL);
  if (trusted != NULL)
    use_snapshot (trusted);
  if (snapshot != NULL)
    check_accepted (snapshot);

  return 0;
}
