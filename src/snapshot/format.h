/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The format of a snapshot, for its reader and its writer: a header, a table of sections, the sections, a
 * checksum. See doc/snapshot-format.xml.
 *
 * The structures are the bytes: every number is little-endian. The functions here, the reader and the writer convert
 * those that they use, which costs nothing on a little-endian machine. Version 1 never changes.
 */

#pragma once

#include <string.h>

#include "base/hash.h"

#ifdef __SSE2__
# include <emmintrin.h>
#endif

/* The first byte is not ASCII; the line endings reveal a transfer that has changed line endings. */
#define INTERN_SNAPSHOT_MAGIC "\x89ISN\r\n\x1a\n"
#define INTERN_SNAPSHOT_VERSION 1
#define INTERN_SNAPSHOT_BYTE_ORDER 0x01020304u
/* Sections begin at cache lines, in memory and in a mapped file. */
#define INTERN_SNAPSHOT_ALIGNMENT 64
/* Bounds the time to read the table. */
#define INTERN_SNAPSHOT_MAX_SECTIONS 64
/* A bucket is one cache line. */
#define INTERN_SNAPSHOT_SLOTS 16
/* How full buckets are on average: the index takes five bytes a string. */
#define INTERN_SNAPSHOT_STRINGS_A_BUCKET 13
/* The most buckets that one search looks at. */
#define INTERN_SNAPSHOT_MAX_PROBE 32
/* The most buckets that searches for all its strings look at, on average: see intern_snapshot_most_effort(). */
#define INTERN_SNAPSHOT_MEAN_PROBE 2
/* Log2 of the strings that share a 64-bit base, if their text fits 32 bits. */
#define INTERN_SNAPSHOT_GROUP_LOG2 10
#define INTERN_SNAPSHOT_SALT_SIZE 16
#define INTERN_SNAPSHOT_CHECKSUM_SIZE 16

/* A reader that does not know the section must refuse the file. */
#define INTERN_SNAPSHOT_MANDATORY 1u

/* INDEX: n_buckets of 16 slots of 4 bytes, each a tag and the position of a string. STARTS: for each string, and for
 * the end of the last one, where it begins after the base of its group. BASES: where each group of 2^group_log2
 * strings begins in TEXT. TEXT: the strings, each with its NUL. */
typedef enum
{
  INTERN_SNAPSHOT_INDEX = 1,
  INTERN_SNAPSHOT_STARTS = 2,
  INTERN_SNAPSHOT_BASES = 3,
  INTERN_SNAPSHOT_TEXT = 4,
} InternSnapshotSectionId;

#define INTERN_SNAPSHOT_KNOWN_SECTIONS 4

/* The strings from first_atom up to next_atom come first, in the order of their atoms; the others follow in the order
 * of their bytes. No search looks at more than max_probe buckets. The secret of the hash is made from salt. */
typedef struct
{
  guint8  magic[8];
  guint32 version;
  guint32 byte_order;
  guint64 file_size;
  guint32 n_strings;
  guint32 first_atom;
  guint32 next_atom;
  guint32 n_buckets;
  guint32 max_probe;
  guint32 group_log2;
  guint8  salt[16];
  guint32 n_sections;
  guint32 reserved[7];
} InternSnapshotHeader;

G_STATIC_ASSERT (sizeof (InternSnapshotHeader) == 96);

typedef struct
{
  guint32 id;
  guint32 flags;
  guint64 start;
  guint64 size;
} InternSnapshotSection;

G_STATIC_ASSERT (sizeof (InternSnapshotSection) == 24);

/* The last bytes of a file. */
typedef struct
{
  guint64 low;
  guint64 high;
} InternSnapshotChecksum;

G_STATIC_ASSERT (sizeof (InternSnapshotChecksum) == INTERN_SNAPSHOT_CHECKSUM_SIZE);

/* A reader of the header alone needs no more bytes. */
#define INTERN_SNAPSHOT_START_SIZE \
  (sizeof (InternSnapshotHeader) + INTERN_SNAPSHOT_MAX_SECTIONS * sizeof (InternSnapshotSection) + \
   INTERN_SNAPSHOT_CHECKSUM_SIZE)

/* Converts the numbers of a header from the order of the file to that of the machine, or back. */
static inline InternSnapshotHeader
intern_snapshot_convert_header (const InternSnapshotHeader *header)
{
  InternSnapshotHeader converted = {
    .version = GUINT32_FROM_LE (header->version),
    .byte_order = GUINT32_FROM_LE (header->byte_order),
    .file_size = GUINT64_FROM_LE (header->file_size),
    .n_strings = GUINT32_FROM_LE (header->n_strings),
    .first_atom = GUINT32_FROM_LE (header->first_atom),
    .next_atom = GUINT32_FROM_LE (header->next_atom),
    .n_buckets = GUINT32_FROM_LE (header->n_buckets),
    .max_probe = GUINT32_FROM_LE (header->max_probe),
    .group_log2 = GUINT32_FROM_LE (header->group_log2),
    .n_sections = GUINT32_FROM_LE (header->n_sections),
  };

  memcpy (converted.magic, header->magic, sizeof header->magic);
  memcpy (converted.salt, header->salt, sizeof header->salt);
  for (guint i = 0; i < G_N_ELEMENTS (header->reserved); i++)
    converted.reserved[i] = GUINT32_FROM_LE (header->reserved[i]);

  return converted;
}

/* The same for a row of the table of sections. */
static inline InternSnapshotSection
intern_snapshot_convert_section (const InternSnapshotSection *section)
{
  return (InternSnapshotSection) {
    .id = GUINT32_FROM_LE (section->id),
    .flags = GUINT32_FROM_LE (section->flags),
    .start = GUINT64_FROM_LE (section->start),
    .size = GUINT64_FROM_LE (section->size),
  };
}

static inline guint64
intern_snapshot_align (guint64 end)
{
  return (end + INTERN_SNAPSHOT_ALIGNMENT - 1) & ~(guint64) (INTERN_SNAPSHOT_ALIGNMENT - 1);
}

/* The bits of a slot that are the position of a string, counted from 1; the others are its tag. */
static inline guint32
intern_snapshot_position_mask (guint32 n_strings)
{
  return n_strings == 0 ? 0 : G_MAXUINT32 >> __builtin_clz (n_strings);
}

/* The upper half of the hash chooses the bucket, the lower half is the tag and the step. */
static inline guint32
intern_snapshot_bucket (guint64 hash,
                        guint32 n_buckets)
{
  return (guint32) (((hash >> 32) * n_buckets) >> 32);
}

/* Returns the bucket after @bucket. The step depends on the string, so that full buckets do not fill their
 * neighbours. */
static inline guint32
intern_snapshot_next_bucket (guint32 bucket,
                             guint64 hash,
                             guint32 n_buckets)
{
  const guint32 step = 1 + (guint32) (((hash & G_MAXUINT32) * (n_buckets - 1)) >> 32);

  return bucket >= n_buckets - step ? bucket - (n_buckets - step) : bucket + step;
}

/* Returns a bit for each slot of a bucket that is @value in the bits of @mask. Slots are as in the file. */
static inline guint
intern_snapshot_match (const guint32 *slots,
                       guint32        value,
                       guint32        mask)
{
#ifdef __SSE2__
  /* Unrolled: a loop would keep the four results in memory. */
  const __m128i *quads = (const __m128i *) (gconstpointer) slots;
  const __m128i values = _mm_set1_epi32 ((int) value);
  const __m128i masks = _mm_set1_epi32 ((int) mask);
  const __m128i first = _mm_cmpeq_epi32 (_mm_and_si128 (_mm_load_si128 (quads), masks), values);
  const __m128i second = _mm_cmpeq_epi32 (_mm_and_si128 (_mm_load_si128 (quads + 1), masks), values);
  const __m128i third = _mm_cmpeq_epi32 (_mm_and_si128 (_mm_load_si128 (quads + 2), masks), values);
  const __m128i fourth = _mm_cmpeq_epi32 (_mm_and_si128 (_mm_load_si128 (quads + 3), masks), values);

  return (guint) _mm_movemask_epi8 (_mm_packs_epi16 (_mm_packs_epi32 (first, second),
                                                     _mm_packs_epi32 (third, fourth)));
#else
  const guint32 file_value = GUINT32_TO_LE (value);
  const guint32 file_mask = GUINT32_TO_LE (mask);
  guint matches = 0;

  for (guint i = 0; i < INTERN_SNAPSHOT_SLOTS; i++)
    matches |= (guint) ((slots[i] & file_mask) == file_value) << i;

  return matches;
#endif
}

/* What it takes to search for every string once, in all. */
typedef struct
{
  guint64 n_buckets;  /* looked at */
  guint64 n_compared; /* other strings with the same tag */
  guint64 n_bytes;    /* total length of those that have the length of the string */
} InternSnapshotEffort;

/* The most effort that a writer leaves and a reader accepts. Without this limit an attacker could make a file in which
 * each search looks at 32 buckets and compares 16 strings of any length in each.
 *
 * Measured in 650000 files of 1 to 1000000 strings (names, random bytes, strings of one length that differ in the
 * last bytes, some long ones): at most 1.31 buckets for a string, in a file of 26 strings, and 1.05 from 100000
 * strings on. At most 0.01 others were compared with a string: one pair in a file of 100 strings. From 10000 strings on
 * the number was what chance gives, 7.1 / 2^n with tags of n bits: up to 0.44 in a file of 134217728 strings, whose
 * tags have 4 bits. The share of the bytes was never larger than that of the strings. */
static inline InternSnapshotEffort
intern_snapshot_most_effort (guint32 n_strings,
                             guint64 text_size)
{
  const guint n_tag_bits = (guint) __builtin_popcount (~intern_snapshot_position_mask (n_strings));
  const guint64 share = 1 + ((guint64) INTERN_SNAPSHOT_SLOTS >> n_tag_bits);

  return (InternSnapshotEffort) {
    .n_buckets = INTERN_SNAPSHOT_MEAN_PROBE * (guint64) n_strings,
    .n_compared = share * n_strings,
    .n_bytes = share * text_size,
  };
}

static inline gboolean
intern_snapshot_effort_is_within (const InternSnapshotEffort *effort,
                                  const InternSnapshotEffort *most)
{
  return effort->n_buckets <= most->n_buckets && effort->n_compared <= most->n_compared &&
         effort->n_bytes <= most->n_bytes;
}

static inline guint64
intern_snapshot_n_bases (guint32 n_strings,
                         guint   group_log2)
{
  return ((guint64) n_strings >> group_log2) + 1;
}

/* Makes the @secret of the hash of the index from @salt. */
static inline void
intern_snapshot_make_secret (const guint8 *salt,
                             guint8       *secret)
{
  for (guint i = 0; i < INTERN_SECRET_SIZE / 8; i++)
    {
      const guint64 word = GUINT64_TO_LE (XXH3_64bits_withSeed (salt, INTERN_SNAPSHOT_SALT_SIZE, i));

      memcpy (secret + 8 * i, &word, 8);
    }
}

static inline InternSnapshotChecksum
intern_snapshot_checksum (XXH128_hash_t hash)
{
  return (InternSnapshotChecksum) { GUINT64_TO_LE (hash.low64), GUINT64_TO_LE (hash.high64) };
}
