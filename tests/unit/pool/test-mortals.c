/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/mortals.h"

#include "base/hash.h"

#define LENGTH 8

/* So many have some pairs with one hash of 32 bits: the chance of none is below 1e-40. */
#define N_TRIED 1000000

/* Sets @a and @b to two strings that a GHashTable cannot tell apart by their hash. */
static void
find_pair (char *a,
           char *b)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint i;

  for (i = 1; i <= N_TRIED; i++)
    {
      gpointer hash, other;

      g_snprintf (a, LENGTH + 1, "%08u", i);
      hash = GUINT_TO_POINTER ((guint) intern_hash_call (a, LENGTH, intern_secret_get ()));
      other = g_hash_table_lookup (seen, hash);
      if (other != NULL)
        {
          g_snprintf (b, LENGTH + 1, "%08u", GPOINTER_TO_UINT (other));
          return;
        }
      g_hash_table_insert (seen, hash, GUINT_TO_POINTER (i));
    }

  g_assert_not_reached ();
}

static void
test_one_hash (void)
{
  InternMortals *mortals = intern_mortals_new ();
  char a[LENGTH + 1], b[LENGTH + 1];

  g_test_summary ("Strings with one hash have rows of their own");
  find_pair (a, b);
  intern_mortals_add (mortals, a, LENGTH);
  intern_mortals_add (mortals, b, LENGTH);
  intern_mortals_add (mortals, a, LENGTH);
  g_assert_cmpuint (intern_mortals_count (mortals), ==, 2);
  g_assert_cmpuint (intern_mortals_get (mortals, 0)->id, !=, intern_mortals_get (mortals, 1)->id);

  intern_mortals_remove (mortals, a, LENGTH);
  g_assert_cmpuint (intern_mortals_commit (mortals), ==, 0);
  g_assert_cmpuint (intern_mortals_count (mortals), ==, 1);
  g_assert_cmpstr (intern_mortals_get (mortals, 0)->data, ==, b);
  intern_mortals_remove (mortals, a, LENGTH);
  g_assert_cmpuint (intern_mortals_commit (mortals), ==, 1);
  intern_mortals_free (mortals);
}

static void
test_listing (void)
{
  InternMortals *mortals = intern_mortals_new ();

  g_test_summary ("A listing keeps the rows that it names, and the others go; what is added is last");
  for (const char *c = "abcde"; *c != '\0'; c++)
    intern_mortals_add (mortals, c, 1);
  intern_mortals_begin_listing (mortals);
  for (const char *c = "adf"; *c != '\0'; c++)
    intern_mortals_add (mortals, c, 1);
  intern_mortals_end_listing (mortals);
  g_assert_cmpuint (intern_mortals_commit (mortals), ==, 1);
  g_assert_cmpuint (intern_mortals_count (mortals), ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (intern_mortals_get (mortals, i)->data[0], ==, "adf"[i]);
  g_assert_cmpuint (intern_mortals_commit (mortals), ==, 3);
  intern_mortals_free (mortals);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mortals/one-hash", test_one_hash);
  g_test_add_func ("/mortals/listing", test_listing);

  return g_test_run ();
}
