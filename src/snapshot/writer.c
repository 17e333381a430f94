/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "snapshot/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/sizes.h"
#include "snapshot/memory.h"
#include "intern-error.h"

/* How many strings ahead bytes or buckets are prefetched. */
#define WRITER_AHEAD 32
/* Salts to try, and after how many the index doubles. Unless the strings were chosen by an attacker, the first
 * one does. */
#define MAX_SALTS 32
#define SALTS_A_SIZE 4

typedef struct
{
  const InternSnapshotContent *content;
  InternSnapshotHeader         header;
  InternSnapshotSection        sections[INTERN_SNAPSHOT_KNOWN_SECTIONS];
  guint64                      text_size;
  char                        *data; /* (owned) (nullable) all of the file */
} Writer;

static void
writer_clear (Writer *writer)
{
  g_clear_pointer (&writer->data, free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

static void *
get_section (const Writer            *writer,
             InternSnapshotSectionId  id)
{
  return writer->data + writer->sections[id - 1].start;
}

/* The shape of the file */

/* Whether the distance of each string from the base of its group fits. */
static gboolean
groups_fit (const InternSnapshotContent *content,
            guint                        group_log2)
{
  const gsize group_mask = ((gsize) 1 << group_log2) - 1;
  guint64 distance = 0;

  for (gsize i = 0; i < content->n_strings; i++)
    {
      distance = (i & group_mask) == 0 ? 0 : distance + content->strings[i - 1].length + 1;
      if (distance > INTERN_SNAPSHOT_REACH)
        return FALSE;
    }

  /* The end counts like one more string. */
  return (content->n_strings & group_mask) == 0 ||
         distance + content->strings[content->n_strings - 1].length + 1 <= INTERN_SNAPSHOT_REACH;
}

static gboolean
prepare (Writer                       *writer,
         const InternSnapshotContent  *content,
         GError                      **error)
{
  InternSnapshotHeader *header = &writer->header;

  if (content->n_strings >= G_MAXUINT32)
    {
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED, "There are too many strings for a snapshot");
      return FALSE;
    }

  writer->content = content;
  memcpy (header->magic, INTERN_SNAPSHOT_MAGIC, sizeof header->magic);
  header->version = INTERN_SNAPSHOT_VERSION;
  header->byte_order = INTERN_SNAPSHOT_BYTE_ORDER;
  header->n_strings = (guint32) content->n_strings;
  header->first_atom = content->first_atom;
  header->next_atom = content->first_atom + content->n_atoms;
  header->n_sections = INTERN_SNAPSHOT_KNOWN_SECTIONS;
  for (gsize i = 0; i < content->n_strings; i++)
    writer->text_size += content->strings[i].length + 1;

  header->group_log2 = INTERN_SNAPSHOT_GROUP_LOG2;
  /* A group of one string always fits: no pool takes a string of 4 GiB. */
  while (writer->text_size > INTERN_SNAPSHOT_REACH && header->group_log2 > 0 &&
         !groups_fit (content, header->group_log2))
    header->group_log2--;

  return TRUE;
}

static void
lay_out (Writer *writer)
{
  const InternSnapshotHeader *header = &writer->header;
  const guint64 sizes[INTERN_SNAPSHOT_KNOWN_SECTIONS] = {
    header->n_buckets * (guint64) INTERN_SNAPSHOT_ALIGNMENT,
    ((guint64) header->n_strings + 1) * sizeof (guint32),
    intern_snapshot_n_bases (header->n_strings, header->group_log2) * sizeof (guint64),
    writer->text_size,
  };
  guint64 end = sizeof *header + sizeof writer->sections;

  for (guint i = 0; i < INTERN_SNAPSHOT_KNOWN_SECTIONS; i++)
    {
      end = intern_snapshot_align (end);
      writer->sections[i] = (InternSnapshotSection) { i + 1, INTERN_SNAPSHOT_MANDATORY, end, sizes[i] };
      end += sizes[i];
    }
  writer->header.file_size = end + INTERN_SNAPSHOT_CHECKSUM_SIZE;
}

static gboolean
no_memory_for_file (const Writer  *writer,
                    GError       **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
               "There is no memory for a snapshot of %u strings", writer->header.n_strings);

  return FALSE;
}

/* Lays the file out for an index of @n_buckets and allocates all of it. */
static gboolean
allocate (Writer   *writer,
          guint64   n_buckets,
          GError  **error)
{
  g_clear_pointer (&writer->data, free);
  if (n_buckets <= G_MAXUINT32)
    {
      writer->header.n_buckets = (guint32) n_buckets;
      lay_out (writer);
      writer->data = intern_snapshot_allocate (writer->header.file_size);
    }

  return writer->data != NULL || no_memory_for_file (writer, error);
}

/* Strings */

/* Prefetches the scattered strings: only this reads them in place. One more start is the end of the last
 * string. */
static void
write_strings (Writer *writer)
{
  const InternSnapshotContent *content = writer->content;
  const gsize group_mask = ((gsize) 1 << writer->header.group_log2) - 1;
  guint32 *starts = get_section (writer, INTERN_SNAPSHOT_STARTS);
  guint64 *bases = get_section (writer, INTERN_SNAPSHOT_BASES);
  char *text = get_section (writer, INTERN_SNAPSHOT_TEXT);
  guint64 start = 0;
  guint64 base = 0;

  for (gsize i = 0; i <= content->n_strings; i++)
    {
      if ((i & group_mask) == 0)
        {
          base = start;
          *bases++ = GUINT64_TO_LE (base);
        }
      starts[i] = GUINT32_TO_LE ((guint32) (start - base));
      if (i + WRITER_AHEAD < content->n_strings)
        __builtin_prefetch (content->strings[i + WRITER_AHEAD].data);
      if (i < content->n_strings)
        {
          memcpy (text + start, content->strings[i].data, content->strings[i].length);
          start += content->strings[i].length;
          text[start++] = '\0';
        }
    }
}

/* The index */

/* The salt depends on all strings, so an attacker cannot choose strings for it, and on nothing else, so the
 * same strings give the same bytes. */
static void
make_salt (const InternSnapshotChecksum *digest,
           guint                         attempt,
           guint8                       *salt)
{
  const XXH128_hash_t hash = XXH3_128bits_withSeed (digest, sizeof *digest, attempt);
  const InternSnapshotChecksum bytes = intern_snapshot_checksum (hash);

  memcpy (salt, &bytes, INTERN_SNAPSHOT_SALT_SIZE);
}

/* Counts the strings in these slots that a search compares before it finds @position. */
static void
count_compared (const InternSnapshotString *strings,
                const guint32              *slots,
                guint                       matches,
                guint32                     position_mask,
                guint32                     position,
                InternSnapshotEffort       *effort)
{
  for (; matches != 0; matches &= matches - 1)
    {
      const guint32 other = (GUINT32_FROM_LE (slots[__builtin_ctz (matches)]) & position_mask) - 1;

      effort->n_compared++;
      if (strings[other].length == strings[position].length)
        effort->n_bytes += strings[position].length;
    }
}

/* Puts @position into the first free slot of its probe sequence and adds the search for it to @effort. Returns
 * the number of buckets of that search, or 0 if they are too many. */
static inline guint
insert (const Writer         *writer,
        guint32              *index,
        guint64               hash,
        guint32               position_mask,
        guint32               position,
        InternSnapshotEffort *effort)
{
  const guint32 n_buckets = writer->header.n_buckets;
  const guint32 tag = (guint32) hash & ~position_mask;
  guint32 bucket = intern_snapshot_bucket (hash, n_buckets);

  for (guint probe = 1; probe <= INTERN_SNAPSHOT_PROBE; probe++)
    {
      guint32 *slots = index + (gsize) bucket * INTERN_SNAPSHOT_SLOTS;
      const guint empty = intern_snapshot_match (slots, 0, G_MAXUINT32);
      /* Only in slots before the first empty one. */
      const guint matches = intern_snapshot_match (slots, tag, ~position_mask) & ((empty & -empty) - 1);

      if (G_UNLIKELY (matches != 0))
        count_compared (writer->content->strings, slots, matches, position_mask, position, effort);
      if (empty != 0)
        {
          slots[__builtin_ctz (empty)] = GUINT32_TO_LE (tag | (position + 1));
          effort->n_buckets += probe;
          return probe;
        }
      bucket = intern_snapshot_next_bucket (bucket, hash, n_buckets);
    }

  return 0;
}

/* Enters all strings under the salt of the header. Returns the longest probe, or 0 if one is too long or all
 * together take too long. */
static guint
fill_index (Writer *writer)
{
  const guint32 n_strings = writer->header.n_strings;
  const guint32 n_buckets = writer->header.n_buckets;
  const guint32 position_mask = intern_snapshot_position_mask (n_strings);
  const InternSnapshotEffort most = intern_snapshot_most_effort (n_strings, writer->text_size);
  const char *next = get_section (writer, INTERN_SNAPSHOT_TEXT);
  guint32 *index = memset (get_section (writer, INTERN_SNAPSHOT_INDEX), 0,
                           (gsize) n_buckets * INTERN_SNAPSHOT_ALIGNMENT);
  InternSnapshotEffort effort = { 0, 0, 0 };
  guint8 secret[INTERN_SECRET_SIZE];
  guint64 hashes[WRITER_AHEAD];
  guint farthest = 1;

  intern_snapshot_make_secret (writer->header.salt, secret);

  /* Enters a string WRITER_AHEAD turns after it was hashed, when its bucket has been fetched. */
  for (guint64 turn = 0; turn < (guint64) n_strings + WRITER_AHEAD; turn++)
    {
      if (turn >= WRITER_AHEAD)
        {
          const guint32 position = (guint32) (turn - WRITER_AHEAD);
          const guint probe = insert (writer, index, hashes[position % WRITER_AHEAD], position_mask, position, &effort);

          if (probe == 0)
            return 0;
          farthest = MAX (farthest, probe);
        }
      if (turn < n_strings)
        {
          const gsize length = writer->content->strings[turn].length;
          const guint64 hash = intern_hash (next, length, secret);

          intern_snapshot_read_ahead (next);
          hashes[turn % WRITER_AHEAD] = hash;
          __builtin_prefetch (index + (gsize) intern_snapshot_bucket (hash, n_buckets) * INTERN_SNAPSHOT_SLOTS, 1);
          next += length + 1;
        }
    }

  return intern_snapshot_effort_is_within (&effort, &most) ? farthest : 0;
}

/* Writes strings and index. If no salt does, lays the file out again with a larger index. */
static gboolean
write_sections (Writer  *writer,
                GError **error)
{
  InternSnapshotHeader *header = &writer->header;
  const guint64 fewest = MAX ((writer->content->n_strings + INTERN_SNAPSHOT_STRINGS_A_BUCKET - 1) /
                              INTERN_SNAPSHOT_STRINGS_A_BUCKET, 1);
  InternSnapshotChecksum digest;

  for (guint i = 0; i < MAX_SALTS; i++)
    {
      if (i % SALTS_A_SIZE == 0)
        {
          if (!allocate (writer, fewest << (i / SALTS_A_SIZE), error))
            return FALSE;
          write_strings (writer);
          digest = intern_snapshot_checksum (XXH3_128bits (get_section (writer, INTERN_SNAPSHOT_TEXT),
                                                           (gsize) writer->text_size));
        }

      make_salt (&digest, i, header->salt);
      header->max_probe = fill_index (writer);
      if (header->max_probe != 0)
        return TRUE;
    }

  return no_memory_for_file (writer, error);
}

/* Writes the header, the table, zeros between sections, the checksum. */
static void
write_frame (Writer *writer)
{
  const gsize covered = (gsize) writer->header.file_size - INTERN_SNAPSHOT_CHECKSUM_SIZE;
  const InternSnapshotHeader header = intern_snapshot_convert_header (&writer->header);
  guint64 end = sizeof writer->header + sizeof writer->sections;
  InternSnapshotChecksum checksum;

  memcpy (writer->data, &header, sizeof header);
  for (guint i = 0; i < INTERN_SNAPSHOT_KNOWN_SECTIONS; i++)
    {
      const InternSnapshotSection section = intern_snapshot_convert_section (&writer->sections[i]);

      memcpy (writer->data + sizeof header + i * sizeof section, &section, sizeof section);
      memset (writer->data + end, 0, (gsize) (writer->sections[i].start - end));
      end = writer->sections[i].start + writer->sections[i].size;
    }

  checksum = intern_snapshot_checksum (XXH3_128bits (writer->data, covered));
  memcpy (writer->data + covered, &checksum, sizeof checksum);
}

GBytes *
intern_snapshot_to_bytes (const InternSnapshotContent  *content,
                          GError                      **error)
{
  g_auto (Writer) writer = { 0 };
  char *data;

  if (!prepare (&writer, content, error) || !write_sections (&writer, error))
    return NULL;

  write_frame (&writer);
  data = g_steal_pointer (&writer.data);

  return g_bytes_new_with_free_func (data, (gsize) writer.header.file_size, free, data);
}
