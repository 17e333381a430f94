/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile-report.h"

#include <string.h>

static const char *
reason_name (ProfileReason reason)
{
  return reason == PROFILE_AT_END ? "end" : reason == PROFILE_AT_PEAK ? "peak" : "request";
}

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
    { FIGURE_SIZE, NULL, "bytes_saved", (double) saving_get_net (saving), NULL },
    { FIGURE_PERCENT, NULL, "hit_ratio", saving_get_hit_ratio (saving), NULL },
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
                              symbol != NULL ? symbol->line : 0, report_per_second (self->look, place->saving.n_freed),
                              report_per_second (self->look, place->saving.n_hits));
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
                              top->count, look_text_get_copy_bytes (top));
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
      append_member (text, "function", profile_interners[i]);
      figures_append (text, figures, G_N_ELEMENTS (figures), TRUE, FALSE);
      g_string_append (text, " }");
    }
  g_string_append (text, "\n  ]");
}

void
report_append_json (const Report *self,
                    GString      *text)
{
  g_string_append (text, "{\n  ");
  report_append_totals (self, text);
  append_json_looks (self, text);
  append_json_places (self, text);
  append_json_top (self, text);
  append_json_interners (self, text);
  g_string_append (text, ",\n  \"advice\": [");
  for (guint i = 0; i < self->advice->len; i++)
    {
      g_string_append (text, i == 0 ? "\n    " : ",\n    ");
      figures_append_json_string (text, self->advice->pdata[i], strlen (self->advice->pdata[i]));
    }
  g_string_append (text, "\n  ]\n}\n");
}
