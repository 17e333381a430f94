/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <intern-glib.h>

#include "temporary.h"

/* Fixed, whatever the input; larger ones gain nothing and fall out of the cache. */
#define BUFFER_SIZE (128 * 1024)

static volatile sig_atomic_t interrupted;

static void
interrupt_cb (int signal_number)
{
  if (interrupted)
    temporary_end_program (signal_number);
  interrupted = TRUE;
}

/* The first SIGINT ends the input, a second one the program. */
void
input_catch_interrupt (void)
{
  /* No SA_RESTART: read() has to return. */
  struct sigaction action = { .sa_handler = interrupt_cb };
  struct sigaction before;

  sigfillset (&action.sa_mask);
  /* Who starts a program with SIGINT ignored, as a shell does in the background, wants it so. */
  if (sigaction (SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction (SIGINT, &action, NULL);
}

gboolean
input_was_interrupted (void)
{
  return interrupted != 0;
}

static gboolean
is_standard_input (const char *name)
{
  return g_str_equal (name, "-");
}

/* Returns how many bytes all of @names have, or 0 when one of them cannot tell. */
guint64
input_get_size (char **names)
{
  guint64 size = 0;

  for (; *names != NULL; names++)
    {
      GStatBuf status;
      const int result = is_standard_input (*names) ? fstat (STDIN_FILENO, &status)
                                                    : g_stat (*names, &status);

      if (result != 0 || !S_ISREG (status.st_mode))
        return 0;

      size += (guint64) status.st_size;
    }

  return size;
}

char *
input_dup_name (const char *name)
{
  return is_standard_input (name) ? g_strdup ("standard input") : g_filename_display_name (name);
}

static gboolean
set_error (GError **error)
{
  const int code = errno;

  g_set_error_literal (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), g_strerror (code));

  return FALSE;
}

static gboolean
read_all (int        fd,
          InputFunc  func,
          gpointer   user_data,
          GError   **error)
{
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);

  while (!interrupted)
    {
      const gssize n_read = read (fd, buffer, BUFFER_SIZE);

      if (n_read < 0 && errno != EINTR)
        return set_error (error);
      if (n_read == 0 || (n_read > 0 && !func (buffer, (gsize) n_read, user_data)))
        return TRUE;
    }

  return TRUE;
}

static gboolean
read_file (const char  *name,
           InputFunc    func,
           gpointer     user_data,
           GError     **error)
{
  const int fd = g_open (name, O_RDONLY | O_CLOEXEC, 0);
  gboolean success;

  if (fd < 0)
    return interrupted || set_error (error);

  success = read_all (fd, func, user_data, error);
  g_close (fd, NULL);

  return success;
}

/* Gives all bytes of the file @name, or of standard input for "-", to @func. That this has had
 * enough, or an interrupt, is no error: it is an early end. */
gboolean
input_read (const char  *name,
            InputFunc    func,
            gpointer     user_data,
            GError     **error)
{
  return is_standard_input (name) ? read_all (STDIN_FILENO, func, user_data, error)
                                  : read_file (name, func, user_data, error);
}

typedef struct
{
  InputSizeFunc  get_size;
  char          *data;   /* (owned) (nullable) */
  gsize          length;
  gsize          room;
  gboolean       no_memory;
} Load;

/* Twice the room whenever it is too small, but no more than the file will have. */
static gboolean
make_room (Load    *self,
           gsize    length,
           guint64  size)
{
  const gsize room = MAX (length, (gsize) MIN (size, 2 * (guint64) length));
  char *data;

  if (length <= self->room)
    return TRUE;

  data = g_try_realloc (self->data, room);
  if (data == NULL)
    {
      self->no_memory = TRUE;
      return FALSE;
    }
  self->data = data;
  self->room = room;

  return TRUE;
}

static gboolean
load_cb (const char *data,
         gsize       length,
         gpointer    user_data)
{
  Load *self = user_data;
  const guint64 size = self->get_size (self->data, self->length);

  if (!make_room (self, self->length + length, size))
    return FALSE;

  memcpy (self->data + self->length, data, length);
  self->length += length;

  return self->length <= self->get_size (self->data, self->length);
}

/* Reads a file whose beginning says how long it is, and no more of it than that: what is not such a file, or is
 * longer than it says, need not be read to its end, which it may not have. Then @length is more than @get_size says. */
char *
input_load (const char     *name,
            InputSizeFunc   get_size,
            gsize          *length,
            GError        **error)
{
  Load self = { .get_size = get_size };
  gboolean success = input_read (name, load_cb, &self, error);

  if (self.no_memory)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for more than %" G_GSIZE_FORMAT " bytes", self.length);
      success = FALSE;
    }
  *length = self.length;
  if (success)
    return self.data != NULL ? self.data : g_strdup ("");

  g_free (self.data);

  return NULL;
}
