/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "intern-error.h"

static const char *
decode_one (InternStore    *store,
            const guint32  *atoms,
            gsize           position,
            GError        **error)
{
  guint32 atom;
  const char *string;

  /* The atoms of a GBytes need not be aligned. */
  memcpy (&atom, (const char *) atoms + position * sizeof atom, sizeof atom);
  string = intern_store_atom_to_string (store, atom);

  if (string == NULL && atom == INTERN_ATOM_NONE)
    g_set_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM,
                 "At position %" G_GSIZE_FORMAT ": atom 0 is a missing value, for which a text has no form: leave it "
                 "out, or decode to an array", position);
  else if (string == NULL)
    g_set_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM,
                 "At position %" G_GSIZE_FORMAT ": atom %u has no string in this pool", position, atom);

  return string;
}

/* Returns a copy with its NUL, or NULL if there is no memory for it. */
static char *
copy_string (InternStore *store,
             const char  *string)
{
  const gsize size = intern_store_length (store, string) + 1;
  char *copy = g_try_malloc (size);

  return copy == NULL ? NULL : memcpy (copy, string, size);
}

static char **
no_memory_for_copies (gsize    n_strings,
                      GError **error)
{
  g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
               "There is no memory for copies of %" G_GSIZE_FORMAT " strings", n_strings);

  return NULL;
}

/* Not g_strfreev(), which would stop at a missing value. */
static char **
free_copies (char  **strings,
             gsize   n_strings)
{
  for (gsize i = 0; i < n_strings; i++)
    g_free (strings[i]);
  g_free (strings);

  return NULL;
}

/**
 * intern_pool_decode: (skip)
 * @self: a pool
 * @atoms: (array length=n_atoms) (nullable): atoms of @self
 * @n_atoms: the number of atoms
 * @error: return location for a #GError, or %NULL
 *
 * Gets a copy of the string of each atom. A string with NULs is copied in full, but the result does
 * not contain its length. To get the pool's own copies instead, call intern_pool_atom_to_string()
 * for each. May be called from any thread.
 *
 * %INTERN_ATOM_NONE is a missing value, for which the result has %NULL. So with missing values the
 * first %NULL is not the end: the result has @n_atoms elements and one more %NULL, and is freed as
 * |[<!-- language="C" -->
 * const guint32 atoms[] = { intern_pool_atom_from_string (pool, "oak"), INTERN_ATOM_NONE };
 * char **strings = intern_pool_decode (pool, atoms, G_N_ELEMENTS (atoms), NULL);
 *
 * for (gsize i = 0; i < G_N_ELEMENTS (atoms); i++)
 *   g_free (strings[i]);
 * g_free (strings);
 * ]|
 *
 * Fails with %INTERN_ERROR_INVALID_ATOM if another number is not an atom of this pool, such as one
 * from before intern_pool_clear(), and with %INTERN_ERROR_TOO_LONG if there is no memory for the
 * copies.
 *
 * Returns: (transfer full) (array zero-terminated=1): the strings and a %NULL, or %NULL with @error
 *   set. Free it with g_strfreev() if no value is missing, otherwise as above.
 *
 * Since: 0.1
 */
char **
intern_pool_decode (InternPool     *self,
                    const guint32  *atoms,
                    gsize           n_atoms,
                    GError        **error)
{
  g_autoptr (InternStore) store = NULL;
  char **strings = NULL;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (atoms != NULL || n_atoms == 0, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  strings = n_atoms < G_MAXSIZE ? g_try_new0 (char *, n_atoms + 1) : NULL;
  if (strings == NULL)
    return no_memory_for_copies (n_atoms, error);

  store = intern_pool_ref_store (self);
  for (gsize i = 0; i < n_atoms; i++)
    {
      const char *string;

      if (atoms[i] == INTERN_ATOM_NONE)
        continue;

      string = decode_one (store, atoms, i, error);
      if (string == NULL)
        return free_copies (strings, i);
      strings[i] = copy_string (store, string);
      if (strings[i] == NULL)
        {
          /* The error needs memory itself. */
          free_copies (strings, i);
          return no_memory_for_copies (n_atoms, error);
        }
    }

  return strings;
}

/* A text that grows. */
typedef struct
{
  char  *text; /* (owned) */
  gsize  size;
  gsize  n_allocated;
} Text;

/* Makes room for a string of @length bytes and its delimiter. */
static gboolean
text_reserve (Text    *text,
              gsize    length,
              GError **error)
{
  /* Does not overflow: a string is shorter than 2 GiB, and an allocation at most half of the address space. */
  const gsize size = MAX (text->size + length + 1, text->n_allocated + text->n_allocated / 2);
  char *moved;

  if (length < text->n_allocated - text->size)
    return TRUE;

  moved = g_try_realloc (text->text, size);
  if (moved == NULL)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_TOO_LONG,
                   "There is no memory for a text of %" G_GSIZE_FORMAT " bytes", size);
      return FALSE;
    }

  text->text = moved;
  text->n_allocated = size;

  return TRUE;
}

static gboolean
text_append (Text        *text,
             const char  *string,
             gsize        length,
             guint8       delimiter,
             GError     **error)
{
  if (memchr (string, delimiter, length) != NULL)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_UNSUPPORTED,
                   "A string of %" G_GSIZE_FORMAT " bytes contains the delimiter, byte %u: choose another", length,
                   delimiter);
      return FALSE;
    }
  if (!text_reserve (text, length, error))
    return FALSE;

  memcpy (text->text + text->size, string, length);
  text->text[text->size + length] = (char) delimiter;
  text->size += length + 1;

  return TRUE;
}

/**
 * intern_pool_decode_delimited:
 * @self: a pool
 * @atoms: atoms of @self, each a #guint32 in the byte order of the machine
 * @delimiter: the byte to put after each string
 * @error: return location for a #GError, or %NULL
 *
 * Gets a text with the string of each atom, followed by @delimiter. May be called from any thread.
 *
 * Fails with %INTERN_ERROR_INVALID_ATOM if a number is not an atom of this pool, if it is
 * %INTERN_ATOM_NONE, since a text has no way to write a missing value, or if @atoms ends in the middle of
 * an atom; with %INTERN_ERROR_UNSUPPORTED if a string contains @delimiter, so that the text
 * could not be split again, and with %INTERN_ERROR_TOO_LONG if there is no memory for the text.
 *
 * Returns: (transfer full): the text, or %NULL with @error set
 *
 * Since: 0.1
 */
GBytes *
intern_pool_decode_delimited (InternPool  *self,
                              GBytes      *atoms,
                              guint8       delimiter,
                              GError     **error)
{
  g_autoptr (InternStore) store = NULL;
  const guint32 *numbers;
  Text text = { 0 };
  gsize size;

  g_return_val_if_fail (INTERN_IS_POOL (self), NULL);
  g_return_val_if_fail (atoms != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  numbers = g_bytes_get_data (atoms, &size);
  if (size % sizeof *numbers != 0)
    {
      g_set_error (error, INTERN_ERROR, INTERN_ERROR_INVALID_ATOM,
                   "%" G_GSIZE_FORMAT " bytes are not a whole number of atoms", size);
      return NULL;
    }

  store = intern_pool_ref_store (self);
  for (gsize i = 0; i < size / sizeof *numbers; i++)
    {
      const char *string = decode_one (store, numbers, i, error);

      if (string == NULL || !text_append (&text, string, intern_store_length (store, string), delimiter, error))
        {
          g_free (text.text);
          return NULL;
        }
    }

  return g_bytes_new_take (text.text, text.size);
}
