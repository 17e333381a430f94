/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "pool/holders.h"

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
} Holding;

struct _InternHolders
{
  InternForkLink  fork_link;
  InternLock      lock;
  GHashTable     *holdings; /* (owned) (element-type utf8 Holding) by address; guarded by lock */
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
holding_free (Holding *holding)
{
  g_array_unref (holding->sites);
  g_free (holding);
}

static GHashTable *
new_holdings (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) holding_free);
}

static InternHolders *
holders_of_link (InternForkLink *link)
{
  return (InternHolders *) (void *) ((char *) link - G_STRUCT_OFFSET (InternHolders, fork_link));
}

static void
lock_holders (InternForkLink *link)
{
  intern_lock (&holders_of_link (link)->lock);
}

static void
unlock_holders (InternForkLink *link)
{
  intern_unlock (&holders_of_link (link)->lock);
}

InternHolders *
intern_holders_new_if_wanted (void)
{
  InternHolders *holders;

  if ((get_flags () & DEBUG_REFERENCES) == 0)
    return NULL;

  holders = g_new0 (InternHolders, 1);
  intern_lock_init (&holders->lock);
  holders->holdings = new_holdings ();
  intern_fork_register (&holders->fork_link, lock_holders, unlock_holders);

  return holders;
}

void
intern_holders_free (InternHolders *holders)
{
  intern_fork_unregister (&holders->fork_link);
  g_hash_table_unref (holders->holdings);
  intern_lock_clear (&holders->lock);
  g_free (holders);
}

static gboolean
is_permanent (const char *string)
{
  /* Relaxed: a string that becomes permanent at this moment may be recorded; the report leaves it out. */
  return (intern_atomic_load_relaxed (&intern_entry_header (string)->state) & INTERN_PERMANENT) != 0;
}

static Holding *
holding_of (InternHolders *holders,
            const char    *string)
{
  Holding *holding = g_hash_table_lookup (holders->holdings, string);

  if (holding == NULL)
    {
      holding = g_new0 (Holding, 1);
      holding->string = string;
      holding->sites = g_array_new (FALSE, FALSE, sizeof (Site));
      g_hash_table_insert (holders->holdings, (gpointer) string, holding);
    }

  return holding;
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
intern_holders_add (InternHolders *holders,
                    const char    *string,
                    gconstpointer  site)
{
  Holding *holding;

  if (is_permanent (string))
    return;

  intern_lock (&holders->lock);
  holding = holding_of (holders, string);
  holding->n_references++;
  count_site (holding->sites, site);
  intern_unlock (&holders->lock);
}

/* The caller is about to drop a reference. Returns whether one was recorded. */
gboolean
intern_holders_remove (InternHolders *holders,
                       const char    *string)
{
  Holding *holding;

  intern_lock (&holders->lock);
  holding = g_hash_table_lookup (holders->holdings, string);
  if (holding != NULL && --holding->n_references == 0)
    g_hash_table_remove (holders->holdings, string);
  intern_unlock (&holders->lock);

  return holding != NULL;
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
compare_holdings (gconstpointer a,
                  gconstpointer b)
{
  const Holding *left = *(const Holding * const *) a;
  const Holding *right = *(const Holding * const *) b;

  if (left->n_references != right->n_references)
    return left->n_references < right->n_references ? 1 : -1;

  return strcmp (left->string, right->string);
}

static void
report_holding (const Holding *holding)
{
  g_autofree char *shown = show_string (holding->string);

  g_message ("  %s at %p, references: %u", shown, holding->string, holding->n_references);
  g_array_sort (holding->sites, compare_sites);
  for (guint i = 0; i < MIN (holding->sites->len, MAX_SITES); i++)
    {
      const Site *site = &g_array_index (holding->sites, Site, i);
      g_autofree char *name = name_site (site->address);

      g_message ("    %u taken by %s", site->n_acquired, name);
    }
  if (holding->sites->len > MAX_SITES)
    g_message ("    and by %u more", holding->sites->len - MAX_SITES);
}

/* Prints the references that are left to the strings of @pool, which are about to be freed, and forgets them. */
void
intern_holders_report (InternHolders *holders,
                       gconstpointer  pool,
                       const char    *occasion)
{
  g_autoptr (GPtrArray) held = g_ptr_array_new ();
  g_autoptr (GHashTable) holdings = NULL;
  GHashTableIter iter;
  gpointer holding;

  intern_lock (&holders->lock);
  holdings = g_steal_pointer (&holders->holdings);
  holders->holdings = new_holdings ();
  intern_unlock (&holders->lock);

  g_hash_table_iter_init (&iter, holdings);
  while (g_hash_table_iter_next (&iter, NULL, &holding))
    if (!is_permanent (((Holding *) holding)->string))
      g_ptr_array_add (held, holding);
  if (held->len == 0)
    return;

  g_ptr_array_sort (held, compare_holdings);
  g_message ("Pool %p is %s with references left to %u of its strings:", pool, occasion, held->len);
  for (guint i = 0; i < MIN (held->len, MAX_STRINGS); i++)
    report_holding (g_ptr_array_index (held, i));
  if (held->len > MAX_STRINGS)
    g_message ("  and %u more", held->len - MAX_STRINGS);
}
