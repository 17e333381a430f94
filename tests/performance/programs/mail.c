/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Evolution's Camel and its camel_pstring: the summary of a folder keeps seven strings of each message,
 * most of which are those of other messages too. Lists of uids are made of them, and freed. */

#include "mail.h"

#include "program.h"

/* The fields of a message in the input, in their order. */
enum
{
  UID,
  SUBJECT,
  FROM,
  TO,
  CC,
  LIST,
  LABEL,
  N_FIELDS,
};

/* As large as what Camel keeps of a message without its strings and its GObject. */
typedef struct
{
  const char *strings[N_FIELDS]; /* (owned) */
  guint64     message_id;
  gint64      date_sent;
  gint64      date_received;
  guint32     size;
  guint32     flags;
} Message;

typedef struct
{
  BenchStream   fields;   /* N_FIELDS records a message */
  BenchStream   uids;     /* of these messages */
  BenchStream   new_uids; /* of other messages, in sequence */
  GPtrArray    *messages; /* (owned) (element-type Message) */
  guint64       before;   /* the memory of the process without the messages */
  guint64       empty;    /* that with messages that have no strings */
} Mail;

static void
make_messages (Mail *self)
{
  const guint64 n_messages = self->fields.n_records / N_FIELDS;

  self->messages = g_ptr_array_new ();
  for (guint64 i = 0; i < n_messages; i++)
    g_ptr_array_add (self->messages, g_new0 (Message, 1));
  self->empty = bench_resident_size ();
}

static void
load_messages (Mail *self)
{
  const char *record = self->fields.begin;

  program_start ();
  for (guint i = 0; i < self->messages->len; i++)
    {
      Message *message = g_ptr_array_index (self->messages, i);

      for (guint field = 0; field < N_FIELDS; field++)
        message->strings[field] = camel_pstring_strdup (program_next (&record));
    }
  program_stop ("load", self->messages->len);

  program_memory ("strings", self->empty, self->messages->len);
  program_memory ("memory", self->before, self->messages->len);
}

/* What a folder does for a search, a view or a filter: the texts come from the database. */
static void
list_uids (const BenchStream *stream,
           const char        *row)
{
  GPtrArray *uids = g_ptr_array_new ();
  const char *record = stream->begin;
  guint64 hash = 0;

  program_start ();
  for (guint64 i = 0; i < stream->n_records; i++)
    g_ptr_array_add (uids, (gpointer) (guintptr) camel_pstring_strdup (program_next (&record)));
  for (guint i = 0; i < uids->len; i++)
    camel_pstring_free (g_ptr_array_index (uids, i));
  program_stop (row, stream->n_records);

  for (record = stream->begin; record < stream->end;)
    hash = program_hash (hash, camel_pstring_contains (program_next (&record)) ? "old" : "new");
  program_answer (row, hash);
  g_ptr_array_unref (uids);
}

/* Which messages a view shows that has one address: the strings are compared by their addresses. */
static void
count_senders (Mail *self)
{
  const Message *first = g_ptr_array_index (self->messages, 0);
  guint64 n_equal = 0, hash = 0;

  for (guint i = 0; i < self->messages->len; i++)
    {
      const Message *message = g_ptr_array_index (self->messages, i);

      n_equal += message->strings[FROM] == first->strings[FROM];
      hash = program_hash (hash, message->strings[SUBJECT]);
    }
  program_answer ("of one sender", n_equal);
  program_answer ("subjects", hash);
}

static void
free_messages (Mail *self)
{
  program_start ();
  for (guint i = 0; i < self->messages->len; i++)
    {
      Message *message = g_ptr_array_index (self->messages, i);

      for (guint field = 0; field < N_FIELDS; field++)
        camel_pstring_free (message->strings[field]);
      g_free (message);
    }
  program_stop ("free", self->messages->len);

  program_memory ("left", self->before, 1024);
  strings_trim ();
  program_memory ("trimmed", self->before, 1024);
}

void
program_run (const char *folder)
{
  Mail self;

  program_open (&self.fields, folder, "messages");
  program_open (&self.uids, folder, "uids");
  program_open (&self.new_uids, folder, "new-uids");
  strings_init ();
  camel_pstring_free (camel_pstring_strdup ("first"));
  self.before = bench_resident_size ();

  make_messages (&self);
  load_messages (&self);
  count_senders (&self);
  list_uids (&self.uids, "list");
  list_uids (&self.new_uids, "new");
  free_messages (&self);

  g_ptr_array_unref (self.messages);
  bench_stream_close (&self.fields);
  bench_stream_close (&self.uids);
  bench_stream_close (&self.new_uids);
}
