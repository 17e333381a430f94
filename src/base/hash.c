/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
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

static gboolean
fill_from_kernel (guint8 *buffer,
                  gsize   size)
{
#ifdef HAVE_GETRANDOM
  gsize filled = 0;

  while (filled < size)
    {
      /* Not blocking: early at boot, or where the call is missing or forbidden, the device below
       * answers at once. */
      ssize_t n = getrandom (buffer + filled, size - filled, GRND_NONBLOCK);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      filled += (gsize) n;
    }

  return TRUE;
#else
  return FALSE;
#endif
}

static gboolean
fill_from_device (guint8 *buffer,
                  gsize   size)
{
  gsize filled = 0;
  int fd;

  do
    fd = open ("/dev/urandom", O_RDONLY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);

  if (fd < 0)
    return FALSE;

  while (filled < size)
    {
      ssize_t n = read (fd, buffer + filled, size - filled);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      filled += (gsize) n;
    }

  close (fd);

  return filled == size;
}

/* Fills @buffer with random bytes of the operating system. Never with anything guessable: no
 * clock, no process number, no address. Returns %FALSE where the system has none to give. */
gboolean
intern_secret_fill (guint8 *buffer,
                    gsize   size)
{
  return fill_from_kernel (buffer, size) || fill_from_device (buffer, size);
}

/* Returns the secret of this process, made on first use, or %NULL where the system has no random
 * bytes. A forked child keeps the secret of its parent, whose tables it has inherited. */
const guint8 *
intern_secret_get (void)
{
  static _Alignas (64) guint8 secret[INTERN_SECRET_SIZE];
  static const guint8 *published;
  static gsize tried;

  if (g_once_init_enter (&tried))
    {
      if (intern_secret_fill (secret, sizeof secret))
        /* Release: pairs with the acquire below. GLib's own once would do, but a race detector
         * cannot see into it. */
        __atomic_store_n (&published, secret, __ATOMIC_RELEASE);
      g_once_init_leave (&tried, 1);
    }

  return __atomic_load_n (&published, __ATOMIC_ACQUIRE);
}
