/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target without a fuzzing engine: on each file in the folders given as arguments, then on
 * random inputs of a fixed seed. Prints TAP; after a crash the plan is missing. */

#include "config.h"

#include "fuzz.h"

#include <glib.h>

#define N_ROUNDS 20
#define INPUTS_A_ROUND 100
#define MAX_LENGTH 2048

static guint n_tests;

static void
run_file (const char *folder,
          const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!g_file_get_contents (path, &data, &length, &error))
    g_error ("%s", error->message);

  LLVMFuzzerTestOneInput ((const uint8_t *) data, length);
  g_print ("ok %u - %s\n", ++n_tests, name);
}

static guint
run_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  const char *name;
  guint n_files = 0;

  if (folder == NULL)
    g_error ("%s", error->message);

  for (name = g_dir_read_name (folder); name != NULL; name = g_dir_read_name (folder))
    {
      run_file (path, name);
      n_files++;
    }

  return n_files;
}

/* Each round has a fixed seed, so that a failure can be repeated. */
static void
run_round (guint round)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (round);

  for (guint i = 0; i < INPUTS_A_ROUND; i++)
    {
      gsize length = (gsize) g_rand_int_range (random, 0, MAX_LENGTH);
      g_autofree uint8_t *data = g_malloc (length + 1);

      for (gsize j = 0; j < length; j++)
        data[j] = (uint8_t) g_rand_int (random);
      LLVMFuzzerTestOneInput (data, length);
    }
  g_print ("ok %u - %u random inputs, seed %u\n", ++n_tests, INPUTS_A_ROUND, round);
}

int
main (int    argc,
      char **argv)
{
  for (int i = 1; i < argc; i++)
    if (run_folder (argv[i]) == 0)
      g_error ("%s is empty", argv[i]);

  for (guint round = 0; round < N_ROUNDS; round++)
    run_round (round);

  g_print ("1..%u\n", n_tests);

  return 0;
}
