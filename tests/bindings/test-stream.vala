// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Loading streams in Vala, with yield.

const int N_WORDS = 30000;

MemoryInputStream make_stream () {
    var text = new StringBuilder ();

    for (int i = 0; i < N_WORDS; i++)
        text.append_printf ("word %d\n", i % 1000);

    return new MemoryInputStream.from_bytes (new Bytes (text.str.data));
}

void test_blocking () throws Error {
    var pool = new Intern.Pool ();
    uint64 reported = 0;
    uint64 n_strings;

    assert_true (pool.load_stream (make_stream (), '\n', (n_bytes, n) => { reported = n; }, null, out n_strings));
    assert_true (n_strings == N_WORDS && reported == N_WORDS);
    assert_cmpuint (pool.n_strings, CompareOperator.EQ, 1000);
}

async void load (Intern.Pool pool, bool cancel) throws Error {
    // Not a parameter, which Vala would also use to cancel this method.
    var cancellable = new Cancellable ();
    uint64 reported = 0;
    uint64 n_strings;

    yield pool.load_stream_async (make_stream (), '\n', Priority.DEFAULT, cancellable, (n_bytes, n) => {
        reported = n;
        if (cancel)
            cancellable.cancel ();
    }, out n_strings);
    assert_true (n_strings == N_WORDS && reported == N_WORDS);
}

Error? run (Intern.Pool pool, bool cancel = false) {
    var loop = new MainLoop ();
    Error? error = null;

    load.begin (pool, cancel, (source, result) => {
        try {
            load.end (result);
        } catch (Error e) {
            error = e;
        }
        loop.quit ();
    });
    loop.run ();

    return error;
}

void test_async () {
    var pool = new Intern.Pool ();
    uint added = 0;

    pool.string_added.connect ((s) => added++);
    assert_true (run (pool) == null);
    assert_cmpuint (added, CompareOperator.EQ, 1000);
    assert_cmpuint (pool.n_strings, CompareOperator.EQ, 1000);
}

void test_cancelled () {
    Error? error = run (new Intern.Pool (), true);

    assert_true (error is IOError.CANCELLED);
    assert_true (error.message.has_prefix ("After "));
}

void test_refused () {
    var pool = new Intern.Pool ();

    pool.max_strings = 2;
    assert_true (run (pool) is Intern.Error.FULL);
    assert_cmpuint (pool.n_strings, CompareOperator.EQ, 2);
}

void main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala-stream/is-read-to-its-end", () => {
        try {
            test_blocking ();
        } catch (Error e) {
            error ("%s", e.message);
        }
    });
    Test.add_func ("/vala-stream/is-read-asynchronously", test_async);
    Test.add_func ("/vala-stream/can-be-cancelled", test_cancelled);
    Test.add_func ("/vala-stream/ends-at-a-refusal", test_refused);
    Test.run ();
}
