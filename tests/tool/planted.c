/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program whose heap has a known number of copies: planted MODE [N]. What it prints is "ready", and its exit status
 * is 3 where MODE does not say otherwise. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profile/format.h"

#define N_DISTINCT 10
#define N_THREADS 4

static char **strings;

static __attribute__ ((noinline)) char *
plant_one (int number)
{
  char text[64];

  snprintf (text, sizeof text, "the planted string number %02d", number % N_DISTINCT);

  return strdup (text);
}

static void
plant_short (int n)
{
  strings = calloc ((size_t) n + 1, sizeof *strings);
  for (int i = 0; i < n; i++)
    strings[i] = strdup ("of 15 character");
}

static void
plant (int n)
{
  strings = calloc ((size_t) n + 1, sizeof *strings);
  for (int i = 0; i < n; i++)
    strings[i] = plant_one (i);
}

static void *
plant_cb (void *data)
{
  const int n = *(int *) data;
  char **own = calloc ((size_t) n, sizeof *own);

  for (int i = 0; i < n; i++)
    {
      /* Others come and go meanwhile. */
      free (plant_one (i));
      own[i] = plant_one (i);
    }

  return own;
}

static void
plant_in_threads (int n)
{
  pthread_t threads[N_THREADS];
  int each = n / N_THREADS;

  for (int i = 0; i < N_THREADS; i++)
    pthread_create (&threads[i], NULL, plant_cb, &each);
  for (int i = 0; i < N_THREADS; i++)
    pthread_join (threads[i], NULL);
}

static void
grow (int n)
{
  strings = NULL;
  for (int i = 0; i < n; i++)
    {
      strings = realloc (strings, ((size_t) i + 1) * sizeof *strings);
      strings[i] = malloc (16);
      strcpy (strings[i], "short");
      strings[i] = realloc (strings[i], 64);
      memset (strings[i], 'x', 63);
      strings[i][63] = '\0';
    }
}

/* Many calls of itself, so that there are more ways to the same call than the profiler can number. */
static __attribute__ ((noinline)) void
take_way (unsigned way,
          int      depth)
{
  static int n_planted;

  if (depth == 0)
    {
      strings[n_planted] = plant_one (n_planted);
      n_planted++;
      return;
    }
  switch (way % 16)
    {
    case 0:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 0");
      break;
    case 1:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 1");
      break;
    case 2:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 2");
      break;
    case 3:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 3");
      break;
    case 4:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 4");
      break;
    case 5:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 5");
      break;
    case 6:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 6");
      break;
    case 7:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 7");
      break;
    case 8:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 8");
      break;
    case 9:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 9");
      break;
    case 10:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 10");
      break;
    case 11:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 11");
      break;
    case 12:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 12");
      break;
    case 13:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 13");
      break;
    case 14:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 14");
      break;
    default:
      take_way (way / 16, depth - 1);
      __asm__ volatile ("# 15");
      break;
    }
}

static __attribute__ ((noinline)) char *
plant_late (void)
{
  return strdup ("a string that was made late");
}

static char *late[1000];

static void
plant_everywhere (int n)
{
  strings = calloc ((size_t) n + 1, sizeof *strings);
  for (int i = 0; i < n; i++)
    take_way ((unsigned) i, 5);
  for (int i = 0; i < 1000; i++)
    late[i] = plant_late ();
}

static void
plant_others (int n)
{
  strings = calloc ((size_t) n, sizeof *strings);
  for (int i = 0; i < n; i++)
    {
      void **object = calloc (4, sizeof *object);

      object[0] = object;
      strings[i] = (char *) object;
    }
}

/* What the heap has for a planted string, with the word before it. */
static void
show_block (void)
{
  char *string = plant_one (0);

  printf ("%zu\n", malloc_usable_size (string) + sizeof (size_t));
  free (string);
}

/* Returns what the profiler in this process shares with the tool. */
static ProfileShared *
find_shared (void)
{
  FILE *maps = fopen ("/proc/self/maps", "r");
  void *shared = NULL;
  char line[512];

  while (shared == NULL && fgets (line, sizeof line, maps) != NULL)
    if (strstr (line, "/" PROFILE_SHARED "\n") != NULL)
      sscanf (line, "%p", &shared);
  fclose (maps);

  return shared;
}

/* No look is under way when this returns, and the next on the way up is not due for hours: the last seems to have taken
 * so long. */
static void
put_off_looks (void)
{
  ProfileShared *shared = find_shared ();

  if (shared == NULL)
    exit (4);
  while (__atomic_load_n (&shared->n_ended, __ATOMIC_ACQUIRE) != shared->n_begun)
    usleep (1000);
  shared->last_took = UINT32_MAX;
}

/* All is freed again. A look may come on the way to the first half, and otherwise only when the peak is over. */
static void
rise_and_fall (int n)
{
  strings = calloc ((size_t) n + 1, sizeof *strings);
  for (int i = 0; i < n; i++)
    {
      if (i == n / 2)
        put_off_looks ();
      strings[i] = plant_one (i);
    }
  for (int i = 0; i < n; i++)
    free (strings[i]);
}

static int
run_child (int  n,
           int  execs,
           char *self)
{
  const pid_t pid = fork ();
  char number[16];
  int status;

  if (pid == 0)
    {
      snprintf (number, sizeof number, "%d", n);
      if (execs)
        execl (self, self, "plain", number, NULL);
      plant (n);
      exit (3);
    }
  waitpid (pid, &status, 0);

  return WEXITSTATUS (status);
}

/* What a plugin needs is not known to the program. */
static void
run_plugin (const char *path,
            int         n)
{
  void *plugin = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  void (*ask) (int) = (void (*) (int)) dlsym (plugin, "ask_interners");

  ask (n);
}

/* The same while libraries come and go. */
static __attribute__ ((noreturn)) void
load_to_the_end (void)
{
  for (;;)
    dlclose (dlopen ("libm.so.6", RTLD_NOW));
}

static __attribute__ ((noreturn)) void
end_cb (int signal_number)
{
  _exit (4);
}

/* Ends after @n microseconds, in the midst of malloc() and free(), or of dlopen() and dlclose(). */
static __attribute__ ((noreturn)) void
end_in_handler (int n,
                int loads)
{
  const struct itimerval timer = { .it_value = { .tv_usec = n } };

  signal (SIGALRM, end_cb);
  setitimer (ITIMER_REAL, &timer, NULL);
  if (loads)
    load_to_the_end ();
  for (;;)
    {
      char *some[16];

      for (size_t i = 0; i < 16; i++)
        some[i] = plant_one ((int) i);
      for (size_t i = 0; i < 16; i++)
        free (some[i]);
    }
}

/* The process ends when this thread does. */
static __attribute__ ((noreturn)) void
end_with_thread (int n)
{
  static int each;
  pthread_t thread;

  each = n;
  pthread_create (&thread, NULL, plant_cb, &each);
  pthread_exit (NULL);
}

/* From here on the process has no right to what root has opened. */
static void
leave_and_plant (int n)
{
  if (setgid (65534) != 0 || setuid (65534) != 0)
    abort ();
  plant (n);
}

/* What a program may see of the profiler. */
static void
show_surroundings (void)
{
  int status;

  for (char **entry = environ; *entry != NULL; entry++)
    puts (*entry);
  printf ("%d descriptors, %d children\n", dup (0), waitpid (-1, &status, WNOHANG));
}

int
main (int    argc,
      char **argv)
{
  const char *mode = argc > 1 ? argv[1] : "plain";
  const int n = argc > 2 ? atoi (argv[2]) : 0;

  puts ("ready");
  fflush (stdout);
  if (strcmp (mode, "threads") == 0)
    plant_in_threads (n);
  else if (strcmp (mode, "grow") == 0)
    grow (n);
  else if (strcmp (mode, "short") == 0)
    plant_short (n);
  else if (strcmp (mode, "everywhere") == 0)
    plant_everywhere (n);
  else if (strcmp (mode, "fall") == 0)
    rise_and_fall (n);
  else if (strcmp (mode, "others") == 0)
    plant_others (n);
  else if (strcmp (mode, "fork") == 0 || strcmp (mode, "spawn") == 0)
    return run_child (n, mode[0] == 's', argv[0]);
  else if (strcmp (mode, "exec") == 0)
    execl (argv[0], argv[0], "plain", argv[2], NULL);
  else if (strcmp (mode, "plugin") == 0)
    run_plugin (argv[3], n);
  else if (strcmp (mode, "arguments") == 0)
    puts (argv[2]);
  else if (strcmp (mode, "block") == 0)
    show_block ();
  else if (strcmp (mode, "surroundings") == 0)
    show_surroundings ();
  else if (strstr (mode, "handler") == NULL)
    plant (n);

  if (strcmp (mode, "success") == 0)
    return 0;
  if (strcmp (mode, "handler") == 0 || strcmp (mode, "loading-handler") == 0)
    end_in_handler (n, mode[0] == 'l');
  if (strcmp (mode, "last-thread") == 0)
    end_with_thread (n);
  if (strcmp (mode, "leave") == 0)
    leave_and_plant (n);
  if (strcmp (mode, "_exit") == 0)
    _exit (4);
  if (strcmp (mode, "abort") == 0)
    abort ();
  if (strcmp (mode, "kill") == 0)
    kill (getpid (), SIGTERM);
  if (strcmp (mode, "dlopen") == 0)
    dlclose (dlopen ("libm.so.6", RTLD_NOW));
  if (strcmp (mode, "wait") == 0)
    for (int i = 0; i < 500; i++)
      {
        free (plant_one (i));
        usleep (10000);
      }

  return 3;
}
