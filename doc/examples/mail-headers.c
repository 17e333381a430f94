/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keeps the senders and lists of the messages in a mailbox: mail-headers MBOX
 *
 * Messages come and go for as long as a mail program runs, so each acquires its strings and releases
 * them. The same sender is one address, so a search for all of their messages compares no text. */

#include <stdlib.h>
#include <string.h>

#include <intern-glib.h>

typedef struct
{
  const char *from;    /* (owned) acquired from the pool */
  const char *list;    /* (owned) (nullable) acquired from the pool */
  char       *subject; /* (owned) hardly ever repeats, so it is not interned */
} Message;

typedef struct
{
  InternPool *pool;     /* (owned) */
  GArray     *messages; /* (owned) (element-type Message) */
} Mailbox;

/* The text after a name such as "From: " if the line begins with it. */
static const char *
value_of (const char *line,
          const char *name)
{
  return g_str_has_prefix (line, name) ? line + strlen (name) : NULL;
}

static void
read_line (Mailbox    *mailbox,
           const char *line)
{
  GArray *messages = mailbox->messages;
  Message *message = messages->len == 0 ? NULL : &g_array_index (messages, Message, messages->len - 1);
  const char *value;

  if (g_str_has_prefix (line, "From ")) /* the line before each message */
    g_array_set_size (messages, messages->len + 1);
  else if (message == NULL)
    return;
  else if ((value = value_of (line, "From: ")) != NULL && message->from == NULL)
    message->from = intern_pool_acquire (mailbox->pool, value);
  else if ((value = value_of (line, "List-Id: ")) != NULL && message->list == NULL)
    message->list = intern_pool_acquire (mailbox->pool, value);
  else if ((value = value_of (line, "Subject: ")) != NULL && message->subject == NULL)
    message->subject = g_strdup (value);
}

static void
message_clear (Mailbox *mailbox,
               Message *message)
{
  intern_pool_release (mailbox->pool, message->from); /* NULL is fine */
  intern_pool_release (mailbox->pool, message->list);
  g_free (message->subject);
}

/* Removes all messages of a sender. If the pool does not know the name, no message has it. */
static void
remove_sender (Mailbox    *mailbox,
               const char *name)
{
  const char *sender = intern_pool_lookup_acquire (mailbox->pool, name);

  for (guint i = mailbox->messages->len; sender != NULL && i > 0; i--)
    {
      Message *message = &g_array_index (mailbox->messages, Message, i - 1);

      if (message->from == sender)
        {
          g_print ("removing \"%s\"\n", message->subject);
          message_clear (mailbox, message);
          g_array_remove_index (mailbox->messages, i - 1);
        }
    }
  intern_pool_release (mailbox->pool, sender);
}

static void
report (Mailbox *mailbox)
{
  g_print ("%u messages, %u strings\n", mailbox->messages->len, intern_pool_get_n_strings (mailbox->pool));
}

int
main (int    argc,
      char **argv)
{
  Mailbox mailbox = { intern_pool_new (), g_array_new (FALSE, TRUE, sizeof (Message)) };
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (argc != 2 || !g_file_get_contents (argv[1], &text, NULL, NULL))
    {
      g_printerr ("Usage: mail-headers MBOX\n");
      return EXIT_FAILURE;
    }

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    read_line (&mailbox, lines[i]);
  report (&mailbox);
  remove_sender (&mailbox, "Grace <grace@example.org>");
  remove_sender (&mailbox, "Nemo <nemo@example.org>");
  report (&mailbox);

  for (guint i = 0; i < mailbox.messages->len; i++)
    message_clear (&mailbox, &g_array_index (mailbox.messages, Message, i));
  g_array_set_size (mailbox.messages, 0);
  report (&mailbox);
  g_array_unref (mailbox.messages);
  g_object_unref (mailbox.pool);

  return EXIT_SUCCESS;
}
