/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "snapshot-header.h"

#include <string.h>

#include <intern-glib.h>

#include "input.h"

/* Where the fields are */
enum
{
  FIELD_VERSION = 8,
  FIELD_BYTE_ORDER = 12,
  FIELD_FILE_SIZE = 16,
  FIELD_N_STRINGS = 24,
  FIELD_FIRST_ATOM = 28,
  FIELD_NEXT_ATOM = 32,
  FIELD_N_BUCKETS = 36,
  FIELD_MAX_PROBE = 40,
  FIELD_N_SECTIONS = 64,
  HEADER_SIZE = 96,
};

/* And in an entry of the table of sections */
enum
{
  FIELD_ID = 0,
  FIELD_SIZE = 16,
  SECTION_SIZE = 24,
};

#define VERSION 1
#define BYTE_ORDER_MARK 0x01020304u
#define SECTION_TEXT 4
#define MAX_SECTIONS 64

G_STATIC_ASSERT (HEADER_SIZE + MAX_SECTIONS * SECTION_SIZE <= SNAPSHOT_HEADER_MAX);

static const char magic[8] = { '\x89', 'I', 'S', 'N', '\r', '\n', '\x1a', '\n' };

static gboolean
set_failure (GError      **error,
      InternError   code,
      const char   *message)
{
  g_set_error_literal (error, INTERN_ERROR, (int) code, message);

  return FALSE;
}

static guint32
get_32 (const char *data,
        gsize       offset)
{
  guint32 number;

  memcpy (&number, data + offset, sizeof number);

  return GUINT32_FROM_LE (number);
}

static guint64
get_64 (const char *data,
        gsize       offset)
{
  guint64 number;

  memcpy (&number, data + offset, sizeof number);

  return GUINT64_FROM_LE (number);
}

static gboolean
begins (const char *data,
        gsize       length)
{
  return length == 0 || memcmp (data, magic, MIN (length, sizeof magic)) == 0;
}

/* An InputSizeFunc. What another version says of its length is not known. */
guint64
snapshot_header_tell_size (const char *data,
                           gsize       length)
{
  if (!begins (data, length))
    return 0;
  if (length < HEADER_SIZE)
    return G_MAXUINT64;

  return get_32 (data, FIELD_VERSION) == VERSION && get_32 (data, FIELD_BYTE_ORDER) == BYTE_ORDER_MARK
         ? get_64 (data, FIELD_FILE_SIZE) : 0;
}

static gboolean
check (const char  *data,
       gsize        size,
       GError     **error)
{
  if (size < HEADER_SIZE || !begins (data, size))
    return set_failure (error, INTERN_ERROR_CORRUPT, "This is no snapshot");
  if (get_32 (data, FIELD_VERSION) != VERSION || get_32 (data, FIELD_BYTE_ORDER) != BYTE_ORDER_MARK)
    return set_failure (error, INTERN_ERROR_UNSUPPORTED, "The snapshot is of another version, or of another byte order");
  if (get_32 (data, FIELD_N_SECTIONS) > MAX_SECTIONS)
    return set_failure (error, INTERN_ERROR_UNSUPPORTED, "The snapshot has too many sections");
  if (size < HEADER_SIZE + (gsize) get_32 (data, FIELD_N_SECTIONS) * SECTION_SIZE)
    return set_failure (error, INTERN_ERROR_CORRUPT, "The snapshot is damaged: it ends in its header");
  if (get_32 (data, FIELD_NEXT_ATOM) < get_32 (data, FIELD_FIRST_ATOM) || get_32 (data, FIELD_N_BUCKETS) == 0)
    return set_failure (error, INTERN_ERROR_CORRUPT, "The snapshot is damaged: its header cannot be");

  return TRUE;
}

/* Each string has a NUL in the text, which is not its own. */
static gboolean
find_text (SnapshotHeader  *self,
           const char      *data,
           GError         **error)
{
  for (guint i = 0; i < get_32 (data, FIELD_N_SECTIONS); i++)
    {
      const char *section = data + HEADER_SIZE + i * SECTION_SIZE;

      if (get_32 (section, FIELD_ID) == SECTION_TEXT && get_64 (section, FIELD_SIZE) >= self->n_strings &&
          get_64 (section, FIELD_SIZE) <= self->file_bytes)
        {
          self->text_bytes = get_64 (section, FIELD_SIZE) - self->n_strings;
          return TRUE;
        }
    }

  return set_failure (error, INTERN_ERROR_CORRUPT, "The snapshot is damaged: it has no text");
}

gboolean
snapshot_header_parse (SnapshotHeader  *self,
                       const char      *data,
                       gsize            size,
                       GError         **error)
{
  if (!check (data, size, error))
    return FALSE;

  self->version = get_32 (data, FIELD_VERSION);
  self->file_bytes = get_64 (data, FIELD_FILE_SIZE);
  self->n_strings = get_32 (data, FIELD_N_STRINGS);
  self->first_atom = get_32 (data, FIELD_FIRST_ATOM);
  self->n_atoms = get_32 (data, FIELD_NEXT_ATOM) - self->first_atom;
  self->n_buckets = get_32 (data, FIELD_N_BUCKETS);
  self->max_probe = get_32 (data, FIELD_MAX_PROBE);

  return find_text (self, data, error);
}

static gboolean
append_cb (const char  *data,
           gsize        length,
           gpointer     user_data,
           GError     **error)
{
  GString *head = user_data;

  g_string_append_len (head, data, (gssize) MIN (length, SNAPSHOT_HEADER_MAX - head->len));

  return head->len < SNAPSHOT_HEADER_MAX && begins (head->str, head->len);
}

gboolean
snapshot_header_read (SnapshotHeader  *self,
                      const char      *name,
                      GError         **error)
{
  g_autoptr (GString) head = g_string_new (NULL);
  char *names[] = { (char *) name, NULL };
  const guint64 size = input_get_size (names);

  if (!input_read (name, append_cb, head, error))
    return FALSE;
  if (!snapshot_header_parse (self, head->str, head->len, error))
    return input_prefix_error (name, error);

  /* Of a pipe there is no telling. */
  if (size == 0 || size == self->file_bytes)
    return TRUE;
  set_failure (error, INTERN_ERROR_CORRUPT, "The snapshot is damaged: its length is not what its header says");

  return input_prefix_error (name, error);
}
