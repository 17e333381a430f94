/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two threads, the library's own lock, and a fault that ThreadSanitizer must see, or none. */

#include <string.h>

#include "intern-lock-private.h"

#define N_ROUNDS 1000

static InternLock lock;
static int guarded;
static char *published;

static void
count (void)
{
#ifdef CONTROL_OUTSIDE_LOCK
  guarded++;
#else
  intern_lock (&lock);
  guarded++;
  intern_unlock (&lock);
#endif
}

#ifdef CONTROL_PUBLISHED_RELAXED
# define PUBLISH __ATOMIC_RELAXED
#else
# define PUBLISH __ATOMIC_RELEASE
#endif

/* Bytes first, then the pointer to them: as an entry of a cache is published. */
static void
publish (void)
{
  char *bytes = g_malloc (16);
  char *nothing = NULL;

  memset (bytes, 'x', 16);
  if (!__atomic_compare_exchange_n (&published, &nothing, bytes, FALSE, PUBLISH, __ATOMIC_ACQUIRE))
    g_free (bytes);
}

static gpointer
work (gpointer data)
{
  int *sum = data;

  for (int i = 0; i < N_ROUNDS; i++)
    {
      const char *bytes = __atomic_load_n (&published, __ATOMIC_ACQUIRE);

      if (bytes != NULL)
        *sum += bytes[i % 16];
      else
        publish ();
      count ();
    }

  return NULL;
}

int
main (void)
{
  GThread *threads[2];
  int sums[2] = { 0, 0 };

  intern_lock_init (&lock);
  for (int i = 0; i < 2; i++)
    threads[i] = g_thread_new (NULL, work, &sums[i]);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  intern_lock_clear (&lock);
  g_free (published);

  return sums[0] + sums[1] > 0 ? 0 : 1;
}
