/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libxmlb: a document in XML becomes a tree, and the tree a table of its distinct strings and a table of
 * nodes, which name the strings by their offsets. */

#include "table.h"

#include <string.h>

#include "program.h"

/* A string and its offset in the table. */
typedef struct
{
  NodeString string; /* (owned) (nullable) */
  guint32    offset; /* G_MAXUINT32 without a string */
} Text;

typedef struct
{
  Text name;
  Text value;
} Attribute;

typedef struct _Node Node;

struct _Node
{
  Text       element;
  Text       text;
  GPtrArray *children;   /* (owned) (nullable) (element-type Node) */
  GArray    *attributes; /* (owned) (nullable) (element-type Attribute) */
  Node      *parent;     /* (nullable) */
};

typedef struct
{
  GMappedFile *file;    /* (owned) */
  Node        *root;    /* (owned) */
  Node        *current; /* the element that is open */
  guint        n_nodes;
  GString     *table;   /* (owned) the distinct strings */
  GArray      *nodes;   /* (owned) (element-type guint32) the offsets of each node in turn */
  guint64      before;  /* the memory of the process without the document */
} Document;

static Node *
node_new (const char *element,
          Node       *parent)
{
  Node *self = g_new0 (Node, 1);

  self->element.string = node_string_new (element, -1);
  self->element.offset = self->text.offset = G_MAXUINT32;
  self->parent = parent;
  if (parent != NULL)
    {
      if (parent->children == NULL)
        parent->children = g_ptr_array_new ();
      g_ptr_array_add (parent->children, self);
    }

  return self;
}

static void
node_free (Node *self)
{
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    node_free (g_ptr_array_index (self->children, i));
  for (guint i = 0; self->attributes != NULL && i < self->attributes->len; i++)
    {
      node_string_free (g_array_index (self->attributes, Attribute, i).name.string);
      node_string_free (g_array_index (self->attributes, Attribute, i).value.string);
    }
  node_string_free (self->element.string);
  node_string_free (self->text.string);
  g_clear_pointer (&self->children, g_ptr_array_unref);
  g_clear_pointer (&self->attributes, g_array_unref);
  g_free (self);
}

static void
start_cb (GMarkupParseContext  *context,
          const char           *element,
          const char          **names,
          const char          **values,
          gpointer              user_data,
          GError              **error)
{
  Document *self = user_data;
  Node *node = node_new (element, self->current);

  for (guint i = 0; names[i] != NULL; i++)
    {
      const Attribute attribute = {
        .name = { node_string_new (names[i], -1), G_MAXUINT32 },
        .value = { node_string_new (values[i], -1), G_MAXUINT32 },
      };

      if (node->attributes == NULL)
        node->attributes = g_array_new (FALSE, FALSE, sizeof attribute);
      g_array_append_val (node->attributes, attribute);
    }
  self->current = node;
  self->n_nodes++;
}

static void
end_cb (GMarkupParseContext  *context,
        const char           *element,
        gpointer              user_data,
        GError              **error)
{
  Document *self = user_data;

  self->current = self->current->parent;
}

static gboolean
is_blank (const char *text,
          gsize       length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (text[i]))
      return FALSE;

  return TRUE;
}

static void
text_cb (GMarkupParseContext  *context,
         const char           *text,
         gsize                 length,
         gpointer              user_data,
         GError              **error)
{
  Document *self = user_data;

  if (!is_blank (text, length) && node_string_is_null (self->current->text.string))
    self->current->text.string = node_string_new (text, (gssize) length);
}

static void
parse (Document *self)
{
  const GMarkupParser parser = { .start_element = start_cb, .end_element = end_cb, .text = text_cb };
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GError) error = NULL;

  program_start ();
  self->root = self->current = node_new ("root", NULL);
  context = g_markup_parse_context_new (&parser, 0, self, NULL);
  if (!g_markup_parse_context_parse (context, g_mapped_file_get_contents (self->file),
                                     (gssize) g_mapped_file_get_length (self->file), &error))
    g_error ("%s", error->message);
  program_stop ("parse", self->n_nodes);
}

/* The strings come in the order of names of elements, names of attributes, values, texts, so that what is
 * searched for most lies together. */

static void
add (Document *self,
     Text     *text)
{
  if (!node_string_is_null (text->string))
    text->offset = node_string_offset (text->string, self->table);
}

static void
add_elements (Document *self,
              Node     *node)
{
  add (self, &node->element);
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    add_elements (self, g_ptr_array_index (node->children, i));
}

/* @field is the offset of the name or of the value in an Attribute. */
static void
add_attributes (Document *self,
                Node     *node,
                gsize     field)
{
  for (guint i = 0; node->attributes != NULL && i < node->attributes->len; i++)
    add (self, &G_STRUCT_MEMBER (Text, &g_array_index (node->attributes, Attribute, i), field));
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    add_attributes (self, g_ptr_array_index (node->children, i), field);
}

static void
add_texts (Document *self,
           Node     *node)
{
  add (self, &node->text);
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    add_texts (self, g_ptr_array_index (node->children, i));
}

static void
write_node (Document *self,
            Node     *node)
{
  g_array_append_val (self->nodes, node->element.offset);
  g_array_append_val (self->nodes, node->text.offset);
  for (guint i = 0; node->attributes != NULL && i < node->attributes->len; i++)
    {
      g_array_append_val (self->nodes, g_array_index (node->attributes, Attribute, i).name.offset);
      g_array_append_val (self->nodes, g_array_index (node->attributes, Attribute, i).value.offset);
    }
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    write_node (self, g_ptr_array_index (node->children, i));
}

static void
compile (Document *self)
{
  program_start ();
  self->table = g_string_new (NULL);
  self->nodes = g_array_new (FALSE, FALSE, sizeof (guint32));
  add_elements (self, self->root);
  add_attributes (self, self->root, G_STRUCT_OFFSET (Attribute, name));
  add_attributes (self, self->root, G_STRUCT_OFFSET (Attribute, value));
  add_texts (self, self->root);
  write_node (self, self->root);
  program_stop ("compile", self->n_nodes);

  program_memory ("memory", self->before, self->n_nodes);
}

static void
report (Document *self)
{
  guint64 hash = 0;

  for (gsize i = 0; i < self->table->len; i += strlen (self->table->str + i) + 1)
    hash = program_hash (hash, self->table->str + i);
  program_answer ("strings", hash);
  for (guint i = 0; i < self->nodes->len; i++)
    hash = (hash ^ g_array_index (self->nodes, guint32, i)) * G_GUINT64_CONSTANT (0x100000001b3);
  program_answer ("nodes", hash);
}

void
program_run (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "catalog.xml", NULL);
  g_autoptr (GError) error = NULL;
  Document self = { 0 };

  self.file = g_mapped_file_new (path, FALSE, &error);
  if (self.file == NULL)
    g_error ("%s", error->message);
  node_strings_init ();
  self.before = bench_resident_size ();

  parse (&self);
  compile (&self);
  report (&self);

  program_start ();
  node_free (self.root);
  node_strings_free ();
  program_stop ("free", self.n_nodes);
  g_string_free (self.table, TRUE);
  g_array_unref (self.nodes);
  g_mapped_file_unref (self.file);
}
