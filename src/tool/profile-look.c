/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads what the preloaded library says of one moment, and puts the strings into a pool. */

#include "config.h"

#include "profile.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE (256 * 1024)

/* Reading */

/* Any process that is profiled can write here, and one that has overwritten its own memory may write anything. */
static gboolean
is_sound (const ProfileRecord *record)
{
  switch ((ProfileKind) record->kind)
    {
    case PROFILE_BEGIN:
      return record->id <= PROFILE_ON_REQUEST && record->size == sizeof (ProfileBegin);

    case PROFILE_MODULE:
      return record->size <= PATH_MAX;

    case PROFILE_FRAME:
      return record->size == sizeof (guint16);

    case PROFILE_SITE:
      return record->size <= PROFILE_DEPTH * sizeof (guint16) && record->size % sizeof (guint16) == 0;

    case PROFILE_STRING:
    case PROFILE_FREED:
      return record->size <= PROFILE_MAX_LENGTH;

    case PROFILE_END:
      return record->size == 0;

    default:
      return FALSE;
    }
}

/* Returns FALSE if the process ends too early. */
static gboolean
read_bytes (FILE     *stream,
            gpointer  data,
            gsize     length)
{
  return fread (data, 1, length, stream) == length;
}

static void
add_string (Look                *self,
            const ProfileRecord *record,
            const char          *data)
{
  LookString string = { 0, record->id, record->number };
  const char *interned = intern_pool_intern_len (self->pool, data, (gssize) record->size);
  LookText *text;

  if (interned == NULL)
    return;

  string.atom = intern_pool_get_atom (self->pool, interned);
  g_array_append_val (self->strings, string);
  if (self->texts->len < string.atom)
    g_array_set_size (self->texts, string.atom);
  text = &g_array_index (self->texts, LookText, string.atom - 1);
  text->atom = string.atom;
  text->count++;
  text->bytes += string.bytes;
  text->largest = MAX (text->largest, string.bytes);
}

static void
add_freed (Look                *self,
           const ProfileRecord *record,
           const char          *data)
{
  LookString string = { 0, record->id, record->number };
  const char *interned = intern_pool_lookup_len (self->pool, data, (gssize) record->size);

  if (interned != NULL)
    string.atom = intern_pool_get_atom (self->pool, interned);
  g_array_append_val (self->freed, string);
}

static void
add_module (Look                *self,
            const ProfileRecord *record,
            const char          *data)
{
  while (self->modules->len <= record->id)
    g_ptr_array_add (self->modules, NULL);
  g_free (self->modules->pdata[record->id]);
  self->modules->pdata[record->id] = g_strndup (data, record->size);
}

static void
add_site (Look                *self,
          const ProfileRecord *record,
          const char          *data)
{
  LookSite *site = &self->sites[record->id];

  site->n_frames = (guint16) (record->size / sizeof *site->frames);
  memcpy (site->frames, data, site->n_frames * sizeof *site->frames);
}

static void
add_record (Look                *self,
            const ProfileRecord *record,
            const char          *data)
{
  switch ((ProfileKind) record->kind)
    {
    case PROFILE_BEGIN:
      self->reason = (ProfileReason) record->id;
      self->seconds = (double) record->number / G_USEC_PER_SEC;
      memcpy (&self->begin, data, sizeof self->begin);
      break;

    case PROFILE_MODULE:
      add_module (self, record, data);
      break;

    case PROFILE_FRAME:
      self->frames[record->id].offset = record->number;
      memcpy (&self->frames[record->id].module, data, sizeof (guint16));
      break;

    case PROFILE_SITE:
      add_site (self, record, data);
      break;

    case PROFILE_STRING:
      add_string (self, record, data);
      break;

    case PROFILE_FREED:
      add_freed (self, record, data);
      break;

    case PROFILE_END:
    default:
      break;
    }
}

static Look *
look_new (void)
{
  Look *self = g_new0 (Look, 1);

  self->modules = g_ptr_array_new_with_free_func (g_free);
  self->frames = g_new0 (LookFrame, LOOK_MAX_IDS);
  self->sites = g_new0 (LookSite, LOOK_MAX_IDS);
  self->strings = g_array_new (FALSE, FALSE, sizeof (LookString));
  self->freed = g_array_new (FALSE, FALSE, sizeof (LookString));
  self->texts = g_array_new (FALSE, TRUE, sizeof (LookText));
  self->pool = intern_pool_new ();
  intern_pool_set_emit_added (self->pool, FALSE);

  return self;
}

/* Takes memory for the bytes that have come, not for those that a wrong length promises. */
static gboolean
read_payload (FILE       *stream,
              GByteArray *payload,
              guint       length)
{
  g_byte_array_set_size (payload, 0);
  while (payload->len < length)
    {
      const guint start = payload->len;
      const guint size = MIN (length - start, BUFFER_SIZE);

      g_byte_array_set_size (payload, start + size);
      if (!read_bytes (stream, payload->data + start, size))
        return FALSE;
    }
  /* An empty one is somewhere, too. */
  g_byte_array_set_size (payload, length + 1);

  return TRUE;
}

static gboolean
read_records (Look *self,
              FILE *stream)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  ProfileRecord record;

  do
    {
      if (!read_bytes (stream, &record, sizeof record) || !is_sound (&record) ||
          !read_payload (stream, payload, record.size))
        return FALSE;
      add_record (self, &record, (const char *) payload->data);
    }
  while (record.kind != PROFILE_END);

  return TRUE;
}

const char *const profile_interners[PROFILE_N_INTERNERS] = {
  "g_intern_string", "g_quark_from_string", "g_ref_string_new_intern",
};

/* Summing up */

guint64
look_text_get_copy_bytes (const LookText *text)
{
  return text->bytes - text->largest;
}

gint64
saving_get_net (const Saving *saving)
{
  return (gint64) saving->bytes - (gint64) saving->pool_bytes;
}

double
saving_get_hit_ratio (const Saving *saving)
{
  return saving->n_strings > 0 ? (double) saving->n_copies / (double) saving->n_strings : 0;
}

static void
pool_add (InternPool *pool,
          InternPool *from,
          InternAtom  atom)
{
  const char *string = intern_pool_atom_to_string (from, atom);

  intern_pool_intern_len (pool, string, (gssize) intern_pool_get_length (from, string));
}

static guint64
pool_takes (InternPool *pool)
{
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);

  return stats.memory_usage;
}

/* Sums up strings that are sorted by atom, and of equal ones the largest first. To ask a pool takes time. */
Saving
look_sum (const Look       *self,
          const LookString *strings,
          gsize             n_strings,
          gboolean          with_pool)
{
  g_autoptr (InternPool) pool = with_pool ? intern_pool_new () : NULL;
  Saving saving = { .n_strings = n_strings };

  for (gsize i = 0; i < n_strings; i++)
    {
      const gboolean copy = i > 0 && strings[i].atom == strings[i - 1].atom;

      saving.bytes += strings[i].bytes;
      saving.n_copies += copy ? 1 : 0;
      saving.copy_bytes += copy ? strings[i].bytes : 0;
      if (with_pool && !copy)
        pool_add (pool, self->pool, strings[i].atom);
    }
  saving.pool_bytes = with_pool ? pool_takes (pool) : 0;

  return saving;
}

/* Sums up all strings. The pool of the look has atoms, which another does without. */
static void
sum_up (Look *self)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  Saving *saving = &self->saving;

  saving->n_strings = self->strings->len;
  saving->n_copies = self->strings->len - self->texts->len;
  for (guint i = 0; i < self->texts->len; i++)
    {
      const LookText *text = &g_array_index (self->texts, LookText, i);

      saving->bytes += text->bytes;
      saving->copy_bytes += look_text_get_copy_bytes (text);
      pool_add (pool, self->pool, text->atom);
    }
  saving->pool_bytes = self->texts->len > 0 ? pool_takes (pool) : 0;
  saving->n_freed = self->freed->len;
  for (guint i = 0; i < self->freed->len; i++)
    saving->n_hits += g_array_index (self->freed, LookString, i).atom != INTERN_ATOM_NONE ? 1 : 0;
}

/* Closes @fd. Returns NULL if the look ends too early, or is none. */
Look *
look_read (int fd)
{
  g_autoptr (Look) self = look_new ();
  FILE *stream = fdopen (fd, "r");
  gboolean whole;

  if (stream == NULL)
    {
      close (fd);
      return NULL;
    }

  setvbuf (stream, NULL, _IOFBF, BUFFER_SIZE);
  whole = read_records (self, stream);
  fclose (stream);
  if (!whole)
    return NULL;

  sum_up (self);

  return g_steal_pointer (&self);
}

/* Leaves the sums. */
void
look_empty (Look *self)
{
  g_clear_pointer (&self->modules, g_ptr_array_unref);
  g_clear_pointer (&self->frames, g_free);
  g_clear_pointer (&self->sites, g_free);
  g_clear_pointer (&self->strings, g_array_unref);
  g_clear_pointer (&self->freed, g_array_unref);
  g_clear_pointer (&self->texts, g_array_unref);
  g_clear_object (&self->pool);
}

void
look_free (Look *self)
{
  look_empty (self);
  g_free (self);
}
