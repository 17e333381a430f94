# SPDX-License-Identifier: LGPL-2.1-or-later

"""Two equal strings become one object; the pool prints its statistics."""

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

pool = Intern.Pool()

# Made at run time, since Python itself shares equal literals.
one = "".join(["he", "llo"])
two = "".join(["hel", "lo"])

print("equal:", one == two)
print("the same object:", one is two)
print("the same object, interned:", pool.intern(one) is pool.intern(two))
print(pool)
