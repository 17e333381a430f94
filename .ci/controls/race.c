/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two threads, the library's own lock, and a fault that ThreadSanitizer must see, or none. */

#include <string.h>

#include "base/lock.h"

#define N_ROUNDS 1000

static InternLock lock;
static int guarded;
static char *published;
/* With these both threads count at the same time, even on a busy machine. Relaxed, so that they order nothing else. */
static int main_counts, writer_is_done;

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
static gpointer
publish (gpointer data)
{
  char *bytes = g_malloc (16);

  memset (bytes, 'x', 16);
  __atomic_store_n (&published, bytes, PUBLISH);
  while (!__atomic_load_n (&main_counts, __ATOMIC_RELAXED))
    g_thread_yield ();
  for (int i = 0; i < N_ROUNDS; i++)
    count ();
  __atomic_store_n (&writer_is_done, 1, __ATOMIC_RELAXED);

  return NULL;
}

int
main (void)
{
  const char *bytes;
  GThread *writer;
  int sum = 0;

  intern_lock_init (&lock);
  writer = g_thread_new (NULL, publish, NULL);
  while ((bytes = __atomic_load_n (&published, __ATOMIC_ACQUIRE)) == NULL)
    g_thread_yield ();
  for (int i = 0; i < N_ROUNDS || !__atomic_load_n (&writer_is_done, __ATOMIC_RELAXED); i++)
    {
      sum += i < N_ROUNDS ? bytes[i % 16] : 0;
      count ();
      __atomic_store_n (&main_counts, 1, __ATOMIC_RELAXED);
    }
  g_thread_join (writer);
  intern_lock_clear (&lock);
  g_free (published);

  return sum == 'x' * N_ROUNDS && guarded > 0 ? 0 : 1;
}
