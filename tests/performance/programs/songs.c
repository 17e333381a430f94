/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rhythmbox and its RBRefString: the strings of all songs, and beside each a folded key, in which the
 * search looks for words, and a sort key. */

#include "songs.h"

#include <stdlib.h>

#include "program.h"

/* The fields of a song in the input, in their order. */
enum
{
  TITLE,
  ARTIST,
  ALBUM,
  ALBUM_ARTIST,
  COMPOSER,
  GENRE,
  LOCATION,
  MEDIA_TYPE,
  N_FIELDS,
};

typedef struct
{
  SongString *strings[N_FIELDS]; /* (owned) */
  guint32     year;
  guint32     track;
} Song;

typedef struct
{
  BenchStream  fields; /* N_FIELDS records a song */
  BenchStream  texts;  /* to search for: words between spaces */
  Song        *songs;  /* (owned) */
  gsize        n_songs;
  guint64      before; /* the memory of the process without the songs */
} Library;

static void
load_songs (Library *self)
{
  const char *record = self->fields.begin;

  self->songs = g_new0 (Song, self->n_songs);
  program_start ();
  for (gsize i = 0; i < self->n_songs; i++)
    for (guint field = 0; field < N_FIELDS; field++)
      self->songs[i].strings[field] = song_string_new (program_next (&record));
  program_stop ("load", self->n_songs);

  program_memory ("loaded", self->before, self->n_songs);
  program_answer ("strings", song_strings_count ());
}

static gboolean
has_word (const Song *song,
          const char *word)
{
  const guint searched[] = { TITLE, ALBUM, ARTIST, COMPOSER, GENRE };

  for (guint i = 0; i < G_N_ELEMENTS (searched); i++)
    if (strstr (song_string_get_folded (song->strings[searched[i]]), word) != NULL)
      return TRUE;

  return FALSE;
}

static gboolean
matches (const Song         *song,
         const char * const *words)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (!has_word (song, words[i]))
      return FALSE;

  return TRUE;
}

/* Returns a hash of the songs that have all words of @text. */
static guint64
search (Library    *self,
        const char *text)
{
  g_autofree char *folded = song_fold (text);
  g_auto (GStrv) words = g_strsplit (folded, " ", -1);
  guint64 hash = 0;

  for (gsize i = 0; i < self->n_songs; i++)
    if (matches (&self->songs[i], (const char * const *) words))
      hash = program_hash (hash, song_string_get_text (self->songs[i].strings[LOCATION]));

  return hash;
}

static guint64
search_all (Library    *self,
            const char *row)
{
  const char *record = self->texts.begin;
  guint64 hash = 0;

  program_start ();
  for (guint64 i = 0; i < self->texts.n_records; i++)
    hash ^= search (self, program_next (&record));
  program_stop (row, self->n_songs);

  return hash;
}

static int
compare_songs (gconstpointer a,
               gconstpointer b)
{
  const guint sorted[] = { ARTIST, ALBUM, TITLE, LOCATION };
  const Song *song1 = a;
  const Song *song2 = b;

  for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
    {
      SongString *string1 = song1->strings[sorted[i]];
      SongString *string2 = song2->strings[sorted[i]];

      if (string1 != string2)
        return strcmp (song_string_get_sort_key (string1), song_string_get_sort_key (string2));
    }

  return 0;
}

static void
sort_songs (Library *self)
{
  guint64 hash = 0;

  program_start ();
  qsort (self->songs, self->n_songs, sizeof *self->songs, compare_songs);
  program_stop ("sort", self->n_songs);

  for (gsize i = 0; i < self->n_songs; i++)
    hash = program_hash (hash, song_string_get_text (self->songs[i].strings[LOCATION]));
  program_answer ("order", hash);
}

static void
unload_songs (Library *self)
{
  program_start ();
  for (gsize i = 0; i < self->n_songs; i++)
    for (guint field = 0; field < N_FIELDS; field++)
      song_string_unref (self->songs[i].strings[field]);
  program_stop ("unload", self->n_songs);

  g_free (self->songs);
  program_memory ("left", self->before, 1024);
  song_strings_trim ();
  program_memory ("trimmed", self->before, 1024);
}

void
program_run (const char *folder)
{
  Library self;

  program_open (&self.fields, folder, "songs");
  program_open (&self.texts, folder, "searches");
  self.n_songs = (gsize) self.fields.n_records / N_FIELDS;
  song_strings_init ();
  song_string_unref (song_string_new ("first"));
  self.before = bench_resident_size ();

  load_songs (&self);
  program_answer ("first found", search_all (&self, "first"));
  program_answer ("found", search_all (&self, "search"));
  sort_songs (&self);
  program_memory ("memory", self.before, self.n_songs);
  unload_songs (&self);

  bench_stream_close (&self.fields);
  bench_stream_close (&self.texts);
}
