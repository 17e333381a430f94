# SPDX-License-Identifier: LGPL-2.1-or-later

"""CPython's own tests of sys.intern(), with the intern() of a pool in its place."""

import glob
import os
import re
import sys
import unittest
from unittest import mock

try:
    from test import test_marshal, test_sys
except ImportError:
    print("SKIP: CPython's own tests are not installed")
    sys.exit(77)

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

USED = {
    "test_sys.py": [test_sys.SysModuleTest("test_intern")],
    "test_marshal.py": [
        test_marshal.InterningTestCase("testIntern"),
        test_marshal.InterningTestCase("testNoIntern"),
    ],
}

# It asks whether CPython's compiler has put constants into CPython's own table: no other table
# can say.
NOT_USED = {"test_code.py"}


class TestAllAreKnown(unittest.TestCase):
    def test_no_other_test_uses_it(self):
        users = set()
        folder = os.path.dirname(test_sys.__file__)
        for path in glob.glob(os.path.join(folder, "**/*.py"), recursive=True):
            with open(path, encoding="utf-8", errors="replace") as file:
                if re.search(r"\bsys\.intern\b", file.read()):
                    users.add(os.path.relpath(path, folder))
        self.assertEqual(users, set(USED) | NOT_USED)


def main():
    pool = Intern.Pool()
    # The class does this when it is defined.
    pool.intern(test_marshal.InterningTestCase.strobj)
    n_lookups = pool.stats.n_lookups

    with mock.patch.object(sys, "intern", pool.intern):
        result = unittest.TextTestRunner(verbosity=2).run(
            unittest.TestSuite(case for cases in USED.values() for case in cases))
    known = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(TestAllAreKnown))

    # Without this the tests might have asked sys.intern() after all.
    asked = pool.stats.n_lookups - n_lookups
    print(f"# the pool was asked {asked} times")
    passed = result.wasSuccessful() and known.wasSuccessful() and not result.skipped
    return 0 if passed and asked == 4 else 1


sys.exit(main())
