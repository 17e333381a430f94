// SPDX-License-Identifier: LGPL-2.1-or-later

// Another reader of Arrow files, for test-arrow.py:
//   gjs arrow.js LIBRARY FILE   writes JSON, with strings as arrays of bytes

const { GLib } = imports.gi;

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
  const encode = value => value === null ? null :
    [...(typeof value === 'string' ? new TextEncoder().encode(value) : value)];
  print(JSON.stringify({
    name: table.schema.fields[0].name,
    type: String(column.type),
    missing: column.nullCount,
    batches: table.batches.length,
    strings: [...column].map(encode),
  }));
}

const [library, path] = ARGV;
read(loadLibrary(library), path);
