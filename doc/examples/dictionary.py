# SPDX-License-Identifier: LGPL-2.1-or-later

"""Numbers the words of a text. The first run reads the text and saves the pool; later runs open that
file, in constant time."""

import re
import sys
import time

import gi

gi.require_version("Intern", "1")
from gi.repository import Gio, GLib, Intern


def read_words(path):
    pool = Intern.Pool()
    with open(path, encoding="utf-8") as text:
        pool.encode(re.findall("[A-Za-z]+", text.read()))
    return pool


def open_words(snapshot, path):
    file = Gio.File.new_for_path(snapshot)
    try:
        # Only this program writes the file, so it can trust it.
        return Intern.Pool.new_from_file(file, Intern.SnapshotFlags.TRUSTED)
    except GLib.Error:
        pool = read_words(path)
        pool.save(file)
        return pool


snapshot, path, *words = sys.argv[1:]
start = time.monotonic()
pool = open_words(snapshot, path)
print(f"ready after {1e6 * (time.monotonic() - start):.0f} us", file=sys.stderr)
print(f"{len(pool)} words")
for word in words:
    print(f"{pool.lookup_atom(word):6} {word}")
