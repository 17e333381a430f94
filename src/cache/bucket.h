/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bucket of the read cache: one cache line, seven strings, no lock.
 *
 * The first word holds a tag of one byte for each slot, all compared at once, and a byte of notes. A slot
 * is the address of a string with 15 more bits of its hash below it, the mark. Words are read and written one
 * by one: writers may overwrite each other, and a tag may stand beside the slot of another string. This does
 * no harm: a bucket only gives candidates, which the reader compares in full, and after a miss it asks the
 * shard.
 *
 * Tag, mark and position of the bucket are all bits of the hash that the cache uses. So the strings of a bucket
 * are put into a larger level without reading them: see intern_slot_hash().
 *
 * A reader that finds an address may read its string: the slot is stored with release after the string is
 * complete, and loaded with acquire.
 */

#pragma once

#ifndef INTERN_MODEL
# include "base/atomic.h"
# include "base/sizes.h"
# include "storage/entry.h"
#endif

#define INTERN_BUCKET_SLOTS 7

typedef struct
{
  INTERN_ATOMIC (guint64) tags;
  INTERN_ATOMIC (guint64) slots[INTERN_BUCKET_SLOTS];
} InternBucket;

#define INTERN_BYTES(byte) ((guint64) (byte) * G_GUINT64_CONSTANT (0x0101010101010101))
#define INTERN_TAG_BITS (G_GUINT64_CONSTANT (0x0080808080808080)) /* highest of each tag byte */

/* The notes: whether a string of this bucket is in its second one, and which slot is replaced next. */
#define INTERN_BUCKET_SPILLED (G_GUINT64_CONSTANT (1) << 63)
#define INTERN_BUCKET_TURN_SHIFT 56
#define INTERN_BUCKET_TURN_MASK (G_GUINT64_CONSTANT (7) << INTERN_BUCKET_TURN_SHIFT)

/* Addresses of user space have 47 or 48 bits, or are not cached: see intern_slot_fits(). */
#define INTERN_ADDRESS_SHIFT 16
#define INTERN_MARK_BITS 15
#define INTERN_MARK_MASK ((G_GUINT64_CONSTANT (1) << INTERN_MARK_BITS) - 1)
/* The string is in the second of its buckets. */
#define INTERN_SLOT_SECOND (G_GUINT64_CONSTANT (1) << INTERN_MARK_BITS)

/* The lowest bits of the hash choose the bucket. No slot holds the first of them; those above are the mark. */
#define INTERN_CACHE_LOW_MASK ((G_GUINT64_CONSTANT (1) << INTERN_CACHE_LOW_BITS) - 1)
#define INTERN_TAG_SHIFT 57

/* Never 0, which is the tag of an empty slot. */
static inline guint64
intern_tag_of (guint64 hash)
{
  return 0x80 | (hash >> INTERN_TAG_SHIFT);
}

/* Whether the mark of @slot is that of @hash. */
static inline gboolean
intern_slot_is_marked (guint64 slot,
                       guint64 hash)
{
  return ((slot ^ hash >> INTERN_CACHE_LOW_BITS) & INTERN_MARK_MASK) == 0;
}

static inline guint64
intern_slot_make (const char *string,
                  guint64     hash)
{
  return (guint64) (guintptr) string << INTERN_ADDRESS_SHIFT | (hash >> INTERN_CACHE_LOW_BITS & INTERN_MARK_MASK);
}

/* Returns NULL for an empty slot. */
static inline const char *
intern_slot_string (guint64 slot)
{
  return (const char *) (guintptr) (slot >> INTERN_ADDRESS_SHIFT);
}

/* Five-level paging and memory tagging use the bits above an address. */
static inline gboolean
intern_slot_fits (const char *string)
{
  return ((guint64) (guintptr) string >> (64 - INTERN_ADDRESS_SHIFT)) == 0;
}

/* Returns the position of the second bucket of a string, less the bits above the level: it is for when the first
 * one is full. It is on the same page of memory, and depends on the tag, so the strings of one bucket are
 * spread. Applied to the second bucket it returns the first. */
static inline guint64
intern_bucket_other (guint64 position,
                     guint64 tag)
{
  return position ^ ((tag & 63) | 1);
}

/* Returns what the cache knows of the hash of the string in @slot, with @tag, of bucket @position: all the bits that
 * it uses, if the level has as many buckets as INTERN_CACHE_LOW_BITS tell apart. */
static inline guint64
intern_slot_hash (guint64 slot,
                  guint64 tag,
                  guint64 position)
{
  const guint64 first = (slot & INTERN_SLOT_SECOND) == 0 ? position : intern_bucket_other (position, tag);

  return (tag & 0x7f) << INTERN_TAG_SHIFT | (slot & INTERN_MARK_MASK) << INTERN_CACHE_LOW_BITS |
         (first & INTERN_CACHE_LOW_MASK);
}

/* Prefetches the header of the string in @slot and the line @length bytes behind its start, where it often
 * ends. An integer, not a pointer: the slot may be empty. */
static inline void
intern_slot_prefetch (guint64 slot,
                      gsize   length)
{
  const guintptr address = (guintptr) (slot >> INTERN_ADDRESS_SHIFT);

  __builtin_prefetch ((const void *) (address - sizeof (InternHeader)));
  __builtin_prefetch ((const void *) (address + length));
}

/* Sets the highest bit of each byte of @word that is 0. May also set that of a byte above one that is 0: only the
 * lowest is exact. */
static inline guint64
intern_zero_bytes (guint64 word)
{
  return (word - INTERN_BYTES (0x01)) & ~word & INTERN_TAG_BITS;
}

static inline guint
intern_first_byte (guint64 bits)
{
  return (guint) __builtin_ctzll (bits) / 8;
}

/* Sets the highest bit of the @tags that may be that of @hash. */
static inline guint64
intern_bucket_candidates (guint64 tags,
                          guint64 hash)
{
  return intern_zero_bytes (tags ^ INTERN_BYTES (intern_tag_of (hash)));
}

/* The same in half as many steps, for the lowest bit only: it is exact unless an empty slot precedes it, whose bit is
 * then set. All tags have their highest bit: only that of an empty slot differs there. */
static inline guint64
intern_bucket_glance (guint64 tags,
                      guint64 hash)
{
  return ((tags ^ INTERN_BYTES (intern_tag_of (hash))) - INTERN_BYTES (0x01)) & INTERN_TAG_BITS;
}

static inline guint64
intern_bucket_slot (InternBucket *bucket,
                    guint         position)
{
  /* Acquire: see above. */
  return intern_atomic_load_acquire (&bucket->slots[position]);
}

/* Returns the string in the slot of the lowest candidate, to be compared, or NULL if the slot is empty or
 * its mark differs. */
static inline const char *
intern_bucket_get (InternBucket *bucket,
                   guint64       candidates,
                   guint64       hash)
{
  const guint64 slot = intern_bucket_slot (bucket, intern_first_byte (candidates));

  return intern_slot_is_marked (slot, hash) ? intern_slot_string (slot) : NULL;
}

/* Compares a candidate with @key. May take a reference to it. */
typedef gboolean (*InternMatchFunc) (const char      *string,
                                     const InternKey *key,
                                     gpointer         data);

/* For permanent strings. */
static inline gboolean
intern_match_permanent (const char      *string,
                        const InternKey *key,
                        gpointer         unused)
{
  return intern_entry_equals (string, key);
}

/* For all strings: takes a reference to a mortal one. If the comparison raised a string that differs, and lowering it
 * again drops its last reference, sets @data, a const char **, to that string, for the caller to bury. */
static inline gboolean
intern_match_ref (const char      *string,
                  const InternKey *key,
                  gpointer         data)
{
  const char **ended = (const char **) data;

  if (intern_entry_equals (string, key))
    return TRUE;
  /* Relaxed: a hint whether to raise it. */
  if (*ended != NULL ||
      intern_atomic_load_relaxed (&intern_entry_header (string)->length) != (key->length | INTERN_MORTAL) ||
      intern_header_raise (intern_entry_header (string)) == INTERN_LIFE_DEAD)
    return FALSE;
  if (intern_entry_equals_any (string, key))
    return TRUE;
  if (intern_header_lower (intern_entry_header (string)) == INTERN_LIFE_ENDED)
    *ended = string;

  return FALSE;
}

/* Returns the first candidate that matches. */
G_ALWAYS_INLINE static inline const char *
intern_bucket_find (InternBucket    *bucket,
                    guint64          tags,
                    const InternKey *key,
                    InternMatchFunc  match,
                    gpointer         data)
{
  guint64 candidates = intern_bucket_candidates (tags, key->hash);

  for (; candidates != 0; candidates &= candidates - 1)
    {
      const char *string = intern_bucket_get (bucket, candidates, key->hash);

      if (string != NULL && match (string, key, data))
        return string;
    }

  return NULL;
}

/* Returns the position of the slot of @string, compared by address, or INTERN_BUCKET_SLOTS. */
static inline guint
intern_bucket_find_slot (InternBucket *bucket,
                         guint64       tags,
                         guint64       hash,
                         const char   *string)
{
  const guint64 slot = intern_slot_make (string, hash);
  guint64 candidates = intern_bucket_candidates (tags, hash);

  for (; candidates != 0; candidates &= candidates - 1)
    /* Relaxed: the string is not read. */
    if ((intern_atomic_load_relaxed (&bucket->slots[intern_first_byte (candidates)]) & ~INTERN_SLOT_SECOND) == slot)
      return intern_first_byte (candidates);

  return INTERN_BUCKET_SLOTS;
}

static inline gboolean
intern_bucket_has (InternBucket *bucket,
                   guint64       hash,
                   const char   *string)
{
  return intern_bucket_find_slot (bucket, intern_atomic_load_relaxed (&bucket->tags), hash, string) <
         INTERN_BUCKET_SLOTS;
}

/* Removes a string that is about to be buried, unless another thread writes here at the same time. */
static inline void
intern_bucket_forget (InternBucket *bucket,
                      guint64       hash,
                      const char   *string)
{
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);
  const guint position = intern_bucket_find_slot (bucket, tags, hash, string);

  if (position == INTERN_BUCKET_SLOTS)
    return;

  /* Relaxed: an address that stays, or another that is removed, makes a miss. */
  intern_atomic_store_relaxed (&bucket->slots[position], 0);
  intern_atomic_store_relaxed (&bucket->tags, tags & ~((guint64) 0xff << 8 * position));
}

static inline void
intern_bucket_set (InternBucket *bucket,
                   guint64       tags,
                   guint         position,
                   guint64       tag,
                   guint64       slot)
{
  const guint shift = 8 * position;

  /* Release: a reader that finds the address finds the string complete. */
  intern_atomic_store_release (&bucket->slots[position], slot);
  /* Relaxed: a reader with the old tag misses; one with the new tag and the old slot compares and misses. */
  intern_atomic_store_relaxed (&bucket->tags, (tags & ~((guint64) 0xff << shift)) | tag << shift);
}

/* Puts a string into a free slot of @bucket. Returns FALSE if it has none. */
static inline gboolean
intern_bucket_take_free (InternBucket *bucket,
                         guint64       tag,
                         guint64       slot)
{
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);
  const guint64 empty = intern_zero_bytes (tags);

  if (empty == 0)
    return FALSE;

  intern_bucket_set (bucket, tags, intern_first_byte (empty), tag, slot);

  return TRUE;
}

/* A reader that does not find a string in its first bucket looks into the second one. */
static inline void
intern_bucket_set_spilled (InternBucket *bucket)
{
  const guint64 tags = intern_atomic_load_relaxed (&bucket->tags);

  if ((tags & INTERN_BUCKET_SPILLED) == 0)
    intern_atomic_store_relaxed (&bucket->tags, tags | INTERN_BUCKET_SPILLED);
}

/* Moves a string of a full bucket to the other one of its buckets. Returns its slot, which keeps the string until the
 * caller overwrites it, or INTERN_BUCKET_SLOTS if all other buckets are full. */
static inline guint
intern_bucket_move_one (InternBucket *buckets,
                        guint64       mask,
                        guint64       position)
{
  InternBucket *bucket = &buckets[position];
  guint64 tags = intern_atomic_load_relaxed (&bucket->tags);

  for (guint i = 0; i < INTERN_BUCKET_SLOTS; i++, tags >>= 8)
    {
      const guint64 tag = tags & 0xff;
      const guint64 slot = intern_bucket_slot (bucket, i);
      InternBucket *other = &buckets[intern_bucket_other (position, tag) & mask];

      if (slot == 0 || !intern_bucket_take_free (other, tag, slot ^ INTERN_SLOT_SECOND))
        continue;
      if ((slot & INTERN_SLOT_SECOND) == 0)
        intern_bucket_set_spilled (bucket);
      return i;
    }

  return INTERN_BUCKET_SLOTS;
}

/* Puts a string into its bucket or, if that is full, into its second one. If both are full, another string makes room
 * by going to the other one of its buckets; if none can, the strings of the bucket are replaced in turn. */
static inline void
intern_bucket_put (InternBucket *buckets,
                   guint64       mask,
                   guint64       hash,
                   const char   *string)
{
  const guint64 slot = intern_slot_make (string, hash);
  const guint64 tag = intern_tag_of (hash);
  InternBucket *bucket = &buckets[hash & mask];
  guint64 tags;
  guint position;

  if (intern_bucket_take_free (bucket, tag, slot))
    return;
  if (intern_bucket_take_free (&buckets[intern_bucket_other (hash, tag) & mask], tag, slot | INTERN_SLOT_SECOND))
    {
      intern_bucket_set_spilled (bucket);
      return;
    }

  position = intern_bucket_move_one (buckets, mask, hash & mask);
  tags = intern_atomic_load_relaxed (&bucket->tags);
  if (position == INTERN_BUCKET_SLOTS)
    {
      position = (guint) ((tags & INTERN_BUCKET_TURN_MASK) >> INTERN_BUCKET_TURN_SHIFT) % INTERN_BUCKET_SLOTS;
      tags = (tags & ~INTERN_BUCKET_TURN_MASK) | (guint64) (position + 1) << INTERN_BUCKET_TURN_SHIFT;
    }
  intern_bucket_set (bucket, tags, position, tag, slot);
}
