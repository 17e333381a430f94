/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "base/fork.h"

#include <sys/wait.h>
#include <unistd.h>

#include "sanitizers.h"

typedef struct
{
  InternForkLink link;
  guint          n_locked;
  guint          n_unlocked;
} Member;

static void
lock_member (InternForkLink *link)
{
  ((Member *) link)->n_locked++;
}

static void
unlock_member (InternForkLink *link)
{
  ((Member *) link)->n_unlocked++;
}

/* Returns the exit status of a child that runs @check on @member. */
static int
fork_and_check (gboolean (*check) (Member *member),
                Member    *member)
{
  const pid_t pid = fork ();
  int status;

  if (pid == 0)
    _exit (check (member) ? 0 : 1);

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));

  return WEXITSTATUS (status);
}

static gboolean
is_unlocked_once (Member *member)
{
  return member->n_locked == 1 && member->n_unlocked == 1;
}

static void
test_members_are_locked_around_a_fork (void)
{
  Member member = { .n_locked = 0 };

  g_test_summary ("A fork takes each lock once before it and releases it once in parent and child");
  intern_fork_register (&member.link, lock_member, unlock_member);
  g_assert_cmpint (fork_and_check (is_unlocked_once, &member), ==, 0);
  g_assert_true (is_unlocked_once (&member));

  intern_fork_unregister (&member.link);
  g_assert_cmpint (fork_and_check (is_unlocked_once, &member), ==, 0);
  g_assert_true (is_unlocked_once (&member));
}

static gboolean
is_threaded_child (Member *member)
{
  return intern_fork_is_threaded_child ();
}

static gpointer
do_nothing (gpointer data)
{
  return data;
}

static void
test_child_knows_of_threads (void)
{
  g_test_summary ("A child knows whether its parent had other threads");
#ifdef HAVE_LIBC_SINGLE_THREADED
  if (ON_TSAN)
    {
      g_test_skip ("ThreadSanitizer runs a thread of its own");
      return;
    }

  if (g_test_subprocess ())
    {
      Member member = { .n_locked = 0 };

      intern_fork_register (&member.link, lock_member, unlock_member);
      g_assert_cmpint (fork_and_check (is_threaded_child, NULL), ==, 1);
      g_thread_join (g_thread_new ("other", do_nothing, NULL));
      g_assert_cmpint (fork_and_check (is_threaded_child, NULL), ==, 0);
      g_assert_false (intern_fork_is_threaded_child ());
      intern_fork_unregister (&member.link);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
#else
  g_test_skip ("This C library does not say how many threads there are");
#endif
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fork/members-are-locked-around-a-fork", test_members_are_locked_around_a_fork);
  g_test_add_func ("/fork/child-knows-of-threads", test_child_knows_of_threads);

  return g_test_run ();
}
