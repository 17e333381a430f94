/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the secret is made of when the system is slow, interrupts or has nothing to give. The functions of the C library
 * are replaced: the core is linked into this program. */

#include "config.h"

#include "base/hash.h"
#include "pool/pool.h"

#ifndef HAVE_GETRANDOM

int
main (int    argc,
      char **argv)
{
  g_print ("1..0 # SKIP the C library has no getrandom()\n");

  return 0;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef enum
{
  SOURCE_SHORT,       /* a few bytes for each call */
  SOURCE_INTERRUPTED, /* every other call; the others are short */
  SOURCE_BROKEN,      /* an error for each call */
  SOURCE_EMPTY,       /* no byte, and no error */
} Source;

/* More than any read returns: a buffer that is filled takes many. */
#define AT_MOST 5

static Source kernel, device;
static guint n_kernel, n_device, n_opened, n_closed; /* calls */
static guint n_interrupted_opens;                    /* that are still to come */
static guint n_from_kernel;                          /* calls after which it breaks, or 0 */
static gboolean no_device;
static int random_fd = -1;

static ssize_t
answer (Source  source,
        guint   n_calls,
        void   *buffer,
        size_t  size)
{
  if (source == SOURCE_EMPTY)
    return 0;
  if (source == SOURCE_BROKEN || (source == SOURCE_INTERRUPTED && n_calls % 2 == 1))
    {
      errno = source == SOURCE_BROKEN ? EIO : EINTR;
      return -1;
    }

  return syscall (SYS_getrandom, buffer, MIN (size, AT_MOST), 0);
}

ssize_t
getrandom (void         *buffer,
           size_t        size,
           unsigned int  flags)
{
  if (++n_kernel == n_from_kernel)
    kernel = SOURCE_BROKEN;

  return answer (kernel, n_kernel, buffer, size);
}

int
open (const char *path,
      int         flags,
      ...)
{
  mode_t mode = 0;
  va_list arguments;
  int fd;

  va_start (arguments, flags);
  if ((flags & O_CREAT) != 0)
    mode = va_arg (arguments, mode_t);
  va_end (arguments);

  if (strcmp (path, "/dev/urandom") == 0 && n_interrupted_opens > 0)
    {
      n_interrupted_opens--;
      errno = EINTR;
      return -1;
    }
  if (strcmp (path, "/dev/urandom") == 0 && no_device)
    {
      errno = ENOENT;
      return -1;
    }
  fd = (int) syscall (SYS_openat, AT_FDCWD, path, flags, mode);
  if (strcmp (path, "/dev/urandom") == 0)
    {
      random_fd = fd;
      n_opened++;
    }

  return fd;
}

ssize_t
read (int     fd,
      void   *buffer,
      size_t  size)
{
  return fd == random_fd ? answer (device, ++n_device, buffer, size) : syscall (SYS_read, fd, buffer, size);
}

int
close (int fd)
{
  if (fd == random_fd)
    {
      random_fd = -1;
      n_closed++;
    }

  return (int) syscall (SYS_close, fd);
}

static void
begin (Source from_kernel,
       Source from_device)
{
  kernel = from_kernel;
  device = from_device;
  n_kernel = n_device = n_opened = n_closed = 0;
}

/* Whether two secrets, made now, differ throughout: no part was left as it was. */
static void
check_secrets (void)
{
  guint8 secrets[2][INTERN_SECRET_SIZE] = { { 0 } };
  guint n_equal = 0;

  g_assert_true (intern_secret_fill (secrets[0], INTERN_SECRET_SIZE));
  g_assert_true (intern_secret_fill (secrets[1], INTERN_SECRET_SIZE));
  for (guint i = 0; i < INTERN_SECRET_SIZE; i++)
    n_equal += secrets[0][i] == secrets[1][i];
  /* As in test-hash.c. */
  g_assert_cmpuint (n_equal, <, 12);
}

static void
test_short_reads (void)
{
  g_test_summary ("A secret is whole although the kernel gives a few bytes at a time");
  begin (SOURCE_SHORT, SOURCE_BROKEN);
  check_secrets ();
  g_assert_cmpuint (n_kernel, >=, 2 * INTERN_SECRET_SIZE / AT_MOST);
  g_assert_cmpuint (n_opened, ==, 0);
}

static void
test_interrupted_reads (void)
{
  g_test_summary ("A secret is whole although signals interrupt the kernel");
  begin (SOURCE_INTERRUPTED, SOURCE_BROKEN);
  check_secrets ();
  g_assert_cmpuint (n_kernel, >=, 4 * INTERN_SECRET_SIZE / AT_MOST);
  g_assert_cmpuint (n_opened, ==, 0);
}

static void
test_device (void)
{
  g_test_summary ("Where the kernel refuses, a secret comes from the device, which is closed again");
  for (Source from_device = SOURCE_SHORT; from_device <= SOURCE_INTERRUPTED; from_device++)
    {
      begin (SOURCE_BROKEN, from_device);
      n_interrupted_opens = 3;
      check_secrets ();
      g_assert_cmpuint (n_interrupted_opens, ==, 0);
      g_assert_cmpuint (n_device, >=, 2 * INTERN_SECRET_SIZE / AT_MOST);
      g_assert_cmpuint (n_opened, ==, 2);
      g_assert_cmpuint (n_closed, ==, 2);
    }
}

static void
test_nothing (void)
{
  guint8 secret[INTERN_SECRET_SIZE];

  g_test_summary ("Without random bytes there is no secret, and none is made up");
  for (Source source = SOURCE_BROKEN; source <= SOURCE_EMPTY; source++)
    {
      begin (source, source);
      g_assert_false (intern_secret_fill (secret, sizeof secret));
      g_assert_cmpuint (n_kernel, ==, 1);
      g_assert_cmpuint (n_device, ==, 1);
      g_assert_cmpuint (n_closed, ==, 1);
      g_assert_null (intern_secret_new ());
    }
}

static void
test_no_secret_of_an_index (void)
{
  InternBlocks blocks;
  InternShard shard = { 0 };
  const char *strings[3 * INTERN_EQUAL_HASHES_MAX];

  g_test_summary ("Without random bytes an index where equal hashes meet keeps that of the process, and finds all");
  begin (SOURCE_BROKEN, SOURCE_BROKEN);
  intern_blocks_init (&blocks);
  intern_shard_init (&shard, &blocks);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
      {
        char text[16];
        const int length = g_snprintf (text, sizeof text, "%u", i);
        const InternKey key = { text, (gsize) length, 12345 };
        gboolean inserted = FALSE;
        const char *string = intern_shard_find_or_insert_locked (&shard, &key, INTERN_TO_KEEP, &inserted);

        g_assert_cmpint (inserted, ==, round == 0);
        if (round == 0)
          strings[i] = string;
        g_assert_true (string == strings[i]);
        g_assert_cmpstr (string, ==, text);
      }
  g_assert_false (intern_shard_has_secret_locked (&shard));
  g_assert_cmpuint (n_kernel, >=, 1);
  intern_shard_clear (&shard);
  intern_blocks_clear (&blocks);
  begin (SOURCE_SHORT, SOURCE_SHORT);
}

static void
test_no_device (void)
{
  guint8 secret[INTERN_SECRET_SIZE];

  g_test_summary ("Where the kernel refuses and there is no device, there is no secret");
  begin (SOURCE_BROKEN, SOURCE_SHORT);
  no_device = TRUE;
  g_assert_false (intern_secret_fill (secret, sizeof secret));
  g_assert_cmpuint (n_opened, ==, 0);
  g_assert_cmpuint (n_device, ==, 0);
  no_device = FALSE;
}

/* The process asks once. */
static void
have_no_secret (guint n_calls)
{
  begin (n_calls == 0 ? SOURCE_BROKEN : SOURCE_SHORT, SOURCE_BROKEN);
  n_from_kernel = n_calls;
  g_assert_null (intern_secret_get ());
  begin (SOURCE_SHORT, SOURCE_SHORT);
  g_assert_null (intern_secret_get ());
  g_assert_cmpuint (n_kernel, ==, 0);
}

static void
test_no_secret (gconstpointer data)
{
  g_test_summary ("A process without random bytes for all of its secret has none, and does not get one later");
  if (g_test_subprocess ())
    {
      have_no_secret (GPOINTER_TO_UINT (data));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

static void
test_no_pool (void)
{
  g_test_summary ("Without random bytes there is no pool: the process ends rather than use a hash that can be guessed");
  if (g_test_subprocess ())
    {
      begin (SOURCE_BROKEN, SOURCE_EMPTY);
      g_object_unref (intern_pool_new ());
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*no random bytes for the hash of a pool*");
}

int
main (int    argc,
      char **argv)
{
  kernel = SOURCE_SHORT;
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/random/short-reads", test_short_reads);
  g_test_add_func ("/random/interrupted-reads", test_interrupted_reads);
  g_test_add_func ("/random/device", test_device);
  g_test_add_func ("/random/nothing", test_nothing);
  g_test_add_func ("/random/no-secret-of-an-index", test_no_secret_of_an_index);
  g_test_add_func ("/random/no-device", test_no_device);
  g_test_add_data_func ("/random/no-secret/from-the-start", GUINT_TO_POINTER (0), test_no_secret);
  /* After the last part of the secret of the hash, before the number that spreads hashes. */
  g_test_add_data_func ("/random/no-secret/in-the-end",
                        GUINT_TO_POINTER ((INTERN_SECRET_SIZE + AT_MOST - 1) / AT_MOST + 1), test_no_secret);
  g_test_add_func ("/random/no-pool", test_no_pool);

  return g_test_run ();
}

#endif
