/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file that is not local, and that says of itself what a test wants. */

#pragma once

#include <gio/gio.h>

#include <string.h>

typedef struct
{
  GObject           parent_instance;
  GBytes           *bytes;        /* (owned) */
  gint64            said_size;    /* -1: it says none, -2: it cannot be asked */
  gboolean          endless;      /* zeros follow */
  GFileCreateFlags  create_flags; /* what it was last to be replaced with */
  gsize             n_read;       /* how much was read of it */
} OddFile;

typedef GObjectClass OddFileClass;

typedef struct
{
  GFileInputStream  parent_instance;
  OddFile          *file; /* (owned) */
} OddStream;

typedef GFileInputStreamClass OddStreamClass;

static GType odd_file_get_type (void);
static GType odd_stream_get_type (void);

G_DEFINE_TYPE (OddStream, odd_stream, G_TYPE_FILE_INPUT_STREAM)

static gssize
odd_stream_read (GInputStream  *stream,
                 void          *buffer,
                 gsize          count,
                 GCancellable  *cancellable,
                 GError       **error)
{
  OddFile *file = ((OddStream *) (void *) stream)->file;
  gsize size;
  const char *data = g_bytes_get_data (file->bytes, &size);
  const gsize start = MIN (file->n_read, size);
  /* Never much at once. */
  gsize n_read = MIN (MIN (count, size - start), 100);

  if (n_read > 0)
    memcpy (buffer, data + start, n_read);
  else if (file->endless)
    memset (buffer, 0, n_read = MIN (count, 100));
  file->n_read += n_read;

  return (gssize) n_read;
}

static GFileInfo *
odd_stream_query_info (GFileInputStream  *stream,
                       const char        *attributes,
                       GCancellable      *cancellable,
                       GError           **error)
{
  const gint64 said_size = ((OddStream *) (void *) stream)->file->said_size;
  GFileInfo *info;

  if (said_size == -2)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "It cannot be asked");
      return NULL;
    }
  info = g_file_info_new ();
  if (said_size >= 0)
    g_file_info_set_size (info, said_size);

  return info;
}

static void
odd_stream_finalize (GObject *object)
{
  g_object_unref (((OddStream *) (void *) object)->file);
  G_OBJECT_CLASS (odd_stream_parent_class)->finalize (object);
}

static void
odd_stream_class_init (OddStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = odd_stream_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = odd_stream_read;
  klass->query_info = odd_stream_query_info;
}

static void
odd_stream_init (OddStream *self)
{
}

static GFileInputStream *
odd_file_read (GFile         *file,
               GCancellable  *cancellable,
               GError       **error)
{
  OddStream *stream = g_object_new (odd_stream_get_type (), NULL);

  stream->file = g_object_ref ((OddFile *) (void *) file);
  stream->file->n_read = 0;

  return G_FILE_INPUT_STREAM (stream);
}

static GFileOutputStream *
odd_file_replace (GFile             *file,
                  const char        *etag,
                  gboolean           make_backup,
                  GFileCreateFlags   flags,
                  GCancellable      *cancellable,
                  GError           **error)
{
  ((OddFile *) (void *) file)->create_flags = flags;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY, "It cannot be written");

  return NULL;
}

static gboolean
odd_file_is_native (GFile *file)
{
  return FALSE;
}

static char *
odd_file_get_path (GFile *file)
{
  return NULL;
}

static void
odd_file_iface_init (GFileIface *iface)
{
  iface->read_fn = odd_file_read;
  iface->replace = odd_file_replace;
  iface->is_native = odd_file_is_native;
  iface->get_path = odd_file_get_path;
}

G_DEFINE_TYPE_WITH_CODE (OddFile, odd_file, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_FILE, odd_file_iface_init))

static void
odd_file_finalize (GObject *object)
{
  g_bytes_unref (((OddFile *) (void *) object)->bytes);
  G_OBJECT_CLASS (odd_file_parent_class)->finalize (object);
}

static void
odd_file_class_init (OddFileClass *klass)
{
  klass->finalize = odd_file_finalize;
}

static void
odd_file_init (OddFile *self)
{
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OddFile, g_object_unref)

static OddFile *
odd_file_new (GBytes *bytes,
              gint64  said_size)
{
  OddFile *file = g_object_new (odd_file_get_type (), NULL);

  file->bytes = g_bytes_ref (bytes);
  file->said_size = said_size;

  return file;
}
