#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tests the models of programs and their runner on tiny sizes, without looking at times: test-programs.py BUILD"""

import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import keys
from programs import data, models

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(sys.argv[1])
PROGRAMS = 'tests/performance/programs'
SCALE = 1000
SAMPLES = 3

count = failures = 0


def check(is_good, name, detail=''):
    global count, failures
    count += 1
    print(f'{"ok" if is_good else "not ok"} {count} - {name}')
    if not is_good:
        failures += 1
        print('\n'.join(f'# {line}' for line in str(detail).splitlines()))


def run(folder, build, *arguments):
    """(exit status, record, output)"""
    record = folder / 'record.json'
    record.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, HERE / 'run-programs', '--build', build, '--no-build', '--scale', str(SCALE),
                           '--samples', str(SAMPLES), '--json', record, *arguments], capture_output=True, text=True)
    return done.returncode, json.loads(record.read_text()) if record.exists() else {}, done.stdout + done.stderr


def built():
    """The (model, side) of each program that is built"""
    lines = [line.split('\t') for line in (BUILD / PROGRAMS / 'programs.tsv').read_text().splitlines()]
    return [(model, side) for model, side, state, _ in lines if state == 'yes']


# The record

def check_row(record, model, row):
    found = record['rows'][f'{model} {row.name}']
    wanted = {side for name, side in built() if name == model}
    check(set(found['values']) == wanted and not found['failed'], f'{model} {row.name} has its figures', found)
    for side, cell in found['values'].items():
        ordered = cell['min'] <= cell['q1'] <= cell['median'] <= cell['q3'] <= cell['max']
        positive = cell['min'] > 0 or row.unit != 'ns'
        check(ordered and positive and len(cell['samples']) == SAMPLES,
              f'{model} {row.name} of {side} has {SAMPLES} samples in order', cell)


def check_record(record, text):
    wanted = [f'{name} {row.name}' for name, model in models.MODELS.items() for row in model.rows]
    check(list(record['rows']) == wanted, 'the record has every row', list(record['rows']))
    for name, model in models.MODELS.items():
        for row in model.rows:
            check_row(record, name, row)
        check(f'{model.label}: {model.size}' in text, f'the report has a table for {name}', text)
        check(all(n > 1 for n in record['lines'][name].values()), f'the lines of {name} are counted', record['lines'])
    check(set(record['versions']) == {' '.join(job) for job in built()}, 'the record has the versions',
          record['versions'])
    shown = [line.split()[-1] for line in text.splitlines() if line.endswith(('reached', 'missed'))]
    complete = [row for row in record['rows'].values() if len(row['values']) == len(models.SIDES)]
    check(shown == ['missed' if models.is_missed(row) else 'reached' for row in complete],
          'the report says of each row with two figures whether it reaches its target', text)


# What the programs find, computed from their input in another way

def records(path):
    """The strings of a stream"""
    rest, found = path.read_bytes()[keys.HEADER.size:], []
    while rest:
        length = int.from_bytes(rest[:2], 'little')
        found.append(rest[2:2 + length])
        rest = rest[length + 3:]
    return found


def expect_connections(folder):
    names, uses = records(folder / 'names.keys'), records(folder / 'uses.keys')
    same = sum(first == second for first, second in zip(uses, uses[1:]))
    return {'names': len(names), 'names left': 0, 'equal': len(uses) + same}


def expect_mail(folder):
    senders = records(folder / 'messages.keys')[2::7]
    return {'of one sender': senders.count(senders[0])}


def expect_songs(folder):
    return {'strings': len(set(records(folder / 'songs.keys')))}


def expect_catalog(folder):
    components = xml.etree.ElementTree.parse(folder / 'catalog.xml').getroot().findall('component')

    def is_found(component):
        categories = [element.text for element in component.iter('category')]
        languages = [element.get('{http://www.w3.org/XML/1998/namespace}lang') for element in component.iter('summary')]
        return 'Game' in categories and 'de' in languages

    return {'components': len(components), 'found': sum(map(is_found, components))}


EXPECTED = {'connections': expect_connections, 'mail': expect_mail, 'songs': expect_songs, 'catalog': expect_catalog}


def check_answers(folder):
    agreed = {}
    for model, side in built():
        source = data.make(folder, SCALE, model)
        done = subprocess.run([BUILD / PROGRAMS / f'program-{model}-{side}', source], capture_output=True, text=True)
        answers = json.loads(done.stdout)['answers'] if done.returncode == 0 else {}
        check(answers and agreed.setdefault(model, answers) == answers,
              f'{model} finds the same with its own interner and with a pool', done.stdout + done.stderr)
        if model in EXPECTED:
            wanted = EXPECTED[model](source)
            check(all(answers.get(name) == str(value) for name, value in wanted.items()) and any(wanted.values()),
                  f'{model} of {side} finds what is in its input', (answers, wanted))
    check(agreed['songs']['found'] not in ('0', agreed['songs']['order']), 'the searches find songs', agreed['songs'])
    check(agreed['songs']['found'] == agreed['songs']['first found'], 'a second search finds the same', agreed['songs'])


def check_input(folder):
    for model in [*data.STREAMS, *data.DOCUMENTS]:
        first, second = (data.report(data.make(folder / name, SCALE, model)) for name in ('first', 'second'))
        check(first and first == second, f'the input of {model} is the same each time', (first, second))


# Programs that fail

def make_fake(build, side, answer, status=0):
    """A program in the place of the model "table" """
    program = build / PROGRAMS / f'program-table-{side}'
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\necho 'out of order' >&2\nexit {status}\n")
    program.chmod(0o755)


def run_fakes(folder, name, answer, status=0):
    """A run of a right program and of one that gives @answer"""
    rows = {row.name: 20 for row in models.MODELS['table'].rows}
    build = folder / name
    make_fake(build, 'original', {'version': '1', 'rows': rows, 'answers': {'strings': '7'}})
    make_fake(build, 'pool', {'version': '1', 'rows': {**rows, 'free': 21.5}, 'answers': {'strings': '7'}, **answer},
              status)
    (build / PROGRAMS / 'programs.tsv').write_text('table\toriginal\tyes\t1\ntable\tpool\tyes\t1\n'
                                                   'mail\toriginal\tno\tneeds a package\n')
    return run(folder, build, '--models', 'table')


def check_failures(folder):
    status, record, text = run_fakes(folder, 'right', {})
    row = record['rows']['table free']
    check(status == 0 and row['values']['pool']['median'] == 21.5, 'a known figure comes out unchanged', text)
    check(models.is_missed(row) and 'missed' in text, 'a row above its target is missed', text)
    check(not record['skipped'], 'a program of a model that was not asked for is not missing', record['skipped'])
    for name, answer, code, part in (('other results', {'answers': {'strings': '8'}}, 0, 'not those of the others'),
                                     ('no results', {'answers': {}}, 0, 'not those of the others'),
                                     ('a row too few', {'rows': {'parse': 1}}, 0, 'its rows are parse, not compile'),
                                     ('an error', {}, 3, 'ended with 3: out of order')):
        status, record, text = run_fakes(folder, name, answer, code)
        failed = {side for row in record['rows'].values() for side in row['failed']}
        check(status == 1 and failed and part in text, f'a program with {name} is reported', text)
        check(all(not set(row['values']) & failed for row in record['rows'].values()),
              f'a program with {name} has no figure', record['rows'])
    (folder / 'right' / PROGRAMS / 'programs.tsv').write_text('table\tpool\tno\tneeds a package\n')
    status, record, text = run(folder, folder / 'right', '--models', 'table')
    check(record['skipped'] == {'table pool': 'needs a package'} and 'needs a package' in text,
          'the report has the reason for a missing program', text)
    status, _, text = run(folder, BUILD, '--models', 'nothing')
    check(status == 2 and 'there is no nothing' in text, 'an unknown model is refused', text)


def main():
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        status, record, text = run(folder, BUILD)
        check(status == 0 and record, 'a run succeeds', text)
        if record:
            check_record(record, text)
        check_answers(folder)
        check_input(folder)
        check_failures(folder)
    print(f'1..{count}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
