/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks everything in a snapshot: that it holds what a writer could have written. The sections are known to
 * lie within the bytes. */

#include "config.h"

#include "snapshot/reader.h"

#include <string.h>

#include "base/sizes.h"
#include "snapshot/memory.h"

/* Strings whose buckets are prefetched together: as many as a processor fetches at once. */
#define ROUND 32

/* The check of one snapshot. Pairs of strings that may be equal are collected, by position, and compared
 * together: their memory is not in the processor's caches, and is fetched for all at once. */
typedef struct
{
  const InternSnapshot *snapshot;
  InternSnapshotEffort  effort;
  InternSnapshotEffort  most;
  const char           *problem; /* (nullable) the first one */
  guint32               suspects[INTERN_SNAPSHOT_SUSPECTS][2];
  guint                 n_suspects;
} Check;

static gboolean
checksum_is_right (const guint8 *data,
                   gsize         size)
{
  const gsize covered = size - INTERN_SNAPSHOT_CHECKSUM_SIZE;
  const InternSnapshotChecksum checksum = intern_snapshot_checksum (XXH3_128bits (data, covered));

  return memcmp (&checksum, data + covered, sizeof checksum) == 0;
}

static gboolean
is_zero (const guint8 *data,
         guint64       begin,
         guint64       end)
{
  while (begin < end && data[begin] == 0)
    begin++;

  return begin >= end;
}

/* Whether there are only zeros between sections. An unknown section may hold anything. */
static gboolean
gaps_are_zero (const guint8 *data)
{
  const InternSnapshotHeader header = intern_snapshot_convert_header ((gconstpointer) data);
  const InternSnapshotSection *table = (gconstpointer) (data + sizeof header);
  guint64 end = sizeof header + header.n_sections * sizeof *table;

  for (guint i = 0; i < header.n_sections; i++)
    {
      const InternSnapshotSection section = intern_snapshot_convert_section (&table[i]);

      if (!is_zero (data, end, section.start))
        return FALSE;
      end = section.start + section.size;
    }

  return is_zero (data, end, header.file_size - INTERN_SNAPSHOT_CHECKSUM_SIZE);
}

/* Strings */

/* Checks that each string begins where the previous one ends, and each group with its base. */
static gboolean
load_strings (const InternSnapshot *snapshot,
              guint32               first,
              guint                 n_strings,
              InternKey            *strings)
{
  const guint32 group_mask = (1u << snapshot->group_log2) - 1;

  for (guint i = 0; i < n_strings; i++)
    {
      strings[i].data = intern_snapshot_get (snapshot, first + i, &strings[i].length);
      if (strings[i].data == NULL || (((first + i) & group_mask) == 0 && snapshot->starts[first + i] != 0))
        return FALSE;

      intern_snapshot_read_ahead (strings[i].data);
      strings[i].hash = intern_hash (strings[i].data, strings[i].length, snapshot->secret);
      __builtin_prefetch (snapshot->index + (gsize) intern_snapshot_bucket (strings[i].hash, snapshot->n_buckets) *
                                              INTERN_SNAPSHOT_SLOTS);
    }

  return TRUE;
}

static gboolean
is_before (const InternKey *a,
           const InternKey *b)
{
  const int order = memcmp (a->data, b->data, MIN (a->length, b->length));

  return order < 0 || (order == 0 && a->length < b->length);
}

/* Strings without atoms are in byte order; @before is the string before the first of @strings. */
static gboolean
are_sorted (const InternSnapshot *snapshot,
            guint32               first,
            guint                 n_strings,
            const InternKey      *strings,
            const InternKey      *before)
{
  for (guint i = 0; i < n_strings; i++)
    {
      if (first + i > snapshot->n_atoms && !is_before (before, &strings[i]))
        return FALSE;
      before = &strings[i];
    }

  return TRUE;
}

/* The index */

static gboolean
find_problem (Check      *check,
              const char *problem)
{
  check->problem = problem;

  return FALSE;
}

static gboolean
is_within_effort (Check *check)
{
  return intern_snapshot_effort_is_within (&check->effort, &check->most) ||
         find_problem (check, "its index makes searches too long");
}

/* An integer, not a pointer: the unchecked start may be anywhere. */
static void
prefetch_string (const InternSnapshot *snapshot,
                 guint32               position)
{
  const guintptr start = (guintptr) intern_snapshot_start (snapshot, position);

  __builtin_prefetch ((const void *) ((guintptr) snapshot->text + start));
}

static gboolean
differ (Check   *check,
        guint32  position,
        guint32  other)
{
  gsize length = 0, other_length = 0;
  const char *data = intern_snapshot_get (check->snapshot, position, &length);
  const char *other_data = intern_snapshot_get (check->snapshot, other, &other_length);

  if (data == NULL || other_data == NULL || length != other_length)
    return TRUE;

  check->effort.n_bytes += length;
  if (!is_within_effort (check))
    return FALSE;

  return memcmp (data, other_data, length) != 0 || find_problem (check, "two of its strings are equal");
}

/* Returns FALSE if the strings of a pair are equal or the comparison takes too long. Empties the list. */
static gboolean
suspects_differ (Check *check)
{
  const guint n_suspects = check->n_suspects;

  check->n_suspects = 0;
  for (guint i = 0; i < n_suspects; i++)
    prefetch_string (check->snapshot, check->suspects[i][1]);
  for (guint i = 0; i < n_suspects; i++)
    if (!differ (check, check->suspects[i][0], check->suspects[i][1]))
      return FALSE;

  return TRUE;
}

/* Returns FALSE if two strings are equal or there are too many pairs. */
static gboolean
add_suspect (Check   *check,
             guint32  position,
             guint32  other)
{
  check->effort.n_compared++;
  if (!is_within_effort (check))
    return FALSE;
  /* A position without a string makes one slot too many: see buckets_are_filled(). */
  if (other >= check->snapshot->n_strings)
    return TRUE;
  if (check->n_suspects == INTERN_SNAPSHOT_SUSPECTS && !suspects_differ (check))
    return FALSE;

  __builtin_prefetch (&check->snapshot->starts[other]);
  check->suspects[check->n_suspects][0] = position;
  check->suspects[check->n_suspects++][1] = other;

  return TRUE;
}

/* Whether a search for the string ends at it, and not at an equal one. */
static gboolean
is_indexed (Check           *check,
            guint32          position,
            const InternKey *key)
{
  const InternSnapshot *snapshot = check->snapshot;
  const guint32 tag_mask = ~snapshot->position_mask;
  const guint32 wanted = ((guint32) key->hash & tag_mask) | (position + 1);
  guint32 bucket = intern_snapshot_bucket (key->hash, snapshot->n_buckets);

  for (guint i = 0; i < snapshot->max_probe; i++)
    {
      const guint32 *slots = snapshot->index + (gsize) bucket * INTERN_SNAPSHOT_SLOTS;
      guint matches = intern_snapshot_match (slots, wanted & tag_mask, tag_mask);

      check->effort.n_buckets++;
      for (; matches != 0; matches &= matches - 1)
        {
          const guint32 slot = GUINT32_FROM_LE (slots[__builtin_ctz (matches)]);

          if (slot == wanted)
            return TRUE;
          if (!add_suspect (check, position, (slot & snapshot->position_mask) - 1))
            return FALSE;
        }
      if (slots[INTERN_SNAPSHOT_SLOTS - 1] == 0)
        break;
      bucket = intern_snapshot_next_bucket (bucket, key->hash, snapshot->n_buckets);
    }

  return find_problem (check, "its index does not lead to its strings");
}

/* Whether buckets are filled from the front and there are as many slots as strings. Each string has a slot of
 * its own, so no slot holds a wrong position. */
static gboolean
buckets_are_filled (const InternSnapshot *snapshot)
{
  guint64 n_used = 0;

  for (gsize i = 0; i < snapshot->n_buckets; i++)
    {
      const guint empty = intern_snapshot_match (snapshot->index + i * INTERN_SNAPSHOT_SLOTS, 0, G_MAXUINT32);
      const guint n = empty == 0 ? INTERN_SNAPSHOT_SLOTS : (guint) __builtin_ctz (empty);

      if (empty >> n != ((1u << INTERN_SNAPSHOT_SLOTS) - 1) >> n)
        return FALSE;
      n_used += n;
    }

  return n_used == snapshot->n_strings;
}

static gboolean
check_strings (Check *check)
{
  const InternSnapshot *snapshot = check->snapshot;
  InternKey strings[ROUND];
  InternKey before = { NULL, 0, 0 };
  guint n_strings;

  for (guint32 first = 0; first < snapshot->n_strings; first += n_strings)
    {
      n_strings = MIN (ROUND, snapshot->n_strings - first);
      if (!load_strings (snapshot, first, n_strings, strings))
        return find_problem (check, "a string is out of bounds");
      if (!are_sorted (snapshot, first, n_strings, strings, &before))
        return find_problem (check, "its strings are not in order");
      for (guint i = 0; i < n_strings; i++)
        if (!is_indexed (check, first + i, &strings[i]))
          return FALSE;
      if (!is_within_effort (check))
        return FALSE;
      before = strings[n_strings - 1];
    }

  return suspects_differ (check);
}

/* Sets @effort to what the searches have taken, also where it returns FALSE. */
gboolean
intern_snapshot_check (const InternSnapshot  *snapshot,
                       InternSnapshotEffort  *effort,
                       GError               **error)
{
  Check check = {
    .snapshot = snapshot,
    .most = intern_snapshot_most_effort (snapshot->n_strings, snapshot->text_size),
  };
  gsize size;
  const guint8 *data = g_bytes_get_data (snapshot->bytes, &size);
  gboolean ok;

  *effort = check.effort;
  if (!checksum_is_right (data, size))
    return intern_snapshot_corrupt (error, "its checksum is wrong");
  if (!gaps_are_zero (data))
    return intern_snapshot_corrupt (error, "the bytes between its sections are not zero");
  if (intern_snapshot_start (snapshot, 0) != 0 ||
      intern_snapshot_start (snapshot, snapshot->n_strings) != snapshot->text_size)
    return intern_snapshot_corrupt (error, "its strings do not fill its text");
  if (!buckets_are_filled (snapshot))
    return intern_snapshot_corrupt (error, "its index does not match its strings");

  ok = check_strings (&check);
  *effort = check.effort;

  return ok || intern_snapshot_corrupt (error, check.problem);
}
