#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws the record of a run, or the output of churn: charts.py RECORD.json FOLDER

Each chart has one panel for each row of the benchmark, up to four side by side and the others below,
and one line for each peer, in the same order everywhere. A bar ends at the median; the thin line on it
spans all samples. A bar longer than the panel is cut and has an open end; its figure is beside it. The
histogram of calls is a separate chart, with one panel for each peer and one line for each power of two.
"""

import functools
import json
import math
import pathlib
import sys
import textwrap
from xml.sax.saxutils import escape

import report
import rows

CHARTS = {
    'hits': ('Hits: the string is in the pool', 'ns of CPU time a call, one thread. Shorter is better.',
             ('A', 'Bz', 'Bu', 'Bz10', 'Bu10', 'C', 'Cf')),
    'inserts': ('From an empty pool', 'ns of CPU time a call, one thread. Shorter is better.',
                ('E1', 'E2', 'E3', 'D1', 'D5')),
    'once': ('Each string added and found once', 'ns of CPU time for both calls, one thread. Shorter is better.',
             ('Once1', 'Once1s', 'Once5', 'Once5s')),
    'threads': ('Two threads on one pool', 'ns of wall time a call, counting the calls of both. Shorter is better.',
                ('FA', 'FBu', 'FE1', 'FD1')),
    'references': ('Taking and releasing a reference',
                   'ns for both calls, 1,000 strings that stay. Shorter is better.', ('R', 'FR')),
    'memory': ('Memory', 'bytes in RAM a string, beyond its own length. Shorter is better.',
               ('M1K', 'M1M', 'M2x', 'M5M', 'M1Mh', 'M2xh')),
}

# Charts that are drawn from other records.
ALONE = ('churn',)

LABELS = {
    'intern': 'Intern-GLib',
    'intern-strlen': 'Intern-GLib, strlen',
    'intern-emit': 'Intern-GLib, default settings',
    'intern-listen': 'Intern-GLib, signal heard',
    'intern-uncounted': 'Intern-GLib, hits not counted',
    'intern-bulk': 'Intern-GLib, all in one call',
    'intern-loop': 'Intern-GLib, a loop over a text',
    'intern-atom': 'Intern-GLib, atom',
    'intern-acquire': 'Intern-GLib, acquire',
    'intern-checked': 'Intern-GLib, snapshot checked',
    'intern-trusted': 'Intern-GLib, snapshot trusted',
    'floor-hash': 'floor: the hash alone',
    'floor-2touch': 'floor: hash and two lines',
    'g-intern-string': 'g_intern_string',
    'g-quark': 'GQuark',
    'g-ref-string': 'g_ref_string_new_intern',
    'g-string-chunk': 'g_string_chunk_insert_const*',
    'g-hash-table': 'GHashTable + GMutex',
    'camel-pstring': 'camel_pstring_strdup',
    'cpython': 'CPython*',
    'eina-stringshare': 'eina_stringshare',
    'libsolv-stringpool': 'libsolv Stringpool*',
    'libxml2-dict': 'xmlDictLookup*',
    'openimageio-ustring': 'OpenImageIO ustring',
    'llvm-stringset': 'LLVM StringSet*',
    'llvm-string-pool': 'LLVM StringPool',
    'abseil-flat-hash-set': 'Abseil flat_hash_set*',
    'boost-flyweight': 'boost::flyweight',
    'string-cache': 'Rust string_cache',
}

LINE = 24
BAR = 13
LEFT = 240
PANEL = 176
BAR_ROOM = 112  # width of the longest bar; the panel also has room for its figure
ABREAST = 4     # panels side by side, so that a chart fits a page
TOP = 72        # above the first panels, for the title
HEAD = 56       # above the bars of a panel, for its name
GAP = 20        # between panels and those below them
MARGIN = 20
TEXT = 16       # from one line of text to the next
# The width of a character of the usual size, on average, in a wide font.
CHARACTER = 7.3

STYLE = '''
  text { font: 12px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #24292f; }
  .title { font-size: 17px; font-weight: 600; }
  .quiet { fill: #656d76; }
  .head { font-weight: 600; }
  .figure { font-variant-numeric: tabular-nums; }
  .ours { fill: #1a7f5a; } .peer { fill: #8c9bab; } .floor { fill: #c9d1d9; }
  text.own { font-weight: 600; }
  .whisker { stroke: #24292f; stroke-opacity: .6; }
  .axis { stroke: #8c959f; stroke-opacity: .5; }
  .cut { fill: #ffffff; }
  .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; }
    .ours { fill: #3fb68b; } .peer { fill: #768390; } .floor { fill: #444c56; }
    .whisker { stroke: #e6edf3; } .cut { fill: #0d1117; } .ground { fill: #0d1117; }
  }
'''


CURVE_STYLE = '''
  .curve { fill: none; stroke-width: 2; }
  .curve.ours { stroke: #1a7f5a; } .curve.peer { stroke: #8c9bab; } .curve.floor { stroke: #c9d1d9; }
  @media (prefers-color-scheme: dark) {
    .curve.ours { stroke: #3fb68b; } .curve.peer { stroke: #768390; } .curve.floor { stroke: #444c56; }
  }
'''


def text(x, y, content, css='', anchor='start'):
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{css}" text-anchor="{anchor}">{escape(content)}</text>'


def paragraph(x, y, content, room, css=''):
    """A text in lines that are at most so wide"""
    lines = textwrap.wrap(content, int(room / CHARACTER), break_long_words=False)
    return [text(x, y + i * TEXT, line, css) for i, line in enumerate(lines)]


def kind(peer):
    if peer.startswith('intern'):
        return 'ours'
    return 'floor' if peer.startswith('floor') else 'peer'


def scale_of(row):
    """The value at the end of a panel: the longest bar, unless it dwarfs the others"""
    medians = sorted(cell['median'] for cell in row['values'].values())
    if not medians:
        return 1
    usual = medians[len(medians) // 2]
    return max(min(medians[-1], 3 * usual), 1e-9)


def bar(x, y, peer, cell, full):
    """A bar, its whisker, and its figure"""
    def length(value):
        return BAR_ROOM * min(max(value, 0), full) / full

    end = x + length(cell['median'])
    middle = y + LINE / 2
    parts = [f'<rect x="{x}" y="{middle - BAR / 2:.1f}" width="{max(end - x, 1):.1f}" height="{BAR}" '
             f'class="{kind(peer)}"/>']
    if cell['median'] > full:
        parts.append(f'<path d="M{end - 9:.1f} {middle + BAR / 2 + 1:.1f} l5 {-BAR - 2} h4 l-5 {BAR + 2} z" '
                     'class="cut"/>')
    else:
        parts.append(f'<line x1="{x + length(cell["min"]):.1f}" x2="{x + length(cell["max"]):.1f}" '
                     f'y1="{middle:.1f}" y2="{middle:.1f}" class="whisker"/>')
    end = max(end, x + length(cell['max']))
    parts.append(text(end + 5, middle + 4, report.number(cell['median']), 'figure'))
    return parts


def axis(x, top, count):
    return f'<line x1="{x}" x2="{x}" y1="{top}" y2="{top + count * LINE}" class="axis"/>'


def heading(x, top, name, title):
    """The name of a panel, and below it the title in one line or two"""
    return [text(x, top - 40, name, 'head'), *paragraph(x, top - 24, title, PANEL, 'quiet')]


def panel(x, top, name, row, peers):
    full = scale_of(row)
    parts = heading(x, top, name, row['title'])
    for i, peer in enumerate(peers):
        y = top + i * LINE
        if peer in row['values']:
            parts += bar(x, y, peer, row['values'][peer], full)
        else:
            parts.append(text(x + 5, y + LINE / 2 + 4, 'failed' if peer in row['failed'] else 'n/a', 'quiet'))
    return [*parts, axis(x, top, len(peers))]


def footer(record, marks):
    """Where the figures are from, and what the marks of this chart mean"""
    machine = record['machine']
    note = f'{machine["cpu"]}, {machine["processors"]} processors, {record["date"][:10]}. {marks}'
    if record['scale'] != 1:
        note += f' Sizes divided by {record["scale"]}.'
    return note


def marks_of_bars(record, peers):
    marks = f'Medians of {report.samples(record)} samples; thin lines: all of them.'
    return marks + (' * for one thread only.' if any(LABELS.get(peer, '').endswith('*') for peer in peers) else '')


def order(record, chosen):
    """Ours first, then the peers from the fastest over all rows to the slowest, then the floors"""
    def rank(peer):
        if kind(peer) != 'peer':
            return 0
        shares = [row['values'][peer]['median'] / scale_of(row)
                  for row in chosen.values() if peer in row['values']]
        return sum(shares) / len(shares)

    present = [peer for peer in record['peers'] if any(peer in row['values'] for row in chosen.values())]
    return sorted(present, key=lambda peer: (('ours', 'peer', 'floor').index(kind(peer)), rank(peer)))


def band(top, lines, panels):
    """Panels side by side, with (label, class) of each line: their parts, and where they end"""
    top += HEAD
    parts = [text(LEFT - 10, top + i * LINE + LINE / 2 + 4, label, css, 'end') for i, (label, css) in enumerate(lines)]
    for i, make_panel in enumerate(panels):
        parts += make_panel(LEFT + i * PANEL, top)
    return parts, top + LINE * len(lines)


def frame(title, subtitle, note, bands):
    """A chart from (lines, panels) of each band; a panel is a function of its place"""
    width = LEFT + PANEL * max(len(panels) for _, panels in bands) + MARGIN
    room = width - 2 * MARGIN
    below_title = paragraph(MARGIN, 52, subtitle, room, 'quiet')
    parts = [text(MARGIN, 32, title, 'title'), *below_title]
    end = TOP - GAP + (len(below_title) - 1) * TEXT
    for lines, panels in bands:
        band_parts, end = band(end + GAP, lines, panels)
        parts += band_parts
    below_bars = paragraph(MARGIN, end + 28, note, room, 'quiet')
    parts += below_bars
    height = end + 28 + len(below_bars) * TEXT
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}">',
        f'<style>{STYLE}</style>',
        f'<rect width="{width}" height="{height}" class="ground"/>', *parts, '</svg>', ''])


def band_of(chosen, peers):
    """A panel for each row, and a line for each peer that has a figure in one of them"""
    present = [peer for peer in peers if any(peer in row['values'] for row in chosen.values())]
    lines = [(LABELS.get(peer, peer), 'own' if peer == rows.OURS else '') for peer in present]
    return lines, [functools.partial(panel, name=name, row=row, peers=present) for name, row in chosen.items()]


def draw(record, title, subtitle, chosen):
    peers = order(record, chosen)
    names = list(chosen)
    n_bands = math.ceil(len(names) / ABREAST)
    abreast = math.ceil(len(names) / n_bands)
    bands = [band_of({name: chosen[name] for name in names[i:i + abreast]}, peers)
             for i in range(0, len(names), abreast)]
    return frame(title, subtitle, footer(record, marks_of_bars(record, peers)), bands)


# Histogram of calls

HISTOGRAM_NAMES = {**LABELS, 'g-string-chunk': 'GStringChunk'}  # where a long name has no room
HISTOGRAM_ROOM = 92  # for a bar: its figure has up to nine characters
HISTOGRAM_MARKS = 'Calls of the run whose longest call is the median; times include the clock.'


def time_text(ns):
    """A time in the largest unit that it reaches"""
    for unit, size in (('ms', 1_000_000), ('µs', 1_000)):
        if ns >= size:
            return f'{report.number(ns / size)} {unit}'
    return f'{ns} ns'


def first_of_many(histograms):
    """The least power of two that holds one call of 10,000 of some peer; fewer calls are one line"""
    return min(int(time) for calls in histograms for time, count in calls.items()
               if count * 10_000 >= sum(calls.values()))


def collected(calls, first):
    """{power of two: calls}; those that take less than the first one are at 0"""
    found = {}
    for time, count in calls.items():
        key = int(time) if int(time) >= first else 0
        found[key] = found.get(key, 0) + count
    return found


def latency_panel(x, top, name, cell, calls, times):
    """A bar for each power of two; its length is the logarithm of the number of calls"""
    digits = {time: math.log10(count) + 1 for time, count in calls.items()}
    full = max(digits.values())
    parts = heading(x, top, name, f'longest {time_text(cell["median"] * 1000)}')
    for i, time in enumerate(times):
        y = top + i * LINE
        if time in calls:
            length = HISTOGRAM_ROOM * digits[time] / full
            parts.append(f'<rect x="{x}" y="{y + (LINE - BAR) / 2:.1f}" width="{length:.1f}" height="{BAR}" '
                         f'class="{cell["kind"]}"/>')
            parts.append(text(x + length + 5, y + LINE / 2 + 4, f'{calls[time]:,}', 'figure'))
    return [*parts, axis(x, top, len(times))]


def draw_latency(record):
    """The chart of the histograms, or None if the record has none"""
    found = {peer: {**cell, 'kind': kind(peer)} for row in record['rows'].values()
             for peer, cell in row['values'].items() if 'histogram' in cell}
    if not found:
        return None
    first = first_of_many([cell['histogram'] for cell in found.values()])
    calls = {peer: collected(cell['histogram'], first) for peer, cell in found.items()}
    last = max(time for each in calls.values() for time in each)
    every = [1 << bit for bit in range(first.bit_length() - 1, last.bit_length())]
    lines = [(f'at least {time_text(time)}', '') for time in every]
    if any(0 in each for each in calls.values()):
        every, lines = [0, *every], [(f'less than {time_text(first)}', ''), *lines]
    panels = [functools.partial(latency_panel, name=HISTOGRAM_NAMES.get(peer, peer).rstrip('*'), cell=cell,
                                calls=calls[peer], times=every) for peer, cell in found.items()]
    return frame('How long single calls take', 'Calls that add a string, by the power of two that their CPU time '
                 'reaches. Ten times the calls: one step longer.',
                 footer(record, HISTOGRAM_MARKS), [(lines, panels)])


# Memory over time

CURVES = {'process': ('memory of the process', 'peer'), 'pool': ('memory of the pool', 'ours'),
          'bytes': ('the strings alone', 'floor')}
CURVE_LEFT = 108
CURVE_TOP = 96
CURVE_WIDTH = 640
CURVE_HEIGHT = 280


def curve(samples, key, css, full):
    """A line through the samples, and its name where it ends"""
    last = samples[-1]['acquired']
    points = [(CURVE_LEFT + CURVE_WIDTH * sample['acquired'] / last,
               CURVE_TOP + CURVE_HEIGHT * (1 - sample[key] / full))
              for sample in samples]
    return '<polyline class="curve {}" points="{}"/>'.format(css, ' '.join(f'{x:.1f},{y:.1f}' for x, y in points))


def round_up(value):
    """To 1, 2 or 5 and zeros"""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def draw_churn(churn):
    """Memory while strings come and go: one line for each way to count it"""
    samples = churn['samples']
    full = 5 * round_up(1.1 * max(sample['process'] for sample in samples) / 5)
    bottom = CURVE_TOP + CURVE_HEIGHT
    width, height = CURVE_LEFT + CURVE_WIDTH + MARGIN, bottom + 80
    parts = [text(MARGIN, 32, 'Strings that come and go', 'title'),
             text(MARGIN, 52, f'{churn["living"]:,} strings live at any time; MB, after so many have been acquired',
                  'quiet')]
    for share in range(5):
        x, y = CURVE_LEFT + CURVE_WIDTH * share / 4, bottom - CURVE_HEIGHT * share / 5
        parts.append(f'<line x1="{CURVE_LEFT}" x2="{CURVE_LEFT + CURVE_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
                     'class="axis"/>')
        parts.append(text(CURVE_LEFT - 8, y + 4, report.number(full * share / 5 / 1e6), 'figure', 'end'))
        parts.append(text(x, bottom + 20, f'{samples[-1]["acquired"] * share // 4 / 1e6:,.0f} M', 'figure',
                          'end' if share == 4 else 'middle'))
    for i, (key, (label, css)) in enumerate(CURVES.items()):
        parts.append(curve(samples, key, css, full))
        x = CURVE_LEFT + i * 200
        parts.append(f'<rect x="{x:.0f}" y="{bottom + 42}" width="24" height="5" class="{css}"/>')
        parts.append(text(x + 32, bottom + 50, label))
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="img" aria-label="Strings that come and go">',
        f'<style>{STYLE}{CURVE_STYLE}</style>',
        f'<rect width="{width:.0f}" height="{height}" class="ground"/>', *parts, '</svg>', ''])


def write_all(record, folder):
    """Draws the charts for which the record has rows"""
    folder.mkdir(parents=True, exist_ok=True)
    if 'churn' in record:
        (folder / 'churn.svg').write_text(draw_churn(record['churn']))
        return
    latency = draw_latency(record)
    if latency:
        (folder / 'latency.svg').write_text(latency)
    for name, (title, subtitle, wanted) in CHARTS.items():
        found = {row: record['rows'][row] for row in wanted if row in record['rows']}
        # An older record may have a row in another table.
        chosen = {row: cells for row, cells in found.items() if cells['values'] and cells['table'] == name}
        if chosen:
            (folder / f'{name}.svg').write_text(draw(record, title, subtitle, chosen))


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_all(json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(sys.argv[2]))
