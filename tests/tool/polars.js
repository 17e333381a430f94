// SPDX-License-Identifier: LGPL-2.1-or-later

// A reader of Arrow files for test-arrow.py, for node:
//   node polars.js FOLDER FILE   writes JSON; FOLDER is where npm has installed nodejs-polars

const fs = require('fs');
const [folder, path] = process.argv.slice(2);
const polars = require(require.resolve('nodejs-polars', { paths: [folder] }));
const column = polars.readIPC(fs.readFileSync(path)).getColumns()[0];

console.log(JSON.stringify({
  name: column.name,
  missing: column.nullCount(),
  strings: column.cast(polars.Utf8).toArray(),
}));
