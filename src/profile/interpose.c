/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the preloaded library puts in the place of functions of libc: malloc() and its family, and the ways in which a
 * program ends or becomes another one. */

#include "config.h"

#include "profile/look.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/exec.h"
#include "profile/freed.h"
#include "profile/sites.h"
#include "profile/table.h"

#define EXPORT __attribute__ ((visibility ("default")))

/* Where the function was called, for sites_find(). */
#define CALLER (uintptr_t) __builtin_return_address (0), (uintptr_t) __builtin_dwarf_cfa ()

typedef int (*MainFunc) (int, char **, char **);

/* The functions of libc that those below replace */
static struct
{
  void * (*malloc)             (size_t);
  void * (*calloc)             (size_t, size_t);
  void * (*realloc)            (void *, size_t);
  void   (*free)               (void *);
  void * (*aligned_alloc)      (size_t, size_t);
  void * (*memalign)           (size_t, size_t);
  void * (*valloc)             (size_t);
  void * (*pvalloc)            (size_t);
  int    (*posix_memalign)     (void **, size_t, size_t);
} real;

/* Memory for dlsym() until it has found them. It is not freed. */
static char first_memory[4096] __attribute__ ((aligned (16)));
static size_t first_used;

/* Beginning */

#define FIND(name) (real.name = (__typeof__ (real.name)) dlsym (RTLD_NEXT, #name))

static void
find_functions (void)
{
  profile_busy++;
  FIND (calloc);
  FIND (realloc);
  FIND (free);
  FIND (aligned_alloc);
  FIND (memalign);
  FIND (valloc);
  FIND (pvalloc);
  FIND (posix_memalign);
  /* Last: is_ready() takes it as the sign that all are there. */
  FIND (malloc);
  profile_busy--;
}

/* Returns what a block takes in the heap at least: the C library puts no two nearer to each other than that. */
static size_t
get_smallest_block (void)
{
  const bool of_libc = (void *) real.malloc == dlsym (RTLD_NEXT, "__libc_malloc");

  return (of_libc ? 4 : 2) * sizeof (size_t);
}

/* Returns whether the functions are found. Until then only dlsym() calls this, and the program has one thread. */
static bool
is_ready (void)
{
  if (real.malloc == NULL && profile_busy == 0)
    {
      find_functions ();
      profile_busy++;
      look_begin (get_smallest_block ());
      profile_busy--;
    }

  return real.malloc != NULL;
}

static __attribute__ ((constructor)) void
begin (void)
{
  if (is_ready ())
    exec_hide_environment ();
  pthread_atfork (NULL, NULL, look_forked);
}

static bool
is_first_memory (const void *block)
{
  return (const char *) block >= first_memory && (const char *) block < first_memory + sizeof first_memory;
}

static void *
allocate_first (size_t size)
{
  void *block = first_memory + first_used;

  size = (size + 15) & ~(size_t) 15;
  if (size > sizeof first_memory - first_used)
    return NULL;
  first_used += size;

  return block;
}

/* Recording */

static __attribute__ ((noinline)) void
record (void      *address,
        size_t     requested,
        uintptr_t  pc,
        uintptr_t  sp)
{
  Block block = { address, 0, 0, 0 };

  if (address == NULL || profile_busy != 0)
    return;

  profile_busy++;
  profile_n_made++;
  block.usable = malloc_usable_size (address);
  block.slack = block.usable - requested;
  block.site = sites_find (pc, sp);
  look_check (table_add (&block));
  profile_busy--;
}

/* Returns whether @address was recorded. Called before the block is freed. @ends: it is freed, and not replaced by
 * realloc(). */
static bool
forget (void  *address,
        Block *block,
        bool   ends)
{
  bool found, changed;

  block->address = address;
  if (address == NULL || profile_busy != 0)
    return false;

  profile_busy++;
  block->usable = malloc_usable_size (address);
  found = table_remove (block, &changed);
  if (found && ends)
    freed_add (block);
  if (ends)
    look_check (changed);
  profile_busy--;

  return found;
}

#define RECORD(address, requested) \
  do \
    { \
      if (profile_active) \
        record ((address), (requested), CALLER); \
    } \
  while (0)

/* The heap */

EXPORT void *
malloc (size_t size)
{
  void *block;

  if (!is_ready ())
    return allocate_first (size);

  block = real.malloc (size);
  RECORD (block, size);

  return block;
}

EXPORT void *
calloc (size_t n,
        size_t size)
{
  void *block;

  if (!is_ready ())
    return allocate_first (n * size);

  block = real.calloc (n, size);
  RECORD (block, n * size);

  return block;
}

EXPORT void
free (void *address)
{
  Block block;

  if (is_first_memory (address))
    return;
  if (profile_active)
    forget (address, &block, true);
  if (address != NULL && is_ready ())
    real.free (address);
}

static void *
reallocate (void      *address,
            size_t     size,
            uintptr_t  pc,
            uintptr_t  sp)
{
  Block old;
  bool found;
  void *block;
  size_t n_behind;

  if (!is_ready () || is_first_memory (address))
    {
      block = malloc (size);
      if (block != NULL && address != NULL)
        {
          /* The size of the block is not known. */
          n_behind = (size_t) (first_memory + sizeof first_memory - (char *) address);
          memcpy (block, address, size < n_behind ? size : n_behind);
        }
      return block;
    }
  if (!profile_active)
    return real.realloc (address, size);

  found = forget (address, &old, false);
  block = real.realloc (address, size);
  if (block != NULL)
    record (block, size, pc, sp);
  else if (found && size > 0)
    {
      profile_busy++;
      table_add (&old);
      profile_busy--;
    }

  return block;
}

EXPORT void *
realloc (void   *address,
         size_t  size)
{
  return reallocate (address, size, CALLER);
}

EXPORT void *
reallocarray (void   *address,
              size_t  n,
              size_t  size)
{
  size_t n_bytes;

  if (__builtin_mul_overflow (n, size, &n_bytes))
    {
      errno = ENOMEM;
      return NULL;
    }

  return reallocate (address, n_bytes, CALLER);
}

#define ALIGNED(name) \
  EXPORT void * \
  name (size_t alignment, size_t size) \
  { \
    void *block = is_ready () ? real.name (alignment, size) : NULL; \
    RECORD (block, size); \
    return block; \
  }

#define PAGES(name) \
  EXPORT void * \
  name (size_t size) \
  { \
    void *block = is_ready () ? real.name (size) : NULL; \
    RECORD (block, size); \
    return block; \
  }

ALIGNED (memalign)
ALIGNED (aligned_alloc)
PAGES (valloc)
PAGES (pvalloc)

EXPORT int
posix_memalign (void   **address,
                size_t   alignment,
                size_t   size)
{
  const int code = is_ready () ? real.posix_memalign (address, alignment, size) : ENOMEM;

  if (code == 0)
    RECORD (*address, size);

  return code;
}

/* Of C23: older C libraries lack them, and newer ones declare them. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
EXPORT void free_sized (void *address, size_t size);
EXPORT void free_aligned_sized (void *address, size_t alignment, size_t size);
#pragma GCC diagnostic pop

void
free_sized (void   *address,
            size_t  size)
{
  free (address);
}

void
free_aligned_sized (void   *address,
                    size_t  alignment,
                    size_t  size)
{
  free (address);
}

EXPORT int
dlclose (void *handle)
{
  int (*real_dlclose) (void *) = (__typeof__ (real_dlclose)) dlsym (RTLD_NEXT, "dlclose");
  const int result = real_dlclose (handle);

  if (profile_active)
    {
      /* As in record(): a look in a signal handler then takes no lock, since this thread may hold it. */
      profile_busy++;
      sites_forget ();
      profile_busy--;
    }

  return result;
}

/* The end of the program: the last look, before it frees what it has. */

static MainFunc real_main;

static int
main_cb (int    argc,
         char **argv,
         char **envp)
{
  const int status = real_main (argc, argv, envp);

  look_take (PROFILE_AT_END);

  return status;
}

/* The code that starts a program calls this, and this calls main(). */
EXPORT int __libc_start_main (MainFunc main, int argc, char **argv, void (*init) (void), void (*fini) (void),
                              void (*rtld_fini) (void), void *stack_end);

int
__libc_start_main (MainFunc   main,
                   int        argc,
                   char     **argv,
                   void     (*init) (void),
                   void     (*fini) (void),
                   void     (*rtld_fini) (void),
                   void      *stack_end)
{
  __typeof__ (&__libc_start_main) next = (__typeof__ (next)) dlsym (RTLD_NEXT, "__libc_start_main");

  real_main = main;

  return next (main_cb, argc, argv, init, fini, rtld_fini, stack_end);
}

#define END(name) \
  EXPORT void \
  name (int status) \
  { \
    void (*next) (int) __attribute__ ((noreturn)) = (__typeof__ (next)) dlsym (RTLD_NEXT, #name); \
    look_take (PROFILE_AT_END); \
    next (status); \
  }

END (exit)
END (_exit)
END (_Exit)
END (quick_exit)

/* For a process whose main() has left by pthread_exit() and that ends with its last thread. */
static __attribute__ ((destructor)) void
end (void)
{
  look_take (PROFILE_AT_END);
}

EXPORT void
abort (void)
{
  void (*next) (void) __attribute__ ((noreturn)) = (__typeof__ (next)) dlsym (RTLD_NEXT, "abort");

  look_take (PROFILE_AT_END);
  next ();
}
