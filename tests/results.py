#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The table of the manual's chapter on tests, from results.json:

    tests/results.py page doc/testing-figures.xml      write the table
    tests/results.py record ROW RESULT [COMMIT]        set what the last run of a row gave, with today's date and the
                                                       commit, by default that of the tree
    tests/results.py check doc/testing-figures.xml     as a test: the table is that of the file, ./dev soak measures
                                                       each row, and SECURITY.md says whom it stands against"""

import argparse
import datetime
import json
import os
import re
import subprocess
import xml.sax.saxutils

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, 'results.json')
SECURITY = os.path.join(HERE, os.pardir, 'SECURITY.md')
SOAK = os.path.join(HERE, os.pardir, '.ci', 'run')
HEADER = '''<?xml version="1.0"?>
<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- Written by tests/results.py. -->
<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"
               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">
<section id="testing-figures">
<title>All of it, with the last results</title>
<para>
Each result has its date and the commit that was tested: a long run may have tested an earlier one than this.
</para>
<informaltable><tgroup cols="5">
<thead><row><entry>What</entry><entry>Goal</entry><entry>Each time</entry><entry>Before a release</entry>
<entry>Last result</entry></row></thead>
<tbody>
'''
FOOTER = '''</tbody></tgroup></informaltable>
</section>
'''


def read():
    with open(RESULTS) as stream:
        return json.load(stream)


def page():
    lines = []
    for row in read():
        result = '%s (%s)' % (row['result'], ', '.join(filter(None, (row['date'], row.get('commit')))))
        cells = (row['row'], row['goal'], row['each_time'], row['soak'], result)
        lines.append('<row>' + '\n'.join('<entry>%s</entry>' % xml.sax.saxutils.escape(cell) for cell in cells) +
                     '</row>\n')
    return HEADER + ''.join(lines) + FOOTER


def measured():
    """The rows that ./dev soak records."""
    with open(SOAK) as stream:
        names = re.findall(r"^  row (?:'([^']*)'|(\S+)) ", stream.read(), re.MULTILINE)
    return {quoted or word for quoted, word in names}


def defended():
    """The names in the last column of the table of SECURITY.md, and after a colon."""
    with open(SECURITY) as stream:
        lists = re.findall(r'(?:\| ([^|\n]*) \||: ([^|:\n]*)\.)$', stream.read(), re.MULTILINE)
    return {name.strip() for found in lists for part in found for name in part.split(';')}


def record(name, result, commit=None):
    rows = read()
    for row in rows:
        if row['row'] == name:
            row['result'], row['date'] = result, datetime.date.today().isoformat()
            row['commit'] = commit or subprocess.check_output(('git', '-C', HERE, 'rev-parse', '--short', 'HEAD'),
                                                              text=True).strip()
            break
    else:
        raise SystemExit('There is no row %s in %s' % (name, RESULTS))
    with open(RESULTS, 'w') as stream:
        json.dump(rows, stream, indent=1, ensure_ascii=False)
        stream.write('\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('command', choices=('page', 'record', 'check'))
    parser.add_argument('arguments', nargs='+')
    options = parser.parse_args()
    if options.command == 'record':
        record(*options.arguments)
    elif options.command == 'page':
        with open(options.arguments[0], 'w') as stream:
            stream.write(page())
    else:
        with open(options.arguments[0]) as stream:
            there = stream.read()
        rows = {row['row'] for row in read()}
        print('1..3')
        print('%s 1 - the table of results is that of results.json: otherwise write it, see results.py' %
              ('ok' if there == page() else 'not ok'))
        for number, (what, others) in enumerate((('./dev soak records each row, and no other', rows ^ measured()),
                                                 ('SECURITY.md names each row', rows - defended())), 2):
            print('%s %d - %s' % ('not ok' if others else 'ok', number, what))
            for name in sorted(others):
                print('# ' + name)


if __name__ == '__main__':
    main()
