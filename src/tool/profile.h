/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What intern-pool profile learns of the heap of a program: a Look is one moment, a Profile all of them. */

#pragma once

#include <intern-glib.h>

#include "chart.h"
#include "command.h"
#include "output.h"
#include "profile/format.h"

#define LOOK_MAX_IDS 65536 /* of frames, and of sites */

typedef struct
{
  guint32 atom;
  guint32 place; /* the id of a site, and later that of a place */
  guint64 bytes;
} LookString;

/* The equal ones among the strings */
typedef struct
{
  guint32 atom;
  guint64 count;
  guint64 bytes;
  guint64 largest;
} LookText;

typedef struct
{
  guint16 module;
  guint64 offset;
} LookFrame;

typedef struct
{
  guint16 n_frames;
  guint16 frames[PROFILE_DEPTH];
} LookSite;

/* What one pool would do for some strings */
typedef struct
{
  guint64 n_strings;
  guint64 n_copies;    /* of another one that lives */
  guint64 bytes;       /* in the heap */
  guint64 copy_bytes;  /* those of the copies */
  guint64 pool_bytes;  /* of a pool that holds the strings */
  guint64 n_freed;     /* samples of freed strings */
  guint64 n_hits;      /* those that were equal to a living one */
} Saving;

typedef struct
{
  ProfileReason  reason;
  double         seconds; /* since the start */
  guint32        took;    /* microseconds, to read it and sum it up */
  ProfileBegin   begin;
  Saving         saving;
  GPtrArray     *modules; /* (owned) (element-type filename) */
  LookFrame     *frames;  /* (owned) by id */
  LookSite      *sites;   /* (owned) by id */
  GArray        *strings; /* (owned) (element-type LookString) */
  GArray        *freed;   /* (owned) (element-type LookString) their atoms are those of living strings, or 0 */
  GArray        *texts;   /* (owned) (element-type LookText) by atom */
  InternPool    *pool;    /* (owned) */
} Look;

/* The names of their functions */
extern const char *const profile_interners[PROFILE_N_INTERNERS];

guint64  look_text_get_copy_bytes (const LookText   *text);
gint64   saving_get_net           (const Saving     *saving);
double   saving_get_hit_ratio     (const Saving     *saving);

Look *   look_read                (int               fd) G_GNUC_WARN_UNUSED_RESULT;
Saving   look_sum                 (const Look       *self,
                                   const LookString *strings,
                                   gsize             n_strings,
                                   gboolean          with_pool);
void     look_empty               (Look             *self);
void     look_free                (Look             *self);

char *   profile_report           (const Options    *options,
                                   GPtrArray        *looks,
                                   guint             n_missing,
                                   Look             *look,
                                   gboolean          colour,
                                   Output           *chart,
                                   GError          **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean profile_write_chart      (Output           *output,
                                   const Options    *options,
                                   GPtrArray        *looks,
                                   const Look       *look,
                                   const ChartBar   *bars,
                                   gsize             n_bars,
                                   GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)
