# SPDX-License-Identifier: LGPL-2.1-or-later

"""Prints the tables of a record."""

import dataclasses

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


def samples(record):
    """The number of samples as text: some rows have fewer"""
    fewer = any(row.get('samples', record['samples']) < record['samples'] for row in record['rows'].values())
    return f'up to {record["samples"]}' if fewer else str(record['samples'])


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
        print(f'  {name:7}{row["title"]}, {row["unit"]}')
    print_grid([['', *chosen]] + [[peer, *(value_text(row, peer) for row in chosen.values())] for peer in peers])
    for to in (rows.ours(table), rows.FLOOR):
        if to in peers and len(peers) > 1:
            print(f'as a multiple of {to}')
            print_grid([['', *chosen]] +
                       [[peer, *(ratio_text(row, peer, to) for row in chosen.values())] for peer in peers])


def print_by_threads(record):
    """One line for each row and peer, one column for each number of threads"""
    found = {}
    for name, row in record['rows'].items():
        base, _, count = name.partition('/')
        if row['table'] == rows.BY_THREADS:
            found.setdefault(base, {})[int(count)] = row
    if not found:
        return
    processors = record['machine']['processors']
    print('Threads on one pool: ns of wall time a call, counting the calls of all')
    print(f'There are {processors} processors; * marks more threads than that')
    lines = [['', *(f'{count}{"*" * (count > processors)}' for count in record['threads'])]]
    for name, by_count in found.items():
        print(f'  {name:7}{next(iter(by_count.values()))["title"]}')
        lines += [[f'{name} {peer}', *(value_text(row, peer) for row in by_count.values())]
                  for peer in record['peers']
                  if any(peer in row['values'] or peer in row['failed'] for row in by_count.values())]
    print_grid(lines)


def other_peers(record, target):
    """The peers whose least figure the target compares with"""
    if target.other_peers:
        return target.other_peers
    return [name for name, peer in record['peers'].items()
            if not peer['floor'] and not name.startswith(rows.OURS)]


def target_figure(record, target):
    """The figure that the target limits, or None if the record lacks it"""
    def cells(name, peers):
        values = record['rows'].get(name, {'values': {}})['values']
        return [values[peer] for peer in peers if peer in values]

    if target.gain:
        gains = [dataclasses.replace(target, peer=peer, other_peers=(peer,), gain=False)
                 for peer in (target.peer, *target.other_peers)]
        own, other = (target_figure(record, gain) for gain in gains)
        return own / other if own and other else None

    own = cells(target.row, [target.peer])
    others = cells(target.other_row, other_peers(record, target))
    if not own or (target.other_row and not others):
        return None
    value = own[0]['max' if target.longest else 'median']
    if not target.other_row:
        return value
    least = min(cell['median'] for cell in others)
    return value - least if target.difference else value / least


def target_text(target):
    return comparison_text(target) + (' (stretch)' if target.stretch else '')


def comparison_text(target):
    if not target.other_row:
        return f'{target.row}, {target.peer}' + (', the longest of all samples' if target.longest else '')
    of = 'more than' if target.difference else 'as a multiple of'
    others = rows.GROUPS.get(target.other_peers) or ', '.join(target.other_peers)
    if target.gain:
        return f'{target.row}, {target.peer}, as a multiple of its {target.other_row}, to that of {others}'
    where = f' in {target.other_row}' if target.other_row != target.row else ''
    return f'{target.row}, {target.peer}, {of} {others}{where}'


def print_targets(record):
    found = [(target, target_figure(record, target)) for target in rows.TARGETS]
    lines = [[target_text(target), f'{value:,.2f}', f'{target.limit:,.2f}',
              'reached' if value <= target.limit else 'missed'] for target, value in found if value is not None]
    if lines:
        print('Targets')
        print_grid([['', 'is', 'at most', ''], *lines])


def print_histogram(record):
    for name, row in record['rows'].items():
        for peer, cell in row['values'].items():
            if 'histogram' in cell:
                calls = cell['histogram']
                print(f'{name}, {peer}: calls by time, including reading the clock')
                print_grid([['at least, µs', *(f'{int(time) / 1000:,.1f}' for time in calls)],
                            ['calls', *(f'{count:,}' for count in calls.values())]])


def print_reasons(record):
    """One line for all peers that are missing in the same rows for the same reason"""
    for peer, reason in record['skipped'].items():
        print(f'skipped: {peer}: {reason}')
    found = {}
    for name, row in record['rows'].items():
        for state, peers in (('n/a', row['absent']), ('failed', row['failed'])):
            for peer, reason in peers.items():
                names = found.setdefault((state, reason, peer), [])
                base = name.partition('/')[0]
                if base not in names:
                    names.append(base)
    lines = {}
    for (state, reason, peer), names in found.items():
        lines.setdefault((state, reason, ' '.join(names)), []).append(peer)
    for (state, reason, names), peers in sorted(lines.items()):
        print(f'{state}: {reason}: {", ".join(peers)} ({names})')


def print_heading(record):
    machine = record['machine']
    print(f'{machine["cpu"]} ({machine["cpu_hash"]}), {machine["processors"]} processors, '
          f'{machine["system"]}; {record["date"]}')
    print(f'Revision {record["revision"]}, {machine["compiler"]}')
    print(f'{samples(record)} samples of each, load before {record["load_before"]}, after {record["load_after"]}')
    if record['scale'] != 1:
        print(f'Sizes divided by {record["scale"]}: do not compare with a complete run')
    print()


def print_all(record):
    print_heading(record)
    for table in rows.TABLES:
        print_table(record, table)
    print_by_threads(record)
    print_histogram(record)
    print_targets(record)
    print_reasons(record)
