/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads what the preloaded library says of one moment, and puts the strings into a pool. */

#include "config.h"

#include "profile.h"

#include <stdio.h>
#include <string.h>

#define MAX_IDS 65536
#define BUFFER_SIZE (256 * 1024)

/* Reading */

/* Returns FALSE if the process ends too early. */
static gboolean
read_bytes (FILE     *stream,
            gpointer  data,
            gsize     length)
{
  return length == 0 || fread (data, 1, length, stream) == length;
}

static void
add_string (Look                *self,
            const ProfileRecord *record,
            const char          *data)
{
  LookString string = { 0, record->id, record->number };
  const char *interned = intern_pool_intern_len (self->pool, data, record->size);

  if (interned == NULL)
    return;

  string.atom = intern_pool_get_atom (self->pool, interned);
  g_array_append_val (self->strings, string);
}

static void
add_freed (Look                *self,
           const ProfileRecord *record,
           const char          *data)
{
  LookString string = { 0, record->id, record->number };
  const char *interned = intern_pool_lookup_len (self->pool, data, record->size);

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

  site->n_frames = (guint16) MIN (record->size / sizeof *site->frames, PROFILE_DEPTH);
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
      memcpy (&self->begin, data, MIN (record->size, sizeof self->begin));
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
  self->frames = g_new0 (LookFrame, MAX_IDS);
  self->sites = g_new0 (LookSite, MAX_IDS);
  self->strings = g_array_new (FALSE, FALSE, sizeof (LookString));
  self->freed = g_array_new (FALSE, FALSE, sizeof (LookString));
  self->pool = intern_pool_new ();
  intern_pool_set_emit_added (self->pool, FALSE);

  return self;
}

static gboolean
read_records (Look *self,
              FILE *stream)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  ProfileRecord record;

  do
    {
      if (!read_bytes (stream, &record, sizeof record))
        return FALSE;
      g_byte_array_set_size (payload, record.size + 1);
      if (!read_bytes (stream, payload->data, record.size))
        return FALSE;
      add_record (self, &record, (const char *) payload->data);
    }
  while (record.kind != PROFILE_END);

  return TRUE;
}

/* Closes @fd. Returns NULL if the look ends too early. */
Look *
look_read (int fd)
{
  g_autoptr (Look) self = look_new ();
  FILE *stream = fdopen (fd, "r");
  gboolean whole;

  g_assert (stream != NULL);
  setvbuf (stream, NULL, _IOFBF, BUFFER_SIZE);
  whole = read_records (self, stream);
  fclose (stream);

  return whole ? g_steal_pointer (&self) : NULL;
}

/* Summing up */

/* By place, and of equal strings the largest first. */
int
look_compare_strings (gconstpointer a,
                      gconstpointer b)
{
  const LookString *one = a, *other = b;

  if (one->place != other->place)
    return one->place < other->place ? -1 : 1;
  if (one->atom != other->atom)
    return one->atom < other->atom ? -1 : 1;

  return (one->bytes < other->bytes) - (one->bytes > other->bytes);
}

static guint64
pool_takes (const Look       *self,
            const LookString *strings,
            gsize             n_strings)
{
  g_autoptr (InternPool) pool = intern_pool_new ();
  InternPoolStats stats;

  intern_pool_set_emit_added (pool, FALSE);
  for (gsize i = 0; i < n_strings; i++)
    if (i == 0 || strings[i].atom != strings[i - 1].atom)
      {
        const char *string = intern_pool_atom_to_string (self->pool, strings[i].atom);

        intern_pool_intern_len (pool, string, (gssize) intern_pool_get_length (self->pool, string));
      }
  intern_pool_get_stats (pool, &stats);

  return stats.memory_usage;
}

/* Of strings that are sorted. To ask a pool takes time. */
Saving
look_sum (const Look       *self,
          const LookString *strings,
          gsize             n_strings,
          gboolean          with_pool)
{
  Saving saving = { .n_strings = n_strings };

  for (gsize i = 0; i < n_strings; i++)
    {
      const gboolean copy = i > 0 && strings[i].atom == strings[i - 1].atom;

      saving.bytes += strings[i].bytes;
      saving.n_copies += copy ? 1 : 0;
      saving.copy_bytes += copy ? strings[i].bytes : 0;
    }
  if (with_pool && n_strings > 0)
    saving.pool_bytes = pool_takes (self, strings, n_strings);

  return saving;
}

/* Sorts the strings by place, as long as that is not known by site, and sums them all up as those of one place. */
void
look_sum_up (Look *self)
{
  g_autoptr (GArray) all = g_array_copy (self->strings);

  for (guint i = 0; i < all->len; i++)
    g_array_index (all, LookString, i).place = 0;
  g_array_sort (all, look_compare_strings);
  g_array_sort (self->strings, look_compare_strings);

  self->saving = look_sum (self, (const LookString *) (gpointer) all->data, all->len, TRUE);
  self->saving.n_freed = self->freed->len;
  for (guint i = 0; i < self->freed->len; i++)
    if (g_array_index (self->freed, LookString, i).atom != INTERN_ATOM_NONE)
      self->saving.n_hits++;
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
  g_clear_object (&self->pool);
}

void
look_free (Look *self)
{
  look_empty (self);
  g_free (self);
}
