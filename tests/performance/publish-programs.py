#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Puts the figures of the models of programs into the manual.

publish-programs.py RUN.json stores the record of run-programs without its samples in
programs/record.json, and writes from it a section of the chapter about moving. publish-programs.py
alone writes it again. publish-programs.py --check reports whether it differs.
"""

import argparse
import json
import pathlib
import sys

import publish
import report
from programs import models

RECORD = 'tests/performance/programs/record.json'
SECTION = 'doc/programs-figures.xml'
ORIGIN = 'Written by tests/performance/publish-programs.py.'
COMMANDS = ('./dev bench --programs --json run.json', 'tests/performance/publish-programs.py run.json')
HOW_TO = 'There are no figures here yet. {}, and then {}, write those of your machine here.'


# The stored record

def reason_against(record):
    """Why the record must not be published, or None"""
    if record['scale'] != 1:
        return f'sizes are divided by {record["scale"]}: publish a complete run'
    if record['samples'] < publish.MIN_SAMPLES:
        return f'it has fewer than {publish.MIN_SAMPLES} samples, which have no spread'
    for model, found in models.MODELS.items():
        for row in found.rows:
            values = record['rows'].get(f'{model} {row.name}', {'values': {}})['values']
            if set(values) != set(models.SIDES):
                return f'the row {model} {row.name} lacks figures'
    without = [name for name, row in record['rows'].items() if models.is_missed(row) and not models.reason(name, row)]
    if without:
        return (f'a pool takes more than it may in {", ".join(without)}: '
                'write down the reason in tests/performance/programs/models.py')
    return None


def keep(record):
    """The record without its samples"""
    def keep_row(row):
        return {**row, 'values': {side: publish.keep_cell(cell) for side, cell in row['values'].items()}}

    return {**record, 'rows': {name: keep_row(row) for name, row in record['rows'].items()}}


# The section

def line(cells):
    return '<row>' + ''.join(f'<entry>{publish.docbook(cell)}</entry>' for cell in cells) + '</row>'


def heading(text):
    return f'<row><entry namest="what" nameend="ratio"><emphasis>{publish.docbook(text)}</emphasis></entry></row>'


def figure(row, side):
    cell = row['values'][side]
    return f'{report.number(cell["median"])} ±{publish.spread(cell):.0%}'


def ratio(row):
    found = models.ratio(row)
    return '-' if found is None else f'{found:.2f}' + (' *' if models.is_missed(row) else '')


def figures_table(record):
    lines = []
    for name, model in models.MODELS.items():
        lines.append(heading(f'{model.label}: {model.size}'))
        lines += [line([f'{row["title"]}, {row["unit"]}', *(figure(row, side) for side in models.SIDES), ratio(row)])
                  for row in record['rows'].values() if row['model'] == name]
    columns = ''.join(f'<colspec colname="{name}"/>' for name in ('what', *models.SIDES, 'ratio'))
    return '\n'.join(['<informaltable frame="topbot" pgwide="1"><tgroup cols="4">', columns,
                      f'<thead>{line(["", "Its own", "A pool", "Ratio"])}</thead>', '<tbody>', *lines,
                      '</tbody></tgroup></informaltable>'])


def missed_items(record):
    for name, row in record['rows'].items():
        if models.is_missed(row):
            yield f'{models.MODELS[row["model"]].label}, {row["title"]}: {models.reason(name, row)}.'


def library_version(record, model):
    """The release of the library that has the original, or None if it is a model"""
    version = record['versions'][f'{model} original']
    return '.'.join(version.split('.')[:2]) if version[0].isdigit() else None


def lines_items(record):
    for model, lines in record['lines'].items():
        if library_version(record, model):
            yield f'{models.MODELS[model].label}: no call changes; {lines["pool"]} lines make the pool.'
        else:
            yield f'{models.MODELS[model].label}: {lines["original"]} lines, on a pool {lines["pool"]}.'


def versions(record):
    return ', '.join(f'{model.label} {library_version(record, name)}' for name, model in models.MODELS.items()
                     if library_version(record, name))


def parts(record):
    yield publish.para(publish.circumstances(record))
    yield publish.para(
        'A figure is a median; ± is half of the range of the middle half of the samples. Less is better. The ratio '
        'is what a pool takes as a multiple of the original; a * marks more than '
        f'{models.LIMITS["ns"]} times the time, or any more memory, beyond {record_slack()} MiB after '
        f'intern_pool_trim(). Of libraries: {versions(record)}. The other originals are models.')
    yield f'<para>Spreads, inputs and versions are in <filename>{RECORD}</filename>.</para>'
    yield figures_table(record)
    missed = list(missed_items(record))
    if missed:
        yield publish.section('moving-missed', 'Where a pool takes more', publish.items(missed))
    yield publish.section('moving-lines', 'How many lines',
                          publish.para('Lines of code of the interner, and of the functions that take its place:'),
                          publish.items(lines_items(record)))


def record_slack():
    return max(row.slack for model in models.MODELS.values() for row in model.rows) // 1024


def make_section(record):
    found = parts(record) if record else [publish.para(HOW_TO.format(*(f'`{each}`' for each in COMMANDS)))]
    return '\n'.join([
        '<?xml version="1.0"?>',
        f'<!-- {publish.LICENCE} -->',
        f'<!-- {ORIGIN} -->',
        '<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"',
        '               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">',
        publish.section('moving-figures', 'Figures', *found), ''])


# The tree

def kept_record(root):
    path = root / RECORD
    return json.loads(path.read_text()) if path.exists() else None


def check(root):
    record = kept_record(root)
    reason = record and reason_against(record)
    if reason:
        sys.exit(f'{RECORD} cannot be published: {reason}')
    different = publish.differences(root, {SECTION: make_section(record)})
    if different:
        sys.exit(f'{SECTION} is not what publish-programs.py makes of {RECORD if record else "no record"}. '
                 'Run tests/performance/publish-programs.py to write it again.')


def store(root, run):
    record = json.loads(run.read_text())
    reason = reason_against(record)
    if reason:
        sys.exit(f'{run} cannot be published: {reason}')
    record = keep(record)
    publish.write(root, {RECORD: publish.to_json(record), SECTION: make_section(record)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run', nargs='?', type=pathlib.Path, metavar='RUN.json',
                        help='the record of a complete run; default: programs/record.json')
    parser.add_argument('--check', action='store_true', help='write nothing, and fail if anything would change')
    parser.add_argument('--root', type=pathlib.Path, default=publish.ROOT, metavar='FOLDER', help='of the source tree')
    options = parser.parse_args()
    if options.check and options.run:
        parser.error('--check takes no run: it reads programs/record.json')
    if options.check:
        check(options.root)
    elif options.run:
        store(options.root, options.run)
    else:
        publish.write(options.root, {SECTION: make_section(kept_record(options.root))})


if __name__ == '__main__':
    main()
