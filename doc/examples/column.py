# SPDX-License-Identifier: LGPL-2.1-or-later

"""Counts the values in one column of a table: column.py FILE DELIMITER NUMBER"""

import sys

import gi

gi.require_version("Intern", "1")
from gi.repository import Intern

path, delimiter, number = sys.argv[1], sys.argv[2], int(sys.argv[3]) - 1
with open(path, encoding="utf-8") as file:
    rows = [line.rstrip("\n").split(delimiter) for line in file]

pool = Intern.Pool()
atoms = pool.encode([row[number] for row in rows if len(row) > number])

# In a new pool the atoms are 1, 2, 3…: use them as indexes of a list.
counts = [0] * (len(pool) + 1)
for atom in atoms:
    counts[atom] += 1

groups = zip(pool.decode(range(1, len(counts))), counts[1:])
for value, count in sorted(groups, key=lambda group: (-group[1], group[0]))[:10]:
    print(f"{count:6} {value}")
print(f"{len(atoms)} rows, {len(pool)} values")
