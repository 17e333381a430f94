# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs CPython's tests of sys.intern() with the intern() of a pool instead."""

import glob
import importlib
import os
import re
import sys
import unittest
from unittest import mock

try:
    import test.test_sys
except ImportError as error:
    # Debian has a package with them for each version of Python.
    print(f"SKIP: CPython's own tests are not installed, as libpython{sys.version_info.major}."
          f"{sys.version_info.minor}-testsuite: {error}")
    sys.exit(77)

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

# Each test, and the number of its calls of intern().
USED = {
    "test_sys.py": {("SysModuleTest", "test_intern"): 2},
    "test_marshal.py": {
        ("InterningTestCase", "testIntern"): 1,
        ("InterningTestCase", "testNoIntern"): 1,
    },
}

NOT_USED = {
    # It tests that CPython's compiler puts constants into CPython's own table.
    "test_code.py",
    # They test the flags of CPython's objects in that table, and their collection.
    "test_capi/test_object.py",
    "test_capi/test_unicode.py",
    # It cannot be loaded if CPython has its global lock.
    "test_free_threading/test_str.py",
}

FOLDER = os.path.dirname(test.test_sys.__file__)


def users():
    found = set()
    for path in glob.glob(os.path.join(FOLDER, "**/*.py"), recursive=True):
        with open(path, encoding="utf-8", errors="replace") as file:
            if re.search(r"\bsys\.intern\b", file.read()):
                found.add(os.path.relpath(path, FOLDER))
    return found


class Asked:
    """Replaces CPython's table by a pool and counts the calls of intern()."""

    def __init__(self):
        self.pool = Intern.Pool()
        self.looked_up = []

    def is_interned(self, string):
        """As sys._is_interned(): whether it is the object in the table."""
        if not isinstance(string, str):
            raise TypeError(f"_is_interned() argument must be str, not {type(string).__name__}")
        self.looked_up.append(string)
        return self.pool.lookup(string) is string

    def count(self):
        return self.pool.stats.n_lookups - len(self.looked_up)


class TestAllAreKnown(unittest.TestCase):
    def test_no_other_test_uses_it(self):
        found = users()
        self.assertEqual(found - NOT_USED - set(USED), set())
        self.assertLessEqual(set(USED), found)


class TestWithAPool(unittest.TestCase):
    def run_one(self, file, case, name):
        module = importlib.import_module("test." + file[:-len(".py")].replace("/", "."))
        asked = Asked()
        if hasattr(getattr(module, case), "strobj"):
            # The definition of the class has interned it in CPython's table.
            asked.pool.intern(getattr(module, case).strobj)
        before = asked.count()
        # Versions before 3.13 have no _is_interned(), and their tests do not use it.
        with mock.patch.object(sys, "intern", asked.pool.intern), \
                mock.patch.object(sys, "_is_interned", asked.is_interned, create=True):
            result = unittest.TextTestRunner(verbosity=2).run(getattr(module, case)(name))
        self.assertTrue(result.wasSuccessful())
        self.assertEqual(result.skipped, [])
        # Proves that the test has not called sys.intern().
        return asked.count() - before

    def test_they_pass_and_use_the_pool(self):
        for file, cases in USED.items():
            for (case, name), expected in cases.items():
                with self.subTest(test=f"{file}: {case}.{name}"):
                    self.assertEqual(self.run_one(file, case, name), expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
