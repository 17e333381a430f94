// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Loading streams in JavaScript.

imports.gi.versions.Intern = '1';
const {Gio, GLib, Intern} = imports.gi;
const System = imports.system;

const N_WORDS = 30000;

function assertEqual(a, b) {
    if (JSON.stringify(a) !== JSON.stringify(b))
        throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

function makeStream(text) {
    return Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(text));
}

function makeText() {
    let text = '';
    for (let i = 0; i < N_WORDS; i++)
        text += `word ${i % 1000}\n`;
    return text;
}

function load(pool, stream, cancellable, progress) {
    const loop = new GLib.MainLoop(null, false);
    let outcome = null;
    pool.load_stream_async(stream, 10, GLib.PRIORITY_DEFAULT, cancellable, progress, (source, result) => {
        try {
            outcome = source.load_stream_finish(result);
        } catch (e) {
            outcome = e;
        }
        loop.quit();
    });
    assertEqual(outcome, null);
    loop.run();
    return outcome;
}

const tests = {
    'a stream is read to its end'() {
        const pool = new Intern.Pool();
        const text = makeText();
        let last = null;
        const [ok, n] = pool.load_stream(makeStream(text), 10, (...howFar) => (last = howFar), null);
        assertEqual([ok, n], [true, N_WORDS]);
        assertEqual(last, [text.length, N_WORDS]);
        assertEqual(pool.n_strings, 1000);
        assertEqual(pool.load_stream(makeStream('a,b'), 0x2c, null, null), [true, 2]);
    },

    'a refusal is thrown with its position'() {
        const pool = new Intern.Pool({max_strings: 2});
        let error = null;
        try {
            pool.load_stream(makeStream('a\nb\na\nc\n'), 10, null, null);
        } catch (e) {
            error = e;
        }
        assertEqual(error.matches(Intern.Error, Intern.Error.FULL), true);
        assertEqual(error.message.startsWith('After 3 strings in 6 bytes: '), true);
    },

    'an asynchronous load emits signals and calls progress'() {
        const pool = new Intern.Pool();
        const text = makeText();
        let added = 0, last = null;
        pool.connect('string-added', () => added++);
        const outcome = load(pool, makeStream(text), null, (...howFar) => (last = howFar.slice(0, 2)));
        assertEqual(outcome, [true, N_WORDS]);
        assertEqual([added, last], [1000, [text.length, N_WORDS]]);
        // The callbacks must have been freed.
        System.gc();
    },

    'a load can be cancelled'() {
        const cancellable = new Gio.Cancellable();
        const error = load(new Intern.Pool(), makeStream(makeText()), cancellable, () => cancellable.cancel());
        assertEqual(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), true);
        assertEqual(/^After [1-9]\d* strings in [1-9]\d* bytes: /.test(error.message), true);
    },
};

for (const [name, test] of Object.entries(tests)) {
    test();
    print(`ok - ${name}`);
}
print(`1..${Object.keys(tests).length}`);
