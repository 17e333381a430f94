/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the looks at a heap say, by call site and by string, and what to do about it. */

#include "config.h"

#include "profile.h"

#include <string.h>
#include <unistd.h>

#include "figures.h"
#include "symbols.h"
#include "terminal.h"

#define MIN_ADVICE 0.01 /* of the heap: a saving that is worth a line */
#define MAX_ADVICE 5
#define STRING_COLUMNS 44

/* A call site: the place in the program that wanted the string. */
typedef struct
{
  char         *name;   /* (owned) "module+0xoffset" */
  const char   *path;   /* (unowned) (nullable) of the module */
  guint64       offset;
  const Symbol *symbol; /* (unowned) (nullable) */
  Saving        saving;
  gsize         first;  /* of its strings, which are side by side */
} Place;

typedef struct
{
  const Options *options;
  Look          *look;
  GPtrArray     *looks;
  gboolean       colour;
  Symbols       *symbols; /* (owned) */
  GPtrArray     *places;  /* (owned) (element-type Place) */
} Report;

static void
place_free (gpointer data)
{
  Place *self = data;

  g_free (self->name);
  g_free (self);
}

static gint64
net_saving (const Saving *saving)
{
  return (gint64) saving->bytes - (gint64) saving->pool_bytes;
}

static double
hit_ratio (const Saving *saving)
{
  return figures_divide ((double) saving->n_copies, (double) saving->n_strings);
}

/* Places */

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
find_frame (Report         *self,
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
find_place (Report         *self,
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
  if (frame != NULL)
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
place_strings (Report     *self,
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
strings_of (const Report *self,
            const Place  *place)
{
  return &g_array_index (self->look->strings, LookString, place->first);
}

static void
sum_places (Report *self)
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

static void
find_places (Report *self)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree guint32 *found = g_new0 (guint32, LOOK_MAX_IDS);
  const guint shown = (guint) self->options->top;

  place_strings (self, self->look->strings, known, found);
  place_strings (self, self->look->freed, known, found);
  g_array_sort (self->look->strings, compare_strings);
  sum_places (self);
  g_ptr_array_sort (self->places, compare_places);
  for (guint i = 0; i < self->places->len && i < MAX (shown, MAX_ADVICE); i++)
    {
      Place *place = self->places->pdata[i];
      const Saving sum = place->saving;

      place->saving = look_sum (self->look, strings_of (self, place), sum.n_strings, TRUE);
      place->saving.n_freed = sum.n_freed;
      place->saving.n_hits = sum.n_hits;
    }
}

/* Strings */

static guint64
copy_bytes (const LookText *text)
{
  return text->bytes - text->largest;
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  const guint64 one = copy_bytes (a), other = copy_bytes (b);

  if (one != other)
    return one > other ? -1 : 1;

  return ((const LookText *) a)->atom < ((const LookText *) b)->atom ? -1 : 1;
}

static void
find_top (Report *self)
{
  GArray *texts = self->look->texts;

  g_array_sort (texts, compare_texts);
  for (guint i = 0; i < texts->len; i++)
    if (i >= (guint) self->options->top || g_array_index (texts, LookText, i).count < 2)
      g_array_set_size (texts, i);
}

/* Advice */

/* "function() (file.c:12)", or as much of it as is known */
static char *
describe (const Place *place)
{
  const Symbol *symbol = place->symbol;
  g_autofree char *function = NULL;

  if (symbol == NULL || symbol->function == NULL)
    return g_strdup (place->name);
  function = dup_bare_name (symbol->function);
  if (symbol->file == NULL)
    return g_strdup_printf ("%s() in %s", function, place->name);

  return g_strdup_printf ("%s() (%s:%d)", function, symbol->file, symbol->line);
}

static GPtrArray *
find_advice (const Report *self)
{
  const double heap = (double) self->look->begin.bytes, all = (double) self->look->saving.n_strings;
  GPtrArray *advice = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->places->len && advice->len < MAX_ADVICE; i++)
    {
      const Place *place = self->places->pdata[i];
      const Saving *saving = &place->saving;
      const double saved = saving->pool_bytes > 0 ? (double) net_saving (saving) : 0;
      g_autofree char *name = NULL, *size = NULL;

      if (saved <= 0 || saved < MIN_ADVICE * heap)
        continue;
      name = describe (place);
      size = figures_dup_value (FIGURE_SIZE, saved);
      g_ptr_array_add (advice, g_strdup_printf ("Intern the strings of %s: %.0f %% of the heap's strings, %s less, "
                                                "%.0f %% hits.", name,
                                                100 * figures_divide ((double) saving->n_strings, all), size,
                                                100 * hit_ratio (saving)));
    }
  if (advice->len == 0)
    g_ptr_array_add (advice, g_strdup ("Stay with copies: no call site would save one percent of the heap."));

  return advice;
}

/* Writing */

static const char *
reason_name (ProfileReason reason)
{
  return reason == PROFILE_AT_END ? "end" : reason == PROFILE_AT_PEAK ? "peak" : "request";
}

static double
per_second (const Look *look,
            guint64     n_samples)
{
  const double share = figures_divide ((double) n_samples, (double) look->saving.n_freed);

  return share * figures_divide ((double) look->begin.n_freed * G_USEC_PER_SEC, (double) look->begin.since);
}

static void
append_totals (const Report *self,
               GString      *text)
{
  const Look *look = self->look;
  const Saving *saving = &look->saving;
  const double saved = (double) net_saving (saving), heap = (double) look->begin.bytes;
  g_autofree char *when = g_strdup_printf (" at the largest of %u look%s, %.1f s after the start", self->looks->len,
                                           self->looks->len == 1 ? "" : "s", look->seconds);
  g_autofree char *share = g_strdup_printf ("%.1f %% of the heap", 100 * figures_divide ((double) saving->bytes, heap));
  g_autofree char *less = g_strdup_printf ("%.1f %% of the heap", 100 * figures_divide (saved, heap));
  const Figure figures[] = {
    { FIGURE_SIZE, "Heap", "heap_bytes", heap, when },
    { FIGURE_COUNT, "Blocks", "blocks", (double) look->begin.n_blocks, NULL },
    { FIGURE_COUNT, "Strings", "strings", (double) saving->n_strings, NULL },
    { FIGURE_COUNT, "Copies", "copies", (double) saving->n_copies, "equal to another string that lives" },
    { FIGURE_SIZE, "Bytes in strings", "string_bytes", (double) saving->bytes, share },
    { FIGURE_SIZE, "Bytes in copies", "copy_bytes", (double) saving->copy_bytes, NULL },
    { FIGURE_SIZE, "One pool takes", "pool_bytes", (double) saving->pool_bytes, NULL },
    { FIGURE_SAVING, "Net saving", "bytes_saved", saved, less },
    { FIGURE_COUNT, "Freed strings", "freed_per_second", per_second (look, saving->n_freed), "a second" },
    { FIGURE_COUNT, "Hits among them", "hits_per_second", per_second (look, saving->n_hits), "a second" },
  };

  figures_append (text, figures, G_N_ELEMENTS (figures), self->options->json, self->colour);
}

/* Returns how many call sites are shown to people: those with the most bytes in copies come first. */
static guint
n_shown (const Report *self)
{
  guint n = 0;

  while (n < self->places->len && n < (guint) self->options->top &&
         ((const Place *) self->places->pdata[n])->saving.n_copies > 0)
    n++;

  return n;
}

static void
append_places (const Report *self,
               GString      *text)
{
  figures_append_heading (text, "      Copies      Bytes      Saved     Hits  Call site", self->colour);
  for (guint i = 0; i < n_shown (self); i++)
    {
      const Place *place = self->places->pdata[i];
      g_autofree char *copies = figures_dup_value (FIGURE_COUNT, (double) place->saving.n_copies);
      g_autofree char *bytes = figures_dup_value (FIGURE_SIZE, (double) place->saving.copy_bytes);
      g_autofree char *saved = figures_dup_value (FIGURE_SAVING, (double) net_saving (&place->saving));
      g_autofree char *hits = figures_dup_value (FIGURE_PERCENT, hit_ratio (&place->saving));
      g_autofree char *name = describe (place);

      g_string_append_printf (text, "%12s %10s %10s %8s  %s\n", copies, bytes, saved, hits, name);
    }
}

static void
append_top (const Report *self,
            GString      *text)
{
  figures_append_heading (text, "       Count      Bytes  String", self->colour);
  for (guint i = 0; i < self->look->texts->len; i++)
    {
      const LookText *top = &g_array_index (self->look->texts, LookText, i);
      const char *string = intern_pool_atom_to_string (self->look->pool, top->atom);
      g_autofree char *count = figures_dup_value (FIGURE_COUNT, (double) top->count);
      g_autofree char *bytes = figures_dup_value (FIGURE_SIZE, (double) copy_bytes (top));

      g_string_append_printf (text, "%12s %10s  ", count, bytes);
      terminal_append_quoted (text, string, intern_pool_get_length (self->look->pool, string), STRING_COLUMNS);
      g_string_append_c (text, '\n');
    }
}

/* GLib's own interners */

static const char *const interners[PROFILE_N_INTERNERS] = {
  "g_intern_string", "g_quark_from_string", "g_ref_string_new_intern",
};

static void
append_interners (const Report *self,
                  GString      *text)
{
  gboolean headed = FALSE;

  for (guint i = 0; i < PROFILE_N_INTERNERS; i++)
    {
      const ProfileInterner *interner = &self->look->begin.interners[i];
      const double n_calls = (double) interner->n_calls, n_hits = (double) interner->n_hits;
      g_autofree char *calls = figures_dup_value (FIGURE_COUNT, n_calls);
      g_autofree char *hits = figures_dup_value (FIGURE_PERCENT, figures_divide (n_hits, n_calls));
      g_autofree char *added = figures_dup_value (FIGURE_COUNT, n_calls - n_hits);
      g_autofree char *bytes = figures_dup_value (FIGURE_SIZE, (double) interner->bytes);

      if (interner->n_calls == 0)
        continue;
      if (!headed)
        figures_append_heading (text, "       Calls     Hits      Added      Bytes  GLib's own", self->colour);
      headed = TRUE;
      g_string_append_printf (text, "%12s %8s %10s %10s  %s()\n", calls, hits, added, bytes, interners[i]);
    }
}

static void
append_table (const Report *self,
              GString      *text)
{
  g_autoptr (GPtrArray) advice = find_advice (self);

  append_totals (self, text);
  if (self->options->top > 0 && self->look->saving.n_copies > 0)
    {
      append_places (self, text);
      append_top (self, text);
    }
  append_interners (self, text);
  figures_append_heading (text, "Advice", self->colour);
  for (guint i = 0; i < advice->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) advice->pdata[i]);
}

/* JSON */

static void
append_member (GString    *text,
               const char *name,
               const char *string)
{
  g_string_append_printf (text, "\"%s\": ", name);
  if (string != NULL)
    figures_append_json_string (text, string, strlen (string));
  else
    g_string_append (text, "null");
  g_string_append (text, ", ");
}

static void
append_saving (GString      *text,
               const Saving *saving)
{
  const Figure figures[] = {
    { FIGURE_COUNT, NULL, "strings", (double) saving->n_strings, NULL },
    { FIGURE_COUNT, NULL, "copies", (double) saving->n_copies, NULL },
    { FIGURE_SIZE, NULL, "string_bytes", (double) saving->bytes, NULL },
    { FIGURE_SIZE, NULL, "copy_bytes", (double) saving->copy_bytes, NULL },
    { FIGURE_SIZE, NULL, "pool_bytes", (double) saving->pool_bytes, NULL },
    { FIGURE_SIZE, NULL, "bytes_saved", (double) net_saving (saving), NULL },
    { FIGURE_PERCENT, NULL, "hit_ratio", hit_ratio (saving), NULL },
  };

  figures_append (text, figures, G_N_ELEMENTS (figures), TRUE, FALSE);
}

static void
append_json_looks (const Report *self,
                   GString      *text)
{
  g_string_append (text, ",\n  \"looks\": [");
  for (guint i = 0; i < self->looks->len; i++)
    {
      const Look *look = self->looks->pdata[i];
      const Figure figures[] = {
        { FIGURE_SECONDS, NULL, "seconds", look->seconds, NULL },
        { FIGURE_SECONDS, NULL, "took", (double) look->took / G_USEC_PER_SEC, NULL },
        { FIGURE_COUNT, NULL, "pid", (double) look->begin.pid, NULL },
        { FIGURE_SIZE, NULL, "heap_bytes", (double) look->begin.bytes, NULL },
        { FIGURE_COUNT, NULL, "blocks", (double) look->begin.n_blocks, NULL },
      };

      g_string_append (text, i == 0 ? "\n    { " : ",\n    { ");
      append_member (text, "reason", reason_name (look->reason));
      figures_append (text, figures, G_N_ELEMENTS (figures), TRUE, FALSE);
      g_string_append (text, ", ");
      append_saving (text, &look->saving);
      g_string_append (text, " }");
    }
  g_string_append (text, "\n  ]");
}

static void
append_json_places (const Report *self,
                    GString      *text)
{
  g_string_append (text, ",\n  \"sites\": [");
  for (guint i = 0; i < self->places->len && i < (guint) self->options->top; i++)
    {
      const Place *place = self->places->pdata[i];
      const Symbol *symbol = place->symbol;

      g_string_append (text, i == 0 ? "\n    { " : ",\n    { ");
      append_member (text, "place", place->name);
      append_member (text, "library", place->path);
      append_member (text, "function", symbol != NULL ? symbol->function : NULL);
      append_member (text, "file", symbol != NULL ? symbol->file : NULL);
      g_string_append_printf (text, "\"line\": %d, \"freed_per_second\": %.1f, \"hits_per_second\": %.1f, ",
                              symbol != NULL ? symbol->line : 0, per_second (self->look, place->saving.n_freed),
                              per_second (self->look, place->saving.n_hits));
      append_saving (text, &place->saving);
      g_string_append (text, " }");
    }
  g_string_append (text, "\n  ]");
}

static void
append_json_top (const Report *self,
                 GString      *text)
{
  g_string_append (text, ",\n  \"top\": [");
  for (guint i = 0; i < self->look->texts->len; i++)
    {
      const LookText *top = &g_array_index (self->look->texts, LookText, i);
      const char *string = intern_pool_atom_to_string (self->look->pool, top->atom);

      g_string_append (text, i == 0 ? "\n    { \"string\": " : ",\n    { \"string\": ");
      figures_append_json_string (text, string, intern_pool_get_length (self->look->pool, string));
      g_string_append_printf (text, ", \"count\": %" G_GUINT64_FORMAT ", \"copy_bytes\": %" G_GUINT64_FORMAT " }",
                              top->count, copy_bytes (top));
    }
  g_string_append (text, "\n  ]");
}

static void
append_json_interners (const Report *self,
                       GString      *text)
{
  g_string_append (text, ",\n  \"interners\": [");
  for (guint i = 0; i < PROFILE_N_INTERNERS; i++)
    {
      const ProfileInterner *interner = &self->look->begin.interners[i];
      const Figure figures[] = {
        { FIGURE_COUNT, NULL, "calls", (double) interner->n_calls, NULL },
        { FIGURE_COUNT, NULL, "hits", (double) interner->n_hits, NULL },
        { FIGURE_COUNT, NULL, "added", (double) (interner->n_calls - interner->n_hits), NULL },
        { FIGURE_SIZE, NULL, "bytes", (double) interner->bytes, NULL },
      };

      g_string_append (text, i == 0 ? "\n    { " : ",\n    { ");
      append_member (text, "function", interners[i]);
      figures_append (text, figures, G_N_ELEMENTS (figures), TRUE, FALSE);
      g_string_append (text, " }");
    }
  g_string_append (text, "\n  ]");
}

static void
append_json (const Report *self,
             GString      *text)
{
  g_autoptr (GPtrArray) advice = find_advice (self);

  g_string_append (text, "{\n  ");
  append_totals (self, text);
  append_json_looks (self, text);
  append_json_places (self, text);
  append_json_top (self, text);
  append_json_interners (self, text);
  g_string_append (text, ",\n  \"advice\": [");
  for (guint i = 0; i < advice->len; i++)
    {
      g_string_append (text, i == 0 ? "\n    " : ",\n    ");
      figures_append_json_string (text, advice->pdata[i], strlen (advice->pdata[i]));
    }
  g_string_append (text, "\n  ]\n}\n");
}

static gboolean
write_chart (const Report  *self,
             Output        *output,
             GError       **error)
{
  g_autofree ChartBar *bars = g_new0 (ChartBar, self->places->len + 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n_shown (self); i++)
    {
      const Place *place = self->places->pdata[i];

      g_ptr_array_add (names, describe (place));
      bars[i] = (ChartBar) { names->pdata[i], (double) place->saving.copy_bytes };
    }

  return profile_write_chart (output, self->options, self->looks, self->look, bars, n_shown (self), error);
}

/* Returns the report on @look, the largest of @looks, and writes @chart unless that is NULL. NULL is a failure. */
char *
profile_report (const Options  *options,
                GPtrArray      *looks,
                Look           *look,
                gboolean        colour,
                Output         *chart,
                GError        **error)
{
  g_autoptr (Symbols) symbols = symbols_new ();
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func (place_free);
  Report self = { options, look, looks, colour, symbols, places };
  GString *text;

  find_places (&self);
  find_top (&self);
  if (chart != NULL && !write_chart (&self, chart, error))
    return NULL;

  text = g_string_new (NULL);
  if (options->json)
    append_json (&self, text);
  else
    append_table (&self, text);

  return g_string_free (text, FALSE);
}
