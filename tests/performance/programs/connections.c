/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* NetworkManager and its NMRefString: names of D-Bus objects, of connections and of interfaces come with
 * each message from the bus, are kept in structs, compared, and released. */

#include "connections.h"

#include "program.h"

typedef struct
{
  BenchStream   names;  /* distinct */
  BenchStream   uses;   /* some of the names, many times */
  NameString  **held;   /* (owned) a reference to each name */
  NameString  **used;   /* (owned) the name of each use, without references */
  guint64       before; /* the memory of the process without the names */
} Connections;

static void
add_names (Connections *self)
{
  const char *record = self->names.begin;

  program_start ();
  for (guint64 i = 0; i < self->names.n_records; i++)
    self->held[i] = name_string_new (program_next (&record));
  program_stop ("add", self->names.n_records);

  program_memory ("memory", self->before, self->names.n_records);
  program_answer ("names", names_count ());
}

static void
find_uses (Connections *self)
{
  const char *record = self->uses.begin;

  for (guint64 i = 0; i < self->uses.n_records; i++)
    {
      self->used[i] = name_string_new (program_next (&record));
      name_string_unref (self->used[i]);
    }
}

static void
use_texts (Connections *self)
{
  const char *record = self->uses.begin;

  program_start ();
  for (guint64 i = 0; i < self->uses.n_records; i++)
    name_string_unref (name_string_new (program_next (&record)));
  program_stop ("hit", self->uses.n_records);
}

static void
use_references (Connections *self)
{
  program_start ();
  for (guint64 i = 0; i < self->uses.n_records; i++)
    name_string_unref (name_string_ref (self->used[i]));
  program_stop ("ref", self->uses.n_records);
}

/* Each name is compared with its own text and with the one before. */
static void
compare (Connections *self)
{
  const char *record = self->uses.begin;
  const char *previous = "";
  guint64 n_equal = 0;

  program_start ();
  for (guint64 i = 0; i < self->uses.n_records; i++)
    {
      const char *text = program_next (&record);

      n_equal += name_string_equal (self->used[i], text) ? 1 : 0;
      n_equal += name_string_equal (self->used[i], previous) ? 1 : 0;
      previous = text;
    }
  program_stop ("equal", 2 * self->uses.n_records);

  program_answer ("equal", n_equal);
}

static void
release_names (Connections *self)
{
  program_start ();
  for (guint64 i = 0; i < self->names.n_records; i++)
    name_string_unref (self->held[i]);
  program_stop ("release", self->names.n_records);

  program_memory ("left", self->before, 1024);
  names_trim ();
  program_memory ("trimmed", self->before, 1024);
  program_answer ("names left", names_count ());
}

void
program_run (const char *folder)
{
  Connections self;

  program_open (&self.names, folder, "names");
  program_open (&self.uses, folder, "uses");
  self.held = (NameString **) program_array ((gsize) self.names.n_records);
  self.used = (NameString **) program_array ((gsize) self.uses.n_records);
  names_init ();
  self.before = bench_resident_size ();

  add_names (&self);
  find_uses (&self);
  use_texts (&self);
  use_references (&self);
  compare (&self);
  release_names (&self);

  g_free (self.held);
  g_free (self.used);
  bench_stream_close (&self.names);
  bench_stream_close (&self.uses);
}
