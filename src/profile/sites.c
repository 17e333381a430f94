/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "profile/sites.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unwind.h>

#include "profile/lock.h"
#include "profile/table.h"

#define MASK (SITES_MAX - 1)
#define FULL (SITES_MAX / 4 * 3)
#define SHORT_DEPTH 3 /* of a site where there is little room left */
#define NAMES_SIZE (256 * 1024)
#define GUESS_BITS 12
#define GONE ((uintptr_t) 1) /* the address of a frame whose module is gone */

/* Return addresses may be signed in the upper bits. */
#ifdef __aarch64__
# define STRIP(pc) ((pc) & UINT64_C (0xffffffffffff))
#else
# define STRIP(pc) (pc)
#endif

Sites profile_sites;

static Lock writers; /* held to write all this; readers take no lock */
static unsigned n_frames, n_sites;
static char *names;  /* of modules */
static size_t names_used;

static uint16_t guesses[1 << GUESS_BITS]; /* sites; atomic, and may be wrong */

/* The highest address that was seen on the stack of this thread: from the stack pointer up to here it may be read. */
static __thread uintptr_t top __attribute__ ((tls_model ("initial-exec")));

bool
sites_begin (void)
{
  profile_sites.frames = table_map (SITES_MAX * sizeof (Frame));
  profile_sites.sites = table_map (SITES_MAX * sizeof (Site));
  names = table_map (NAMES_SIZE);

  return profile_sites.frames != NULL && profile_sites.sites != NULL && names != NULL;
}

void
sites_lock (void)
{
  lock (&writers);
}

void
sites_unlock (void)
{
  unlock (&writers);
}

/* Modules */

/* HOLDS: writers. Returns MODULES_MAX if there is no room. */
static unsigned
find_module_locked (const struct link_map *map)
{
  const size_t length = strlen (map->l_name) + 1;
  Module *modules = profile_sites.modules;
  const unsigned n_modules = profile_sites.n_modules;

  for (unsigned i = 0; i < n_modules; i++)
    if (modules[i].base == map->l_addr && strcmp (modules[i].name, map->l_name) == 0)
      return i;
  if (n_modules == MODULES_MAX || names_used + length > NAMES_SIZE)
    return MODULES_MAX;

  modules[n_modules].base = map->l_addr;
  modules[n_modules].name = memcpy (names + names_used, map->l_name, length);
  names_used += length;
  __atomic_store_n (&profile_sites.n_modules, n_modules + 1, __ATOMIC_RELEASE);

  return n_modules;
}

/* Returns NULL for code that was generated at run time. Takes no lock of the dynamic linker: a thread that waits for
 * this one may hold it. */
static const struct link_map *
find_map (uintptr_t pc)
{
  struct dl_find_object found;

  return _dl_find_object ((void *) (pc - 1), &found) == 0 ? found.dlfo_link_map : NULL;
}

/* Frames */

/* Returns the slot of @pc, or where it can be put. */
static uint16_t
find_frame (uintptr_t pc)
{
  unsigned i = (unsigned) (pc * UINT64_C (0x9e3779b97f4a7c15) >> 40) & MASK;

  for (;; i = (i + 1) & MASK)
    {
      const uintptr_t found = __atomic_load_n (&profile_sites.frames[i].pc, __ATOMIC_ACQUIRE);

      if (i != 0 && (found == pc || found == 0))
        return (uint16_t) i;
    }
}

/* A site whose frames are not what they were may not be guessed. */
static void
forget_guesses (void)
{
  for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++)
    __atomic_store_n (&guesses[i], 0, __ATOMIC_RELAXED);
}

/* HOLDS: writers */
static void
learn_frame_locked (uintptr_t pc,
                    uint32_t  size,
                    uint32_t  slot)
{
  Frame *frame = &profile_sites.frames[find_frame (pc)];
  const struct link_map *map;
  unsigned module;

  if (frame->pc == pc)
    {
      if (frame->size != 0 && (frame->size != size || frame->slot != slot))
        {
          __atomic_store_n (&frame->size, 0, __ATOMIC_RELAXED);
          forget_guesses ();
        }
      return;
    }
  map = find_map (pc);
  if (map == NULL || n_frames == FULL)
    return;
  module = find_module_locked (map);
  if (module == MODULES_MAX)
    return;

  frame->offset = pc - map->l_addr;
  frame->module = (uint16_t) module;
  frame->size = size;
  frame->slot = slot;
  __atomic_store_n (&frame->pc, pc, __ATOMIC_RELEASE);
  n_frames++;
}

/* Forgets the frames of modules that dlclose() has unloaded: other code may be loaded at their addresses. */
void
sites_forget (void)
{
  lock (&writers);
  for (unsigned i = 1; i < SITES_MAX; i++)
    {
      Frame *frame = &profile_sites.frames[i];
      const struct link_map *map = frame->pc > GONE ? find_map (frame->pc) : NULL;

      if (frame->pc > GONE && (map == NULL || map->l_addr != profile_sites.modules[frame->module].base))
        __atomic_store_n (&frame->pc, GONE, __ATOMIC_RELEASE);
    }
  forget_guesses ();
  unlock (&writers);
}

/* Unwinding */

typedef struct
{
  bool      begun;
  unsigned  n;
  uintptr_t pc[PROFILE_DEPTH + 2];
  uintptr_t sp[PROFILE_DEPTH + 2];
} Unwound;

/* The first frame of @user_data is the caller of malloc(): skips those inside it. */
static _Unwind_Reason_Code
unwind_cb (struct _Unwind_Context *context,
           void                   *user_data)
{
  Unwound *self = user_data;
  const uintptr_t pc = STRIP ((uintptr_t) _Unwind_GetIP (context)), sp = (uintptr_t) _Unwind_GetCFA (context);

  if (!self->begun && sp != self->sp[0])
    return _URC_NO_REASON;

  self->begun = true;
  if (pc == 0)
    return _URC_END_OF_STACK;
  self->pc[self->n] = pc;
  self->sp[self->n] = sp;
  self->n++;

  return self->n < PROFILE_DEPTH + 2 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* Returns how far above @sp the stack holds @pc, below @end; 0 if it does not. */
static uint32_t
find_return (uintptr_t pc,
             uintptr_t sp,
             uintptr_t end)
{
#if defined(__x86_64__) || defined(__i386__)
  const uintptr_t start = end - sizeof (uintptr_t);
#else
  const uintptr_t start = sp;
#endif

  for (uintptr_t place = start; place + sizeof (uintptr_t) <= end; place += sizeof (uintptr_t))
    if (STRIP (*(const uintptr_t *) place) == pc)
      return (uint32_t) (place - sp);

  return 0;
}

static void
learn (uintptr_t pc,
       uintptr_t sp)
{
  Unwound unwound = { .pc = { pc }, .sp = { sp } };

  _Unwind_Backtrace (unwind_cb, &unwound);

  lock (&writers);
  for (unsigned i = 0; i + 1 < unwound.n; i++)
    {
      const uintptr_t size = unwound.sp[i + 1] - unwound.sp[i];
      const bool plain = unwound.sp[i + 1] > unwound.sp[i] && size < UINT32_MAX;
      const uint32_t slot = plain ? find_return (unwound.pc[i + 1], unwound.sp[i], unwound.sp[i + 1]) : 0;
      const bool known = plain && STRIP (*(const uintptr_t *) (unwound.sp[i] + slot)) == unwound.pc[i + 1];

      learn_frame_locked (unwound.pc[i], known ? (uint32_t) size : 0, known ? slot : 0);
      if (unwound.sp[i + 1] > top)
        top = unwound.sp[i + 1];
    }
  if (unwound.n > 0 && unwound.n < PROFILE_DEPTH + 2)
    learn_frame_locked (unwound.pc[unwound.n - 1], 0, 0);
  /* If the unwinder did not get that far, the next walk ends here. */
  if (profile_sites.frames[find_frame (pc)].pc != pc)
    learn_frame_locked (pc, 0, 0);
  unlock (&writers);
}

/* Walking */

typedef struct
{
  unsigned  n;
  bool      unknown; /* it ends at something that the unwinder may know */
  uint16_t  frames[PROFILE_DEPTH]; /* 0 after the last; these three are as in a site */
  uint32_t  places[PROFILE_DEPTH];
  uintptr_t pcs[PROFILE_DEPTH];
} Walk;

static void
walk (Walk      *self,
      uintptr_t  pc,
      uintptr_t  sp)
{
  const uintptr_t start = sp;
  uintptr_t place = sp;

  *self = (Walk) { 0 };
  while (self->n < PROFILE_DEPTH)
    {
      const uint16_t id = find_frame (pc);
      const Frame *frame = &profile_sites.frames[id];
      const uint32_t size = __atomic_load_n (&frame->size, __ATOMIC_RELAXED);

      if (frame->pc != pc)
        {
          self->unknown = find_map (pc) != NULL;
          return;
        }
      self->frames[self->n] = id;
      self->places[self->n] = (uint32_t) (place - start);
      self->pcs[self->n++] = pc;
      if (size == 0)
        return;
      if (sp + size > top)
        {
          self->unknown = self->n < PROFILE_DEPTH;
          return;
        }
      place = sp + frame->slot;
      pc = STRIP (*(const uintptr_t *) place);
      sp += size;
    }
}

static uint32_t
hash_walk (const Walk *self)
{
  uint64_t hash = self->n;

  for (unsigned i = 0; i < self->n; i++)
    hash = (hash ^ self->frames[i]) * UINT64_C (0x9e3779b97f4a7c15) ^ hash >> 29;

  return (uint32_t) (hash >> 32);
}

/* Returns the slot of the site, or where it can be put. */
static uint16_t
find_site (const Walk *walked,
           uint32_t    hash)
{
  for (unsigned i = hash & MASK;; i = (i + 1) & MASK)
    {
      const Site *site = &profile_sites.sites[i];
      const uint16_t n = __atomic_load_n (&site->n_frames, __ATOMIC_ACQUIRE);

      if (i != 0 && (n == 0 || (n == walked->n && site->hash == hash &&
                                memcmp (site->frames, walked->frames, sizeof site->frames) == 0)))
        return (uint16_t) i;
    }
}

/* Returns 0 if there is no such site yet. */
static uint16_t
known_site (const Walk *walked)
{
  const uint16_t id = walked->n > 0 ? find_site (walked, hash_walk (walked)) : 0;

  return profile_sites.sites[id].n_frames != 0 ? id : 0;
}

/* Keeps only the innermost calls: there are fewer different sites of so few calls. */
static void
shorten (Walk *walked)
{
  for (; walked->n > SHORT_DEPTH; walked->n--)
    walked->frames[walked->n - 1] = 0;
}

static uint16_t
add_site (const Walk *walked)
{
  const uint32_t hash = hash_walk (walked);
  uint16_t id;

  lock (&writers);
  id = find_site (walked, hash);
  if (profile_sites.sites[id].n_frames == 0 && n_sites < SITES_MAX / 8 * 7)
    {
      Site *site = &profile_sites.sites[id];

      site->hash = hash;
      memcpy (site->frames, walked->frames, sizeof site->frames);
      memcpy (site->places, walked->places, sizeof site->places);
      memcpy (site->pcs, walked->pcs, sizeof site->pcs);
      __atomic_store_n (&site->n_frames, (uint16_t) walked->n, __ATOMIC_RELEASE);
      n_sites++;
    }
  if (profile_sites.sites[id].n_frames == 0)
    id = 0;
  unlock (&writers);

  return id;
}

/* Returns whether the stack at @sp has the return addresses of @site. */
static bool
is_at (const Site *site,
       uintptr_t   pc,
       uintptr_t   sp)
{
  const unsigned n = __atomic_load_n (&site->n_frames, __ATOMIC_ACQUIRE);

  if (n == 0 || site->pcs[0] != pc || sp + site->places[n - 1] + sizeof pc > top)
    return false;
  for (unsigned i = 1; i < n; i++)
    if (STRIP (*(const uintptr_t *) (sp + site->places[i])) != site->pcs[i])
      return false;

  return true;
}

/* Returns the site of a stack that was not there before; @walked has led to none. */
static uint16_t
find_new (Walk      *walked,
          uintptr_t  pc,
          uintptr_t  sp)
{
  uint16_t id;

  if ((walked->unknown ? n_frames : n_sites) < FULL && find_map (pc) != NULL)
    {
      learn (pc, sp);
      walk (walked, pc, sp);
    }
  if (n_sites >= FULL)
    shorten (walked);
  id = known_site (walked);

  return id != 0 || walked->n == 0 ? id : add_site (walked);
}

/* Returns the site of a call that returns to @pc with the stack pointer @sp, or 0. */
uint16_t
sites_find (uintptr_t pc,
            uintptr_t sp)
{
  const uintptr_t stripped = STRIP (pc);
  uint16_t *guess = &guesses[(stripped ^ sp << 8) * UINT64_C (0x9e3779b97f4a7c15) >> (64 - GUESS_BITS)];
  uint16_t id = __atomic_load_n (guess, __ATOMIC_RELAXED);
  Walk walked;

  if (is_at (&profile_sites.sites[id], stripped, sp))
    return id;

  walk (&walked, stripped, sp);
  id = walked.unknown ? 0 : known_site (&walked);
  if (id == 0)
    return find_new (&walked, stripped, sp);
  __atomic_store_n (guess, id, __ATOMIC_RELAXED);

  return id;
}
