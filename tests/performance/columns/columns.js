// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Encodes a column of words in one way and prints the time: columns.js ROW WAY FILE

const {GLib} = imports.gi;

const REPEATS = 100;

function newPool() {
    imports.gi.versions.Intern = '1';
    return new imports.gi.Intern.Pool();
}

const ways = {
    encode_delimited(text) {
        const pool = newPool();
        return () => pool.encode_delimited(text);
    },

    encode(_text, words) {
        const pool = newPool();
        return () => pool.encode(words);
    },

    map(_text, words) {
        const numbers = new Map();
        return () => words.map(word => {
            let number = numbers.get(word);
            if (number === undefined)
                numbers.set(word, number = numbers.size);
            return number;
        });
    },
};

// CPU time, so that other processes cost little. Linux updates it at each tick, too seldom for calls
// of less than some milliseconds.
function nanoseconds(call) {
    const begin = spent();
    call();
    return spent() - begin;
}

function spent() {
    const [, schedstat] = GLib.file_get_contents('/proc/thread-self/schedstat');
    return Number(new TextDecoder().decode(schedstat).split(' ')[0]);
}

const [row, way, path] = ARGV;
const [, text] = GLib.file_get_contents(path);
const words = new TextDecoder().decode(text).split('\n').slice(0, -1);
const call = ways[way](text, words);
let took = nanoseconds(call);
if (row === 'found') {
    took = nanoseconds(() => {
        for (let i = 0; i < REPEATS; i++)
            call();
    }) / REPEATS;
}
print(JSON.stringify({ns: took / words.length, strings: words.length, distinct: new Set(call()).size}));
