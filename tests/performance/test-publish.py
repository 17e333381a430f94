#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tests publish.py on a made-up record in a temporary tree."""

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The median of each peer in each row; None is "n/a".
PEERS = {'intern': True, 'floor-2touch': False, 'g-quark': True, 'llvm-stringset': False, 'stranger': True,
         'intern-bulk': True, 'intern-acquire': True, 'intern-emit': True}
MEDIANS = {
    'A': (20, 1, 30, 16.04, 1234, 10.5, None, 21),
    'Cf': (20, None, None, None, None, None, None, None),
    'FA': (20, None, 19, None, 40, None, None, None),
    'R': (None, None, None, None, 50, None, 25, None),
    'M2x': (20, None, 30, 40, 20.04, None, None, None),
    'L5': (20, None, None, None, None, None, None, None),
}
TABLES = {'A': 'hits', 'Cf': 'files', 'FA': 'threads', 'R': 'references', 'M2x': 'memory', 'L5': 'latency'}
HISTOGRAM = {'16': 1, '64': 2, '512': 4000000, '1048576': 7}

count = failures = 0


def check(is_good, name, detail=''):
    global count, failures
    count += 1
    print(f'{"ok" if is_good else "not ok"} {count} - {name}')
    if not is_good:
        failures += 1
        print('\n'.join(f'# {line}' for line in str(detail).splitlines()))


# A record

def make_cell(row, median):
    histogram = {'histogram': HISTOGRAM} if row == 'L5' else {}
    return {'median': median, 'q1': median * 0.9, 'q3': median * 1.1, 'min': median * 0.8, 'max': median * 1.2,
            'samples': [median] * 7, **histogram}


def make_row(name):
    figures = dict(zip(PEERS, MEDIANS[name]))
    return {'table': TABLES[name], 'title': f'the row {name}', 'unit': 'ns',
            'values': {peer: make_cell(name, value) for peer, value in figures.items() if value is not None},
            'absent': {peer: 'a good reason' for peer, value in figures.items() if value is None}, 'failed': {}}


def make_record():
    machine = {'cpu': 'Some CPU', 'cpu_hash': '01234567', 'processors': 2}
    return {'date': '2001-02-03T04:05:06+00:00', 'revision': 'v1.2.3-45-gabcdef0-dirty', 'machine': machine,
            'samples': 7, 'scale': 1, 'load_before': 0.25, 'load_after': 0.5, 'streams': {},
            'peers': {name: {'name': name, 'thread_safe': is_safe} for name, is_safe in PEERS.items()},
            'skipped': {'missing': 'needs a package'}, 'rows': {name: make_row(name) for name in MEDIANS}}


# A tree

def make_tree(folder):
    for name in ('README.md', 'tests/performance/README.md'):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / 'doc').mkdir()


def publish(tree, *arguments):
    return subprocess.run([sys.executable, HERE / 'publish.py', '--root', tree, *arguments],
                          capture_output=True, text=True)


def publish_record(tree, record):
    run = tree / 'run.json'
    run.write_text(json.dumps(record))
    return publish(tree, run)


def block(tree):
    return (tree / 'README.md').read_text().split('<!-- figures:begin -->')[1].split('<!-- figures:end -->')[0]


def table(tree):
    """{name: figures} of README.md"""
    lines = [[cell.strip() for cell in line.strip('|').split('|')]
             for line in block(tree).splitlines() if line.startswith('|')]
    return {line[0]: line[1:] for line in lines[2:]}


def words(tree, section='performance'):
    """A section of the manual without its marks"""
    root = xml.etree.ElementTree.parse(tree / f'doc/{section}-figures.xml').getroot()
    return ' '.join(' '.join(root.itertext()).split())


@contextlib.contextmanager
def restored(path):
    text = path.read_text()
    yield text
    path.write_text(text)


# The tests

def check_empty(tree):
    done = publish(tree)
    check(done.returncode == 0, 'publishing works without a record', done.stderr)
    check(not re.search(r'\d', block(tree)), 'README.md then has no figure', block(tree))
    check(all('publish.py' in text for text in (block(tree), words(tree), words(tree, 'choosing'))),
          'README.md then says how to make figures',
          block(tree))
    check(publish(tree, '--check').returncode == 0, '--check accepts a tree without a record')
    check('charts = []' in (tree / 'doc/images/meson.build').read_text(), 'no chart is installed')


def check_refusals(tree):
    record = make_record()
    empty = {**record['rows']['A'], 'values': {}}
    for name, wrong in {'a run with smaller sizes': {'scale': 10}, 'a run without a spread': {'samples': 1},
                        'a run with numbers of threads': {'threads': [1, 2]},
                        'a run without us': {'rows': {'A': empty}}}.items():
        done = publish_record(tree, {**record, **wrong})
        check(done.returncode == 1 and 'cannot be published' in done.stderr, f'{name} is refused', done.stderr)
    check(not (tree / 'tests/performance/record.json').exists(), 'a refused run leaves no record')


def check_readme(tree):
    found = table(tree)
    check(list(found)[:3] == ['Intern-GLib, default settings', 'Intern-GLib, tuned', 'Intern-GLib, all in one call'],
          'the default settings come first, then the tuned pool', found)
    check(found['Intern-GLib, default settings'] == ['**21.0**', '20.0', '**20.0**'],
          'the default settings have a line: where they play no part, with the figure of the tuned pool', found)
    check(found['stranger'][2] == '**20.0**', 'the least of those that threads may share is bold, even in a tie', found)
    check(found['Intern-GLib, tuned'] == ['20.0', '20.0', '20.0'], 'the tuned pool is never bold', found)
    check(found[r'LLVM StringSet\*'] == ['**16.0**', 'n/a', '40.0'], 'the least of all is bold', found)
    check(found['stranger'] == ['1,234', '40.0', '**20.0**'], 'a peer without a label has its own name', found)
    check(found['Intern-GLib, all in one call'] == ['10.5', 'n/a', 'n/a'], 'the bulk call has a line', found)
    check(len(found) == 6, 'a floor has no line', found)
    check('first time' not in block(tree), 'a row without alternatives has no column', block(tree))
    text = ' '.join(block(tree).split())
    for part in ('A reference taken and released: 25.0 ns; stranger 50.0.', 'calls that add a string: 20.0 ns.'):
        check(part in text, f'README.md says: {part}', text)
    check('With two threads' not in text, 'README.md has no text for missing rows', text)
    for part in ('Some CPU (01234567), 2 processors, 2001-02-03', '7 samples', 'revision abcdef0-dirty;',
                 'median spread 10%, 10% at most', 'load 0.25 before, 0.5 after'):
        check(part in text, f'README.md says: {part}', text)
    check('In 2 of the 4 rows of the benchmark that have an alternative, none is ahead of Intern-GLib; '
          'of those that threads may share, none is ahead in 3 of 4.' in text,
          'README.md counts the rows that we win', text)


def check_manual(tree):
    text = words(tree)
    for part in ('A, the row A: LLVM StringSet* (20%).', 'FA, the row FA: GQuark (5%, within the spread).',
                 'M2x, the row M2x: none.', 'FA R: LLVM StringSet*: a good reason.',
                 'missing was missing: needs a package.', '1,234 ±10%'):
        check(part in text, f'the manual says: {part}', text)
    text = words(tree, 'choosing')
    for part in ('of 1,000, ns 21.0 n/a n/a n/a n/a 30.0', 'two threads, ns 20.0 n/a n/a n/a n/a 19.0',
                 'release a reference, ns 25.0 n/a', 'Some CPU (01234567)'):
        check(part in text, f'the chapter on choosing says: {part}', text)
    text = words(tree)
    check('R, the row R: none.' in text, 'intern-acquire stands for Intern-GLib in the row of references', text)
    check('L5: g_quark' not in text, 'a row without alternatives needs no reasons', text)


SVG = '{http://www.w3.org/2000/svg}'
# The mean widths of characters in px that a wide font has: of the title, of headings and of other text.
WIDTHS = {'title': 10.5, 'head': 8.1, 'own': 8.1}
USUAL_WIDTH = 7.2
PAGE = 1000


def place(element):
    """Where a text begins, where it ends, and its height in the chart"""
    length = len(element.text) * WIDTHS.get(element.get('class'), USUAL_WIDTH)
    begin = float(element.get('x')) - {'start': 0, 'middle': length / 2, 'end': length}[element.get('text-anchor')]
    return begin, begin + length, float(element.get('y'))


def beyond_the_edge(root):
    """The texts of a chart that do not fit it"""
    width, height = float(root.get('width')), float(root.get('height'))
    for element in root.iter(SVG + 'text'):
        begin, end, y = place(element)
        if begin < 0 or end > width or y > height:
            yield element.text
    if width > PAGE:
        yield f'the chart is {width} px wide'


def in_the_way(root):
    """The texts that reach into another text or beyond the axis of the next panel"""
    texts = [(element.text, *place(element)) for element in root.iter(SVG + 'text')]
    lines = [[float(line.get(key)) for key in ('x1', 'y1', 'y2')] for line in root.iter(SVG + 'line')
             if line.get('class') == 'axis' and line.get('x1') == line.get('x2')]
    for text, begin, end, y in texts:
        if (any(begin < other_begin < end and y == other_y for _, other_begin, _, other_y in texts) or
                any(begin < x < end and y1 < y < y2 for x, y1, y2 in lines)):
            yield text


def check_edges(folder):
    for path in sorted(folder.glob('*.svg')):
        root = xml.etree.ElementTree.parse(path).getroot()
        found = list(beyond_the_edge(root))
        check(not found, f'{path.name} fits a page, and all its text fits it', found)
        found = list(in_the_way(root))
        check(not found, f'{path.name} has no text over another, or over the next panel', found)


def check_marks(tree):
    """A chart explains the marks that it has, and no others"""
    for path in (tree / 'doc/images').glob('*.svg'):
        text = path.read_text()
        check(('thin lines' in text) == ('class="whisker"' in text), f'{path.name} explains thin lines if it has some')
        check(('* for one thread' in text) == bool(re.search(r'[^.] ?\*<', text)),
              f'{path.name} explains * if it has some')


def check_wide(tree):
    """A chart of many rows has its panels below each other"""
    record = make_record()
    row = record['rows']['M2x']
    names = ('M1K', 'M1M', 'M2x', 'M5M', 'M1Mh', 'M2xh')
    wide = {**record, 'rows': {name: {**row, 'title': 'mean from 1 M to 2 M, each hit three times'} for name in names}}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'run.json').write_text(json.dumps(wide))
        subprocess.run([sys.executable, HERE / 'charts.py', folder / 'run.json', folder], check=True)
        check_edges(folder)
        text = (folder / 'memory.svg').read_text()
        check(all(f'>{name}<' in text for name in names), 'a chart of many rows shows each of them', text)


def check_charts(tree):
    check_edges(tree / 'doc/images')
    check_edges(ROOT / 'doc/images')
    check_marks(tree)
    check_wide(tree)

    files = {path.name for path in (tree / 'doc/images').glob('*.svg')}
    names = ('hits', 'threads', 'references', 'memory', 'latency')
    check(files == {f'{name}.svg' for name in names}, 'each table has its chart', files)
    shown = set(re.findall(r'fileref="(.*?)"', (tree / 'doc/performance-figures.xml').read_text()))
    listed = set(re.findall(r"'(.*?\.svg)'", (tree / 'doc/images/meson.build').read_text()))
    check(files == shown == listed, 'all charts are in the manual and installed', (shown, listed))
    for name in files:
        xml.etree.ElementTree.parse(tree / 'doc/images' / name)
    check('>Cf<' not in (tree / 'doc/images/hits.svg').read_text(), 'a row of another table is not in the chart')
    drawn = (tree / 'doc/images/latency.svg').read_text()
    for part in ('>4,000,000<', '>7<', '>3<', '>less than 512 ns<', '>at least 512 ns<',
                 '>at least 1.0 ms<', '>at least 32.8 µs<'):
        check(part in drawn, f'the chart of long calls shows {part}', drawn)


def check_record(tree):
    text = (tree / 'tests/performance/record.json').read_text()
    cell = json.loads(text)['rows']['A']['values']['llvm-stringset']
    check(cell == {'median': 16.04, 'q1': 14.436, 'q3': 17.644, 'min': 12.832, 'max': 19.248},
          'the record keeps medians and spreads', cell)
    check('samples": [' not in text, 'the record keeps no samples', text)
    longest = json.loads(text)['rows']['L5']['values']['intern']
    check(text.count('histogram') == 1 and longest['histogram'] == HISTOGRAM, 'the record keeps histograms', text)


def check_differences(tree):
    check(publish(tree, '--check').returncode == 0, '--check accepts what was published')
    for name, old, new in (('README.md', '**16.0**', '**15.0**'), ('doc/images/hits.svg', '>16.0<', '>15.0<'),
                           ('doc/performance-figures.xml', '16.0 ±', '15.0 ±'),
                           ('doc/choosing-figures.xml', '>30.0<', '>29.0<'),
                           ('doc/images/meson.build', "'hits.svg'", "'other.svg'"),
                           ('tests/performance/record.json', '16.04', '15.04')):
        with restored(tree / name) as text:
            (tree / name).write_text(text.replace(old, new, 1))
            done = publish(tree, '--check')
            check(old in text and done.returncode == 1, f'a change of {name} is found', done.stderr)
    with restored(tree / 'README.md') as text:
        (tree / 'README.md').write_text(text.replace('<!-- figures:end -->', ''))
        check(publish(tree, '--check').returncode != 0, 'a missing mark is found')
    check(publish(tree, '--check').returncode == 0, '--check accepts the restored tree')


def check_removal(tree):
    (tree / 'tests/performance/record.json').unlink()
    check(publish(tree, '--check').returncode == 1, 'figures without their record are found')
    publish(tree)
    check(not re.search(r'\d', block(tree)) and not list((tree / 'doc/images').glob('*.svg')),
          'publishing without a record removes figures and charts', block(tree))


def main():
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        make_tree(tree)
        check_empty(tree)
        check_refusals(tree)
        done = publish_record(tree, make_record())
        check(done.returncode == 0, 'a record is published', done.stderr)
        for each in (check_readme, check_manual, check_charts, check_record, check_differences, check_removal):
            each(tree)
    print(f'1..{count}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
