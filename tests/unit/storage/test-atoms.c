/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "storage/atoms.h"

#define N_STRINGS 10000
#define N_THREADS 4

/* Entries as a shard stores them, each with its number as its string. */
typedef union
{
  InternEntry entry;
  guint32     words[6];
} Entry;

G_STATIC_ASSERT (sizeof (Entry) - sizeof (InternEntry) >= sizeof "4294967295");

static Entry *
make_entries (guint n)
{
  Entry *entries = g_new0 (Entry, n);

  for (guint i = 0; i < n; i++)
    {
      const int length = g_snprintf (entries[i].entry.string, 12, "%u", i);

      intern_header_publish (&entries[i].entry.header, (guint32) length, TRUE);
    }

  return entries;
}

/* As the store does it. */
static guint32
assign (InternAtoms *atoms,
        const char  *string)
{
  guint32 atom;

  intern_lock (&atoms->lock);
  atom = intern_atoms_assign_locked (atoms, string);
  intern_unlock (&atoms->lock);

  return atom;
}

static void
test_atoms_are_dense (void)
{
  InternAtoms atoms = { 0 };
  g_autofree Entry *entries = make_entries (N_STRINGS);

  g_test_summary ("Atoms are assigned in the order of requests, once, and each has its string");
  intern_atoms_init (&atoms, 7);
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_assert_cmpuint (intern_atoms_get_next (&atoms), ==, 7 + i);
      g_assert_cmpuint (assign (&atoms, entries[i].entry.string), ==, 7 + i);
      g_assert_cmpuint (assign (&atoms, entries[i / 2].entry.string), ==, 7 + i / 2);
    }
  for (guint i = 0; i < N_STRINGS; i++)
    {
      g_assert_cmpuint (intern_entry_atom (entries[i].entry.string), ==, 7 + i);
      g_assert_true (intern_atoms_string (&atoms, 7 + i) == entries[i].entry.string);
    }
  intern_atoms_clear (&atoms);
}

static void
test_other_numbers_have_no_string (void)
{
  const guint32 none[] = { 0, 1, 6, 8, 9, G_MAXINT32, (guint32) G_MAXINT32 + 1, G_MAXUINT32 };
  InternAtoms atoms = { 0 };
  g_autofree Entry *entries = make_entries (1);

  g_test_summary ("Numbers below the first atom or above the last have no string");
  intern_atoms_init (&atoms, 7);
  g_assert_null (intern_atoms_string (&atoms, 7));
  assign (&atoms, entries[0].entry.string);
  g_assert_nonnull (intern_atoms_string (&atoms, 7));
  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    g_assert_null (intern_atoms_string (&atoms, none[i]));
  intern_atoms_clear (&atoms);
}

static void
test_atoms_run_out (void)
{
  g_autofree Entry *entries = make_entries (3);
  InternAtoms atoms = { 0 }, successor = { 0 };

  g_test_summary ("After the highest atom there are no more, also for a successor");
  intern_atoms_init (&atoms, INTERN_MAX_ATOM);
  g_assert_cmpuint (assign (&atoms, entries[0].entry.string), ==, INTERN_MAX_ATOM);
  g_assert_cmpuint (assign (&atoms, entries[1].entry.string), ==, 0);
  g_assert_cmpuint (assign (&atoms, entries[0].entry.string), ==, INTERN_MAX_ATOM);
  g_assert_true (intern_atoms_string (&atoms, INTERN_MAX_ATOM) == entries[0].entry.string);
  g_assert_cmpuint (intern_entry_atom (entries[1].entry.string), ==, 0);

  intern_atoms_init (&successor, intern_atoms_get_next (&atoms));
  g_assert_cmpuint (assign (&successor, entries[2].entry.string), ==, 0);
  g_assert_null (intern_atoms_string (&successor, INTERN_MAX_ATOM));
  intern_atoms_clear (&atoms);
  intern_atoms_clear (&successor);
}

static void
test_segments_have_no_gaps (void)
{
  guint32 offset, last_offset = 0;
  guint last_segment = 0;

  g_test_summary ("Consecutive positions fill one segment after the other, up to the highest");
  for (guint32 position = 0; position < 100000; position++)
    {
      const guint segment = intern_atoms_segment (position, &offset);

      if (segment == last_segment)
        g_assert_cmpuint (offset, ==, position == 0 ? 0 : last_offset + 1);
      else
        {
          g_assert_cmpuint (segment, ==, last_segment + 1);
          g_assert_cmpuint (offset, ==, 0);
          g_assert_cmpuint (last_offset + 1, ==, 1u << (INTERN_FIRST_ATOMS_LOG2 + last_segment));
        }
      last_segment = segment;
      last_offset = offset;
    }
  g_assert_cmpuint (intern_atoms_segment (INTERN_MAX_ATOM - 1, &offset), <, INTERN_ATOM_SEGMENTS);
}

static void
test_memory_is_counted (void)
{
  InternAtoms atoms = { 0 };
  g_autofree Entry *entries = make_entries (N_STRINGS);

  g_test_summary ("Without atoms there is no memory; with them less than three times that of their strings' addresses");
  intern_atoms_init (&atoms, 1);
  g_assert_cmpuint (intern_atoms_get_memory (&atoms), ==, 0);
  for (guint i = 0; i < N_STRINGS; i++)
    assign (&atoms, entries[i].entry.string);
  g_assert_cmpuint (intern_atoms_get_memory (&atoms), >=, N_STRINGS * sizeof (char *));
  g_assert_cmpuint (intern_atoms_get_memory (&atoms), <, 3 * N_STRINGS * sizeof (char *));
  intern_atoms_clear (&atoms);
}

typedef struct
{
  InternAtoms *atoms;
  Entry       *entries;
} Asker;

/* In the same order in all threads, so that they ask for the same string at the same time. */
static gpointer
ask_all (gpointer data)
{
  const Asker *asker = data;

  for (guint i = 0; i < N_STRINGS; i++)
    {
      const char *string = asker->entries[i].entry.string;
      const guint32 atom = assign (asker->atoms, string);

      g_assert_true (intern_atoms_string (asker->atoms, atom) == string);
      g_assert_cmpuint (intern_entry_atom (string), ==, atom);
    }

  return NULL;
}

static void
test_threads_get_the_same_atom (void)
{
  InternAtoms atoms = { 0 };
  g_autofree Entry *entries = make_entries (N_STRINGS);
  Asker asker = { &atoms, entries };
  GThread *threads[N_THREADS];

  g_test_summary ("Threads that ask for the atom of one string get the same, and no atom is lost");
  intern_atoms_init (&atoms, 1);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("atoms", ask_all, &asker);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (intern_atoms_get_next (&atoms), ==, N_STRINGS + 1);
  intern_atoms_clear (&atoms);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/atoms/atoms-are-dense", test_atoms_are_dense);
  g_test_add_func ("/atoms/other-numbers-have-no-string", test_other_numbers_have_no_string);
  g_test_add_func ("/atoms/atoms-run-out", test_atoms_run_out);
  g_test_add_func ("/atoms/segments-have-no-gaps", test_segments_have_no_gaps);
  g_test_add_func ("/atoms/memory-is-counted", test_memory_is_counted);
  g_test_add_func ("/atoms/threads-get-the-same-atom", test_threads_get_the_same_atom);

  return g_test_run ();
}
