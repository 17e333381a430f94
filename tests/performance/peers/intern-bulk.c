/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Intern-GLib with one call for a whole text, which returns a number for each string. BENCH_LOOP: the same by a loop of
 * single calls, as a program without the bulk call would write it. */

#include "bench-peer.h"

#include <intern-glib.h>

#define DELIMITER '\n'

static gpointer
pool_new (gsize n_strings)
{
  InternPool *pool = intern_pool_new ();

  intern_pool_set_emit_added (pool, FALSE);

  return pool;
}

static inline gconstpointer
intern (gpointer    pool,
        const char *data,
        gsize       length)
{
  return GUINT_TO_POINTER (intern_pool_atom_from_string (pool, data));
}

static gpointer
text_new (const char *from,
          const char *to)
{
  GByteArray *text = g_byte_array_sized_new ((guint) (to - from));
  const guint8 delimiter = DELIMITER;

  while (from < to)
    {
      gsize length;
      const char *data = bench_record_read (from, &length);

      g_assert (memchr (data, DELIMITER, length) == NULL);
      g_byte_array_append (text, (const guint8 *) data, (guint) length);
      g_byte_array_append (text, &delimiter, 1);
      from = data + length + 1;
    }

  return g_byte_array_free_to_bytes (text);
}

#ifdef BENCH_LOOP

static GBytes *
encode (InternPool  *pool,
        GBytes      *text,
        GError     **error)
{
  g_autoptr (GArray) atoms = g_array_new (FALSE, FALSE, sizeof (InternAtom));
  gsize size, n_atoms;
  const char *line = g_bytes_get_data (text, &size);
  const char *end = line + size;
  gpointer numbers;

  while (line < end)
    {
      const char *stop = memchr (line, DELIMITER, (gsize) (end - line));
      const InternAtom atom = intern_pool_try_atom_from_string_len (pool, line, stop - line, error);

      if (atom == INTERN_ATOM_NONE)
        return NULL;
      g_array_append_val (atoms, atom);
      line = stop + 1;
    }

  numbers = g_array_steal (atoms, &n_atoms);

  return g_bytes_new_take (numbers, n_atoms * sizeof (InternAtom));
}

#else

static GBytes *
encode (InternPool  *pool,
        GBytes      *text,
        GError     **error)
{
  return intern_pool_encode_delimited (pool, text, DELIMITER, error);
}

#endif

/* Adds the numbers up, as with one call for each: a program would read them too. */
static guintptr
text_all (gpointer pool,
          gpointer text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) atoms = encode (pool, text, &error);
  const guint32 *numbers;
  guintptr sum = 0;
  gsize size;

  if (atoms == NULL)
    g_error ("%s", error->message);
  numbers = g_bytes_get_data (atoms, &size);
  for (gsize i = 0; i < size / sizeof *numbers; i++)
    sum += numbers[i];

  return sum;
}

static guintptr
intern_all (gpointer    pool,
            const char *from,
            const char *to)
{
  g_autoptr (GBytes) text = text_new (from, to);

  return text_all (pool, text);
}

const BenchPeer bench_peer = {
  .name = BENCH_NAME,
  .version = BENCH_VERSION,
  .flags = BENCH_PEER_THREAD_SAFE,
  .pool_new = pool_new,
  .pool_free = g_object_unref,
  .intern = intern,
  .intern_all = intern_all,
  .text_new = text_new,
  .text_all = text_all,
};
