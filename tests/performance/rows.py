# SPDX-License-Identifier: LGPL-2.1-or-later

"""The rows of the benchmark: what is asked of which program, and who cannot answer."""

import dataclasses
import os
import statistics

import keys

OURS = 'intern'
FLOOR = 'floor-2touch'

TABLES = {
    'hits': 'Hits, one thread: ns of CPU time a call',
    'inserts': 'From an empty pool, one thread: ns of CPU time a call',
    'threads': 'Two threads on one pool: ns on the clock a call, the calls of both counted',
    'memory': 'Memory in RAM: bytes a string beyond its own length',
    'pools': 'Small pools',
    'latency': 'Longest single call on the way to 5 M strings',
}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    table: str
    title: str
    unit: str
    mode: str
    streams: tuple = ()
    arguments: tuple = ()
    n_strings: int = 0    # distinct strings that the pool comes to hold, where it is not the stream's
    threads: int = 1
    mean: bool = False    # of all values that the program prints

    def command(self, folder):
        return [self.mode, *(str(folder / f'{name}.keys') for name in self.streams),
                *(str(argument) for argument in self.arguments)]

    def value(self, answer):
        values = answer['value']
        if not isinstance(values, list):
            return values
        return statistics.fmean(values) if self.mean else values[-1]


def hits(name, table, stream, strings, title, threads=1):
    return Row(name, table, title, 'ns', 'hits', (strings, stream), (threads,), threads=threads)


def insert(name, table, stream, title, threads=1):
    return Row(name, table, title, 'ns', 'insert', (stream,), (threads,), threads=threads)


def memory(name, points, title, mode='memory', mean=False):
    return Row(name, 'memory', title, 'bytes', mode, ('D5',), tuple(points), max(points), mean=mean)


def doubling(begin, steps=16):
    """Within one doubling a table goes from half empty to full: one reading would mislead"""
    return [begin + begin * step // steps for step in range(1, steps + 1)]


def all_rows(scale):
    def size(count):
        return keys.scaled(count, scale)

    rows = [
        hits('A', 'hits', 'A', 'small', '1,000 strings, Zipf'),
        hits('Bz', 'hits', 'Bz', 'middle', '100,000 strings, Zipf'),
        hits('Bu', 'hits', 'Bu', 'middle', '100,000 strings, uniform'),
        hits('C', 'hits', 'C', 'D5', '5 M strings, uniform'),
        insert('E1', 'inserts', 'E1', 'C identifiers'),
        insert('E2', 'inserts', 'E2', 'words of text'),
        insert('E3', 'inserts', 'E3', 'package names'),
        insert('D1', 'inserts', 'D1', '1 M new strings'),
        insert('D5', 'inserts', 'D5', '5 M new strings'),
        hits('FA', 'threads', 'A', 'small', '1,000 strings, Zipf', 2),
        hits('FBz', 'threads', 'Bz', 'middle', '100,000 strings, Zipf', 2),
        hits('FBu', 'threads', 'Bu', 'middle', '100,000 strings, uniform', 2),
        insert('FE1', 'threads', 'E1', 'C identifiers', 2),
        insert('FD1', 'threads', 'D1', '1 M new strings', 2),
        memory('M1K', [size(1_000)], 'at 1 K strings'),
        memory('M1M', [size(1_000_000)], 'at 1 M'),
        memory('M1Mh', [size(1_000_000)], 'at 1 M, each hit three times', 'memory-after-hits'),
        memory('M2x', doubling(size(1_000_000)), 'mean from 1 M to 2 M', mean=True),
        memory('M5M', [size(5_000_000)], 'at 5 M'),
        Row('P0', 'pools', 'heap of an empty pool', 'bytes', 'heap', (), (0,)),
        Row('P10', 'pools', 'heap of a pool of 10 short strings', 'bytes', 'heap', (), (10,)),
        Row('S10', 'pools', 'make, fill with 10, free', 'ns', 'small-pools', (), (size(100_000),)),
        Row('L5', 'latency', 'longest of 5 M calls', 'µs', 'latency', ('D5',)),
    ]
    return {row.name: row for row in rows}


def why_not_variant(row, name):
    """Two peers are our own library, called differently: only where that makes a difference"""
    if name == 'intern-emit' and row.mode != 'insert':
        return 'as intern: nothing is added'
    if name == 'intern-strlen' and row.mode not in ('hits', 'insert'):
        return 'as intern'
    return None


def why_not(row, peer, n_strings):
    """Why a row says nothing of a peer, or None"""
    if row.threads > (os.cpu_count() or 1):
        return 'there are not as many processors'
    if row.threads > 1 and not peer['thread_safe']:
        return 'it is for one thread'
    if peer['floor'] and row.table not in ('hits', 'inserts'):
        return 'a floor of time only'
    if row.table == 'pools' and peer['process_wide']:
        return 'it is one for the process'
    if row.table == 'latency' and peer['name'] != OURS:
        return 'a row of our own'
    if 0 < peer['max_strings'] < n_strings:
        return peer['limit']
    return why_not_variant(row, peer['name'])
