/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The charts of intern-pool stat: how the pool fills, how often its strings come, how long they are, and what they
 * take. */

#include "config.h"

#include "stat.h"

#include <unistd.h>

#include "chart.h"
#include "terminal.h"

#define MAX_POINTS 512
#define N_LENGTHS 16   /* bars, each for twice the length of the one before */
#define RANK_GROWTH 16 /* ranks are drawn that are larger by this part than the one before */

/* How the pool fills */

struct _StatCurve
{
  GArray  *points; /* (owned) (element-type ChartPoint) */
  guint64  step;   /* strings between two points */
};

StatCurve *
stat_curve_new (void)
{
  StatCurve *self = g_new0 (StatCurve, 1);
  const ChartPoint first = { 0, 0 };

  self->points = g_array_new (FALSE, FALSE, sizeof (ChartPoint));
  self->step = 1;
  g_array_append_val (self->points, first);

  return self;
}

/* When there are too many points, each second one stays. */
void
stat_curve_add (StatCurve *self,
                guint64    n_seen,
                guint64    n_distinct)
{
  const ChartPoint point = { (double) n_seen, (double) n_distinct };

  if (n_seen % self->step != 0)
    return;

  g_array_append_val (self->points, point);
  if (self->points->len <= MAX_POINTS)
    return;
  for (guint i = 0; i < self->points->len; i += 2)
    g_array_index (self->points, ChartPoint, i / 2) = g_array_index (self->points, ChartPoint, i);
  g_array_set_size (self->points, (self->points->len + 1) / 2);
  self->step *= 2;
}

/* For the terminal of standard output */
char *
stat_curve_draw (StatCurve *self)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < self->points->len; i++)
    g_array_append_val (values, g_array_index (self->points, ChartPoint, i).y);

  return terminal_draw (STDOUT_FILENO, values);
}

void
stat_curve_free (StatCurve *self)
{
  g_array_unref (self->points);
  g_free (self);
}

/* The strings */

static int
compare_counts (gconstpointer a,
                gconstpointer b)
{
  const guint64 one = *(const guint64 *) a, other = *(const guint64 *) b;

  return (one < other) - (one > other);
}

/* Counts by rank, as points that are about as far from each other on a logarithmic axis. */
static GArray *
find_ranks (GHashTable *counts)
{
  g_autoptr (GArray) sorted = g_array_new (FALSE, FALSE, sizeof (guint64));
  GArray *points = g_array_new (FALSE, FALSE, sizeof (ChartPoint));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const guint64 count = GPOINTER_TO_SIZE (value);

      g_array_append_val (sorted, count);
    }
  g_array_sort (sorted, compare_counts);
  for (guint rank = 1; rank <= sorted->len; rank += 1 + rank / RANK_GROWTH)
    {
      const ChartPoint point = { rank, (double) g_array_index (sorted, guint64, rank - 1) };

      g_array_append_val (points, point);
    }

  return points;
}

static guint
length_bar (gsize length)
{
  return length == 0 ? 0 : MIN (g_bit_storage (length), N_LENGTHS - 1);
}

static void
name_lengths (char **names)
{
  names[0] = g_strdup ("0 bytes");
  names[1] = g_strdup ("1");
  for (guint i = 2; i < N_LENGTHS - 1; i++)
    names[i] = g_strdup_printf ("%u to %u", 1u << (i - 1), (1u << i) - 1);
  names[N_LENGTHS - 1] = g_strdup_printf ("%u and more", 1u << (N_LENGTHS - 2));
}

/* Returns the first of the bars that are not empty, and sets @n_bars to how many there are up to the last. */
static const ChartBar *
find_lengths (InternPool *pool,
              GHashTable *counts,
              char      **names,
              ChartBar   *bars,
              gsize      *n_bars)
{
  guint first = N_LENGTHS, last = 0;
  GHashTableIter iter;
  gpointer string, count;

  for (guint i = 0; i < N_LENGTHS; i++)
    bars[i] = (ChartBar) { names[i], 0 };
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &string, &count))
    {
      const guint i = length_bar (intern_pool_get_length (pool, string));

      bars[i].value += (double) GPOINTER_TO_SIZE (count);
      first = MIN (first, i);
      last = MAX (last, i);
    }
  *n_bars = first <= last ? last - first + 1 : 0;

  return bars + first;
}

static char *
dup_title (char **files)
{
  g_autofree char *name = g_filename_display_basename (files[0]);

  if (files[1] != NULL)
    return g_strdup_printf ("The strings of %u files", g_strv_length (files));

  return g_strdup_printf ("The strings of %s", g_str_equal (files[0], "-") ? "standard input" : name);
}

gboolean
stat_write_chart (Output         *output,
                  const Options  *options,
                  StatCurve      *curve,
                  GHashTable     *counts,
                  InternPool     *pool,
                  GError        **error)
{
  g_autoptr (GArray) ranks = find_ranks (counts);
  g_auto (GStrv) names = g_new0 (char *, N_LENGTHS + 1);
  g_autofree char *title = dup_title (options->files);
  const ChartLine filling = { NULL, curve->points }, ranking = { NULL, ranks };
  ChartBar lengths[N_LENGTHS + 1], memory[] = { { "as copies", 0 }, { "interned", 0 } };
  ChartPanel panels[] = {
    { .title = "Distinct strings, as the text is read", .x_title = "strings read", .lines = &filling, .n_lines = 1 },
    { .title = "How often each string comes", .x_title = "rank, the most frequent first", .logarithmic = TRUE,
      .lines = &ranking, .n_lines = 1 },
    { .title = "Strings by length in bytes" },
    { .title = "Memory", .y_kind = FIGURE_SIZE, .bars = memory, .n_bars = G_N_ELEMENTS (memory) },
  };
  InternPoolStats stats;

  intern_pool_get_stats (pool, &stats);
  memory[0].value = (double) stats.bytes_saved + (double) stats.memory_usage;
  memory[1].value = (double) stats.memory_usage;
  name_lengths (names);
  panels[2].bars = find_lengths (pool, counts, names, lengths, &panels[2].n_bars);

  return chart_write (output, options->chart, title, panels, G_N_ELEMENTS (panels), error);
}
