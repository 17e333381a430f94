/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/hash.h"

#include <stdlib.h>

static void
test_secret_is_one_a_process (void)
{
  const guint8 *secret = intern_secret_get ();
  guint8 zeros[INTERN_SECRET_SIZE] = { 0 };

  g_test_summary ("Every pool of a process gets the same secret, and it is not empty");
  g_assert_nonnull (secret);
  g_assert_true (intern_secret_get () == secret);
  g_assert_cmpmem (secret, INTERN_SECRET_SIZE, intern_secret_get (), INTERN_SECRET_SIZE);
  /* Eight bytes are all zero once in 2^64 times. */
  for (guint i = 0; i < INTERN_SECRET_SIZE; i += 8)
    g_assert_true (memcmp (secret + i, zeros, 8) != 0);
}

static void
test_spread_is_odd_and_random (void)
{
  const guint8 *secret = intern_secret_get ();

  g_test_summary ("The number that spreads hashes is odd and random, and not in the secret");
  g_assert_cmpuint (intern_hash_spread % 2, ==, 1);
  g_assert_cmpuint (intern_hash_spread, >, G_MAXUINT32);
  for (guint i = 0; i + sizeof intern_hash_spread <= INTERN_SECRET_SIZE; i++)
    g_assert_true (memcmp (secret + i, &intern_hash_spread, sizeof intern_hash_spread) != 0);
}

static void
test_secret_is_random_throughout (void)
{
  guint8 a[INTERN_SECRET_SIZE] = { 0 };
  guint8 b[INTERN_SECRET_SIZE] = { 0 };
  guint n_equal = 0;

  g_test_summary ("Two random secrets differ in nearly every byte: no part is skipped or repeated");
  g_assert_true (intern_secret_fill (a, sizeof a));
  g_assert_true (intern_secret_fill (b, sizeof b));
  for (guint i = 0; i < sizeof a; i++)
    n_equal += a[i] == b[i];
  /* Expected 0.75; twelve of 192 has a chance below 1e-10. */
  g_assert_cmpuint (n_equal, <, 12);
}

static void
test_secret_decides_the_hash (void)
{
  guint8 secrets[2][INTERN_SECRET_SIZE];

  g_test_summary ("Another secret gives another hash in every length class of XXH3");
  g_assert_true (intern_secret_fill (secrets[0], INTERN_SECRET_SIZE));
  g_assert_true (intern_secret_fill (secrets[1], INTERN_SECRET_SIZE));

  for (gsize length = 0; length <= 1024; length += length < 260 ? 1 : 37)
    {
      g_autofree char *data = g_strnfill (length, 'x');

      g_assert_cmpuint (intern_hash (data, length, secrets[0]), ==,
                        intern_hash (data, length, secrets[0]));
      g_assert_cmpuint (intern_hash (data, length, secrets[0]), !=,
                        intern_hash (data, length, secrets[1]));
    }
}

static void
test_each_secret_byte_counts (void)
{
  guint8 secret[INTERN_SECRET_SIZE];
  g_autofree char *data = g_strnfill (4096, 'x');
  const gsize lengths[] = { 3, 8, 16, 100, 200, 4096 };
  gboolean counts[INTERN_SECRET_SIZE] = { FALSE };

  g_test_summary ("Every byte of the secret changes the hash of some length");
  g_assert_true (intern_secret_fill (secret, sizeof secret));
  for (guint i = 0; i < sizeof secret; i++)
    for (guint j = 0; j < G_N_ELEMENTS (lengths); j++)
      {
        const guint64 before = intern_hash (data, lengths[j], secret);

        secret[i] ^= 0x55;
        counts[i] |= intern_hash (data, lengths[j], secret) != before;
        secret[i] ^= 0x55;
      }

  for (guint i = 0; i < sizeof secret; i++)
    g_assert_true (counts[i]);
}

static void
test_length_is_part_of_the_key (void)
{
  const char zeros[64] = { 0 };
  GHashTable *seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint64 hashes[64];

  g_test_summary ("Strings of NULs that differ only in length differ in hash");
  for (gsize length = 0; length < sizeof zeros; length++)
    {
      hashes[length] = intern_hash (zeros, length, intern_secret_get ());
      g_assert_true (g_hash_table_add (seen, &hashes[length]));
    }
  g_hash_table_unref (seen);
}

static int
compare_guint32 (const void *a,
                 const void *b)
{
  return (*(const guint32 *) a > *(const guint32 *) b) - (*(const guint32 *) a < *(const guint32 *) b);
}

static void
test_low_half_is_as_good_as_random (void)
{
  const guint n = 1000000;
  g_autofree guint32 *hashes = g_new (guint32, n);
  guint n_duplicates = 0;

  g_test_summary ("The low 32 bits, which GHashTable gets, collide like random numbers");
  for (guint i = 0; i < n; i++)
    {
      char text[16];
      const int length = g_snprintf (text, sizeof text, "%u", i);

      hashes[i] = (guint32) intern_hash_call (text, (gsize) length, intern_secret_get ());
    }
  qsort (hashes, n, sizeof *hashes, compare_guint32);
  for (guint i = 1; i < n; i++)
    n_duplicates += hashes[i] == hashes[i - 1];

  /* Expected n^2 / 2^33 = 116 with a deviation of 11; eight deviations are allowed. */
  g_assert_cmpuint (n_duplicates, <, 116 + 88);
  g_assert_cmpuint (n_duplicates, >, 116 - 88);
}

static void
test_key_carries_the_hash (void)
{
  const InternKey key = intern_key ("abc", 3, intern_secret_get ());

  g_test_summary ("A key is the bytes, their number and the hash of both");
  g_assert_cmpmem (key.data, key.length, "abc", 3);
  g_assert_cmpuint (key.hash, ==, intern_hash ("abc", 3, intern_secret_get ()));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hash/secret/one-a-process", test_secret_is_one_a_process);
  g_test_add_func ("/hash/spread-is-odd-and-random", test_spread_is_odd_and_random);
  g_test_add_func ("/hash/secret/random-throughout", test_secret_is_random_throughout);
  g_test_add_func ("/hash/secret/decides-the-hash", test_secret_decides_the_hash);
  g_test_add_func ("/hash/secret/each-byte-counts", test_each_secret_byte_counts);
  g_test_add_func ("/hash/length-is-part-of-the-key", test_length_is_part_of_the_key);
  g_test_add_func ("/hash/low-half-is-as-good-as-random", test_low_half_is_as_good_as_random);
  g_test_add_func ("/hash/key-carries-the-hash", test_key_carries_the_hash);

  return g_test_run ();
}
