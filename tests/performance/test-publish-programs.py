#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tests publish-programs.py on a made-up record in a temporary tree."""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.dont_write_bytecode = True

from programs import models  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SECTION = 'doc/programs-figures.xml'
RECORD = 'tests/performance/programs/record.json'

count = failures = 0


def check(is_good, name, detail=''):
    global count, failures
    count += 1
    print(f'{"ok" if is_good else "not ok"} {count} - {name}')
    if not is_good:
        failures += 1
        print('\n'.join(f'# {line}' for line in str(detail).splitlines()))


def make_cell(median):
    return {'median': median, 'q1': median * 0.9, 'q3': median * 1.1, 'min': median * 0.8, 'max': median * 1.2,
            'samples': [median] * 7}


def make_row(model, row):
    return {'model': model, 'title': row.title, 'unit': row.unit, 'slack': row.slack,
            'values': {'original': make_cell(1234.5), 'pool': make_cell(617.25)}, 'failed': {}}


def make_record(glib='2.1.3'):
    machine = {'cpu': 'Some CPU', 'cpu_hash': '01234567', 'processors': 2}
    originals = {'mail': '3.2.1', 'catalog': glib}
    return {'date': '2001-02-03T04:05:06+00:00', 'revision': 'v1.2.3-45-gabcdef0-dirty', 'machine': machine,
            'samples': 7, 'scale': 1, 'load_before': 0.25, 'load_after': 0.5, 'inputs': {}, 'skipped': {},
            'versions': {f'{model} original': originals.get(model, 'a model') for model in models.MODELS},
            'lines': {model: {'original': 99, 'pool': 11} for model in models.MODELS},
            'rows': {f'{name} {row.name}': make_row(name, row) for name, model in models.MODELS.items()
                     for row in model.rows}}


def publish(tree, *arguments):
    return subprocess.run([sys.executable, HERE / 'publish-programs.py', '--root', tree, *arguments],
                          capture_output=True, text=True)


def publish_record(tree, *records):
    runs = [tree / f'run{number}.json' for number in range(len(records))]
    for run, record in zip(runs, records):
        run.write_text(json.dumps(record))
    return publish(tree, *runs)


def words(tree):
    """The section without its marks"""
    return ' '.join(' '.join(xml.etree.ElementTree.parse(tree / SECTION).getroot().itertext()).split())


def with_figure(record, name, median):
    changed = copy.deepcopy(record)
    changed['rows'][name]['values']['pool'] = make_cell(median)
    return changed


def rows_by_reason():
    """A row of a time without a reason, and one with a reason"""
    found = [(f'{name} {row.name}', row) for name, model in models.MODELS.items() for row in model.rows
             if row.unit == 'ns']
    return (next(name for name, row in found if not row.reason),
            next(name for name, row in found if row.reason))


def check_empty(tree):
    check(publish(tree).returncode == 0, 'publishing works without a record')
    check('publish-programs.py' in words(tree), 'the section then says how to make figures', words(tree))
    check(publish(tree, '--check').returncode == 0, '--check accepts a tree without a record')


def check_refusals(tree):
    record = make_record()
    without, _ = rows_by_reason()
    incomplete = {**record, 'rows': {**record['rows'], without: {**record['rows'][without], 'values': {}}}}
    for name, wrong in {'a run with smaller sizes': {**record, 'scale': 10},
                        'a run without a spread': {**record, 'samples': 1},
                        'a run that lacks a figure': incomplete,
                        'a run with a figure above its target and no reason': with_figure(record, without, 1234567),
                        }.items():
        done = publish_record(tree, wrong)
        check(done.returncode == 1 and 'cannot be published' in done.stderr, f'{name} is refused', done.stderr)
        done = publish_record(tree, record, wrong)
        check(done.returncode == 1 and 'run1.json cannot' in done.stderr, f'{name} on another system is refused',
              done.stderr)
    check(not (tree / RECORD).exists(), 'a refused run leaves no record')


def check_section(tree):
    done = publish_record(tree, make_record())
    check(done.returncode == 0, 'a record is published', done.stderr)
    text = words(tree)
    for part in ('Some CPU (01234567), 2 processors, 2001-02-03', 'revision abcdef0-dirty',
                 '1,234 ±10% 617 ±10% 0.50',
                 'GLib 2.1: Some CPU',
                 'Of libraries: Evolution, camel_pstring 3.2, AppStream, GRefString 2.1.',
                 'NetworkManager, NMRefString: 99 lines, on a pool 11.',
                 'Evolution, camel_pstring: no call changes; 11 lines make the pool.'):
        check(part in text, f'the section says: {part}', text)
    for model in models.MODELS.values():
        for title in [f'{model.label}: {model.size}', *(f'{row.title}, {row.unit}' for row in model.rows)]:
            check(title in text, f'the section has: {title}', text)
    check('Where a pool takes more' not in text and '0.50 *' not in text, 'no row is marked that reaches its target',
          text)
    kept = (tree / RECORD).read_text()
    check('samples": [' not in kept and '"median": 617.25' in kept, 'the record keeps medians and no samples', kept)


def check_missed(tree):
    without, name = rows_by_reason()
    done = publish_record(tree, with_figure(make_record(), name, 2469))
    text = words(tree)
    row = {'values': {'original': make_cell(1234.5), 'pool': make_cell(2469)}}
    check(done.returncode == 0 and '2.00 *' in text, 'a row above its target is marked', text)
    check(models.reason(name, row) in text and 'within the spread' not in text, 'the section has its reason', text)
    done = publish_record(tree, with_figure(make_record(), without, 1400))
    text = words(tree)
    check(done.returncode == 0 and '1.13 *' in text and 'within the spread' in text,
          'a row whose samples overlap with those of the original needs no other reason', text)
    publish_record(tree, make_record())


def check_other_systems(tree):
    _, name = rows_by_reason()
    done = publish_record(tree, make_record(), with_figure(make_record('2.2.0'), name, 2469))
    text = words(tree)
    check(done.returncode == 0 and 'Ratio, GLib 2.1 Ratio, GLib 2.2' in text, 'each system has a column', done.stderr)
    check('1,234 ±10% 617 ±10% 0.50 2.00 *' in text, 'it has the ratio, and a mark if that is above the target', text)
    check('Where a pool takes more' in text, 'a row above its target on another system has its reason', text)
    publish_record(tree, make_record())


def check_slack(tree):
    """The memory that stays after trimming has a limit in KiB, whatever the original leaves"""
    row = make_record()['rows']['connections trimmed']
    for own, others, expected in ((2000, 100, False), (2100, 100, True), (2100, 2200, False), (2100, -5, True)):
        row['values'] = {'original': make_cell(others), 'pool': make_cell(own)}
        check(models.is_missed(row) == expected,
              f'{own} KiB instead of {others} are {"" if expected else "not "}missed')


def check_differences(tree):
    check(publish(tree, '--check').returncode == 0, '--check accepts what was published')
    for name, old, new in ((SECTION, '617 ', '616 '), (RECORD, '617.25', '515.25')):
        text = (tree / name).read_text()
        (tree / name).write_text(text.replace(old, new))
        check(old in text and publish(tree, '--check').returncode == 1, f'a change of {name} is found')
        (tree / name).write_text(text)
    check(publish(tree, '--check').returncode == 0, '--check accepts the restored tree')
    (tree / RECORD).unlink()
    check(publish(tree, '--check').returncode == 1, 'figures without their record are found')


def main():
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        for each in (check_empty, check_refusals, check_section, check_missed, check_other_systems, check_slack,
                     check_differences):
            each(tree)
    print(f'1..{count}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
