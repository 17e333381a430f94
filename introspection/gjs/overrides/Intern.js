// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What makes an Intern.Pool feel like JavaScript: size, has(), for...of, plain statistics, and
// strings that are never cut.

const {GLib} = imports.gi;

const STATISTICS = [
    'n_strings',
    'n_mortal',
    'n_dead',
    'n_lookups',
    'n_hits',
    'n_misses',
    'bytes_stored',
    'bytes_requested',
    'bytes_recycled',
    'memory_usage',
    'hit_ratio',
    'bytes_saved',
];

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', {fatal: true});

// The pool keeps UTF-8, which has no code for half a surrogate pair: two such strings would
// become one.
function checkString(string) {
    if (typeof string !== 'string')
        throw new TypeError(`A pool holds strings, not ${string === null ? 'null' : typeof string}`);
    if (/\p{Surrogate}/u.test(string))
        throw new TypeError('The string holds a lone surrogate, which UTF-8 cannot express');
}

function toBytes(string) {
    if (string instanceof GLib.Bytes)
        return string;
    if (string instanceof Uint8Array)
        return new GLib.Bytes(string);
    checkString(string);
    return new GLib.Bytes(encoder.encode(string));
}

// U+FEFF at the start is no mark of an encoding here, but gjs 1.74 drops it, also with ignoreBOM.
function decodeText(data) {
    const marked = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf;
    return marked ? `\ufeff${decodeText(data.subarray(3))}` : decoder.decode(data);
}

function decode(data) {
    try {
        return decodeText(data);
    } catch {
        return data;
    }
}

function _init() {
    const {prototype} = this.Pool;
    const {intern, lookup, contains, contains_bytes, intern_bytes, foreach_bytes} = prototype;

    // C sees the end of a string at its first NUL: such strings go as bytes.
    prototype.intern = function (string) {
        checkString(string);
        if (!string.includes('\0'))
            return intern.call(this, string);
        intern_bytes.call(this, toBytes(string));
        return string;
    };

    prototype.lookup = function (string) {
        checkString(string);
        if (!string.includes('\0'))
            return lookup.call(this, string);
        const bytes = toBytes(string);
        if (!contains_bytes.call(this, bytes))
            return null;
        // The search has been counted, but not that a string was handed out.
        this.add_hits(0, bytes.get_size());
        return string;
    };

    prototype.contains = function (string) {
        checkString(string);
        return string.includes('\0')
            ? contains_bytes.call(this, toBytes(string)) : contains.call(this, string);
    };

    prototype.has = function (string) {
        return contains_bytes.call(this, toBytes(string));
    };

    prototype.contains_bytes = prototype.has;

    prototype.intern_bytes = function (bytes) {
        return intern_bytes.call(this, toBytes(bytes));
    };

    // An exception must not be lost in C, nor go on to the next string.
    prototype.foreach_bytes = function (func) {
        let failed = false, error;
        foreach_bytes.call(this, data => {
            try {
                return func(data) !== false;
            } catch (e) {
                failed = true;
                error = e;
                return false;
            }
        });
        if (failed)
            throw error;
    };

    prototype[Symbol.iterator] = function* () {
        const strings = [];
        foreach_bytes.call(this, data => strings.push(data.slice()) > 0);
        for (const data of strings)
            yield decode(data);
    };

    Object.defineProperty(prototype, 'size', {
        configurable: true,
        get() {
            return this.get_n_strings();
        },
    });

    Object.defineProperty(prototype, 'stats', {
        configurable: true,
        get() {
            const stats = this.get_stats();
            return Object.fromEntries(STATISTICS.map(name => [name, stats[name]]));
        },
    });
}
