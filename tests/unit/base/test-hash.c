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

/* How often each bit of the hash changes when one bit of @data does, of @n_tries random strings. */
static void
count_changes (gsize length,
               gsize bit,
               guint n_tries,
               guint counts[64])
{
  g_autofree guint8 *data = g_malloc0 (length);

  for (guint i = 0; i < n_tries; i++)
    {
      guint64 before, changed;

      for (gsize j = 0; j < length; j++)
        data[j] = (guint8) g_test_rand_int ();
      before = intern_hash_call (data, length, intern_secret_get ());
      data[bit / 8] ^= (guint8) (1 << bit % 8);
      changed = before ^ intern_hash_call (data, length, intern_secret_get ());
      for (guint j = 0; j < 64; j++)
        counts[j] += (guint) (changed >> j & 1);
    }
}

static void
test_each_bit_changes_half_of_the_hash (void)
{
  /* One of each form that the hash has; there are too few strings of one byte. */
  static const gsize lengths[] = { 3, 4, 8, 12, 16, 24, 100, 200, 300 };
  const guint n_tries = g_test_slow () ? 100000 : 10000;
  /* Eight deviations, each half of the root of the tries; with -m slow that is 1.3 of 100. */
  const double most = g_test_slow () ? 1265 : 400;

  g_test_summary ("One bit of a string changes each bit of its hash half of the time");
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (guint part = 0; part < 3; part++)
      {
        const gsize bit = part * (8 * lengths[i] - 1) / 2;
        guint counts[64] = { 0 };

        count_changes (lengths[i], bit, n_tries, counts);
        for (guint j = 0; j < 64; j++)
          g_assert_cmpfloat_with_epsilon (counts[j], n_tries / 2.0, most);
      }
}

/* A generator that is faster than GLib's: the secret of each try is new. */
static guint64
next_random (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);

  return z ^ z >> 31;
}

#define PAIR_LENGTH 32

/* Two texts, of which the second has the complements of the first two words. */
static void
make_pair (guint64 word,
           guint64 pair[2][PAIR_LENGTH / 8])
{
  memset (pair, 'x', 2 * PAIR_LENGTH);
  pair[0][0] = pair[1][1] = word;
  pair[0][1] = pair[1][0] = ~word;
}

static gboolean
collide (guint64        pair[2][PAIR_LENGTH / 8],
         const guint64 *secret)
{
  return intern_hash (pair[0], PAIR_LENGTH, (const guint8 *) secret) ==
         intern_hash (pair[1], PAIR_LENGTH, (const guint8 *) secret);
}

static void
test_published_pairs_rarely_collide (void)
{
  const guint n_tries = 1 << (g_test_slow () ? 30 : 20);
  guint64 secret[INTERN_SECRET_SIZE / 8] = { 0 };
  guint64 pair[2][PAIR_LENGTH / 8];
  guint64 state;
  guint n_collisions = 0;

  g_test_summary ("The pairs of https://github.com/Cyan4973/xxHash/issues/1127 collide once in 2^26 random secrets");
  g_assert_true (intern_secret_fill ((guint8 *) &state, sizeof state));
  g_test_message ("The first state is %" G_GUINT64_FORMAT, state);
  for (guint i = 0; i < n_tries; i++)
    {
      make_pair (next_random (&state), pair);
      /* What a text of this length uses of the secret. */
      for (guint j = 0; j < PAIR_LENGTH / 8; j++)
        secret[j] = next_random (&state);
      n_collisions += collide (pair, secret);
    }
  g_test_message ("%u of %u collide", n_collisions, n_tries);
  /* Of 2^30, 14 are expected. */
  g_assert_cmpuint (n_collisions, <=, g_test_slow () ? 40 : 2);

  /* A control: with such a secret each pair does. */
  secret[1] = secret[0];
  g_assert_true (collide (pair, secret));
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
  g_test_add_func ("/hash/each-bit-changes-half-of-the-hash", test_each_bit_changes_half_of_the_hash);
  g_test_add_func ("/hash/published-pairs-rarely-collide", test_published_pairs_rarely_collide);
  g_test_add_func ("/hash/key-carries-the-hash", test_key_carries_the_hash);

  return g_test_run ();
}
