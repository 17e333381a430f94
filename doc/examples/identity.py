# SPDX-License-Identifier: LGPL-2.1-or-later

"""The idea: two equal strings, one object, and statistics to prove it."""

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

pool = Intern.Pool()

# Made at run time, so that Python does not share them by itself.
one = "".join(["he", "llo"])
two = "".join(["hel", "lo"])

print("equal:", one == two)
print("the same object:", one is two)
print("the same object, interned:", pool.intern(one) is pool.intern(two))
print(pool)
