/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/mortals.h"

#include <string.h>

#include "base/hash.h"

/* Above INTERN_MAX_ATOM. */
#define FIRST_ID ((guint32) 1 << 31)

static guint
hash_row (gconstpointer row)
{
  return (guint) ((const InternMortalRow *) row)->hash;
}

static gboolean
rows_equal (gconstpointer a,
            gconstpointer b)
{
  const InternMortalRow *left = a;
  const InternMortalRow *right = b;

  return left->hash == right->hash && left->length == right->length &&
         memcmp (left->data, right->data, left->length) == 0;
}

static InternMortalRow *
row_new (const char *data,
         gsize       length)
{
  InternMortalRow *row = g_malloc (sizeof (InternMortalRow) + length + 1);

  *row = (InternMortalRow) { .hash = intern_hash_call (data, length, intern_secret_get ()), .length = length };
  memcpy (row->data, data, length);
  row->data[length] = '\0';

  return row;
}

InternMortals *
intern_mortals_new (void)
{
  InternMortals *self = g_new0 (InternMortals, 1);

  self->rows = g_ptr_array_new_with_free_func (g_free);
  self->present = g_hash_table_new (hash_row, rows_equal);

  return self;
}

void
intern_mortals_free (InternMortals *self)
{
  g_hash_table_unref (self->present);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/* Removes all rows. Their ids are not used again. */
void
intern_mortals_clear (InternMortals *self)
{
  g_hash_table_remove_all (self->present);
  g_ptr_array_set_size (self->rows, 0);
}

/* Marks the row that equals @key, if there is one, as listed. Returns whether there is. */
static gboolean
keep (InternMortals         *self,
      const InternMortalRow *key)
{
  InternMortalRow *present = g_hash_table_lookup (self->present, key);

  if (present != NULL)
    present->listed = TRUE;

  return present != NULL;
}

/* Marks the row of a string, if there is one, as listed. */
void
intern_mortals_keep (InternMortals *self,
                     const char    *data,
                     gsize          length)
{
  g_autofree InternMortalRow *key = row_new (data, length);

  keep (self, key);
}

/* Appends a row, or marks the one that is there as listed. */
void
intern_mortals_add (InternMortals *self,
                    const char    *data,
                    gsize          length)
{
  InternMortalRow *row = row_new (data, length);

  if (keep (self, row))
    {
      g_free (row);
      return;
    }

  row->id = FIRST_ID | self->n_made++;
  row->listed = TRUE;
  g_ptr_array_add (self->rows, row);
  g_hash_table_add (self->present, row);
}

void
intern_mortals_remove (InternMortals *self,
                       const char    *data,
                       gsize          length)
{
  g_autofree InternMortalRow *key = NULL;
  InternMortalRow *row;

  if (g_hash_table_size (self->present) == 0)
    return;

  key = row_new (data, length);
  row = g_hash_table_lookup (self->present, key);
  if (row == NULL)
    return;

  row->removed = TRUE;
  g_hash_table_remove (self->present, row);
}

/* The caller then adds all strings that it finds. */
void
intern_mortals_begin_listing (InternMortals *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    ((InternMortalRow *) g_ptr_array_index (self->rows, i))->listed = FALSE;
}

/* Removes the rows whose strings have not been added since. */
void
intern_mortals_end_listing (InternMortals *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      InternMortalRow *row = g_ptr_array_index (self->rows, i);

      if (row->listed || row->removed)
        continue;
      row->removed = TRUE;
      g_hash_table_remove (self->present, row);
    }
}

/* Frees the removed rows. Returns the position of the first, or the number of rows if there is none. */
guint
intern_mortals_commit (InternMortals *self)
{
  GPtrArray *rows = self->rows;
  guint first = rows->len;
  guint n_kept = 0;

  if (g_hash_table_size (self->present) == rows->len)
    return rows->len;

  for (guint i = 0; i < rows->len; i++)
    {
      InternMortalRow *row = g_ptr_array_index (rows, i);

      if (!row->removed)
        {
          rows->pdata[n_kept++] = row;
          continue;
        }
      first = MIN (first, i);
      g_free (row);
    }
  /* They were moved or freed: the array must not free them again. */
  for (guint i = n_kept; i < rows->len; i++)
    rows->pdata[i] = NULL;
  g_ptr_array_set_size (rows, (int) n_kept);

  return first;
}
