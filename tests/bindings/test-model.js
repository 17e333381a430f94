// SPDX-License-Identifier: LGPL-2.1-or-later
//
// PoolModel in JavaScript.

imports.gi.versions.Intern = '1';
const {Gio, GLib, Intern} = imports.gi;
const System = imports.system;

function assertEqual(actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b)
        throw new Error(`${a} is not ${b}`);
}

function iterate() {
    while (GLib.MainContext.default().iteration(false))
        ;
}

const listed = model => Array.from(model, item => item.string);

const tests = {
    'a model is a list'() {
        const pool = new Intern.Pool();
        pool.encode(['a', '\u00e4', '']);
        const model = Intern.PoolModel.new(pool);
        assertEqual(model instanceof Gio.ListModel, true);
        assertEqual(model.pool === pool, true);
        assertEqual([model.get_n_items(), model.n_items], [3, 3]);
        assertEqual(listed(model), ['a', '\u00e4', '']);
        assertEqual(Array.from(model, item => [item.atom, item.length]), [[1, 1], [2, 2], [3, 0]]);
        assertEqual(model.get_item(3), null);
        assertEqual(listed(new Intern.PoolModel()), []);
    },

    'a string that is not UTF-8 has a text'() {
        const pool = new Intern.Pool();
        const model = new Intern.PoolModel({pool});
        pool.intern_bytes(new Uint8Array([0xff, 0xfe]));
        pool.intern('a\0b');
        iterate();
        assertEqual(listed(model), ['\ufffd\ufffd', 'a\ufffdb']);
        assertEqual(Array.from(model, item => [...item.dup_bytes().get_data()]), [[0xff, 0xfe], [97, 0, 98]]);
        assertEqual(model.get_item(1).length, 3);
    },

    'changes are emitted'() {
        const pool = new Intern.Pool({emit_added: false});
        const model = new Intern.PoolModel({pool});
        const emitted = [];
        model.connect('items-changed', (_model, ...change) => emitted.push(change));
        pool.encode(['a', 'b', 'a']);
        assertEqual([model.n_items, emitted], [0, []]);
        iterate();
        assertEqual([listed(model), emitted], [['a', 'b'], [[0, 0, 2]]]);

        const item = model.get_item(0);
        pool.clear();
        pool.intern('c');
        assertEqual(listed(model), ['a', 'b']);
        iterate();
        assertEqual([listed(model), emitted[1]], [['c'], [0, 2, 1]]);
        assertEqual([model.get_item(0).atom, item.string], [3, 'a']);
    },

    'a model may have many rows'() {
        const pool = new Intern.Pool();
        const model = new Intern.PoolModel({pool});
        pool.encode(Array.from({length: 10000}, (_, i) => `row ${i}`));
        iterate();
        let n = 0;
        for (const item of model)
            assertEqual(item.string, `row ${n++}`);
        System.gc();
        assertEqual(n, 10000);
    },
};

for (const [name, test] of Object.entries(tests)) {
    test();
    print(`ok - ${name}`);
}
print(`1..${Object.keys(tests).length}`);
