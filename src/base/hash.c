/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_GETRANDOM
# include <sys/random.h>
#endif

guint64
intern_hash_call (const void   *data,
                  gsize         length,
                  const guint8 *secret)
{
  return intern_hash (data, length, secret);
}

/* Reads random bytes from @fd, or from the kernel if that is -1. */
static gssize
read_random (int     fd,
             guint8 *buffer,
             gsize   size)
{
#ifdef HAVE_GETRANDOM
  /* GRND_NONBLOCK: where this fails, early at boot or in a sandbox, /dev/urandom answers at once. */
  if (fd < 0)
    return getrandom (buffer, size, GRND_NONBLOCK);
#endif

  return read (fd, buffer, size);
}

static gboolean
fill (int     fd,
      guint8 *buffer,
      gsize   size)
{
  gsize filled = 0;

  while (filled < size)
    {
      const gssize n = read_random (fd, buffer + filled, size - filled);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      filled += (gsize) n;
    }

  return TRUE;
}

/* Fills @buffer with random bytes of the operating system, never with a guessable clock, process number
 * or address. Returns FALSE where the system has none. */
gboolean
intern_secret_fill (guint8 *buffer,
                    gsize   size)
{
  gboolean filled;
  int fd;

  if (fill (-1, buffer, size))
    return TRUE;

  do
    fd = open ("/dev/urandom", O_RDONLY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return FALSE;

  filled = fill (fd, buffer, size);
  close (fd);

  return filled;
}

guint64 intern_hash_spread = 1;
const guint8 *intern_secret_published;

/* Returns the secret of this process, made on first use, or NULL where the system has no random bytes. A
 * forked child keeps the secret: it inherits the tables. */
const guint8 *
intern_secret_get (void)
{
  static _Alignas (64) guint8 secret[INTERN_SECRET_SIZE];
  static gsize tried;

  if (g_once_init_enter (&tried))
    {
      if (intern_secret_fill (secret, sizeof secret) &&
          intern_secret_fill ((guint8 *) &intern_hash_spread, sizeof intern_hash_spread))
        {
          intern_hash_spread |= 1;
          /* Release: pairs with the acquire in intern_secret_peek(). GLib's once suffices, but a race detector cannot
           * see into it. */
          __atomic_store_n (&intern_secret_published, secret, __ATOMIC_RELEASE);
        }
      g_once_init_leave (&tried, 1);
    }

  return intern_secret_peek ();
}

/* Returns a secret for one table, for g_free(), or NULL where the system has no random bytes. It differs from the
 * secret of the process even where those repeat, as in a cloned virtual machine. */
guint8 *
intern_secret_new (void)
{
  guint8 random[INTERN_SECRET_SIZE];
  guint8 *made;

  if (!intern_secret_fill (random, sizeof random))
    return NULL;

  made = g_malloc (INTERN_SECRET_SIZE);
  for (guint i = 0; i < INTERN_SECRET_SIZE; i += sizeof (guint64))
    {
      const guint64 part = intern_hash_call (&i, sizeof i, random);

      memcpy (made + i, &part, sizeof part);
    }

  return made;
}
