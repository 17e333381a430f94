// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Counts the values in one column of a table: column.js FILE DELIMITER NUMBER

imports.gi.versions.Intern = '1';
const {GLib, Intern} = imports.gi;

const [path, delimiter, number] = ARGV;
const [, data] = GLib.file_get_contents(path);
const rows = new TextDecoder().decode(data).replace(/\n$/, '').split('\n').map(line => line.split(delimiter));

const pool = new Intern.Pool();
const atoms = pool.encode(rows.filter(row => row.length >= number).map(row => row[number - 1]));

// In a new pool the atoms are 1, 2, 3…: use them as indexes of an array.
const counts = new Uint32Array(pool.size + 1);
for (const atom of atoms)
    counts[atom]++;

const distinct = [...counts.keys()].slice(1);
const groups = pool.decode(distinct).map((value, i) => [value, counts[distinct[i]]]);
const byCount = ([a, m], [b, n]) => n - m || (a < b ? -1 : 1);
for (const [value, count] of groups.sort(byCount).slice(0, 10))
    print(`${String(count).padStart(6)} ${value}`);
print(`${atoms.length} rows, ${pool.size} values`);
