#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Profiles three programs of Debian for the manual, and measures what the profiler costs.

xvfb-run profile-programs.py TOOL runs them and writes profile-programs.xml and the charts profiles/*.svg. It needs a
quiet machine for the costs, and the packages that are named here.
profile-programs.py --check reports whether these are of the programs that are named here.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path
from xml.sax.saxutils import escape

DOC = Path(__file__).parent
SECTION = DOC / 'profile-programs.xml'
PROFILES = DOC / 'profiles'

Program = namedtuple('Program', 'name package command what')

PROGRAMS = [
    Program('valac', 'valac', ['valac', '--ccode', '--pkg', 'gio-2.0', 'hello.vala'],
            'The compiler of Vala reads the interfaces of GLib and GIO for a program of one line. Each symbol in them '
            'has a name by g_strdup().'),
    Program('xmllint', 'libxml2-utils', ['xmllint', '--noout', '/usr/share/gir-1.0/Gio-2.0.gir'],
            'A document of XML is read whole. The library keeps the names of elements and attributes in a pool of its '
            'own, xmlDict; what is left are values and text.'),
    Program('gjs', 'gjs', ['gjs', 'parse.js'],
            'A script parses JSON. The strings of JavaScript are not blocks of malloc(), so the profiler does not see '
            'them; SpiderMonkey interns names by itself.'),
]

# With what the costs are measured. A program that does not end by itself is ended after some seconds.
Cost = namedtuple('Cost', 'name package command what seconds')

COSTS = [
    Cost('xmllint', 'libxml2-utils', ['xmllint', '--noout', 'large.gir'], 'a file of 100 MB', None),
    Cost('gjs', 'gjs', ['gjs', 'parse-many.js'], 'a million records of JSON', None),
    Cost('gtk4-widget-factory', 'gtk-4-examples', ['gtk4-widget-factory'], 'ten seconds under Xvfb', 10),
]
N_RUNS = 5

FILES = {
    'hello.vala': 'void main () { print ("hello\\n"); }\n',
    'parse.js': '''let records = [];
for (let i = 0; i < 100000; i++)
    records.push({id: i, country: `country ${i % 200}`, state: i % 3 ? 'open' : 'closed'});
const parsed = JSON.parse(JSON.stringify(records));
print(parsed.length);
''',
}

PREFIX = '''<?xml version="1.0"?>
<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- Written by doc/profile-programs.py. -->
<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"
               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">
<section id="profile-programs">
<title>Three programs of Debian</title>
'''


def chart(program):
    return f'{program.name}.svg'


def profile(tool, program, folder):
    report = folder / 'report.json'
    drawing = PROFILES / chart(program)
    subprocess.run([tool, 'profile', '--json', '--force', f'--output={report}', f'--chart={drawing}', '--',
                    *program.command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return json.loads(report.read_text(encoding='utf-8'))


def write_large(folder):
    """A file for each of the costs that needs one."""
    text = Path('/usr/share/gir-1.0/Gio-2.0.gir').read_text(encoding='utf-8')
    begin, end = text.index('>', text.index('<namespace')) + 1, text.rindex('</namespace>')
    with open(folder / 'large.gir', 'w', encoding='utf-8') as file:
        file.write(text[:begin])
        while file.tell() < 100e6:
            file.write(text[begin:end])
        file.write(text[end:])
    script = FILES['parse.js'].replace('100000', '1000000')
    (folder / 'parse-many.js').write_text(script, encoding='utf-8')


def resources(command, folder):
    """(seconds, seconds of the processor, bytes) that a command and its processes take; bytes of the largest."""
    begun = time.monotonic()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def cost(tool, program, folder):
    """The smallest of some runs without the profiler, and of as many with it, in alternation."""
    ended = ['timeout', '--preserve-status', str(program.seconds)] if program.seconds else []
    profiler = [tool, 'profile', '--force', f'--output={folder / "report"}', '--']
    commands = ended + program.command, ended + profiler + program.command
    runs = [[resources(command, folder) for command in commands] for _ in range(N_RUNS)]
    return [[min(run[kind][i] for run in runs) for i in range(3)] for kind in range(2)]


def cost_row(program, measured):
    alone, profiled = measured
    ratios = [f'{b / a:.2f}' for a, b in zip(alone, profiled)]
    cells = [f'{program.name}: {program.what}', f'{alone[0]:.2f} s', *ratios]
    return '<row>' + ''.join(f'<entry>{cell}</entry>' for cell in cells) + '</row>\n'


def cost_table(costs):
    heads = ['', 'Alone', 'Time', 'Time of the processors', 'Largest process']
    processor = re.search(r'model name\s*: (.*)', Path('/proc/cpuinfo').read_text(encoding='utf-8')).group(1)
    return ('<para>What the profiler costs, as a multiple of the program alone: the least of '
            f'{N_RUNS} runs each, in alternation ({escape(processor)}, {os.cpu_count()} processors). The looks run '
            'beside the program, if a processor is free.</para>\n'
            '<informaltable frame="topbot" pgwide="1"><tgroup cols="5">\n<thead><row>' +
            ''.join(f'<entry>{head}</entry>' for head in heads) + '</row></thead>\n<tbody>\n' +
            ''.join(cost_row(program, measured) for program, measured in zip(COSTS, costs)) +
            '</tbody></tgroup></informaltable>\n')


def version(package):
    found = subprocess.check_output(['dpkg-query', '-W', '-f=${Version}', package], text=True)
    return re.match(r'(?:\d+:)?(\d+\.\d+)', found).group(1)


def size(n_bytes):
    return f'{n_bytes / 1e6:.1f} MB' if n_bytes >= 1e6 or n_bytes <= -1e6 else f'{n_bytes / 1e3:.1f} kB'


def row(program, report):
    share = report['hits_per_second'] / report['freed_per_second'] if report['freed_per_second'] else 0
    cells = [program.name, size(report['heap_bytes']), f'{report["strings"]:,}', f'{report["copies"]:,}',
             size(report['bytes_saved']), f'{report["freed_per_second"]:,.0f}', f'{share:.0%}']
    return '<row>' + ''.join(f'<entry>{cell}</entry>' for cell in cells) + '</row>\n'


def part(program, report):
    advice = ''.join(f'{escape(line)}\n' for line in report['advice'])
    return (f'<para>{escape(program.what)}</para>\n'
            f'<screen><userinput>intern-pool profile -- {escape(" ".join(program.command))}</userinput>\n'
            f'{advice}</screen>\n'
            f'<mediaobject><imageobject><imagedata fileref="{chart(program)}" width="100%"/></imageobject><textobject>'
            f'<phrase>The heap of {program.name} at each look, and its copies by call site</phrase></textobject>'
            '</mediaobject>\n')


def section(reports, costs):
    debian = Path('/etc/debian_version').read_text(encoding='utf-8').strip()
    versions = ', '.join(f'{program.package} {version(program.package)}' for program in PROGRAMS + COSTS[2:])
    heads = ['', 'Heap', 'Strings', 'Copies', 'Net saving', 'Freed a second', 'Hits among them']
    return (PREFIX + f'<para>Debian {debian}, {datetime.date.today()}: {escape(versions)}.</para>\n'
            '<informaltable frame="topbot" pgwide="1"><tgroup cols="7">\n<thead><row>' +
            ''.join(f'<entry>{head}</entry>' for head in heads) + '</row></thead>\n<tbody>\n' +
            ''.join(map(row, PROGRAMS, reports)) + '</tbody></tgroup></informaltable>\n' +
            ''.join(map(part, PROGRAMS, reports)) + cost_table(costs) + '</section>\n')


def check():
    text = SECTION.read_text(encoding='utf-8')
    commands = re.findall(r'<userinput>intern-pool profile -- (.*?)</userinput>', text)
    charts = re.findall(r'fileref="(.*?)"', text)
    wrong = [name for name in charts if not (PROFILES / name).read_text(encoding='utf-8').endswith('</svg>\n')]
    if commands != [escape(' '.join(program.command)) for program in PROGRAMS] or charts != list(map(chart, PROGRAMS)):
        wrong.append('the section is not of the programs that are named here')
    if re.findall(r'<row><entry>(.*): ', text) != [program.name for program in COSTS]:
        wrong.append('the costs are not of the programs that are named here')
    return wrong


def main():
    if sys.argv[1:] == ['--check']:
        sys.exit('; '.join(check()) or None)

    tool = Path(sys.argv[1]).resolve()
    for program in PROGRAMS:
        (PROFILES / chart(program)).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for file, text in FILES.items():
            Path(name, file).write_text(text, encoding='utf-8')
        reports = [profile(tool, program, Path(name)) for program in PROGRAMS]
        write_large(Path(name))
        costs = [cost(str(tool), program, Path(name)) for program in COSTS]
    SECTION.write_text(section(reports, costs), encoding='utf-8')


if __name__ == '__main__':
    main()
