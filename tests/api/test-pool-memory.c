/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs calls that allocate as much as the caller or the pool demands, in processes with a memory limit. Each call is
 * retried with a slightly higher limit until it succeeds, so that each of its allocations fails once. */

#include <intern-glib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sanitizers.h"

#define N_STRINGS 10000
#define N_ATOMS 15000
#define STEP (32 * 1024)
/* More than any call here needs. */
#define PLENTY (64 * 1024 * 1024)
/* Left for an error and other small allocations. */
#define SMALL_CHANGE (STEP / 2)

typedef struct
{
  InternPool *pool;    /* (owned) N_STRINGS strings */
  GFile      *file;    /* (owned) */
  GBytes     *old;     /* (owned) the content of the file */
  GBytes     *shifted; /* (owned) the same at an odd address */
  GBytes     *text;    /* (owned) strings of the pool, each with a newline */
  guint32    *atoms;   /* (owned) N_ATOMS of them */
  gsize       n_atoms;
} World;

typedef gboolean (*Call) (World   *world,
                          GError **error);

/* Limits */

static rlim_t
get_address_space (void)
{
  g_autofree char *statm = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL));

  return g_ascii_strtoull (statm, NULL, 10) * (rlim_t) sysconf (_SC_PAGESIZE);
}

static gboolean
set_address_space (rlim_t size)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_AS, &limit) != 0)
    return FALSE;
  limit.rlim_cur = size;

  return setrlimit (RLIMIT_AS, &limit) == 0;
}

/* The C library has free blocks. Takes them all, so that later allocations need new memory. */
static gboolean
limit_memory (gsize n_more)
{
  void *small_change = g_malloc (SMALL_CHANGE);
  gboolean ok = set_address_space (get_address_space ());

  while (g_try_malloc (SMALL_CHANGE) != NULL)
    ;
  g_free (small_change);

  return ok && set_address_space (get_address_space () + n_more);
}

#define SUCCEEDED 0
#define NO_MEMORY 10
#define OTHER_ERROR 11

static G_NORETURN void
call_with_limit (Call   call,
                 World *world,
                 gsize  n_more)
{
  GError *error = NULL;
  gboolean ok;

  if (!limit_memory (n_more))
    _exit (OTHER_ERROR);

  ok = call (world, &error);
  if (ok == (error != NULL))
    _exit (OTHER_ERROR);
  if (ok)
    _exit (SUCCEEDED);
  _exit (g_error_matches (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG) ? NO_MEMORY : OTHER_ERROR);
}

static int
try_with_limit (Call   call,
                World *world,
                gsize  n_more)
{
  pid_t child;
  int status;

  fflush (stdout);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    call_with_limit (call, world, n_more);

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (!WIFEXITED (status))
    g_error ("With %" G_GSIZE_FORMAT " bytes more it ended by signal %d", n_more, WTERMSIG (status));

  return WEXITSTATUS (status);
}

/* Returns how many limits were too low. */
static guint
try_all_limits (Call   call,
                World *world)
{
  guint n_refused = 0;
  int status = NO_MEMORY;

  for (gsize n_more = 0; status == NO_MEMORY && n_more < PLENTY; n_more += STEP)
    {
      status = try_with_limit (call, world, n_more);
      n_refused += status == NO_MEMORY;
    }
  g_assert_cmpint (status, ==, SUCCEEDED);
  g_test_message ("%u limits were too low", n_refused);

  return n_refused;
}

/* Calls */

static gboolean
call_to_bytes (World   *world,
               GError **error)
{
  return intern_pool_to_bytes (world->pool, error) != NULL;
}

static gboolean
call_save (World   *world,
           GError **error)
{
  return intern_pool_save (world->pool, world->file, NULL, error);
}

static gboolean
call_open (World   *world,
           GError **error)
{
  return intern_pool_new_from_file (world->file, INTERN_SNAPSHOT_NONE, NULL, error) != NULL;
}

static gboolean
call_trust (World   *world,
            GError **error)
{
  return intern_pool_new_from_file (world->file, INTERN_SNAPSHOT_TRUSTED, NULL, error) != NULL;
}

/* Unaligned bytes are copied to an aligned address. */
static gboolean
call_open_bytes (World   *world,
                 GError **error)
{
  return intern_pool_new_from_bytes (world->shifted, error) != NULL;
}

static gboolean
call_decode (World   *world,
             GError **error)
{
  return intern_pool_decode (world->pool, world->atoms, world->n_atoms, error) != NULL;
}

static gboolean
call_decode_delimited (World   *world,
                       GError **error)
{
  g_autoptr (GBytes) atoms = g_bytes_new_static (world->atoms, world->n_atoms * sizeof *world->atoms);

  return intern_pool_decode_delimited (world->pool, atoms, '\n', error) != NULL;
}

static gboolean
call_encode_delimited (World   *world,
                       GError **error)
{
  return intern_pool_encode_delimited (world->pool, world->text, '\n', error) != NULL;
}

static gboolean
call_translate (World   *world,
                GError **error)
{
  gsize n_atoms;

  return intern_pool_translate (world->pool, world->pool, &n_atoms, error) != NULL;
}

static gboolean
call_load_stream (World   *world,
                  GError **error)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (world->text);

  return intern_pool_load_stream (world->pool, stream, '\n', NULL, NULL, NULL, NULL, error);
}

/* The world */

static GBytes *
shift (GBytes *bytes)
{
  const gsize size = g_bytes_get_size (bytes);
  char *copy = g_malloc (size + 1);
  g_autoptr (GBytes) with_one_more = g_bytes_new_take (copy, size + 1);

  memcpy (copy + 1, g_bytes_get_data (bytes, NULL), size);

  return g_bytes_new_from_bytes (with_one_more, 1, size);
}

static void
world_init (World    *world,
            gboolean  with_atoms)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("intern-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  world->file = g_file_new_for_path (path);
  world->pool = intern_pool_new ();
  world->atoms = g_new (guint32, N_ATOMS);
  world->n_atoms = with_atoms ? N_ATOMS : 0;
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_autofree char *string = g_strdup_printf ("string %u, which is longer than its number", i);

      if (with_atoms)
        intern_pool_atom_from_string (world->pool, string);
      else
        intern_pool_intern (world->pool, string);
      g_string_append_printf (text, "%s\n", string);
    }
  for (guint i = 0; i < N_ATOMS; i++)
    world->atoms[i] = 1 + i % N_STRINGS;
  world->text = g_string_free_to_bytes (g_steal_pointer (&text));
  g_assert_true (intern_pool_save (world->pool, world->file, NULL, NULL));
  world->old = g_file_load_bytes (world->file, NULL, NULL, NULL);
  world->shifted = shift (world->old);
}

static void
world_clear (World *world)
{
  g_file_delete (world->file, NULL, NULL);
  g_object_unref (world->file);
  g_object_unref (world->pool);
  g_bytes_unref (world->old);
  g_bytes_unref (world->shifted);
  g_bytes_unref (world->text);
  g_free (world->atoms);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

/* A pool over a snapshot; its strings have no atoms, so they are sorted. */
static void
world_init_sorted (World *world)
{
  world_init (world, FALSE);
  g_object_unref (world->pool);
  world->pool = intern_pool_new_from_bytes (world->old, NULL);
  intern_pool_atom_from_string (world->pool, "one more");
}

static void
assert_old_file (World *world)
{
  g_autoptr (GBytes) now = g_file_load_bytes (world->file, NULL, NULL, NULL);

  g_assert_true (g_bytes_equal (now, world->old));
}

/* Tests */

static void
test_snapshot (void)
{
  g_auto (World) world = { 0 };

  g_test_summary ("Too little memory for a snapshot is an error if strings have atoms");
  world_init (&world, TRUE);
  g_assert_cmpuint (try_all_limits (call_to_bytes, &world), >, 10);
}

static void
test_sorted_snapshot (void)
{
  g_auto (World) world = { 0 };

  g_test_summary ("Too little memory for a snapshot is an error if strings are sorted");
  world_init_sorted (&world);
  g_assert_cmpuint (try_all_limits (call_to_bytes, &world), >, 10);
}

static void
test_save (void)
{
  g_auto (World) world = { 0 };
  int status = NO_MEMORY;

  g_test_summary ("Too little memory for saving leaves the old file unchanged");
  world_init_sorted (&world);
  for (gsize n_more = 0; n_more < PLENTY && status == NO_MEMORY; n_more += STEP)
    {
      assert_old_file (&world);
      status = try_with_limit (call_save, &world, n_more);
    }
  g_assert_cmpint (status, ==, SUCCEEDED);
}

static void
test_open (void)
{
  g_auto (World) world = { 0 };

  g_test_summary ("Opening a snapshot that is larger than the memory is an error");
  world_init (&world, TRUE);
  g_assert_cmpuint (try_all_limits (call_open, &world), >, 10);
  g_assert_cmpuint (try_all_limits (call_trust, &world), >, 10);
  g_assert_cmpuint (try_all_limits (call_open_bytes, &world), >, 10);
}

static void
test_columns (void)
{
  g_auto (World) world = { 0 };

  g_test_summary ("Too little memory for encoding or decoding a column is an error");
  world_init (&world, TRUE);
  /* Fills the read cache of the pool, so that it does not grow later. */
  for (guint i = 0; i < 4; i++)
    g_assert_true (call_encode_delimited (&world, NULL));
  g_assert_cmpuint (try_all_limits (call_decode, &world), >, 10);
  g_assert_cmpuint (try_all_limits (call_decode_delimited, &world), >, 10);
  g_assert_cmpuint (try_all_limits (call_encode_delimited, &world), >, 0);
  g_assert_cmpuint (try_all_limits (call_translate, &world), >, 0);
  /* It allocates only one chunk, which is small with tiny sizes. */
  try_all_limits (call_load_stream, &world);
}

static void
test_more_atoms_than_addresses (void)
{
  const gsize numbers[] = { (gsize) 1 << (8 * sizeof (gsize) - 3), G_MAXSIZE / sizeof (gpointer), G_MAXSIZE };
  g_autoptr (InternPool) pool = intern_pool_new ();
  const guint32 atom = intern_pool_atom_from_string (pool, "oak");

  g_test_summary ("Decoding a list of any length does not abort the process");
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (intern_pool_decode (pool, &atom, numbers[i], &error));
      g_assert_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/memory/more-atoms-than-addresses", test_more_atoms_than_addresses);
  /* A sanitizer reserves all addresses. */
  if (!ON_OTHER_HEAP)
    {
      g_test_add_func ("/memory/too-little-for-a-snapshot", test_snapshot);
      g_test_add_func ("/memory/too-little-for-a-sorted-snapshot", test_sorted_snapshot);
      g_test_add_func ("/memory/too-little-for-saving", test_save);
      g_test_add_func ("/memory/too-little-for-opening", test_open);
      g_test_add_func ("/memory/too-little-for-columns", test_columns);
    }

  return g_test_run ();
}
