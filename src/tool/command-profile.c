/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* intern-pool profile: runs a command with the preloaded library, which says what is in its heap, and reports what
 * interning would do for it. The format of what they say is in profile/format.h. */

#define _GNU_SOURCE /* ppoll(), accept4(), and ElfW() */

#include "config.h"

#include "profile.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "terminal.h"

#define LIBRARY "libintern-profile.so"
#define BACKLOG 64
#define PATIENCE (10 * G_USEC_PER_SEC) /* for a look that was begun and does not come */

typedef struct
{
  const Options *options;
  char          *program;  /* (owned) the file of the command */
  char          *folder;   /* (owned) (nullable) what is shared with the library */
  ProfileShared *shared;
  int            listener; /* the socket, or -1 */
  GPtrArray     *looks;    /* (owned) (element-type Look) */
  Look          *largest;  /* (unowned) (nullable) the only one that is whole */
  guint          n_cut;    /* looks that have ended too early */
  pid_t          pid;
  int            status;   /* of the command, from wait() */
} Profile;

static volatile sig_atomic_t wanted, ending; /* a look; the number of a signal for the command, or 0 */

static Status
give_up (Status      status,
         const char *name,
         const char *message)
{
  g_autofree char *shown = g_filename_display_name (name);

  complain ("%s: %s", shown, message);

  return status;
}

/* The command */

/* Returns whether the header of @data says that a program is for the machine of this one, and which kind. */
static gboolean
is_like_this (const ElfW (Ehdr) *header)
{
  g_autofree char *own = NULL;
  const ElfW (Ehdr) *other;
  gsize length = 0;

  if (!g_file_get_contents ("/proc/self/exe", &own, &length, NULL) || length < sizeof *header)
    return TRUE;

  other = (const ElfW (Ehdr) *) (gpointer) own;

  return header->e_machine == other->e_machine && header->e_ident[EI_CLASS] == other->e_ident[EI_CLASS];
}

static gboolean
has_interpreter (const char *data,
                 gsize       length)
{
  const ElfW (Ehdr) *header = (const ElfW (Ehdr) *) (gconstpointer) data;
  const gsize n_there = header->e_phoff > length ? 0 : (length - (gsize) header->e_phoff) / sizeof (ElfW (Phdr));

  for (gsize i = 0; i < MIN (header->e_phnum, n_there); i++)
    {
      ElfW (Phdr) segment;

      /* The headers need not be aligned. */
      memcpy (&segment, data + header->e_phoff + i * sizeof segment, sizeof segment);
      if (segment.p_type == PT_INTERP)
        return TRUE;
    }

  return FALSE;
}

/* Returns why the library cannot be loaded into the program @path, or NULL. A script is not looked at. */
static const char *
find_obstacle (const char *path)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  const char *data = file != NULL ? g_mapped_file_get_contents (file) : NULL;
  const gsize length = file != NULL ? g_mapped_file_get_length (file) : 0;
  struct stat status;

  if (stat (path, &status) == 0 && (((status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid ()) ||
                                    ((status.st_mode & S_ISGID) != 0 && status.st_gid != getegid ())))
    return "It runs as another user or group (setuid, setgid), into which no library can be loaded: "
           "profile a copy without these bits";
  if (geteuid () != 0 && getxattr (path, "security.capability", NULL, 0) > 0)
    return "It has capabilities, and no library can be loaded into it: profile a copy without them";
  if (length < sizeof (ElfW (Ehdr)) || memcmp (data, ELFMAG, SELFMAG) != 0)
    return NULL;
  if (!is_like_this ((const ElfW (Ehdr) *) (gconstpointer) data))
    return "It is made for another kind of processor than intern-pool";
  if (!has_interpreter (data, length))
    return "It is linked statically, and no library can be loaded into it: link it dynamically";

  return NULL;
}

/* Returns STATUS_SUCCESS if the command can be run. */
static Status
find_command_file (Profile *self)
{
  const char *name = self->options->files[0];
  const char *obstacle;

  self->program = strchr (name, '/') != NULL ? g_strdup (name) : g_find_program_in_path (name);
  if (self->program == NULL || access (self->program, F_OK) != 0)
    return give_up (STATUS_NOT_FOUND, name, "There is no such command");
  /* Opening a pipe would wait for a writer. */
  if (access (self->program, X_OK) != 0 || !g_file_test (self->program, G_FILE_TEST_IS_REGULAR))
    return give_up (STATUS_NOT_RUN, name, "It cannot be run");
  obstacle = find_obstacle (self->program);

  return obstacle == NULL ? STATUS_SUCCESS : give_up (STATUS_NOT_RUN, name, obstacle);
}

/* What is shared with the library */

/* Returns the library of the build folder, where that runs, or the installed one. */
static char *
find_library (void)
{
  /* The test programs of the tool are in another folder. The folder of an installation may have been moved. */
  static const char *const folders[] = { "../profile", "../../src/profile", ("../" PROFILE_FOLDER) };
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *own_folder = own != NULL ? g_path_get_dirname (own) : NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (folders) && own_folder != NULL; i++)
    {
      g_autofree char *library = g_build_filename (own_folder, folders[i], LIBRARY, NULL);

      if (access (library, R_OK) == 0)
        return g_steal_pointer (&library);
    }

  return g_strdup (PROFILE_LIBRARY);
}

static gboolean
share_memory (Profile *self)
{
  g_autofree char *path = g_build_filename (self->folder, PROFILE_SHARED, NULL);
  const int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    return FALSE;
  if (ftruncate (fd, sizeof *self->shared) == 0)
    self->shared = mmap (NULL, sizeof *self->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close (fd);
  if (self->shared == NULL || self->shared == MAP_FAILED)
    return FALSE;

  self->shared->follow = (guint32) self->options->follow;
  self->shared->sets_slice = g_getenv ("G_SLICE") == NULL;

  return TRUE;
}

static gboolean
listen_to_looks (Profile *self)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  g_autofree char *path = g_build_filename (self->folder, PROFILE_SOCKET, NULL);

  if (g_strlcpy (name.sun_path, path, sizeof name.sun_path) >= sizeof name.sun_path)
    {
      errno = ENAMETOOLONG;
      return FALSE;
    }
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  return self->listener >= 0 && bind (self->listener, (const struct sockaddr *) &name, sizeof name) == 0 &&
         listen (self->listener, BACKLOG) == 0;
}

/* The dynamic linker splits LD_PRELOAD at spaces and colons, so the library gets a name without. */
static gboolean
link_library (Profile *self)
{
  g_autofree char *library = find_library ();
  g_autofree char *link = g_build_filename (self->folder, LIBRARY, NULL);

  return access (library, R_OK) == 0 && symlink (library, link) == 0;
}

static Status
share (Profile *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *made = NULL;

  made = g_dir_make_tmp ("intern-pool-XXXXXX", &error);
  if (made == NULL)
    {
      complain ("%s", error->message);
      return STATUS_PROFILER;
    }
  /* The command may go to another folder before it runs a program. */
  self->folder = g_canonicalize_filename (made, NULL);
  if (strpbrk (self->folder, " :") != NULL)
    return give_up (STATUS_PROFILER, self->folder, "Name a folder without spaces and colons in TMPDIR");
  if (!share_memory (self) || !listen_to_looks (self))
    return give_up (STATUS_PROFILER, self->folder, g_strerror (errno));
  if (!link_library (self))
    return give_up (STATUS_PROFILER, LIBRARY, "It is not installed beside intern-pool");

  return STATUS_SUCCESS;
}

static void
profile_clear (Profile *self)
{
  static const char *const names[] = { PROFILE_SHARED, PROFILE_SOCKET, LIBRARY };

  for (gsize i = 0; i < G_N_ELEMENTS (names) && self->folder != NULL; i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);

      g_unlink (path);
    }
  if (self->folder != NULL)
    g_rmdir (self->folder);
  if (self->listener >= 0)
    close (self->listener);
  g_free (self->folder);
  g_free (self->program);
  g_ptr_array_unref (self->looks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Profile, profile_clear)

/* Running */

/* The terminal sends its signals to the command too; others come here alone. */
static void
signal_cb (int signal_number)
{
  if (signal_number == SIGUSR1)
    wanted = TRUE;
  else if (signal_number != SIGCHLD && signal_number != SIGINT && signal_number != SIGQUIT)
    ending = signal_number;
}

static const int signals[] = { SIGCHLD, SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1 };

/* The signals are taken while the tool waits, and only then. Those that were ignored stay so, for the command too. */
static void
catch_signals (sigset_t *caught,
               sigset_t *before)
{
  struct sigaction action = { .sa_handler = signal_cb };
  struct sigaction old;

  sigemptyset (caught);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (sigaction (signals[i], NULL, &old) == 0 && (old.sa_handler != SIG_IGN || signals[i] == SIGCHLD))
      {
        sigaction (signals[i], &action, NULL);
        sigaddset (caught, signals[i]);
      }
  sigprocmask (SIG_BLOCK, caught, before);
}

static char **
make_environment (Profile *self)
{
  g_autofree char *library = g_build_filename (self->folder, LIBRARY, NULL);
  const char *other = g_getenv ("LD_PRELOAD");
  g_autofree char *preload = g_strconcat (library, other != NULL ? ":" : NULL, other, NULL);
  char **env = g_environ_setenv (g_get_environ (), "LD_PRELOAD", preload, TRUE);

  env = g_environ_setenv (env, PROFILE_ENVIRONMENT, self->folder, TRUE);

  /* An older GLib hides strings in slices. */
  return g_environ_setenv (env, "G_SLICE", "always-malloc", FALSE);
}

static Status
spawn (Profile        *self,
       const sigset_t *caught,
       const sigset_t *before)
{
  g_auto (GStrv) env = make_environment (self);
  posix_spawnattr_t attributes;
  int code;

  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask (&attributes, before);
  posix_spawnattr_setsigdefault (&attributes, caught);
  /* The program of the path, which has been looked at, under the name that was given; a script may have no "#!". */
  code = posix_spawnp (&self->pid, self->program, NULL, &attributes, self->options->files, env);
  posix_spawnattr_destroy (&attributes);

  return code == 0 ? STATUS_SUCCESS : give_up (STATUS_NOT_RUN, self->options->files[0], g_strerror (code));
}

static void
add_look (Profile *self,
          int      fd)
{
  const gint64 start = g_get_monotonic_time ();
  Look *look = look_read (fd);

  self->shared->last_took = (guint32) (g_get_monotonic_time () - start);
  __atomic_add_fetch (&self->shared->n_ended, 1, __ATOMIC_RELEASE);
  if (look == NULL)
    {
      self->n_cut++;
      return;
    }

  look->took = self->shared->last_took;
  g_ptr_array_add (self->looks, look);
  if (self->largest != NULL && self->largest->begin.bytes > look->begin.bytes)
    {
      look_empty (look);
      return;
    }
  if (self->largest != NULL)
    look_empty (self->largest);
  self->largest = look;
}

/* Reads the looks that wait. */
static void
accept_looks (Profile *self)
{
  int fd;

  while ((fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    add_look (self, fd);
}

/* Returns how many looks have failed, or were cut short. */
static guint
n_missing (Profile *self)
{
  return self->n_cut + __atomic_load_n (&self->shared->n_failed, __ATOMIC_RELAXED);
}

static gboolean
all_have_come (Profile *self)
{
  return self->looks->len + n_missing (self) >= __atomic_load_n (&self->shared->n_begun, __ATOMIC_RELAXED);
}

static void
pass_on (Profile *self)
{
  const int signal_number = ending;

  if (signal_number != 0)
    {
      ending = 0;
      kill (self->pid, signal_number);
    }
  if (wanted)
    {
      wanted = FALSE;
      __atomic_add_fetch (&self->shared->n_requested, 1, __ATOMIC_RELAXED);
    }
}

/* Waits for a look, a signal or @until; no limit if that is 0. */
static void
wait_for_event (Profile        *self,
                gint64          until,
                const sigset_t *mask)
{
  struct pollfd look = { .fd = self->listener, .events = POLLIN };
  const gint64 left = until - g_get_monotonic_time ();
  const gint64 rest = MAX (left, 0);
  const struct timespec timeout = { (time_t) (rest / G_USEC_PER_SEC), (long) (rest % G_USEC_PER_SEC * 1000) };

  ppoll (&look, 1, until != 0 ? &timeout : NULL, mask);
}

/* Reads looks until the command has ended and all have come. */
static void
watch (Profile        *self,
       const sigset_t *mask)
{
  const gint64 period = (gint64) (self->options->every * G_USEC_PER_SEC);
  gint64 next = period > 0 ? g_get_monotonic_time () + period : 0;
  gint64 ended = 0;

  for (;;)
    {
      accept_looks (self);
      if (ended == 0 && waitpid (self->pid, &self->status, WNOHANG) == self->pid)
        {
          ended = g_get_monotonic_time ();
          next = ended + PATIENCE;
          continue;
        }
      if (ended != 0 && (all_have_come (self) || g_get_monotonic_time () >= next))
        return;
      if (ended == 0 && next != 0 && g_get_monotonic_time () >= next)
        {
          wanted = TRUE;
          next += period;
        }
      if (ended == 0)
        pass_on (self);
      /* A look that fails sends nothing. After the end, check for that again and again. */
      wait_for_event (self, ended == 0 ? next : MIN (next, g_get_monotonic_time () + G_USEC_PER_SEC / 50), mask);
    }
}

/* Reporting */

static const char *
why_no_look (Profile *self)
{
  if (self->shared->main_pid == 0)
    return "It did not load the profiler: it is linked statically, or changes its user or environment";
  if (n_missing (self) > 0)
    return "No look at its memory has come: it has changed its user, its groups or its root folder, or was stopped";

  return "It ended before there was a look at its memory: use --every, or let it end by itself";
}

static Status
write_report (Profile *self,
              Output  *output,
              Output  *chart)
{
  const gboolean colour = output == NULL && terminal_has_colour (self->options->color, STDERR_FILENO);
  g_autofree char *report = NULL;
  g_autoptr (GError) error = NULL;

  if (self->largest == NULL)
    return give_up (STATUS_PROFILER, self->options->files[0], why_no_look (self));

  report = profile_report (self->options, self->looks, n_missing (self), self->largest, colour, chart, &error);
  if (report != NULL && output != NULL)
    output_write (output, report, strlen (report));
  else if (report != NULL && (fputs (report, stderr) < 0 || fflush (stderr) != 0))
    return STATUS_PROFILER;
  if (report != NULL && output_finish_all (&error))
    return STATUS_SUCCESS;
  complain ("%s", error->message);

  return STATUS_PROFILER;
}

static Status
profile (Profile *self,
         Output  *output,
         Output  *chart)
{
  sigset_t caught, before;
  Status status = share (self), written;

  if (status != STATUS_SUCCESS)
    return status;

  catch_signals (&caught, &before);
  status = spawn (self, &caught, &before);
  if (status != STATUS_SUCCESS)
    return status;
  watch (self, &before);
  written = write_report (self, output, chart);

  /* As a shell has it. */
  status = (Status) (WIFSIGNALED (self->status) ? 128 + WTERMSIG (self->status) : WEXITSTATUS (self->status));

  return status != STATUS_SUCCESS ? status : written;
}

Status
run_profile (const Options *options)
{
  g_auto (Profile) self = { .options = options, .listener = -1 };
  g_autoptr (Output) output = NULL, chart = NULL;
  g_autoptr (GError) error = NULL;
  Status status;

  self.looks = g_ptr_array_new_with_free_func ((GDestroyNotify) look_free);
  status = find_command_file (&self);
  if (status != STATUS_SUCCESS)
    return status;
  if (options->output != NULL)
    output = output_new (options->output, options->force, &error);
  if (options->chart != NULL && error == NULL)
    chart = output_new (options->chart, options->force, &error);
  if (error != NULL)
    {
      complain ("%s", error->message);
      return STATUS_PROFILER;
    }

  return profile (&self, output, chart);
}
