/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Comparing a string with a key while another thread writes to the header, between any two loads of it. */

#include "config.h"

#include "base/atomic.h"

static void between_loads (void);

/* The loads of what is included from here on. */
#define LOAD_AND_GO_ON(word, order) \
  ({ \
    const __auto_type value = __atomic_load_n ((word), (order)); \
    between_loads (); \
    value; \
  })
#undef intern_atomic_load_acquire
#undef intern_atomic_load_relaxed
#define intern_atomic_load_acquire(word) LOAD_AND_GO_ON (word, __ATOMIC_ACQUIRE)
#define intern_atomic_load_relaxed(word) LOAD_AND_GO_ON (word, __ATOMIC_RELAXED)

#include "storage/entry.h"

typedef struct
{
  InternHeader header;
  char         string[16];
} Room;

static Room room;
static guint n_until; /* loads before the other thread acts */

/* Another thread puts a permanent string there. */
static void
between_loads (void)
{
  if (n_until == 0 || --n_until > 0)
    return;

  memcpy (room.string, "other", 6);
  __atomic_store_n (&room.header.length, 5, __ATOMIC_RELEASE);
  __atomic_store_n (&room.header.state, INTERN_PERMANENT, __ATOMIC_RELEASE);
}

static void
test_room_comes_back (void)
{
  const InternKey empty = { "", 0, 0 };

  g_test_summary ("Room that was given back and gets a permanent string meanwhile is not the empty string");
  for (guint n = 1; n <= 4; n++)
    {
      memset (&room, 0, sizeof room);
      n_until = n;
      g_assert_false (intern_entry_equals (room.string, &empty));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/entry-race/room-comes-back", test_room_comes_back);

  return g_test_run ();
}
