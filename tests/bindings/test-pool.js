// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pool as a JavaScript program sees it.

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
    'intern and lookup'() {
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

    'a NUL is kept'() {
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

    'bytes that are not UTF-8 come whole'() {
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
            throw new Error('a pool takes memory');
    },

    'every statistic is there'() {
        const names = GObject.Object.list_properties.call(Intern.Pool)
            .filter(pspec => !(pspec.flags & GObject.ParamFlags.WRITABLE))
            .map(pspec => pspec.get_name().replace(/-/g, '_'));
        assertEqual(Object.keys(new Intern.Pool().stats).sort(), names.sort());
    },

    'signals'() {
        const pool = new Intern.Pool();
        const told = [];
        pool.connect('string-added', (_pool, string) => told.push(string));
        pool.connect('bytes-added', (_pool, bytes) => told.push(bytesOf(bytes)));
        pool.connect('cleared', () => told.push('cleared'));
        pool.intern('x');
        pool.intern('x');
        pool.intern('y\0');
        pool.clear();
        assertEqual(told, ['x', [121, 0], 'cleared']);
        assertEqual(pool.size, 0);
    },

    'a full pool throws and finds what it has'() {
        const pool = new Intern.Pool({max_strings: 1});
        pool.intern('first');
        for (const more of ['second', 'sec\0nd']) {
            assertThrows(() => pool.intern(more),
                e => e.matches(Intern.Error, Intern.Error.FULL));
        }
        assertEqual(pool.intern('first'), 'first');
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
