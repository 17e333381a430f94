#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tests the runner on tiny sizes, without looking at times: test-run.py BUILD"""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(sys.argv[1])
SAMPLES = 3
PEERS = ['intern', 'intern-emit', 'intern-listen', 'intern-uncounted', 'intern-bulk', 'intern-atom', 'intern-acquire',
         'intern-checked', 'intern-trusted', 'floor-hash', 'g-intern-string', 'g-quark', 'g-ref-string',
         'g-string-chunk', 'g-hash-table']
ROWS = ['A', 'Bz10', 'C', 'Cf', 'E3', 'D1', 'Once1', 'Once1s', 'FA', 'FD1', 'T', 'R', 'FR', 'O5', 'O5r', 'O5m', 'V5',
        'V5f', 'M1M', 'M2x', 'M2xh', 'P10', 'S10', 'L5']
ALWAYS_POSITIVE = ['A', 'Bz10', 'C', 'Cf', 'E3', 'D1', 'Once1', 'Once1s', 'FA', 'FD1', 'T', 'R', 'FR', 'O5', 'O5r',
                   'V5', 'V5f', 'S10', 'L5']
COUNTING = {'intern-acquire', 'g-ref-string'}
WHO = {'T': {'intern-atom', 'g-quark'}, 'R': COUNTING, 'FR': COUNTING,
       'O5': {'intern', 'intern-checked', 'intern-trusted'}, 'V5': {'intern', 'intern-checked'},
       'V5f': {'intern', 'intern-checked'}}

# A program that answers "info", and runs {action} in any other mode.
FAKE = '''#!/bin/sh
if [ "$1" = info ]; then
  echo '{{"name": "{name}", "version": "1", "thread_safe": true, "process_wide": false, "floor": false,
         "max_strings": 0, "limit": ""}}'
else
  {action}
fi
'''

count = failures = 0


def check(is_good, name, detail=''):
    global count, failures
    count += 1
    print(f'{"ok" if is_good else "not ok"} {count} - {name}')
    if not is_good:
        failures += 1
        print(f'# {detail}')


def run(folder, build, peers, names, *arguments):
    """(exit status, record, output)"""
    record = folder / 'record.json'
    record.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, HERE / 'run', '--build', build, '--no-build', '--scale', '1000',
                           '--samples', str(SAMPLES), '--peers', ','.join(peers), '--rows', ','.join(names),
                           '--json', record, '--charts', folder / 'charts', *arguments],
                          capture_output=True, text=True)
    answer = json.loads(record.read_text()) if record.exists() else {}
    return done.returncode, answer, done.stdout + done.stderr


def runner():
    """The runner as a module: its file has no suffix"""
    sys.path.insert(0, str(HERE))
    loader = importlib.machinery.SourceFileLoader('runner', str(HERE / 'run'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('runner', loader))
    loader.exec_module(module)
    return module


def check_cell(row, peer, cell):
    ordered = cell['min'] <= cell['q1'] <= cell['median'] <= cell['q3'] <= cell['max']
    good = ordered and len(cell['samples']) == SAMPLES and (row not in ALWAYS_POSITIVE or cell['min'] > 0)
    check(good, f'{row} of {peer} has {SAMPLES} samples in order', cell)


def check_record(record):
    rows = record['rows']
    check(list(rows) == ROWS, 'the record has every row', list(rows))
    check(list(record['peers']) == PEERS, 'the record has every peer', list(record['peers']))
    for name, row in rows.items():
        check(not row['failed'], f'no peer failed in {name}', row['failed'])
        check(sorted([*row['values'], *row['absent']]) == sorted(PEERS),
              f'in {name} each peer has a figure or a reason', row)
        for peer, cell in row['values'].items():
            check_cell(name, peer, cell)


def check_reasons(rows):
    check('g-string-chunk' in rows['FA']['absent'], 'a peer for one thread is not run with two')
    check('g-intern-string' in rows['S10']['absent'], 'a process-wide peer is not in the rows of small pools')
    check('g-intern-string' in rows['Cf']['values'], 'every alternative is in the row of first hits', rows['Cf'])
    check('intern-emit' in rows['A']['absent'], 'intern-emit is not in a row of hits, which emit nothing')
    check('floor-hash' in rows['M1M']['absent'], 'a floor has no memory row')


def check_variants(rows):
    for name, expected in WHO.items():
        check(set(rows[name]['values']) == expected, f'{name} has exactly the peers that support it', rows[name])
    for name in ('A', 'Bz10', 'C', 'Cf', 'E3', 'D1', 'Once1', 'Once1s', 'FA', 'FD1'):
        check('intern-bulk' in rows[name]['values'], f'the bulk call is in {name}')
    for name in ('E3', 'D1', 'Once1', 'Once1s', 'P10', 'S10'):
        check('intern-emit' in rows[name]['values'], f'the default settings are in {name}')
    check('intern-listen' in rows['D1']['values'] and 'intern-listen' in rows['A']['absent'],
          'intern-listen is only in rows that add strings')
    check('intern-uncounted' in rows['A']['values'], 'uncounted hits are measured')
    check('intern-acquire' in rows['M2x']['values'], 'mortal strings have a memory row')


def check_targets(rows, text):
    """Each target is compared with the figures that it names"""
    for name, of in {'T, intern-atom': rows['T']['values']['intern-atom']['median'],
                     'R, intern-acquire, as a multiple of g-ref-string, camel-pstring':
                         rows['R']['values']['intern-acquire']['median'] /
                         rows['R']['values']['g-ref-string']['median'],
                     'Cf, intern, as a multiple of intern in C':
                         rows['Cf']['values']['intern']['median'] / rows['C']['values']['intern']['median'],
                     'FA, intern-bulk, as a multiple of intern-bulk in A':
                         rows['FA']['values']['intern-bulk']['median'] /
                         rows['A']['values']['intern-bulk']['median'],
                     'E3, intern, as a multiple of the best alternative (stretch)':
                         rows['E3']['values']['intern']['median'] /
                         min(cell['median'] for peer, cell in rows['E3']['values'].items() if peer.startswith('g-')),
                     'L5, intern, the longest of all samples': rows['L5']['values']['intern']['max']}.items():
        found = [line for line in text.splitlines() if line.startswith(name + '  ')]
        check(len(found) == 1 and f' {of:,.2f} ' in found[0], f'the report shows the target {name}', found)
    shown = [line.split() for line in text.splitlines() if line.endswith(('reached', 'missed'))]
    pairs = [(*(float(word.replace(',', '')) for word in line[-3:-1]), line[-1]) for line in shown]
    check(pairs and all(value == limit or (value < limit) == (word == 'reached') for value, limit, word in pairs),
          'a target is reached if the figure is not above its limit', shown)


def check_histogram(record):
    expected = record['streams']['D5']['strings']
    for peer in ('intern', 'g-hash-table', 'g-string-chunk'):
        histogram = record['rows']['L5']['values'][peer]['histogram']
        check(sum(histogram.values()) == expected, f'the histogram of {peer} counts every call', histogram)


def check_charts(folder, record):
    texts = (folder / 'latency.svg').read_text()
    for count in record['rows']['L5']['values']['intern']['histogram'].values():
        check(f'>{count:,}<' in texts, 'the chart of long calls shows each count', texts)
    for name in ('hits', 'inserts', 'once', 'threads', 'memory'):
        root = xml.etree.ElementTree.parse(folder / f'{name}.svg').getroot()
        texts = [element.text for element in root.iter('{http://www.w3.org/2000/svg}text')]
        check('Intern-GLib' in texts, f'the chart {name} names the peers', texts)
        rows = [row for row in record['rows'].values() if row['table'] == name]
        shown = {peer for row in rows for peer in row['values']}
        gaps = sum(peer not in row['values'] for row in rows for peer in shown)
        check(texts.count('n/a') == gaps, f'the chart {name} shows each missing figure', (gaps, texts))
    median = record['rows']['A']['values']['intern']['median']
    texts = (folder / 'hits.svg').read_text()
    check(f'>{median:.1f}<' in texts or f'>{median:.0f}<' in texts, 'a chart shows the figure', median)


def check_modes(folder):
    """The clock covers the calls that the description of the row names"""
    def calls(*arguments):
        program = BUILD / 'tests/performance/bench-intern'
        return json.loads(subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout)['n']

    sys.path.insert(0, str(HERE))
    import keys
    keys.make_all(folder, 1000, ['D1', 'D1s', 'middle', 'Bz'])
    strings = {name: folder / f'{name}.keys' for name in ('D1', 'D1s', 'middle', 'Bz')}
    for tenths, expected in ((0, 5000), (1, 4500)):
        check(calls('first-hits', strings['middle'], strings['Bz'], str(tenths)) == expected,
              f'{expected} of 5000 first hits are timed if {tenths} tenths of them warm up')
    check(calls('once', strings['D1'], strings['D1s']) == 1000, 'each string that is added and found once counts once')
    in_order, shuffled = (sorted(strings[name].read_bytes()[32:].split(b'\0')) for name in ('D1', 'D1s'))
    check(in_order == shuffled, 'the shuffled stream has the same strings')
    check(strings['D1'].read_bytes() != strings['D1s'].read_bytes(), 'the shuffled stream has another order')


def check_by_threads(folder):
    """A run with numbers of threads has one column for each, also for more than there are processors"""
    many = os.cpu_count() + 1
    status, record, text = run(folder, BUILD, ['intern', 'g-hash-table', 'g-string-chunk', 'intern-acquire'],
                               ['FA', 'FD1', 'FR'], '--threads', f'{many},1')
    check(status == 0 and record['threads'] == [1, many], 'a run with numbers of threads succeeds', text)
    check(list(record['rows']) == [f'{name}/{n}' for name in ('FA', 'FD1', 'FR') for n in (1, many)],
          'the record has a row for each number of threads', list(record['rows']))
    check(all(not row['failed'] for row in record['rows'].values()), 'no peer fails with many threads', text)
    lines = [line.split() for line in text.splitlines()]
    check(['1', f'{many}*'] in lines, 'more threads than processors are marked', text)
    check(f'There are {os.cpu_count()} processors' in text, 'the report names the number of processors', text)
    found = [line[:2] for line in lines if len(line) > 2 and line[1] in record['peers']]
    check(found == [['FA', 'intern'], ['FA', 'g-hash-table'], ['FD1', 'intern'], ['FD1', 'g-hash-table'],
                    ['FR', 'intern-acquire']], 'each row and peer that threads may share has one line', found)
    cell = record['rows'][f'FA/{many}']['values']['intern']
    check(len(cell['samples']) == SAMPLES and cell['min'] > 0, 'more threads than processors are measured', cell)
    status, _, text = run(folder, BUILD, ['intern'], ['FA'], '--threads', '0')
    check(status == 2 and 'from 1 to' in text, 'zero threads are refused', text)


def make_fake(build, name, action):
    folder = build / 'tests/performance'
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f'bench-{name}'
    program.write_text(FAKE.format(name=name, action=action))
    program.chmod(0o755)
    with (folder / 'peers.tsv').open('a') as file:
        file.write(f'{name}\tyes\t1\n')


def check_failures(folder):
    """A peer that fails is reported, and a known figure comes out unchanged"""
    build = folder / 'fake'
    make_fake(build, 'steady', 'echo \'{"value": 42.5}\'')
    make_fake(build, 'broken', 'echo "out of order" >&2; exit 3')
    make_fake(build, 'silly', 'echo 42.5')
    with (build / 'tests/performance/peers.tsv').open('a') as file:
        file.write('missing\tno\tneeds a package\nabsent\tyes\t1\n')
    peers = ['steady', 'broken', 'silly', 'missing', 'absent']
    status, record, text = run(folder, build, peers, ['A'])
    row = record['rows']['A']
    check(status != 0, 'a run with a failed peer exits with an error')
    check(set(row['failed']) == {'broken', 'silly'}, 'the record names the peers that failed', row)
    check('out of order' in text, 'the report has the error message of a failed peer', text)
    check(row['values']['steady']['median'] == 42.5 and list(row['values']) == ['steady'],
          'a failed peer does not change the figure of another', row['values'])
    check(record['skipped'] == {'missing': 'needs a package', 'absent': 'it is not built'},
          'the record has the reason for each missing peer', record['skipped'])
    check('skipped: missing: needs a package' in text, 'the report has the reason for a missing peer', text)
    check_peer = runner().check_peer
    check(check_peer(build, 'broken') and not check_peer(build, 'steady'),
          'a peer that fails its own check is not measured')


def check_streams(folder):
    """The streams are reproducible and match the descriptions of the rows"""
    sys.path.insert(0, str(HERE))
    import keys
    names = ['A', 'Bu', 'C', 'D5', 'E3', 'middle', 'small']
    first, second = folder / 'keys-first', folder / 'keys-second'
    for made in (first, second):
        keys.make_all(made, 10000, names)
    for name in names:
        check((first / f'{name}.keys').read_bytes() == (second / f'{name}.keys').read_bytes(),
              f'{name} is the same each time')
    reports = {name: keys.report(first / f'{name}.keys') for name in names}
    check(reports['D5']['distinct'] == reports['D5']['strings'] == 500, 'D5 has no string twice', reports['D5'])
    check(reports['D5']['mean_length'] == 24, 'the strings of D5 have 24 bytes', reports['D5'])
    check(reports['A']['strings'] == 1000 and reports['A']['distinct'] <= 100, 'A repeats its strings', reports['A'])
    ranked = keys.zipf(keys.rng('test'), list(range(100)), 20000)
    check(1.8 < ranked.count(0) / ranked.count(1) < 2.2,
          'the first string of a Zipf stream comes twice as often as the second')


def main():
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        status, record, text = run(folder, BUILD, PEERS, ROWS)
        check(status == 0 and record, 'a run succeeds', text)
        if record:
            check_record(record)
            check_reasons(record['rows'])
            check_variants(record['rows'])
            check_targets(record['rows'], text)
            check_histogram(record)
            check_charts(folder / 'charts', record)
        check_modes(folder)
        check_by_threads(folder)
        check_failures(folder)
        check_streams(folder)
    print(f'1..{count}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
