#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws the record of a run, or the output of churn: charts.py RECORD.json FOLDER

Each chart has one panel for each row of the benchmark, side by side, and one line for each peer, in
the same order in all panels. A bar ends at the median; the thin line on it spans all samples. A bar
longer than the panel is cut and has an open end; its figure is beside it. The histogram of calls is
a separate chart, with one panel for each peer and one line for each power of two.
"""

import json
import math
import pathlib
import sys
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
LEFT = 216
PANEL = 176
BAR_ROOM = 112  # width of the longest bar; the panel also has room for its figure
TOP = 96
MARGIN = 20

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


def panel(x, name, row, peers):
    full = scale_of(row)
    parts = [text(x, TOP - 24, name, 'head'), text(x, TOP - 8, row['title'], 'quiet')]
    for i, peer in enumerate(peers):
        y = TOP + i * LINE
        if peer in row['values']:
            parts += bar(x, y, peer, row['values'][peer], full)
        else:
            parts.append(text(x + 5, y + LINE / 2 + 4, 'failed' if peer in row['failed'] else 'n/a', 'quiet'))
    parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + len(peers) * LINE}" class="axis"/>')
    return parts


def footer(record):
    machine = record['machine']
    note = (f'{machine["cpu"]}, {machine["processors"]} processors, {record["date"][:10]}. '
            f'Medians of {report.samples(record)} samples; thin lines: all of them. * for one thread only.')
    if record['scale'] != 1:
        note += f' Sizes divided by {record["scale"]}.'
    return note


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


def frame(record, title, subtitle, lines, panels):
    """A chart from (label, class) of each line and the parts of each panel"""
    width = LEFT + PANEL * len(panels) + MARGIN
    height = TOP + LINE * len(lines) + 40
    parts = [text(MARGIN, 32, title, 'title'), text(MARGIN, 52, subtitle, 'quiet')]
    for i, (label, css) in enumerate(lines):
        parts.append(text(LEFT - 10, TOP + i * LINE + LINE / 2 + 4, label, css, 'end'))
    for panel_parts in panels:
        parts += panel_parts
    parts.append(text(MARGIN, height - 14, footer(record), 'quiet'))
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}">',
        f'<style>{STYLE}</style>',
        f'<rect width="{width}" height="{height}" class="ground"/>', *parts, '</svg>', ''])


def draw(record, title, subtitle, chosen):
    peers = order(record, chosen)
    lines = [(LABELS.get(peer, peer), 'own' if peer == rows.OURS else '') for peer in peers]
    panels = [panel(LEFT + i * PANEL, name, row, peers) for i, (name, row) in enumerate(chosen.items())]
    return frame(record, title, subtitle, lines, panels)


# Histogram of calls

def time_text(ns):
    """A time in the largest unit that it reaches"""
    for unit, size in (('ms', 1_000_000), ('µs', 1_000)):
        if ns >= size:
            return f'{report.number(ns / size)} {unit}'
    return f'{ns} ns'


def latency_panel(x, peer, cell, times):
    """A bar for each power of two; its length is the logarithm of the number of calls"""
    calls = {int(time): count for time, count in cell['histogram'].items()}
    digits = {time: math.log10(count) + 1 for time, count in calls.items()}
    full = max(digits.values())
    parts = [text(x, TOP - 24, LABELS.get(peer, peer).rstrip('*'), 'head'),
             text(x, TOP - 8, f'longest {time_text(cell["median"] * 1000)}', 'quiet')]
    for i, time in enumerate(times):
        y = TOP + i * LINE
        if time in calls:
            length = BAR_ROOM * digits[time] / full
            parts.append(f'<rect x="{x}" y="{y + (LINE - BAR) / 2:.1f}" width="{length:.1f}" height="{BAR}" '
                         f'class="{kind(peer)}"/>')
            parts.append(text(x + length + 5, y + LINE / 2 + 4, f'{calls[time]:,}', 'figure'))
    parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + len(times) * LINE}" class="axis"/>')
    return parts


def draw_latency(record):
    """The chart of the histograms, or None if the record has none"""
    found = {peer: cell for row in record['rows'].values() for peer, cell in row['values'].items()
             if 'histogram' in cell}
    times = sorted({int(time) for cell in found.values() for time in cell['histogram']})
    if not found:
        return None
    every = [1 << bit for bit in range(times[0].bit_length() - 1, times[-1].bit_length())]
    panels = [latency_panel(LEFT + i * PANEL, peer, cell, every) for i, (peer, cell) in enumerate(found.items())]
    return frame(record, 'How long single calls take', 'calls that add a string, by the power of two that their CPU '
                 'time reaches, the clock included. One digit more, one step longer.',
                 [(f'at least {time_text(time)}', '') for time in every], panels)


# Memory over time

CURVES = {'process': ('memory of the process', 'peer'), 'pool': ('memory of the pool', 'ours'),
          'bytes': ('the strings alone', 'floor')}
CURVE_WIDTH = 640
CURVE_HEIGHT = 280


def curve(samples, key, css, full):
    """A line through the samples, and its name where it ends"""
    last = samples[-1]['acquired']
    points = [(LEFT / 2 + CURVE_WIDTH * sample['acquired'] / last, TOP + CURVE_HEIGHT * (1 - sample[key] / full))
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
    bottom = TOP + CURVE_HEIGHT
    width, height = LEFT / 2 + CURVE_WIDTH + MARGIN, bottom + 80
    parts = [text(MARGIN, 32, 'Strings that come and go', 'title'),
             text(MARGIN, 52, f'{churn["living"]:,} strings live at any time; MB, after so many have been acquired',
                  'quiet')]
    for share in range(5):
        x, y = LEFT / 2 + CURVE_WIDTH * share / 4, bottom - CURVE_HEIGHT * share / 5
        parts.append(f'<line x1="{LEFT / 2:.0f}" x2="{LEFT / 2 + CURVE_WIDTH:.0f}" y1="{y:.1f}" y2="{y:.1f}" '
                     'class="axis"/>')
        parts.append(text(LEFT / 2 - 8, y + 4, report.number(full * share / 5 / 1e6), 'figure', 'end'))
        parts.append(text(x, bottom + 20, f'{samples[-1]["acquired"] * share // 4 / 1e6:,.0f} M', 'figure',
                          'end' if share == 4 else 'middle'))
    for i, (key, (label, css)) in enumerate(CURVES.items()):
        parts.append(curve(samples, key, css, full))
        x = LEFT / 2 + i * 200
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
