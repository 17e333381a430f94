#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Writes matrix-calls.h, a C function for each public call, from the description of the library for bindings:

    tests/api/matrix.py _build/introspection/Intern-1.gir --write tests/api/matrix-calls.h

Without --write it checks, as a test, that the file is up to date. A parameter of a type that has no value here is an
error: add one."""

import argparse
import difflib
import sys
import xml.etree.ElementTree as xml

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'

# What is passed, by the call and its parameter, or the parameter and its type, or the type alone.
VALUES = {
    'intern_pool_clear self': 'world->own',
    'intern_pool_freeze self': 'g_steal_pointer (&world->own_frozen)',
    'intern_pool_new_from_bytes bytes': 'world->snapshot',
    'intern_snapshot_query_info_bytes bytes': 'world->snapshot',
    'intern_pool_decode_delimited atoms': 'world->atoms',
    'intern_pool_release interned': 'acquired_word (world)',
    'intern_pool_load_stream_async user_data': 'world',
    'intern_pool_save_async user_data': 'world',
    'intern_pool_new_from_file_async user_data': 'world',
    'max_strings guint': 'random_below (world, 2) * 1000000',
    'max_bytes guint64': 'random_below (world, 2) * 1000000000',
    'stats_interval guint': 'random_below (world, 2) * 1000',
    'index guint': 'random_below (world, N_DATA)',
    'interned const char*': 'interned_word (world)',
    'InternPool*': 'world->frozen',
    'const char*': 'random_word (world)',
    'const char* const*': 'words',
    'const guint32*': 'some_atoms',
    'gssize': '-1',
    'gsize': 'G_N_ELEMENTS (some_atoms)',
    'guint64': '1',
    'guint8': "'\\n'",
    'int': '0',
    'gboolean': 'random_below (world, 2)',
    'InternAtom': 'random_atom (world)',
    'InternSnapshotFlags': 'random_below (world, 2)',
    'GBytes*': 'world->text',
    'GFile*': 'world->file',
    'GCancellable*': 'world->cancellable',
    'GInputStream*': 'stream',
    'gpointer': 'NULL',
    'GDestroyNotify': 'g_free',
    'progress_destroy GDestroyNotify': 'NULL',
    'InternPoolForeachFunc': 'see_string',
    'InternPoolForeachBytesFunc': 'see_bytes',
    'InternPoolMakeDataFunc': 'make_data',
    'InternPoolProgressFunc': 'see_progress',
}
# Of methods.
INSTANCES = {
    'InternPool*': ('world->pool', ''),
    'InternPoolItem*': ('item', 'g_autoptr (InternPoolItem) item = new_item (world);'),
    'InternPoolModel*': ('model', 'g_autoptr (InternPoolModel) model = intern_pool_model_new (world->pool);'),
    'InternPoolStats*': ('intern_pool_stats_copy (&world->stats)', ''),
}
# What is done with a result that belongs to the caller, by the call or by its type.
FREE = {
    'intern_pool_decode': 'free_decoded (result)',
    'GBytes*': 'g_clear_pointer (&result, g_bytes_unref)',
    'GVariant*': 'g_clear_pointer (&result, g_variant_unref)',
    'InternPool*': 'g_clear_object (&result)',
    'InternPoolModel*': 'g_clear_object (&result)',
    'InternPoolStats*': 'g_clear_pointer (&result, intern_pool_stats_free)',
    'char*': 'g_clear_pointer (&result, g_free)',
    'char**': 'g_clear_pointer (&result, g_strfreev)',
    'guint32*': 'g_clear_pointer (&result, g_free)',
}
# During intern_pool_clear() no thread may search for a string. These calls work on all strings and may go on.
BESIDE_CLEAR = {
    'intern_pool_add_hits', 'intern_pool_decode', 'intern_pool_decode_delimited', 'intern_pool_dup_strings',
    'intern_pool_encode', 'intern_pool_encode_delimited', 'intern_pool_foreach', 'intern_pool_foreach_bytes',
    'intern_pool_get_emit_added', 'intern_pool_get_max_bytes', 'intern_pool_get_max_strings', 'intern_pool_get_n_data',
    'intern_pool_get_n_strings', 'intern_pool_get_stats', 'intern_pool_get_stats_interval', 'intern_pool_load_stream',
    'intern_pool_load_stream_async', 'intern_pool_model_get_pool', 'intern_pool_model_new', 'intern_pool_reset_stats',
    'intern_pool_save', 'intern_pool_save_async', 'intern_pool_to_bytes', 'intern_pool_translate',
}
# These search and use what there is: a child of a process with threads may call them, whatever GLib it has.
IN_CHILD = {
    'intern_pool_contains', 'intern_pool_get_n_strings', 'intern_pool_get_stats', 'intern_pool_lookup',
    'intern_pool_lookup_atom', 'intern_pool_lookup_len', 'intern_pool_atom_to_string', 'intern_pool_get_max_strings',
}


def c_type(node):
    for kind in ('type', 'array'):
        found = node.find(CORE + kind)
        if found is not None:
            return found.get(C + 'type')
    return None


def value(call, name, kind):
    for key in ('%s %s' % (call, name), '%s %s' % (name, kind), kind):
        if key in VALUES:
            return VALUES[key]
    sys.exit('%s: there is no value for the parameter %s of type %s: add one to VALUES' % (call, name, kind))


class Call:
    def __init__(self, node):
        self.name = node.get(C + 'identifier')
        self.throws = node.get('throws') == '1'
        result = node.find(CORE + 'return-value')
        self.result = c_type(result)
        # The floating reference of a GVariant belongs to the caller, too.
        self.owned = result.get('transfer-ownership') == 'full' or self.result == 'GVariant*'
        self.locals, self.arguments, self.after = [], [], []
        parameters = node.find(CORE + 'parameters')
        for parameter in parameters if parameters is not None else []:
            self.add_parameter(parameter)

    def add_parameter(self, parameter):
        name, kind = parameter.get('name'), c_type(parameter)
        if parameter.tag == CORE + 'instance-parameter':
            kind = kind.removeprefix('const ')
            argument, local = INSTANCES[kind]
            argument = VALUES.get('%s self' % self.name, argument)
            if kind == 'InternPoolStats*' and not self.name.endswith('_free'):
                argument = '&world->stats'
            self.locals += [local] if local else []
        elif parameter.get('direction') == 'out':
            argument = '&' + name
            self.locals.append('%s %s;' % (kind.removesuffix('*'), name))
        elif kind == 'GAsyncReadyCallback':
            argument = 'finish_' + self.name.removesuffix('_async')
        else:
            argument = value(self.name, name, kind)
        if argument in ('interned_word (world)', 'acquired_word (world)'):
            self.locals.append('const char *interned = %s;' % argument)
            argument = 'interned'
        elif argument == 'stream':
            self.locals.append('g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (world->text);')
        self.arguments.append(argument)

    def statement(self):
        arguments = self.arguments + (['&error'] if self.throws else [])
        one_line = '%s (%s)' % (self.name, ', '.join(arguments))
        return one_line if len(one_line) < 90 else (
            '%s (%s)' % (self.name, (',\n  ' + ' ' * (len(self.name) + 2)).join(arguments)))

    def body(self):
        lines = list(self.locals)
        if self.throws:
            lines.append('g_autoptr (GError) error = NULL;')
        # Results that are passed in registers are of no use here.
        keeps = self.result is not None and (self.owned or self.result == 'const char*')
        if keeps:
            lines.append('%s result;' % self.result if self.result[-1] != '*' else
                         '%s%sresult;' % (self.result.rstrip('*'), ' ' + '*' * self.result.count('*')))
        lines.append('')
        if any('*interned' in line for line in self.locals):
            lines += ['if (interned == NULL)', '  return;', '']
        lines.append(('result = ' if keeps else '') + self.statement() + ';')
        if self.throws:
            lines.append('check_error (error);')
        if self.result == 'const char*':
            # A string that is only looked up may die meanwhile.
            looked_up = 'lookup' in self.name and 'acquire' not in self.name
            lines.append('(void) result;' if looked_up else 'see (result);')
            if '_acquire' in self.name:
                lines += ['if (result != NULL)', '  intern_pool_release (world->pool, result);']
        elif self.owned:
            lines.append((FREE.get(self.name) or FREE[self.result]) + ';')
        if self.name.endswith('_async'):
            lines.append('wait_for_result (world);')
        return lines if lines[0] else lines[1:]

    def function(self):
        lines = ['static void', 'call_%s (World *world)' % self.name, '{']
        lines += [('  ' + line).rstrip() for line in self.body()]
        return lines + ['}', '']


def finisher(call, finish):
    source = finish.arguments[0] == 'world->pool'
    arguments = (['INTERN_POOL (source)'] if source else []) + ['result']
    arguments += ['NULL' if argument.startswith('&') else argument for argument in finish.arguments[len(arguments):]]
    statement = '%s (%s, &error);' % (finish.name, ', '.join(arguments))
    lines = ['static void', 'finish_%s (GObject      *source,' % call.name.removesuffix('_async')]
    indent = ' ' * (len('finish_%s (' % call.name.removesuffix('_async')))
    lines += [indent + 'GAsyncResult *result,', indent + 'gpointer      data)', '{', '  World *world = data;',
              '  g_autoptr (GError) error = NULL;']
    if finish.result == 'InternPool*':
        lines += ['  InternPool *made = ' + statement, '', '  g_clear_object (&made);']
    else:
        lines += ['', '  ' + statement]
    return lines + ['  check_error (error);', '  world->waits = FALSE;', '}', '']


def generate(gir):
    VALUES['GAsyncResult*'] = 'result'
    tags = {CORE + kind for kind in ('function', 'method', 'constructor')}
    calls = {}
    for node in xml.parse(gir).iter():
        if node.tag in tags:
            call = Call(node)
            calls[call.name] = call
    lines = ['/* SPDX-License-Identifier: LGPL-2.1-or-later */', '',
             '/* Written by matrix.py: a function for each public call. */', '', '#pragma once', '']
    rows = []
    for name in sorted(calls):
        call = calls[name]
        if name.endswith('_finish'):
            continue
        if name.endswith('_async'):
            lines += finisher(call, calls[name.removesuffix('_async') + '_finish'])
        lines += call.function()
        rows.append('  { "%s", call_%s, %s, %s, %s },' % (
            name, name, *('TRUE' if flag else 'FALSE' for flag in (
                name in BESIDE_CLEAR, name in IN_CHILD, name.endswith('_async')))))
    return '\n'.join(lines + ['static const Call calls[] = {'] + rows + ['};', ''])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('gir')
    parser.add_argument('--write', action='store_true')
    parser.add_argument('header')
    arguments = parser.parse_args()
    wanted = generate(arguments.gir)
    if arguments.write:
        with open(arguments.header, 'w') as header:
            header.write(wanted)
        return
    with open(arguments.header) as header:
        there = header.read()
    print('1..1')
    for line in difflib.unified_diff(there.splitlines(), wanted.splitlines(), lineterm=''):
        print('# ' + line)
    print('%s 1 - the matrix has every public call: otherwise write it anew, see matrix.py' %
          ('ok' if there == wanted else 'not ok'))


if __name__ == '__main__':
    main()
