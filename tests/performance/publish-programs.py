#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Puts the figures of the models of programs into the manual.

publish-programs.py RUN.json [OTHER.json...] stores the records of run-programs without their samples in
programs/record.json, and writes from them a section of the chapter about moving: the figures of the first,
and the ratios of the others, which are from systems with another GLib. publish-programs.py alone writes it
again. publish-programs.py --check reports whether it differs.
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


def heading(text, last):
    return f'<row><entry namest="what" nameend="{last}"><emphasis>{publish.docbook(text)}</emphasis></entry></row>'


def figure(row, side):
    cell = row['values'][side]
    return f'{report.number(cell["median"])} ±{publish.spread(cell):.0%}'


def ratio(row):
    found = models.ratio(row)
    return '-' if found is None else f'{found:.2f}' + (' *' if models.is_missed(row) else '')


def figures_table(records):
    """The figures of the first record, and the ratios of all"""
    first = records[0]
    columns = ['what', *models.SIDES, *(f'ratio{number}' for number in range(len(records)))]
    titles = ['', 'Its own', 'A pool', *(f'Ratio, GLib {glib(record)}' for record in records)]
    lines = []
    for name, model in models.MODELS.items():
        lines.append(heading(f'{model.label}: {model.size}', columns[-1]))
        lines += [line([f'{row["title"]}, {row["unit"]}', *(figure(row, side) for side in models.SIDES),
                        *(ratio(record['rows'][key]) for record in records)])
                  for key, row in first['rows'].items() if row['model'] == name]
    return '\n'.join([f'<informaltable frame="topbot" pgwide="1"><tgroup cols="{len(columns)}">',
                      ''.join(f'<colspec colname="{name}"/>' for name in columns),
                      f'<thead>{line(titles)}</thead>', '<tbody>', *lines, '</tbody></tgroup></informaltable>'])


def missed_items(records):
    for name, first in records[0]['rows'].items():
        reasons = [models.reason(name, record['rows'][name]) for record in records
                   if models.is_missed(record['rows'][name])]
        if reasons:
            # One beyond the spread says more.
            yield f'{models.MODELS[first["model"]].label}, {first["title"]}: {max(reasons, key=len)}.'


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


def glib(record):
    return library_version(record, 'catalog')


def versions(record):
    return ', '.join(f'{model.label} {library_version(record, name)}' for name, model in models.MODELS.items()
                     if library_version(record, name))


def circumstances(record):
    return f'GLib {glib(record)}: {publish.circumstances(record)}'


def parts(records):
    record = records[0]
    yield publish.items(circumstances(each) for each in records)
    yield publish.para(
        'A figure is a median; ± is half of the range of the middle half of the samples. Less is better. The ratio '
        'is what a pool takes as a multiple of the original; a * marks more than '
        f'{models.LIMITS["ns"]} times the time, or any more memory, beyond {record_slack()} MiB after '
        f'intern_pool_trim(). Of libraries: {versions(record)}. The other originals are models.')
    yield f'<para>Spreads, inputs and versions are in <filename>{RECORD}</filename>.</para>'
    yield figures_table(records)
    missed = list(missed_items(records))
    if missed:
        yield publish.section('moving-missed', 'Where a pool takes more', publish.items(missed))
    yield publish.section('moving-lines', 'How many lines',
                          publish.para('Lines of code of the interner, and of the functions that take its place:'),
                          publish.items(lines_items(record)))


def record_slack():
    return max(row.slack for model in models.MODELS.values() for row in model.rows) // 1024


def make_section(records):
    found = parts(records) if records else [publish.para(HOW_TO.format(*(f'`{each}`' for each in COMMANDS)))]
    return '\n'.join([
        '<?xml version="1.0"?>',
        f'<!-- {publish.LICENCE} -->',
        f'<!-- {ORIGIN} -->',
        '<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"',
        '               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">',
        publish.section('moving-figures', 'Figures', *found), ''])


# The tree

def kept_records(root):
    path = root / RECORD
    return json.loads(path.read_text()) if path.exists() else []


def check_records(records, names):
    for record, name in zip(records, names):
        reason = reason_against(record)
        if reason:
            sys.exit(f'{name} cannot be published: {reason}')


def check(root):
    records = kept_records(root)
    check_records(records, [RECORD] * len(records))
    different = publish.differences(root, {SECTION: make_section(records)})
    if different:
        sys.exit(f'{SECTION} is not what publish-programs.py makes of {RECORD if records else "no record"}. '
                 'Run tests/performance/publish-programs.py to write it again.')


def store(root, runs):
    records = [json.loads(run.read_text()) for run in runs]
    check_records(records, runs)
    records = [keep(record) for record in records]
    publish.write(root, {RECORD: publish.to_json(records), SECTION: make_section(records)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('runs', nargs='*', type=pathlib.Path, metavar='RUN.json',
                        help='records of complete runs; default: programs/record.json')
    parser.add_argument('--check', action='store_true', help='write nothing, and fail if anything would change')
    parser.add_argument('--root', type=pathlib.Path, default=publish.ROOT, metavar='FOLDER', help='of the source tree')
    options = parser.parse_args()
    if options.check and options.runs:
        parser.error('--check takes no run: it reads programs/record.json')
    if options.check:
        check(options.root)
    elif options.runs:
        store(options.root, options.runs)
    else:
        publish.write(options.root, {SECTION: make_section(kept_records(options.root))})


if __name__ == '__main__':
    main()
