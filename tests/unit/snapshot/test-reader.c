/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "snapshot-sample.h"

#include "intern-error.h"
#include "base/sizes.h"
#include "storage/entry.h"

#define FIELD(name) G_STRUCT_OFFSET (InternSnapshotHeader, name)

static Sample *
random_sample (guint32 seed,
               guint   n_strings,
               gint32  max_length)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autofree char *data = g_malloc ((gsize) max_length);
  Sample *sample = sample_new ();

  while (sample->strings->len < n_strings)
    {
      const gint32 length = g_rand_int_range (random, 0, max_length);

      for (gint32 i = 0; i < length; i++)
        data[i] = (char) g_rand_int_range (random, 0, 256);
      sample_add (sample, data, (gsize) length);
    }

  return sample;
}

static Sample *
number_sample (guint n_strings)
{
  Sample *sample = sample_new ();

  for (guint i = 0; i < n_strings; i++)
    {
      g_autofree char *text = g_strdup_printf ("string-%u", i);

      sample_add (sample, text, strlen (text));
    }

  return sample;
}

static GBytes *
to_bytes (const InternSnapshotContent *content)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = intern_snapshot_to_bytes (content, &error);
  const InternSnapshotHeader *header;

  g_assert_no_error (error);
  header = g_bytes_get_data (bytes, NULL);
  g_assert_cmpuint (GUINT32_FROM_LE (header->max_probe), <=, INTERN_SNAPSHOT_PROBE);

  return bytes;
}

static void
assert_string (const InternSnapshot       *snapshot,
               guint32                     position,
               const InternSnapshotString *string)
{
  gsize length = 0;
  guint32 found = G_MAXUINT32;
  const char *data = intern_snapshot_get (snapshot, position, &length);

  g_assert_nonnull (data);
  g_assert_cmpmem (data, length, string->data, string->length);
  g_assert_cmpint (data[length], ==, '\0');
  g_assert_true (intern_snapshot_find (snapshot, string->data, string->length, &found) == data);
  g_assert_cmpuint (found, ==, position);
  found = G_MAXUINT32;
  g_assert_true (intern_snapshot_find_address (snapshot, data, &found));
  g_assert_cmpuint (found, ==, position);
  if (length > 0)
    g_assert_false (intern_snapshot_find_address (snapshot, data + 1, &found));
}

static void
assert_absent (const InternSnapshot *snapshot,
               const Sample         *sample)
{
  for (guint i = 0; i < sample->strings->len; i++)
    {
      const InternSnapshotString *string = sample_get (sample, i);
      g_autofree char *longer = g_malloc (string->length + 1);
      guint32 position;

      memcpy (longer, string->data, string->length);
      longer[string->length] = '!';
      if (!sample_contains (sample, longer, string->length + 1))
        g_assert_null (intern_snapshot_find (snapshot, longer, string->length + 1, &position));
    }
}

static void
assert_round_trip (Sample  *sample,
                   guint32  first_atom,
                   guint32  n_atoms)
{
  const InternSnapshotContent content = sample_content (sample, first_atom, n_atoms);
  g_autoptr (GBytes) bytes = to_bytes (&content);
  guint64 text_bytes = 0;

  for (guint i = 0; i < content.n_strings; i++)
    text_bytes += content.strings[i].length;

  for (guint trusted = 0; trusted < 2; trusted++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, trusted, &error);
      gsize length;

      g_assert_no_error (error);
      g_assert_cmpuint (snapshot->n_strings, ==, content.n_strings);
      g_assert_cmpuint (snapshot->n_atoms, ==, n_atoms);
      g_assert_cmpuint (snapshot->first_atom, ==, first_atom);
      g_assert_cmpuint (intern_snapshot_next_atom (snapshot), ==, first_atom + n_atoms);
      g_assert_cmpuint (intern_snapshot_text_bytes (snapshot), ==, text_bytes);
      for (guint i = 0; i < content.n_strings; i++)
        assert_string (snapshot, i, &content.strings[i]);
      g_assert_null (intern_snapshot_get (snapshot, snapshot->n_strings, &length));
      g_assert_null (intern_snapshot_get (snapshot, G_MAXUINT32, &length));
      assert_absent (snapshot, sample);
    }
}

/* Round trips */

static void
test_strings_come_back (void)
{
  g_test_summary ("Written strings are found again, at their positions, and no others");
  for (guint32 seed = 0; seed < 40; seed++)
    {
      g_autoptr (Sample) sample = random_sample (seed, seed * seed, 40);
      const guint32 n_strings = sample->strings->len;

      assert_round_trip (sample, 1, 0);
      assert_round_trip (sample, 1 + seed, n_strings / 2);
      assert_round_trip (sample, INTERN_MAX_ATOM + 1 - n_strings, n_strings);
    }
}

static void
test_every_kind_of_string (void)
{
  g_autoptr (Sample) sample = sample_new ();
  g_autofree char *large = g_strnfill (200000, 'l');

  g_test_summary ("The empty string, NULs, bytes that are not text and long strings come back whole");
  sample_add (sample, "", 0);
  for (gsize length = 1; length <= 3; length++)
    sample_add (sample, "\0\0\0", length);
  sample_add (sample, "a\0b", 3);
  sample_add (sample, "a", 1);
  sample_add (sample, "\xff\xfe\x80", 3);
  sample_add (sample, "\xc3\xa4", 2);
  for (gsize length = 65533; length <= 65538; length++)
    sample_add (sample, large, length);
  sample_add (sample, large, 200000);
  assert_round_trip (sample, 1, 0);
  assert_round_trip (sample, 7, 5);
}

static void
test_many_strings (void)
{
  g_autoptr (Sample) sample = number_sample (100000);

  g_test_summary ("Many strings in many groups and buckets come back");
  assert_round_trip (sample, 1, 70000);
}

static int
compare_bytes (const InternSnapshotString *a,
               const InternSnapshotString *b)
{
  const int order = memcmp (a->data, b->data, MIN (a->length, b->length));

  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void
test_sorted_as_bytes (void)
{
  g_autoptr (Sample) sample = random_sample (1, 5000, 6);
  const InternSnapshotContent content = sample_content (sample, 1, 0);

  g_test_summary ("Sorting is by unsigned bytes, and a prefix comes first");
  for (guint i = 1; i < content.n_strings; i++)
    g_assert_cmpint (compare_bytes (&content.strings[i - 1], &content.strings[i]), <, 0);
}

/* Strings that are hard to sort: long common prefixes, with or without zeros at the end, and bytes above 127. */
static Sample *
similar_sample (guint n_strings,
                gsize length)
{
  Sample *sample = sample_new ();
  g_autofree char *string = g_malloc0 (length + 16);

  memset (string, 'x', length);
  for (guint i = 0; i < n_strings; i++)
    {
      memset (string + length, 0, 16);
      if (i % 3 == 0)
        string[length + i % 5] = (char) (i * 37);
      if (i % 3 == 1)
        memcpy (string + length + i % 9, &i, sizeof i);
      sample_add (sample, string, length + i % 17);
      sample_add (sample, string, i % (length + 1));
    }

  return sample;
}

static void
test_sorted_though_similar (void)
{
  g_test_summary ("Strings with long common prefixes are sorted");
  for (gsize length = 0; length < 70000; length = 3 * length + 1)
    {
      g_autoptr (Sample) sample = similar_sample (length < 1000 ? 2000 : 40, length);
      const InternSnapshotContent content = sample_content (sample, 1, 0);

      for (guint i = 1; i < content.n_strings; i++)
        g_assert_cmpint (compare_bytes (&content.strings[i - 1], &content.strings[i]), <, 0);
    }
}

static void
test_same_strings_same_bytes (void)
{
  g_autoptr (Sample) one = number_sample (3000);
  g_autoptr (Sample) other = sample_new ();
  InternSnapshotContent contents[2];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) again = NULL;

  g_test_summary ("The order in which strings were added does not change the bytes");
  for (guint i = one->strings->len; i > 0; i--)
    sample_add (other, sample_get (one, i - 1)->data, sample_get (one, i - 1)->length);
  contents[0] = sample_content (one, 1, 0);
  contents[1] = sample_content (other, 1, 0);
  bytes = to_bytes (&contents[0]);
  again = to_bytes (&contents[1]);
  g_assert_true (g_bytes_equal (bytes, again));
}

#ifndef INTERN_TEST_SIZES
/* With tiny sizes the index is larger: probes are shorter. */
static void
test_overhead (void)
{
  g_autoptr (Sample) sample = number_sample (100000);
  const InternSnapshotContent content = sample_content (sample, 1, 0);
  g_autoptr (GBytes) bytes = to_bytes (&content);
  gsize text = 0;

  g_test_summary ("A string takes at most ten bytes more than its text");
  for (guint i = 0; i < content.n_strings; i++)
    text += content.strings[i].length;
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, text + 10 * content.n_strings);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, text + 8 * content.n_strings);
}
#endif

static void
test_probes_are_bounded (void)
{
  g_autoptr (Sample) sample = number_sample (20000);
  const InternSnapshotContent content = sample_content (sample, 1, 0);
  g_autoptr (GBytes) bytes = to_bytes (&content);
  g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, NULL);

  g_test_summary ("The writer tries other salts and larger indices until no search is too long");
  g_assert_nonnull (snapshot);
  g_assert_cmpuint (snapshot->max_probe, <=, INTERN_SNAPSHOT_PROBE);
#ifdef INTERN_TEST_SIZES
  g_assert_cmpuint (snapshot->n_buckets, >, 20000 / INTERN_SNAPSHOT_STRINGS_A_BUCKET + 1);
  g_assert_cmpuint (snapshot->group_log2, <, INTERN_SNAPSHOT_GROUP_LOG2);
#else
  g_assert_cmpuint (snapshot->n_buckets, ==, 20000 / INTERN_SNAPSHOT_STRINGS_A_BUCKET + 1);
  g_assert_cmpuint (snapshot->group_log2, ==, INTERN_SNAPSHOT_GROUP_LOG2);
#endif
}

/* Addresses */

static void
test_any_address (void)
{
  g_autoptr (Sample) sample = number_sample (100);
  const InternSnapshotContent content = sample_content (sample, 1, 0);
  g_autoptr (GBytes) bytes = to_bytes (&content);
  const gsize size = g_bytes_get_size (bytes);
  g_autofree guint8 *room = g_malloc (size + 3);

  g_test_summary ("Bytes may begin at any address");
  for (guint shift = 1; shift <= 3; shift++)
    {
      g_autoptr (GBytes) shifted = NULL;
      g_autoptr (InternSnapshot) snapshot = NULL;

      memcpy (room + shift, g_bytes_get_data (bytes, NULL), size);
      shifted = g_bytes_new_static (room + shift, size);
      snapshot = intern_snapshot_open_bytes (shifted, FALSE, NULL);
      g_assert_nonnull (snapshot);
      assert_string (snapshot, 99, &content.strings[99]);
    }
}

static void
test_foreign_addresses (void)
{
  g_test_summary ("An address outside the text has no position");
  for (guint n_strings = 0; n_strings <= 50; n_strings += 25)
    {
      g_autoptr (Sample) sample = number_sample (n_strings);
      const InternSnapshotContent content = sample_content (sample, 1, 0);
      g_autoptr (GBytes) bytes = to_bytes (&content);
      g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, NULL);
      guint32 position;

      g_assert_false (intern_snapshot_find_address (snapshot, "string-1", &position));
      g_assert_false (intern_snapshot_find_address (snapshot, NULL, &position));
      g_assert_false (intern_snapshot_find_address (snapshot, snapshot->text - 1, &position));
      g_assert_false (intern_snapshot_find_address (snapshot, snapshot->text + snapshot->text_size, &position));
    }
}

static void
test_references (void)
{
  g_autoptr (Sample) sample = number_sample (3);
  const InternSnapshotContent content = sample_content (sample, 1, 0);
  GBytes *bytes = to_bytes (&content);
  InternSnapshot *snapshot = intern_snapshot_open_bytes (bytes, TRUE, NULL);

  g_test_summary ("A snapshot keeps its bytes until its last reference is dropped");
  g_bytes_unref (bytes);
  g_assert_true (intern_snapshot_ref (snapshot) == snapshot);
  intern_snapshot_unref (snapshot);
  assert_string (snapshot, 2, &content.strings[2]);
  intern_snapshot_unref (snapshot);
}

/* Damage */

/* Takes @data, a changed copy, and opens it in both modes. Checked mode refuses it with @code; trusted mode with
 * @trusted_code or, if that is -1, opens it, and its use does no harm. */
static void
assert_refused (guint8 *data,
                gsize   size,
                int     code,
                int     trusted_code)
{
  g_autoptr (GBytes) bytes = take_aligned (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) trusted_error = NULL;
  g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);
  g_autoptr (InternSnapshot) trusted = intern_snapshot_open_bytes (bytes, TRUE, &trusted_error);

  g_assert_null (snapshot);
  g_assert_error (error, INTERN_ERROR, code);
  if (trusted_code >= 0)
    g_assert_error (trusted_error, INTERN_ERROR, trusted_code);
  else
    g_assert_no_error (trusted_error);
  if (trusted != NULL)
    use_snapshot (trusted);
}

/* The same with any codes. */
static void
assert_harmless (guint8 *data,
                 gsize   size)
{
  g_autoptr (GBytes) bytes = take_aligned (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);
  g_autoptr (InternSnapshot) trusted = intern_snapshot_open_bytes (bytes, TRUE, NULL);

  g_assert_null (snapshot);
  g_assert_true (error->domain == INTERN_ERROR);
  g_assert_true (error->code == INTERN_ERROR_CORRUPT || error->code == INTERN_ERROR_UNSUPPORTED);
  if (trusted != NULL)
    use_snapshot (trusted);
}

static GBytes *
small_snapshot (guint which)
{
  g_autoptr (Sample) sample = which == 0 ? sample_new () : random_sample (which, which * 8, 12);
  const InternSnapshotContent content = sample_content (sample, 1, which);

  return to_bytes (&content);
}

static void
test_every_truncation (void)
{
  g_test_summary ("A snapshot that is cut anywhere, or has a byte more, is refused");
  for (guint which = 0; which < 4; which++)
    {
      g_autoptr (GBytes) bytes = small_snapshot (which);
      const gsize size = g_bytes_get_size (bytes);
      guint8 *longer = g_memdup2 (g_bytes_get_data (bytes, NULL), size);

      for (gsize length = 0; length < size; length++)
        assert_refused (copy_aligned (longer, length), length, INTERN_ERROR_CORRUPT, INTERN_ERROR_CORRUPT);

      longer = g_realloc (longer, size + 1);
      longer[size] = '\0';
      assert_refused (copy_aligned (longer, size + 1), size + 1, INTERN_ERROR_CORRUPT, INTERN_ERROR_CORRUPT);
      g_free (longer);
    }
}

static void
test_every_flipped_bit (void)
{
  g_test_summary ("With any bit flipped, checked mode refuses the snapshot and trusted mode does no harm");
  for (guint which = 0; which < 4; which++)
    {
      g_autoptr (GBytes) bytes = small_snapshot (which);
      const gsize size = g_bytes_get_size (bytes);

      for (gsize bit = 0; bit < size * 8; bit++)
        {
          guint8 *data = copy_aligned (g_bytes_get_data (bytes, NULL), size);

          data[bit / 8] ^= (guint8) (1u << bit % 8);
          assert_harmless (data, size);
        }
    }
}

static void
test_wrong_headers (void)
{
  static const struct
  {
    gsize   offset;
    guint32 value;
    int     code;
  } wrong[] = {
    { FIELD (magic), 0x4e534988, INTERN_ERROR_CORRUPT },
    { FIELD (version), 0, INTERN_ERROR_UNSUPPORTED },
    { FIELD (version), 2, INTERN_ERROR_UNSUPPORTED },
    { FIELD (byte_order), 0x04030201, INTERN_ERROR_UNSUPPORTED },
    { FIELD (byte_order), 0, INTERN_ERROR_CORRUPT },
    { FIELD (file_size), 1, INTERN_ERROR_CORRUPT },
    { FIELD (file_size) + 4, 1, INTERN_ERROR_CORRUPT },
    { FIELD (n_strings), 0, INTERN_ERROR_CORRUPT },
    { FIELD (n_strings), 17, INTERN_ERROR_CORRUPT },
    { FIELD (n_strings), G_MAXUINT32, INTERN_ERROR_CORRUPT },
    { FIELD (n_strings), G_MAXUINT32 - 1, INTERN_ERROR_CORRUPT },
    { FIELD (first_atom), 0, INTERN_ERROR_CORRUPT },
    { FIELD (first_atom), 4, INTERN_ERROR_CORRUPT },
    { FIELD (next_atom), 0, INTERN_ERROR_CORRUPT },
    { FIELD (next_atom), 18, INTERN_ERROR_CORRUPT },
    { FIELD (n_buckets), 0, INTERN_ERROR_CORRUPT },
    { FIELD (n_buckets), G_MAXUINT32, INTERN_ERROR_CORRUPT },
    { FIELD (max_probe), 0, INTERN_ERROR_CORRUPT },
    { FIELD (max_probe), INTERN_SNAPSHOT_MAX_PROBE + 1, INTERN_ERROR_CORRUPT },
    { FIELD (group_log2), INTERN_SNAPSHOT_GROUP_LOG2 + 1, INTERN_ERROR_CORRUPT },
    { FIELD (group_log2), 0, INTERN_ERROR_CORRUPT },
    { FIELD (n_sections), 0, INTERN_ERROR_CORRUPT },
    { FIELD (n_sections), 3, INTERN_ERROR_CORRUPT },
    { FIELD (n_sections), 60, INTERN_ERROR_CORRUPT },
    { FIELD (n_sections), G_MAXUINT32, INTERN_ERROR_UNSUPPORTED },
    { FIELD (reserved), 1, INTERN_ERROR_UNSUPPORTED },
    { FIELD (reserved) + 6 * 4, 1, INTERN_ERROR_UNSUPPORTED },
    { sizeof (InternSnapshotHeader), 2, INTERN_ERROR_CORRUPT },
    { sizeof (InternSnapshotHeader), 5, INTERN_ERROR_UNSUPPORTED },
    { sizeof (InternSnapshotHeader) + 4, 2, INTERN_ERROR_UNSUPPORTED },
    { sizeof (InternSnapshotHeader) + 8, 0, INTERN_ERROR_CORRUPT },
    { sizeof (InternSnapshotHeader) + 8, 193, INTERN_ERROR_CORRUPT },
    { sizeof (InternSnapshotHeader) + 12, G_MAXUINT32, INTERN_ERROR_CORRUPT },
    { sizeof (InternSnapshotHeader) + 16, 0, INTERN_ERROR_CORRUPT },
    { sizeof (InternSnapshotHeader) + 20, G_MAXUINT32, INTERN_ERROR_CORRUPT },
  };
  g_autoptr (GBytes) bytes = small_snapshot (2);
  const gsize size = g_bytes_get_size (bytes);

  g_test_summary ("A wrong field of the header or the table is refused in both modes");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      guint8 *data = copy_aligned (g_bytes_get_data (bytes, NULL), size);
      const guint32 value = GUINT32_TO_LE (wrong[i].value);

      memcpy (data + wrong[i].offset, &value, sizeof value);
      repair_checksum (data, size);
      assert_refused (data, size, wrong[i].code, wrong[i].code);
    }
}

/* Sections */

/* Returns a copy with one more section of 64 bytes before the others, which move by 128. */
static guint8 *
insert_section (GBytes  *bytes,
                guint32  id,
                guint32  flags,
                gsize   *size)
{
  const guint8 *data = g_bytes_get_data (bytes, size);
  g_autofree guint8 *zeros = g_malloc0 (*size + 128);
  guint8 *larger = copy_aligned (zeros, *size + 128);
  InternSnapshotHeader *header = (gpointer) larger;
  InternSnapshotSection *sections = (gpointer) (header + 1);
  const InternSnapshotSection added = { id, flags, 256, 64 };

  memcpy (larger, data, 192);
  memcpy (larger + 192 + 128, data + 192, *size - 192);
  memmove (sections + 1, sections, INTERN_SNAPSHOT_KNOWN_SECTIONS * sizeof *sections);
  sections[0] = intern_snapshot_convert_section (&added);
  for (guint i = 1; i <= INTERN_SNAPSHOT_KNOWN_SECTIONS; i++)
    sections[i].start = GUINT64_TO_LE (GUINT64_FROM_LE (sections[i].start) + 128);
  memset (larger + 256, 'x', 64);
  *size += 128;
  header->n_sections = GUINT32_TO_LE (INTERN_SNAPSHOT_KNOWN_SECTIONS + 1);
  header->file_size = GUINT64_TO_LE ((guint64) *size);
  repair_checksum (larger, *size);

  return larger;
}

static void
test_optional_section (void)
{
  g_autoptr (Sample) sample = number_sample (30);
  const InternSnapshotContent content = sample_content (sample, 1, 3);
  g_autoptr (GBytes) bytes = to_bytes (&content);

  g_test_summary ("An optional section of a later version is skipped");
  for (guint trusted = 0; trusted < 2; trusted++)
    {
      gsize size;
      guint8 *data = insert_section (bytes, 99, 0, &size);
      g_autoptr (GBytes) larger = take_aligned (data, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (larger, trusted, &error);

      g_assert_no_error (error);
      for (guint i = 0; i < content.n_strings; i++)
        assert_string (snapshot, i, &content.strings[i]);
    }
}

static void
test_other_sections (void)
{
  static const struct
  {
    guint32 id;
    guint32 flags;
    int     code;
  } others[] = {
    { 99, INTERN_SNAPSHOT_MANDATORY, INTERN_ERROR_UNSUPPORTED },
    { 0, INTERN_SNAPSHOT_MANDATORY, INTERN_ERROR_UNSUPPORTED },
    { G_MAXUINT32, INTERN_SNAPSHOT_MANDATORY, INTERN_ERROR_UNSUPPORTED },
    { 99, 2, INTERN_ERROR_UNSUPPORTED },
    { INTERN_SNAPSHOT_INDEX, INTERN_SNAPSHOT_MANDATORY, INTERN_ERROR_CORRUPT },
    { INTERN_SNAPSHOT_TEXT, 0, INTERN_ERROR_CORRUPT },
  };
  g_autoptr (GBytes) bytes = small_snapshot (2);

  g_test_summary ("An unknown mandatory section or a section that occurs twice is refused");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      gsize size;
      guint8 *data = insert_section (bytes, others[i].id, others[i].flags, &size);

      assert_refused (data, size, others[i].code, others[i].code);
    }
}

/* Wrong content with a right checksum */

/* A snapshot whose numbers have the order of the machine. */
typedef struct
{
  guint8                *data;
  gsize                  size;
  InternSnapshotHeader  *header;
  InternSnapshotSection *sections;
  guint32               *index;
  guint32               *starts;
  guint64               *bases;
  char                  *text;
  gsize                  n_slots;
  gsize                  n_starts;
  gsize                  n_bases;
} Image;

/* Converts the numbers from the order of the file to that of the machine, or back. */
static void
convert_image (Image *image)
{
  *image->header = intern_snapshot_convert_header (image->header);
  for (guint i = 0; i < INTERN_SNAPSHOT_KNOWN_SECTIONS; i++)
    image->sections[i] = intern_snapshot_convert_section (&image->sections[i]);
  for (gsize i = 0; i < image->n_slots; i++)
    image->index[i] = GUINT32_FROM_LE (image->index[i]);
  for (gsize i = 0; i < image->n_starts; i++)
    image->starts[i] = GUINT32_FROM_LE (image->starts[i]);
  for (gsize i = 0; i < image->n_bases; i++)
    image->bases[i] = GUINT64_FROM_LE (image->bases[i]);
}

static Image
open_image (GBytes *bytes)
{
  Image image = { .size = g_bytes_get_size (bytes) };
  InternSnapshotSection sections[INTERN_SNAPSHOT_KNOWN_SECTIONS];

  image.data = copy_aligned (g_bytes_get_data (bytes, NULL), image.size);
  image.header = (gpointer) image.data;
  image.sections = (gpointer) (image.header + 1);
  for (guint i = 0; i < INTERN_SNAPSHOT_KNOWN_SECTIONS; i++)
    sections[i] = intern_snapshot_convert_section (&image.sections[i]);
  image.index = (gpointer) (image.data + sections[0].start);
  image.starts = (gpointer) (image.data + sections[1].start);
  image.bases = (gpointer) (image.data + sections[2].start);
  image.text = (char *) image.data + sections[3].start;
  image.n_slots = sections[0].size / sizeof *image.index;
  image.n_starts = sections[1].size / sizeof *image.starts;
  image.n_bases = sections[2].size / sizeof *image.bases;
  convert_image (&image);

  return image;
}

/* Makes a snapshot of it again, with the checksum that its bytes have, and expects that it is refused. */
static void
assert_image_refused (Image *image,
                      int    trusted_code)
{
  convert_image (image);
  repair_checksum (image->data, image->size);
  assert_refused (image->data, image->size, INTERN_ERROR_CORRUPT, trusted_code);
}

static void
lie_about_start (Image *image)
{
  image->starts[3]++;
}

static void
lie_about_first_start (Image *image)
{
  image->starts[0] = 1;
}

static void
lie_about_end (Image *image)
{
  image->starts[image->header->n_strings]--;
}

static void
lie_with_far_offset (Image *image)
{
  image->starts[3] = G_MAXUINT32;
}

static void
lie_about_base (Image *image)
{
  image->bases[0] = 1;
}

static void
lie_with_far_base (Image *image)
{
  image->bases[0] = G_MAXUINT64 - 3;
}

static void
lie_about_nul (Image *image)
{
  image->text[image->starts[4] - 1] = 'x';
}

static void
lie_about_order (Image *image)
{
  /* In the last string, which has no atom. */
  image->text[image->starts[image->header->n_strings - 1]] = ' ';
}

static void
lie_about_text (Image *image)
{
  /* In the first string, which has an atom: only the index shows it. */
  image->text[0] ^= 1;
}

static void
lie_about_salt (Image *image)
{
  image->header->salt[0] ^= 1;
}

static void
lie_about_gap (Image *image)
{
  image->data[image->sections[1].start + image->sections[1].size] = 1;
}

static guint
used_slot (const Image *image)
{
  guint i = 0;

  while (image->index[i] == 0)
    i++;

  return i;
}

static guint
free_slot (const Image *image)
{
  guint i = 0;

  while (image->index[i] != 0)
    i++;

  return i;
}

static void
lie_with_missing_slot (Image *image)
{
  image->index[used_slot (image)] = 0;
}

static void
lie_with_extra_slot (Image *image)
{
  image->index[free_slot (image)] = 1;
}

static void
lie_about_position (Image *image)
{
  image->index[used_slot (image)] ^= 1;
}

static void
lie_about_tag (Image *image)
{
  image->index[used_slot (image)] ^= 0x80000000u;
}

static void
lie_with_gap_in_bucket (Image *image)
{
  const guint last = free_slot (image) - 1;

  image->index[last + 2] = image->index[last];
  image->index[last] = 0;
}

static void
test_lies (void)
{
  static void (*const lies[]) (Image *image) = {
    lie_about_start,
    lie_about_first_start,
    lie_about_end,
    lie_with_far_offset,
    lie_about_base,
    lie_with_far_base,
    lie_about_nul,
    lie_about_order,
    lie_about_text,
    lie_about_salt,
    lie_about_gap,
    lie_with_missing_slot,
    lie_with_extra_slot,
    lie_about_position,
    lie_about_tag,
    lie_with_gap_in_bucket,
  };
  g_autoptr (Sample) sample = number_sample (40);
  const InternSnapshotContent content = sample_content (sample, 1, 5);
  g_autoptr (GBytes) bytes = to_bytes (&content);

  g_test_summary ("Checked mode refuses content that no writer writes, although the checksum is right");
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      Image image = open_image (bytes);

      lies[i] (&image);
      assert_image_refused (&image, -1);
    }
}

/* The strings are where they were: only the base is wrong. */
static void
test_wrong_base (void)
{
  g_autoptr (Sample) sample = number_sample ((1u << INTERN_SNAPSHOT_GROUP_LOG2) + 100);
  const InternSnapshotContent content = sample_content (sample, 1, 0);
  g_autoptr (GBytes) bytes = to_bytes (&content);
  Image image = open_image (bytes);
  const guint32 n_in_group = 1u << image.header->group_log2;

  g_test_summary ("A group that begins before its first string is refused");
  image.bases[1]--;
  for (guint32 i = n_in_group; i < MIN (2 * n_in_group, image.header->n_strings + 1); i++)
    image.starts[i]++;
  assert_image_refused (&image, -1);
}

static void
test_section_over_the_checksum (void)
{
  g_autoptr (GBytes) bytes = small_snapshot (2);

  g_test_summary ("A section that reaches into the checksum is refused");
  for (guint n_bytes = 1; n_bytes <= INTERN_SNAPSHOT_CHECKSUM_SIZE; n_bytes++)
    {
      Image image = open_image (bytes);
      InternSnapshotSection *last = &image.sections[INTERN_SNAPSHOT_KNOWN_SECTIONS - 1];

      last->size = image.header->file_size - INTERN_SNAPSHOT_CHECKSUM_SIZE - last->start + n_bytes;
      assert_image_refused (&image, INTERN_ERROR_CORRUPT);
    }
}

/* With tiny sizes starts do not reach far. */
static void
test_starts_are_in_reach (void)
{
  g_test_summary ("No start is larger than it may be, that of the end neither");
  for (gsize length = 4000; length < 4100; length++)
    {
      g_autoptr (Sample) sample = sample_new ();
      g_autofree char *text = g_strnfill (length, 'x');
      g_autoptr (GBytes) bytes = NULL;
      InternSnapshotContent content;
      Image image;

      sample_add (sample, "a", 1);
      sample_add (sample, text, MIN (length, 4094));
      content = sample_content (sample, 1, 0);
      bytes = to_bytes (&content);
      image = open_image (bytes);
      for (guint32 i = 0; i <= image.header->n_strings; i++)
        g_assert_cmpuint (image.starts[i], <=, INTERN_SNAPSHOT_REACH);
      free (image.data);
    }
}

static void
test_highest_atom (void)
{
  g_autoptr (Sample) sample = number_sample (10);
  const InternSnapshotContent content = sample_content (sample, INTERN_MAX_ATOM - 2, 3);
  g_autoptr (GBytes) bytes = to_bytes (&content);
  g_autoptr (GError) error = NULL;
  g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);
  Image image = open_image (bytes);

  g_test_summary ("A snapshot may have the highest atom, and none above it");
  g_assert_no_error (error);
  g_assert_cmpuint (intern_snapshot_next_atom (snapshot), ==, INTERN_MAX_ATOM + 1);
  image.header->first_atom++;
  image.header->next_atom++;
  assert_image_refused (&image, INTERN_ERROR_CORRUPT);
}

static void
test_duplicates_and_disorder (void)
{
  const InternSnapshotString equal[] = { { "b", 1 }, { "a", 1 }, { "a", 1 } };
  const InternSnapshotString disorder[] = { { "c", 1 }, { "b", 1 }, { "a", 1 } };
  const InternSnapshotContent contents[] = {
    { equal, 3, 1, 0 },
    { equal, 3, 1, 1 },
    { equal, 3, 1, 2 },
    { equal, 3, 1, 3 },
    { disorder, 3, 1, 0 },
    { disorder, 3, 1, 1 },
  };

  g_test_summary ("Equal strings and unsorted strings are refused");
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GBytes) bytes = to_bytes (&contents[i]);
      const gsize size = g_bytes_get_size (bytes);

      assert_refused (copy_aligned (g_bytes_get_data (bytes, NULL), size), size, INTERN_ERROR_CORRUPT, -1);
    }
}

static void
assert_opens (const Sample *sample,
              gsize         n_strings,
              gboolean      opens)
{
  const InternSnapshotContent content = { sample_get (sample, 0), n_strings, 1, (guint32) n_strings };
  g_autoptr (GBytes) bytes = to_bytes (&content);
  g_autoptr (GError) error = NULL;
  g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);

  g_assert_cmpint (snapshot != NULL, ==, opens);
  if (!opens)
    g_assert_error (error, INTERN_ERROR, INTERN_ERROR_CORRUPT);
}

/* With so many strings many pairs have one tag, and are compared in groups. */
static void
test_one_duplicate_of_many (void)
{
  const guint n_strings = 300000;
  const guint indices[] = { 0, 1, n_strings / 2, n_strings - 1 };
  g_autoptr (Sample) sample = number_sample (n_strings);

  g_test_summary ("One string that occurs twice among many is found");
  assert_opens (sample, n_strings, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (indices); i++)
    {
      const InternSnapshotString twice = *sample_get (sample, indices[i]);

      g_array_append_val (sample->strings, twice);
      assert_opens (sample, n_strings + 1, FALSE);
      g_array_set_size (sample->strings, n_strings);
    }
}

static void
test_random_damage (void)
{
  g_autoptr (GBytes) bytes = small_snapshot (3);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  const gsize size = g_bytes_get_size (bytes);

  g_test_summary ("Random bytes with a right checksum do no harm");
  for (guint round = 0; round < 20000; round++)
    {
      guint8 *data = copy_aligned (g_bytes_get_data (bytes, NULL), size);
      g_autoptr (GBytes) damaged = take_aligned (data, size);

      for (gint32 n = g_rand_int_range (random, 1, 9); n > 0; n--)
        data[g_rand_int_range (random, 0, (gint32) size)] ^= (guint8) (1u << g_rand_int_range (random, 0, 8));
      repair_checksum (data, size);

      for (guint trusted = 0; trusted < 2; trusted++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (InternSnapshot) snapshot = intern_snapshot_open_bytes (damaged, trusted, &error);

          g_assert_true ((snapshot == NULL) == (error != NULL));
          if (snapshot != NULL)
            use_snapshot (snapshot);
        }
    }
}

/* Files of earlier releases */

static Sample *
golden_sample (guint    which,
               guint32 *first_atom,
               guint32 *n_atoms)
{
  g_autoptr (Sample) sample = which == 1 ? number_sample (40) : sample_new ();

  *first_atom = which == 2 ? 7 : 1;
  *n_atoms = which * 3;
  if (which == 2)
    {
      for (gsize length = 0; length < 3; length++)
        sample_add (sample, "\0\0", length);
      sample_add (sample, "\xff\xfe\x80", 3);
      sample_add (sample, "caf\xc3\xa9", 5);
      sample_add (sample, "a\0b", 3);
      sample_add (sample, "a", 1);
      for (gsize length = 1; length < 300; length += 37)
        {
          g_autofree char *text = g_strnfill (length, 'l');

          sample_add (sample, text, length);
        }
    }

  return g_steal_pointer (&sample);
}

static const char *golden_names[] = { "snapshot-1-empty", "snapshot-1-numbers", "snapshot-1-bytes" };

static GBytes *
golden_bytes (guint which)
{
  guint32 first_atom, n_atoms;
  g_autoptr (Sample) sample = golden_sample (which, &first_atom, &n_atoms);
  const InternSnapshotContent content = sample_content (sample, first_atom, n_atoms);

  return to_bytes (&content);
}

static void
test_golden_files (void)
{
  g_test_summary ("Files of each version of the format are read, and written with the same bytes");
  for (guint i = 0; i < G_N_ELEMENTS (golden_names); i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", golden_names[i], NULL);
      g_autoptr (GBytes) expected = golden_bytes (i);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (InternSnapshot) snapshot = NULL;
      char *data;
      gsize size;

      g_assert_true (g_file_get_contents (path, &data, &size, &error));
      g_assert_no_error (error);
      bytes = g_bytes_new_take (data, size);
      g_assert_true (g_bytes_equal (bytes, expected));
      snapshot = intern_snapshot_open_bytes (bytes, FALSE, &error);
      g_assert_no_error (error);
    }
}

/* Writes the files for a new version of the format to @folder. */
static int
write_golden_files (const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (golden_names); i++)
    {
      g_autofree char *path = g_build_filename (folder, golden_names[i], NULL);
      g_autoptr (GBytes) bytes = golden_bytes (i);
      g_autoptr (GError) error = NULL;

      if (!g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error))
        g_error ("%s", error->message);
    }

  return 0;
}

int
main (int    argc,
      char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--write-golden") == 0)
    return write_golden_files (argv[2]);

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/snapshot/strings-come-back", test_strings_come_back);
  g_test_add_func ("/snapshot/every-kind-of-string", test_every_kind_of_string);
  g_test_add_func ("/snapshot/many-strings", test_many_strings);
  g_test_add_func ("/snapshot/sorted-as-bytes", test_sorted_as_bytes);
  g_test_add_func ("/snapshot/sorted-though-similar", test_sorted_though_similar);
  g_test_add_func ("/snapshot/same-strings-same-bytes", test_same_strings_same_bytes);
#ifndef INTERN_TEST_SIZES
  g_test_add_func ("/snapshot/overhead", test_overhead);
#endif
  g_test_add_func ("/snapshot/probes-are-bounded", test_probes_are_bounded);
  g_test_add_func ("/snapshot/any-address", test_any_address);
  g_test_add_func ("/snapshot/foreign-addresses", test_foreign_addresses);
  g_test_add_func ("/snapshot/references", test_references);
  g_test_add_func ("/snapshot/damage/every-truncation", test_every_truncation);
  g_test_add_func ("/snapshot/damage/every-flipped-bit", test_every_flipped_bit);
  g_test_add_func ("/snapshot/damage/wrong-headers", test_wrong_headers);
  g_test_add_func ("/snapshot/damage/lies", test_lies);
  g_test_add_func ("/snapshot/damage/wrong-base", test_wrong_base);
  g_test_add_func ("/snapshot/damage/section-over-the-checksum", test_section_over_the_checksum);
  g_test_add_func ("/snapshot/starts-are-in-reach", test_starts_are_in_reach);
  g_test_add_func ("/snapshot/damage/highest-atom", test_highest_atom);
  g_test_add_func ("/snapshot/damage/duplicates-and-disorder", test_duplicates_and_disorder);
  g_test_add_func ("/snapshot/damage/one-duplicate-of-many", test_one_duplicate_of_many);
  g_test_add_func ("/snapshot/damage/random", test_random_damage);
  g_test_add_func ("/snapshot/sections/optional", test_optional_section);
  g_test_add_func ("/snapshot/sections/others", test_other_sections);
  g_test_add_func ("/snapshot/golden-files", test_golden_files);

  return g_test_run ();
}
