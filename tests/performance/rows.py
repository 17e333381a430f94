# SPDX-License-Identifier: LGPL-2.1-or-later

"""The rows of the benchmark: what they run, on which peers, and why not on others."""

import dataclasses
import os
import statistics

import keys

# Fewer samples suffice: a run of seconds averages by itself, and bytes hardly vary.
SAMPLES_OF_LONG = 5
SAMPLES_OF_TWO_LONG = 3
SAMPLES_OF_BYTES = 3

OURS = 'intern'
FLOOR = 'floor-2touch'

TABLES = {
    'hits': 'Hits, one thread: ns of CPU time a call',
    'inserts': 'From an empty pool, one thread: ns of CPU time a call',
    'once': 'Strings added and found once, one thread: ns of CPU time for both calls',
    'threads': 'Two threads on one pool: ns of wall time a call, counting the calls of both',
    'names': 'From a number back to its string, one thread: ns of CPU time a call',
    'references': 'Taking and releasing a reference: ns for both calls',
    'files': 'Files of 5 M strings, in memory, without a disk',
    'memory': 'Memory in RAM: bytes a string beyond its own length',
    'pools': 'Small pools',
    'latency': 'Longest single call on the way to 5 M strings',
}
# The rows of a run with --threads: they are printed by number of threads, and not published.
BY_THREADS = 'by threads'

# The peer that represents the library in a table where OURS does not.
OURS_IN = {'names': 'intern-atom', 'references': 'intern-acquire'}

ADDING = ('E1', 'E2', 'E3', 'D1', 'D5')
ONCE = ('Once1', 'Once1s', 'Once5', 'Once5s')
THREADS = ('FA', 'FBu', 'FE1', 'FD1')
# The rows in which one call for all is compared with a loop of single calls.
BULK = ('A', 'Bz', 'Bu', 'C', *ADDING, *THREADS)
SMALL = ('P0', 'P10', 'S10')

# To save time, peers that are far behind are in a few rows, and variants of another peer only where
# they differ.
ONLY_IN = {
    'intern-strlen': ('A', 'Bu', 'E1'),
    'intern-uncounted': ('A', 'Bu'),
    'intern-emit': (*ADDING, *ONCE, 'FD1', *SMALL),
    'intern-listen': ('E1', 'D1', 'FD1'),
    'intern-loop': BULK,
    'intern-atom': ('A', 'Bz', 'Bu', 'T'),
    'intern-acquire': ('R', 'FR', 'M1K', 'M1M', 'M2x'),
    'g-quark': ('A', 'Bz', 'Bu', 'T'),
    'intern-checked': ('C', 'Cf', 'O5', 'O5r', 'V5', 'V5f'),
    'intern-trusted': ('C', 'Cf', 'O5', 'O5m'),
    'eina-stringshare': ('A', 'Bu', 'E1', 'D1', 'FA', 'FD1', 'R', 'FR', 'M1M'),
    'libxml2-dict': ('A', 'Bu', 'E1', *SMALL),
    'cpython': ('A', 'E1', 'D1', 'R', 'M1M'),
    'boost-flyweight': ('A', 'E1', 'D1', 'FA', 'M1M'),
    'string-cache': ('A', 'E1', 'FA', 'R', 'FR'),
}
# Rows that a peer is not in, and why.
NOT_IN = {
    'g-intern-string': (('Once1', 'Once1s'), 'left out to save time: far behind in D1'),
    'openimageio-ustring': (('Once5', 'Once5s'), 'left out to save time: far behind in D5'),
    'llvm-string-pool': (('M1K', *SMALL), 'an empty one takes 1.5 MB or more'),
}
# The modes that every peer has: strings that are added or found.
LOOKUPS = ('hits', 'first-hits', 'insert', 'once')
LATENCY_PEERS = (OURS, 'g-string-chunk', 'g-hash-table', 'llvm-stringset')


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    table: str
    title: str
    unit: str
    mode: str
    streams: tuple = ()
    arguments: tuple = ()
    n_strings: int = 0    # distinct strings in the pool at the end; 0: as many as in the streams
    threads: int = 1
    mean: bool = False    # the figure is the mean of all values that the program prints
    most: int = None      # at most so many samples
    figure: str = 'value'  # the member of the answer

    @property
    def base(self):
        """The name without the number of threads"""
        return self.name.partition('/')[0]

    def with_threads(self, count):
        return dataclasses.replace(self, name=f'{self.name}/{count}', table=BY_THREADS, threads=count,
                                   title=self.title.removesuffix(', two threads'), arguments=(count,), figure='wall')

    def samples(self, wanted):
        return min(wanted, self.most or wanted)

    def command(self, folder):
        return [self.mode, *(str(folder / f'{name}.keys') for name in self.streams),
                *(str(argument) for argument in self.arguments)]

    def value(self, answer):
        values = answer[self.figure]
        if not isinstance(values, list):
            return values
        return statistics.fmean(values) if self.mean else values[-1]


@dataclasses.dataclass(frozen=True)
class Target:
    """A limit for a figure: a multiple of the least figure of others, or a number of units"""
    row: str
    peer: str
    limit: float
    other_row: str = ''         # without it, the limit is in the unit of the row
    other_peers: tuple = ()     # without them, all alternatives
    difference: bool = False    # the limit is for the difference to the other, in the unit of the row
    gain: bool = False          # compares the ratios of the two rows, of the peer and of the other
    longest: bool = False       # the maximum of all samples, not the median
    stretch: bool = False       # to reach for, not expected


def times(row, peer, limit, *other_peers, other_row='', stretch=False):
    return Target(row, peer, limit, other_row or row, other_peers, stretch=stretch)


GNOME = ('g-intern-string', 'g-quark', 'g-ref-string', 'g-string-chunk', 'g-hash-table', 'camel-pstring')
BEST = ('abseil-flat-hash-set', 'llvm-stringset')
THREAD_SAFE = ('g-intern-string', 'g-ref-string', 'g-hash-table', 'camel-pstring', 'openimageio-ustring',
               'boost-flyweight', 'string-cache', 'eina-stringshare', 'llvm-string-pool')
GROUPS = {
    (): 'the best alternative',
    GNOME: "the best of GLib's and GNOME's",
    BEST: 'the better of Abseil and LLVM',
    THREAD_SAFE: 'the best that threads may share',
}

TARGETS = (
    times('A', OURS, 1.1, 'floor-2touch'),
    *(times(row, OURS, 1.25, 'floor-2touch') for row in ('Bz', 'Bu', 'Bz10', 'Bu10', 'C')),
    times('Cf', OURS, 1.25, OURS, other_row='C'),
    times('Cf', OURS, 0.8, other_row='C'),
    *(times(row, OURS, 0.5, *GNOME) for row in ('A', 'Bz', 'Bu', 'C')),
    *(times(row, OURS, 1, *BEST) for row in ('A', 'Bz', 'Bu')),
    *(times(row, OURS, 1 / 1.3, *THREAD_SAFE) for row in ('E1', 'E2', 'E3')),
    *(times(row, OURS, 1) for row in ('E1', 'E2')),
    times('E3', OURS, 1.1),
    times('E3', OURS, 1, stretch=True),
    *(times(row, OURS, 1 / 1.3, 'g-hash-table', 'g-string-chunk') for row in ONCE),
    *(times(row, OURS, 1, 'llvm-stringset') for row in ONCE),
    *(times(row, OURS, 1, 'g-string-chunk') for row in ('D1', 'D5')),
    *(times(row, OURS, 1, 'llvm-stringset', stretch=True) for row in ('D1', 'D5')),
    *(times(row, OURS, 1, *THREAD_SAFE) for row in ('D1', 'D5')),
    *(times('F' + row, OURS, 1 / 1.6, OURS, other_row=row) for row in ('A', 'Bu')),
    *(Target('F' + row, OURS, 1 / 0.9, row, ('floor-2touch',), gain=True) for row in ('A', 'Bu')),
    Target('M2x', OURS, 25),
    Target('M2xh', OURS, 36),
    Target('M2x', 'intern-acquire', 33),
    Target('S10', OURS, 600),
    Target('P0', OURS, 400),
    Target('P10', OURS, 1000),
    *(times(row, 'intern-bulk', 1, 'intern-loop') for row in BULK),
    *(times(row, 'intern-bulk', 1, OURS) for row in BULK),
    *(times('F' + row, 'intern-bulk', 1 / 1.8, 'intern-bulk', other_row=row) for row in ('A', 'Bu', 'E1', 'D1')),
    times('C', 'intern-bulk', 0.5, OURS),
    times('C', 'intern-bulk', 1),
    times('D1', 'intern-bulk', 1, 'g-string-chunk'),
    times('D5', 'intern-bulk', 1, 'g-string-chunk'),
    times('D1', 'intern-bulk', 1.1, 'abseil-flat-hash-set'),
    times('D5', 'intern-bulk', 1.1, 'abseil-flat-hash-set'),
    Target('T', 'intern-atom', 3),
    times('A', 'intern-atom', 1, 'g-quark'),
    times('R', 'intern-acquire', 0.5, 'g-ref-string', 'camel-pstring'),
    times('FR', 'intern-acquire', 0.25, 'g-ref-string', 'camel-pstring'),
    times('FD1', OURS, 1 / 1.5, OURS, other_row='D1'),
    Target('A', OURS, 1.5, 'A', ('intern-uncounted',), difference=True),
    Target('L5', OURS, 20_000, longest=True),
    times('C', 'intern-checked', 1.25, OURS),
    times('C', 'intern-trusted', 1.25, OURS),
    times('Cf', 'intern-checked', 2, OURS),
    times('Cf', 'intern-trusted', 2, OURS),
    times('O5', 'intern-trusted', 0.001, OURS),
    Target('O5', 'intern-trusted', 1000),
    Target('O5m', 'intern-trusted', 64),
    Target('O5r', 'intern-checked', 1000),
    Target('V5', 'intern-checked', 2000),
)


def hits(name, table, stream, strings, title, threads=1, mode='hits', most=None):
    return Row(name, table, title, 'ns', mode, (strings, stream), (threads,), threads=threads, most=most)


def first_hits(name, stream, strings, title, tenths, most=None):
    return Row(name, 'hits', title, 'ns', 'first-hits', (strings, stream), (tenths,), most=most)


def once(name, strings, stream, title, most=None):
    return Row(name, 'once', title, 'ns', 'once', (strings, stream), most=most)


def insert(name, table, stream, title, threads=1, most=None):
    return Row(name, table, title, 'ns', 'insert', (stream,), (threads,), threads=threads, most=most)


def files(name, title, unit, mode, *streams, before=()):
    return Row(name, 'files', title, unit, mode, ('D5', *streams), before, most=SAMPLES_OF_LONG)


def memory(name, points, title, mode='memory', mean=False):
    return Row(name, 'memory', title, 'bytes', mode, ('D5',), tuple(points), max(points), mean=mean,
               most=SAMPLES_OF_BYTES)


def doubling(begin, steps=16):
    """Points within one doubling: a table goes from half empty to full, so one reading would mislead"""
    return [begin + begin * step // steps for step in range(1, steps + 1)]


def all_rows(scale):
    def size(count):
        return keys.scaled(count, scale)

    rows = [
        hits('A', 'hits', 'A', 'small', '1,000 strings, Zipf'),
        hits('Bz', 'hits', 'Bz', 'middle', '100,000 strings, Zipf'),
        hits('Bu', 'hits', 'Bu', 'middle', '100,000 strings, uniform'),
        first_hits('Bz10', 'Bz', 'middle', '100,000, Zipf, 1/10 warm', 1),
        first_hits('Bu10', 'Bu', 'middle', '100,000, uniform, 1/10 warm', 1),
        hits('C', 'hits', 'C', 'D5', '5 M strings, uniform', most=SAMPLES_OF_LONG),
        first_hits('Cf', 'C', 'D5', '5 M strings, first hits', 0, most=SAMPLES_OF_LONG),
        insert('E1', 'inserts', 'E1', 'C identifiers'),
        insert('E2', 'inserts', 'E2', 'words of text'),
        insert('E3', 'inserts', 'E3', 'package names'),
        insert('D1', 'inserts', 'D1', '1 M new strings'),
        insert('D5', 'inserts', 'D5', '5 M new strings', most=SAMPLES_OF_LONG),
        once('Once1', 'D1', 'D1', '1 M, in the same order'),
        once('Once1s', 'D1', 'D1s', '1 M, shuffled'),
        once('Once5', 'D5', 'D5', '5 M, in the same order', most=SAMPLES_OF_TWO_LONG),
        once('Once5s', 'D5', 'D5s', '5 M, shuffled', most=SAMPLES_OF_TWO_LONG),
        hits('FA', 'threads', 'A', 'small', '1,000 strings, Zipf', 2),
        hits('FBu', 'threads', 'Bu', 'middle', '100,000 strings, uniform', 2),
        insert('FE1', 'threads', 'E1', 'C identifiers', 2),
        insert('FD1', 'threads', 'D1', '1 M new strings', 2),
        Row('T', 'names', 'atom to string, 1,000 atoms', 'ns', 'names', ('small', 'R')),
        hits('R', 'references', 'R', 'small', '1,000 strings, one thread', mode='hold'),
        hits('FR', 'references', 'R', 'small', '1,000 strings, two threads', 2, mode='hold'),
        files('O5', 'from the file to a string', 'µs', 'open'),
        files('O5r', 'opening again, a MB of the file', 'µs', 'reopen', before=(1,)),
        files('O5m', 'private memory then', 'KiB', 'open-memory'),
        files('V5', 'saving again, a MB of the file', 'µs', 'save', before=(1,)),
        files('V5f', 'saving the first time', 'µs', 'save', before=(0,)),
        memory('M1K', [size(1_000)], 'at 1 K strings'),
        memory('M1M', [size(1_000_000)], 'at 1 M'),
        memory('M1Mh', [size(1_000_000)], 'at 1 M, each hit three times', 'memory-after-hits'),
        memory('M2x', doubling(size(1_000_000)), 'mean from 1 M to 2 M', mean=True),
        memory('M2xh', doubling(size(1_000_000), 4), 'mean from 1 M to 2 M, each hit three times',
               'memory-after-hits', mean=True),
        memory('M5M', [size(5_000_000)], 'at 5 M'),
        Row('P0', 'pools', 'heap of an empty pool', 'bytes', 'heap', (), (0,), most=SAMPLES_OF_BYTES),
        Row('P10', 'pools', 'heap of a pool of 10 short strings', 'bytes', 'heap', (), (10,), most=SAMPLES_OF_BYTES),
        Row('S10', 'pools', 'make, fill with 10, free', 'ns', 'small-pools', (), (size(100_000),)),
        Row('L5', 'latency', 'longest of 5 M calls', 'µs', 'latency', ('D5',), most=SAMPLES_OF_LONG),
    ]
    return {row.name: row for row in rows}


def rows_by_threads(scale, counts):
    """The rows of two threads, with each number of threads instead"""
    rows = [row.with_threads(count) for row in all_rows(scale).values() if row.threads > 1 for count in counts]
    return {row.name: row for row in rows}


def ours(table):
    return OURS_IN.get(table, OURS)


def why_not_here(row, name):
    """Why this peer is left out of the row, or None"""
    if name in ONLY_IN and row.base not in ONLY_IN[name]:
        return f'left out to save time: it is only in {", ".join(ONLY_IN[name])}'
    names, reason = NOT_IN.get(name, ((), ''))
    if row.base in names:
        return reason
    if name in ('intern-bulk', 'intern-loop') and row.mode not in LOOKUPS:
        return 'it is only for many strings at a time'
    if row.table == 'latency' and name not in LATENCY_PEERS:
        return f'left out to save time: the row is only for {", ".join(LATENCY_PEERS)}'
    return None


def why_not(row, peer, n_strings):
    """Why a peer has no figure in a row, or None"""
    by_threads = row.table == BY_THREADS
    if row.threads > (os.cpu_count() or 1) and not by_threads:
        return 'there are not as many processors'
    if peer['floor'] and row.mode not in LOOKUPS:
        return 'a floor of time only'
    # The floors have no lock, but threads may share a table while none of them adds.
    if (row.threads > 1 or by_threads) and not peer['thread_safe'] and not (peer['floor'] and row.mode == 'hits'):
        return 'it is for one thread'
    if row.table == 'pools' and peer['process_wide']:
        return 'it is one for the process'
    if row.mode == 'names' and not peer['names']:
        return 'it has no numbers for strings'
    if row.mode == 'hold' and not peer['references']:
        return 'it counts no references'
    if row.table == 'files' and not peer.get('files'):
        return 'it has no files'
    if 0 < peer['max_strings'] < n_strings:
        return peer['limit']
    return why_not_here(row, peer['name'])
