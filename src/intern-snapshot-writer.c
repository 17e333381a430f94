/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "intern-snapshot-writer-private.h"

#include <stdlib.h>
#include <string.h>

#include "intern-error.h"
#include "intern-macros-private.h"

/* Bytes that go out at a time, and numbers that are made at a time. */
#define STAGE_SIZE (64 * 1024)
#define STAGE_OFFSETS (STAGE_SIZE / sizeof (guint32))
#define STAGE_BASES (STAGE_SIZE / sizeof (guint64))
/* Strings whose bytes, or whose buckets, are on their way from memory at a time. */
#define AHEAD 16
/* Keys to try, and after how many the index gets twice as many buckets. With strings that nobody
 * has chosen for it the first key does. */
#define MAX_KEYS 32
#define KEYS_A_SIZE 4

typedef struct
{
  const InternSnapshotContent *content;
  InternSnapshotHeader         header;
  InternSnapshotSection        sections[INTERN_SNAPSHOT_KNOWN_SECTIONS];
  guint32                     *index; /* (owned) */
  guint64                      text_size;
  guint64                      written;
  XXH3_state_t                 checksum;
  InternSnapshotSink           sink;
  gpointer                     user_data;
} Writer;

G_STATIC_ASSERT (sizeof (InternSnapshotHeader) + INTERN_SNAPSHOT_KNOWN_SECTIONS * sizeof (InternSnapshotSection) <=
                 3 * INTERN_SNAPSHOT_ALIGNMENT);

/* Text */

typedef gboolean (*PieceFunc) (Writer      *writer,
                               const void  *data,
                               gsize        size,
                               GError     **error);

/* Gives all strings with their NULs to @func, in large pieces: strings lie scattered, and are
 * fetched ahead. */
static gboolean
for_each_piece (Writer     *writer,
                PieceFunc   func,
                GError    **error)
{
  const InternSnapshotContent *content = writer->content;
  g_autofree char *stage = g_malloc (STAGE_SIZE);
  gsize used = 0;

  for (gsize i = 0; i < content->n_strings; i++)
    {
      const InternSnapshotString *string = &content->strings[i];

      if (i + AHEAD < content->n_strings)
        __builtin_prefetch (content->strings[i + AHEAD].data);

      if (string->length >= STAGE_SIZE - used)
        {
          if (!func (writer, stage, used, error))
            return FALSE;
          used = 0;
        }
      if (string->length >= STAGE_SIZE)
        {
          if (!func (writer, string->data, string->length, error))
            return FALSE;
        }
      else
        {
          memcpy (stage + used, string->data, string->length);
          used += string->length;
        }
      stage[used++] = '\0';
    }

  return func (writer, stage, used, error);
}

static gboolean
hash_piece (Writer      *writer,
            const void  *data,
            gsize        size,
            GError     **error)
{
  XXH3_128bits_update (&writer->checksum, data, size);

  return TRUE;
}

static gboolean
emit (Writer      *writer,
      const void  *data,
      gsize        size,
      GError     **error)
{
  XXH3_128bits_update (&writer->checksum, data, size);
  writer->written += size;

  return size == 0 || writer->sink (data, size, writer->user_data, error);
}

/* The index */

/* A key that nobody can know before all strings are chosen, so that nobody can choose strings for
 * it; and the same for the same strings. */
static void
make_key (const InternSnapshotChecksum *digest,
          guint                         number,
          guint8                       *key)
{
  const XXH128_hash_t hash = XXH3_128bits_withSeed (digest, sizeof *digest, number);
  const InternSnapshotChecksum bytes = intern_snapshot_checksum (hash);

  memcpy (key, &bytes, INTERN_SNAPSHOT_KEY_SIZE);
}

/* Puts @row into the first free slot on its way. Returns at how many buckets a search will
 * have to look for it, or 0 if they would be too many. */
static guint
insert (guint32 *index,
        guint32  n_buckets,
        guint64  hash,
        guint32  row_mask,
        guint32  row)
{
  guint32 bucket = intern_snapshot_bucket (hash, n_buckets);

  for (guint probe = 1; probe <= INTERN_SNAPSHOT_PROBE; probe++)
    {
      guint32 *slots = index + (gsize) bucket * INTERN_SNAPSHOT_SLOTS;

      const guint empty = intern_snapshot_match (slots, 0, G_MAXUINT32);

      if (empty != 0)
        {
          slots[__builtin_ctz (empty)] = ((guint32) hash & ~row_mask) | (row + 1);
          return probe;
        }
      bucket = intern_snapshot_next_bucket (bucket, hash, n_buckets);
    }

  return 0;
}

/* Returns the farthest probe, or 0 if one would be too far. */
static guint
fill_index (const InternSnapshotContent *content,
            guint32                     *index,
            guint32                      n_buckets,
            const guint8                *secret)
{
  const guint32 n_strings = (guint32) content->n_strings;
  const guint32 row_mask = intern_snapshot_row_mask (n_strings);
  guint64 hashes[AHEAD];
  guint farthest = 1;

  /* What is hashed in one turn is entered AHEAD turns later, when its bucket has arrived. */
  for (guint64 turn = 0; turn < (guint64) n_strings + AHEAD; turn++)
    {
      if (turn >= AHEAD)
        {
          const guint probe = insert (index, n_buckets, hashes[turn % AHEAD], row_mask, (guint32) (turn - AHEAD));

          if (probe == 0)
            return 0;
          farthest = MAX (farthest, probe);
        }
      if (turn < n_strings)
        {
          const InternSnapshotString *string = &content->strings[turn];
          const guint64 hash = intern_hash (string->data, string->length, secret);

          hashes[turn % AHEAD] = hash;
          __builtin_prefetch (index + (gsize) intern_snapshot_bucket (hash, n_buckets) * INTERN_SNAPSHOT_SLOTS, 1);
          if (turn + AHEAD < n_strings)
            __builtin_prefetch (string[AHEAD].data);
        }
    }

  return farthest;
}

/* Returns NULL if there is no memory for so many. */
static guint32 *
index_new (guint64 n_buckets)
{
  void *index = NULL;

  if (n_buckets > MIN (G_MAXUINT32, G_MAXSSIZE / INTERN_SNAPSHOT_ALIGNMENT) ||
      posix_memalign (&index, INTERN_SNAPSHOT_ALIGNMENT, (gsize) n_buckets * INTERN_SNAPSHOT_ALIGNMENT) != 0)
    return NULL;

  return memset (index, 0, (gsize) n_buckets * INTERN_SNAPSHOT_ALIGNMENT);
}

static gboolean
build_index (Writer  *writer,
             GError **error)
{
  const InternSnapshotContent *content = writer->content;
  const guint64 fewest = MAX ((content->n_strings + INTERN_SNAPSHOT_STRINGS_A_BUCKET - 1) /
                              INTERN_SNAPSHOT_STRINGS_A_BUCKET, 1);
  InternSnapshotHeader *header = &writer->header;
  InternSnapshotChecksum digest;
  guint8 secret[INTERN_SECRET_SIZE];

  XXH3_128bits_reset (&writer->checksum);
  for_each_piece (writer, hash_piece, NULL);
  digest = intern_snapshot_checksum (XXH3_128bits_digest (&writer->checksum));

  for (guint i = 0; i < MAX_KEYS && header->max_probe == 0; i++)
    {
      const guint64 n_buckets = fewest << (i / KEYS_A_SIZE);

      g_clear_pointer (&writer->index, free);
      writer->index = index_new (n_buckets);
      if (writer->index == NULL)
        break;

      make_key (&digest, i, header->key);
      intern_snapshot_expand_key (header->key, secret);
      header->n_buckets = (guint32) n_buckets;
      header->max_probe = fill_index (content, writer->index, header->n_buckets, secret);
    }

  if (header->max_probe == 0)
    g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                         "There is no memory for the index of a snapshot");

  return header->max_probe != 0;
}

/* The shape of the file */

/* Whether no string begins farther from the first of its block than an offset can say. */
static gboolean
blocks_fit (const InternSnapshotContent *content,
            guint                        block_log2)
{
  const gsize block_mask = ((gsize) 1 << block_log2) - 1;
  guint64 distance = 0;

  for (gsize i = 0; i < content->n_strings; i++)
    {
      distance = (i & block_mask) == 0 ? 0 : distance + content->strings[i - 1].length + 1;
      if (distance > INTERN_SNAPSHOT_REACH)
        return FALSE;
    }

  /* Where all ends is counted like one more string. */
  return (content->n_strings & block_mask) == 0 ||
         distance + content->strings[content->n_strings - 1].length + 1 <= INTERN_SNAPSHOT_REACH;
}

static void
lay_out (Writer *writer)
{
  const InternSnapshotHeader *header = &writer->header;
  const guint64 sizes[INTERN_SNAPSHOT_KNOWN_SECTIONS] = {
    header->n_buckets * (guint64) INTERN_SNAPSHOT_ALIGNMENT,
    ((guint64) header->n_strings + 1) * sizeof (guint32),
    intern_snapshot_n_bases (header->n_strings, header->block_log2) * sizeof (guint64),
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
prepare (Writer                      *writer,
         const InternSnapshotContent *content,
         GError                     **error)
{
  InternSnapshotHeader *header = &writer->header;

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN || content->n_strings >= G_MAXUINT32)
    {
      g_set_error_literal (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                           G_BYTE_ORDER != G_LITTLE_ENDIAN ? "No snapshots on machines of this byte order"
                                                           : "Too many strings for a snapshot");
      return FALSE;
    }

  memset (writer, 0, sizeof *writer);
  writer->content = content;
  memcpy (header->magic, INTERN_SNAPSHOT_MAGIC, sizeof header->magic);
  header->version = INTERN_SNAPSHOT_VERSION;
  header->byte_order = INTERN_SNAPSHOT_BYTE_ORDER;
  header->n_strings = (guint32) content->n_strings;
  header->first_atom = content->first_atom;
  header->next_atom = content->first_atom + content->n_atoms;
  header->n_sections = INTERN_SNAPSHOT_KNOWN_SECTIONS;
  header->block_log2 = INTERN_SNAPSHOT_BLOCK_LOG2;
  /* One string always fits: no pool takes one of 4 GiB. */
  while (header->block_log2 > 0 && !blocks_fit (content, header->block_log2))
    header->block_log2--;
  for (gsize i = 0; i < content->n_strings; i++)
    writer->text_size += content->strings[i].length + 1;

  if (!build_index (writer, error))
    return FALSE;

  lay_out (writer);

  return TRUE;
}

/* Writing */

static gboolean
emit_padding (Writer  *writer,
              GError **error)
{
  const char zeros[INTERN_SNAPSHOT_ALIGNMENT] = { 0 };

  return emit (writer, zeros, (gsize) (intern_snapshot_align (writer->written) - writer->written), error);
}

/* A number for each row and one for the end, relative to the start of its block. */
static gboolean
emit_offsets (Writer  *writer,
              GError **error)
{
  const InternSnapshotContent *content = writer->content;
  const gsize block_mask = ((gsize) 1 << writer->header.block_log2) - 1;
  g_autofree guint32 *stage = g_new (guint32, STAGE_OFFSETS);
  guint64 start = 0;
  guint64 base = 0;
  gsize used = 0;

  for (gsize i = 0; i <= content->n_strings; i++)
    {
      if ((i & block_mask) == 0)
        base = start;
      stage[used++] = (guint32) (start - base);
      if (used == STAGE_OFFSETS || i == content->n_strings)
        {
          if (!emit (writer, stage, used * sizeof *stage, error))
            return FALSE;
          used = 0;
        }
      if (i < content->n_strings)
        start += content->strings[i].length + 1;
    }

  return emit_padding (writer, error);
}

static gboolean
emit_bases (Writer  *writer,
            GError **error)
{
  const InternSnapshotContent *content = writer->content;
  const gsize block_mask = ((gsize) 1 << writer->header.block_log2) - 1;
  g_autofree guint64 *stage = g_new (guint64, STAGE_BASES);
  guint64 start = 0;
  gsize used = 0;

  for (gsize i = 0; i <= content->n_strings; i++)
    {
      if ((i & block_mask) == 0)
        stage[used++] = start;
      if (used == STAGE_BASES || i == content->n_strings)
        {
          if (!emit (writer, stage, used * sizeof *stage, error))
            return FALSE;
          used = 0;
        }
      if (i < content->n_strings)
        start += content->strings[i].length + 1;
    }

  return emit_padding (writer, error);
}

static gboolean
emit_checksum (Writer  *writer,
               GError **error)
{
  const InternSnapshotChecksum checksum = intern_snapshot_checksum (XXH3_128bits_digest (&writer->checksum));

  return writer->sink (&checksum, sizeof checksum, writer->user_data, error);
}

static gboolean
emit_all (Writer             *writer,
          InternSnapshotSink  sink,
          gpointer            user_data,
          GError            **error)
{
  const gsize index_size = (gsize) writer->header.n_buckets * INTERN_SNAPSHOT_ALIGNMENT;

  writer->sink = sink;
  writer->user_data = user_data;
  XXH3_128bits_reset (&writer->checksum);

  return emit (writer, &writer->header, sizeof writer->header, error) &&
         emit (writer, writer->sections, sizeof writer->sections, error) &&
         emit_padding (writer, error) &&
         emit (writer, writer->index, index_size, error) &&
         emit_offsets (writer, error) &&
         emit_bases (writer, error) &&
         for_each_piece (writer, emit, error) &&
         emit_checksum (writer, error);
}

static void
writer_clear (Writer *writer)
{
  g_clear_pointer (&writer->index, free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

/* Gives the bytes of a snapshot to @sink, from first to last. */
gboolean
intern_snapshot_write (const InternSnapshotContent *content,
                       InternSnapshotSink           sink,
                       gpointer                     user_data,
                       GError                     **error)
{
  g_auto (Writer) writer = { 0 };

  return prepare (&writer, content, error) && emit_all (&writer, sink, user_data, error);
}

static gboolean
append_cb (const void  *data,
           gsize        size,
           gpointer     user_data,
           GError     **error)
{
  char **end = user_data;

  memcpy (*end, data, size);
  *end += size;

  return TRUE;
}

GBytes *
intern_snapshot_to_bytes (const InternSnapshotContent *content,
                          GError                     **error)
{
  g_auto (Writer) writer = { 0 };
  void *data = NULL;
  char *end;

  if (!prepare (&writer, content, error))
    return NULL;

  if (writer.header.file_size > G_MAXSSIZE ||
      posix_memalign (&data, INTERN_SNAPSHOT_ALIGNMENT, (gsize) writer.header.file_size) != 0)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for a snapshot of %" G_GUINT64_FORMAT " bytes", writer.header.file_size);
      return NULL;
    }

  end = data;
  emit_all (&writer, append_cb, &end, NULL);

  return g_bytes_new_with_free_func (data, (gsize) writer.header.file_size, free, data);
}

/* Sorting */

static int
compare_strings (const void *a,
                 const void *b)
{
  const InternSnapshotString *one = a;
  const InternSnapshotString *other = b;
  const int order = memcmp (one->data, other->data, MIN (one->length, other->length));

  return order != 0 ? order : (one->length > other->length) - (one->length < other->length);
}

/* Into the order of their bytes, as memcmp() has it; what is shorter comes first. */
void
intern_snapshot_sort (InternSnapshotString *strings,
                      gsize                 n_strings)
{
  qsort (strings, n_strings, sizeof *strings, compare_strings);
}
