// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A million calls take no more memory than the first hundred thousand.

imports.gi.versions.Intern = '1';
const {GLib, Intern} = imports.gi;
const System = imports.system;

const N_WARM = 100000;
const N_CALLS = 1000000;
const N_PHASES = 3;
const N_BETWEEN_COLLECTIONS = 10000;
// The smallest block of malloc() takes 32 bytes. Each call below runs 70,000 times, so a leak of one
// block is 2.2 MB. The tolerance is less than that, and more than the warm heap of the garbage
// collector usually varies.
const TOLERANCE = 2 << 20;
const PAGE = 4096;

function resident() {
    System.gc();
    const [, statm] = GLib.file_get_contents('/proc/self/statm');
    return Number(new TextDecoder().decode(statm).split(' ')[1]) * PAGE;
}

function refused(strings) {
    try {
        pool.encode(strings);
    } catch (e) {
        if (e instanceof GLib.Error)
            return;
    }
    throw new Error('the call has not been refused');
}

const pool = new Intern.Pool({max_strings: 2});
const frozen = new Intern.Pool();
frozen.freeze();
const calls = [
    () => pool.intern('word'),
    () => pool.intern('wo\0rd'),
    () => pool.lookup('word'),
    () => pool.has('absent'),
    () => pool.stats,
    () => pool.encode(['word', null, 'word']),
    () => pool.decode([1, 0, 1]),
    () => pool.atom_to_bytes(1),
    () => [...pool],
    () => pool.translate(pool),
    () => refused(['word', 'one more than it may hold']),
    () => Intern.Pool.new_from_bytes(pool.to_bytes()).intern('word'),
    () => Intern.Pool.new_child(frozen).intern('word'),
];

function callAll(from, to) {
    for (let i = from; i < to; i++) {
        calls[i % calls.length]();
        // The garbage collector counts the small wrappers, not the memory that they own.
        if (i % N_BETWEEN_COLLECTIONS === 0)
            System.gc();
    }
}

callAll(0, N_WARM);
// A leak grows in every phase; the heap of the garbage collector may grow in one of them.
let grown = Infinity;
for (let phase = 1; phase <= N_PHASES && grown > TOLERANCE; phase++) {
    const before = resident();
    callAll(N_WARM, N_CALLS);
    grown = resident() - before;
    print(`# Phase ${phase}: ${calls.length} kinds of calls, ${N_CALLS - N_WARM} in all: ${grown} bytes more`);
}
if (grown > TOLERANCE)
    throw new Error('the memory has grown in every phase');
