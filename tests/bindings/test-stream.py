# SPDX-License-Identifier: LGPL-2.1-or-later

"""Loading streams in Python."""

import sys
import unittest
import weakref

import gi

gi.require_version("Intern", "1")
from gi.repository import Gio, GLib, Intern

WORDS = 30000


class Data:
    """An object whose end can be observed."""


def make_text():
    return b"".join(b"word %d\n" % (i % 1000) for i in range(WORDS))


def make_stream(text):
    return Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(text))


class TestBlocking(unittest.TestCase):
    def test_strings_and_progress(self):
        pool, reported, text = Intern.Pool(), [], make_text()
        self.assertEqual(pool.load_stream(make_stream(text), progress=lambda *how_far: reported.append(how_far)), WORDS)
        self.assertEqual(pool.get_n_strings(), 1000)
        self.assertEqual(reported[-1], (len(text), WORDS))
        self.assertEqual(reported, sorted(reported))

    def test_what_progress_raises_ends_the_call(self):
        pool, text = Intern.Pool(), b"a\n" * 1000000

        def fail(n_bytes, _n_strings):
            raise KeyError(n_bytes)

        for cancellable in (None, Gio.Cancellable()):
            with self.assertRaises(KeyError):
                pool.load_stream(make_stream(text), progress=fail, cancellable=cancellable)
        self.assertTrue(cancellable.is_cancelled())
        self.assertLess(pool.stats.n_lookups, 1000000)
        with self.assertRaises(GLib.Error):
            pool.load_stream(make_stream(text), progress=lambda *_how_far: None, cancellable=cancellable)

    def test_without_progress_from_a_pipe(self):
        pool = Intern.Pool()
        process = Gio.Subprocess.new(["printf", "%s", "a,b,a"], Gio.SubprocessFlags.STDOUT_PIPE)
        self.assertEqual(pool.load_stream(process.get_stdout_pipe(), b","), 3)
        self.assertIn("b", pool)

    def test_refusal_is_an_exception(self):
        pool = Intern.Pool(max_strings=2)
        with self.assertRaises(GLib.Error) as caught:
            pool.load_stream(make_stream(b"a\nb\na\nc\n"), ord("\n"))
        self.assertTrue(caught.exception.matches(Intern.error_quark(), Intern.Error.FULL))
        self.assertTrue(caught.exception.message.startswith("After 3 strings in 6 bytes: "))


class TestAsync(unittest.TestCase):
    def load(self, pool, stream, progress=None, cancellable=None):
        """Returns what finish() returns or raises, and the strings of the signals."""
        loop, results, added = GLib.MainLoop(), [], []

        def done(source, result, data):
            self.assertEqual(data, "data")
            try:
                results.append(source.load_stream_finish(result))
            except GLib.Error as error:
                results.append(error)
            loop.quit()

        pool.connect("string-added", lambda pool, string: added.append(string))
        pool.load_stream_async(stream, b"\n", GLib.PRIORITY_DEFAULT, cancellable, progress, done, "data")
        self.assertEqual((results, added), ([], []))
        loop.run()
        return results[0], added

    def test_strings_signals_and_progress(self):
        pool, reported, text = Intern.Pool(), [], make_text()
        result, added = self.load(pool, make_stream(text), lambda *how_far: reported.append(how_far))
        self.assertEqual(result, WORDS)
        self.assertEqual(added, [f"word {i}" for i in range(1000)])
        self.assertEqual(reported[-1], (len(text), WORDS))

    def test_all_arguments_are_optional(self):
        pool, context = Intern.Pool(), GLib.MainContext.default()
        pool.load_stream_async(make_stream(b"a\nb\n"))
        while pool.get_n_strings() < 2:
            context.iteration(True)

    def test_progress_is_freed(self):
        data = Data()
        gone = weakref.ref(data)

        def progress(*how_far, data=data):
            pass

        self.load(Intern.Pool(), make_stream(b"a\n"), progress)
        del data, progress
        self.assertIsNone(gone())

    def test_cancelling_is_an_error_with_position(self):
        cancellable = Gio.Cancellable()
        error, added = self.load(Intern.Pool(), make_stream(make_text()), lambda *how_far: cancellable.cancel(),
                                 cancellable)
        self.assertTrue(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.assertTrue(added)
        self.assertRegex(error.message, r"^After [1-9]\d* strings in [1-9]\d* bytes: ")


if __name__ == "__main__":
    sys.exit(unittest.main())
