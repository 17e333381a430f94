// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A million calls leave the memory where it was after the first ten thousand.

imports.gi.versions.Intern = '1';
const {GLib, Intern} = imports.gi;
const System = imports.system;

const N_WARM = 10000;
const N_CALLS = 1000000;
// The smallest piece that malloc() gives takes 32 bytes. Each of the calls below comes
// N_CALLS / 5 times, so a piece lost by one of them shows as 6 MiB; this is less, and more than
// the heap of the collector moves.
const TOLERANCE = 5 << 20;
const PAGE = 4096;

function resident() {
    System.gc();
    const [, statm] = GLib.file_get_contents('/proc/self/statm');
    return Number(new TextDecoder().decode(statm).split(' ')[1]) * PAGE;
}

const pool = new Intern.Pool();
const calls = [
    () => pool.intern('word'),
    () => pool.intern('wo\0rd'),
    () => pool.lookup('word'),
    () => pool.has('absent'),
    () => pool.stats,
];

for (let i = 0; i < N_WARM; i++)
    calls[i % calls.length]();
const before = resident();
for (let i = N_WARM; i < N_CALLS; i++) {
    calls[i % calls.length]();
    // The collector sees the small wrappers, not what they hold.
    if (i % N_WARM === 0)
        System.gc();
}
const grown = resident() - before;
print(`# ${calls.length} kinds of calls, ${N_CALLS} in all: ${grown} bytes more`);
if (grown > TOLERANCE)
    throw new Error('the memory has grown');
