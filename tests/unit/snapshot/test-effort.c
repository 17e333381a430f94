/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Snapshots of strings that are chosen to make searches slow. The tests count the work of the check. */

#include "config.h"

#include "snapshot-sample.h"

#include "intern-error.h"
#include "base/sizes.h"

/* Lengths of which XXH3 reads each byte once. */
#define SHORT 32
#define LONG 128
/* Strings that fill buckets one after the other, as far as a search may go: 26 buckets of 32. */
#define GROUP 416
/* Tags that differ, of less than 8192 strings. */
#define ONE_TAG 8192

static const guint8 file_salt[INTERN_SNAPSHOT_SALT_SIZE] = "known to all";

/* A string, described by its search. */
typedef struct
{
  gsize   length;
  guint32 bucket; /* the first one */
  guint32 low;    /* half of its hash: the tag, and the step, one bucket if this is small */
} Wish;

/* Strings with a chosen hash */

/* Undoes XXH3_avalanche(). */
static guint64
undo_avalanche (guint64 hash)
{
  const guint64 factor = G_GUINT64_CONSTANT (0x165667919E3779F9);
  guint64 inverse = factor;

  for (guint i = 0; i < 5; i++)
    inverse *= 2 - factor * inverse;

  hash ^= hash >> 32;
  hash *= inverse;

  return hash ^ hash >> 37;
}

/* XXH3 takes the last two words, each exclusive-or a word of the secret, and adds their product to all else: with
 * 1 for the one, the other is what is added. */
static void
choose_hash (char         *string,
             gsize         length,
             const guint8 *secret,
             guint64       hash)
{
  guint64 words[2];

  memcpy (words, secret + 16, sizeof words);
  words[1] ^= GUINT64_TO_LE (G_GUINT64_CONSTANT (1));
  memcpy (string + length - sizeof words, words, sizeof words);
  words[0] ^= GUINT64_TO_LE (undo_avalanche (hash) - undo_avalanche (intern_hash (string, length, secret)));
  memcpy (string + length - sizeof words, words, sizeof words);

  g_assert_cmpuint (intern_hash (string, length, secret), ==, hash);
}

/* The file */

typedef struct
{
  guint8                *data; /* (owned) */
  InternSnapshotHeader   header;
  InternSnapshotSection  sections[INTERN_SNAPSHOT_KNOWN_SECTIONS];
} File;

static gpointer
get_section (const File              *file,
             InternSnapshotSectionId  id)
{
  return file->data + file->sections[id - 1].start;
}

static File
new_file (const Wish *wishes,
          guint32     n_strings)
{
  const InternSnapshotHeader header = {
    .version = INTERN_SNAPSHOT_VERSION,
    .byte_order = INTERN_SNAPSHOT_BYTE_ORDER,
    .n_strings = n_strings,
    .first_atom = 1,
    .next_atom = 1 + n_strings,
    .n_buckets = (n_strings + INTERN_SNAPSHOT_STRINGS_A_BUCKET - 1) / INTERN_SNAPSHOT_STRINGS_A_BUCKET,
    .max_probe = INTERN_SNAPSHOT_MAX_PROBE,
    .group_log2 = INTERN_SNAPSHOT_GROUP_LOG2,
    .n_sections = INTERN_SNAPSHOT_KNOWN_SECTIONS,
  };
  File file = {
    .header = header,
    .sections = {
      { .size = header.n_buckets * (guint64) INTERN_SNAPSHOT_ALIGNMENT },
      { .size = (n_strings + 1) * sizeof (guint32) },
      { .size = intern_snapshot_n_bases (n_strings, INTERN_SNAPSHOT_GROUP_LOG2) * sizeof (guint64) },
    },
  };
  guint64 end = sizeof file.header + sizeof file.sections;
  g_autofree guint8 *zeros = NULL;

  for (guint i = 0; i < n_strings; i++)
    file.sections[INTERN_SNAPSHOT_TEXT - 1].size += wishes[i].length + 1;
  for (guint i = 0; i < G_N_ELEMENTS (file.sections); i++)
    {
      file.sections[i].id = i + 1;
      file.sections[i].start = intern_snapshot_align (end);
      end = file.sections[i].start + file.sections[i].size;
    }
  file.header.file_size = end + INTERN_SNAPSHOT_CHECKSUM_SIZE;
  memcpy (file.header.magic, INTERN_SNAPSHOT_MAGIC, sizeof file.header.magic);
  memcpy (file.header.salt, file_salt, sizeof file.header.salt);

  zeros = g_malloc0 (file.header.file_size);
  file.data = copy_aligned (zeros, file.header.file_size);

  return file;
}

/* Writes header, table and checksum. */
static void
write_frame (const File *file)
{
  const InternSnapshotHeader header = intern_snapshot_convert_header (&file->header);

  memcpy (file->data, &header, sizeof header);
  for (guint i = 0; i < G_N_ELEMENTS (file->sections); i++)
    {
      const InternSnapshotSection section = intern_snapshot_convert_section (&file->sections[i]);

      memcpy (file->data + sizeof header + i * sizeof section, &section, sizeof section);
    }
  repair_checksum (file->data, file->header.file_size);
}

static void
enter (const File *file,
       guint64     hash,
       guint32     position)
{
  const guint32 n_buckets = file->header.n_buckets;
  const guint32 position_mask = intern_snapshot_position_mask (file->header.n_strings);
  guint32 *index = get_section (file, INTERN_SNAPSHOT_INDEX);
  guint32 bucket = intern_snapshot_bucket (hash, n_buckets);

  for (guint i = 0; i < INTERN_SNAPSHOT_MAX_PROBE; i++)
    {
      guint32 *slots = index + bucket * INTERN_SNAPSHOT_SLOTS;
      const guint empty = intern_snapshot_match (slots, 0, G_MAXUINT32);

      if (empty != 0)
        {
          slots[__builtin_ctz (empty)] = GUINT32_TO_LE (((guint32) hash & ~position_mask) | (position + 1));
          return;
        }
      bucket = intern_snapshot_next_bucket (bucket, hash, n_buckets);
    }
  g_error ("No room for string %u", position);
}

/* A file with the given searches, right in everything else. */
static InternSnapshot *
open_wishes (const Wish *wishes,
             guint32     n_strings)
{
  const File file = new_file (wishes, n_strings);
  guint32 *starts = get_section (&file, INTERN_SNAPSHOT_STARTS);
  guint64 *bases = get_section (&file, INTERN_SNAPSHOT_BASES);
  char *text = get_section (&file, INTERN_SNAPSHOT_TEXT);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint8 secret[INTERN_SECRET_SIZE];
  guint64 start = 0;
  guint64 base = 0;
  InternSnapshot *snapshot;

  intern_snapshot_make_secret (file_salt, secret);
  for (guint32 position = 0; position <= n_strings; position++)
    {
      if (position % (1u << INTERN_SNAPSHOT_GROUP_LOG2) == 0)
        base = start;
      bases[position >> INTERN_SNAPSHOT_GROUP_LOG2] = GUINT64_TO_LE (base);
      starts[position] = GUINT32_TO_LE ((guint32) (start - base));
      if (position < n_strings)
        {
          const guint64 high = (((guint64) wishes[position].bucket << 32) + file.header.n_buckets - 1) /
                               file.header.n_buckets;
          const guint64 hash = high << 32 | wishes[position].low;

          /* As all others up to its number, near the end. */
          memcpy (text + start + wishes[position].length - 16 - sizeof position, &position, sizeof position);
          choose_hash (text + start, wishes[position].length, secret, hash);
          enter (&file, hash, position);
          start += wishes[position].length + 1;
        }
    }

  write_frame (&file);
  bytes = take_aligned (file.data, file.header.file_size);
  snapshot = intern_snapshot_open_bytes (bytes, TRUE, &error);
  g_assert_no_error (error);

  return snapshot;
}

/* Effort */

/* The check compares buckets after each 32 strings, and all else at once. */
#define BUCKETS_BEYOND (32 * INTERN_SNAPSHOT_MAX_PROBE)

static gboolean
check (const InternSnapshot *snapshot,
       InternSnapshotEffort *effort)
{
  const InternSnapshotEffort most = intern_snapshot_most_effort (snapshot->n_strings, snapshot->text_size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) open_error = NULL;
  g_autoptr (InternSnapshot) opened = intern_snapshot_open_bytes (snapshot->bytes, FALSE, &open_error);
  const gboolean ok = intern_snapshot_check (snapshot, effort, &error);

  g_test_message ("%" G_GUINT64_FORMAT " buckets of %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " strings of %"
                  G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes of %" G_GUINT64_FORMAT,
                  effort->n_buckets, most.n_buckets, effort->n_compared, most.n_compared,
                  effort->n_bytes, most.n_bytes);
  g_assert_cmpuint (effort->n_buckets, <=, most.n_buckets + BUCKETS_BEYOND);
  g_assert_cmpuint (effort->n_compared, <=, most.n_compared + 1);
  g_assert_cmpuint (effort->n_bytes, <=, most.n_bytes + LONG);
  g_assert_cmpint (opened != NULL, ==, ok);
  g_assert_cmpint (intern_snapshot_effort_is_within (effort, &most), ==, ok);
  if (!ok)
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);

  return ok;
}

static void
test_one_tag (void)
{
  const guint n_strings = 10 * GROUP;
  g_autofree Wish *wishes = g_new (Wish, n_strings);
  g_autoptr (InternSnapshot) snapshot = NULL;
  InternSnapshotEffort effort;

  g_test_summary ("Strings with one tag, far from where their searches begin, are refused early");
  for (guint i = 0; i < n_strings; i++)
    wishes[i] = (Wish) { SHORT, i / GROUP * 32, 0 };
  snapshot = open_wishes (wishes, n_strings);
  g_assert_false (check (snapshot, &effort));
}

static void
test_long_ways (void)
{
  const guint n_strings = 10 * GROUP;
  g_autofree Wish *wishes = g_new (Wish, n_strings);
  g_autoptr (InternSnapshot) snapshot = NULL;
  InternSnapshotEffort effort;

  g_test_summary ("Strings far from where their searches begin are refused, also with different tags");
  for (guint i = 0; i < n_strings; i++)
    wishes[i] = (Wish) { SHORT, i / GROUP * 32, i % GROUP * ONE_TAG };
  snapshot = open_wishes (wishes, n_strings);
  g_assert_false (check (snapshot, &effort));
  g_assert_cmpuint (effort.n_compared, ==, 0);
}

/* The first @n_similar strings have one tag and are @length bytes, which differ at the end; they make a pair
 * each with each. The others are found at once. */
static InternSnapshot *
open_similar (guint n_strings,
              guint n_similar,
              gsize length)
{
  const guint after = n_similar / INTERN_SNAPSHOT_SLOTS + 1;
  g_autofree Wish *wishes = g_new (Wish, n_strings);

  for (guint i = 0; i < n_similar; i++)
    wishes[i] = (Wish) { length, 0, 0 };
  for (guint i = n_similar; i < n_strings; i++)
    wishes[i] = (Wish) { SHORT, after + (i - n_similar) / INTERN_SNAPSHOT_SLOTS, i % INTERN_SNAPSHOT_SLOTS * ONE_TAG };

  return open_wishes (wishes, n_strings);
}

static void
test_long_strings (void)
{
  g_autoptr (InternSnapshot) snapshot = open_similar (4160, 90, LONG);
  InternSnapshotEffort effort;

  g_test_summary ("Few strings that differ only at the end are refused if they are compared too often");
  g_assert_false (check (snapshot, &effort));
  g_assert_cmpuint (effort.n_compared, <=, snapshot->n_strings);
}

static void
test_the_limit (void)
{
  /* 32 strings make 496 pairs. */
  g_autoptr (InternSnapshot) within = open_similar (496, 32, SHORT);
  g_autoptr (InternSnapshot) beyond = open_similar (495, 32, SHORT);
  InternSnapshotEffort effort;

  g_test_summary ("As many comparisons as strings are accepted, and one more is not");
  g_assert_true (check (within, &effort));
  g_assert_cmpuint (effort.n_compared, ==, 496);
  g_assert_false (check (beyond, &effort));
  g_assert_cmpuint (effort.n_compared, ==, 496);
}

/* Writers */

static void
test_written (void)
{
  g_test_summary ("Written snapshots stay far from every limit");
  for (guint n_strings = 0; n_strings < 200000; n_strings = 3 * n_strings / 2 + 1)
    {
      g_autoptr (Sample) sample = sample_new ();
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (InternSnapshot) snapshot = NULL;
      InternSnapshotContent content;
      InternSnapshotEffort effort;

      for (guint i = 0; i < n_strings; i++)
        {
          g_autofree char *text = g_strdup_printf ("string %u", i);

          sample_add (sample, text, strlen (text));
        }
      content = sample_content (sample, 1, n_strings / 2);
      bytes = intern_snapshot_to_bytes (&content, NULL);
      snapshot = intern_snapshot_open_bytes (bytes, TRUE, NULL);
      g_assert_true (check (snapshot, &effort));
      g_assert_cmpuint (3 * effort.n_buckets, <=, 4 * (guint64) n_strings);
      g_assert_cmpuint (20 * effort.n_compared, <=, n_strings);
      g_assert_cmpuint (20 * effort.n_bytes, <=, snapshot->text_size);
    }
}

/* Equal strings, which no caller may pass, share their buckets under every key. */
static void
test_not_written (void)
{
  g_autofree InternSnapshotString *strings = g_new0 (InternSnapshotString, 20);
  const InternSnapshotContent content = { strings, 20, 1, 20 };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A writer that finds no key within the limits writes nothing");
  for (guint i = 0; i < content.n_strings; i++)
    strings[i] = (InternSnapshotString) { .data = "oak", .length = 3 };
  bytes = intern_snapshot_to_bytes (&content, &error);
  g_assert_null (bytes);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
}

static void
test_too_many (void)
{
  const InternSnapshotContent content = { NULL, G_MAXUINT32, 1, 0 };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("More strings than a snapshot can number are refused, unread");
  bytes = intern_snapshot_to_bytes (&content, &error);
  g_assert_null (bytes);
  g_assert_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/snapshot/effort/one-tag", test_one_tag);
  g_test_add_func ("/snapshot/effort/long-ways", test_long_ways);
  g_test_add_func ("/snapshot/effort/long-strings", test_long_strings);
  g_test_add_func ("/snapshot/effort/the-limit", test_the_limit);
  g_test_add_func ("/snapshot/effort/written", test_written);
  g_test_add_func ("/snapshot/effort/not-written", test_not_written);
  g_test_add_func ("/snapshot/effort/too-many", test_too_many);

  return g_test_run ();
}
