#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws how the library works: draw.py writes the drawings beside this file, draw.py --check compares them.

A text that does not fit its box is an error, so nothing in a drawing is cut off.
"""

import pathlib
import sys
from xml.sax.saxutils import escape

FOLDER = pathlib.Path(__file__).resolve().parent
WIDTH = 760
MARGIN = 20
LINE = 17
# Of a character in px, on average in a wide font: of most texts, of small ones, of headings.
CHARACTER = 7.8
NARROW = 7.2
BOLD = 8.6

STYLE = '''
  text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #24292f; }
  .head { font-weight: 600; } .quiet { font-size: 12px; fill: #656d76; } .mono { font-family: monospace; }
  .plain { fill: #f6f8fa; stroke: #8c959f; } .ours { fill: #d2efe3; stroke: #1a7f5a; }
  .faint { fill: none; stroke: #8c959f; stroke-dasharray: 4 3; } .dead { fill: #ffffff; stroke: #d0d7de; }
  .arrow { fill: none; stroke: #57606a; stroke-width: 1.4; } .tip { fill: #57606a; }
  .step { fill: #1a7f5a; } text.number { fill: #ffffff; font-weight: 600; font-size: 12px; }
  .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; }
    .plain { fill: #161b22; stroke: #6e7681; } .ours { fill: #10382b; stroke: #3fb68b; }
    .faint { stroke: #6e7681; } .dead { fill: #0d1117; stroke: #30363d; }
    .arrow { stroke: #9198a1; } .tip { fill: #9198a1; } .step { fill: #238662; }
    .ground { fill: #0d1117; }
  }
'''


class Drawing:
    """Boxes, arrows and texts, as deep as they need"""

    def __init__(self, title):
        self.title = title
        self.parts = []
        self.height = 0

    def text(self, x, y, content, css='', anchor='start', room=WIDTH):
        width = len(content) * (NARROW if 'quiet' in css else BOLD if 'head' in css else CHARACTER)
        begin = x - {'start': 0, 'middle': width / 2, 'end': width}[anchor]
        if width > room or begin < 0 or begin + width > WIDTH:
            raise ValueError(f'{self.title}: "{content}" takes {width:.0f} px and has {room:.0f}')
        self.height = max(self.height, y + 6)
        self.parts.append(f'<text x="{x:g}" y="{y:g}" class="{css}" text-anchor="{anchor}">{escape(content)}</text>')

    def box(self, x, y, width, height, *lines, css='plain', text_css=''):
        """A rectangle with lines of text in its middle"""
        self.height = max(self.height, y + height)
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" class="{css}"/>')
        if len(lines) * LINE > height:
            raise ValueError(f'{self.title}: {lines} do not fit')
        for i, line in enumerate(lines):
            below = y + height / 2 + (i - (len(lines) - 1) / 2) * LINE + 4.5
            self.text(x + width / 2, below, line, text_css, 'middle', width - 4)

    def frame(self, x, y, width, height, title, css='plain'):
        """A box around others, with a title at its top"""
        self.box(x, y, width, height, css=css)
        self.text(x + 10, y + 19, title, 'head', room=width - 20)

    def arrow(self, *points):
        """A line through the points, with a tip at the last; the last part is horizontal or vertical"""
        (x0, y0), (x, y) = points[-2:]
        self.parts.append('<path class="arrow" d="M{}"/>'.format(' L'.join(f'{a:g} {b:g}' for a, b in points)))
        length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
        dx, dy = (x - x0) / length, (y - y0) / length
        left = (x - 9 * dx - 4 * dy, y - 9 * dy + 4 * dx)
        right = (x - 9 * dx + 4 * dy, y - 9 * dy - 4 * dx)
        self.parts.append('<path class="tip" d="M{:.1f} {:.1f} L{:.1f} {:.1f} L{:.1f} {:.1f} z"/>'.format(
            x, y, *left, *right))

    def step(self, x, y, number):
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="9" class="step"/>')
        self.text(x, y + 4.5, str(number), 'number', 'middle')

    def steps(self, y, sentences):
        """What happens at each number, from y down"""
        for i, words in enumerate(sentences):
            self.step(MARGIN + 9, y + 24 * i, i + 1)
            self.text(MARGIN + 28, y + 4 + 24 * i, words, 'quiet')

    def to_svg(self):
        height = self.height + MARGIN
        return '\n'.join([
            '<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->',
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
            f'height="{height:g}" role="img" aria-label="{escape(self.title)}">',
            f'<style>{STYLE}</style>', f'<rect width="{WIDTH}" height="{height:g}" class="ground"/>', *self.parts,
            '</svg>', ''])


def draw_pool():
    drawing = Drawing('Six requests, three strings')
    requests = ('GET', 'POST', 'GET', 'GET', 'HEAD', 'GET')
    strings = ('GET', 'POST', 'HEAD')
    drawing.text(MARGIN, 34, 'What the program holds', 'head')
    drawing.frame(470, 20, 270, 254, 'The pool', 'ours')
    places = {string: 66 + 68 * i for i, string in enumerate(strings)}
    for string, y in places.items():
        drawing.box(510, y, 190, 44, string, css='plain', text_css='mono')
    for i, request in enumerate(requests):
        y = 50 + i * 38
        drawing.box(MARGIN, y, 200, 28, f'request {i + 1}: an address')
        place = places[request]
        same = [j for j, other in enumerate(requests) if other == request]
        drawing.arrow((220, y + 14), (250, y + 14), (455, place + 22 + 5 * (same.index(i) - (len(same) - 1) / 2)),
                      (508, place + 22 + 5 * (same.index(i) - (len(same) - 1) / 2)))
    drawing.text(MARGIN, 300, 'Equal strings have one address: four requests share the text GET.', 'quiet')
    return drawing


def draw_entry(drawing, x, y, string, css):
    """An entry: the header, the bytes and a NUL"""
    drawing.box(x, y, 74, 28, 'header', css='dead')
    drawing.box(x + 74, y, 30 + 11 * len(string), 28, string, css=css, text_css='mono')


def draw_hit():
    drawing = Drawing('A hit takes no lock')
    drawing.box(MARGIN, 44, 70, 30, 'GET', text_css='mono')
    drawing.text(MARGIN, 34, 'the caller', 'quiet')
    drawing.arrow((90, 59), (148, 59))
    drawing.step(119, 44, 1)
    drawing.text(150, 34, 'the hash: 64 bits, keyed with random bytes', 'quiet')
    for x, width, words in ((150, 80, 'tag'), (230, 130, ''), (360, 120, 'bucket')):
        drawing.box(x, 44, width, 30, words, css='ours' if words else 'dead')

    drawing.text(MARGIN, 134, 'the read cache', 'quiet')
    drawing.frame(MARGIN, 144, 460, 100, 'one bucket: one cache line', 'faint')
    for i in range(7):
        found = i == 4
        drawing.box(32 + 62 * i, 172, 58, 24, 'tag', css='ours' if found else 'dead', text_css='quiet')
        drawing.box(32 + 62 * i, 204, 58, 28, 'address', css='ours' if found else 'dead', text_css='quiet')
    drawing.arrow((420, 74), (420, 104), (309, 104), (309, 170))
    drawing.step(364, 104, 2)

    drawing.text(540, 134, 'the string in the pool', 'quiet')
    draw_entry(drawing, 540, 204, 'GET', 'ours')
    drawing.arrow((309, 232), (309, 264), (632, 264), (632, 234))
    drawing.step(500, 264, 3)
    drawing.steps(302, (
        'The bytes are hashed once.',
        'The hash leads to a bucket, where a tag that matches leads to a string.',
        'Length and bytes are equal, so this address is the answer. Nothing shared is written.'))
    return drawing


def draw_insert():
    drawing = Drawing('A new string takes one lock')
    drawing.text(MARGIN, 34, 'the caller', 'quiet')
    drawing.box(MARGIN, 44, 90, 30, 'PATCH', text_css='mono')
    drawing.arrow((110, 59), (178, 59))
    drawing.step(144, 44, 1)
    drawing.box(180, 40, 150, 38, 'read cache', css='faint')
    drawing.text(340, 63, 'does not have it, which means nothing', 'quiet')
    drawing.arrow((255, 78), (255, 118))

    drawing.frame(MARGIN, 120, 720, 150, 'one of the shards, under its lock', 'ours')
    drawing.step(710, 139, 2)
    drawing.text(40, 172, 'index: where strings lie', 'quiet')
    for i in range(6):
        drawing.box(40 + 50 * i, 182, 46, 28, 'place' if i in (0, 2, 3, 5) else '', css='ours' if i == 3 else 'plain',
                    text_css='quiet')
    drawing.text(400, 172, 'arena: a block that many strings share', 'quiet')
    drawing.box(400, 182, 320, 44, css='plain')
    draw_entry(drawing, 408, 190, 'GET', 'dead')
    draw_entry(drawing, 556, 190, 'PATCH', 'ours')
    drawing.arrow((213, 210), (213, 254), (630, 254), (630, 228))
    drawing.step(556, 240, 3)
    drawing.step(213, 240, 4)
    drawing.steps(298, (
        'The search goes past the cache to the shard that the hash chooses.',
        'The index is searched, as another thread may have added the string. A limit may refuse it.',
        'Header, bytes and a NUL are written into the block, or into the room of a dead string.',
        'Its place goes into the index, the lock is released, and then signals are emitted.'))
    return drawing


def draw_snapshot():
    drawing = Drawing('A snapshot is searched in place')
    drawing.text(MARGIN, 34, 'The file', 'head')
    x = MARGIN
    places = {}
    for words, width, css in (('header', 70, 'plain'), ('sections', 80, 'plain'), ('index', 170, 'ours'),
                              ('bases', 60, 'ours'), ('starts', 110, 'ours'), ('text', 150, 'ours'),
                              ('checksum', 80, 'plain')):
        drawing.box(x, 48, width, 44, words, css=css)
        places[words] = x + width / 2
        x += width
    drawing.arrow((places['index'], 92), (places['index'], 122), (places['starts'], 122), (places['starts'], 94))
    drawing.step((places['index'] + places['starts']) / 2, 122, 2)
    drawing.arrow((places['starts'] + 30, 92), (places['starts'] + 30, 122), (places['text'], 122),
                  (places['text'], 94))
    drawing.step((places['starts'] + 30 + places['text']) / 2, 122, 3)
    drawing.arrow((places['index'] - 40, 136), (places['index'] - 40, 94))
    drawing.step(places['index'] - 40, 136, 1)
    drawing.steps(176, (
        'The hash of a string, with the secret of the file, leads to its position in the index.',
        'The position leads to where the string begins: the base of its group, and a start for each string.',
        'The bytes are compared with those in the text. The pool returns these: nothing is copied.'))
    return drawing


def draw_layers():
    drawing = Drawing('Pools on top of each other')
    for i, name in enumerate(('A', 'B', 'C')):
        x = MARGIN + 172 * i
        drawing.frame(x, 44, 160, 84, f'child: page {name}', 'ours')
        drawing.box(x + 12, 76, 136, 36, 'its new strings', css='plain', text_css='quiet')
        drawing.arrow((x + 80, 128), (x + 80, 154))
    drawing.frame(MARGIN, 156, 504, 74, 'frozen pool: shared, and read without a lock', 'plain')
    drawing.box(32, 186, 480, 32, 'strings that were added before it was frozen', css='dead', text_css='quiet')
    drawing.arrow((272, 230), (272, 256))
    drawing.frame(MARGIN, 258, 504, 74, 'snapshot: a file, shared by all processes that map it', 'plain')
    drawing.box(32, 288, 480, 32, 'strings from disk, with the same atoms everywhere', css='dead', text_css='quiet')
    for y, words in ((66, ('A search begins here', 'and goes down.', 'New strings stay here.')),
                     (178, ('Freed with the last', 'child.')),
                     (280, ('Stays open as long as', 'a pool is on top of it.'))):
        for i, line in enumerate(words):
            drawing.text(546, y + LINE * i, line, 'quiet')
    drawing.text(MARGIN, 30, 'A string of a lower layer has one address, and one atom, in all pools above it.', 'quiet')
    return drawing


def draw_folders():
    drawing = Drawing('The folders of the source')
    rows = (('tool', 'the program intern-pool, which uses the public header alone', 'plain'),
            ('profile', 'what intern-pool profile loads into other programs: it uses libc alone', 'plain'),
            ('pool', 'the GObject: checks arguments, calls the store, emits signals', 'ours'),
            ('store', 'the whole algorithm: shards, cache, layers, limits and counters together', 'ours'),
            ('snapshot', 'strings and their index in a file: format, reader, check, writer', 'plain'),
            ('cache', 'the read cache: answers hits without a lock, and may forget anything', 'plain'),
            ('storage', 'entries, arenas, the index and shards: what is in a pool', 'plain'),
            ('base', 'atomics, locks, the heap, the hash, counters, fork()', 'plain'))
    for i, (folder, words, css) in enumerate(rows):
        y = MARGIN + 40 * i
        drawing.box(MARGIN, y, 130, 34, f'src/{folder}/', css=css, text_css='mono')
        drawing.text(164, y + 22, words)
    drawing.text(MARGIN, MARGIN + 40 * len(rows) + 14, 'A folder uses only those below it.', 'quiet')
    return drawing


DRAWINGS = {'pool': draw_pool, 'hit': draw_hit, 'insert': draw_insert, 'snapshot': draw_snapshot,
            'layers': draw_layers, 'folders': draw_folders}


def check_control():
    """A text that does not fit is an error"""
    for x, content in ((0, 'wide ' * 40), (WIDTH - 20, 'beyond the edge')):
        try:
            Drawing('a control').text(x, 0, content)
        except ValueError:
            continue
        sys.exit(f'draw.py has drawn a text that does not fit: {content}')


def main():
    svgs = {FOLDER / f'{name}.svg': draw().to_svg() for name, draw in DRAWINGS.items()}
    if sys.argv[1:] == ['--check']:
        check_control()
        wrong = [path.name for path, svg in svgs.items() if not path.exists() or path.read_text() != svg]
        wrong += [path.name for path in FOLDER.glob('*.svg') if path not in svgs]
        sys.exit(f'Not as draw.py draws them: {", ".join(wrong)}. Run it to write them again.' if wrong else 0)
    for path, svg in svgs.items():
        path.write_text(svg)


if __name__ == '__main__':
    main()
