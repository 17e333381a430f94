#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tests pool-view.py on a virtual screen: its picture, and that its rows are those of the pool."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import cairo
    import gi

    gi.require_version("Gtk", "4.0")
    gi.require_foreign("cairo")
except (ImportError, ValueError) as error:
    print("SKIP:", error)
    sys.exit(77)
if shutil.which("xvfb-run") is None:
    print("SKIP: no xvfb-run")
    sys.exit(77)

PROGRAM = pathlib.Path(__file__).with_name("pool-view.py")
ENVIRONMENT = {
    "GDK_BACKEND": "x11",
    "GSK_RENDERER": "cairo",
    "GSETTINGS_BACKEND": "memory",
    "GTK_A11Y": "none",
    "LC_ALL": "C.UTF-8",
}
WORDS = [f"{syllable}{number}" for number in range(40) for syllable in ("ab", "\u00e4b", "word")]
WIDTH, HEIGHT = 1000, 640
FOUND, NEW = (54, 133, 227), (230, 97, 0)


def run(*options):
    """(picture, rows) of the program after it has read all words several times."""
    with tempfile.TemporaryDirectory() as folder:
        text, png = pathlib.Path(folder, "words.txt"), pathlib.Path(folder, "view.png")
        text.write_text(" ".join(WORDS), encoding="utf-8")
        done = subprocess.run(
            ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1400x1000x24", sys.executable, PROGRAM,
             text, "--screenshot", png, "--seconds", "3", *options],
            env={**os.environ, **ENVIRONMENT}, capture_output=True, encoding="utf-8", timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return cairo.ImageSurface.create_from_png(png), rows


def colors_of(picture, left):
    """{(red, green, blue): pixels} of the picture from column left on."""
    data, counts = bytes(picture.get_data()), {}
    for y in range(picture.get_height()):
        start = y * picture.get_stride()
        line = data[start + 4 * left:start + 4 * picture.get_width()]
        for blue, green, red in zip(line[0::4], line[1::4], line[2::4]):
            counts[red, green, blue] = counts.get((red, green, blue), 0) + 1
    return counts


def near(counts, color):
    """The number of pixels that match a colour up to rounding."""
    return sum(pixels for other, pixels in counts.items()
               if all(abs(a - b) <= 2 for a, b in zip(color, other)))


class TestPoolView(unittest.TestCase):
    def check_rows(self, rows, wanted):
        expected = [[f"{atom}", word, f"{len(word.encode())}"] for atom, word in enumerate(WORDS, 1) if wanted(word)]
        self.assertGreater(len(rows), 5)
        self.assertEqual(rows, expected[:len(rows)])

    def test_picture(self):
        picture, rows = run()
        self.check_rows(rows, lambda word: True)
        self.assertEqual((picture.get_width(), picture.get_height()), (WIDTH, HEIGHT))
        self.assertGreater(len(colors_of(picture, 0)), 100)
        chart = colors_of(picture, WIDTH // 2)
        self.assertGreater(near(chart, FOUND), 100)
        self.assertGreater(near(chart, NEW), 100)

    def test_filter(self):
        picture, rows = run("--filter", "d2", "--scale", "2")
        self.check_rows(rows, lambda word: "d2" in word)
        self.assertEqual((picture.get_width(), picture.get_height()), (2 * WIDTH, 2 * HEIGHT))


if __name__ == "__main__":
    unittest.main()
