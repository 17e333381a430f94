/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

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

/* The results of a bulk call: atoms, in an array that grows. */
typedef struct
{
  guint32 *atoms; /* (owned) */
  gsize    n_atoms;
  gsize    n_allocated;
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

  return TRUE;
}

/* Fills a batch with the next strings of @source and returns their number, 0 at the end. */
typedef guint (*NextFunc) (gpointer         source,
                           InternBatchItem *items);

static guint
count_to_refusal (const InternBatchItem *items,
                  guint                  n_items)
{
  guint n_done = 0;

  while (n_done < n_items && items[n_done].string != NULL)
    n_done++;

  return n_done;
}

/* Interns one batch, stores the atoms in @atoms unless it is NULL, and emits the signals. Returns the number of
 * strings before the first refused one, with @error set, or @n_items. */
guint
intern_pool_intern_batch (InternPool       *self,
                          InternBatchItem  *items,
                          guint             n_items,
                          guint32          *atoms,
                          GError          **error)
{
  /* A handler, or another thread during a stream, may clear the pool: this keeps the strings valid. */
  g_autoptr (InternStore) store = intern_pool_ref_store (self);
  guint n_done;

  intern_batch_intern (store, items, n_items);
  n_done = atoms != NULL ? intern_batch_atoms (store, items, n_items, atoms)
                         : count_to_refusal (items, n_items);
  intern_pool_tell_added (self, store, items, n_items);
  if (n_done < n_items)
    intern_pool_finish_miss (self, store, items[n_done].string, items[n_done].length, items[n_done].result, error);

  return n_done;
}

/* Appends the atoms of one batch. */
static gboolean
encode_batch (InternPool       *self,
              InternBatchItem  *items,
              guint             n_items,
              AtomArray        *array,
              GError          **error)
{
  const guint n_done = intern_pool_intern_batch (self, items, n_items, array->atoms + array->n_atoms, error);

  array->n_atoms += n_done;
  if (n_done < n_items)
    g_prefix_error (error, "At position %" G_GSIZE_FORMAT ": ", array->n_atoms);

  return n_done == n_items;
}

static gboolean
encode_all (InternPool  *self,
            NextFunc     next,
            gpointer     source,
            AtomArray   *array,
            GError     **error)
{
  g_autofree InternBatchItem *items = g_try_new (InternBatchItem, INTERN_BATCH);
  gboolean ok = items != NULL ? atom_array_reserve (array, 1, error) : no_memory_for_atoms (INTERN_BATCH, error);
  guint n_items;

  /* A handler may drop the last other reference. */
  g_object_ref (self);
  while (ok && (n_items = next (source, items)) > 0)
    ok = atom_array_reserve (array, n_items, error) &&
         encode_batch (self, items, n_items, array, error);
  g_object_unref (self);

  if (!ok)
    g_clear_pointer (&array->atoms, g_free);

  return ok;
}

/* Strings of an array */

typedef struct
{
  const char * const *strings;
  gsize               n_strings;
} StringSource;

static guint
next_strings (gpointer         data,
              InternBatchItem *items)
{
  StringSource *source = data;
  const guint n_items = (guint) MIN (source->n_strings, INTERN_BATCH);

  for (guint i = 0; i < n_items; i++)
    {
      items[i].data = source->strings[i];
      items[i].length = strlen (source->strings[i]);
    }
  source->strings += n_items;
  source->n_strings -= n_items;

  return n_items;
}

static gboolean
has_null (const char * const *strings,
          gsize               n_strings)
{
  for (gsize i = 0; i < n_strings; i++)
    if (strings[i] == NULL)
      return TRUE;

  return FALSE;
}

/**
 * intern_pool_encode:
 * @self: a pool
 * @strings: (array length=n_strings): strings, none of them %NULL
 * @n_strings: the number of strings, or -1 if @strings is %NULL-terminated
 * @n_atoms: (out): return location for the number of atoms, which is that of the strings
 * @error: return location for a #GError, or %NULL
 *
 * Interns many strings and gets the atom of each, in order: dictionary encoding of a column, with the
 * pool as the dictionary. Faster than one call for each string if many are distinct; not if they are
 * few and stay in the processor's caches. May be called from any thread.
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
  g_return_val_if_fail (!has_null (strings, source.n_strings), NULL);

  if (!encode_all (self, next_strings, &source, &array, error))
    return NULL;

  *n_atoms = array.n_atoms;

  return array.atoms;
}

/* Strings of a text */

/* In bytes. The next string begins where this one ends, so the processor does not prefetch it. */
#define READ_AHEAD 2048

/* A NextFunc of an InternPoolText. */
guint
intern_pool_next_delimited (gpointer         data,
                            InternBatchItem *items)
{
  InternPoolText *source = data;
  guint n_items = 0;

  while (source->text < source->end && n_items < INTERN_BATCH)
    {
      const gsize left = (gsize) (source->end - source->text);
      const char *stop = memchr (source->text, source->delimiter, left);

      __builtin_prefetch ((const void *) ((guintptr) source->text + READ_AHEAD));

      items[n_items].data = source->text;
      items[n_items].length = stop == NULL ? left : (gsize) (stop - source->text);
      source->text += items[n_items].length + (stop == NULL ? 0 : 1);
      n_items++;
    }

  return n_items;
}

/**
 * intern_pool_encode_delimited:
 * @self: a pool
 * @text: strings, each ended by @delimiter
 * @delimiter: the byte that ends a string; the last string may lack it
 * @error: return location for a #GError, or %NULL
 *
 * Like intern_pool_encode(), for strings in one text. This is the fastest way to intern many
 * strings, above all from a script. An empty text has no strings; two delimiters in a row have an
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
  guint32 *atoms;
  gsize size;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  source.text = g_bytes_get_data (text, &size);
  /* An empty GBytes has NULL data, and arithmetic on NULL is undefined. */
  if (source.text != NULL)
    source.end = source.text + size;

  if (!encode_all (self, intern_pool_next_delimited, &source, &array, error))
    return NULL;

  /* If shrinking fails, the array stays as it is. */
  atoms = g_try_renew (guint32, array.atoms, MAX (array.n_atoms, 1));

  return g_bytes_new_take (atoms != NULL ? atoms : array.atoms, array.n_atoms * sizeof (guint32));
}

/* From pool to pool */

typedef struct
{
  InternStore *store;
  guint32      next;
  guint32      end;
} AtomSource;

/* Skips atoms without strings: those from before a clear(). */
static guint
next_atoms (gpointer         data,
            InternBatchItem *items)
{
  AtomSource *source = data;
  guint n_items = 0;

  for (; source->next < source->end && n_items < INTERN_BATCH; source->next++)
    {
      const char *string = intern_store_atom_to_string (source->store, source->next);

      if (string == NULL)
        continue;
      items[n_items].data = string;
      items[n_items].length = intern_store_length (source->store, string);
      n_items++;
    }

  return n_items;
}

/* @array has the new atoms of the existing strings, without gaps from index @first on. Moves each to the index
 * of its old atom, and sets the others to 0. */
static void
spread_atoms (AtomArray   *array,
              InternStore *from,
              guint32      first,
              guint32      end)
{
  gsize left = array->n_atoms;

  for (guint32 atom = end; atom-- > first;)
    array->atoms[atom] = intern_store_atom_to_string (from, atom) != NULL ? array->atoms[--left] : 0;
  array->n_atoms = end;
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
 * access for each value. Strings that @self does not hold are added to it. %INTERN_ATOM_NONE, and
 * atoms from before intern_pool_clear(), map to %INTERN_ATOM_NONE. Strings that get their atom in
 * @from during the call are left out. May be called from any thread.
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
  AtomArray array = { 0 };
  AtomSource source;
  guint32 first;
  gboolean ok;

  g_return_val_if_fail (n_atoms != NULL, NULL);
  *n_atoms = 0;
  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (INTERN_IS_POOL (from), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  source.store = intern_pool_ref_store (from);
  source.next = first = intern_store_get_first_atom (source.store);
  source.end = intern_store_get_next_atom (source.store);

  ok = atom_array_reserve (&array, source.end, error);
  if (ok)
    {
      memset (array.atoms, 0, first * sizeof (guint32));
      array.n_atoms = first;
      ok = encode_all (self, next_atoms, &source, &array, error);
    }
  if (ok)
    spread_atoms (&array, source.store, first, source.end);
  intern_store_unref (source.store);
  if (!ok)
    return NULL;

  *n_atoms = array.n_atoms;

  return array.atoms;
}
