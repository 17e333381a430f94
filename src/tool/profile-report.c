/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the looks at a heap say, by call site and by string, and what to do about it. */

#include "config.h"

#include "profile-report.h"

#include <string.h>
#include <unistd.h>

#include "terminal.h"

#define STRING_COLUMNS 44

/* Strings */

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  const guint64 one = look_text_get_copy_bytes (a), other = look_text_get_copy_bytes (b);

  if (one != other)
    return one > other ? -1 : 1;

  return ((const LookText *) a)->atom < ((const LookText *) b)->atom ? -1 : 1;
}

/* Leaves the texts that are listed. */
static void
cut_texts (const Report *self)
{
  GArray *texts = self->look->texts;

  g_array_sort (texts, compare_texts);
  for (guint i = 0; i < texts->len; i++)
    if (i >= (guint) self->options->top || g_array_index (texts, LookText, i).count < 2)
      g_array_set_size (texts, i);
}

/* Writing */

/* Returns how many a second stand behind so many in the sample of freed strings. */
double
report_per_second (const Look *look,
                   guint64     n_samples)
{
  const double share = figures_divide ((double) n_samples, (double) look->saving.n_freed);

  return share * figures_divide ((double) look->begin.n_freed * G_USEC_PER_SEC, (double) look->begin.since);
}

static char *
draw_heap (const Report *self)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < self->looks->len; i++)
    {
      const double value = (double) ((const Look *) self->looks->pdata[i])->begin.bytes;

      g_array_append_val (values, value);
    }

  return terminal_draw (self->options->output == NULL ? STDERR_FILENO : -1, values);
}

void
report_append_totals (const Report *self,
                      GString      *text)
{
  const Look *look = self->look;
  const Saving *saving = &look->saving;
  const double saved = (double) saving_get_net (saving), heap = (double) look->begin.bytes;
  g_autofree char *drawn = draw_heap (self);
  g_autofree char *when = g_strdup_printf (" at the largest of %u look%s, %.1f s after the start%s%s",
                                           self->looks->len, self->looks->len == 1 ? "" : "s", look->seconds,
                                           drawn != NULL ? "  " : "", drawn != NULL ? drawn : "");
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
    { FIGURE_COUNT, "Freed strings", "freed_per_second", report_per_second (look, saving->n_freed), "a second" },
    { FIGURE_COUNT, "Hits among them", "hits_per_second", report_per_second (look, saving->n_hits), "a second" },
    { FIGURE_COUNT, "Looks missing", "looks_missing", self->n_missing, "not sent, or cut short" },
  };
  const gsize n_figures = G_N_ELEMENTS (figures) - (self->n_missing == 0 && !self->options->json);

  figures_append (text, figures, n_figures, self->options->json, self->colour);
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
      g_autofree char *saved = figures_dup_value (FIGURE_SAVING, (double) saving_get_net (&place->saving));
      g_autofree char *hits = figures_dup_value (FIGURE_PERCENT, saving_get_hit_ratio (&place->saving));
      g_autofree char *name = place_describe (place);

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
      g_autofree char *bytes = figures_dup_value (FIGURE_SIZE, (double) look_text_get_copy_bytes (top));

      g_string_append_printf (text, "%12s %10s  ", count, bytes);
      terminal_append_quoted (text, string, intern_pool_get_length (self->look->pool, string), STRING_COLUMNS);
      g_string_append_c (text, '\n');
    }
}

/* GLib's own interners */

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
      g_string_append_printf (text, "%12s %8s %10s %10s  %s()\n", calls, hits, added, bytes, profile_interners[i]);
    }
}

void
report_append_table (const Report *self,
                     GString      *text)
{
  report_append_totals (self, text);
  if (self->options->top > 0 && self->look->saving.n_copies > 0)
    {
      append_places (self, text);
      append_top (self, text);
    }
  append_interners (self, text);
  figures_append_heading (text, "Advice", self->colour);
  for (guint i = 0; i < self->advice->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) self->advice->pdata[i]);
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

      g_ptr_array_add (names, place_describe (place));
      bars[i] = (ChartBar) { names->pdata[i], (double) place->saving.copy_bytes };
    }

  return profile_write_chart (output, self->options, self->looks, self->look, bars, n_shown (self), error);
}

/* Returns the report on @look, the largest of @looks, and writes @chart unless that is NULL. NULL is a failure. */
char *
profile_report (const Options  *options,
                GPtrArray      *looks,
                guint           n_missing,
                Look           *look,
                gboolean        colour,
                Output         *chart,
                GError        **error)
{
  g_autoptr (Symbols) symbols = symbols_new ();
  g_autoptr (GPtrArray) places = places_find (look, symbols, (guint) options->top);
  g_autoptr (GPtrArray) advice = places_advise (places, look);
  const Report self = { options, look, looks, n_missing, colour, places, advice };
  GString *text;

  cut_texts (&self);
  if (chart != NULL && !write_chart (&self, chart, error))
    return NULL;

  text = g_string_new (NULL);
  if (options->json)
    report_append_json (&self, text);
  else
    report_append_table (&self, text);

  return g_string_free (text, FALSE);
}
