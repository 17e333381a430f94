// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The JavaScript interface to Intern.Pool: size, has(), for...of, statistics as a plain object,
// columns as typed arrays, and strings with NULs.

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

function checkType(string) {
    if (typeof string !== 'string')
        throw new TypeError(`The argument must be a string, not ${string === null ? 'null' : typeof string}`);
}

// The pool stores UTF-8, which cannot encode a lone surrogate: two such strings would become one.
function checkString(string) {
    checkType(string);
    if (/\p{Surrogate}/u.test(string))
        throw new TypeError('The string contains a lone surrogate, which UTF-8 cannot encode: use bytes');
}

function toBytes(string) {
    if (string instanceof GLib.Bytes)
        return string;
    if (string instanceof Uint8Array)
        return new GLib.Bytes(string);
    checkString(string);
    return new GLib.Bytes(encoder.encode(string));
}

// U+FEFF at the start is part of the string, not a byte order mark. gjs up to 1.90 inverts the meaning
// of ignoreBOM; every version keeps the character after a letter.
function decodeText(data) {
    const marked = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf;
    if (!marked)
        return decoder.decode(data);
    const lettered = new Uint8Array(data.length + 1).fill(0x78, 0, 1);
    lettered.set(data, 1);
    return decoder.decode(lettered).slice(1);
}

function decode(data) {
    try {
        return decodeText(data);
    } catch (e) {
        // Only a TypeError means that it is not UTF-8.
        if (e instanceof TypeError)
            return data;
        throw e;
    }
}

// Returns the strings as one text and the delimiter after each, a byte that none of them contains.
function endEach(strings) {
    strings.forEach(checkType);
    const text = strings.length > 0 ? `${strings.join('\0')}\0` : '';
    checkString(text);
    if (!strings.join('').includes('\0'))
        return [encoder.encode(text), 0];

    // UTF-8 never contains the byte 0xFF.
    return [Uint8Array.from(strings.flatMap(string => [...encoder.encode(string), 0xff])), 0xff];
}

function toByte(delimiter) {
    const [byte, ...more] = typeof delimiter === 'string' ? encoder.encode(delimiter) : [delimiter];
    if (!Number.isInteger(byte) || byte < 0 || byte > 0xff || more.length > 0)
        throw new TypeError('The delimiter must be one byte');
    return byte;
}

function toAtoms(atoms) {
    if (atoms instanceof GLib.Bytes)
        return new Uint32Array(atoms.toArray().slice().buffer);
    if (atoms instanceof Uint32Array)
        return atoms;
    const given = [...atoms];
    const numbers = Uint32Array.from(given);
    if (numbers.some((number, i) => number !== given[i]))
        throw new TypeError('Atoms must be unsigned 32-bit integers');
    return numbers;
}

// Returns the delimited strings: decoded in one step if all are text, else one by one.
function takeApart(data, delimiter) {
    if (delimiter === 0) {
        try {
            return decodeText(data).split('\0').slice(0, -1);
        } catch {
            // Some are not UTF-8, or they are together too long for one string.
        }
    }
    const strings = [];
    for (let start = 0; start < data.length;) {
        const end = data.indexOf(delimiter, start);
        strings.push(decode(data.slice(start, end)));
        start = end + 1;
    }
    return strings;
}

// Yields the bytes of each string of a snapshot; the manual describes the format.
function* rowsOf(snapshot) {
    const view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.length);
    const number = offset => view.getUint32(offset, true);
    const large = offset => Number(view.getBigUint64(offset, true));
    const sections = [];
    for (let i = 0; i < number(64); i++)
        sections[number(96 + 24 * i)] = large(96 + 24 * i + 8);
    const [,, offsets, bases, text] = sections;
    const start = row => text + large(bases + 8 * (row >>> number(44))) + number(offsets + 4 * row);
    for (let row = 0; row < number(24); row++)
        yield snapshot.slice(start(row), start(row + 1) - 1);
}

function _init() {
    // The library warns if it is used from gjs and this quark does not exist.
    GLib.quark_from_string('intern-glib-gjs-override');
    const {Pool, PoolModel, Error: Domain} = this;
    const {prototype} = Pool;
    const {intern, lookup, contains, contains_bytes, intern_bytes, foreach_bytes} = prototype;
    const {atom_from_string, lookup_atom, encode_delimited, decode_delimited, translate} = prototype;

    const isError = (error, code) => error instanceof GLib.Error && error.matches(Domain, code);

    // For C a string ends at its first NUL: strings with NULs are passed as bytes.
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
        // The search has been counted, but not the bytes of the returned string.
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

    // While gjs collects garbage, which it does in steps, it refuses to run callbacks of C and would
    // miss strings. So all strings are read at once, as a snapshot.
    function bytesOf(pool) {
        try {
            return rowsOf(pool.to_bytes().toArray());
        } catch (e) {
            if (!isError(e, Domain.UNSUPPORTED))
                throw e;
        }
        // Big-endian machines cannot write snapshots.
        const strings = [];
        imports.system.gc();
        foreach_bytes.call(pool, data => strings.push(data.slice()) > 0);
        return strings;
    }

    prototype.foreach_bytes = function (func) {
        for (const data of bytesOf(this)) {
            if (func(data) === false)
                break;
        }
    };

    prototype.atom_from_string = function (string) {
        checkString(string);
        return string.includes('\0') ? this.encode([string])[0] : atom_from_string.call(this, string);
    };

    prototype.lookup_atom = function (string) {
        checkString(string);
        if (string.includes('\0'))
            throw new TypeError('The string contains a NUL, which ends a string in C: use encode()');
        return lookup_atom.call(this, string);
    };

    prototype.atom_to_string = function (atom) {
        try {
            return this.decode([atom])[0];
        } catch (e) {
            if (isError(e, Domain.INVALID_ATOM))
                return null;
            throw e;
        }
    };

    // Returns the error of a call for a part of a column, with the position in the whole. find() takes
    // the position in the part, and the atom if the message names one.
    function correctPosition(error, find) {
        if (!(error instanceof GLib.Error) || !error.matches(Domain, error.code))
            return error;
        const correct = (_match, position, named = '', atom = 0) =>
            `At position ${find(Number(position), Number(atom))}:${named}`;
        return new GLib.Error(Domain, error.code, error.message.replace(/^At position (\d+):( atom (\d+))?/, correct));
    }

    prototype.encode = function (strings) {
        if (typeof strings === 'string')
            throw new TypeError('encode() takes an array of strings, not one string');
        // A copy, in which the holes of an array are undefined.
        const column = [...strings];
        const present = column.filter(string => string !== null);
        const ended = endEach(present);
        if (present.length === column.length)
            return this.encode_delimited(...ended);

        let n = 0;
        try {
            const atoms = this.encode_delimited(...ended);
            return Uint32Array.from(column, string => string === null ? 0 : atoms[n++]);
        } catch (e) {
            throw correctPosition(e, position => column.findIndex(string => string !== null && n++ === position));
        }
    };

    prototype.encode_delimited = function (text, delimiter = '\n') {
        const atoms = encode_delimited.call(this, toBytes(text), toByte(delimiter));
        return new Uint32Array(atoms.toArray().buffer);
    };

    prototype.decode_delimited = function (atoms, delimiter = '\n') {
        const {buffer, byteOffset, byteLength} = toAtoms(atoms);
        const bytes = new GLib.Bytes(new Uint8Array(buffer, byteOffset, byteLength));
        return decode_delimited.call(this, bytes, toByte(delimiter)).toArray();
    };

    function decodeAtoms(pool, atoms) {
        // As one text, split at a byte that none of them contains: NULs are rare, and UTF-8 never
        // contains 0xFF. A single string that contains both is read as bytes.
        for (const delimiter of atoms.length > 1 ? [0, 0xff] : [0]) {
            try {
                return takeApart(pool.decode_delimited(atoms, delimiter), delimiter);
            } catch (e) {
                if (!isError(e, Domain.UNSUPPORTED))
                    throw e;
            }
        }
        // A copy: the program may write to it.
        if (atoms.length === 1)
            return [decode(pool.atom_to_bytes(atoms[0]).toArray().slice())];
        // With a few such strings among many, most of the 16 parts are without.
        const size = Math.ceil(atoms.length / 16);
        const strings = [];
        for (let start = 0; start < atoms.length; start += size) {
            for (const string of decodeAtoms(pool, atoms.subarray(start, start + size)))
                strings.push(string);
        }
        return strings;
    }

    prototype.decode = function (atoms) {
        const column = toAtoms(atoms);
        const present = column.filter(atom => atom !== 0);
        let strings;
        try {
            strings = decodeAtoms(this, present);
        } catch (e) {
            throw correctPosition(e, (_position, atom) => column.indexOf(atom));
        }
        if (present.length === column.length)
            return strings;

        let n = 0;
        return Array.from(column, atom => atom === 0 ? null : strings[n++]);
    };

    prototype.translate = function (other) {
        // gjs 1.74 frees an uninitialized result if an argument has the wrong type.
        if (!(other instanceof Pool))
            throw new TypeError('translate() takes the pool whose atoms it translates');
        return Uint32Array.from(translate.call(this, other));
    };

    prototype[Symbol.iterator] = function* () {
        for (const data of bytesOf(this))
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

    PoolModel.prototype[Symbol.iterator] = function* () {
        for (let i = 0; i < this.n_items; i++)
            yield this.get_item(i);
    };
}
