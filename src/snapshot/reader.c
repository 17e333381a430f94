/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "snapshot/reader.h"

#include <string.h>

#include "storage/entry.h"
#include "snapshot/memory.h"
#include "intern-error.h"

/* By id; those that are missing have the id 0. */
typedef InternSnapshotSection Sections[INTERN_SNAPSHOT_KNOWN_SECTIONS + 1];

/* Sets an error. Returns FALSE. */
gboolean
intern_snapshot_corrupt (GError     **error,
                         const char  *what)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT, "The snapshot is damaged: %s", what);

  return FALSE;
}

static gboolean
unsupported (GError     **error,
             const char  *what)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED, "The snapshot cannot be used: %s", what);

  return FALSE;
}

/* Opening */

/* Sets @header to the numbers at @start, of which @n_bytes can be read, and checks what must hold before the other
 * fields mean anything. */
static gboolean
check_start (const InternSnapshotHeader  *start,
             gsize                        n_bytes,
             InternSnapshotHeader        *header,
             GError                     **error)
{
  if (n_bytes < sizeof *start + INTERN_SNAPSHOT_CHECKSUM_SIZE)
    return intern_snapshot_corrupt (error, "it is too short for a header");

  *header = intern_snapshot_convert_header (start);
  if (memcmp (header->magic, INTERN_SNAPSHOT_MAGIC, sizeof header->magic) != 0)
    return intern_snapshot_corrupt (error, "it does not begin as one");
  if (header->byte_order == GUINT32_SWAP_LE_BE (INTERN_SNAPSHOT_BYTE_ORDER))
    return unsupported (error, "its numbers are big-endian");
  if (header->version != INTERN_SNAPSHOT_VERSION)
    return unsupported (error, "its format is of another version");
  if (header->byte_order != INTERN_SNAPSHOT_BYTE_ORDER)
    return intern_snapshot_corrupt (error, "its byte order is unknown");

  return TRUE;
}

static gboolean
check_length (gboolean   is_right,
              GError   **error)
{
  return is_right || intern_snapshot_corrupt (error, "its length is not what the header says");
}

/* Sets @size to the length of a snapshot, according to its first @n_bytes, which are aligned as its header. */
gboolean
intern_snapshot_peek_size (const InternSnapshotHeader  *start,
                           gsize                        n_bytes,
                           guint64                     *size,
                           GError                     **error)
{
  InternSnapshotHeader header;

  if (!check_start (start, n_bytes, &header, error))
    return FALSE;

  *size = header.file_size;

  return check_length (*size >= n_bytes && *size <= G_MAXINT64, error);
}

static gboolean
check_numbers (const InternSnapshotHeader  *header,
               gsize                        n_bytes,
               GError                     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (header->reserved); i++)
    if (header->reserved[i] != 0)
      return unsupported (error, "it uses fields of a later version");
  if (header->n_strings == G_MAXUINT32)
    return intern_snapshot_corrupt (error, "it has too many strings");
  if (header->first_atom == 0 || header->next_atom < header->first_atom ||
      header->next_atom - header->first_atom > header->n_strings)
    return intern_snapshot_corrupt (error, "its atoms do not match its strings");
  if (header->next_atom > INTERN_MAX_ATOM + 1)
    return intern_snapshot_corrupt (error, "it has atoms above the highest");
  if (header->n_buckets == 0 || header->max_probe == 0 || header->max_probe > INTERN_SNAPSHOT_MAX_PROBE)
    return intern_snapshot_corrupt (error, "its index has an impossible shape");
  if (header->group_log2 > INTERN_SNAPSHOT_GROUP_LOG2)
    return intern_snapshot_corrupt (error, "its groups are too large");
  if (header->n_sections > INTERN_SNAPSHOT_MAX_SECTIONS)
    return unsupported (error, "it has too many sections");
  if (header->n_sections * sizeof (InternSnapshotSection) > n_bytes - sizeof *header - INTERN_SNAPSHOT_CHECKSUM_SIZE)
    return intern_snapshot_corrupt (error, "its table of sections does not fit");

  return TRUE;
}

/* Sections come one after the other: none overlaps another. The table is as in the file. */
static gboolean
find_sections (const InternSnapshotHeader   *header,
               const InternSnapshotSection  *table,
               Sections                      found,
               GError                      **error)
{
  const guint64 limit = header->file_size - INTERN_SNAPSHOT_CHECKSUM_SIZE;
  guint64 end = sizeof *header + header->n_sections * sizeof *table;

  for (guint i = 0; i < header->n_sections; i++)
    {
      const InternSnapshotSection section = intern_snapshot_convert_section (&table[i]);
      const gboolean known = section.id >= 1 && section.id <= INTERN_SNAPSHOT_KNOWN_SECTIONS;

      if (section.start % INTERN_SNAPSHOT_ALIGNMENT != 0 || section.start < end ||
          section.start > limit || section.size > limit - section.start)
        return intern_snapshot_corrupt (error, "a section is out of bounds");
      if ((section.flags & ~INTERN_SNAPSHOT_MANDATORY) != 0 ||
          (!known && (section.flags & INTERN_SNAPSHOT_MANDATORY) != 0))
        return unsupported (error, "it has a section of a later version");
      if (known && found[section.id].id != 0)
        return intern_snapshot_corrupt (error, "it has a section twice");
      if (known)
        found[section.id] = section;
      end = section.start + section.size;
    }

  return TRUE;
}

static gboolean
check_sections (const InternSnapshotHeader  *header,
                Sections                     sections,
                GError                     **error)
{
  for (guint i = 1; i <= INTERN_SNAPSHOT_KNOWN_SECTIONS; i++)
    if (sections[i].id == 0)
      return intern_snapshot_corrupt (error, "a section is missing");

  if (sections[INTERN_SNAPSHOT_INDEX].size != header->n_buckets * (guint64) INTERN_SNAPSHOT_ALIGNMENT ||
      sections[INTERN_SNAPSHOT_STARTS].size != ((guint64) header->n_strings + 1) * sizeof (guint32) ||
      sections[INTERN_SNAPSHOT_BASES].size !=
        intern_snapshot_n_bases (header->n_strings, header->group_log2) * sizeof (guint64))
    return intern_snapshot_corrupt (error, "a section has the wrong length");

  return TRUE;
}

/* Checks the header and the table of sections, in the first @n_bytes of @size. Sets @header and @sections to what they
 * say. */
static gboolean
check_header (const InternSnapshotHeader  *start,
              gsize                        n_bytes,
              guint64                      size,
              InternSnapshotHeader        *header,
              Sections                     sections,
              GError                     **error)
{
  return check_start (start, n_bytes, header, error) && check_length (header->file_size == size, error) &&
         check_numbers (header, n_bytes, error) &&
         find_sections (header, (const InternSnapshotSection *) (start + 1), sections, error) &&
         check_sections (header, sections, error);
}

/* Checks the header of a snapshot as intern_snapshot_open_bytes() does. @n_bytes can be read, aligned as the header:
 * INTERN_SNAPSHOT_START_SIZE of them, or all. Sets @header to the numbers at @start, and @text_size to the bytes of
 * all strings with their NULs. */
gboolean
intern_snapshot_check_header (const InternSnapshotHeader  *start,
                              gsize                        n_bytes,
                              guint64                      size,
                              InternSnapshotHeader        *header,
                              guint64                     *text_size,
                              GError                     **error)
{
  Sections sections = { { 0, 0, 0, 0 } };

  if (!check_header (start, n_bytes, size, header, sections, error))
    return FALSE;

  *text_size = sections[INTERN_SNAPSHOT_TEXT].size;

  return TRUE;
}

static InternSnapshot *
snapshot_new (GBytes                     *bytes,
              const InternSnapshotHeader *header,
              Sections                    sections)
{
  const char *data = g_bytes_get_data (bytes, NULL);
  InternSnapshot *snapshot = g_new0 (InternSnapshot, 1);

  g_atomic_ref_count_init (&snapshot->ref_count);
  snapshot->bytes = g_bytes_ref (bytes);
  snapshot->index = (gconstpointer) (data + sections[INTERN_SNAPSHOT_INDEX].start);
  snapshot->starts = (gconstpointer) (data + sections[INTERN_SNAPSHOT_STARTS].start);
  snapshot->bases = (gconstpointer) (data + sections[INTERN_SNAPSHOT_BASES].start);
  snapshot->text = data + sections[INTERN_SNAPSHOT_TEXT].start;
  snapshot->text_size = sections[INTERN_SNAPSHOT_TEXT].size;
  snapshot->n_strings = header->n_strings;
  snapshot->n_atoms = header->next_atom - header->first_atom;
  snapshot->first_atom = header->first_atom;
  snapshot->n_buckets = header->n_buckets;
  snapshot->max_probe = header->max_probe;
  snapshot->position_mask = intern_snapshot_position_mask (header->n_strings);
  snapshot->group_log2 = header->group_log2;
  intern_snapshot_make_secret (header->salt, snapshot->secret);

  return snapshot;
}

/* Returns @bytes or an aligned copy: reads of words need it, and buckets should be cache lines. */
static GBytes *
align_bytes (GBytes  *bytes,
             GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  void *copy;

  if ((guintptr) data % INTERN_SNAPSHOT_ALIGNMENT == 0)
    return g_bytes_ref (bytes);

  copy = intern_snapshot_allocate (size);
  if (copy == NULL)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for a snapshot of %" G_GSIZE_FORMAT " bytes", size);
      return NULL;
    }
  memcpy (copy, data, size);

  return g_bytes_new_with_free_func (copy, size, free, copy);
}

/* Returns a new reference, or NULL with an error: CORRUPT for bytes that no writer writes, UNSUPPORTED for
 * another version or byte order, TOO_LONG without memory. */
InternSnapshot *
intern_snapshot_open_bytes (GBytes    *bytes,
                            gboolean   trusted,
                            GError   **error)
{
  g_autoptr (GBytes) aligned = align_bytes (bytes, error);
  g_autoptr (InternSnapshot) snapshot = NULL;
  InternSnapshotHeader header;
  InternSnapshotEffort effort;
  Sections sections = { { 0, 0, 0, 0 } };
  gconstpointer start;
  gsize size;

  if (aligned == NULL)
    return NULL;

  start = g_bytes_get_data (aligned, &size);
  if (!check_header (start, size, size, &header, sections, error))
    return NULL;

  snapshot = snapshot_new (aligned, &header, sections);
  if (!trusted && !intern_snapshot_check (snapshot, &effort, error))
    return NULL;

  return g_steal_pointer (&snapshot);
}

InternSnapshot *
intern_snapshot_ref (InternSnapshot *snapshot)
{
  g_atomic_ref_count_inc (&snapshot->ref_count);

  return snapshot;
}

void
intern_snapshot_unref (InternSnapshot *snapshot)
{
  if (g_atomic_ref_count_dec (&snapshot->ref_count))
    {
      g_bytes_unref (snapshot->bytes);
      g_free (snapshot);
    }
}

/* Searching */

static inline const char *
find_in_bucket (const InternSnapshot *snapshot,
                const guint32        *slots,
                const char           *data,
                gsize                 length,
                guint64               hash,
                guint32              *position)
{
  const guint32 tag_mask = ~snapshot->position_mask;
  guint matches = intern_snapshot_match (slots, (guint32) hash & tag_mask, tag_mask);

  for (; matches != 0; matches &= matches - 1)
    {
      /* Slots count strings from 1: the 0 of an empty one becomes a position that no string has. */
      const guint32 candidate = (GUINT32_FROM_LE (slots[__builtin_ctz (matches)]) & snapshot->position_mask) - 1;
      gsize found_length;
      const char *found = intern_snapshot_get (snapshot, candidate, &found_length);

      if (found != NULL && found_length == length && memcmp (found, data, length) == 0)
        {
          *position = candidate;
          return found;
        }
    }

  return NULL;
}

/* Returns the string, which lies in the snapshot, and sets @position, or NULL if it is not there. */
const char *
intern_snapshot_find (const InternSnapshot *snapshot,
                      const char           *data,
                      gsize                 length,
                      guint32              *position)
{
  const guint64 hash = intern_hash (data, length, snapshot->secret);
  guint32 bucket = intern_snapshot_bucket (hash, snapshot->n_buckets);

  for (guint i = 0; i < snapshot->max_probe; i++)
    {
      const guint32 *slots = snapshot->index + (gsize) bucket * INTERN_SNAPSHOT_SLOTS;
      const char *found = find_in_bucket (snapshot, slots, data, length, hash, position);

      /* Buckets are filled from the front: if the last slot is empty, no string went on to another. */
      if (found != NULL || slots[INTERN_SNAPSHOT_SLOTS - 1] == 0)
        return found;

      bucket = intern_snapshot_next_bucket (bucket, hash, snapshot->n_buckets);
    }

  return NULL;
}

/* Sets @position to that of @string, which intern_snapshot_find() or intern_snapshot_get() has returned. Returns FALSE
 * for any other address, also one inside a string. */
gboolean
intern_snapshot_find_address (const InternSnapshot *snapshot,
                              const char           *string,
                              guint32              *position)
{
  const guintptr distance = (guintptr) string - (guintptr) snapshot->text;
  guint32 low = 0;
  guint32 high = snapshot->n_strings;
  gsize length;

  if ((guintptr) string < (guintptr) snapshot->text || distance >= snapshot->text_size)
    return FALSE;

  /* Finds the last string that does not begin after it, if the strings are in order. */
  while (high - low > 1)
    {
      const guint32 middle = low + (high - low) / 2;

      if (intern_snapshot_start (snapshot, middle) <= distance)
        low = middle;
      else
        high = middle;
    }

  *position = low;

  return intern_snapshot_get (snapshot, low, &length) == string;
}
