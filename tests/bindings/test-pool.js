// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pool in JavaScript.

imports.gi.versions.Intern = '1';
const {GLib, GObject, Intern} = imports.gi;

function assertEqual(actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b)
        throw new Error(`${a} is not ${b}`);
}

function assertThrows(func, check) {
    let error = null;
    try {
        func();
    } catch (e) {
        error = e;
    }
    if (error === null)
        throw new Error('nothing was thrown');
    if (!check(error))
        throw new Error(`the wrong error: ${error}`);
}

const isTypeError = e => e instanceof TypeError;
const bytesOf = gbytes => Array.from(gbytes.get_data() ?? []);

const tests = {
    'strings are interned and looked up'() {
        const pool = new Intern.Pool();
        assertEqual(pool.lookup('hello'), null);
        assertEqual(pool.intern('hello'), 'hello');
        assertEqual(pool.lookup('hello'), 'hello');
        assertEqual(pool.intern('h\u00fcllo \u{1f600}'), 'h\u00fcllo \u{1f600}');
        assertEqual(pool.intern(''), '');
        assertEqual(pool.size, 3);
        assertEqual(pool.n_strings, 3);
    },

    'has takes strings and bytes'() {
        const pool = new Intern.Pool();
        pool.intern('a\0b');
        assertEqual(pool.has('a\0b'), true);
        assertEqual(pool.has(new Uint8Array([97, 0, 98])), true);
        assertEqual(pool.has(new GLib.Bytes(new Uint8Array([97, 0, 98]))), true);
        assertEqual(pool.contains('a\0b'), true);
        assertEqual(pool.has('a'), false);
        assertEqual(pool.contains('a'), false);
    },

    'a string may contain NULs'() {
        const pool = new Intern.Pool();
        assertEqual(pool.intern('a\0b'), 'a\0b');
        assertEqual(pool.lookup('a\0b'), 'a\0b');
        assertEqual(pool.lookup('a\0c'), null);
        assertEqual([...pool], ['a\0b']);
        assertEqual(pool.stats.bytes_requested, 6);
    },

    'a lone surrogate is refused, a pair is not'() {
        const pool = new Intern.Pool();
        for (const call of ['intern', 'lookup', 'has', 'contains'])
            assertThrows(() => pool[call]('a\ud800'), isTypeError);
        assertEqual(pool.size, 0);
        pool.intern('\ud83d\ude00');
        assertEqual([...pool], ['\u{1f600}']);
    },

    'only strings are interned'() {
        const pool = new Intern.Pool();
        for (const wrong of [undefined, null, 7, {}, [], Symbol.iterator])
            assertThrows(() => pool.intern(wrong), isTypeError);
        assertEqual(pool.size, 0);
    },

    'bytes that are not UTF-8 are returned as bytes'() {
        const pool = new Intern.Pool();
        assertEqual(bytesOf(pool.intern_bytes(new Uint8Array([0xe9, 0, 0xff]))), [0xe9, 0, 0xff]);
        pool.intern('plain');
        const strings = [...pool];
        assertEqual(strings.filter(s => typeof s === 'string'), ['plain']);
        const [bytes] = strings.filter(s => s instanceof Uint8Array);
        assertEqual(Array.from(bytes), [0xe9, 0, 0xff]);
    },

    'a byte order mark is part of the string'() {
        const pool = new Intern.Pool();
        pool.intern('\ufeffx');
        assertEqual([...pool], ['\ufeffx']);
    },

    'any number of byte order marks is part of the string'() {
        for (const n of [1, 2, 20000, 100000, 1000000]) {
            for (const end of ['', 'x', '\0']) {
                const pool = new Intern.Pool();
                const text = '\ufeff'.repeat(n) + end;
                pool.intern(text);
                const [atom] = pool.encode([text]);
                const all = [[...pool][0], pool.lookup(text), pool.atom_to_string(atom), ...pool.decode([atom, atom])];
                // The strings are too long for a message.
                assertEqual(all.map(string => [typeof string, string === text]), Array(5).fill(['string', true]));
            }
        }
    },

    'no string is missing while garbage is collected'() {
        const pool = new Intern.Pool();
        const n = 200000;
        pool.encode(Array.from({length: n}, (_, i) => `string ${i}`));
        for (let i = 0; i < 4; i++) {
            assertEqual(new Set(pool).size, n);
            let found = 0;
            pool.foreach_bytes(() => found++ >= 0);
            assertEqual(found, n);
        }
    },

    'iteration finds strings of layers and gives no atoms'() {
        const parent = new Intern.Pool();
        const strings = ['b', 'a\0', '', '\ufeff', 'h\u00fcllo'];
        parent.encode(strings);
        parent.freeze();
        const opened = Intern.Pool.new_from_bytes(parent.to_bytes());
        for (const pool of [Intern.Pool.new_child(parent), opened]) {
            const before = pool.stats;
            assertEqual([...pool].sort(), strings.slice().sort());
            pool.intern('new');
            assertEqual([...pool].sort(), [...strings, 'new'].sort());
            assertEqual(pool.lookup_atom('new'), 0);
            assertEqual(pool.stats.n_lookups, before.n_lookups + 2);
        }
    },

    'iteration works without snapshots'() {
        const pool = new Intern.Pool();
        pool.encode(['a', 'b\0']);
        // As on a big-endian machine.
        pool.to_bytes = () => {
            throw new GLib.Error(Intern.Error, Intern.Error.UNSUPPORTED, 'no snapshots');
        };
        assertEqual([...pool].sort(), ['a', 'b\0']);
        pool.to_bytes = () => {
            throw new GLib.Error(Intern.Error, Intern.Error.TOO_LONG, 'no memory');
        };
        assertThrows(() => [...pool], e => e.matches(Intern.Error, Intern.Error.TOO_LONG));
    },

    'a program may write to the bytes that it gets'() {
        const pool = new Intern.Pool();
        const all = Uint8Array.from(Array(256).keys());
        pool.intern_bytes(all);
        const atom = Intern.PoolModel.new(pool).get_item(0).atom;
        [...pool][0].fill(7);
        pool.foreach_bytes(data => data.fill(7) !== null);
        pool.atom_to_string(atom).fill(7);
        assertEqual([...pool.atom_to_string(atom)], [...all]);
        assertEqual(pool.has(all), true);
    },

    'foreach_bytes stops on false and passes exceptions on'() {
        const pool = new Intern.Pool();
        let n = 0;
        ['a', 'b', 'c'].forEach(s => pool.intern(s));
        pool.foreach_bytes(() => {
            n++;
        });
        assertEqual(n, 3);
        pool.foreach_bytes(() => {
            n++;
            return false;
        });
        assertEqual(n, 4);
        assertThrows(() => pool.foreach_bytes(() => {
            n++;
            throw new RangeError('enough');
        }), e => e instanceof RangeError);
        assertEqual(n, 5);
    },

    'statistics are a plain object'() {
        const pool = new Intern.Pool();
        pool.intern('abc');
        pool.intern('abc');
        const {n_strings, n_lookups, n_hits, n_misses, hit_ratio, bytes_stored, bytes_requested} = pool.stats;
        assertEqual([n_strings, n_lookups, n_hits, n_misses, hit_ratio], [1, 2, 1, 1, 0.5]);
        assertEqual([bytes_stored, bytes_requested], [3, 6]);
        assertEqual(pool.get_stats().n_hits, 1);
        assertEqual(pool.hit_ratio, 0.5);
        if (!(pool.stats.memory_usage > 0))
            throw new Error('a pool must take memory');
    },

    'stats has every statistic'() {
        const names = GObject.Object.list_properties.call(Intern.Pool)
            .filter(pspec => !(pspec.flags & GObject.ParamFlags.WRITABLE))
            .map(pspec => pspec.get_name().replace(/-/g, '_'));
        assertEqual(Object.keys(new Intern.Pool().stats).sort(), names.sort());
    },

    'signals are emitted'() {
        const pool = new Intern.Pool();
        const emitted = [];
        pool.connect('string-added', (_pool, string) => emitted.push(string));
        pool.connect('bytes-added', (_pool, bytes) => emitted.push(bytesOf(bytes)));
        pool.connect('cleared', () => emitted.push('cleared'));
        pool.intern('x');
        pool.intern('x');
        pool.intern('y\0');
        pool.clear();
        assertEqual(emitted, ['x', [121, 0], 'cleared']);
        assertEqual(pool.size, 0);
    },

    'a full pool throws and finds its strings'() {
        const pool = new Intern.Pool({max_strings: 1});
        pool.intern('first');
        for (const more of ['second', 'sec\0nd']) {
            assertThrows(() => pool.intern(more),
                e => e.matches(Intern.Error, Intern.Error.FULL));
        }
        assertEqual(pool.intern('first'), 'first');
    },

    'each string has an atom'() {
        const pool = new Intern.Pool();
        ['a', '', 'b\0c', '\ufeffx', 'h\u00fcllo \u{1f600}'].forEach((string, i) => {
            assertEqual(pool.atom_from_string(string), i + 1);
            assertEqual(pool.atom_from_string(string), i + 1);
            assertEqual(pool.atom_to_string(i + 1), string);
        });
        assertEqual(pool.lookup_atom('a'), 1);
        assertEqual(pool.lookup_atom('b'), 0);
        assertEqual([pool.atom_to_string(0), pool.atom_to_string(6)], [null, null]);
        assertEqual(pool.size, 5);
    },

    'columns are encoded and decoded'() {
        const columns = [
            [], [''], ['', ''], ['a', '', 'b', 'a'], ['x\0y', 'x', '', '\0'], ['\ufeffx', '\u00ff'],
        ];
        for (const strings of columns) {
            const pool = new Intern.Pool();
            const atoms = pool.encode(strings);
            assertEqual(atoms instanceof Uint32Array, true);
            assertEqual(atoms.length, strings.length);
            assertEqual(pool.decode(atoms), strings);
            assertEqual(pool.size, new Set(strings).size);
        }
        assertEqual([...new Intern.Pool().encode(new Set(['a', 'b']))], [1, 2]);
    },

    'missing values are null and atom 0'() {
        const columns = [
            [null], [null, null], ['a', null], [null, 'a', '', null, 'a'], [null, 'x\0y', null, '\ufeff'],
        ];
        for (const strings of columns) {
            const pool = new Intern.Pool();
            const atoms = pool.encode(strings);
            assertEqual(atoms instanceof Uint32Array, true);
            assertEqual([...atoms].map(atom => atom === 0), strings.map(string => string === null));
            assertEqual(pool.decode(atoms), strings);
            const present = strings.filter(string => string !== null);
            assertEqual([pool.size, pool.stats.n_lookups], [new Set(present).size, present.length]);
            assertEqual(pool.translate(pool)[0], 0);
        }
        const pool = new Intern.Pool();
        assertEqual([...pool.encode(new Set(['a', null, 'b']))], [1, 0, 2]);
        pool.encode_delimited(new Uint8Array([0xff]));
        const [missing, bytes, ...others] = pool.decode([0, 3, 0, 1]);
        assertEqual([missing, [...bytes], ...others], [null, [0xff], null, 'a']);
        assertEqual(pool.atom_to_string(0), null);
        assertThrows(() => pool.decode_delimited([1, 0]), e => e.matches(Intern.Error, Intern.Error.INVALID_ATOM) &&
            e.message.startsWith('At position 1: atom 0 is a missing value'));
    },

    'the position in an error counts missing values'() {
        const pool = new Intern.Pool({max_strings: 1});
        const starts = start => e => e.message.startsWith(start);
        assertThrows(() => pool.encode([null, 'a', null, 'a', null, 'b']), starts('At position 5: The pool is full'));
        assertThrows(() => pool.encode(['a', 'b']), starts('At position 1: The pool is full'));
        assertThrows(() => pool.decode([0, 1, 0, 7, 1]), starts('At position 3: atom 7 has no string'));
    },

    'random columns with gaps come back'() {
        const pool = new Intern.Pool();
        const random = n => Math.floor(Math.random() * n);
        for (const n of [1, 10, 100, 100000]) {
            const column = Array.from({length: n}, () => random(4) === 0 ? null : `value ${random(n)}`);
            assertEqual(pool.decode(pool.encode(column)), column);
        }
    },

    'delimited texts are encoded and decoded'() {
        const pool = new Intern.Pool();
        for (const text of ['a\nb\na', new TextEncoder().encode('a\nb\na\n'), new GLib.Bytes('a\nb\na')])
            assertEqual([...pool.encode_delimited(text)], [1, 2, 1]);
        assertEqual(pool.encode_delimited('').length, 0);
        assertEqual([...pool.encode_delimited('b,a,', ',')], [2, 1]);
        assertEqual([...pool.encode_delimited('b,a', 0x2c)], [2, 1]);
        assertEqual([...pool.decode_delimited([2, 1])], [98, 10, 97, 10]);
        assertEqual(pool.decode_delimited([]).length, 0);
        assertThrows(() => pool.decode_delimited(pool.encode(['a,b']), ','),
            e => e.matches(Intern.Error, Intern.Error.UNSUPPORTED));
    },

    'decode takes any array'() {
        const pool = new Intern.Pool();
        const atoms = pool.encode(['a', 'b', 'a']);
        const bytes = new GLib.Bytes(new Uint8Array(atoms.buffer));
        for (const same of [atoms, [1, 2, 1], Float64Array.of(1, 2, 1), bytes, Uint32Array.of(9, 1, 2, 1).subarray(1)])
            assertEqual(pool.decode(same), ['a', 'b', 'a']);
        for (const wrong of [[-1], [1.5], ['1'], [2 ** 32 + 1], [null], 7, null])
            assertThrows(() => pool.decode(wrong), isTypeError);
    },

    'a string that is not UTF-8 is decoded as bytes'() {
        const pool = new Intern.Pool();
        const all = Uint8Array.from(Array(255).keys());
        const atoms = [
            ...pool.encode_delimited(new Uint8Array([0xff, 10, 0, 0xff, 0xfe, 10, 97, 0, 98])),
            ...pool.encode_delimited(all, 0xff),
            ...pool.encode_delimited(all.map(byte => byte + 1), 0),
        ];
        const strings = pool.decode(atoms);
        assertEqual(strings.map(s => typeof s === 'string' ? s : [...s]),
            [[0xff], [0, 0xff, 0xfe], 'a\0b', [...all], [...all].map(byte => byte + 1)]);
        assertEqual([...pool.atom_to_string(1)], [0xff]);
    },

    'a string may contain all bytes'() {
        const all = Uint8Array.from(Array(256).keys());
        const texts = ['a', 'b\0c', '', '\ufeff'];
        const pool = new Intern.Pool();
        pool.encode(texts);
        pool.intern_bytes(all);
        // A model gives each string an atom.
        const atom = Math.max(...[...Intern.PoolModel.new(pool)].map(item => item.atom));
        const limited = Intern.Pool.new_from_bytes(pool.to_bytes());
        limited.max_strings = 1;
        pool.freeze();
        for (const same of [pool, Intern.Pool.new_child(pool), limited]) {
            const [a, first, ...others] = same.decode([1, atom, 2, 3, 4, atom, 1]);
            assertEqual([[...first], [...others[3]]], [[...all], [...all]]);
            assertEqual([a, ...others.slice(0, 3), others[4]], [...texts, 'a']);
            assertEqual([...same.atom_to_string(atom)], [...all]);
            assertEqual(bytesOf(same.atom_to_bytes(atom)), [...all]);
            assertThrows(() => same.decode([atom, atom + 1]), e => e.matches(Intern.Error, Intern.Error.INVALID_ATOM));
        }
        assertEqual(pool.atom_to_bytes(0), null);
    },

    'a few strings that are not UTF-8 cost few calls'() {
        const pool = new Intern.Pool();
        const words = Array.from({length: 10000}, (_, i) => `${i}`);
        const atoms = [...pool.encode(words.slice(0, 5000)), ...pool.encode_delimited(Uint8Array.of(0, 0xff)),
            ...pool.encode(words.slice(5000))];
        let calls = 0;
        pool.decode_delimited = (...args) => {
            calls++;
            return Intern.Pool.prototype.decode_delimited.apply(pool, args);
        };
        const strings = pool.decode(atoms);
        assertEqual([...strings[5000]], [0, 0xff]);
        assertEqual([...strings.slice(0, 5000), ...strings.slice(5001)], words);
        // One or two calls for each part: 16 parts of all, 16 of the part that has it, and so on.
        assertEqual(calls < 200, true);
    },

    'wrong arguments throw a TypeError'() {
        const pool = new Intern.Pool();
        for (const wrong of ['a', null, undefined, 7, {}, ['a', undefined], ['a', , 'b'], ['a\ud83d', '\ude00b']])
            assertThrows(() => pool.encode(wrong), isTypeError);
        for (const wrong of [undefined, null, 7, 'a\ud800']) {
            assertThrows(() => pool.atom_from_string(wrong), isTypeError);
            assertThrows(() => pool.lookup_atom(wrong), isTypeError);
            assertThrows(() => pool.encode_delimited(wrong), isTypeError);
        }
        for (const wrong of ['', 'ab', '\u00e9', 256, -1, 1.5, null])
            assertThrows(() => pool.encode_delimited('a', wrong), isTypeError);
        for (const wrong of [null, undefined, 7, {}])
            assertThrows(() => pool.translate(wrong), isTypeError);
        assertThrows(() => pool.lookup_atom('a\0'), isTypeError);
        assertEqual(pool.size, 0);
    },

    'atoms are translated between pools'() {
        const pool = new Intern.Pool();
        const other = new Intern.Pool();
        pool.encode(['a', 'b']);
        other.encode(['x', 'b']);
        const table = pool.translate(other);
        assertEqual(table instanceof Uint32Array, true);
        assertEqual([...table], [0, 3, 2]);
        assertEqual([...pool.translate(new Intern.Pool())], [0]);
    },

    'stale atoms and full pools throw'() {
        const pool = new Intern.Pool({max_strings: 1});
        const other = new Intern.Pool();
        const atoms = pool.encode(['a']);
        other.encode(['c']);
        const calls = [() => pool.encode(['a', 'c']), () => pool.encode_delimited('c'), () => pool.translate(other),
            () => pool.atom_from_string('c'), () => pool.atom_from_string('c\0')];
        for (const call of calls)
            assertThrows(call, e => e.matches(Intern.Error, Intern.Error.FULL));
        pool.clear();
        for (const stale of [atoms, [7]])
            assertThrows(() => pool.decode(stale), e => e.matches(Intern.Error, Intern.Error.INVALID_ATOM));
        assertEqual(pool.atom_to_string(1), null);
        assertEqual([...pool.encode(['a'])], [2]);
    },

    'the default pool is one'() {
        assertEqual(Intern.Pool.get_default() === Intern.Pool.get_default(), true);
    },
};

for (const [name, test] of Object.entries(tests)) {
    test();
    print(`ok - ${name}`);
}
print(`1..${Object.keys(tests).length}`);
