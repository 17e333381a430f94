# SPDX-License-Identifier: LGPL-2.1-or-later

"""The models of programs, their rows, and what a pool may take in each."""

import dataclasses
import re

SIDES = ('original', 'pool')
# What a pool may take, as a multiple of the original, by unit: noise is in times only.
LIMITS = {'ns': 1.05, 'bytes': 1, 'KiB': 1}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    reason: str = ''  # why a pool takes more than it may, if it does
    slack: float = 0  # what is not worth a word, in the unit


@dataclasses.dataclass(frozen=True)
class Model:
    label: str
    size: str
    rows: tuple


def times(name, title, reason=''):
    return Row(name, title, 'ns', reason)


def memory(name, title, reason=''):
    return Row(name, title, 'bytes', reason)


def left():
    return (Row('left', 'memory that stays after all are released', 'KiB'),
            Row('trimmed', 'the same after malloc_trim(), and in a pool intern_pool_trim()', 'KiB', KEPT, 2048))


# Why a pool takes more, as perf shows it.
READS_FIRST = ('both are calls that check the string, and a count is read before it is changed, so each waits for the '
               'cache line of the string and then changes it, where the original changes it at once and inline')
FORGETS = ('the last release also takes the string out of the read cache, whose line is one more that is not in the '
           'caches of the processor, and its room goes into a free list')
SCATTERED = ('g_str_hash() puts uids in sequence side by side in the table of the original; a hash with a secret '
             'scatters them, so that each search waits for memory')
FIRST_HIT = ('a sixteenth of the uids is found behind the read cache, with a lock, before the others are read into it; '
             f'and {SCATTERED}')
CHECKED_DATA = ('each intern_pool_get_data() is a call that checks the pool and the string, where the original reads a '
                'field')
SEARCHES_EARLY = ('every text is searched for when it is parsed, where the original copies it and searches when it '
                  'compiles; both together take less in a pool')
KEPT = ('an empty pool that has been large keeps its parts, each with small tables, the small blocks that it began '
        'with, and a record of the rooms in the blocks that it gave back')

MODELS = {
    'connections': Model('NetworkManager, NMRefString', '1 M names, 10,000 of them in use', (
        times('add', 'a new name'),
        times('hit', 'a name that is there, found and released'),
        times('ref', 'a reference taken and released', READS_FIRST),
        times('equal', 'comparing a name with a text'),
        times('release', 'the last reference released', FORGETS),
        memory('memory', 'memory a name, with its text'),
        *left(),
    )),
    'mail': Model('Evolution, camel_pstring', '1 M messages', (
        times('load', 'a message loaded, seven strings'),
        times('list', 'a uid of the folder in a list, and freed', FIRST_HIT),
        times('new', 'a new uid in a list, and freed', SCATTERED),
        times('free', 'a message freed'),
        memory('strings', 'memory of the strings of a message'),
        memory('memory', 'memory of a message'),
        *left(),
    )),
    'songs': Model('Rhythmbox, RBRefString', '200,000 songs', (
        times('load', 'a song loaded, eight strings'),
        times('first', 'five searches a song, which make the folded keys', CHECKED_DATA),
        times('search', 'five more searches', CHECKED_DATA),
        times('sort', 'sorting, which makes the sort keys, a song', CHECKED_DATA),
        times('unload', 'a song unloaded', FORGETS),
        memory('loaded', 'memory of a song before the first search'),
        memory('memory', 'memory of a song with its keys'),
        *left(),
    )),
    'catalog': Model('AppStream, GRefString', '6,000 components', (
        times('parse', 'a component parsed'),
        times('query', 'a component in a query for a category and a language'),
        times('free', 'a component freed', FORGETS),
        memory('memory', 'memory of a component'),
    )),
    'table': Model('libxmlb, the builder', 'the same catalog', (
        times('parse', 'a node of the tree', SEARCHES_EARLY),
        times('compile', 'a node in the two tables'),
        times('free', 'a node freed'),
        memory('memory', 'memory of a node, with the tables'),
    )),
}


def limit(row):
    return LIMITS[row['unit']]


def ratio(row):
    """What a pool takes, as a multiple of the original; None if a figure is missing"""
    values = row['values']
    if not all(side in values and values[side]['median'] > 0 for side in SIDES):
        return None
    return values['pool']['median'] / values['original']['median']


def is_missed(row):
    if not all(side in row['values'] for side in SIDES):
        return False
    own, others = (row['values'][side]['median'] for side in ('pool', 'original'))
    return own > max(others, 0) * limit(row) and own > row['slack']


def is_within_spread(row):
    """Whether the middle halves of the samples overlap"""
    return row['values']['pool']['q1'] <= row['values']['original']['q3']


def reason(name, row):
    """Why a pool takes more than it may in the row "MODEL ROW" of a record, or nothing"""
    if is_within_spread(row):
        return 'this is within the spread of the samples'
    model, _, short = name.partition(' ')
    return next((found.reason for found in MODELS[model].rows if found.name == short), '')


def count_lines(text):
    """The lines of C that are neither empty nor a comment or an #include"""
    code = re.sub(r'/\*.*?\*/', '', text, flags=re.DOTALL)
    return sum(bool(line.strip()) and not re.match(r'#(include|pragma)', line) for line in code.splitlines())
