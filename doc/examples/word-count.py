# SPDX-License-Identifier: LGPL-2.1-or-later

"""Counts the words of a text. The pool keeps one object for each word."""

import re
import sys
from collections import Counter

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

pool = Intern.Pool()
with open(sys.argv[1], encoding="utf-8") as file:
    counts = Counter(map(pool.intern, re.findall("[A-Za-z]+", file.read())))

for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]:
    print(f"{count:6} {word}")

stats = pool.stats
print(f"{stats.n_lookups} words, {stats.n_strings} distinct, "
      f"{100 * stats.hit_ratio:.1f} % hits")
