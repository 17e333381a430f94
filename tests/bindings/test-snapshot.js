// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Snapshots and layers in JavaScript.

imports.gi.versions.Intern = '1';
const {Gio, GLib, Intern} = imports.gi;

function assertEqual(a, b) {
    if (JSON.stringify(a) !== JSON.stringify(b))
        throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

function assertRefused(code, call) {
    try {
        call();
    } catch (e) {
        assertEqual(e instanceof GLib.Error && e.matches(Intern.Error, code), true);
        return;
    }
    throw new Error('the call has not been refused');
}

function makePool() {
    const pool = new Intern.Pool();
    pool.intern('one');
    pool.intern('a\0b');
    pool.atom_from_string('zwölf');
    return pool;
}

function assertHasAll(pool) {
    assertEqual(pool.n_strings, 3);
    assertEqual([...pool].sort(), ['a\0b', 'one', 'zwölf']);
    assertEqual([pool.has('one'), pool.has('a\0b'), pool.has('two')], [true, true, false]);
    assertEqual([pool.lookup('one'), pool.lookup('two')], ['one', null]);
    assertEqual([pool.atom_to_string(1), pool.lookup_atom('zwölf'), pool.lookup_atom('one')], ['zwölf', 1, 0]);
    assertEqual(pool.decode([1]), ['zwölf']);
}

const [file, stream] = Gio.File.new_tmp('intern-XXXXXX');
stream.close(null);

const tests = {
    'a pool opens from bytes'() {
        assertHasAll(Intern.Pool.new_from_bytes(makePool().to_bytes()));
    },

    'a file opens checked and trusted'() {
        assertEqual(makePool().save(file, null), true);
        for (const flags of [Intern.SnapshotFlags.NONE, Intern.SnapshotFlags.TRUSTED]) {
            const pool = Intern.Pool.new_from_file(file, flags, null);
            assertHasAll(pool);
            assertEqual(pool.atom_from_string('new'), 2);
        }
        assertEqual(Intern.snapshot_query_info(file, null).recursiveUnpack()['n-strings'], 3);
    },

    'a file is saved and opened asynchronously'() {
        const loop = new GLib.MainLoop(null, false);
        let pool = null;
        makePool().save_async(file, null, (source, saved) => {
            assertEqual(source.save_finish(saved), true);
            Intern.Pool.new_from_file_async(file, Intern.SnapshotFlags.NONE, null, (_source, opened) => {
                pool = Intern.Pool.new_from_file_finish(opened);
                loop.quit();
            });
        });
        loop.run();
        assertHasAll(pool);
    },

    'damaged and other files are refused'() {
        assertRefused(Intern.Error.CORRUPT, () => Intern.Pool.new_from_bytes(new GLib.Bytes('nothing')));
        file.replace_contents('nothing', null, false, Gio.FileCreateFlags.NONE, null);
        for (const flags of [Intern.SnapshotFlags.NONE, Intern.SnapshotFlags.TRUSTED])
            assertRefused(Intern.Error.CORRUPT, () => Intern.Pool.new_from_file(file, flags, null));
    },

    'a child finds the strings of its parent'() {
        const parent = makePool();
        assertRefused(Intern.Error.UNSUPPORTED, () => Intern.Pool.new_child(parent));
        parent.freeze();
        const child = Intern.Pool.new_child(parent);
        assertHasAll(child);
        assertEqual([child.intern('new'), child.has('new'), parent.has('new')], ['new', true, false]);
        assertEqual([child.n_strings, [...child].length], [4, 4]);
        assertRefused(Intern.Error.FROZEN, () => parent.intern('new'));
        assertRefused(Intern.Error.FROZEN, () => parent.atom_from_string('one'));
    },
};

try {
    for (const [name, test] of Object.entries(tests)) {
        test();
        print(`ok - ${name}`);
    }
    print(`1..${Object.keys(tests).length}`);
} finally {
    file.delete(null);
}
