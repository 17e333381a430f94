# SPDX-License-Identifier: LGPL-2.1-or-later

"""The tables on the terminal, made of the record of a run."""

import rows


def number(value):
    if abs(value) >= 1000:
        return f'{value:,.0f}'
    return f'{value:.1f}' if abs(value) < 100 else f'{value:.0f}'


def spread(cell):
    """Half of the range of the middle half of the samples, relative to the median"""
    if len(cell['samples']) < 3 or cell['median'] == 0:
        return ''
    return f' ±{(cell["q3"] - cell["q1"]) / 2 / abs(cell["median"]):.0%}'


def print_grid(lines):
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print('  '.join([line[0].ljust(widths[0])] +
                        [text.rjust(width) for text, width in zip(line[1:], widths[1:])]))
    print()


def value_text(row, peer):
    if peer in row['values']:
        return number(row['values'][peer]['median']) + spread(row['values'][peer])
    return 'failed' if peer in row['failed'] else 'n/a'


def ratio_text(row, peer, to):
    values = row['values']
    if peer not in values or to not in values or values[to]['median'] <= 0:
        return '-'
    return f'{values[peer]["median"] / values[to]["median"]:.2f}'


def print_table(record, table):
    chosen = {name: row for name, row in record['rows'].items() if row['table'] == table}
    peers = [peer for peer in record['peers'] if any(peer in row['values'] or peer in row['failed']
                                                     for row in chosen.values())]
    if not peers:
        return
    print(rows.TABLES[table])
    for name, row in chosen.items():
        print(f'  {name:5}{row["title"]}, {row["unit"]}')
    print_grid([['', *chosen]] + [[peer, *(value_text(row, peer) for row in chosen.values())] for peer in peers])
    for to in (rows.OURS, rows.FLOOR):
        if to in peers and len(peers) > 1:
            print(f'as a multiple of {to}')
            print_grid([['', *chosen]] +
                       [[peer, *(ratio_text(row, peer, to) for row in chosen.values())] for peer in peers])


def print_histogram(record):
    """The sample whose longest call is the median, or next to it"""
    for name, row in record['rows'].items():
        for peer, cell in row['values'].items():
            if 'histogram' in cell:
                middle = sorted(range(len(cell['samples'])), key=cell['samples'].__getitem__)[len(cell['samples']) // 2]
                calls = cell['histogram'][middle]
                print(f'{name}, {peer}: calls by their time, the clock included')
                print_grid([['at least, µs', *(f'{int(time) / 1000:,.1f}' for time in calls)],
                            ['calls', *(f'{count:,}' for count in calls.values())]])


def print_reasons(record):
    """One line for all peers that a reason keeps from the same rows"""
    for peer, reason in record['skipped'].items():
        print(f'skipped: {peer}: {reason}')
    found = {}
    for name, row in record['rows'].items():
        for state, peers in (('n/a', row['absent']), ('failed', row['failed'])):
            for peer, reason in peers.items():
                found.setdefault((state, reason, peer), []).append(name)
    lines = {}
    for (state, reason, peer), names in found.items():
        lines.setdefault((state, reason, ' '.join(names)), []).append(peer)
    for (state, reason, names), peers in sorted(lines.items()):
        print(f'{state}: {reason}: {", ".join(peers)} ({names})')


def print_all(record):
    machine = record['machine']
    print(f'{machine["cpu"]} ({machine["cpu_hash"]}), {machine["processors"]} processors, '
          f'{machine["system"]}; {record["date"]}')
    print(f'Revision {record["revision"]}, {machine["compiler"]}')
    print(f'{record["samples"]} samples of each, load before {record["load_before"]}, after {record["load_after"]}')
    if record['scale'] != 1:
        print(f'Sizes divided by {record["scale"]}: not to be compared with a complete run')
    print()
    for table in rows.TABLES:
        print_table(record, table)
    print_histogram(record)
    print_reasons(record)
