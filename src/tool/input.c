/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <intern-glib.h>

#include "target.h"
#include "terminal.h"
#include "text.h"

/* Fixed, whatever the input; larger ones gain nothing and fall out of the cache. */
#define BUFFER_SIZE (128 * 1024)

static volatile sig_atomic_t interrupted;

static void
interrupt_cb (int signal_number)
{
  if (interrupted)
    target_end_program (signal_number);
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
  /* A program that is started with SIGINT ignored, as a shell does in the background, goes on ignoring it. */
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

/* Returns whether there is such a file, or standard input for "-". */
gboolean
input_stat (const char  *name,
            struct stat *status)
{
  return (is_standard_input (name) ? fstat (STDIN_FILENO, status) : stat (name, status)) == 0;
}

/* Returns how many bytes all of @names have together, or 0 if that is not known of one of them. */
guint64
input_get_size (char **names)
{
  guint64 size = 0;

  for (; *names != NULL; names++)
    {
      struct stat status;

      if (!input_stat (*names, &status) || !S_ISREG (status.st_mode))
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

/* Returns FALSE, for the caller to return. */
gboolean
input_prefix_error (const char  *name,
                    GError     **error)
{
  g_autofree char *shown = input_dup_name (name);

  g_prefix_error (error, "%s: ", shown);

  return FALSE;
}

static gboolean
set_error (const char  *name,
           int          code,
           GError     **error)
{
  g_set_error_literal (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), g_strerror (code));

  return input_prefix_error (name, error);
}

/* Returns TRUE at the end of the file, and if @func has enough. */
static gboolean
read_descriptor (int          fd,
                 const char  *name,
                 InputFunc    func,
                 gpointer     user_data,
                 GError     **error)
{
  char buffer[BUFFER_SIZE];
  g_autoptr (GError) failure = NULL;
  gssize n_read = 1;
  gboolean more = TRUE;

  while (more && n_read != 0 && !interrupted)
    {
      n_read = read (fd, buffer, sizeof buffer);
      if (n_read < 0 && errno != EINTR)
        return set_error (name, errno, error);
      if (n_read > 0)
        {
          progress_add ((gsize) n_read);
          more = func (buffer, (gsize) n_read, user_data, &failure);
        }
    }

  if (failure == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&failure));

  return input_prefix_error (name, error);
}

/* Gives all bytes of the file @name, or of standard input for "-", to @func. */
gboolean
input_read (const char  *name,
            InputFunc    func,
            gpointer     user_data,
            GError     **error)
{
  const int fd = is_standard_input (name) ? STDIN_FILENO : g_open (name, O_RDONLY | O_CLOEXEC, 0);
  const int code = errno;
  gboolean success = fd >= 0 ? read_descriptor (fd, name, func, user_data, error)
                             : interrupted || set_error (name, code, error);

  if (fd > STDIN_FILENO)
    g_close (fd, NULL);
  if (success && interrupted)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INTR, "Interrupted");
      return FALSE;
    }

  return success;
}

/* Strings */

#define MARK_SIZE 3 /* of the UTF-8 byte order mark, which is the longest */
#define MAX_TOLD 10 /* faults of one table */

typedef struct
{
  const char       *name;
  const TextFormat *format;
  Reading          *reading;
  Splitter         *splitter; /* (owned) (nullable) */
  Table            *table;    /* (owned) (nullable) */
  GString          *start;    /* (owned) (nullable) the text, as long as it is too short to tell its encoding */
  guint64           n_faults;
  InputFunc         func;
  gpointer          user_data;
  GError           *failure;  /* (owned) (nullable) of @func, or of the table */
  gboolean          more;     /* whether @func wants it */
} Text;

static void
text_clear (Text *self)
{
  g_clear_pointer (&self->splitter, splitter_free);
  g_clear_pointer (&self->table, table_free);
  if (self->start != NULL)
    g_string_free (self->start, TRUE);
  g_clear_error (&self->failure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Text, text_clear)

static void
string_cb (const char *data,
           gsize       length,
           gpointer    user_data)
{
  Text *self = user_data;

  if (self->more)
    self->more = self->func (data, length, self->user_data, &self->failure);
}

static void
tell (const Text *self,
      const char *message)
{
  g_autofree char *shown = input_dup_name (self->name);

  complain ("%s: %s", shown, message);
}

static void
fault_cb (char     *message,
          gboolean  is_error,
          gpointer  user_data)
{
  Text *self = user_data;

  if (self->more && is_error)
    {
      text_refuse (&self->failure, "%s", message);
      self->more = FALSE;
    }
  else if (self->more && ++self->n_faults <= MAX_TOLD)
    tell (self, message);
  g_free (message);
}

static void
push_text (Text       *self,
           const char *data,
           gsize       length)
{
  if (self->table != NULL)
    table_push (self->table, data, length);
  else
    splitter_push (self->splitter, data, length);
}

/* Lines may be any bytes, and come back as they were. Other strings would be no strings of the text. */
static void
tell_utf16 (Text *self)
{
  static const char refusal[] = "This is UTF-16: make it UTF-8 first, with iconv --from-code=UTF-16 --to-code=UTF-8";

  if (self->table != NULL || self->format->mode != SPLIT_LINES)
    fault_cb (g_strdup (refusal), TRUE, self);
  else
    tell (self, "This is UTF-16, whose bytes are taken as they are");
}

static void
push_start (Text *self)
{
  g_autoptr (GString) start = g_steal_pointer (&self->start);
  const gboolean marked = self->table != NULL && g_str_has_prefix (start->str, "\357\273\277");

  if (g_str_has_prefix (start->str, "\377\376") || g_str_has_prefix (start->str, "\376\377"))
    tell_utf16 (self);
  if (marked)
    g_string_erase (start, 0, MARK_SIZE);
  push_text (self, start->str, start->len);
}

static gboolean
text_cb (const char  *data,
         gsize        length,
         gpointer     user_data,
         GError     **error)
{
  Text *self = user_data;

  if (self->start == NULL)
    {
      push_text (self, data, length);
      return self->more;
    }

  g_string_append_len (self->start, data, (gssize) length);
  if (self->start->len >= MARK_SIZE)
    push_start (self);

  return self->more;
}

/* What an interrupt has cut in two is not a string of the input. */
static void
finish_text (Text *self)
{
  if (interrupted || !self->more)
    return;

  if (self->start != NULL)
    push_start (self);
  if (self->table != NULL)
    table_finish (self->table);
  else
    self->reading->cut = splitter_finish (self->splitter);

  if (self->n_faults > MAX_TOLD)
    {
      g_autofree char *count = text_dup_count (self->n_faults - MAX_TOLD, "more fault");

      tell (self, count);
    }
  self->reading->n_faults += self->n_faults;
}

/* Gives the strings of the file @name to @func, and adds to @reading what has been found. */
gboolean
input_read_text (const char        *name,
                 const TextFormat  *format,
                 Reading           *reading,
                 InputFunc          func,
                 gpointer           user_data,
                 GError           **error)
{
  g_auto (Text) self = {
    .name = name, .format = format, .reading = reading, .func = func, .user_data = user_data, .more = TRUE,
  };
  gboolean success;

  self.start = g_string_new (NULL);
  if (format->is_table)
    self.table = table_new (&format->table, reading, string_cb, fault_cb, &self);
  else
    self.splitter = splitter_new (format->mode, string_cb, &self);
  success = input_read (name, text_cb, &self, error);
  if (success)
    finish_text (&self);
  if (!success || self.failure == NULL)
    return success;

  g_propagate_error (error, g_steal_pointer (&self.failure));

  return input_prefix_error (name, error);
}

/* For a command that goes on without the values that are missing. */
void
input_tell_missing (const char    *name,
                    const Reading *reading)
{
  g_autofree char *shown = input_dup_name (name);

  if (reading->n_missing > 0)
    complain ("%s: Missing values: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, shown, reading->n_missing,
              reading->n_records);
}

/* Whole files */

typedef struct
{
  InputSizeFunc  get_size;
  guint64        size;     /* what it says, as long as that is not known G_MAXUINT64 */
  char          *data;     /* (owned) (nullable) */
  gsize          length;
  gsize          room;
} Load;

/* Twice the room whenever it is too small, but no more than the file will have. */
static gboolean
make_room (Load     *self,
           gsize     length,
           GError  **error)
{
  const gsize room = MAX (length, (gsize) MIN (self->size, 2 * (guint64) length));
  char *data;

  if (length <= self->room)
    return TRUE;

  data = g_try_realloc (self->data, room);
  if (data == NULL)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for more than %" G_GSIZE_FORMAT " bytes", self->length);
      return FALSE;
    }
  self->data = data;
  self->room = room;

  return TRUE;
}

static gboolean
load_cb (const char  *data,
         gsize        length,
         gpointer     user_data,
         GError     **error)
{
  Load *self = user_data;

  if (!make_room (self, self->length + length, error))
    return FALSE;

  memcpy (self->data + self->length, data, length);
  self->length += length;
  if (self->size == G_MAXUINT64)
    self->size = self->get_size (self->data, self->length);

  return self->length <= self->size;
}

/* Reads a file whose beginning says how long it is, and not much more of it than that: another file, and one that is
 * longer than it says, need not have an end. */
char *
input_load (const char     *name,
            InputSizeFunc   get_size,
            gsize          *length,
            GError        **error)
{
  Load self = { .get_size = get_size, .size = G_MAXUINT64 };
  const gboolean success = input_read (name, load_cb, &self, error);

  *length = self.length;
  if (success)
    return self.data != NULL ? self.data : g_strdup ("");

  g_free (self.data);

  return NULL;
}
