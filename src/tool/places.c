/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "places.h"

#include <string.h>

#include "figures.h"
#include "terminal.h"

#define MIN_ADVICE 0.01 /* of the heap: a saving that is worth a line */
#define MAX_ADVICE 5

typedef struct
{
  Look      *look;
  Symbols   *symbols;
  GPtrArray *places; /* (element-type Place) */
} Finder;

static void
place_free (gpointer data)
{
  Place *self = data;

  g_free (self->name);
  g_free (self);
}

/* Returns the name of a function of C++ without its type and its parameters. */
static char *
dup_bare_name (const char *function)
{
  const char *start = function, *end = function;
  guint depth = 0;

  for (; *end != '\0' && (*end != '(' || depth > 0); end++)
    {
      if (*end == '<')
        depth++;
      else if (*end == '>' && depth > 0)
        depth--;
      else if (*end == ' ' && depth == 0)
        start = end + 1;
    }

  return g_strndup (start, (gsize) (end - start));
}

/* Libraries whose functions make strings for others, and functions that do so in any of them. */
static gboolean
makes_for_others (const char   *path,
                  const Symbol *symbol)
{
  static const char *const libraries[] = {
    "libintern-profile.", "libc.", "libc-", "libstdc++.", "libgcc_s.", "libglib-2.0.", "libgobject-2.0.",
  };
  static const char *const words[] = { "alloc", "strdup", "strndup", "Strdup", "Strndup", "memdup", "asprintf" };
  g_autofree char *name = g_path_get_basename (path), *function = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (libraries); i++)
    if (g_str_has_prefix (name, libraries[i]))
      return TRUE;
  if (symbol->function == NULL)
    return FALSE;
  function = dup_bare_name (symbol->function);
  if (g_str_has_prefix (function, "std::") || g_str_has_prefix (function, "__gnu_cxx::"))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (function, words[i]) != NULL)
      return TRUE;

  return FALSE;
}

static const char *
module_of (const Look      *look,
           const LookFrame *frame)
{
  const char *path = frame->module < look->modules->len ? look->modules->pdata[frame->module] : NULL;

  return path != NULL ? path : "?";
}

/* Returns the frame of @site that is its place, or NULL. */
static const LookFrame *
find_frame (Finder         *self,
            const LookSite *site)
{
  const Look *look = self->look;
  const LookFrame *frame = NULL;

  for (guint i = 0; i < site->n_frames; i++)
    {
      frame = &look->frames[site->frames[i]];
      if (!makes_for_others (module_of (look, frame), symbols_find (self->symbols, module_of (look, frame),
                                                                    frame->offset)))
        return frame;
    }

  /* Nothing but such: the innermost that is not malloc() itself. */
  return site->n_frames > 0 ? &look->frames[site->frames[site->n_frames > 1]] : NULL;
}

/* Returns the place of @site, by its position. */
static guint32
find_place (Finder         *self,
            GHashTable     *known,
            const LookSite *site)
{
  const LookFrame *frame = find_frame (self, site);
  const char *path = frame != NULL ? module_of (self->look, frame) : NULL;
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *name = path != NULL ? g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", base, frame->offset)
                                       : g_strdup ("unknown");
  gpointer position;
  Place *place;

  if (g_hash_table_lookup_extended (known, name, NULL, &position))
    return GPOINTER_TO_UINT (position);

  place = g_new0 (Place, 1);
  place->name = g_steal_pointer (&name);
  place->path = path;
  if (path != NULL)
    {
      place->offset = frame->offset;
      place->symbol = symbols_find (self->symbols, path, frame->offset);
    }
  g_ptr_array_add (self->places, place);
  g_hash_table_insert (known, place->name, GUINT_TO_POINTER (self->places->len - 1));

  return self->places->len - 1;
}

/* Turns the ids of sites into positions of places. @found has these and 1 by id, or 0. */
static void
place_strings (Finder     *self,
               GArray     *strings,
               GHashTable *known,
               guint32    *found)
{
  for (guint i = 0; i < strings->len; i++)
    {
      LookString *string = &g_array_index (strings, LookString, i);
      guint32 *place = &found[string->place];

      if (*place == 0)
        *place = find_place (self, known, &self->look->sites[string->place]) + 1;
      string->place = *place - 1;
    }
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const Place *one = *(Place *const *) a, *other = *(Place *const *) b;

  if (one->saving.copy_bytes != other->saving.copy_bytes)
    return one->saving.copy_bytes > other->saving.copy_bytes ? -1 : 1;

  return strcmp (one->name, other->name);
}

static const LookString *
strings_of (const Finder *self,
            const Place  *place)
{
  return &g_array_index (self->look->strings, LookString, place->first);
}

static void
sum_places (Finder *self)
{
  GArray *strings = self->look->strings;

  for (guint i = 0, end; i < strings->len; i = end)
    {
      const LookString *string = &g_array_index (strings, LookString, i);
      Place *place = self->places->pdata[string->place];

      for (end = i; end < strings->len && g_array_index (strings, LookString, end).place == string->place;)
        end++;
      place->first = i;
      place->saving = look_sum (self->look, string, end - i, FALSE);
    }
  for (guint i = 0; i < self->look->freed->len; i++)
    {
      const LookString *string = &g_array_index (self->look->freed, LookString, i);
      Place *place = self->places->pdata[string->place];

      place->saving.n_freed++;
      place->saving.n_hits += string->atom != INTERN_ATOM_NONE ? 1 : 0;
    }
}

/* By place, and of equal strings the largest first */
static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  const LookString *one = a, *other = b;

  if (one->place != other->place)
    return one->place < other->place ? -1 : 1;
  if (one->atom != other->atom)
    return one->atom < other->atom ? -1 : 1;

  return (one->bytes < other->bytes) - (one->bytes > other->bytes);
}

/* Returns the places of @look, those with the most bytes in copies first. A pool is asked for the first @n_asked, and
 * for those that advice may be about. */
GPtrArray *
places_find (Look    *look,
             Symbols *symbols,
             guint    n_asked)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func (place_free);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree guint32 *found = g_new0 (guint32, LOOK_MAX_IDS);
  Finder self = { look, symbols, places };

  place_strings (&self, look->strings, known, found);
  place_strings (&self, look->freed, known, found);
  g_array_sort (look->strings, compare_strings);
  sum_places (&self);
  g_ptr_array_sort (places, compare_places);
  for (guint i = 0; i < places->len && i < MAX (n_asked, MAX_ADVICE); i++)
    {
      Place *place = places->pdata[i];
      const Saving sum = place->saving;

      place->saving = look_sum (look, strings_of (&self, place), (gsize) sum.n_strings, TRUE);
      place->saving.n_freed = sum.n_freed;
      place->saving.n_hits = sum.n_hits;
    }

  return g_steal_pointer (&places);
}

/* Words */

/* "function() (file.c:12)", or as much of it as is known. The names come from the program, and may be anything. */
char *
place_describe (const Place *self)
{
  const Symbol *symbol = self->symbol;
  g_autofree char *function = NULL, *text = NULL;

  if (symbol == NULL || symbol->function == NULL)
    return terminal_dup_safe (self->name);
  function = dup_bare_name (symbol->function);
  text = symbol->file == NULL ? g_strdup_printf ("%s() in %s", function, self->name)
                              : g_strdup_printf ("%s() (%s:%d)", function, symbol->file, symbol->line);

  return terminal_dup_safe (text);
}

/* Returns what to do, in sentences. */
GPtrArray *
places_advise (const GPtrArray *places,
               const Look      *look)
{
  const double heap = (double) look->begin.bytes, all = (double) look->saving.n_strings;
  GPtrArray *advice = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < places->len && advice->len < MAX_ADVICE; i++)
    {
      const Place *place = places->pdata[i];
      const Saving *saving = &place->saving;
      const double saved = saving->pool_bytes > 0 ? (double) saving_get_net (saving) : 0;
      g_autofree char *name = NULL, *size = NULL;

      if (saved <= 0 || saved < MIN_ADVICE * heap)
        continue;
      name = place_describe (place);
      size = figures_dup_value (FIGURE_SIZE, saved);
      g_ptr_array_add (advice, g_strdup_printf ("Intern the strings of %s: %.0f %% of the heap's strings, %s less, "
                                                "%.0f %% hits.", name,
                                                100 * figures_divide ((double) saving->n_strings, all), size,
                                                100 * saving_get_hit_ratio (saving)));
    }
  if (advice->len == 0)
    g_ptr_array_add (advice, g_strdup ("Stay with copies: no call site would save one percent of the heap."));

  return advice;
}
