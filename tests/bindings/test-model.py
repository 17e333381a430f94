# SPDX-License-Identifier: LGPL-2.1-or-later

"""PoolModel in Python."""

import gc
import threading
import unittest
import weakref

import gi

gi.require_version("Intern", "1")
from gi.repository import Gio, GLib, Intern


def iterate():
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


class TestModel(unittest.TestCase):
    def setUp(self):
        self.pool = Intern.Pool()

    def listed(self, model):
        return [item.string for item in model]

    def test_model_is_a_list(self):
        self.pool.encode(["a", "\u00e4", ""])
        model = Intern.PoolModel.new(self.pool)
        self.assertIsInstance(model, Gio.ListModel)
        self.assertEqual(model.get_item_type().pytype, Intern.PoolItem)
        self.assertIs(model.get_pool(), self.pool)
        self.assertEqual(len(model), 3)
        self.assertEqual(model.props.n_items, 3)
        self.assertEqual(self.listed(model), ["a", "\u00e4", ""])
        self.assertEqual([(item.atom, item.length) for item in model], [(1, 1), (2, 2), (3, 0)])
        self.assertEqual(model[-1].props.string, "")
        with self.assertRaises(IndexError):
            model[3]

    def test_model_without_pool_is_empty(self):
        self.assertEqual(len(Intern.PoolModel()), 0)
        self.assertEqual(Intern.PoolItem().string, "")

    def test_item_is_read_only(self):
        item = Intern.PoolItem()
        for name in ("string", "length", "atom"):
            with self.assertRaises(AttributeError):
                setattr(item, name, 1)

    def test_string_that_is_not_utf_8_has_a_text(self):
        model = Intern.PoolModel(pool=self.pool)
        strings = [b"\xff\xfe", b"a\0b", "\ud800"]
        for string in strings[:2]:
            self.pool.intern_bytes(string)
        self.pool.intern(strings[2])
        iterate()
        self.assertEqual(self.listed(model), ["\ufffd\ufffd", "a\ufffdb", "\ufffd\ufffd\ufffd"])
        self.assertEqual([item.dup_bytes().get_data() for item in model][:2], strings[:2])
        self.assertEqual([item.length for item in model], [2, 3, 3])

    def test_strings_of_other_threads_are_emitted(self):
        model = Intern.PoolModel(pool=self.pool)
        emitted = []
        model.connect("items-changed", lambda *change: emitted.append((threading.get_ident(), *change[1:])))
        thread = threading.Thread(target=lambda: [self.pool.intern(f"word {i}") for i in range(100)])
        thread.start()
        thread.join()
        self.assertEqual((emitted, len(model)), ([], 0))
        iterate()
        self.assertEqual(emitted, [(threading.get_ident(), 0, 0, 100)])
        self.assertEqual(self.listed(model), [f"word {i}" for i in range(100)])

    def test_cleared_rows_are_readable_until_emission(self):
        model = Intern.PoolModel(pool=self.pool)
        self.pool.intern("a")
        iterate()
        held = model[0]
        self.pool.clear()
        self.pool.intern("b")
        self.assertEqual(self.listed(model), ["a"])
        iterate()
        self.assertEqual([(item.string, item.atom) for item in model], [("b", 2)])
        self.assertEqual(held.string, "a")

    def test_item_outlives_model_and_pool(self):
        model = Intern.PoolModel(pool=self.pool)
        self.pool.intern("a")
        iterate()
        item, gone = model[0], weakref.ref(self.pool)
        self.assertIs(model[0], item)
        del model, self.pool
        gc.collect()
        self.assertIsNone(gone())
        self.assertEqual(item.string, "a")


if __name__ == "__main__":
    unittest.main()
