/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "base/pages.h"
#include "store/batch.h"
#include "intern-error.h"

/**
 * SECTION:intern-pool-columns
 * @title: Columns
 * @short_description: Many strings in one call
 *
 * These calls convert a column of strings to an array of atoms and back. One call interns them all,
 * with fewer cache misses and locks than a call for each string. intern_pool_load_stream() interns
 * the lines, or other records, of a stream.
 *
 * Since: 0.1
 */

typedef struct
{
  InternStore *store;
  guint32      first;
  guint32      next;
  guint32      end;
} AtomSource;

/* The results of a bulk call: atoms, in an array that grows. */
typedef struct
{
  guint32          *atoms; /* (owned) */
  gsize             n_atoms;
  gsize             n_allocated;
  const AtomSource *from;  /* (nullable) what is translated: @atoms leaves out its gaps */
} AtomArray;

static gboolean
no_memory_for_atoms (gsize    n_atoms,
                     GError **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
               "There is no memory for %" G_GSIZE_FORMAT " atoms", n_atoms);

  return FALSE;
}

static gboolean
atom_array_reserve (AtomArray  *array,
                    gsize       n_more,
                    GError    **error)
{
  gsize wanted = array->n_atoms + n_more;
  guint32 *atoms;

  if (array->atoms != NULL && wanted <= array->n_allocated)
    return TRUE;

  wanted = MAX (MAX (wanted, array->n_allocated + array->n_allocated / 2), 16);
  atoms = g_try_renew (guint32, array->atoms, wanted);
  if (atoms == NULL)
    return no_memory_for_atoms (wanted, error);

  array->atoms = atoms;
  array->n_allocated = wanted;
  intern_prefer_huge_pages (atoms, wanted * sizeof *atoms);

  return TRUE;
}

/* Interns the strings of @batch and announces the new ones. Returns what intern_batch_end() does. */
static guint
end_batch (InternPool  *self,
           InternStore *store,
           InternBatch *batch)
{
  const guint n_strings = intern_batch_end (batch);
  const guint n_items = intern_batch_count_done (batch);

  if (n_items == 0)
    return n_strings;

  /* As in intern_pool_assign_atom(). */
  if (batch->atoms != NULL && intern_pool_has_models (self))
    intern_pool_wake_models (self);
  intern_pool_emit_added (self, store, batch->items, n_items);

  return n_strings;
}

/* Interns the strings that @add takes from @source for one batch, stores their atoms in @atoms unless it is NULL, and
 * emits the signals. Sets @n_done to their number, 0 at the end of the source. If a string is refused, sets it to the
 * number of those before, sets @error and returns that string; otherwise returns NULL. */
const char *
intern_pool_intern_batch (InternPool         *self,
                          InternPoolAddFunc   add,
                          gpointer            source,
                          InternBatchItem    *items,
                          guint32            *atoms,
                          guint              *n_done,
                          GError            **error)
{
  /* A handler, or another thread during a stream, may clear the pool: this keeps the strings valid. */
  g_autoptr (InternStore) store = intern_pool_ref_store (self);
  InternBatch batch;
  guint n_before;

  intern_batch_begin (&batch, store, items, atoms);
  do
    {
      n_before = batch.n_strings;
      add (source, &batch);
    }
  while (intern_batch_go_on (&batch) && batch.n_strings > n_before);
  *n_done = end_batch (self, store, &batch);
  while (intern_batch_is_interrupted (&batch))
    {
      intern_store_unref (store);
      store = intern_pool_ref_store (self);
      intern_batch_resume (&batch, store);
      *n_done = end_batch (self, store, &batch);
    }
  if (batch.refused == NULL)
    return NULL;

  intern_pool_finish_miss (self, store, batch.refused->string, batch.refused->length, batch.refused->result, error);

  return batch.refused->data;
}

/* Returns the position in the column of the first value that has no atom yet. */
static gsize
find_position (const AtomArray *array)
{
  gsize left, position;

  if (array->from == NULL)
    return array->n_atoms;

  left = array->n_atoms - array->from->first;
  for (position = array->from->first; position < array->from->end; position++)
    if (intern_store_atom_to_string (array->from->store, (guint32) position) != NULL && left-- == 0)
      break;

  return position;
}

/* Appends the atoms of one batch. Sets @n_done to their number. */
static gboolean
encode_batch (InternPool         *self,
              InternPoolAddFunc   add,
              gpointer            source,
              InternBatchItem    *items,
              AtomArray          *array,
              guint              *n_done,
              GError            **error)
{
  const char *refused;

  if (!atom_array_reserve (array, INTERN_BATCH, error))
    return FALSE;

  refused = intern_pool_intern_batch (self, add, source, items, array->atoms + array->n_atoms, n_done, error);
  array->n_atoms += *n_done;
  if (refused != NULL)
    g_prefix_error (error, "At position %" G_GSIZE_FORMAT ": ", find_position (array));

  return refused == NULL;
}

static gboolean
encode_all (InternPool         *self,
            InternPoolAddFunc   add,
            gpointer            source,
            gsize               n_expected,
            AtomArray          *array,
            GError            **error)
{
  g_autofree InternBatchItem *items = g_try_new (InternBatchItem, INTERN_BATCH);
  gboolean ok = items != NULL || no_memory_for_atoms (INTERN_BATCH, error);
  guint n_done = 1;

  /* An array that grows is moved. If there is no memory for so large a one, it grows. */
  if (ok)
    atom_array_reserve (array, n_expected + INTERN_BATCH, NULL);

  /* A handler may drop the last other reference. */
  g_object_ref (self);
  while (ok && n_done > 0)
    ok = encode_batch (self, add, source, items, array, &n_done, error);
  g_object_unref (self);

  if (!ok)
    g_clear_pointer (&array->atoms, g_free);

  return ok;
}

/* Returns the atoms in an array of their number. If shrinking fails, it stays longer. */
static guint32 *
atom_array_steal (AtomArray *array)
{
  guint32 *shrunk = g_try_renew (guint32, array->atoms, MAX (array->n_atoms, 1));

  if (shrunk != NULL)
    array->atoms = shrunk;

  return g_steal_pointer (&array->atoms);
}

/* Strings of an array */

typedef struct
{
  const char * const *strings;
  gsize               n_strings;
} StringSource;

static INTERN_HOT void
add_strings (gpointer     data,
             InternBatch *batch)
{
  StringSource *source = data;
  const gsize n_strings = MIN (source->n_strings, batch->n_until - batch->n_strings);
  InternBatch copy = *batch; /* in registers */

  for (gsize i = 0; i < n_strings; i++)
    {
      const char *string = source->strings[i];

      if (G_LIKELY (string != NULL))
        intern_batch_add (&copy, string, strlen (string));
      else
        intern_batch_add_missing (&copy);
    }
  *batch = copy;
  source->strings += n_strings;
  source->n_strings -= n_strings;
}

/**
 * intern_pool_encode:
 * @self: a pool
 * @strings: (array length=n_strings): strings, and %NULL for each missing value
 * @n_strings: the number of strings and missing values, or -1 if @strings ends at its first %NULL
 * @n_atoms: (out): return location for the number of atoms, which is that of the strings
 * @error: return location for a #GError, or %NULL
 *
 * Interns many strings and gets the atom of each, in order: dictionary encoding of a column, with the
 * pool as the dictionary. Faster than one call for each string if many are distinct; not if they are
 * few and stay in the processor's caches. May be called from any thread.
 *
 * The atom of a missing value is %INTERN_ATOM_NONE. It is not in the pool, and does not count as a
 * search. An array with missing values needs its length in @n_strings.
 *
 * Fails like intern_pool_try_atom_from_string(), and with %INTERN_ERROR_TOO_LONG if there is no
 * memory for the atoms. The error message begins with the position of the refused string, counted
 * from 0; the strings before it stay in the pool. If a signal handler clears the pool during the
 * call, the atoms assigned before are stale.
 *
 * Returns: (transfer full) (array length=n_atoms): the atoms, to be freed with g_free(), or %NULL
 *   with @error set
 *
 * Since: 0.1
 */
guint32 *
intern_pool_encode (InternPool          *self,
                    const char * const  *strings,
                    gssize               n_strings,
                    gsize               *n_atoms,
                    GError             **error)
{
  StringSource source = { strings, (gsize) n_strings };
  AtomArray array = { 0 };

  g_return_val_if_fail (n_atoms != NULL, NULL);
  *n_atoms = 0;
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (n_strings >= -1, NULL);
  g_return_val_if_fail (strings != NULL || n_strings == 0, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (n_strings < 0)
    source.n_strings = g_strv_length ((char **) strings);

  if (!encode_all (self, add_strings, &source, source.n_strings, &array, error))
    return NULL;

  *n_atoms = array.n_atoms;

  return atom_array_steal (&array);
}

/* Strings of a text */

/* In bytes. The next string begins where this one ends, so the processor does not prefetch it. */
#define READ_AHEAD 2048

/* An InternPoolAddFunc of an InternPoolText. */
INTERN_HOT void
intern_pool_add_delimited (gpointer     data,
                           InternBatch *batch)
{
  InternPoolText *source = data;
  const char *text = source->text;
  InternBatch copy = *batch; /* in registers */

  while (text < source->end && copy.n_strings < copy.n_until)
    {
      const char *stop = memchr (text, source->delimiter, (gsize) (source->end - text));
      const char *end = stop != NULL ? stop : source->end;

      __builtin_prefetch ((const void *) ((guintptr) text + READ_AHEAD));
      intern_batch_add (&copy, text, (gsize) (end - text));
      text = stop != NULL ? stop + 1 : end;
    }
  *batch = copy;
  source->text = text;
}

/* The bytes of a text by which the number of its strings is estimated. */
#define SAMPLE_SIZE 4096

static gsize
estimate_strings (const InternPoolText *source)
{
  const gsize size = (gsize) (source->end - source->text);
  const char *text = source->text;
  const char *end = text + MIN (size, SAMPLE_SIZE);
  gsize n_strings = 0;

  while (text < end && (text = memchr (text, source->delimiter, (gsize) (end - text))) != NULL)
    {
      n_strings++;
      text++;
    }

  return n_strings * (size / SAMPLE_SIZE + 1);
}

/**
 * intern_pool_encode_delimited:
 * @self: a pool
 * @text: strings, each ended by @delimiter
 * @delimiter: the byte that ends a string; the last string may lack it
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_encode(), for strings in one text. This is the fastest way to intern many
 * strings, especially from a script. An empty text has no strings; two delimiters in a row have an
 * empty string between them. May be called from any thread.
 *
 * Returns: (transfer full): the atoms, each a #guint32 in the byte order of the machine, or %NULL
 *   with @error set
 *
 * Since: 0.1
 */
GBytes *
intern_pool_encode_delimited (InternPool  *self,
                              GBytes      *text,
                              guint8       delimiter,
                              GError     **error)
{
  InternPoolText source = { .delimiter = delimiter };
  AtomArray array = { 0 };
  gsize size;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  source.text = intern_pool_bytes_data (text, &size);
  source.end = source.text + size;

  if (!encode_all (self, intern_pool_add_delimited, &source, estimate_strings (&source), &array, error))
    return NULL;

  return g_bytes_new_take (atom_array_steal (&array), array.n_atoms * sizeof (guint32));
}

/* From pool to pool */

/* Skips atoms without strings: those from before a clear(). */
static INTERN_HOT void
add_atoms (gpointer     data,
           InternBatch *batch)
{
  AtomSource *source = data;

  for (; source->next < source->end && batch->n_strings < batch->n_until; source->next++)
    {
      const char *string = intern_store_atom_to_string (source->store, source->next);

      if (string != NULL)
        intern_batch_add (batch, string, intern_store_length (source->store, string));
    }
}

/* @array has the new atoms of the existing strings, without gaps. Moves each to the position of its old atom, and sets
 * the others to 0. */
static void
spread_atoms (AtomArray *array)
{
  const AtomSource *from = array->from;
  gsize left = array->n_atoms;

  for (guint32 atom = from->end; atom-- > from->first;)
    array->atoms[atom] = intern_store_atom_to_string (from->store, atom) != NULL ? array->atoms[--left] : 0;
  array->n_atoms = from->end;
}

/**
 * intern_pool_translate:
 * @self: a pool
 * @from: another pool, or the same
 * @n_atoms: (out): return location for the length of the table: one more than the highest atom of
 *   @from
 * @error: return location for a #GError, or %NULL
 *
 * Makes a table that maps the atoms of @from to those of @self, to re-encode a column with one array
 * access for each value. Strings that @self does not hold are added to it. %INTERN_ATOM_NONE, which
 * stands for missing values, and atoms from before intern_pool_clear() map to %INTERN_ATOM_NONE.
 * Strings that get their atom in @from during the call are left out. May be called from any thread.
 *
 * Fails like intern_pool_encode().
 *
 * Returns: (transfer full) (array length=n_atoms): the table, to be freed with g_free(), or %NULL
 *   with @error set
 *
 * Since: 0.1
 */
guint32 *
intern_pool_translate (InternPool  *self,
                       InternPool  *from,
                       gsize       *n_atoms,
                       GError     **error)
{
  AtomSource source;
  AtomArray array = { .from = &source };
  gboolean ok;

  g_return_val_if_fail (n_atoms != NULL, NULL);
  *n_atoms = 0;
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (INTERN_IS_POOL (from), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  source.store = intern_pool_ref_store (from);
  source.next = source.first = intern_store_get_first_atom (source.store);
  source.end = intern_store_get_next_atom (source.store);

  /* The first atom may come from a hostile snapshot. The table is not touched below it, so that takes no memory. */
  array.n_allocated = (gsize) source.end + INTERN_BATCH;
  array.atoms = g_try_new0 (guint32, array.n_allocated);
  array.n_atoms = source.first;
  ok = array.atoms != NULL ? encode_all (self, add_atoms, &source, source.end - source.first, &array, error)
                           : no_memory_for_atoms (source.end, error);
  if (ok)
    spread_atoms (&array);
  intern_store_unref (source.store);
  if (!ok)
    return NULL;

  *n_atoms = array.n_atoms;

  return array.atoms;
}
