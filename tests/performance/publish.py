#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Puts the figures of a run into README.md and the manual.

publish.py RUN.json stores the record without its samples in record.json beside this file, and
writes from it the block of README.md between its two marks, the charts, and two sections of the
manual. publish.py alone writes them again. publish.py --check reports which of them differ.
"""

import argparse
import json
import pathlib
import re
import statistics
import sys
import tempfile
import textwrap
from xml.sax.saxutils import escape

import charts
import report
import rows

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RECORD = 'tests/performance/record.json'
EXPLANATIONS = 'tests/performance/README.md'
README = 'README.md'
SECTION = 'doc/performance-figures.xml'
CHOICE = 'doc/choosing-figures.xml'
IMAGES = 'doc/images'
BLOCK = re.compile(r'(?<=<!-- figures:begin -->\n).*?(?=<!-- figures:end -->)', re.DOTALL)
LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
ORIGIN = 'Written by tests/performance/publish.py.'
COMMANDS = ('./dev bench --json run.json', 'tests/performance/publish.py run.json')
MIN_SAMPLES = 3

# The columns in README.md, in words, since its readers do not know the names of the rows.
HEADINGS = {
    'A': 'find one of 1,000',
    'Bu': 'find one of 100,000',
    'C': 'find one of 5 M',
    'Cf': 'find one of 5 M, first time',
    'E1': 'intern the identifiers of C headers',
    'D1': 'add 1 M new',
    'FA': 'find one of 1,000, two threads',
    'M2x': 'memory',
    'S10': 'make, fill with 10 and free a pool',
}

# Figures in README.md without a column, ours first.
BEYOND = {
    'Once1': 'Each of 1 M strings added and found once:',
    'Once5s': 'Of 5 M, found in another order:',
    'P0': 'The heap of an empty pool:',
    'P10': 'With 10 strings:',
    'R': 'A reference taken and released:',
    'FR': 'With two threads:',
    'T': 'From a number to its string:',
    'L5': 'The longest of 5 M calls that add a string:',
}
# The first line in README.md, a pool as intern_pool_new() makes it; the tuned one and the bulk call follow.
DEFAULTS = 'intern-emit'
BULK = 'intern-bulk'
NAMES_IN_README = {rows.OURS: 'Intern-GLib, tuned'}

# The figures that help to choose among GLib's tools, in words, and those tools.
CHOICES = {
    'A': 'find one of 1,000, ns',
    'Bu': 'find one of 100,000, ns',
    'FA': 'find one of 1,000, two threads, ns',
    'E1': 'intern an identifier of C headers, ns',
    'D1': 'add a string, up to 1 M, ns',
    'R': 'take and release a reference, ns',
    'T': 'turn a number into its string, ns',
    'M1K': 'memory for each of 1,000, beyond its length, bytes',
    'M1M': 'memory for each of 1 M, beyond its length, bytes',
    'P10': 'heap with 10 short strings, bytes',
}
TOOLS = {
    DEFAULTS: 'InternPool',
    'g-hash-table': 'GHashTable, GMutex',
    'g-string-chunk': 'GStringChunk*',
    'g-ref-string': 'GRefString',
    'g-intern-string': 'g_intern_string()',
    'g-quark': 'GQuark',
}

HOW_TO = 'There are no figures here yet. {}, and then {}, write those of your machine here.'


# The stored record

def reason_against(record):
    """Why the record must not be published, or None"""
    if record['scale'] != 1:
        return f'sizes are divided by {record["scale"]}: publish a complete run'
    if record['samples'] < MIN_SAMPLES:
        return f'it has fewer than {MIN_SAMPLES} samples, which have no spread'
    if 'threads' in record:
        return 'it compares numbers of threads: publish a run without --threads'
    if not any(rows.OURS in row['values'] for row in record['rows'].values()):
        return f'there is no figure of {rows.OURS}'
    return None


def keep_cell(cell):
    histogram = {'histogram': cell['histogram']} if 'histogram' in cell else {}
    return {**{key: round(cell[key], 3) for key in ('median', 'q1', 'q3', 'min', 'max')}, **histogram}


def keep(record):
    """The record without its samples"""
    order = list(record['peers'])

    def keep_row(row):
        return {**row, 'values': {peer: keep_cell(row['values'][peer]) for peer in order if peer in row['values']}}

    return {**record, 'rows': {name: keep_row(row) for name, row in record['rows'].items()}}


def to_json(record):
    """One line a cell"""
    text = json.dumps(record, indent=1, ensure_ascii=False)
    return re.sub(r'\{[^{}]*\}', lambda match: re.sub(r'\n *', ' ', match[0]), text) + '\n'


# Figures and comparisons

def alternatives(record):
    return [peer for peer in record['peers'] if charts.kind(peer) == 'peer']


def shareable(record):
    return [peer for peer in alternatives(record) if record['peers'][peer]['thread_safe']]


def label(record, peer):
    one_thread_only = charts.kind(peer) == 'peer' and not record['peers'][peer]['thread_safe']
    return charts.LABELS.get(peer, peer).rstrip('*') + ('*' if one_thread_only else '')


def figure(row, peer):
    if peer in row['values']:
        return report.number(row['values'][peer]['median'])
    return 'failed' if peer in row['failed'] else 'n/a'


def spread(cell):
    """Half of the range of the middle half of the samples, relative to the median"""
    return (cell['q3'] - cell['q1']) / 2 / (abs(cell['median']) or 1)


def stand_in(row, peer):
    """The peer whose figure is that of this one: the settings play no part in rows without the defaults"""
    return rows.OURS if peer == DEFAULTS and peer in row['absent'] else peer


def least(row, peers):
    """The peers with the least figure as it is printed: equal digits are a tie"""
    found = {peer: row['values'][stand_in(row, peer)]['median'] for peer in peers
             if stand_in(row, peer) in row['values']}
    return {peer for peer, value in found.items() if report.number(value) == report.number(min(found.values()))}


def ours(row):
    return row['values'].get(rows.ours(row['table']))


def compared(record, peers):
    """The rows in which we and any of the peers have a figure"""
    return {name: row for name, row in record['rows'].items()
            if ours(row) and any(peer in row['values'] for peer in peers)}


def ahead(row, peers):
    """The peers with less than we, the one with the least first"""
    median = ours(row)['median']
    return sorted((peer for peer in peers if peer in row['values'] and row['values'][peer]['median'] < median),
                  key=lambda peer: row['values'][peer]['median'])


def lead(row, peer):
    """By how much the peer is ahead, and whether that exceeds the spread of the samples"""
    own, theirs = ours(row), row['values'][peer]
    percent = f'{(own["median"] - theirs["median"]) / (abs(own["median"]) or 1):.0%}'
    return percent if theirs['q3'] < own['q1'] else f'{percent}, within the spread'


def score(record, peers):
    """(rows in which no peer is ahead of us, rows compared)"""
    chosen = compared(record, peers)
    return sum(not ahead(row, peers) for row in chosen.values()), len(chosen)


def balance(record):
    best, count = score(record, alternatives(record))
    best_shared, count_shared = score(record, shareable(record))
    return (f'In {best} of the {count} rows of the benchmark that have an alternative, none is ahead of Intern-GLib; '
            f'of those that threads may share, none is ahead in {best_shared} of {count_shared}.')


def revision(record):
    """The commit, without the tag that "git describe" counts from"""
    return re.sub(r'^.*-g(?=[0-9a-f]+(-dirty)?$)', '', record['revision'])


def circumstances(record):
    machine = record['machine']
    spreads = [spread(cell) for row in record['rows'].values() for cell in row['values'].values()]
    return (f'{machine["cpu"]} ({machine["cpu_hash"]}), {machine["processors"]} processors, {record["date"][:10]}; '
            f'medians of {report.samples(record)} samples, median spread {statistics.median(spreads):.0%}, '
            f'{max(spreads):.0%} at most; revision {revision(record)}; '
            f'load {record["load_before"]} before, {record["load_after"]} after.')


# README.md

def markdown(text):
    return text.replace('*', r'\*').replace('|', r'\|')


def fill(text):
    """Wraps lines, but not between two backticks"""
    whole = re.sub(r'`[^`]*`', lambda match: match[0].replace(' ', '\0'), text)
    return textwrap.fill(whole, 118, break_long_words=False, break_on_hyphens=False).replace('\0', ' ')


def shown_peers(record, chosen):
    order = charts.order(record, chosen)
    own = [peer for peer in (DEFAULTS, rows.OURS, BULK) if peer in order]
    return own + [peer for peer in order if charts.kind(peer) == 'peer']


def markdown_figure(record, row, peer):
    text = figure(row, stand_in(row, peer))
    own = [DEFAULTS]
    bold = least(row, own + alternatives(record)) | least(row, own + shareable(record))
    return f'**{text}**' if peer in bold else text


def markdown_table(record):
    # Without an alternative there is nothing to compare.
    found = compared(record, alternatives(record))
    chosen = {name: found[name] for name in HEADINGS if name in found}
    lines = [['', *(HEADINGS[name] for name in chosen)], ['---', *('--:' for _ in chosen)]]
    lines += [[markdown(NAMES_IN_README.get(peer, label(record, peer))),
               *(markdown_figure(record, row, peer) for row in chosen.values())]
              for peer in shown_peers(record, chosen)]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def beside(record, name):
    """Our figure in a row, and the least two of the alternatives; or None"""
    row = record['rows'].get(name)
    if not row or not ours(row):
        return None
    others = sorted((peer for peer in alternatives(record) if peer in row['values']),
                    key=lambda peer: row['values'][peer]['median'])
    texts = [f'{label(record, peer)} {figure(row, peer)}' for peer in others[:2]]
    return '; '.join([f'{figure(row, rows.ours(row["table"]))} {row["unit"]}', *([', '.join(texts)] if texts else [])])


def beyond(record):
    """The figures without a column in the table"""
    found = [(text, beside(record, name)) for name, text in BEYOND.items()]
    return [markdown(' '.join(f'{text} {figures}.' for text, figures in found if figures))]


def block(record):
    """The text between the marks of README.md"""
    commands = [f'`{command}`' for command in COMMANDS]
    if record is None:
        return fill(HOW_TO.format(*commands)) + '\n'
    legend = ('Nanoseconds per call or pool, and bytes of RAM per string beyond its own; less is better. Bold, the '
              'other lines of Intern-GLib aside: the least of all, and the least of those that threads may share; '
              r'\* is for one thread only. n/a: not possible, or too slow to measure. The first line is a pool as '
              '`intern_pool_new()` makes it. The tuned one has `emit-added` off, as the figures below the table '
              'have; that makes a difference only where strings are added, so elsewhere both lines have one '
              'figure. Intern-GLib gets the length with each string.')
    made = f'{circumstances(record)} Made by {" and ".join(commands)}.'
    links = ', '.join(f'[{name}]({IMAGES}/{name}.svg)' for name in draw(record))
    more = f'{balance(record)} The manual names the alternatives that are ahead, and by how much. Charts: {links}.'
    return '\n\n'.join([markdown_table(record), *map(fill, [legend, *filter(None, beyond(record)),
                                                        markdown(made), more])]) + '\n'


# The manual

def explanations(root):
    """{names of rows: text} from the table of the rows"""
    table = re.search(r'^## The rows\n(.*?)^## ', (root / EXPLANATIONS).read_text(), re.MULTILINE | re.DOTALL)[1]
    found = re.findall(r'^\| (\w[\w, ]*) \| (.+) \|$', table, re.MULTILINE)
    return {names: text for names, text in found if names != 'Row'}


def docbook(text):
    return re.sub(r'`([^`]*)`', r'<literal>\1</literal>', escape(text))


def para(text):
    return f'<para>{docbook(text)}</para>'


def items(texts):
    return '\n'.join(['<itemizedlist>', *(f'<listitem>{para(text)}</listitem>' for text in texts), '</itemizedlist>'])


def section(name, title, *parts):
    return '\n'.join([f'<section id="{name}">', f'<title>{docbook(title)}</title>', *parts, '</section>'])


def docbook_figure(row, peer):
    text = figure(row, peer)
    return f'{text} ±{spread(row["values"][peer]):.0%}' if peer in row['values'] else text


def docbook_line(cells):
    return ('<row><entry align="left">' + '</entry><entry>'.join(docbook(cell) for cell in cells) + '</entry></row>')


def docbook_table(record, chosen):
    body = [docbook_line([label(record, peer), *(docbook_figure(row, peer) for row in chosen.values())])
            for peer in charts.order(record, chosen)]
    head = docbook_line(['', *(f'{name}: {row["title"]}, {row["unit"]}' for name, row in chosen.items())])
    return '\n'.join([f'<informaltable><tgroup cols="{len(chosen) + 1}" align="right">', f'<thead>{head}</thead>',
                      '<tbody>', *body, '</tbody></tgroup></informaltable>'])


def docbook_chart(name, title):
    return (f'<mediaobject><imageobject><imagedata fileref="{name}.svg"/></imageobject>'
            f'<textobject><phrase>{docbook(title)}, as a chart</phrase></textobject></mediaobject>')


def docbook_tables(record, drawn):
    for table, title in rows.TABLES.items():
        chosen = {name: row for name, row in record['rows'].items() if row['table'] == table and row['values']}
        if chosen:
            chart = [docbook_chart(table, title)] if table in drawn else []
            yield section(f'performance-{table}', title, *chart, docbook_table(record, chosen))


def ahead_items(record):
    for name, row in compared(record, alternatives(record)).items():
        found = [f'{label(record, peer)} ({lead(row, peer)})' for peer in ahead(row, alternatives(record))]
        yield f'{name}, {row["title"]}: {", ".join(found) or "none"}.'


def absent_items(record):
    """One line for all alternatives that lack a figure for the same reason in the same rows"""
    found = {}
    for name, row in compared(record, alternatives(record)).items():
        for peer in alternatives(record):
            reason = row['absent'].get(peer) or row['failed'].get(peer)
            if reason:
                found.setdefault((reason, label(record, peer)), []).append(name)
    lines = {}
    for (reason, peer), names in found.items():
        lines.setdefault((reason, ' '.join(names)), []).append(peer)
    return [f'{names}: {", ".join(peers)}: {reason}.' for (reason, names), peers in lines.items()]


def absent_section(record):
    lines = absent_items(record) + [f'{peer} was missing: {reason}.' for peer, reason in record['skipped'].items()]
    return [section('performance-absent', 'Why figures are missing', items(lines))] if lines else []


def parts_of_manual(root, record):
    yield para(circumstances(record))
    yield para('A figure is a median; ± is half of the range of the middle half of the samples. Less is better. '
               'Peers with a * are for one thread only. The floors are not interners: they show the part of the work '
               'that cannot be saved. Intern-GLib gets the length of each string, and its emit-added is off, unless '
               'its name says otherwise.')
    yield f'<para>Medians, spreads and versions are in <filename>{RECORD}</filename>.</para>'
    yield from docbook_tables(record, draw(record))
    yield section('performance-ahead', 'Alternatives ahead of Intern-GLib',
                  para(f'{balance(record)} The percentage is the difference as a part of the figure of Intern-GLib; '
                       'within the spread means that the middle halves of the samples overlap.'),
                  items(ahead_items(record)))
    yield from absent_section(record)
    yield section('performance-rows', 'What the rows mean',
                  items(f'{names}: {text}.' for names, text in explanations(root).items()))


def choice_figure(row, peer):
    """As it is printed; the library has other calls for references and for numbers"""
    peer = rows.ours(row['table']) if peer == DEFAULTS and row['table'] in rows.OURS_IN else stand_in(row, peer)
    return figure(row, peer)


def parts_of_choice(record):
    chosen = {name: record['rows'][name] for name in CHOICES if name in record['rows']}
    body = [docbook_line([CHOICES[name], *(choice_figure(row, peer) for peer in TOOLS)])
            for name, row in chosen.items()]
    yield para('Less is better. A pool has its default settings. A hash table is used with g_strdup() and a mutex, a '
               'chunk by g_string_chunk_insert_const(), and strings with references are made by '
               'g_ref_string_new_intern(). A tool with a * is for one thread only; n/a means that it cannot do this, '
               'or is too slow to measure. g_strdup() alone is not here, since it finds nothing: `intern-pool stat` '
               'says what copies of your data take.')
    yield '\n'.join([f'<informaltable><tgroup cols="{len(TOOLS) + 1}" align="right">',
                     f'<thead>{docbook_line(["", *TOOLS.values()])}</thead>', '<tbody>', *body,
                     '</tbody></tgroup></informaltable>'])
    yield para(circumstances(record))
    yield ('<para>All rows and all alternatives are in <link linkend="performance-figures">the chapter on '
           'performance</link>.</para>')


def document(name, title, parts):
    """A section in a file of its own; without a record, how to make one"""
    return '\n'.join([
        '<?xml version="1.0"?>',
        f'<!-- {LICENCE} -->',
        f'<!-- {ORIGIN} -->',
        '<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"',
        '               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">',
        section(name, title, *(parts or [para(HOW_TO.format(*(f'`{each}`' for each in COMMANDS)))])), ''])


def manual(root, record):
    return document('performance-figures', 'Figures', parts_of_manual(root, record) if record else None)


def choice(record):
    return document('choosing-figures', 'Figures', parts_of_choice(record) if record else None)


# The tree

def draw(record):
    """{name: SVG} of each chart that the record has rows for"""
    with tempfile.TemporaryDirectory() as folder:
        charts.write_all(record, pathlib.Path(folder))
        return {path.stem: path.read_text() for path in sorted(pathlib.Path(folder).glob('*.svg'))}


def meson_list(names):
    lines = ''.join(f"\n  '{name}.svg'," for name in names)
    return f'# {LICENCE}\n\n# {ORIGIN}\ncharts = {"files(" + lines + chr(10) + ")" if names else "[]"}\n'


def make_files(root, record):
    """{path: text} of all published files; None for files that must not exist"""
    readme = (root / README).read_text()
    if not BLOCK.search(readme):
        raise ValueError(f'{README} lacks the marks figures:begin and figures:end')
    drawn = draw(record) if record else {}
    files = {f'{IMAGES}/{path.name}': None for path in (root / IMAGES).glob('*.svg')
             if path.stem not in charts.ALONE}
    files.update((f'{IMAGES}/{name}.svg', f'<!-- {LICENCE} -->\n{svg}') for name, svg in drawn.items())
    files[f'{IMAGES}/meson.build'] = meson_list(drawn)
    files[SECTION] = manual(root, record)
    files[CHOICE] = choice(record)
    files[README] = BLOCK.sub(lambda _: block(record), readme)
    return files


def write(root, files):
    for name, text in files.items():
        if text is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)


def differences(root, files):
    def current(name):
        return (root / name).read_text() if (root / name).exists() else None

    return [name for name, text in files.items() if current(name) != text]


def publish(root, run):
    record = json.loads(run.read_text())
    reason = reason_against(record)
    if reason:
        sys.exit(f'{run} cannot be published: {reason}')
    record = keep(record)
    write(root, {RECORD: to_json(record), **make_files(root, record)})


def kept_record(root):
    path = root / RECORD
    return json.loads(path.read_text()) if path.exists() else None


def check(root):
    record = kept_record(root)
    if record and reason_against(record):
        sys.exit(f'{RECORD} cannot be published: {reason_against(record)}')
    different = differences(root, make_files(root, record))
    if different:
        sys.exit(f'These differ from what publish.py makes of {RECORD if record else "no record"}: '
                 f'{", ".join(different)}. Run tests/performance/publish.py to write them again.')


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run', nargs='?', type=pathlib.Path, metavar='RUN.json',
                        help='the record of a complete run; default: record.json')
    parser.add_argument('--check', action='store_true', help='write nothing, and fail if anything would change')
    parser.add_argument('--root', type=pathlib.Path, default=ROOT, metavar='FOLDER', help='of the source tree')
    options = parser.parse_args()
    if options.check and options.run:
        parser.error('--check takes no run: it reads record.json')
    return options


def main():
    options = parse_arguments()
    if options.check:
        check(options.root)
    elif options.run:
        publish(options.root, options.run)
    else:
        write(options.root, make_files(options.root, kept_record(options.root)))


if __name__ == '__main__':
    main()
