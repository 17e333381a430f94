/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "symbols.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBDW
# include <elfutils/libdwfl.h>
#endif

struct _Symbols
{
  GHashTable *modules; /* (owned) (element-type utf8 Module) by path */
  GHashTable *symbols; /* (owned) (element-type utf8 Symbol) by path and offset */
  char     * (*demangle) (const char *, char *, size_t *, int *); /* (nullable) */
};

static void
symbol_free (gpointer data)
{
  Symbol *symbol = data;

  g_free (symbol->function);
  g_free (symbol->file);
  g_free (symbol);
}

#ifdef HAVE_LIBDW

/* One program or library; the address of a place is its offset and @bias. */
typedef struct
{
  Dwfl        *dwfl;   /* (owned) */
  Dwfl_Module *module; /* (nullable) */
  GElf_Addr    bias;
} Module;

static void
module_free (gpointer data)
{
  Module *self = data;

  dwfl_end (self->dwfl);
  g_free (self);
}

static Module *
module_new (const char *path)
{
  static char *debug_path;
  static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debug_path,
  };
  Module *self = g_new0 (Module, 1);

  self->dwfl = dwfl_begin (&callbacks);
  dwfl_report_begin (self->dwfl);
  self->module = dwfl_report_elf (self->dwfl, path, path, -1, 0, TRUE);
  dwfl_report_end (self->dwfl, NULL, NULL);
  if (self->module != NULL && dwfl_module_getelf (self->module, &self->bias) == NULL)
    self->module = NULL;

  return self;
}

static char *
demangle (Symbols    *self,
          const char *name)
{
  int status = -1;
  char *found = self->demangle != NULL && g_str_has_prefix (name, "_Z")
                ? self->demangle (name, NULL, NULL, &status) : NULL;
  char *copy = g_strdup (status == 0 && found != NULL ? found : name);
  char *version = strchr (copy, '@');

  free (found);
  if (version != NULL && version != copy)
    *version = '\0';

  return copy;
}

static void
look_up (Symbols    *self,
         const char *path,
         guint64     offset,
         Symbol     *symbol)
{
  Module *module = g_hash_table_lookup (self->modules, path);
  const char *name, *file;
  Dwfl_Line *line;

  if (module == NULL)
    {
      module = module_new (path);
      g_hash_table_insert (self->modules, g_strdup (path), module);
    }
  if (module->module == NULL)
    return;

  name = dwfl_module_addrname (module->module, offset + module->bias);
  line = dwfl_module_getsrc (module->module, offset + module->bias);
  file = line != NULL ? dwfl_lineinfo (line, NULL, &symbol->line, NULL, NULL, NULL) : NULL;
  if (name != NULL)
    symbol->function = demangle (self, name);
  if (file != NULL)
    symbol->file = g_path_get_basename (file);
}

#else

typedef gpointer Module;

#define module_free g_free

static void
look_up (Symbols    *self,
         const char *path,
         guint64     offset,
         Symbol     *symbol)
{
}

#endif

Symbols *
symbols_new (void)
{
  Symbols *self = g_new0 (Symbols, 1);
  /* Only for C++, whose programs have it; it stays. */
  void *cxx = dlopen ("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);

  self->modules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, module_free);
  self->symbols = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, symbol_free);
  if (cxx != NULL)
    *(void **) &self->demangle = dlsym (cxx, "__cxa_demangle");

  return self;
}

/* Returns what is known of the call that returns to @offset in @path. It lives as long as @self. */
const Symbol *
symbols_find (Symbols    *self,
              const char *path,
              guint64     offset)
{
  g_autofree char *key = g_strdup_printf ("%" G_GINT64_MODIFIER "x %s", offset, path);
  Symbol *symbol = g_hash_table_lookup (self->symbols, key);

  if (symbol == NULL)
    {
      symbol = g_new0 (Symbol, 1);
      /* The place after the call may belong to another line. */
      look_up (self, path, offset - 1, symbol);
      g_hash_table_insert (self->symbols, g_steal_pointer (&key), symbol);
    }

  return symbol;
}

void
symbols_free (Symbols *self)
{
  g_hash_table_unref (self->symbols);
  g_hash_table_unref (self->modules);
  g_free (self);
}
