# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes the streams of strings that the benchmark reads.

Synthetic streams have a fixed seed and are the same on every machine. E1 and E2 come from files of
the system: report() returns the number of their strings and a checksum.
"""

import gzip
import hashlib
import itertools
import pathlib
import random
import re
import struct
import sys

HEADER = struct.Struct('<8sQQQ')
MAGIC = b'INTBENCH'
MAX_LENGTH = 0xffff

INCLUDE = pathlib.Path('/usr/include')
DOC = pathlib.Path('/usr/share/doc')

SYLLABLES = ('ab ac ad al an ar as at ba be bi bo bu ca ce ci co cu da de di do du el em en er es ex fa fe fi '
             'fo ga ge go gra ha he hi ho in io is it ja je ka ke ki la le li lo lu ma me mi mo mu na ne ni no nu '
             'ob on op or pa pe pi po pra pro ra re ri ro ru sa se si so sta su ta te ti to tra tu un ur va ve vi '
             'vo wa we wi xi ya ze zo').split()


def words(rng, count):
    """Distinct words of two or three syllables"""
    found = {}
    while len(found) < count:
        found[''.join(rng.choices(SYLLABLES, k=rng.randint(2, 3)))] = None
    return list(found)


def identifiers(rng, count):
    """Distinct names as in a C program, of one to three words"""
    vocabulary = words(rng, 1500)
    found = {}
    while len(found) < count:
        found['_'.join(rng.choices(vocabulary, k=rng.choice((1, 2, 2, 2, 3, 3))))] = None
    return [name.encode() for name in found]


def package_names(rng, count):
    """Names like those of packages; a few come twice"""
    vocabulary = words(rng, 1500)
    prefixes = ('', '', '', 'lib', 'lib', 'python3-', 'golang-', 'node-', 'ruby-', 'r-cran-')
    suffixes = ('', '', '-dev', '-doc', '-common', '-data', '-utils', '-perl', '-tools', '-dbg')
    choice = rng.choice
    return [f'{choice(prefixes)}{choice(vocabulary)}-{choice(vocabulary)}{choice(suffixes)}'.encode()
            for _ in range(count)]


def fixed_strings(rng, count):
    """Distinct strings of 24 bytes that differ from the fifth on"""
    bits = rng.getrandbits
    strings = [b'item%020x' % bits(80) for _ in range(count)]
    assert len(set(strings)) == count
    return strings


def zipf(rng, strings, count):
    weights = itertools.accumulate(1 / rank for rank in range(1, len(strings) + 1))
    return rng.choices(strings, cum_weights=list(weights), k=count)


def uniform(rng, strings, count):
    return rng.choices(strings, k=count)


TOKEN = re.compile(rb'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\b([A-Za-z_]\w*)', re.DOTALL)
WORD = re.compile(rb"[A-Za-z][A-Za-z'-]*")


def c_tokens(path):
    """The identifiers and keywords of a file, without those in comments and string literals"""
    return [name for name in TOKEN.findall(path.read_bytes()) if name]


def text_words(path):
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == '.gz' else path.read_bytes()
    except (OSError, EOFError):
        return []
    return [] if b'\0' in data[:4096] else WORD.findall(data)


def from_files(folder, pattern, tokens, count):
    found = []
    for path in sorted(folder.rglob(pattern)):
        if path.is_file():
            found.extend(name for name in tokens(path) if len(name) <= MAX_LENGTH)
        if len(found) >= count:
            break
    return found[:count]


def write(path, strings):
    """Writes a stream completely or not at all"""
    if not strings:
        sys.exit(f'There are no strings for {path.name}')
    unfinished = path.with_suffix('.part')
    with unfinished.open('wb') as file:
        file.write(HEADER.pack(MAGIC, len(strings), len(set(strings)), sum(map(len, strings))))
        for begin in range(0, len(strings), 1 << 20):
            chunk = strings[begin:begin + (1 << 20)]
            file.write(b''.join(part for text in chunk
                                for part in (len(text).to_bytes(2, 'little'), text, b'\0')))
    unfinished.rename(path)


def shuffled(rng, strings):
    return rng.sample(strings, len(strings))


def rng(seed):
    return random.Random(f'intern-glib {seed}')


def scaled(count, scale):
    """The count divided by the scale, at least 100"""
    return max(count // scale, 100)


def makers(scale):
    """Each stream and the function that makes it"""
    def size(count):
        return scaled(count, scale)

    def small():
        return identifiers(rng('small'), size(1_000))

    def middle():
        return identifiers(rng('middle'), size(100_000))

    def large():
        return fixed_strings(rng('large'), size(5_000_000))

    def first():
        return large()[:size(1_000_000)]

    return {
        'small': small,
        'middle': middle,
        'D5': large,
        'D1': first,
        'D1s': lambda: shuffled(rng('D1s'), first()),
        'D5s': lambda: shuffled(rng('D5s'), large()),
        'A': lambda: zipf(rng('A'), small(), size(10_000_000)),
        'R': lambda: zipf(rng('R'), small(), size(2_000_000)),
        'Bz': lambda: zipf(rng('Bz'), middle(), size(5_000_000)),
        'Bu': lambda: uniform(rng('Bu'), middle(), size(5_000_000)),
        'C': lambda: uniform(rng('C'), large(), size(5_000_000)),
        'E1': lambda: from_files(INCLUDE, '*.h', c_tokens, size(5_000_000)),
        'E2': lambda: from_files(DOC, '*', text_words, size(5_000_000)),
        'E3': lambda: package_names(rng('E3'), size(1_000_000)),
    }


def make_all(folder, scale, wanted):
    """Makes the streams in `wanted` that `folder` lacks"""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(wanted):
        path = folder / f'{name}.keys'
        if not path.exists():
            print(f'Making the strings of {name}', file=sys.stderr)
            write(path, makers(scale)[name]())


def report(path):
    """A summary of a stream for the record"""
    with path.open('rb') as file:
        _, records, distinct, size = HEADER.unpack(file.read(HEADER.size))
        file.seek(0)
        checksum = hashlib.file_digest(file, 'sha256').hexdigest()
    return {'strings': records, 'distinct': distinct,
            'mean_length': round(size / records, 2) if records else 0, 'sha256': checksum[:16]}
