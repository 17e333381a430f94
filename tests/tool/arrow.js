// SPDX-License-Identifier: LGPL-2.1-or-later

// Another reader and writer of Arrow files, for test-arrow.py:
//   gjs arrow.js LIBRARY read FILE      writes JSON, with strings as arrays of bytes
//   gjs arrow.js LIBRARY write FOLDER   writes files of several kinds

const { GLib } = imports.gi;

const VALUES = ['one', 'two', 'one', '', 'drei'];

function load(path) {
  return GLib.file_get_contents(path)[1];
}

function loadLibrary(path) {
  const module = { exports: {} };
  new Function('module', 'exports', new TextDecoder().decode(load(path)))(module, module.exports);
  return module.exports;
}

function read(Arrow, path) {
  const table = Arrow.tableFromIPC(load(path));
  const column = table.getChildAt(0);
  const encode = value => [...(typeof value === 'string' ? new TextEncoder().encode(value) : value)];
  print(JSON.stringify({
    type: String(column.type),
    batches: table.batches.length,
    metadata: Object.fromEntries(table.schema.metadata),
    strings: [...column].map(encode),
  }));
}

function write(Arrow, folder) {
  const { Dictionary, Int8, Int32, LargeUtf8, Table, Uint32, Utf8, vectorFromArray, tableToIPC } = Arrow;
  const save = (name, columns, kind = 'file') =>
    GLib.file_set_contents(GLib.build_filenamev([folder, name]), tableToIPC(new Table(columns), kind));
  const column = (type, values = VALUES) => vectorFromArray(values, type);
  const plain = column(new Dictionary(new Utf8(), new Int32()));

  save('utf8', { s: plain });
  save('large', { s: column(new Dictionary(new LargeUtf8(), new Int32())) });
  save('unsigned', { s: column(new Dictionary(new Utf8(), new Uint32())) });
  save('bytes', { s: column(new Dictionary(new Utf8(), new Int8())) });
  save('no-dictionary', { s: column(new Utf8()) });
  save('numbers', { s: column(new Dictionary(new Int32(), new Int32()), [1, 2, 1]) });
  save('nulls', { s: column(new Dictionary(new Utf8(), new Int32()), [...VALUES, null]) });
  save('two', { s: plain, t: plain });
  save('stream', { s: plain }, 'stream');
}

const [library, command, path] = ARGV;
({ read, write })[command](loadLibrary(library), path);
