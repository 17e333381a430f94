# SPDX-License-Identifier: LGPL-2.1-or-later

"""Snapshots and layers in Python."""

import os
import pathlib
import tempfile
import unittest

import gi

gi.require_version("Intern", "1")
from gi.repository import Gio, GLib, Intern

# Strings with and without NULs, and bytes that are not UTF-8.
STRINGS = ["one", "", "café", "a\0b", b"\xff\xfe"]


def make_pool():
    pool = Intern.Pool()
    for string in STRINGS:
        pool.intern(string) if isinstance(string, str) else pool.intern_bytes(string)
    pool.atom_from_string("two")
    pool.atom_from_string("a\0b")
    return pool


class SnapshotTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "strings.isn")
        self.file = Gio.File.new_for_path(self.path)

    def assert_has_all(self, pool):
        self.assertIs(type(pool), Intern.Pool)
        self.assertEqual(len(pool), len(STRINGS) + 1)
        self.assertEqual(set(pool), {*STRINGS, "two"})
        for string in STRINGS:
            self.assertIn(string, pool)
            self.assertEqual(pool.lookup(string), string)
        self.assertEqual(pool.atom_to_string(1), "two")
        self.assertEqual(pool.decode([2, 1]), ["a\0b", "two"])
        self.assertEqual(pool.lookup_atom("two"), 1)
        self.assertEqual(pool.lookup_atom("one"), 0)

    def assert_refused(self, code, call, *args):
        with self.assertRaises(GLib.Error) as caught:
            call(*args)
        self.assertTrue(caught.exception.matches(Intern.error_quark(), code), caught.exception)


class TestSnapshots(SnapshotTestCase):
    def test_bytes_are_opened(self):
        self.assert_has_all(Intern.Pool.new_from_bytes(make_pool().to_bytes()))

    def test_bytes_of_python_are_opened(self):
        data = make_pool().to_bytes().get_data()
        self.assert_has_all(Intern.Pool.new_from_bytes(GLib.Bytes.new(data)))

    def test_info_has_the_figures(self):
        make_pool().save(self.file, None)
        info = Intern.snapshot_query_info(self.file, None).unpack()
        self.assertEqual((info["n-strings"], info["n-atoms"], info["first-atom"]), (len(STRINGS) + 1, 2, 1))
        self.assertEqual(info["file-size"], os.path.getsize(self.path))

    def test_file_is_saved_and_opened(self):
        self.assertTrue(make_pool().save(self.file))
        for flags in Intern.SnapshotFlags.NONE, Intern.SnapshotFlags.TRUSTED:
            pool = Intern.Pool.new_from_file(self.file, flags)
            self.assert_has_all(pool)
            # One object for equal strings, as in any pool.
            self.assertIs(pool.intern("".join(["on", "e"])), pool.intern("one"))
            self.assertEqual(pool.atom_from_string("new"), 3)
            self.assertEqual(pool.encode(["new", "a\0b"]).tolist(), [3, 2])
            self.assertTrue(pool.save(self.file))
            os.unlink(self.path)
            self.assertEqual(pool.lookup("café"), "café")
            self.assertTrue(make_pool().save(self.file))

    def assert_comes_back_async(self, file, *arguments):
        loop, pools = GLib.MainLoop(), []

        def opened(_source, result):
            pools.append(Intern.Pool.new_from_file_finish(result))
            loop.quit()

        def saved(pool, result):
            self.assertTrue(pool.save_finish(result))
            Intern.Pool.new_from_file_async(file, *arguments, callback=opened)

        make_pool().save_async(file, callback=saved)
        loop.run()
        self.assert_has_all(pools[0])

    def test_file_is_saved_and_opened_async(self):
        self.assert_comes_back_async(self.file, Intern.SnapshotFlags.NONE, None)
        self.assert_comes_back_async(self.path)

    def test_path_will_do_for_a_file(self):
        for path in self.path, os.fsencode(self.path), pathlib.Path(self.path):
            self.assertTrue(make_pool().save(path))
            self.assert_has_all(Intern.Pool.new_from_file(path))
            self.assertEqual(Intern.snapshot_query_info(path).unpack()["n-strings"], len(STRINGS) + 1)
            os.unlink(self.path)
        odd = os.fsencode(self.path) + b"-\xff"
        self.assertTrue(make_pool().save(odd))
        self.assert_has_all(Intern.Pool.new_from_file(os.fsdecode(odd)))
        os.unlink(odd)
        for wrong in 7, None, Gio.MemoryInputStream():
            self.assertRaises(TypeError, make_pool().save, wrong)
            self.assertRaises(TypeError, Intern.Pool.new_from_file, wrong)

    def test_damaged_snapshot_is_an_error(self):
        data = bytearray(make_pool().to_bytes().get_data())
        self.assert_refused(Intern.Error.CORRUPT, Intern.Pool.new_from_bytes, GLib.Bytes.new(b"nothing"))
        data[-20] ^= 1
        self.assert_refused(Intern.Error.CORRUPT, Intern.Pool.new_from_bytes, GLib.Bytes.new(bytes(data)))
        data[8] = 99
        self.assert_refused(Intern.Error.UNSUPPORTED, Intern.Pool.new_from_bytes, GLib.Bytes.new(bytes(data)))
        with self.assertRaises(GLib.Error) as caught:
            Intern.Pool.new_from_file(self.file, Intern.SnapshotFlags.NONE)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))


class TestLayers(SnapshotTestCase):
    def test_child_finds_strings_of_its_parent(self):
        parent = make_pool()
        self.assert_refused(Intern.Error.UNSUPPORTED, Intern.Pool.new_child, parent)
        parent.freeze()
        child = Intern.Pool.new_child(parent)
        self.assert_has_all(child)
        self.assertEqual(child.intern("new"), "new")
        self.assertNotIn("new", parent)
        self.assertEqual(set(child), {*STRINGS, "two", "new"})
        self.assertEqual(len(child), len(parent) + 1)
        self.assertEqual(child.stats.n_strings, len(child))
        del parent
        self.assertEqual(child.atom_to_string(1), "two")
        child.clear()
        self.assert_has_all(child)

    def test_frozen_pool_adds_nothing(self):
        pool = Intern.Pool.new_from_bytes(make_pool().to_bytes())
        pool.freeze()
        self.assert_has_all(pool)
        self.assertEqual(pool.intern("one"), "one")
        self.assert_refused(Intern.Error.FROZEN, pool.intern, "new")
        self.assert_refused(Intern.Error.FROZEN, pool.intern_bytes, b"new")
        self.assert_refused(Intern.Error.FROZEN, pool.atom_from_string, "one")
        self.assert_refused(Intern.Error.FROZEN, pool.encode, ["new"])

    def test_children_may_have_children(self):
        pool = Intern.Pool.new_from_bytes(make_pool().to_bytes())
        for i in range(5):
            pool.freeze()
            pool = Intern.Pool.new_child(pool)
            self.assertEqual(pool.atom_from_string(f"layer {i}"), 3 + i)
        self.assertEqual(len(pool), len(STRINGS) + 6)
        again = Intern.Pool.new_from_bytes(pool.to_bytes())
        self.assertEqual(set(again), set(pool))
        self.assertEqual(again.decode(range(1, 8)), pool.decode(range(1, 8)))


if __name__ == "__main__":
    unittest.main()
