# SPDX-License-Identifier: LGPL-2.1-or-later

"""CPython's own tests of sys.intern(), with the intern() of a pool in its place."""

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
    # Debian has them in a package for each version of Python.
    print(f"SKIP: CPython's own tests are not installed, as libpython{sys.version_info.major}."
          f"{sys.version_info.minor}-testsuite: {error}")
    sys.exit(77)

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

# Each test, and how often it interns.
USED = {
    "test_sys.py": {("SysModuleTest", "test_intern"): 2},
    "test_marshal.py": {
        ("InterningTestCase", "testIntern"): 1,
        ("InterningTestCase", "testNoIntern"): 1,
    },
}

NOT_USED = {
    # Whether CPython's compiler has put constants into CPython's own table: no other table can say.
    "test_code.py",
    # How an object of CPython says that it is in that table, and what its collector does then.
    "test_capi/test_object.py",
    "test_capi/test_unicode.py",
    # They cannot even be loaded where CPython has its global lock.
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
    """A pool in the place of CPython's table, which counts how often it was asked to intern."""

    def __init__(self):
        self.pool = Intern.Pool()
        self.looked_up = []

    def is_interned(self, string):
        """What sys._is_interned() says of CPython's table: whether it is the object in there."""
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
            # The class does this when it is defined.
            asked.pool.intern(getattr(module, case).strobj)
        before = asked.count()
        # Versions before 3.13 have no _is_interned(), and their tests do not ask for it.
        with mock.patch.object(sys, "intern", asked.pool.intern), \
                mock.patch.object(sys, "_is_interned", asked.is_interned, create=True):
            result = unittest.TextTestRunner(verbosity=2).run(getattr(module, case)(name))
        self.assertTrue(result.wasSuccessful())
        self.assertEqual(result.skipped, [])
        # Without this the test might have asked sys.intern() after all.
        return asked.count() - before

    def test_they_pass_and_ask_the_pool(self):
        for file, cases in USED.items():
            for (case, name), expected in cases.items():
                with self.subTest(test=f"{file}: {case}.{name}"):
                    self.assertEqual(self.run_one(file, case, name), expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
