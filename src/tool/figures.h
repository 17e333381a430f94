/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Figures as a table, for people, and as JSON, for programs. */

#pragma once

#include <glib.h>

#include "command.h"

typedef enum
{
  FIGURE_COUNT,
  FIGURE_ANY,     /* a count that the table leaves out when it is 0 */
  FIGURE_SIZE,    /* bytes */
  FIGURE_SAVING,  /* bytes; a negative one is a cost */
  FIGURE_PERCENT, /* a share from 0 to 1 */
  FIGURE_SECONDS,
  FIGURE_RATIO,
} FigureKind;

/* Each figure is documented in the man page. */
typedef struct
{
  FigureKind  kind;
  const char *label; /* in the table */
  const char *name;  /* in JSON */
  double      value;
  const char *note;  /* (nullable) after the value in the table */
} Figure;

typedef struct
{
  const char *string; /* (unowned) of a pool */
  gsize       length;
  guint64     count;
  guint64     bytes_saved;
} RepeatedString;

double figures_divide (double        part,
                       double        whole);

/* @top, an array of RepeatedString, may be NULL. */
Status figures_write  (const Figure *figures,
                       gsize         n_figures,
                       GArray       *top,
                       gboolean      json,
                       gboolean      colour);

/* For a report that has more than figures: the lines of the table, or members of an object of JSON. */
void   figures_append             (GString      *text,
                                   const Figure *figures,
                                   gsize         n_figures,
                                   gboolean      json,
                                   gboolean      colour);
void   figures_append_json_string (GString      *text,
                                   const char   *data,
                                   gsize         length);
void   figures_append_heading     (GString      *text,
                                   const char   *heading,
                                   gboolean      colour);
char * figures_dup_value          (FigureKind    kind,
                                   double        value) G_GNUC_WARN_UNUSED_RESULT;

/* A table with a row of figures for each of many things, which are numbered from 1 */

typedef struct _FigureTable FigureTable;

FigureTable * figure_table_new   (const Figure *head,
                                  gboolean      json,
                                  gboolean      colour) G_GNUC_WARN_UNUSED_RESULT;
/* @name may be NULL. */
void          figure_table_add   (FigureTable  *self,
                                  const Figure *figures,
                                  gsize         n_figures,
                                  const char   *advice,
                                  const char   *name);
Status        figure_table_write (FigureTable  *self);
void          figure_table_free  (FigureTable  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FigureTable, figure_table_free)
