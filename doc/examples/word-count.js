// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Counts the words of a text. The pool keeps one copy of each word, whatever language adds it.

imports.gi.versions.Intern = '1';
const {GLib, Intern} = imports.gi;

const pool = new Intern.Pool();
const counts = new Map();
const [, data] = GLib.file_get_contents(ARGV[0]);

for (const word of new TextDecoder().decode(data).match(/[A-Za-z]+/g) ?? [])
    counts.set(pool.intern(word), (counts.get(word) ?? 0) + 1);

const byCount = ([a, m], [b, n]) => n - m || (a < b ? -1 : 1);
for (const [word, count] of [...counts].sort(byCount).slice(0, 10))
    print(`${String(count).padStart(6)} ${word}`);

const {n_lookups, n_strings, hit_ratio} = pool.stats;
print(`${n_lookups} words, ${n_strings} distinct, ${(100 * hit_ratio).toFixed(1)} % hits`);
