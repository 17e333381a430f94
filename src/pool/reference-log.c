/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/reference-log.h"

#ifdef HAVE_BACKTRACE
# include <execinfo.h>
# include <stdlib.h>
#endif

#include "base/fork.h"
#include "base/lock.h"
#include "storage/entry.h"

/* Limits of a report. */
#define MAX_STRINGS 10
#define MAX_SITES 4
#define MAX_SHOWN 60 /* bytes of a string */

typedef struct
{
  gconstpointer address; /* the return address of the call */
  guint         n_acquired;
} Site;

typedef struct
{
  const char *string;
  guint       n_references;
  GArray     *sites; /* (owned) (element-type Site) */
} Record;

struct _InternReferenceLog
{
  InternForkLink  fork_link;
  InternLock      lock;
  GHashTable     *records; /* (owned) (element-type utf8 Record) by address; guarded by lock */
};

typedef enum
{
  DEBUG_REFERENCES = 1 << 0,
} DebugFlags;

static DebugFlags
get_flags (void)
{
  static const GDebugKey keys[] = {
    { "references", DEBUG_REFERENCES },
  };
  static gsize once; /* the flags plus 1, so that it is not 0 */

  if (g_once_init_enter (&once))
    g_once_init_leave (&once, 1 + g_parse_debug_string (g_getenv ("INTERN_DEBUG"), keys, G_N_ELEMENTS (keys)));

  return (DebugFlags) (once - 1);
}

static void
record_free (Record *record)
{
  g_array_unref (record->sites);
  g_free (record);
}

static GHashTable *
new_records (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) record_free);
}

static InternReferenceLog *
log_of_link (InternForkLink *link)
{
  return (InternReferenceLog *) (void *) ((char *) link - G_STRUCT_OFFSET (InternReferenceLog, fork_link));
}

static void
lock_log (InternForkLink *link)
{
  intern_lock (&log_of_link (link)->lock);
}

static void
unlock_log (InternForkLink *link)
{
  intern_unlock (&log_of_link (link)->lock);
}

InternReferenceLog *
intern_reference_log_new_if_wanted (void)
{
  InternReferenceLog *log;

  if ((get_flags () & DEBUG_REFERENCES) == 0)
    return NULL;

  log = g_new0 (InternReferenceLog, 1);
  intern_lock_init (&log->lock);
  log->records = new_records ();
  intern_fork_register (&log->fork_link, lock_log, unlock_log);

  return log;
}

void
intern_reference_log_free (InternReferenceLog *log)
{
  intern_fork_unregister (&log->fork_link);
  g_hash_table_unref (log->records);
  intern_lock_clear (&log->lock);
  g_free (log);
}

static gboolean
is_permanent (const char *string)
{
  /* Relaxed: a string that becomes permanent at this moment may be recorded; the report leaves it out. */
  return (intern_atomic_load_relaxed (&intern_entry_header (string)->state) & INTERN_PERMANENT) != 0;
}

static Record *
record_of (InternReferenceLog *log,
           const char         *string)
{
  Record *record = g_hash_table_lookup (log->records, string);

  if (record == NULL)
    {
      record = g_new0 (Record, 1);
      record->string = string;
      record->sites = g_array_new (FALSE, FALSE, sizeof (Site));
      g_hash_table_insert (log->records, (gpointer) string, record);
    }

  return record;
}

static void
count_site (GArray        *sites,
            gconstpointer  address)
{
  for (guint i = 0; i < sites->len; i++)
    if (g_array_index (sites, Site, i).address == address)
      {
        g_array_index (sites, Site, i).n_acquired++;
        return;
      }

  g_array_append_vals (sites, &(Site) { address, 1 }, 1);
}

/* The caller has just taken a reference to @string. */
void
intern_reference_log_add (InternReferenceLog *log,
                          const char         *string,
                          gconstpointer       site)
{
  Record *record;

  if (is_permanent (string))
    return;

  intern_lock (&log->lock);
  record = record_of (log, string);
  record->n_references++;
  count_site (record->sites, site);
  intern_unlock (&log->lock);
}

/* The caller is about to drop a reference. Returns whether one was recorded. */
gboolean
intern_reference_log_remove (InternReferenceLog *log,
                             const char         *string)
{
  Record *record;

  intern_lock (&log->lock);
  record = g_hash_table_lookup (log->records, string);
  if (record != NULL && --record->n_references == 0)
    g_hash_table_remove (log->records, string);
  intern_unlock (&log->lock);

  return record != NULL;
}

/* The report */

static char *
name_site (gconstpointer address)
{
#ifdef HAVE_BACKTRACE
  void *addresses[] = { (void *) address };
  char **names = backtrace_symbols (addresses, G_N_ELEMENTS (addresses));
  char *name = names != NULL ? g_strdup (names[0]) : NULL;

  free (names);
  if (name != NULL)
    return name;
#endif

  return g_strdup_printf ("%p", address);
}

static char *
show_string (const char *string)
{
  const gsize length = intern_entry_length (string);
  g_autofree char *start = g_strndup (string, MIN (length, MAX_SHOWN));
  g_autofree char *escaped = g_strescape (start, NULL);

  return g_strdup_printf ("\"%s\"%s", escaped, strlen (start) < length ? "..." : "");
}

static int
compare_sites (gconstpointer a,
               gconstpointer b)
{
  const guint left = ((const Site *) a)->n_acquired;
  const guint right = ((const Site *) b)->n_acquired;

  return (left < right) - (left > right);
}

static int
compare_records (gconstpointer a,
                 gconstpointer b)
{
  const Record *left = *(const Record * const *) a;
  const Record *right = *(const Record * const *) b;

  if (left->n_references != right->n_references)
    return left->n_references < right->n_references ? 1 : -1;

  return strcmp (left->string, right->string);
}

static void
report_record (const Record *record)
{
  g_autofree char *shown = show_string (record->string);

  g_message ("  %s at %p, references: %u", shown, record->string, record->n_references);
  g_array_sort (record->sites, compare_sites);
  for (guint i = 0; i < MIN (record->sites->len, MAX_SITES); i++)
    {
      const Site *site = &g_array_index (record->sites, Site, i);
      g_autofree char *name = name_site (site->address);

      g_message ("    %u taken by %s", site->n_acquired, name);
    }
  if (record->sites->len > MAX_SITES)
    g_message ("    and by %u more", record->sites->len - MAX_SITES);
}

/* Prints the references that are left to the strings of @pool, which are about to be freed, and forgets them. */
void
intern_reference_log_report (InternReferenceLog *log,
                             gconstpointer       pool,
                             const char         *occasion)
{
  g_autoptr (GPtrArray) held = g_ptr_array_new ();
  g_autoptr (GHashTable) records = NULL;
  GHashTableIter iter;
  gpointer record;

  intern_lock (&log->lock);
  records = g_steal_pointer (&log->records);
  log->records = new_records ();
  intern_unlock (&log->lock);

  g_hash_table_iter_init (&iter, records);
  while (g_hash_table_iter_next (&iter, NULL, &record))
    if (!is_permanent (((Record *) record)->string))
      g_ptr_array_add (held, record);
  if (held->len == 0)
    return;

  g_ptr_array_sort (held, compare_records);
  g_message ("Pool %p is %s with references left to %u of its strings:", pool, occasion, held->len);
  for (guint i = 0; i < MIN (held->len, MAX_STRINGS); i++)
    report_record (g_ptr_array_index (held, i));
  if (held->len > MAX_STRINGS)
    g_message ("  and %u more", held->len - MAX_STRINGS);
}
